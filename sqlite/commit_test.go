package sqlite

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"os"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/boternity/boternity/builder"
)

// commits is how many transactions the log holds: their last frames say how
// large the file is then.
func commits(t *testing.T, db *Database) (n int) {
	t.Helper()
	log, err := os.ReadFile(db.path + "-wal")
	noError(t, err)
	frame := frameHeader + int(binary.BigEndian.Uint32(log[8:]))
	for at := logHeader; at+frame <= len(log); at += frame {
		if binary.BigEndian.Uint32(log[at+4:]) != 0 {
			n++
		}
	}
	return n
}

// queueUp makes calls queue up in their order while the connection is taken, and
// then lets them go. It returns their errors.
func queueUp(t *testing.T, db *Database, calls ...func() error) []error {
	t.Helper()
	errs := make([]error, len(calls))
	var all sync.WaitGroup
	noError(t, db.writer.use(t.Context(), func(*conn) error {
		for i, call := range calls {
			all.Go(func() { errs[i] = call() })
			for queued(db) <= i {
				runtime.Gosched()
			}
		}
		return nil
	}))
	all.Wait()
	return errs
}

func queued(db *Database) int {
	return db.writer.queue.Len()
}

func TestWaitingCallsShareACommit(t *testing.T) {
	db := opened(t, newPath(t), testOptions())
	s := db.Owner("")
	first := saved(t, s, testDraft(testID(0), "hello", 1))
	next := first
	next.State = testState(first.SessionID, "hello", 2)
	stale := next
	stale.State = testState(first.SessionID, "hello", 3)
	over, cancel := context.WithCancel(t.Context())
	calls := []func() error{
		func() error { _, err := s.SaveDraft(t.Context(), next); return err },
		func() error { _, err := s.SaveDraft(t.Context(), stale); return err }, // conflicts with its neighbour
		func() error { return db.writer.together(t.Context(), func(*conn) error { cancel(); return nil }) },
		func() error { return s.SavePending(over, first.SessionID, builder.FieldTone, "not this") },
		func() error { return s.SavePending(t.Context(), testID(99), builder.FieldTone, "of none") },
		func() error { return s.RecordMemory(t.Context(), testEntry(testID(50), "remembered")) },
		func() error { _, err := s.DeleteDraft(t.Context(), testID(98)); return err },
	}
	for n := range byte(40) {
		calls = append(calls, func() error {
			_, err := s.SaveDraft(t.Context(), testDraft(testID(n+1), "beside", 1))
			return err
		})
	}
	calls = append(calls, func() error { return s.SavePending(t.Context(), first.SessionID, builder.FieldName, "the last") })
	db.writer.full = time.Minute
	before := commits(t, db)
	errs := queueUp(t, db, calls...)
	if n := commits(t, db) - before; n != 1 {
		t.Errorf("%d commits", n)
	}
	want := map[int]error{1: builder.ErrConflict, 3: context.Canceled, 4: builder.ErrNotFound}
	for i, err := range errs {
		if !errors.Is(err, want[i]) {
			t.Errorf("call %d: error is %v, want %v", i, err, want[i])
		}
	}
	var conflict *builder.ConflictError
	if errors.As(errs[1], &conflict); conflict == nil || conflict.Stored.Revision != 2 {
		t.Errorf("the conflict is %+v", conflict)
	}
	pending, err := s.LoadPending(t.Context(), first.SessionID)
	noError(t, err)
	if len(pending) != 1 || pending[builder.FieldName] != "the last" {
		t.Errorf("pending: %v", pending)
	}
	for n := range byte(40) {
		_, err := s.LoadDraft(t.Context(), testID(n+1))
		noError(t, err)
	}
	soundly(t, db)
}

// A call that fails after it has changed something, or because SQLite fails,
// takes nothing of its neighbours with it and leaves nothing of its own.
func TestFailureAmongNeighbours(t *testing.T) {
	failed := errors.New("after a change")
	fails := map[string]func(c *conn) error{
		"after an update": func(c *conn) error {
			if _, err := c.exec(`UPDATE builder_drafts SET description = 'lost'`); err != nil {
				return err
			}
			return failed
		},
		"after an insert": func(c *conn) error {
			if err := c.insert(`INSERT INTO builder_owners (name) VALUES ('lost') RETURNING owner`, nil, new(int64)); err != nil {
				return err
			}
			return failed
		},
		"in SQLite": func(c *conn) error {
			_, err := c.exec(`INSERT INTO builder_owners (owner, name) VALUES (1, 'twice')`)
			return errors.Join(err, failed)
		},
		"with the transaction gone": func(c *conn) error {
			// As SQLite itself does it where the disk is full.
			if _, err := c.sql.ExecContext(t.Context(), "ROLLBACK"); err != nil {
				return err
			}
			_, err := c.exec("no statement")
			return errors.Join(err, failed)
		},
	}
	for name, do := range fails {
		t.Run(name, func(t *testing.T) {
			db := opened(t, newPath(t), testOptions())
			s := db.Owner("")
			d := saved(t, s, testDraft(testID(1), "hello", 1))
			saved(t, s, testDraft(testID(4), "left alone", 1))
			next := d
			next.State = testState(d.SessionID, "hello", 2)
			errs := queueUp(t, db,
				func() error { _, err := s.SaveDraft(t.Context(), testDraft(testID(2), "before", 1)); return err },
				func() error { return db.writer.together(t.Context(), do) },
				func() error { return db.writer.together(t.Context(), fails["after an update"]) }, // outside a transaction it would be kept
				func() error { _, err := s.SaveDraft(t.Context(), next); return err },
				func() error { _, err := s.SaveDraft(t.Context(), testDraft(testID(3), "after", 1)); return err },
			)
			for i, err := range errs {
				if refused := i == 1 || i == 2; refused != errors.Is(err, failed) || refused != (err != nil) {
					t.Errorf("call %d: %v", i, err)
				}
			}
			for _, id := range []byte{1, 2, 3, 4} {
				loaded, err := s.LoadDraft(t.Context(), testID(id))
				noError(t, err)
				if seen := builder.Inspect(loaded); seen.Description == "lost" {
					t.Error("a change that failed was kept")
				}
			}
			page, err := s.ListDrafts(t.Context(), builder.DraftQuery{Limit: 10})
			noError(t, err)
			for _, item := range page.Drafts {
				if item.Description == "lost" {
					t.Error("a change that failed is listed")
				}
			}
			soundly(t, db)
		})
	}
}

// What fits on a full disk is saved, whatever does not fit beside it.
func TestNoRoomForOneOfABatch(t *testing.T) {
	db := opened(t, newPath(t), testOptions())
	s := db.Owner("")
	d := saved(t, s, testDraft(testID(1), "hello", 1))
	unbounded := db.writer.setUp
	db.writer.setUp = append(unbounded[:len(unbounded):len(unbounded)], "PRAGMA max_page_count = 60")
	if err := db.writer.use(t.Context(), func(*conn) error { return &fatalError{builder.ErrBusy} }); !errors.Is(err, builder.ErrBusy) {
		t.Fatal(err)
	}
	small := d
	small.State = testState(d.SessionID, "hello", 2)
	errs := queueUp(t, db,
		func() error { _, err := s.SaveDraft(t.Context(), small); return err },
		func() error { _, err := s.SaveDraft(t.Context(), testDraft(testID(2), "large", 4000)); return err },
		func() error { return s.SavePending(t.Context(), d.SessionID, builder.FieldTone, "half") },
	)
	if errs[0] != nil || !errors.Is(errs[1], ErrFull) || errs[2] != nil {
		t.Errorf("errors are %v", errs)
	}
	small.Revision++
	if loaded, err := s.LoadDraft(t.Context(), d.SessionID); err != nil || loaded.Revision != small.Revision {
		t.Errorf("loaded %+v, %v", loaded.Revision, err)
	}
	soundly(t, db)
}

// A commit that fails fails for all of its batch, and none of them is told that
// it was saved before it is.
func TestCommitFailsForABatch(t *testing.T) {
	db := opened(t, newPath(t), testOptions())
	s := db.Owner("")
	errs := queueUp(t, db,
		func() error { _, err := s.SaveDraft(t.Context(), testDraft(testID(1), "one", 1)); return err },
		func() error { _, err := s.SaveDraft(t.Context(), testDraft(testID(2), "two", 1)); return err },
		func() error {
			return db.writer.together(t.Context(), func(c *conn) error {
				_, err := c.sql.ExecContext(t.Context(), "ROLLBACK") // so that there is nothing to commit
				return err
			})
		},
	)
	if errs[0] != nil || errs[1] != nil || errs[2] == nil {
		t.Errorf("errors are %v", errs)
	}
	for _, id := range []byte{1, 2} {
		_, err := s.LoadDraft(t.Context(), testID(id))
		noError(t, err)
	}
	soundly(t, db)
}

// What panics, a clock of the caller's say, takes neither its neighbours nor
// the connection with it.
func TestPanicAmongNeighbours(t *testing.T) {
	db := opened(t, newPath(t), testOptions())
	s := db.Owner("")
	panicked := errors.New("panicked")
	recovering := func(do func() error) func() error {
		return func() (err error) {
			defer func() {
				if recover() != nil {
					err = panicked
				}
			}()
			return do()
		}
	}
	errs := queueUp(t, db,
		recovering(func() error { _, err := s.SaveDraft(t.Context(), testDraft(testID(1), "one", 1)); return err }),
		recovering(func() error { return db.writer.together(t.Context(), func(*conn) error { panic("the clock's") }) }),
		recovering(func() error { _, err := s.SaveDraft(t.Context(), testDraft(testID(2), "two", 1)); return err }),
	)
	if !errors.Is(errs[1], panicked) {
		t.Errorf("errors are %v", errs)
	}
	for i, id := range map[int]byte{0: 1, 2: 2} {
		_, err := s.LoadDraft(t.Context(), testID(id))
		if leading := errors.Is(errs[i], panicked); leading != errors.Is(err, builder.ErrNotFound) || errs[i] != nil && !leading {
			t.Errorf("call %d: %v, and then %v", i, errs[i], err)
		}
	}
	saved(t, s, testDraft(testID(3), "after", 1))
	for i, id := range map[int]byte{0: 1, 2: 2} {
		if _, err := s.LoadDraft(t.Context(), testID(id)); errors.Is(errs[i], panicked) != errors.Is(err, builder.ErrNotFound) {
			t.Errorf("call %d, which ended with %v, took place later", i, errs[i])
		}
	}
	func() {
		defer func() { _ = recover() }()
		_ = db.read(t.Context(), func(*conn) error { panic("a reader's") })
	}()
	soundly(t, db)
}

// A plan may be made of what a neighbour has done, and the batch undone. What
// is saved then may have the same revision and time.
func TestPlanOfABatchThatWasUndone(t *testing.T) {
	db := opened(t, newPath(t), testOptions())
	s := db.Owner("").(*store)
	d := saved(t, s, testDraft(testID(1), "hello", 1))
	with := func(n int) builder.Draft {
		next := d
		next.State = testState(d.SessionID, "hello", n)
		return next
	}
	planned := func(c *conn, d builder.Draft) *plan {
		seen, err := builder.CheckSave(d)
		noError(t, err)
		p := &plan{given: d, seen: seen}
		noError(t, p.prepare(c, ""))
		return p
	}
	late := with(4)
	var p *plan
	undone := errors.New("undone")
	if err := db.change(t.Context(), func(c *conn) error {
		if _, err := s.follow(c, planned(c, with(2))); err != nil {
			return err
		}
		p = planned(c, late)
		return undone
	}); !errors.Is(err, undone) {
		t.Fatal(err)
	}
	saved(t, s, with(3))
	noError(t, db.change(t.Context(), func(c *conn) error {
		_, err := p.renew(c, "")
		return err
	}))
	if !bytes.Equal(p.stored.draft.State, with(3).State) {
		t.Error("a state that was never stored is taken for the stored one")
	}
}

// The one that leads may be cancelled, or out of time, before it can begin;
// the others go on.
func TestLeaderThatCannotBegin(t *testing.T) {
	path := newPath(t)
	db := opened(t, path, testOptions())
	s := db.Owner("")
	other := rawHandle(t, path)
	_, err := other.Exec("BEGIN IMMEDIATE")
	noError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	errs := make([]error, 20)
	var all sync.WaitGroup
	for i := range errs {
		call := t.Context()
		if i%2 == 0 {
			call = ctx
		}
		all.Go(func() { _, errs[i] = s.SaveDraft(call, testDraft(testID(byte(i+1)), "hello", 1)) })
	}
	for queued(db) < len(errs) {
		runtime.Gosched()
	}
	cancel()
	for queued(db) > len(errs)/2 {
		runtime.Gosched()
	}
	_, err = other.Exec("ROLLBACK")
	noError(t, errors.Join(err, other.Close()))
	all.Wait()
	for i, err := range errs {
		if i%2 == 0 && !errors.Is(err, context.Canceled) || i%2 == 1 && err != nil {
			t.Errorf("call %d: %v", i, err)
		}
	}
}
