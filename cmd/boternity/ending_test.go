//go:build unix

package main

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/boternity/boternity/postgres"
)

// Whoever ends a build while the database keeps it waiting is told why it goes
// on, and the answer is saved once the database lets it. Asked to end again, the
// build does not wait, and says that the answer is not saved.
func TestEndingWhileTheDatabaseIsBusy(t *testing.T) {
	t.Parallel()
	server := postgresServer(t)
	for name, again := range map[string]bool{"once": false, "again": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			database, err := server.Create(t.Context(), "")
			if err != nil {
				t.Fatal(err)
			}
			url := server.URL(database)
			if _, err := postgres.Migrate(t.Context(), url); err != nil {
				t.Fatal(err)
			}
			term := atTerminal(t, t.TempDir(), 80, 40, "build", "a bot that waters plants", "--plain", "--db", url)
			term.shows("What should your bot be called?")
			unlock := lockDrafts(t, url)
			term.types("Gardener" + keyEnter)
			unlock.contended()
			term.types(keyCtrlC)
			term.shows("Ends as soon as the database has kept what you gave")
			if again {
				term.types(keyCtrlC)
				if code := term.ends(); code != exitFailed {
					t.Errorf("exit code %d, want %d:\n%s", code, exitFailed, term.shown())
				}
				term.shows("your last answer is not saved")
				unlock.release()
				var revision int
				if err := unlock.conn.QueryRow(t.Context(), "SELECT revision FROM builder_drafts").Scan(&revision); err != nil || revision != 1 {
					t.Errorf("the draft has revision %d, want 1; %v", revision, err)
				}
				return
			}
			unlock.release()
			if code := term.ends(); code != exitStopped {
				t.Errorf("exit code %d, want %d:\n%s", code, exitStopped, term.shown())
			}
			term.shows("Stopped. The draft is saved")
			term.shows("revision 2") // the answer with it
		})
	}
}

// lock is one that another session holds on all drafts.
type lock struct {
	t    *testing.T
	conn *pgx.Conn
}

func lockDrafts(t *testing.T, url string) lock {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err == nil {
		t.Cleanup(func() { _ = conn.Close(context.WithoutCancel(t.Context())) })
		_, err = conn.Exec(t.Context(), "BEGIN; LOCK builder_drafts")
	}
	if err != nil {
		t.Fatal(err)
	}
	return lock{t, conn}
}

// contended waits until somebody waits for it.
func (l lock) contended() {
	l.t.Helper()
	late := time.Now().Add(patience)
	for waits := 0; waits == 0; {
		err := l.conn.QueryRow(l.t.Context(), `SELECT count(*) FROM pg_locks WHERE NOT granted
			AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`).Scan(&waits)
		if err != nil || time.Now().After(late) {
			l.t.Fatalf("nobody waits for the lock: %v", err)
		}
	}
}

func (l lock) release() {
	l.t.Helper()
	if _, err := l.conn.Exec(l.t.Context(), "ROLLBACK"); err != nil {
		l.t.Fatal(err)
	}
}
