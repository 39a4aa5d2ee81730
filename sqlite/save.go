package sqlite

import (
	"bytes"
	"context"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/internal/history"
)

func (s *store) SaveDraft(ctx context.Context, d builder.Draft, answered ...string) (saved builder.Draft, err error) {
	seen, err := builder.CheckSave(d)
	if err != nil {
		return builder.Draft{}, err
	}
	p := &plan{given: d, seen: seen}
	since := s.db.recent.Now()
	if err := s.plan(ctx, p); err != nil {
		return builder.Draft{}, err
	}
	err = s.together(ctx, func(c *conn) error {
		p.after = draftRow{} // it may be of a batch that was undone
		if gone, err := p.renew(c, s.owner); err != nil || gone {
			return orGone(err, d.SessionID)
		}
		if !p.found {
			if d.Revision != 0 && d.Revision != builder.AnyRevision {
				return builder.ForSession(d.SessionID, builder.ErrGone)
			}
			saved, err = s.create(c, p)
			return err
		}
		if p.stored.rules().Saved(d) {
			saved = p.stored.draft
			return nil
		}
		if err := p.stored.rules().MayReplace(d); err != nil {
			return err
		}
		for _, field := range answered {
			if _, err := c.exec(`DELETE FROM builder_pending WHERE draft = ? AND field = ?`, p.stored.number, field); err != nil {
				return err
			}
		}
		saved, err = s.follow(c, p)
		return err
	})
	if err != nil {
		return builder.Draft{}, err
	}
	if p.after.number != 0 {
		s.db.recent.Put(since, s.owner, d.SessionID, p.after, len(p.after.draft.State))
	}
	return saved, nil
}

// plan is a save that is worked out before it is the caller's turn to write:
// what is stored, and the new state encoded against it.
type plan struct {
	given  builder.Draft
	seen   builder.Inspection
	stored draftRow
	found  bool
	shared bool // stored is the cache's: its state must not get out
	history.Encoded
	after draftRow // what was stored then
}

// plan works a save out from what this program saved last, or else from the
// file.
func (s *store) plan(ctx context.Context, p *plan) error {
	if err := builder.CheckOwner(s.owner); err != nil {
		return err
	}
	if p.stored, p.shared = s.db.recent.Get(s.owner, p.given.SessionID); p.shared {
		p.found = true
		return p.encode(p.stored.draft.State)
	}
	return s.read(ctx, func(c *conn) error { return p.prepare(c, s.owner) })
}

func (p *plan) prepare(c *conn, owner string) (err error) {
	p.shared = false
	if p.stored, p.found, err = draftOf(c, owner, p.given.SessionID); err != nil {
		return err
	}
	before, err := basis(c, p.stored)
	if err != nil {
		return err
	}
	return p.encode(before)
}

// encode prepares the revision that follows the stored one, as a difference
// from before where there is such, unless this save will not come to that.
func (p *plan) encode(before []byte) (err error) {
	p.Encoded = history.Encoded{}
	if p.found && p.stored.rules().MayReplace(p.given) != nil {
		return nil //nolint:nilerr // it is refused under the lock, where it is looked at again
	}
	p.Encoded, err = history.Encode(p.stored.draft.Revision+1, before, p.given.State)
	return err
}

const standing = `SELECT EXISTS (SELECT 1 FROM builder_gone WHERE key = ?3)
		OR EXISTS (SELECT 1 FROM builder_memory WHERE owner = o.owner AND id = ?2),
		d.draft, d.revision, d.schema_version, d.created_at, d.updated_at, d.inspected, d.oldest, d.kept, r.checksum, r.bytes
	FROM (SELECT 1) LEFT JOIN builder_owners o ON o.name = ?1
		LEFT JOIN builder_drafts d ON d.owner = o.owner AND d.session_id = ?2
		LEFT JOIN builder_draft_revisions r ON r.key = d.draft << 32 | d.revision`

// renew makes the plan anew where the draft has changed since, or its history
// has: rows that are put may add to that. It reports whether the session has
// come to its end.
func (p *plan) renew(c *conn, owner string) (gone bool, err error) {
	var ended, number, revision, version, created, updated, inspected, oldest, kept, sum, length integer
	id := p.given.SessionID
	key := builder.MakeGoneKey(owner, id)
	_, err = c.one(standing, []any{owner, id[:], key[:]}, &ended, &number, &revision, &version, &created, &updated, &inspected, &oldest, &kept, &sum, &length)
	if err != nil || ended.value != 0 {
		return true, err
	}
	at := p.stored
	same := number.null != p.found && (!p.found || number.value == at.number && revision.value == int64(at.draft.Revision) &&
		version.value == int64(at.draft.SchemaVersion) && created.value == at.draft.CreatedAt.UnixMicro() &&
		updated.value == at.draft.UpdatedAt.UnixMicro() && inspected.value == builder.InspectionVersion &&
		oldest.value == int64(at.oldest) && kept.value == int64(at.kept))
	if p.found {
		// Of a batch that was undone the plan may have read what never came to be.
		same = same && isOf(sum, length, at.draft.State)
	}
	if p.shared {
		same = same && at.rules().MayReplace(p.given) == nil // a refusal is made from what is read
	}
	if same {
		return false, nil
	}
	return false, p.prepare(c, owner)
}

// create stores the first revision of a plan.
func (s *store) create(c *conn, p *plan) (builder.Draft, error) {
	d := p.given
	d.Revision, d.UpdatedAt = 1, s.db.clock()
	d.CreatedAt, d.State = d.UpdatedAt, bytes.Clone(d.State)
	number, err := s.insertDraft(c, d, p.seen, p.Encoded)
	if err == nil {
		p.stands(draftRow{number: number, oldest: 1, kept: 1}, d)
	}
	return d, err
}

// stands notes what is stored now.
func (p *plan) stands(row draftRow, d builder.Draft) {
	row.draft, row.bytes, row.seen = d, len(d.State), p.seen
	row.draft.State = bytes.Clone(d.State)
	p.after = row
}

// insertDraft adds a draft with what is so far its only kept revision, and
// returns its number.
func (s *store) insertDraft(c *conn, d builder.Draft, seen builder.Inspection, e history.Encoded) (number int64, err error) {
	owner, err := s.ownerNumber(c)
	if err != nil {
		return 0, err
	}
	key := builder.MakeGoneKey(s.owner, d.SessionID)
	err = c.insert(`INSERT INTO builder_drafts (owner, session_id, gone_key, revision, schema_version, created_at, updated_at, bytes,
			description, phase, category, problem, inspected, oldest, kept, state)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, ?) RETURNING draft`,
		[]any{owner, d.SessionID[:], key[:], d.Revision, d.SchemaVersion, d.CreatedAt.UnixMicro(), d.UpdatedAt.UnixMicro(), len(d.State),
			seen.Description, string(seen.Phase), seen.Category.JSONText(), seen.Problem, builder.InspectionVersion, d.Revision, stateBytes(d)}, &number)
	if err != nil {
		return 0, err
	}
	return number, insertRevision(c, number, d, seen.Phase, e)
}

// follow makes a plan the draft's next revision.
func (s *store) follow(c *conn, p *plan) (builder.Draft, error) {
	row := p.stored
	d := p.given
	d.Revision, d.CreatedAt, d.UpdatedAt = row.draft.Revision+1, row.draft.CreatedAt, s.db.clock()
	d.State = bytes.Clone(d.State)
	if err := insertRevision(c, row.number, d, p.seen.Phase, p.Encoded); err != nil {
		return builder.Draft{}, err
	}
	row.draft = d
	row.kept++
	if err := trim(c, &row, s.db.history); err != nil {
		return builder.Draft{}, err
	}
	if err := vacate(c, p.stored); err != nil {
		return builder.Draft{}, err
	}
	_, err := c.exec(`UPDATE builder_drafts SET revision = ?, schema_version = ?, updated_at = ?, bytes = ?,
			description = ?, phase = ?, category = ?, problem = ?, inspected = ?, oldest = ?, kept = ?, state = ?
		WHERE draft = ?`,
		d.Revision, d.SchemaVersion, d.UpdatedAt.UnixMicro(), len(d.State),
		p.seen.Description, string(p.seen.Phase), p.seen.Category.JSONText(), p.seen.Problem, builder.InspectionVersion,
		row.oldest, row.kept, stateBytes(d), row.number)
	if err == nil {
		p.stands(row, d)
	}
	return d, err
}

// vacate frees the pages of a state that is about to be replaced. SQLite else
// finds pages for the new state before it frees those of the old, and the file
// has room for both for good. A state of one page has none to free.
func vacate(c *conn, row draftRow) error {
	if row.bytes < 2048 {
		return nil
	}
	_, err := c.exec(`UPDATE builder_drafts SET state = x'', kept = 0 WHERE draft = ?`, row.number)
	return err
}

// stateBytes is never nil, which the driver would store as NULL.
func stateBytes(d builder.Draft) []byte {
	if d.State == nil {
		return []byte{}
	}
	return d.State
}

// ownerNumber is the number of the owner, who is entered where that is new.
func (s *store) ownerNumber(c *conn) (number int64, err error) {
	found, err := c.one(`SELECT owner FROM builder_owners WHERE name = ?`, []any{s.owner}, &number)
	if err != nil || found {
		return number, err
	}
	err = c.insert(`INSERT INTO builder_owners (name) VALUES (?) RETURNING owner`, []any{s.owner}, &number)
	return number, err
}
