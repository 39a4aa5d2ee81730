package sqlite

import (
	"errors"
	"io/fs"
	"maps"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/boternity/boternity/builder"
)

// withFiles are the real migrations with others beside or in place of them.
func withFiles(t *testing.T, changes map[string]string) migrations {
	t.Helper()
	m, err := changedMigrations(changes)
	noError(t, err)
	return m
}

// changedMigrations is withFiles for a program that is no test.
func changedMigrations(changes map[string]string) (migrations, error) {
	files := fstest.MapFS{}
	err := fs.WalkDir(embeddedFiles, "migrations", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := embeddedFiles.ReadFile(path)
		files[d.Name()] = &fstest.MapFile{Data: b}
		return err
	})
	for name, text := range changes {
		files[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return readMigrations(files), err
}

const more = "-- +goose Up\nCREATE TABLE more (a INTEGER) STRICT;\n"

func firstMigration(t *testing.T) string {
	t.Helper()
	b, err := fs.ReadFile(embeddedFiles, "migrations/00001_builder.sql")
	noError(t, err)
	return string(b)
}

// migrated makes a file with a draft in it and closes it.
func migrated(t *testing.T, m migrations) (path string, stored builder.Draft) {
	t.Helper()
	path = newPath(t)
	db, err := open(t.Context(), path, testOptions(), m)
	noError(t, err)
	stored = saved(t, db.Owner(""), testDraft(testID(1), "from before", 3))
	noError(t, db.Close())
	return path, stored
}

// refusals opens a file in both ways and expects the same refusal, and the
// file left as it is.
func refusals(t *testing.T, path string, m migrations, want error) (err error) {
	t.Helper()
	before := contents(t, filepath.Dir(path))
	for name, way := range map[string]func() (*Database, error){
		"for writing": func() (*Database, error) { return open(t.Context(), path, testOptions(), m) },
		"for reading": func() (*Database, error) { return openReadOnly(t.Context(), path, testOptions(), m) },
	} {
		db, refused := way()
		if !errors.Is(refused, want) {
			t.Fatalf("open %s: error is %v, want %v", name, refused, want)
		}
		if db != nil {
			t.Fatalf("open %s: a database with an error", name)
		}
		if after := contents(t, filepath.Dir(path)); after != before {
			t.Fatalf("open %s changed files:\n%swere\n%s", name, after, before)
		}
		err = refused
	}
	return err
}

func TestEmbeddedMigrationsHaveNumbersOfTheirOwn(t *testing.T) {
	noError(t, embedded().err)
	m := withFiles(t, map[string]string{"1_again.sql": more})
	if m.err == nil || !strings.Contains(m.err.Error(), "version 1") {
		t.Fatalf("two migrations of one version: error is %v", m.err)
	}
	if _, err := open(t.Context(), newPath(t), testOptions(), m); !errors.Is(err, m.err) {
		t.Fatalf("opened with two migrations of one version: %v", err)
	}
}

func TestOlderFilesAreMigrated(t *testing.T) {
	path, stored := migrated(t, embedded())
	m := withFiles(t, map[string]string{"00002_more.sql": more, "00003_index.sql": "-- +goose Up\nCREATE INDEX more_a ON more (a);\n"})
	db, err := open(t.Context(), path, testOptions(), m)
	noError(t, err)
	loads(t, db.Owner(""), stored)
	noError(t, db.Close())
	rawly(t, path, "INSERT INTO more VALUES (1)")
	if _, err := open(t.Context(), path, testOptions(), embedded()); !errors.Is(err, builder.ErrNewer) {
		t.Fatalf("the older program: %v", err)
	}
}

func TestNewerFilesAreRefused(t *testing.T) {
	path, _ := migrated(t, withFiles(t, map[string]string{"00007_more.sql": more}))
	err := refusals(t, path, embedded(), builder.ErrNewer)
	var newer *builder.NewerError
	if !errors.As(err, &newer) || newer.Found != 7 || newer.Known != 1 {
		t.Fatalf("error is %v", err)
	}
}

// A program that was killed leaves a log that the next writer would merge.
func TestNewerFilesAreRefusedWithTheirLog(t *testing.T) {
	path, _ := migrated(t, withFiles(t, map[string]string{"00007_more.sql": more}))
	copied := withLog(t, path)
	_ = refusals(t, copied, embedded(), builder.ErrNewer)
}

// A program that has the file open when a newer one migrates it may read on,
// and writes nothing more.
func TestFileThatIsMigratedWhileItIsOpen(t *testing.T) {
	path := newPath(t)
	db := opened(t, path, testOptions())
	s := db.Owner("")
	d := saved(t, s, testDraft(testID(1), "hello", 1))
	newer, err := open(t.Context(), path, testOptions(), withFiles(t, map[string]string{"00007_more.sql": more}))
	noError(t, err)
	noError(t, newer.Close())
	next := d
	next.State = testState(d.SessionID, "hello", 2)
	for name, write := range map[string]func() error{
		"save":   func() error { _, err := s.SaveDraft(t.Context(), next); return err },
		"delete": func() error { _, err := s.DeleteDraft(t.Context(), d.SessionID); return err },
		"erase":  func() error { _, err := db.Erase(t.Context(), ""); return err },
	} {
		var refused *builder.NewerError
		if err := write(); !errors.As(err, &refused) || refused.Found != 7 {
			t.Errorf("%s: error is %v", name, err)
		}
	}
	loads(t, s, d)
}

func TestEditedMigrationsAreRefused(t *testing.T) {
	path, _ := migrated(t, embedded())
	text := firstMigration(t)
	_ = refusals(t, path, withFiles(t, map[string]string{"00001_builder.sql": text + "\nCREATE TABLE b (a INTEGER);\n"}), ErrEdited)

	db, err := open(t.Context(), path, testOptions(), withFiles(t, map[string]string{"00001_builder.sql": strings.ReplaceAll(text, "\n", "\r\n")}))
	if err != nil {
		t.Fatalf("other line ends: %v", err)
	}
	noError(t, db.Close())
}

func TestMigrationsThatCameLateOrWentAreRefused(t *testing.T) {
	path, _ := migrated(t, withFiles(t, map[string]string{"00003_more.sql": more}))
	_ = refusals(t, path, withFiles(t, map[string]string{"00002_late.sql": "-- +goose Up\nSELECT 1;\n", "00003_more.sql": more}), ErrEdited)
	_ = refusals(t, path, withFiles(t, map[string]string{"00004_other.sql": more}), ErrEdited)
}

func TestFailedMigrationLeavesTheOldSchema(t *testing.T) {
	path, stored := migrated(t, embedded())
	broken := withFiles(t, map[string]string{"00002_broken.sql": "-- +goose Up\nCREATE TABLE half (a INTEGER);\nDROP TABLE builder_pending;\nINSERT INTO nowhere VALUES (1);\n"})
	if db, err := open(t.Context(), path, testOptions(), broken); err == nil || db != nil {
		t.Fatalf("a broken migration: %v", err)
	}
	handle := rawHandle(t, path)
	var tables, versions int
	noError(t, handle.QueryRow("SELECT count(*) FROM sqlite_schema WHERE name IN ('half', 'builder_pending')").Scan(&tables))
	noError(t, handle.QueryRow("SELECT count(*) FROM builder_schema_versions WHERE version_id = 2").Scan(&versions))
	noError(t, handle.Close())
	if tables != 1 || versions != 0 {
		t.Fatalf("%d of one table, %d of no version", tables, versions)
	}
	db := opened(t, path, testOptions())
	loads(t, db.Owner(""), stored)
}

func TestEachMigrationStandsOnItsOwn(t *testing.T) {
	path, _ := migrated(t, embedded())
	_, err := open(t.Context(), path, testOptions(), withFiles(t, map[string]string{"00002_more.sql": more, "00003_broken.sql": "-- +goose Up\nINSERT INTO nowhere VALUES (1);\n"}))
	if err == nil {
		t.Fatal("a broken migration ran")
	}
	db, err := open(t.Context(), path, testOptions(), withFiles(t, map[string]string{"00002_more.sql": more}))
	noError(t, err)
	noError(t, db.Close())
}

func TestReadOnlyNeverMigrates(t *testing.T) {
	path, _ := migrated(t, embedded())
	before := contents(t, filepath.Dir(path))
	newer := withFiles(t, map[string]string{"00002_more.sql": more})
	if _, err := openReadOnly(t.Context(), path, testOptions(), newer); !errors.Is(err, ErrOlder) {
		t.Fatalf("an older schema: %v", err)
	}
	if after := contents(t, filepath.Dir(path)); after != before {
		t.Fatalf("files changed:\n%swere\n%s", after, before)
	}
}

func TestChecksumsAreThoseOfTheFiles(t *testing.T) {
	if a, b := embedded().Checksums, withFiles(t, nil).Checksums; !maps.EqualFunc(a, b, func(x, y []byte) bool { return string(x) == string(y) }) {
		t.Fatalf("%x and %x", a, b)
	}
}
