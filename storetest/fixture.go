package storetest

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
)

// fixture is a fresh database and what cases do with it again and again. Its
// Store is the local user's. Its methods end the case when a call fails that
// must not.
type fixture struct {
	T
	builder.Store
	ctx   context.Context
	db    builder.Database
	owner string
	clock *clock
	open  func() builder.Database
	made  *uint64 // ids so far
}

// clock is the time that a store sees. It stands still unless it is moved.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// beginning is no round number, has more digits than are stored, and is not in
// UTC.
var beginning = time.Date(2031, 3, 14, 1, 59, 26, 535897932, time.FixedZone("", -3*60*60))

// fresh runs a case on a database with the store's own history.
func fresh(run func(f *fixture)) func(T, Harness) { return withHistory(0, run) }

// withHistory runs a case on a database that keeps n revisions of a draft.
func withHistory(n int, run func(f *fixture)) func(T, Harness) {
	return func(t T, h Harness) { run(begin(t, h, n)) }
}

func begin(t T, h Harness, history int) *fixture {
	f := &fixture{T: t, ctx: t.Context(), clock: &clock{now: beginning}, made: new(uint64)}
	f.open = h(t, Options{Now: f.clock.Now, History: history})
	f.db = f.open()
	f.Store = f.db.Owner("")
	t.Cleanup(func() { f.noError("close", f.db.Close()) })
	return f
}

// as is the same database seen by another owner.
func (f *fixture) as(owner string) *fixture {
	g := *f
	g.owner, g.Store = owner, f.db.Owner(owner)
	return &g
}

// reopen closes the database and opens it again.
func (f *fixture) reopen() {
	f.Helper()
	f.noError("close", f.db.Close())
	f.db = f.open()
	f.Store = f.db.Owner("")
}

// tick moves the clock on by a second and returns the time that a store then
// stores.
func (f *fixture) tick() time.Time {
	f.clock.advance(time.Second)
	return f.now()
}

// now is the clock's time as it is stored.
func (f *fixture) now() time.Time { return builder.StoredTime(f.clock.Now()) }

// id is a new id. Ids sort in another order than they are made.
func (f *fixture) id() uuid.UUID {
	*f.made++
	sum := sha256.Sum256(binary.BigEndian.AppendUint64(nil, *f.made))
	return uuid.Must(uuid.FromBytes(sum[:16]))
}

// state is a valid state with a description and some answers.
func state(id uuid.UUID, description string, answers ...string) []byte {
	s := builder.NewState(id, description, builder.Coding)
	for _, a := range answers {
		s.Conversation = append(s.Conversation, builder.Exchange{Question: "And then?", Answer: a, Phase: builder.PhaseBasics})
	}
	b, _, err := s.Encode()
	if err != nil {
		panic(err)
	}
	return b
}

// draft is a draft that was never saved.
func draft(id uuid.UUID, description string, answers ...string) builder.Draft {
	return builder.Draft{SessionID: id, SchemaVersion: builder.CurrentSchemaVersion, State: state(id, description, answers...)}
}

// next is a draft made from a stored one.
func next(d builder.Draft, description string, answers ...string) builder.Draft {
	d.State = state(d.SessionID, description, answers...)
	return d
}

// entry is a memory entry without a time.
func entry(id uuid.UUID, c builder.PurposeCategory, description string) builder.MemoryEntry {
	return builder.MemoryEntry{
		ID: id, Category: c, Description: description,
		Choices: map[string]builder.Choice{builder.FieldTone: {Value: builder.Text("formal"), Source: builder.Chosen}},
	}
}

func (f *fixture) save(d builder.Draft, answered ...string) builder.Draft {
	f.Helper()
	saved, err := f.SaveDraft(f.ctx, d, answered...)
	f.noError("save", err)
	return saved
}

func (f *fixture) load(id uuid.UUID) builder.Draft {
	f.Helper()
	d, err := f.LoadDraft(f.ctx, id)
	f.noError("load", err)
	return d
}

func (f *fixture) delete(id uuid.UUID) {
	f.Helper()
	deleted, err := f.DeleteDraft(f.ctx, id)
	f.noError("delete", err)
	if !deleted {
		f.Errorf("delete: there was nothing to delete")
	}
}

func (f *fixture) finish(d builder.Draft) builder.MemoryEntry {
	f.Helper()
	e, err := f.FinishSession(f.ctx, d.SessionID, d.Revision, entry(d.SessionID, builder.Coding, "finished"))
	f.noError("finish", err)
	return e
}

func (f *fixture) record(e builder.MemoryEntry) {
	f.Helper()
	f.noError("record", f.RecordMemory(f.ctx, e))
}

func (f *fixture) put(rows ...builder.Row) []builder.Put {
	f.Helper()
	return f.putWith(builder.PutOptions{}, rows...)
}

func (f *fixture) putWith(o builder.PutOptions, rows ...builder.Row) []builder.Put {
	f.Helper()
	outcomes, err := f.db.PutRows(f.ctx, rows, o)
	f.noError("put rows", err)
	if len(outcomes) != len(rows) {
		f.Fatalf("put rows: %d outcomes for %d rows", len(outcomes), len(rows))
	}
	return outcomes
}

// drafts lists everything, in pages of a size.
func (f *fixture) drafts(size int) []builder.DraftSummary {
	f.Helper()
	return pages(f, func(c builder.Cursor) ([]builder.DraftSummary, builder.Cursor, error) {
		p, err := f.ListDrafts(f.ctx, builder.DraftQuery{Limit: size, Cursor: c})
		return p.Drafts, p.Next, err
	})
}

// newest is the first draft listed.
func (f *fixture) newest() builder.DraftSummary {
	f.Helper()
	listed := f.drafts(10)
	if len(listed) == 0 {
		f.Fatalf("no draft is listed")
	}
	return listed[0]
}

// history lists every kept revision of a draft, in pages of a size.
func (f *fixture) history(id uuid.UUID, size int) []builder.RevisionSummary {
	f.Helper()
	return pages(f, func(c builder.Cursor) ([]builder.RevisionSummary, builder.Cursor, error) {
		p, err := f.DraftHistory(f.ctx, id, builder.PageQuery{Limit: size, Cursor: c})
		return p.Revisions, p.Next, err
	})
}

// recall recalls everything of a category, or everything, in pages of a size.
func (f *fixture) recall(category *builder.PurposeCategory, size int) []builder.MemoryEntry {
	f.Helper()
	return pages(f, func(c builder.Cursor) ([]builder.MemoryEntry, builder.Cursor, error) {
		p, err := f.Recall(f.ctx, builder.MemoryQuery{Category: category, Limit: size, Cursor: c})
		return p.Entries, p.Next, err
	})
}

// maxPages is more pages than any case makes, so that a list that never ends
// fails the case rather than hanging it.
const maxPages = 2000

func pages[R any](f *fixture, page func(builder.Cursor) ([]R, builder.Cursor, error)) []R {
	f.Helper()
	var all []R
	var c builder.Cursor
	for range maxPages {
		rows, following, err := page(c)
		f.noError("list", err)
		all = append(all, rows...)
		if following == "" {
			return all
		}
		c = following
	}
	f.Fatalf("list: no end after %d pages", maxPages)
	return nil
}

func (f *fixture) pending(id uuid.UUID) map[string]string {
	f.Helper()
	p, err := f.LoadPending(f.ctx, id)
	f.noError("load pending", err)
	return p
}
