//go:build unix

package sqlite

import (
	"context"
	"errors"
	"os"
	"testing"

	"github.com/boternity/boternity/builder"
)

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

func TestFullDatabase(t *testing.T) {
	db := opened(t, newPath(t), testOptions())
	s := db.Owner("")
	d := saved(t, s, testDraft(testID(1), "grows", 1))
	unbounded := db.writer.setUp
	db.writer.setUp = append(unbounded[:len(unbounded):len(unbounded)], "PRAGMA max_page_count = 40")
	err := db.writer.use(t.Context(), func(*conn) error { return &fatalError{builder.ErrBusy} })
	if !errors.Is(err, builder.ErrBusy) { // the connection is given up for one with the bound
		t.Fatal(err)
	}
	d, refused, err := untilRefused(s, d)
	noError(t, err)
	if !errors.Is(refused, ErrFull) {
		t.Fatalf("error is %v", refused)
	}
	loads(t, s, d)
	d.State = testState(d.SessionID, "grows", 500)
	db.writer.setUp = unbounded
	loads(t, s, saved(t, s, d))
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
