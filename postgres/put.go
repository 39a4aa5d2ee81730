package postgres

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/internal/rules"
)

// PutRows stores rows in one transaction.
func (db *Database) PutRows(ctx context.Context, rows []builder.Row, opts builder.PutOptions) ([]builder.Put, error) {
	for i, r := range rows {
		if err := builder.CheckRow(r); err != nil {
			return nil, fmt.Errorf("row %d: %w", i, err)
		}
	}
	var outcomes, committing []builder.Put // the latter of an attempt that came as far as its commit
	err := db.changeAll(ctx, func(c *call) error {
		outcomes = make([]builder.Put, 0, len(rows))
		p := &putter{call: c, db: db, opts: opts}
		if err := p.findNew(rows); err != nil {
			return err
		}
		for _, r := range rows {
			if err := c.ctx.Err(); err != nil {
				return err
			}
			outcome, err := p.put(r)
			if err != nil {
				return err
			}
			outcomes = append(outcomes, outcome)
		}
		if err := p.send(); err != nil {
			return err
		}
		if c.doubt && wasPut(committing, outcomes) {
			outcomes = committing
		}
		if !slices.Contains(outcomes, builder.PutAdded) {
			if err := c.touch(); err != nil {
				return err
			}
		}
		committing = outcomes
		return nil
	})
	if err != nil {
		return nil, err
	}
	return outcomes, nil
}

// wasPut reports whether an earlier attempt was committed: what it added is
// there now.
func wasPut(earlier, now []builder.Put) bool {
	for i := range earlier {
		if earlier[i] == builder.PutAdded && now[i] != builder.PutAlready {
			return false
		}
	}
	return len(earlier) == len(now)
}

// putter puts the rows of one call. A draft comes before what hangs on it, and
// a history in order, so it keeps the last draft, which it has locked, and the
// last revision's state: the next is a difference from it.
type putter struct {
	*call
	db   *Database
	opts builder.PutOptions

	owner string
	row   draftRow // the last draft; without an id where none was looked at
	found bool

	lastRevision builder.Revision // of row's history; 0 where none
	lastState    []byte

	newcomers
}

func (p *putter) put(r builder.Row) (builder.Put, error) {
	s := &store{db: p.db, owner: r.Owner}
	if p.bytes > shareBytes {
		if err := p.send(); err != nil {
			return "", err
		}
	}
	switch {
	case r.Draft != nil && has(p.drafts, r.Owner, r.Draft.SessionID):
		return p.putNew(r.Owner, *r.Draft)
	case r.Memory != nil && has(p.entries, r.Owner, r.Memory.ID):
		return p.putNewEntry(*r.Memory, r.Owner), nil
	case r.Revision != nil && p.grows && p.isLast(r.Owner, r.Revision.SessionID):
		if put, done, err := p.putNewRevision(*r.Revision); done || err != nil {
			return put, err
		}
	}
	p.settle()
	if r.Revision == nil || p.waiting[session{r.Owner, r.Revision.SessionID}] {
		if err := p.send(); err != nil {
			return "", err // what follows looks at what is there
		}
	}
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

func has(sessions map[session]bool, owner string, id uuid.UUID) bool {
	_, found := sessions[session{owner, id}]
	return found
}

func (p *putter) isLast(owner string, id uuid.UUID) bool {
	return p.owner == owner && p.row.SessionID == id
}

// lookAt makes a draft the last one.
func (p *putter) lookAt(s *store, id uuid.UUID) error {
	if p.found && p.isLast(s.owner, id) {
		return nil
	}
	row, found, err := lockDraft(p.call, s.owner, id)
	p.owner, p.row, p.found, p.lastRevision, p.lastState = s.owner, row, found, 0, nil
	return err
}

func (p *putter) putDraft(s *store, d builder.Draft) (builder.Put, error) {
	d.CreatedAt, d.UpdatedAt = builder.StoredTime(d.CreatedAt), builder.StoredTime(d.UpdatedAt)
	if err := p.lookAt(s, d.SessionID); err != nil {
		return "", err
	}
	if p.found {
		kept, there, err := p.row.keptRevision(p.call, s.owner, d.Revision)
		return rules.AlreadyIf(there && rules.SameRevision(kept, d) && kept.CreatedAt.Equal(d.CreatedAt)), err
	}
	if ended, err := p.hasEntry(s, d.SessionID); err != nil || ended {
		return builder.PutGone, err
	}
	if entered, err := p.enter(s, d); err != nil || !entered {
		return builder.PutGone, err
	}
	if err := addDraft(p.call, s.owner, d, builder.Inspect(d)); err != nil {
		return "", err // a raced one is put again, and then is there
	}
	return builder.PutAdded, nil
}

// enter enters a put draft's session as one under way, unless it is gone.
func (p *putter) enter(s *store, d builder.Draft) (bool, error) {
	k := goneKey(s.owner, d.SessionID)
	if p.opts.Revive {
		if _, err := p.exec(`DELETE FROM builder_gone WHERE key = $1 AND ended = $2`, k, deleted); err != nil {
			return false, err
		}
	}
	return enterSession(p.call, k, d.UpdatedAt)
}

func (p *putter) hasEntry(s *store, id uuid.UUID) (bool, error) {
	return p.is(`SELECT 1 FROM builder_memory WHERE owner = $1 AND id = $2`, s.owner, id)
}

func (p *putter) putPending(s *store, given builder.Pending) (builder.Put, error) {
	if err := p.lookAt(s, given.SessionID); err != nil {
		return "", err
	}
	if !p.found {
		return p.withoutDraft(s, given.SessionID)
	}
	k := key(given.Field)
	n, err := p.exec(`INSERT INTO builder_pending (owner, session_id, key, field, text) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`,
		s.owner, given.SessionID, k, []byte(given.Field), []byte(given.Text))
	if err != nil || n == 1 {
		return builder.PutAdded, err
	}
	var stored []byte
	_, err = p.one(`SELECT text FROM builder_pending WHERE owner = $1 AND session_id = $2 AND key = $3`, []any{s.owner, given.SessionID, k}, &stored)
	return rules.AlreadyIf(string(stored) == given.Text), err
}

func (p *putter) putMemory(s *store, e builder.StoredEntry) (builder.Put, error) {
	e.CreatedAt = builder.StoredTime(e.CreatedAt)
	var cols entryColumns
	found, err := p.one(entryByID, []any{s.owner, e.ID}, cols.all()...)
	if err != nil {
		return "", err
	}
	if found {
		stored := cols.stored()
		return rules.AlreadyIf(bytes.Equal(stored.Entry, e.Entry) && stored.CreatedAt.Equal(e.CreatedAt)), nil
	}
	return p.addMemory(s, e)
}

// While an entry is put its session is entered, unless there is a trace of it:
// so none can be created that the entry would end unseen.
const (
	holdSession  = `INSERT INTO builder_gone (key, ended, at) VALUES ($1, 0, 0) ON CONFLICT DO NOTHING`
	letGoSession = `DELETE FROM builder_gone WHERE key = $1`
)

// addMemory adds an entry.
func (p *putter) addMemory(s *store, e builder.StoredEntry) (builder.Put, error) {
	k := goneKey(s.owner, e.ID)
	entered, err := p.exec(holdSession, k)
	if err != nil {
		return "", err
	}
	if entered == 0 {
		// Locked, so that the session neither ends nor is revived meanwhile.
		var ended int
		found, err := p.one(`SELECT ended FROM builder_gone WHERE key = $1 FOR UPDATE`, []any{k}, &ended)
		if err == nil && !found {
			err = errRaced
		}
		if err != nil || ended != 0 && !p.opts.Revive {
			return builder.PutGone, err
		}
		// Where the session goes on, its entry would end it unseen.
		if unfinished, err := p.is(`SELECT 1 FROM builder_drafts WHERE owner = $1 AND session_id = $2`, s.owner, e.ID); err != nil || unfinished {
			return builder.PutDiffers, err
		}
	}
	added, err := s.insertEntry(p.call, e)
	if err == nil && !added {
		err = errRaced
	}
	if err == nil && entered == 1 {
		_, err = p.exec(letGoSession, k)
	}
	return builder.PutAdded, err
}

func (p *putter) putPreference(s *store, given builder.Preference) (builder.Put, error) {
	value, err := given.Value.MarshalJSON()
	if err != nil {
		return "", err
	}
	inserted, err := s.insertPreference(p.call, given, value, `DO NOTHING`)
	if err != nil || inserted == 1 {
		return builder.PutAdded, err
	}
	var never bool
	_, err = p.one(`SELECT never FROM builder_preferences WHERE owner = $1 AND key = $2`, []any{s.owner, key(given.Field, string(value))}, &never)
	return rules.AlreadyIf(never == given.Never), err
}

func (p *putter) putGone(g builder.Gone) (builder.Put, error) {
	n, err := p.exec(`INSERT INTO builder_gone (key, ended, at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`, g.Key[:], endedAs(g.Finished), g.At.UnixMicro())
	if err != nil || n == 1 {
		return builder.PutAdded, err
	}
	var ended int
	var at int64
	_, err = p.one(`SELECT ended, at FROM builder_gone WHERE key = $1`, []any{g.Key[:]}, &ended, &at)
	// A session under way goes on here.
	return rules.AlreadyIf(ended == endedAs(g.Finished) && at == g.At.UnixMicro()), err
}

// withoutDraft is what becomes of a row whose draft is not there.
func (p *putter) withoutDraft(s *store, id uuid.UUID) (builder.Put, error) {
	gone, err := isGone(p.call, s.owner, id)
	if gone {
		return builder.PutGone, err
	}
	return builder.PutOrphan, err
}
