package transfer

import (
	"crypto/sha256"
	"database/sql"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/memstore"
)

const (
	draftsTable = `CREATE TABLE builder_drafts (session_id TEXT PRIMARY KEY, state_json TEXT NOT NULL,
		schema_version INTEGER NOT NULL DEFAULT 1, created_at TEXT NOT NULL, updated_at TEXT NOT NULL)`
	memoryTable = `CREATE TABLE builder_memory (id TEXT PRIMARY KEY, purpose_category TEXT NOT NULL,
		initial_description TEXT NOT NULL, chosen_tone TEXT, chosen_model TEXT, chosen_skills TEXT NOT NULL DEFAULT '[]',
		bot_slug TEXT, created_at TEXT NOT NULL)`
	migrationsTable = `CREATE TABLE _sqlx_migrations (version BIGINT PRIMARY KEY, description TEXT NOT NULL,
		installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP, success BOOLEAN NOT NULL, checksum BLOB NOT NULL,
		execution_time BIGINT NOT NULL)`
)

// writer is a Boternity database that a program has open.
type writer struct {
	t    *testing.T
	db   *sql.DB
	path string
}

// openWriter makes a database in WAL mode with the given tables, whose log is
// moved into the main file only when a test says so.
func openWriter(t *testing.T, tables ...string) *writer {
	t.Helper()
	w := &writer{t: t, path: filepath.Join(t.TempDir(), "boternity.db")}
	db, err := sql.Open("sqlite", w.path+"?_pragma=journal_mode(wal)&_pragma=wal_autocheckpoint(0)&_pragma=synchronous(off)")
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	w.db = db
	t.Cleanup(func() { db.Close() })
	for _, table := range append([]string{migrationsTable}, tables...) {
		w.exec(table)
	}
	return w
}

func newBoternity(t *testing.T) *writer { return openWriter(t, draftsTable, memoryTable) }

func (w *writer) exec(query string, args ...any) {
	w.t.Helper()
	if _, err := w.db.Exec(query, args...); err != nil {
		w.t.Fatal(err)
	}
}

func (w *writer) draft(id, state, version, created, updated any) {
	w.t.Helper()
	w.exec("INSERT INTO builder_drafts VALUES (?, ?, ?, ?, ?)", id, state, version, created, updated)
}

// entry inserts a row of builder_memory that is good but for the given columns.
func (w *writer) entry(id any, other map[string]any) {
	w.t.Helper()
	row := map[string]any{"purpose_category": `"coding"`, "initial_description": "reviews code", "chosen_tone": "formal",
		"chosen_model": "model-1", "chosen_skills": `["review"]`, "bot_slug": "reviewer", "created_at": someTime}
	maps.Copy(row, other)
	w.exec("INSERT INTO builder_memory VALUES (?, ?, ?, ?, ?, ?, ?, ?)", id, row["purpose_category"], row["initial_description"],
		row["chosen_tone"], row["chosen_model"], row["chosen_skills"], row["bot_slug"], row["created_at"])
}

func (w *writer) checkpoint() {
	w.t.Helper()
	w.exec("PRAGMA wal_checkpoint(TRUNCATE)")
}

// close ends the writer, so that everything is in the main file.
func (w *writer) close() string {
	w.t.Helper()
	if err := w.db.Close(); err != nil {
		w.t.Fatal(err)
	}
	return w.path
}

const someTime = "2026-02-17T18:31:03.5+00:00"

// testID returns the nth of a row of ids.
func testID(n int) uuid.UUID {
	return uuid.MustParse(fmt.Sprintf("019c6ca7-b480-7000-8000-%012d", n))
}

// testState is a state that a store would save.
func testState(id uuid.UUID, description string) string {
	state := builder.NewState(id, description, builder.Coding)
	b, _, err := state.Encode()
	if err != nil {
		panic(err)
	}
	return string(b)
}

func newDatabase() *memstore.Database {
	now := time.Date(2026, 5, 3, 12, 0, 0, 0, time.UTC)
	return memstore.New(memstore.Options{Now: func() time.Time {
		now = now.Add(time.Second)
		return now
	}})
}

func mustAdopt(t *testing.T, db builder.Database, file string) Adoption {
	t.Helper()
	result, err := Adopt(t.Context(), db, file, AdoptOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func loadDraft(t *testing.T, db builder.Database, id uuid.UUID) builder.Draft {
	t.Helper()
	d, err := db.Owner("").LoadDraft(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func loadEntry(t *testing.T, db builder.Database, id uuid.UUID) builder.MemoryEntry {
	t.Helper()
	e, err := db.Owner("").LoadMemory(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// folderSums returns a digest of every file in a folder, by name.
func folderSums(t *testing.T, folder string) map[string]string {
	t.Helper()
	files, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	sums := map[string]string{}
	for _, f := range files {
		b, err := os.ReadFile(filepath.Join(folder, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		info, err := f.Info()
		if err != nil {
			t.Fatal(err)
		}
		sums[f.Name()] = fmt.Sprintf("%x %v", sha256.Sum256(b), info.ModTime())
	}
	return sums
}

// copyFolder copies the files of a folder as they are at this moment.
func copyFolder(t *testing.T, from string) string {
	t.Helper()
	to := t.TempDir()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	return to
}
