//go:build unix

package main

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/boternity/boternity/postgres"
)

// Whoever ends a build while the database keeps it waiting is told why it goes
// on, and the answer is saved once the database lets it.
func TestEndingWhileTheDatabaseIsBusy(t *testing.T) {
	t.Parallel()
	server := postgresServer(t)
	name, err := server.Create(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := postgres.Migrate(t.Context(), server.URL(name)); err != nil {
		t.Fatal(err)
	}
	term := atTerminal(t, t.TempDir(), 80, 40, "build", "a bot that waters plants", "--plain", "--db", server.URL(name))
	term.shows("What should your bot be called?")
	conn, err := pgx.Connect(t.Context(), server.URL(name))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	if _, err := conn.Exec(t.Context(), "BEGIN; LOCK builder_drafts"); err != nil {
		t.Fatal(err)
	}
	term.types("Gardener" + keyEnter)
	late := time.Now().Add(patience)
	for waits := 0; waits == 0; {
		if err := conn.QueryRow(t.Context(), "SELECT count(*) FROM pg_locks WHERE NOT granted").Scan(&waits); err != nil || time.Now().After(late) {
			t.Fatalf("the answer does not wait for the lock: %v", err)
		}
	}
	term.types(keyCtrlC)
	term.shows("Ends as soon as the database has kept what you gave")
	if _, err := conn.Exec(t.Context(), "ROLLBACK"); err != nil {
		t.Fatal(err)
	}
	if code := term.ends(); code != exitStopped {
		t.Errorf("exit code %d, want %d:\n%s", code, exitStopped, term.shown())
	}
	term.shows("Stopped. The draft is saved")
	term.shows("revision 2") // the answer with it
}
