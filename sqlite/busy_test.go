package sqlite

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/boternity/boternity/builder"
)

// impatient waits for others hardly at all.
func impatient() Options {
	o := testOptions()
	o.BusyTimeout = 20 * time.Millisecond
	return o
}

func TestBusyIsBounded(t *testing.T) {
	path := newPath(t)
	db := opened(t, path, impatient())
	s := db.Owner("")
	d := saved(t, s, testDraft(testID(1), "hello", 1))
	e := testEntry(testID(1), "hello")
	other := rawHandle(t, path)
	_, err := other.Exec("BEGIN IMMEDIATE")
	noError(t, err)
	next := d
	next.State = testState(d.SessionID, "hello", 2)
	for name, call := range map[string]func() error{
		"save":    func() error { _, err := s.SaveDraft(t.Context(), next); return err },
		"create":  func() error { _, err := s.SaveDraft(t.Context(), testDraft(testID(2), "hello", 1)); return err },
		"delete":  func() error { _, err := s.DeleteDraft(t.Context(), d.SessionID); return err },
		"pending": func() error { return s.SavePending(t.Context(), d.SessionID, "tone", "for") },
		"restore": func() error { _, err := s.RestoreRevision(t.Context(), d.SessionID, 1, 1); return err },
		"finish":  func() error { _, err := s.FinishSession(t.Context(), d.SessionID, 1, e); return err },
		"record":  func() error { return s.RecordMemory(t.Context(), testEntry(testID(3), "hello")) },
		"forget":  func() error { _, err := s.ForgetMemory(t.Context(), d.SessionID); return err },
		"put": func() error {
			_, err := db.PutRows(t.Context(), []builder.Row{{Draft: &next}}, builder.PutOptions{})
			return err
		},
		"prune": func() error {
			_, err := db.Prune(t.Context(), builder.PrunePolicy{DraftsBefore: moment.Add(time.Hour)})
			return err
		},
		"erase": func() error { _, err := db.Erase(t.Context(), ""); return err },
	} {
		if err := call(); !errors.Is(err, builder.ErrBusy) || strings.Contains(err.Error(), "locked") {
			t.Errorf("%s: error is %v", name, err)
		}
	}
	loads(t, s, d) // readers wait for nobody
	_, err = other.Exec("ROLLBACK")
	noError(t, err)
	noError(t, other.Close())
	loads(t, s, d)
	loads(t, s, saved(t, s, next))
}

func TestBusyPassesUnseen(t *testing.T) {
	path := newPath(t)
	s := opened(t, path, testOptions()).Owner("")
	other := rawHandle(t, path)
	_, err := other.Exec("BEGIN IMMEDIATE")
	noError(t, err)
	done := make(chan error)
	go func() {
		_, err := s.SaveDraft(context.Background(), testDraft(testID(1), "hello", 1))
		done <- err
	}()
	_, err = other.Exec("COMMIT")
	noError(t, err)
	noError(t, <-done)
	noError(t, other.Close())
}

// SQLite does not wait for a writer by itself when it is to keep a log.
func TestLogIsBegunOnceOthersAllowIt(t *testing.T) {
	path, _ := migrated(t, embedded())
	rawly(t, path, "PRAGMA journal_mode = DELETE")
	other := rawHandle(t, path)
	_, err := other.Exec("BEGIN IMMEDIATE")
	noError(t, err)
	if _, err := Open(t.Context(), path, impatient()); !errors.Is(err, builder.ErrBusy) {
		t.Fatalf("opened: %v", err)
	}
	handle, err := connect(path, "rw", time.Second)
	noError(t, err)
	c, err := newPool(handle, 1).take(t.Context(), time.Second)
	noError(t, err)
	attempts := 0
	noError(t, untilFree(t.Context(), func() error {
		if attempts++; attempts == 3 {
			_, err := other.Exec("ROLLBACK")
			noError(t, err)
		}
		return useLog(c)
	}))
	if attempts < 3 {
		t.Fatalf("the log was begun at attempt %d", attempts)
	}
	noError(t, errors.Join(c.close(), handle.Close(), other.Close()))
}

func TestCancelledCallsSaveNothing(t *testing.T) {
	path := newPath(t)
	db := opened(t, path, testOptions())
	s := db.Owner("")
	d := saved(t, s, testDraft(testID(1), "hello", 1))
	next := d
	next.State = testState(d.SessionID, "hello", 2)

	over, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.SaveDraft(over, next); !errors.Is(err, context.Canceled) {
		t.Fatalf("cancelled before: %v", err)
	}

	other := rawHandle(t, path)
	_, err := other.Exec("BEGIN IMMEDIATE")
	noError(t, err)
	waiting, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() {
		_, err := s.SaveDraft(waiting, next)
		done <- err
	}()
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Fatalf("cancelled while waiting for the file: %v", err)
	}
	_, err = other.Exec("ROLLBACK")
	noError(t, err)
	noError(t, other.Close())

	err = db.writer.use(t.Context(), func(*conn) error {
		queued, cancel := context.WithCancel(t.Context())
		go cancel()
		if _, err := s.SaveDraft(queued, next); !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled in the queue: %v", err)
		}
		return nil
	})
	noError(t, err)

	halfway, cancel := context.WithCancel(t.Context())
	err = db.change(halfway, func(c *conn) error {
		cancel()
		_, err := c.exec("DELETE FROM builder_drafts")
		return err
	})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("cancelled before the commit: %v", err)
	}
	loads(t, s, d)
	loads(t, s, saved(t, s, next))
}
