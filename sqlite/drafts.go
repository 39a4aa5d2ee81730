package sqlite

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/internal/history"
)

func (s *store) SaveDraft(ctx context.Context, d builder.Draft, answered ...string) (saved builder.Draft, err error) {
	seen, err := builder.CheckSave(d)
	if err != nil {
		return builder.Draft{}, err
	}
	p := &plan{given: d, seen: seen}
	if err := s.read(ctx, func(c *conn) error { return p.prepare(c, s.owner) }); err != nil {
		return builder.Draft{}, err
	}
	err = s.change(ctx, func(c *conn) error {
		if gone, err := s.isGone(c, d.SessionID); err != nil || gone {
			return orGone(err, d.SessionID)
		}
		if err := p.refresh(c, s.owner); err != nil {
			return err
		}
		if !p.found {
			if d.Revision != 0 && d.Revision != builder.AnyRevision {
				return builder.ForSession(d.SessionID, builder.ErrGone)
			}
			saved, err = s.create(c, p)
			return err
		}
		if isRetry(p.stored.draft, d) {
			saved = p.stored.draft
			return nil
		}
		if err := mayReplace(p.stored, d); err != nil {
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
	return saved, err
}

// plan is a save that is worked out before it is the caller's turn to write:
// what is stored, and the new state encoded against it.
type plan struct {
	given  builder.Draft
	seen   builder.Inspection
	stored draftRow
	found  bool
	history.Encoded
}

func (p *plan) prepare(c *conn, owner string) (err error) {
	if p.stored, p.found, err = draftOf(c, owner, p.given.SessionID); err != nil {
		return err
	}
	return p.encode(c)
}

// encode prepares the revision that follows the stored one, unless this save
// will not come to that.
func (p *plan) encode(c *conn) (err error) {
	p.Encoded = history.Encoded{}
	next := builder.Revision(1)
	var before []byte
	if p.found {
		if mayReplace(p.stored, p.given) != nil {
			return nil //nolint:nilerr // it is refused under the lock, where it is looked at again
		}
		next = p.stored.draft.Revision + 1
		if before, err = basis(c, p.stored); err != nil {
			return err
		}
	}
	p.Encoded, err = history.Encode(next, before, p.given.State)
	return err
}

// refresh makes the plan anew where the draft has changed since, or its history
// has: rows that are put may add to that.
func (p *plan) refresh(c *conn, owner string) error {
	var number, revision, updated, inspected, oldest, kept integer
	found, err := c.one(`SELECT draft, revision, updated_at, inspected, oldest, kept FROM builder_drafts WHERE `+ofOwner+` AND session_id = ?`,
		[]any{owner, p.given.SessionID[:]}, &number, &revision, &updated, &inspected, &oldest, &kept)
	if err != nil {
		return err
	}
	at := p.stored
	if found == p.found && (!found || number.value == at.number && revision.value == int64(at.draft.Revision) &&
		updated.value == at.draft.UpdatedAt.UnixMicro() && inspected.value == builder.InspectionVersion &&
		oldest.value == int64(at.oldest) && kept.value == int64(at.kept)) {
		return nil
	}
	return p.prepare(c, owner)
}

// isRetry reports whether d was saved before and its answer lost.
func isRetry(stored, d builder.Draft) bool {
	return d.Revision != builder.AnyRevision && stored.Revision == d.Revision+1 &&
		stored.SchemaVersion == d.SchemaVersion && bytes.Equal(stored.State, d.State)
}

// mayReplace says why d must not become the next revision.
func mayReplace(stored draftRow, d builder.Draft) error {
	if d.Revision != builder.AnyRevision && d.Revision != stored.draft.Revision {
		return &builder.ConflictError{Based: d.Revision, Stored: stored.draft}
	}
	if stored.seen.Problem != "" {
		return &builder.UnreadableError{SessionID: d.SessionID, Problem: stored.seen.Problem}
	}
	return stored.checkNext(d.SchemaVersion)
}

// checkNext refuses to lower a draft's schema version, and to count its
// revision up to AnyRevision, which is none. Only rows that were put can be
// that high.
func (r *draftRow) checkNext(version uint32) error {
	if r.draft.SchemaVersion > version {
		return newer(r.draft, version)
	}
	if r.draft.Revision+1 == builder.AnyRevision {
		return &builder.InvalidError{Field: "revision", Problem: "is the last one there can be"}
	}
	return nil
}

func newer(d builder.Draft, known uint32) error {
	return &builder.NewerError{What: fmt.Sprintf("session %s", d.SessionID), Found: uint64(d.SchemaVersion), Known: uint64(known)}
}

// create stores the first revision of a plan.
func (s *store) create(c *conn, p *plan) (builder.Draft, error) {
	d := p.given
	d.Revision, d.UpdatedAt = 1, s.db.clock()
	d.CreatedAt, d.State = d.UpdatedAt, bytes.Clone(d.State)
	return d, s.insertDraft(c, d, p.seen, p.Encoded)
}

// insertDraft adds a draft with what is so far its only kept revision.
func (s *store) insertDraft(c *conn, d builder.Draft, seen builder.Inspection, e history.Encoded) error {
	owner, err := s.ownerNumber(c)
	if err != nil {
		return err
	}
	key := builder.MakeGoneKey(s.owner, d.SessionID)
	var number int64
	_, err = c.one(`INSERT INTO builder_drafts (owner, session_id, gone_key, revision, schema_version, created_at, updated_at, bytes,
			description, phase, category, problem, inspected, oldest, kept, state)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, ?) RETURNING draft`,
		[]any{owner, d.SessionID[:], key[:], d.Revision, d.SchemaVersion, d.CreatedAt.UnixMicro(), d.UpdatedAt.UnixMicro(), len(d.State),
			seen.Description, string(seen.Phase), seen.Category.JSONText(), seen.Problem, builder.InspectionVersion, d.Revision, stateBytes(d)}, &number)
	if err != nil {
		return err
	}
	return insertRevision(c, number, d, seen.Phase, e)
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
func stateBytes(d builder.Draft) []byte { return append([]byte{}, d.State...) }

// ownerNumber is the number of the owner, who is entered where that is new.
func (s *store) ownerNumber(c *conn) (number int64, err error) {
	found, err := c.one(`SELECT owner FROM builder_owners WHERE name = ?`, []any{s.owner}, &number)
	if err != nil || found {
		return number, err
	}
	_, err = c.one(`INSERT INTO builder_owners (name) VALUES (?) RETURNING owner`, []any{s.owner}, &number)
	return number, err
}

func (s *store) LoadDraft(ctx context.Context, id uuid.UUID) (d builder.Draft, err error) {
	err = s.read(ctx, func(c *conn) error {
		row, found, err := draftOf(c, s.owner, id)
		if err == nil && !found {
			err = builder.ForSession(id, builder.ErrNotFound)
		}
		d = row.draft
		return err
	})
	return d, err
}

func (s *store) DeleteDraft(ctx context.Context, id uuid.UUID) (deleted bool, err error) {
	err = s.change(ctx, func(c *conn) error {
		var number int64
		deleted, err = c.one(`SELECT draft FROM builder_drafts WHERE `+ofOwner+` AND session_id = ?`, []any{s.owner, id[:]}, &number)
		if err != nil || !deleted {
			return err
		}
		if err := removeDraft(c, number); err != nil {
			return err
		}
		return bury(c, builder.MakeGoneKey(s.owner, id), false, s.db.clock())
	})
	return deleted && err == nil, err
}

// removeDraft removes a draft with its history and pending text.
func removeDraft(c *conn, number int64) error {
	for _, statement := range []string{
		`DELETE FROM builder_pending WHERE draft = ?1`,
		`DELETE FROM builder_draft_revisions WHERE key BETWEEN ?1 << 32 AND ?1 << 32 | 0xffffffff`,
		`DELETE FROM builder_drafts WHERE draft = ?1`,
	} {
		if _, err := c.exec(statement, number); err != nil {
			return err
		}
	}
	return nil
}

// isGone reports whether a session was deleted or has finished.
func (s *store) isGone(c *conn, id uuid.UUID) (gone bool, err error) {
	key := builder.MakeGoneKey(s.owner, id)
	return c.one(`SELECT 1 FROM builder_gone WHERE key = ?1
		UNION ALL SELECT 1 FROM builder_memory WHERE owner = (SELECT owner FROM builder_owners WHERE name = ?2) AND id = ?3`,
		[]any{key[:], s.owner, id[:]}, new(int64))
}

// orGone is ErrGone where there is no other error.
func orGone(err error, id uuid.UUID) error {
	if err != nil {
		return err
	}
	return builder.ForSession(id, builder.ErrGone)
}

// bury remembers that a session is gone. That it finished is never forgotten
// for a later deletion.
func bury(c *conn, key builder.GoneKey, finished bool, at time.Time) error {
	_, err := c.exec(`INSERT INTO builder_gone (key, finished, at) VALUES (?, ?, ?)
		ON CONFLICT (key) DO UPDATE SET finished = max(finished, excluded.finished), at = excluded.at`, key[:], finished, at.UnixMicro())
	return err
}
