// Package memstore keeps the contract of package builder in memory: it is the
// contract's readable reference, and the store that tests use. One lock, plain
// maps and slices; nothing survives the process.
package memstore

import (
	"bytes"
	"context"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/internal/rules"
)

// Options are what a database may be told. The zero value is good.
type Options struct {
	Now     func() time.Time // the clock; time.Now by default
	History int              // revisions kept of a draft; builder.DefaultHistory where not above 0
}

// Database is a builder.Database in memory.
type Database struct {
	now     func() time.Time
	history int

	mu      sync.Mutex
	shelves map[string]*shelf // by owner
	gone    map[builder.GoneKey]builder.Gone
}

// shelf holds everything of one owner.
type shelf struct {
	drafts      map[uuid.UUID]*draft
	memory      map[uuid.UUID]remembered
	preferences map[preferenceKey]bool
}

// draft is a draft with what hangs on it. Its revisions are the kept ones,
// oldest first; the last is the draft itself.
type draft struct {
	revisions []saved
	pending   map[string]string
}

// saved is one revision and what listings show of it.
type saved struct {
	builder.Draft
	seen builder.Inspection
}

// remembered is a memory entry and what it is found by.
type remembered struct {
	builder.StoredEntry
	category builder.PurposeCategory
	terms    []string
}

type preferenceKey struct {
	field string
	value builder.Value
}

var _ builder.Database = (*Database)(nil)

// New returns an empty database.
func New(o Options) *Database {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.History <= 0 {
		o.History = builder.DefaultHistory
	}
	return &Database{
		now: o.Now, history: o.History,
		shelves: map[string]*shelf{}, gone: map[builder.GoneKey]builder.Gone{},
	}
}

// Owner returns one owner's view.
func (db *Database) Owner(name string) builder.Store { return &store{db: db, owner: name} }

// Close has nothing to do; the data stays for whoever holds the database.
func (db *Database) Close() error { return nil }

// shelf returns an owner's shelf, an empty one for a new owner.
func (db *Database) shelf(owner string) *shelf {
	h := db.shelves[owner]
	if h == nil {
		h = &shelf{drafts: map[uuid.UUID]*draft{}, memory: map[uuid.UUID]remembered{}, preferences: map[preferenceKey]bool{}}
		db.shelves[owner] = h
	}
	return h
}

// clock is the store's time as it is stored.
func (db *Database) clock() time.Time { return builder.StoredTime(db.now()) }

// bury remembers that a session is gone. That it finished is never forgotten
// for a later deletion.
func (db *Database) bury(owner string, id uuid.UUID, finished bool) {
	key := builder.MakeGoneKey(owner, id)
	finished = finished || db.gone[key].Finished
	db.gone[key] = builder.Gone{Key: key, Finished: finished, At: db.clock()}
}

// store is one owner's view.
type store struct {
	db    *Database
	owner string
}

// enter begins a call: it holds the lock until leave is called.
func (s *store) enter(ctx context.Context) (h *shelf, leave func(), err error) {
	if err := builder.CheckOwner(s.owner); err != nil {
		return nil, nil, err
	}
	s.db.mu.Lock()
	if err := ctx.Err(); err != nil {
		s.db.mu.Unlock()
		return nil, nil, err
	}
	return s.db.shelf(s.owner), s.db.mu.Unlock, nil
}

// isGone reports whether a session was deleted or has finished.
func (s *store) isGone(h *shelf, id uuid.UUID) bool {
	_, buried := s.db.gone[builder.MakeGoneKey(s.owner, id)]
	_, finished := h.memory[id]
	return buried || finished
}

func (d *draft) newest() *saved { return &d.revisions[len(d.revisions)-1] }

// find returns a kept revision, or nil.
func (d *draft) find(r builder.Revision) *saved {
	for i := range d.revisions {
		if d.revisions[i].Revision == r {
			return &d.revisions[i]
		}
	}
	return nil
}

// rules are what the draft allows.
func (s *saved) rules() rules.Stored { return rules.Stored{Draft: s.copied(), Problem: s.seen.Problem} }

// copied is the draft as callers get it, sharing no bytes with the store.
func (s *saved) copied() builder.Draft {
	d := s.Draft
	d.State = bytes.Clone(d.State)
	return d
}

// remember reads from an entry's bytes what it is found by.
func remember(e builder.StoredEntry) remembered {
	read := builder.DecodeEntry(e.ID, e.CreatedAt, e.Entry)
	return remembered{StoredEntry: e, category: read.Category, terms: builder.Terms(read.Description)}
}

func (r remembered) decoded() builder.MemoryEntry {
	return builder.DecodeEntry(r.ID, r.CreatedAt, r.Entry)
}
