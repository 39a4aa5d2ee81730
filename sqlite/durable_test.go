package sqlite

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"testing"

	"github.com/boternity/boternity/builder"
)

// saveForever goes on with the session where it stands and says each revision
// that was acknowledged.
func saveForever(path string) error {
	db, err := Open(context.Background(), path, Options{History: 40})
	if err != nil {
		return err
	}
	s := db.Owner("")
	d, err := s.LoadDraft(context.Background(), testID(1))
	if err != nil {
		d = builder.Draft{SessionID: testID(1), SchemaVersion: builder.CurrentSchemaVersion}
	}
	for {
		d.State = testState(d.SessionID, "saved forever", int(d.Revision)+1)
		if d, err = s.SaveDraft(context.Background(), d); err != nil {
			return err
		}
		fmt.Println(d.Revision)
	}
}

func TestAcknowledgedSavesSurviveKill(t *testing.T) {
	path := newPath(t)
	var acknowledged builder.Revision
	for round := range 24 {
		acknowledged = killed(t, path, 1+round%5, acknowledged)
		db, err := Open(t.Context(), path, Options{History: 40})
		noError(t, err)
		d, err := db.Owner("").LoadDraft(t.Context(), testID(1))
		noError(t, err)
		// One more may have been saved whose answer was lost.
		if d.Revision != acknowledged && d.Revision != acknowledged+1 {
			t.Fatalf("round %d: revision %d was acknowledged, %d is stored", round, acknowledged, d.Revision)
		}
		if string(d.State) != string(testState(d.SessionID, "saved forever", int(d.Revision))) {
			t.Fatalf("round %d: revision %d has other bytes", round, d.Revision)
		}
		for r := max(d.Revision, 40) - 39; r <= d.Revision; r++ {
			kept, err := db.Owner("").LoadRevision(t.Context(), testID(1), r)
			noError(t, err)
			if string(kept.State) != string(testState(d.SessionID, "saved forever", int(r))) {
				t.Fatalf("round %d: kept revision %d has other bytes", round, r)
			}
		}
		noError(t, db.Close())
	}
}

// killed runs a program that saves, kills it after so many acknowledgements,
// and returns the last.
func killed(t *testing.T, path string, saves int, last builder.Revision) builder.Revision {
	t.Helper()
	c := child(t, "save", path)
	c.Stderr = os.Stderr
	out, err := c.StdoutPipe()
	noError(t, err)
	noError(t, c.Start())
	lines := bufio.NewScanner(out)
	for n := 0; lines.Scan(); n++ {
		if _, err := fmt.Sscan(lines.Text(), &last); err != nil {
			t.Fatalf("the program said %q", lines.Text())
		}
		if n+1 == saves {
			noError(t, c.Process.Kill())
		}
	}
	if err := c.Wait(); err == nil || err.Error() != "signal: killed" {
		t.Fatalf("the program ended by itself: %v", err)
	}
	return last
}

// What a kill does not show is a power cut. The log is synced at every commit
// when these hold; the whole program's system calls are traced elsewhere.
func TestCommitsAreSynced(t *testing.T) {
	db := opened(t, newPath(t), testOptions())
	noError(t, db.asWriter(t.Context(), func(c *conn) error {
		var synchronous, mode string
		_, err := c.one("PRAGMA synchronous", nil, &synchronous)
		noError(t, err)
		_, err = c.one("PRAGMA journal_mode", nil, &mode)
		noError(t, err)
		if synchronous != "2" || mode != "wal" {
			t.Errorf("synchronous is %s, journal_mode is %s", synchronous, mode)
		}
		return nil
	}))
}
