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
