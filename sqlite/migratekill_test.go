package sqlite

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/boternity/boternity/builder"
)

// later are migrations that a file has to go through after the real ones. Each
// has parts that must not be found without the others.
var later = map[string]string{
	"10002_copy.sql": `-- +goose Up
CREATE TABLE copies (draft INTEGER PRIMARY KEY, state BLOB NOT NULL) STRICT;
INSERT INTO copies SELECT draft, state FROM builder_drafts;
`,
	"10003_grow.sql": `-- +goose Up
ALTER TABLE builder_drafts ADD COLUMN copied INTEGER NOT NULL DEFAULT 0;
UPDATE builder_drafts SET copied = (SELECT length(state) FROM copies c WHERE c.draft = builder_drafts.draft);
CREATE INDEX builder_drafts_by_copied ON builder_drafts (copied);
`,
	"10004_drop.sql": `-- +goose Up
DROP TABLE copies;
CREATE TABLE counts AS SELECT count(*) AS drafts, sum(copied) AS bytes FROM builder_drafts;
`,
}

// laterParts asks, for each version in order, how many of its parts a file has,
// of how many.
var laterParts = []struct {
	version, parts int
	query          string
}{
	{10002, 1, `SELECT count(*) FROM sqlite_schema WHERE name = 'copies'
		OR EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'counts') AND name = 'builder_drafts'`}, // the last one drops it
	{10003, 2, `SELECT count(*) + (SELECT count(*) FROM pragma_table_info('builder_drafts') WHERE name = 'copied')
		FROM sqlite_schema WHERE name = 'builder_drafts_by_copied'`},
	{10004, 2, `SELECT count(*) + (SELECT NOT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'copies')) * count(*)
		FROM sqlite_schema WHERE name = 'counts'`},
}

// migrate opens a file with a program that knows the later migrations.
func migrate(path string) error {
	m, err := changedMigrations(later)
	if err != nil {
		return err
	}
	db, err := open(context.Background(), path, Options{}, m)
	if err != nil {
		return err
	}
	fmt.Println("migrated")
	return db.Close()
}

// Killed while it creates or migrates a file, a program leaves one that went
// through some migrations whole and through the others not at all, with every
// draft as it was, and that the next program opens and migrates.
func TestKilledWhileMigrating(t *testing.T) {
	t.Parallel()
	old := filepath.Join(t.TempDir(), "old.db")
	db := opened(t, old, testOptions())
	var stored []builder.Draft
	for n := range byte(40) {
		stored = append(stored, saved(t, db.Owner(""), testDraft(testID(n+1), "from before", 30)))
	}
	noError(t, db.Close())
	m := withFiles(t, later)
	began := time.Now()
	noError(t, child(t, "migrate", copied(t, old)).Run())
	whole := time.Since(began) // to spread the kills over
	halfway := 0
	for round := range rounds(t, 10) {
		path, want := copied(t, old), stored
		if round%4 == 3 {
			path, want = newPath(t), nil
		}
		for range 1 + round%3 { // killed again while it goes on
			c := child(t, "migrate", path)
			noError(t, c.Start())
			time.Sleep(rand.N(whole))
			c.Process.Kill() //nolint:errcheck // it may be done
			c.Wait()         //nolint:errcheck // see above
		}
		if checkMigrated(t, path) {
			halfway++
		}
		db, err := open(t.Context(), path, testOptions(), m)
		if err != nil {
			t.Fatalf("round %d: open: %v", round, err)
		}
		for _, d := range want {
			loads(t, db.Owner(""), d)
		}
		loads(t, db.Owner(""), saved(t, db.Owner(""), testDraft(testID(200), "goes on", 1)))
		soundly(t, db)
		noError(t, db.Close())
		if checkMigrated(t, path) {
			t.Fatalf("round %d: the file is not migrated", round)
		}
	}
	t.Logf("%d files were not migrated whole", halfway)
}

// copied is a copy of a database without a log.
func copied(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	noError(t, err)
	to := newPath(t)
	noError(t, os.WriteFile(to, b, 0o600))
	return to
}

// checkMigrated makes sure that a file has all of every migration that it says
// it went through and nothing of the others. It reports whether there are such.
func checkMigrated(t *testing.T, path string) (unfinished bool) {
	t.Helper()
	if info, err := os.Stat(path); err != nil || info.Size() == 0 {
		return true
	}
	handle := rawHandle(t, path)
	defer handle.Close()
	done, err := embedded().Applied(t.Context(), handle)
	noError(t, err)
	for _, l := range laterParts {
		var parts int
		noError(t, handle.QueryRow(l.query).Scan(&parts))
		sum, applied := done[int64(l.version)]
		switch {
		case applied && (parts != l.parts || len(sum) == 0):
			t.Fatalf("migration %d was gone through, and has %d of %d parts and a checksum of %d bytes", l.version, parts, l.parts, len(sum))
		case !applied && parts > 0:
			t.Fatalf("migration %d was not gone through, and has %d of %d parts", l.version, parts, l.parts)
		}
		unfinished = unfinished || !applied
	}
	return unfinished
}
