package sqlite

import (
	"errors"
	"testing"

	"github.com/boternity/boternity/builder"
)

func TestWriterSyncsThrough(t *testing.T) {
	db := opened(t, newPath(t), testOptions())
	for pragma, want := range map[string]int64{"synchronous": 2, "fullfsync": 1, "checkpoint_fullfsync": 1} {
		var got int64
		noError(t, db.writer.use(t.Context(), func(c *conn) error {
			_, err := c.one("PRAGMA "+pragma, nil, &got)
			return err
		}))
		if got != want {
			t.Errorf("%s is %d, want %d", pragma, got, want)
		}
	}
}

// A connection whose snapshot could not be ended is not used again, whatever
// else went wrong.
func TestSnapshotThatDoesNotEnd(t *testing.T) {
	db := opened(t, newPath(t), testOptions())
	for _, failed := range []error{nil, builder.ErrNotFound} {
		err := db.snapshot(t.Context(), func(c *conn) error {
			if _, err := c.exec("ROLLBACK"); err != nil {
				return err
			}
			return failed
		})
		if err == nil || failed != nil && !errors.Is(err, failed) {
			t.Errorf("after %v: %v", failed, err)
		}
		if n := len(db.readers.idle); n != 0 {
			t.Errorf("after %v: the connection was given back", failed)
		}
		// An idle connection would hide whether the next one is given up.
		if _, err := db.Owner("").LoadDraft(t.Context(), testID(1)); !errors.Is(err, builder.ErrNotFound) {
			t.Errorf("the next read: %v", err)
		}
		noError(t, (<-db.readers.idle).close())
	}
}
