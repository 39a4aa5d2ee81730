package postgres

import (
	"errors"

	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/internal/history"
	"github.com/boternity/boternity/internal/rules"
)

func (p *putter) putRevision(s *store, r builder.Draft) (builder.Put, error) {
	r.UpdatedAt = builder.StoredTime(r.UpdatedAt)
	if err := p.lookAt(s, r.SessionID); err != nil {
		return "", err
	}
	if !p.found {
		return p.withoutDraft(s, r.SessionID)
	}
	if r.Revision > p.row.Revision {
		return builder.PutDiffers, nil // the draft here is not the one it belongs to
	}
	if p.row.kept == 1 && p.row.oldest == p.row.Revision && r.Revision < p.row.Revision {
		return p.beginHistory(r)
	}
	if r.Revision >= p.row.oldest {
		kept, there, damaged, err := p.stored(r.Revision)
		if err != nil || damaged {
			return builder.PutDiffers, err
		}
		if there {
			return rules.AlreadyIf(rules.SameRevision(kept, r)), nil
		}
	}
	return p.insert(r)
}

// stored returns a kept revision, in one step where the revision before was the
// last one.
func (p *putter) stored(n builder.Revision) (kept builder.Draft, there, damaged bool, err error) {
	id := p.row.SessionID
	var cells revisionCells
	there, err = p.one(`SELECT `+revisionColumns+` FROM builder_draft_revisions WHERE owner = $1 AND session_id = $2 AND revision = $3`,
		[]any{p.owner, id, int64(n)}, cells.all()...)
	if err != nil {
		return builder.Draft{}, false, false, err
	}
	if !there {
		if n == p.row.Revision {
			return p.row.Draft, true, false, nil
		}
		return builder.Draft{}, false, false, nil
	}
	row := cells.row()
	var state []byte
	if row.Encoding != history.Whole && p.lastRevision+1 == n {
		state, err = history.Decode(row.Encoded, row.Bytes, p.lastState)
	} else {
		_, state, _, err = restore(p.call, p.owner, id, n)
	}
	var broken *history.BrokenError
	if errors.As(err, &broken) {
		return builder.Draft{}, false, true, nil
	}
	if err != nil {
		return builder.Draft{}, false, false, err
	}
	p.lastRevision, p.lastState = n, state
	return builder.Draft{SessionID: id, Revision: n, SchemaVersion: row.version, State: state, CreatedAt: p.row.CreatedAt, UpdatedAt: row.savedAt}, true, false, nil
}

// beginHistory puts a revision of a draft that has only its newest so far.
func (p *putter) beginHistory(r builder.Draft) (builder.Put, error) {
	if dropped, err := dropBuiltUpon(p.call, p.owner, r.SessionID, p.row.oldest); err != nil || !dropped {
		return builder.PutDiffers, err
	}
	p.grows, p.lastRevision, p.lastState = true, 0, nil
	put, _, err := p.putNewRevision(r)
	return put, err
}

// keepSince notes the oldest revision that is kept, and how many are.
const keepSince = `UPDATE builder_drafts SET oldest = $3, kept = $4 WHERE owner = $1 AND session_id = $2`

// insert adds a revision to a history that does not have it.
func (p *putter) insert(r builder.Draft) (builder.Put, error) {
	oldest := p.row.oldest
	if r.Revision < oldest {
		if dropped, err := dropBuiltUpon(p.call, p.owner, r.SessionID, oldest); err != nil || !dropped {
			return builder.PutDiffers, err
		}
		oldest = r.Revision
	}
	e, err := history.Encode(r.Revision, p.basisOf(r), r.State)
	if err != nil {
		return "", err
	}
	if err := insertRevision(p.call, p.owner, r, builder.Inspect(r).Phase, e); err != nil {
		return "", err
	}
	p.lastRevision, p.lastState = r.Revision, r.State
	p.row.oldest = oldest
	p.row.kept++
	_, err = p.exec(keepSince, p.owner, r.SessionID, int64(oldest), p.row.kept)
	return builder.PutAdded, err
}

// basisOf is the state that a revision can be a difference from, nil where it
// is not the last one's successor.
func (p *putter) basisOf(r builder.Draft) []byte {
	if p.lastRevision > 0 && p.lastRevision+1 == r.Revision {
		return p.lastState
	}
	return nil
}

// dropBuiltUpon removes the revisions that are only built upon, so that older
// ones can be kept again, and makes the oldest kept one whole. Where that one is
// damaged it removes nothing: later ones may not be, and build on the same.
func dropBuiltUpon(c *call, owner string, id uuid.UUID, oldest builder.Revision) (dropped bool, err error) {
	row, state, found, err := restore(c, owner, id, oldest)
	var broken *history.BrokenError
	if err != nil {
		if errors.As(err, &broken) {
			err = nil
		}
		return false, err
	}
	if !found {
		return false, nil
	}
	if row.Encoding != history.Whole {
		whole, err := history.Encode(oldest, nil, state)
		if err != nil {
			return false, err
		}
		if _, err := c.exec(`UPDATE builder_draft_revisions SET encoding = $4, content = $5 WHERE owner = $1 AND session_id = $2 AND revision = $3`,
			owner, id, int64(oldest), whole.Encoding, whole.Content); err != nil {
			return false, err
		}
	}
	_, err = c.exec(`DELETE FROM builder_draft_revisions WHERE owner = $1 AND session_id = $2 AND revision < $3`, owner, id, int64(oldest))
	return true, err
}
