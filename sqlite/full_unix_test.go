//go:build unix

package sqlite

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"testing"

	"github.com/boternity/boternity/builder"
)

// fillUp saves until files of this program may not grow any further, then with
// more room again.
func fillUp(path string) error {
	signal.Ignore(syscall.SIGXFSZ)
	db, err := Open(context.Background(), path, Options{})
	if err != nil {
		return err
	}
	s := db.Owner("")
	d := testDraft(testID(1), "grows", 1)
	if d, err = s.SaveDraft(context.Background(), d); err != nil {
		return err
	}
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		return err
	}
	unlimited := limit
	limit.Cur = 300 << 10
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		return err
	}
	d, refused, err := untilRefused(s, d)
	if err != nil {
		return err
	}
	if !errors.Is(refused, ErrWrite) && !errors.Is(refused, ErrFull) {
		return fmt.Errorf("the disk is full: %w", refused)
	}
	if _, err := s.LoadDraft(context.Background(), d.SessionID); err != nil {
		return fmt.Errorf("load while the disk is full: %w", err)
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &unlimited); err != nil {
		return err
	}
	for range 3 {
		d.State = testState(d.SessionID, "grows", int(d.Revision)*40)
		if d, err = s.SaveDraft(context.Background(), d); err != nil {
			return fmt.Errorf("save with room again: %w", err)
		}
	}
	fmt.Println(d.Revision)
	return db.Close()
}

func untilRefused(s builder.Store, d builder.Draft) (last builder.Draft, refused, err error) {
	for range 100 {
		next := d
		next.State = testState(d.SessionID, "grows", int(d.Revision)*40)
		saved, err := s.SaveDraft(context.Background(), next)
		if err != nil {
			return d, err, nil
		}
		d = saved
	}
	return d, nil, errors.New("the disk never filled up")
}

func TestFullDisk(t *testing.T) {
	path := newPath(t)
	out, err := child(t, "fill", path).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	var last builder.Revision
	if _, err := fmt.Sscan(string(out), &last); err != nil {
		t.Fatalf("the program said %q", out)
	}
	db := opened(t, path, testOptions())
	d, err := db.Owner("").LoadDraft(t.Context(), testID(1))
	noError(t, err)
	if d.Revision != last {
		t.Fatalf("revision %d, want %d", d.Revision, last)
	}
	for f, err := range db.Check(t.Context()) {
		if noError(t, err); f.Problem != "" {
			t.Errorf("%s %s: %s", f.Table, f.Row, f.Problem)
		}
	}
}

func TestFullDatabase(t *testing.T) {
	db := opened(t, newPath(t), testOptions())
	s := db.Owner("")
	d := saved(t, s, testDraft(testID(1), "grows", 1))
	noError(t, db.asWriter(t.Context(), func(c *conn) error { return c.set("PRAGMA max_page_count = 40") }))
	d, refused, err := untilRefused(s, d)
	noError(t, err)
	if !errors.Is(refused, ErrFull) {
		t.Fatalf("error is %v", refused)
	}
	loads(t, s, d)
	d.State = testState(d.SessionID, "grows", 500)
	loads(t, s, saved(t, s, d)) // on another connection, which has no such bound
}

func TestFileThatMayNotBeWritten(t *testing.T) {
	if os.Getuid() == 0 {
		return // root may write everything
	}
	path, stored := migrated(t, embedded())
	noError(t, os.Chmod(path, 0o400))
	db, err := Open(t.Context(), path, testOptions())
	if err == nil {
		_, err = db.Owner("").SaveDraft(t.Context(), testDraft(testID(2), "no", 1))
		loads(t, db.Owner(""), stored)
		noError(t, db.Close())
	}
	if !errors.Is(err, ErrReadOnly) && !errors.Is(err, ErrOpen) {
		t.Fatalf("error is %v", err)
	}
}
