package sqlite

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
)

// temporary gives the test a temporary folder of its own.
func temporary(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	t.Setenv("TMPDIR", folder)
	t.Setenv("TMP", folder)
	return folder
}

func TestReadSchema(t *testing.T) {
	path, _ := migrated(t, embedded())
	later := withFiles(t, map[string]string{"00003_more_tables.sql": more, "00012_index.sql": "-- +goose Up\nCREATE INDEX more_a ON more (a);\n"})
	before := contents(t, filepath.Dir(path))
	s, err := ReadSchema(t.Context(), path)
	if err != nil || s.Version != 1 || len(s.Pending) > 0 {
		t.Errorf("up to date: %+v, %v", s, err)
	}
	s, err = readSchema(t.Context(), path, later)
	if want := []Migration{{Version: 3, Name: "more tables"}, {Version: 12, Name: "index"}}; err != nil || s.Version != 1 || !slices.Equal(s.Pending, want) {
		t.Errorf("older: %+v, %v", s, err)
	}
	if after := contents(t, filepath.Dir(path)); after != before {
		t.Fatalf("files changed:\n%swere\n%s", after, before)
	}
	empty := newPath(t)
	noError(t, os.WriteFile(empty, nil, 0o600))
	s, err = ReadSchema(t.Context(), empty)
	if err != nil || s.Version != 0 || !slices.Equal(s.Pending, []Migration{{Version: 1, Name: "builder"}}) {
		t.Errorf("an empty file: %+v, %v", s, err)
	}
	db, err := open(t.Context(), path, testOptions(), later)
	noError(t, err)
	noError(t, db.Close())
	if _, err := ReadSchema(t.Context(), path); !errors.Is(err, builder.ErrNewer) {
		t.Errorf("newer: %v", err)
	}
	if _, err := ReadSchema(t.Context(), newPath(t)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing: %v", err)
	}
	foreign := newPath(t)
	rawly(t, foreign, "CREATE TABLE notes (a TEXT)")
	if _, err := ReadSchema(t.Context(), foreign); !errors.Is(err, ErrForeign) {
		t.Errorf("foreign: %v", err)
	}
}

// A rehearsal tells what a migration would do to drafts, those that it would
// spoil among them, and leaves the file and the temporary folder as they were.
func TestRehearse(t *testing.T) {
	temp := temporary(t)
	path := newPath(t)
	db := opened(t, path, testOptions())
	sound := saved(t, db.Owner(""), testDraft(testID(1), "sound", 3))
	spoilt := saved(t, db.Owner("anna"), testDraft(testID(2), "spoilt", 3))
	future := saved(t, db.Owner(""), builder.Draft{SessionID: testID(3), SchemaVersion: 9, State: []byte(`{"a":1}`)})
	bad := builder.Draft{SessionID: testID(4), Revision: 2, SchemaVersion: 1, State: []byte("no"), CreatedAt: moment, UpdatedAt: moment}
	_, err := db.PutRows(t.Context(), []builder.Row{{Draft: &bad}}, builder.PutOptions{})
	noError(t, err)
	noError(t, db.Close())
	before := contents(t, filepath.Dir(path))
	m := withFiles(t, map[string]string{"00002_spoil.sql": "-- +goose Up\nUPDATE builder_drafts SET state = x'7b' WHERE description = 'spoilt';\n"})

	copied, remove, err := rehearse(t.Context(), path, testOptions(), nil, m)
	noError(t, err)
	got := map[uuid.UUID]builder.Status{}
	for f, err := range copied.Check(t.Context()) {
		if noError(t, err); f.Table == builder.TableDrafts {
			got[f.SessionID] = f.Status
		}
	}
	for id, want := range map[uuid.UUID]builder.Status{sound.SessionID: builder.StatusOK, spoilt.SessionID: builder.StatusUnreadable, future.SessionID: builder.StatusNewer, bad.SessionID: builder.StatusUnreadable} {
		if got[id] != want {
			t.Errorf("%s would be %q, want %q", id, got[id], want)
		}
	}
	noError(t, remove())
	if after := contents(t, filepath.Dir(path)); after != before {
		t.Fatalf("files changed:\n%swere\n%s", after, before)
	}
	if left := names(t, temp); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	broken := withFiles(t, map[string]string{"00002_broken.sql": "-- +goose Up\nINSERT INTO nowhere VALUES (1);\n"})
	if db, _, err := rehearse(t.Context(), path, testOptions(), nil, broken); err == nil || db != nil {
		t.Errorf("a migration that would fail: %v", err)
	}
	if left := names(t, temp); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	if after := contents(t, filepath.Dir(path)); after != before {
		t.Fatalf("files changed:\n%swere\n%s", after, before)
	}
}

func TestRehearseOfAnEmptyFile(t *testing.T) {
	temp := temporary(t)
	path := newPath(t)
	noError(t, os.WriteFile(path, nil, 0o600))
	db, remove, err := Rehearse(t.Context(), path, testOptions(), nil)
	noError(t, err)
	soundly(t, db)
	noError(t, remove())
	if size, err := size(path); err != nil || size != 0 || len(names(t, temp)) > 0 {
		t.Errorf("%d bytes, %v", size, err)
	}
}
