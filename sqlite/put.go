package sqlite

import (
	"bytes"
	"context"
	"fmt"

	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/internal/history"
	"github.com/boternity/boternity/internal/rules"
)

// PutRows stores rows in one transaction.
func (db *Database) PutRows(ctx context.Context, rows []builder.Row, opts builder.PutOptions) ([]builder.Put, error) {
	for i, r := range rows {
		if err := builder.CheckRow(r); err != nil {
			return nil, fmt.Errorf("row %d: %w", i, err)
		}
	}
	outcomes := make([]builder.Put, 0, len(rows))
	err := db.change(ctx, func(c *conn) error {
		p := &putter{conn: c, db: db, opts: opts}
		for _, r := range rows {
			if err := ctx.Err(); err != nil {
				return err
			}
			outcome, err := p.put(r)
			if err != nil {
				return err
			}
			outcomes = append(outcomes, outcome)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return outcomes, nil
}

// putter puts the rows of one call. Rows of a history come in order, so it
// keeps the last one's state: the next is a difference from it.
type putter struct {
	*conn
	db   *Database
	opts builder.PutOptions

	lastKey   int64
	lastState []byte
}

func (p *putter) put(r builder.Row) (builder.Put, error) {
	s := &store{db: p.db, owner: r.Owner}
	switch {
	case r.Draft != nil:
		return p.putDraft(s, *r.Draft)
	case r.Revision != nil:
		return p.putRevision(s, *r.Revision)
	case r.Pending != nil:
		return p.putPending(s, *r.Pending)
	case r.Memory != nil:
		return p.putMemory(s, *r.Memory)
	case r.Preference != nil:
		return p.putPreference(s, *r.Preference)
	}
	return p.putGone(*r.Gone)
}

func (p *putter) putDraft(s *store, d builder.Draft) (builder.Put, error) {
	d.CreatedAt, d.UpdatedAt = builder.StoredTime(d.CreatedAt), builder.StoredTime(d.UpdatedAt)
	stored, found, err := draftOf(p.conn, s.owner, d.SessionID)
	if err != nil {
		return "", err
	}
	if found {
		kept, there, err := p.kept(stored, d.Revision)
		return rules.AlreadyIf(there && rules.SameRevision(kept, d) && kept.CreatedAt.Equal(d.CreatedAt)), err
	}
	key := builder.MakeGoneKey(s.owner, d.SessionID)
	gone, err := s.isGone(p.conn, d.SessionID)
	if err != nil {
		return "", err
	}
	if gone {
		finished, err := p.hasFinished(s, d.SessionID, key)
		if err != nil || finished || !p.opts.Revive {
			return builder.PutGone, err
		}
		if _, err := p.exec(`DELETE FROM builder_gone WHERE key = ?`, key[:]); err != nil {
			return "", err
		}
	}
	e, err := history.Encode(1, nil, d.State)
	if err != nil {
		return "", err
	}
	_, err = s.insertDraft(p.conn, d, builder.Inspect(d), e)
	return builder.PutAdded, err
}

func (p *putter) hasFinished(s *store, id uuid.UUID, key builder.GoneKey) (bool, error) {
	return p.one(`SELECT 1 FROM builder_gone WHERE key = ? AND finished <> 0
		UNION ALL SELECT 1 FROM builder_memory WHERE `+ofOwner+` AND id = ?`, []any{key[:], s.owner, id[:]}, new(int64))
}

func (p *putter) putPending(s *store, given builder.Pending) (builder.Put, error) {
	var number int64
	found, err := p.one(`SELECT draft FROM builder_drafts WHERE `+ofOwner+` AND session_id = ?`, []any{s.owner, given.SessionID[:]}, &number)
	if err != nil {
		return "", err
	}
	if !found {
		return p.withoutDraft(s, given.SessionID)
	}
	var stored text
	found, err = p.one(`SELECT text FROM builder_pending WHERE draft = ? AND field = ?`, []any{number, given.Field}, &stored)
	if err != nil || found {
		return rules.AlreadyIf(stored.value == given.Text), err
	}
	_, err = p.exec(`INSERT INTO builder_pending (draft, field, text) VALUES (?, ?, ?)`, number, given.Field, given.Text)
	return builder.PutAdded, err
}

func (p *putter) putMemory(s *store, e builder.StoredEntry) (builder.Put, error) {
	e.CreatedAt = builder.StoredTime(e.CreatedAt)
	var cols entryColumns
	found, err := p.one(entryByID, []any{s.owner, e.ID[:]}, cols.all()...)
	if err != nil {
		return "", err
	}
	if found {
		stored, _ := cols.stored()
		return rules.AlreadyIf(bytes.Equal(stored.Entry, e.Entry) && stored.CreatedAt.Equal(e.CreatedAt)), nil
	}
	if gone, err := s.isGone(p.conn, e.ID); err != nil || gone && !p.opts.Revive {
		return builder.PutGone, err
	}
	// Where the session goes on, its entry would end it unseen.
	if unfinished, err := p.one(`SELECT 1 FROM builder_drafts WHERE `+ofOwner+` AND session_id = ?`, []any{s.owner, e.ID[:]}, new(int64)); err != nil || unfinished {
		return builder.PutDiffers, err
	}
	return builder.PutAdded, s.insertEntry(p.conn, e)
}

func (p *putter) putPreference(s *store, given builder.Preference) (builder.Put, error) {
	inserted, err := s.insertPreference(p.conn, given, `ON CONFLICT DO NOTHING`)
	if err != nil || inserted == 1 {
		return builder.PutAdded, err
	}
	value, err := valueText(given.Value)
	if err != nil {
		return "", err
	}
	var never integer
	_, err = p.one(`SELECT never FROM builder_preferences WHERE `+ofOwner+` AND field = ? AND value = ?`, []any{s.owner, given.Field, value}, &never)
	return rules.AlreadyIf((never.value != 0) == given.Never), err
}

const draftOfTrace = `SELECT 1 FROM builder_drafts WHERE gone_key = ?`

func (p *putter) putGone(g builder.Gone) (builder.Put, error) {
	var finished, at integer
	found, err := p.one(`SELECT finished, at FROM builder_gone WHERE key = ?`, []any{g.Key[:]}, &finished, &at)
	if err != nil || found {
		return rules.AlreadyIf((finished.value != 0) == g.Finished && at.value == g.At.UnixMicro()), err
	}
	// The session may go on here.
	if unfinished, err := p.one(draftOfTrace, []any{g.Key[:]}, new(int64)); err != nil || unfinished {
		return builder.PutDiffers, err
	}
	return builder.PutAdded, bury(p.conn, g.Key, g.Finished, g.At)
}

// withoutDraft is what becomes of a row whose draft is not there.
func (p *putter) withoutDraft(s *store, id uuid.UUID) (builder.Put, error) {
	gone, err := s.isGone(p.conn, id)
	if gone {
		return builder.PutGone, err
	}
	return builder.PutOrphan, err
}
