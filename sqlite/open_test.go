package sqlite

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/boternity/boternity/builder"
)

const starters = 16

func openAndClose(path string) error {
	db, err := Open(context.Background(), path, Options{})
	if err != nil {
		return err
	}
	id := testID(byte(os.Getpid()))
	_, err = db.Owner("").SaveDraft(context.Background(), builder.Draft{SessionID: id, Revision: builder.AnyRevision, SchemaVersion: 1, State: testState(id, "hello", 1)})
	return errors.Join(err, db.Close())
}

func TestSixteenProgramsOpenOneNewFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "folder", "builder.db")
	var programs sync.WaitGroup
	for range starters {
		c := child(t, "open", path)
		programs.Go(func() {
			if out, err := c.CombinedOutput(); err != nil {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
	programs.Wait()
	checkVersions(t, path)
}

func TestSixteenGoroutinesOpenOneNewFile(t *testing.T) {
	path := newPath(t)
	var routines sync.WaitGroup
	for i := range starters {
		routines.Go(func() {
			db, err := Open(t.Context(), path, Options{})
			if err != nil {
				t.Error(err)
				return
			}
			_, err = db.Owner("").SaveDraft(t.Context(), testDraft(testID(byte(i)), "hello", 1))
			if err := errors.Join(err, db.Close()); err != nil {
				t.Error(err)
			}
		})
	}
	routines.Wait()
	checkVersions(t, path)
	page, err := opened(t, path, testOptions()).Owner("").ListDrafts(t.Context(), builder.DraftQuery{Limit: 100})
	noError(t, err)
	if len(page.Drafts) != starters {
		t.Fatalf("%d drafts, want %d", len(page.Drafts), starters)
	}
}

// checkVersions expects every migration to have run once.
func checkVersions(t *testing.T, path string) {
	t.Helper()
	handle := rawHandle(t, path)
	var versions, distinct int
	noError(t, handle.QueryRow("SELECT count(*), count(DISTINCT version_id) FROM builder_schema_versions WHERE version_id > 0").Scan(&versions, &distinct))
	noError(t, handle.Close())
	if want := len(embedded().Checksums); versions != want || distinct != want {
		t.Fatalf("%d versions, %d of them different, want %d", versions, distinct, want)
	}
}

func TestNewFilesArePrivate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a", "b", "builder.db")
	db := opened(t, path, testOptions())
	saved(t, db.Owner(""), testDraft(testID(1), "hello", 1))
	for name, want := range map[string]fs.FileMode{path: 0o600, path + "-wal": 0o600, path + "-shm": 0o600, filepath.Dir(path): 0o700 | fs.ModeDir, filepath.Dir(filepath.Dir(path)): 0o700 | fs.ModeDir} {
		info, err := os.Stat(name)
		noError(t, err)
		if runtime.GOOS != "windows" && info.Mode() != want {
			t.Errorf("%s: %v, want %v", filepath.Base(name), info.Mode(), want)
		}
	}
}

func TestPathsThatLookLikeSyntax(t *testing.T) {
	path := filepath.Join(t.TempDir(), "100% of? #1 & a+b", "büilder db.sqlite")
	stored := saved(t, opened(t, path, testOptions()).Owner(""), testDraft(testID(1), "hello", 1))
	if _, err := os.Stat(path); err != nil {
		t.Fatal(err)
	}
	reader, err := OpenReadOnly(t.Context(), path, testOptions())
	noError(t, err)
	loads(t, reader.Owner(""), stored)
	noError(t, reader.Close())
}

// The tables of the Rust release, as far as they matter here.
var boternityTables = []string{
	`CREATE TABLE _sqlx_migrations (version BIGINT PRIMARY KEY, description TEXT NOT NULL)`,
	`CREATE TABLE builder_drafts (session_id TEXT PRIMARY KEY, state_json TEXT NOT NULL, schema_version INTEGER NOT NULL DEFAULT 1, created_at TEXT NOT NULL, updated_at TEXT NOT NULL)`,
	`CREATE TABLE builder_memory (id TEXT PRIMARY KEY, purpose_category TEXT NOT NULL, initial_description TEXT NOT NULL, chosen_tone TEXT, chosen_model TEXT,
		chosen_skills TEXT NOT NULL DEFAULT '[]', bot_slug TEXT, created_at TEXT NOT NULL)`,
	`INSERT INTO builder_drafts VALUES ('0190f5e0-0000-7000-8000-000000000001', '{}', 1, '2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z')`,
}

func TestBoternityFilesAreRefused(t *testing.T) {
	for name, pragmas := range map[string][]string{"with a journal": nil, "with a log": {"PRAGMA journal_mode = WAL"}} {
		t.Run(name, func(t *testing.T) {
			path := newPath(t)
			rawly(t, path, append(pragmas, boternityTables...)...)
			_ = refusals(t, path, embedded(), ErrForeign)
			err := refusals(t, path, embedded(), ErrBoternity)
			if !strings.Contains(err.Error(), "boternity db adopt") || !strings.Contains(err.Error(), path) {
				t.Fatalf("the error does not help: %v", err)
			}
		})
	}
	t.Run("with rows in its log only", func(t *testing.T) {
		path := newPath(t)
		rawly(t, path, append([]string{"PRAGMA journal_mode = WAL"}, boternityTables...)...)
		copied := withLog(t, path)
		_ = refusals(t, copied, embedded(), ErrBoternity)
		if _, err := os.Stat(copied + "-shm"); !errors.Is(err, fs.ErrNotExist) {
			t.Fatalf("shared memory was left behind: %v", err)
		}
	})
}

// withLog copies a file while somebody has it open and has written to it, as
// a killed program leaves it: the log holds what the file does not.
func withLog(t *testing.T, path string) (copied string) {
	t.Helper()
	handle := rawHandle(t, path)
	_, err := handle.Exec("CREATE TABLE IF NOT EXISTS in_the_log (a INTEGER)")
	noError(t, err)
	copied = newPath(t)
	for _, end := range []string{"", "-wal"} {
		b, err := os.ReadFile(path + end)
		noError(t, err)
		if len(b) == 0 {
			t.Fatalf("%s is empty", path+end)
		}
		noError(t, os.WriteFile(copied+end, b, 0o600))
	}
	noError(t, handle.Close())
	return copied
}

func TestForeignFilesAreRefused(t *testing.T) {
	for name, make := range map[string]func(path string){
		"another program's":        func(path string) { rawly(t, path, "CREATE TABLE notes (a TEXT)") },
		"with another mark":        func(path string) { rawly(t, path, "PRAGMA application_id = 7") },
		"with another user's mark": func(path string) { rawly(t, path, "PRAGMA user_version = 7") },
		"no database":              func(path string) { noError(t, os.WriteFile(path, []byte(strings.Repeat("hello ", 1000)), 0o600)) },
		"a few bytes":              func(path string) { noError(t, os.WriteFile(path, []byte("hello"), 0o600)) },
		"a folder":                 func(path string) { noError(t, os.MkdirAll(path, 0o700)) },
	} {
		t.Run(name, func(t *testing.T) {
			path := newPath(t)
			make(path)
			if name == "a folder" {
				if _, err := Open(t.Context(), path, testOptions()); !errors.Is(err, ErrForeign) {
					t.Fatal(err)
				}
				return
			}
			_ = refusals(t, path, embedded(), ErrForeign)
		})
	}
}

func TestLogWithoutItsFileIsKept(t *testing.T) {
	path := newPath(t)
	noError(t, os.WriteFile(path+"-wal", []byte("somebody's answers"), 0o600))
	before := contents(t, filepath.Dir(path))
	if _, err := Open(t.Context(), path, testOptions()); !errors.Is(err, ErrForeign) {
		t.Fatalf("opened: %v", err)
	}
	if after := contents(t, filepath.Dir(path)); after != before {
		t.Fatalf("files changed:\n%swere\n%s", after, before)
	}
}

// A dump that was read back has everything but the mark and the log.
func TestFilesWithoutTheMarkAreTaken(t *testing.T) {
	path, stored := migrated(t, embedded())
	rawly(t, path, "PRAGMA application_id = 0", "PRAGMA journal_mode = DELETE")
	reader, err := OpenReadOnly(t.Context(), path, testOptions())
	noError(t, err)
	loads(t, reader.Owner(""), stored)
	noError(t, reader.Close())
	loads(t, opened(t, path, testOptions()).Owner(""), stored)
	handle := rawHandle(t, path)
	var mark int64
	noError(t, handle.QueryRow("PRAGMA application_id").Scan(&mark))
	noError(t, handle.Close())
	if mark != applicationID {
		t.Fatalf("the mark is %x", mark)
	}
}

func TestReadOnlyNeedsAFile(t *testing.T) {
	path := newPath(t)
	if _, err := OpenReadOnly(t.Context(), path, testOptions()); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("no file: %v", err)
	}
	noError(t, os.WriteFile(path, nil, 0o600))
	if _, err := OpenReadOnly(t.Context(), path, testOptions()); !errors.Is(err, ErrOlder) {
		t.Fatalf("an empty file: %v", err)
	}
	if got := contents(t, filepath.Dir(path)); strings.Count(got, "\n") != 1 || !strings.Contains(got, ": 0 bytes") {
		t.Fatalf("files:\n%s", got)
	}
}

func TestReadOnlyChangesNothing(t *testing.T) {
	path, stored := migrated(t, embedded())
	for name, path := range map[string]string{"closed": path, "killed": withLog(t, path)} {
		t.Run(name, func(t *testing.T) {
			file, err := os.ReadFile(path)
			noError(t, err)
			reader, err := OpenReadOnly(t.Context(), path, testOptions())
			noError(t, err)
			loads(t, reader.Owner(""), stored)
			for _, err := range reader.Check(t.Context()) {
				noError(t, err)
			}
			_, err = reader.Owner("").SaveDraft(t.Context(), testDraft(testID(2), "no", 1))
			if !errors.Is(err, ErrReadOnly) {
				t.Fatalf("saved: %v", err)
			}
			_, err = reader.Erase(t.Context(), "")
			if !errors.Is(err, ErrReadOnly) {
				t.Fatalf("erased: %v", err)
			}
			noError(t, reader.Close())
			after, err := os.ReadFile(path)
			noError(t, err)
			if string(after) != string(file) {
				t.Fatal("the file changed")
			}
		})
	}
	if got := contents(t, filepath.Dir(path)); strings.Count(got, "\n") != 1 {
		t.Fatalf("files were left behind:\n%s", got)
	}
}

func TestReadOnlyWhileOthersWrite(t *testing.T) {
	path := newPath(t)
	writer := opened(t, path, testOptions()).Owner("")
	d := saved(t, writer, testDraft(testID(1), "hello", 1))
	reader, err := OpenReadOnly(t.Context(), path, testOptions())
	noError(t, err)
	for i := range 20 {
		d.State = testState(d.SessionID, "hello", i)
		d = saved(t, writer, d)
		loads(t, reader.Owner(""), d)
	}
	noError(t, reader.Close())
	loads(t, writer, d)
}

func TestClosedDatabases(t *testing.T) {
	db := opened(t, newPath(t), testOptions())
	noError(t, db.Close())
	noError(t, db.Close())
	if _, err := db.Owner("").LoadDraft(t.Context(), testID(1)); !errors.Is(err, ErrClosed) {
		t.Fatalf("loaded: %v", err)
	}
}
