package sqlite

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
)

// What loading takes; the rest of a row is for lists and saves.
const loadDraft = `SELECT revision, schema_version, created_at, updated_at, state FROM builder_drafts WHERE ` + ofOwner + ` AND session_id = ?`

func (s *store) LoadDraft(ctx context.Context, id uuid.UUID) (d builder.Draft, err error) {
	err = s.read(ctx, func(c *conn) error {
		var cols draftColumns
		found, err := c.one(loadDraft, []any{s.owner, id[:]}, &cols.revision, &cols.version, &cols.created, &cols.updated, &cols.state)
		if err == nil && !found {
			err = builder.ForSession(id, builder.ErrNotFound)
		}
		if found {
			d = cols.draft(new(columns), id)
			d.State = cols.state.value
		}
		return err
	})
	return d, err
}

func (s *store) DeleteDraft(ctx context.Context, id uuid.UUID) (deleted bool, err error) {
	err = s.together(ctx, func(c *conn) error {
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
	s.db.recent.Drop(s.owner, id)
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
