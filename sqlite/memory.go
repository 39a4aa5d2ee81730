package sqlite

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
)

const entryByID = `SELECT memory, id, created_at, entry FROM builder_memory WHERE ` + ofOwner + ` AND id = ?`

// entryColumns receives a row of builder_memory.
type entryColumns struct {
	number, created integer
	id, entry       blob
}

func (c *entryColumns) all() []any { return []any{&c.number, &c.id, &c.created, &c.entry} }

func (c *entryColumns) stored() (e builder.StoredEntry, damage string) {
	var read columns
	e = builder.StoredEntry{ID: read.uuid("id", c.id), CreatedAt: read.time("created_at", c.created), Entry: read.blob("entry", c.entry)}
	return e, read.problem
}

func (c *entryColumns) decoded() builder.MemoryEntry {
	stored, damage := c.stored()
	if damage != "" {
		return builder.MemoryEntry{ID: stored.ID, CreatedAt: stored.CreatedAt, Problem: damage}
	}
	return builder.DecodeEntry(stored.ID, stored.CreatedAt, stored.Entry)
}

func (s *store) entry(c *conn, id uuid.UUID) (e builder.MemoryEntry, found bool, err error) {
	var cols entryColumns
	if found, err = c.one(entryByID, []any{s.owner, id[:]}, cols.all()...); found {
		e = cols.decoded()
	}
	return e, found, err
}

func (s *store) RecordMemory(ctx context.Context, e builder.MemoryEntry) error {
	if err := builder.CheckEntry(e); err != nil {
		return err
	}
	return s.together(ctx, func(c *conn) error {
		stored, found, err := s.entry(c, e.ID)
		if err != nil {
			return err
		}
		if found {
			same, err := builder.SameEntry(stored, e)
			if err == nil && !same {
				err = builder.ForSession(e.ID, builder.ErrEntryExists)
			}
			return err
		}
		_, err = s.record(c, e)
		return err
	})
}

// record keeps a new entry and returns it as stored.
func (s *store) record(c *conn, e builder.MemoryEntry) (builder.MemoryEntry, error) {
	if e.CreatedAt.IsZero() {
		e.CreatedAt = s.db.clock()
	}
	b, err := builder.EncodeEntry(e)
	if err != nil {
		return builder.MemoryEntry{}, builder.ForSession(e.ID, err)
	}
	stored := builder.StoredEntry{ID: e.ID, CreatedAt: builder.StoredTime(e.CreatedAt), Entry: b}
	return builder.DecodeEntry(stored.ID, stored.CreatedAt, stored.Entry), s.insertEntry(c, stored)
}

// insertEntry adds an entry with what it is found by, which is read from its
// bytes.
func (s *store) insertEntry(c *conn, e builder.StoredEntry) error {
	owner, err := s.ownerNumber(c)
	if err != nil {
		return err
	}
	read := builder.DecodeEntry(e.ID, e.CreatedAt, e.Entry)
	terms := builder.Terms(read.Description)
	_, err = c.exec(`INSERT INTO builder_memory (owner, id, created_at, category, terms, entry) VALUES (?, ?, ?, ?, ?, ?)`,
		owner, e.ID[:], e.CreatedAt.UnixMicro(), read.Category.JSONText(), joinTerms(terms), append([]byte{}, e.Entry...))
	if err != nil {
		return err
	}
	return insertTerms(c, owner, e.ID, e.CreatedAt, terms)
}

func (s *store) FinishSession(ctx context.Context, id uuid.UUID, at builder.Revision, e builder.MemoryEntry) (recorded builder.MemoryEntry, err error) {
	if err := builder.CheckEntry(e); err != nil {
		return builder.MemoryEntry{}, err
	}
	if e.ID != id {
		return builder.MemoryEntry{}, &builder.InvalidError{Field: "id", Problem: "is not that of the session"}
	}
	err = s.together(ctx, func(c *conn) error {
		stored, found, err := s.entry(c, id)
		if err != nil || found {
			recorded = stored
			return err
		}
		row, found, err := draftOf(c, s.owner, id)
		if err != nil {
			return err
		}
		if gone, err := s.isGone(c, id); err != nil || gone || !found {
			return orGone(err, id)
		}
		if err := row.rules().MayFinish(at); err != nil {
			return err
		}
		if recorded, err = s.record(c, e); err != nil {
			return err
		}
		if err := removeDraft(c, row.number); err != nil {
			return err
		}
		return bury(c, builder.MakeGoneKey(s.owner, id), true, s.db.clock())
	})
	s.db.recent.Drop(s.owner, id)
	if err != nil {
		return builder.MemoryEntry{}, err
	}
	return recorded, nil
}

func (s *store) LoadMemory(ctx context.Context, id uuid.UUID) (e builder.MemoryEntry, err error) {
	err = s.read(ctx, func(c *conn) error {
		stored, found, err := s.entry(c, id)
		if err == nil && !found {
			err = builder.ForSession(id, builder.ErrNotFound)
		}
		e = stored
		return err
	})
	return e, err
}

const (
	entriesFrom = `SELECT memory, id, created_at, entry FROM builder_memory WHERE ` + ofOwner
	ofCategory  = ` AND category = ?`
	entriesTo   = ` AND (created_at, id) < (?, ?)`
	newestFirst = ` ORDER BY created_at DESC, id DESC LIMIT ?`
)

func (s *store) Recall(ctx context.Context, q builder.MemoryQuery) (page builder.MemoryPage, err error) {
	after, resumed, err := builder.ParsePosition(builder.ListOfMemory, q.Cursor)
	if err != nil {
		return builder.MemoryPage{}, err
	}
	size := builder.PageSize(q.Limit)
	query, args := entriesFrom, []any{s.owner}
	if q.Category != nil {
		query, args = query+ofCategory, append(args, q.Category.JSONText())
	}
	if resumed {
		query, args = query+entriesTo, append(args, after.At.UnixMicro(), after.ID[:])
	}
	err = s.read(ctx, func(c *conn) error {
		if size == 0 {
			return nil
		}
		var cols entryColumns
		var last builder.Position // by the row, which need not agree with the entry's own words
		return c.each(query+newestFirst, append(args, size+1), cols.all(), func() (bool, error) {
			if len(page.Entries) == size {
				page.Next = last.Cursor(builder.ListOfMemory)
				return false, nil
			}
			row, _ := cols.stored()
			last = builder.Position{At: time.UnixMicro(cols.created.order()), ID: row.ID}
			page.Entries = append(page.Entries, cols.decoded())
			return true, nil
		})
	})
	return page, err
}

func (s *store) ForgetMemory(ctx context.Context, id uuid.UUID) (forgotten bool, err error) {
	err = s.together(ctx, func(c *conn) error {
		var number int64
		forgotten, err = c.one(`SELECT memory FROM builder_memory WHERE `+ofOwner+` AND id = ?`, []any{s.owner, id[:]}, &number)
		if err != nil || !forgotten {
			return err
		}
		if _, err := removeEntry(c, number); err != nil {
			return err
		}
		return bury(c, builder.MakeGoneKey(s.owner, id), true, s.db.clock())
	})
	return forgotten && err == nil, err
}

// removeEntry removes an entry with its terms, and says how many those were.
func removeEntry(c *conn, number int64) (terms int64, err error) {
	var owner, created integer
	var id blob
	var joined text
	found, err := c.one(`SELECT owner, id, created_at, terms FROM builder_memory WHERE memory = ?`, []any{number}, &owner, &id, &created, &joined)
	if err != nil || !found {
		return 0, err
	}
	if _, err := c.exec(`DELETE FROM builder_memory WHERE memory = ?`, number); err != nil {
		return 0, err
	}
	if !created.ok || !joined.ok {
		return searchTerms(c, owner.value, id.value)
	}
	return deleteTerms(c, owner.value, id.value, created.value, splitTerms(joined.value))
}
