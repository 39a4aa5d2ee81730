package sqlite

import (
	"errors"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/internal/history"
	"github.com/boternity/boternity/internal/rules"
)

// kept returns a kept revision; one that is damaged is not there to compare.
func (p *putter) kept(stored draftRow, r builder.Revision) (kept builder.Draft, there bool, err error) {
	kept, err = stored.revision(p.conn, r, p.rebuild)
	if err == nil {
		p.lastKey, p.lastState = revisionKey(stored.number, r), kept.State
		return kept, true, nil
	}
	if errors.Is(err, builder.ErrNotFound) || errors.Is(err, builder.ErrUnreadable) {
		err = nil
	}
	return builder.Draft{}, false, err
}

// rebuild is like the function of that name, in one step where the revision
// before was the last one.
func (p *putter) rebuild(c *conn, number int64, r builder.Revision) (row revisionRow, state []byte, found bool, err error) {
	key := revisionKey(number, r)
	if p.lastKey != key-1 {
		return rebuild(c, number, r)
	}
	var cells revisionCells
	found, err = c.one(`SELECT `+revisionColumns+` FROM builder_draft_revisions WHERE key = ?`, []any{key}, cells.all()...)
	if err != nil || !found {
		return revisionRow{}, nil, found, err
	}
	if row = cells.row(); row.damage != "" {
		return row, nil, true, &history.BrokenError{Problem: row.damage}
	}
	state, err = history.Decode(row.Encoded, row.bytes, p.lastState)
	return row, state, true, err
}

func (p *putter) putRevision(s *store, r builder.Draft) (builder.Put, error) {
	r.UpdatedAt = builder.StoredTime(r.UpdatedAt)
	stored, found, err := draftOf(p.conn, s.owner, r.SessionID)
	if err != nil {
		return "", err
	}
	if !found {
		return p.withoutDraft(s, r.SessionID)
	}
	if r.Revision > stored.draft.Revision {
		return builder.PutDiffers, nil // the draft here is not the one it belongs to
	}
	kept, there, err := p.kept(stored, r.Revision)
	if err != nil {
		return "", err
	}
	if there {
		return rules.AlreadyIf(rules.SameRevision(kept, r)), nil
	}
	if r.Revision >= stored.oldest {
		if damaged, err := p.one(`SELECT 1 FROM builder_draft_revisions WHERE key = ?`, []any{revisionKey(stored.number, r.Revision)}, new(int64)); err != nil || damaged {
			return builder.PutDiffers, err
		}
	}
	return p.insertRevision(stored, r)
}

// insertRevision adds a revision to a history that does not have it.
func (p *putter) insertRevision(stored draftRow, r builder.Draft) (builder.Put, error) {
	oldest := stored.oldest
	if r.Revision < oldest {
		if dropped, err := dropBuiltUpon(p.conn, stored); err != nil || !dropped {
			return builder.PutDiffers, err
		}
		oldest = r.Revision
	}
	var before []byte
	key := revisionKey(stored.number, r.Revision)
	if p.lastKey == key-1 {
		before = p.lastState
	}
	e, err := history.Encode(r.Revision, before, r.State)
	if err != nil {
		return "", err
	}
	if err := insertRevision(p.conn, stored.number, r, builder.Inspect(r).Phase, e); err != nil {
		return "", err
	}
	p.lastKey, p.lastState = key, r.State
	_, err = p.exec(`UPDATE builder_drafts SET oldest = ?, kept = kept + 1 WHERE draft = ?`, oldest, stored.number)
	return builder.PutAdded, err
}

// dropBuiltUpon removes the revisions that are only built upon, so that older
// ones can be kept again, and makes the oldest kept one whole. Where that one is
// damaged it removes nothing: later ones may not be, and build on the same.
func dropBuiltUpon(c *conn, stored draftRow) (dropped bool, err error) {
	row, state, found, err := rebuild(c, stored.number, stored.oldest)
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
		whole, err := history.Encode(stored.oldest, nil, state)
		if err != nil {
			return false, err
		}
		if _, err := c.exec(`UPDATE builder_draft_revisions SET encoding = ?, content = ? WHERE key = ?`,
			whole.Encoding, whole.Content, revisionKey(stored.number, stored.oldest)); err != nil {
			return false, err
		}
	}
	_, err = c.exec(`DELETE FROM builder_draft_revisions WHERE key >= ? AND key < ?`, revisionKey(stored.number, 0), revisionKey(stored.number, stored.oldest))
	return true, err
}
