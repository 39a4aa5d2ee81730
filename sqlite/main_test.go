package sqlite

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
)

// childTask names what this binary does when a test runs it as another
// program: one of children, on the file in childFile.
const (
	childTask = "SQLITE_TEST_TASK"
	childFile = "SQLITE_TEST_FILE"
)

var children = map[string]func(path string) error{"open": openAndClose, "work": work, "migrate": migrate, "endure": endure, "soak": soak}

func TestMain(m *testing.M) {
	task := os.Getenv(childTask)
	if task == "" {
		os.Exit(m.Run())
	}
	err := children[task](os.Getenv(childFile))
	if err == nil {
		return
	}
	fmt.Fprintln(os.Stderr, err)
	if errors.Is(err, os.ErrPermission) {
		os.Exit(exitNotPermitted)
	}
	os.Exit(1)
}

// exitNotPermitted ends a program that was not allowed to do something here.
const exitNotPermitted = 77

// child is this binary as another program.
func child(t *testing.T, task, path string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(self)
	c.Env = append(os.Environ(), childTask+"="+task, childFile+"="+path)
	return c
}

// moment is when it is in every test.
var moment = time.Date(2031, 3, 14, 1, 59, 26, 535897000, time.UTC)

func testOptions() Options {
	return Options{Now: func() time.Time { return moment }, BusyTimeout: 5 * time.Second}
}

func newPath(t *testing.T) string {
	t.Helper()
	return filepath.Join(t.TempDir(), "builder.db")
}

// opened is a database on a path, closed when the test ends.
func opened(t *testing.T, path string, o Options) *Database {
	t.Helper()
	db, err := Open(t.Context(), path, o)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	t.Cleanup(func() { noError(t, db.Close()) })
	return db
}

// rawly runs statements on a file behind the store's back.
func rawly(t *testing.T, path string, statements ...string) {
	t.Helper()
	handle := rawHandle(t, path)
	for _, s := range statements {
		if _, err := handle.Exec(s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
	noError(t, handle.Close())
}

// rawHandle has one connection, as a person with a shell has.
func rawHandle(t *testing.T, path string) *sql.DB {
	t.Helper()
	handle, err := sql.Open("sqlite", "file://"+path)
	noError(t, err)
	handle.SetMaxOpenConns(1)
	return handle
}

// contents are the bytes of every file in a folder. Shared memory is left out:
// it is scratch space beside a log, and holds nothing that is not in there.
func contents(t *testing.T, folder string) string {
	t.Helper()
	var all strings.Builder
	entries, err := os.ReadDir(folder)
	noError(t, err)
	for _, e := range entries {
		if log, err := os.Stat(filepath.Join(folder, strings.TrimSuffix(e.Name(), "-shm")+"-wal")); err == nil && log.Size() > 0 && strings.HasSuffix(e.Name(), "-shm") {
			continue
		}
		b, err := os.ReadFile(filepath.Join(folder, e.Name()))
		noError(t, err)
		fmt.Fprintf(&all, "%s: %d bytes, %x\n", e.Name(), len(b), sha256.Sum256(b))
	}
	return all.String()
}

func testID(n byte) uuid.UUID { return uuid.UUID{0: 1, 6: 0x70, 8: 0x80, 15: n} }

// testState is a valid state with so many answers.
func testState(id uuid.UUID, description string, answers int) []byte {
	s := builder.NewState(id, description, builder.Coding)
	for i := range answers {
		s.Conversation = append(s.Conversation, builder.Exchange{
			Question: "What should it do then?", Answer: fmt.Sprintf("answer %d: %x", i, sha256.Sum256([]byte{byte(i), byte(i >> 8)})), Phase: builder.PhaseBasics,
		})
	}
	b, _, err := s.Encode()
	if err != nil {
		panic(err)
	}
	return b
}

func testDraft(id uuid.UUID, description string, answers int) builder.Draft {
	return builder.Draft{SessionID: id, SchemaVersion: builder.CurrentSchemaVersion, State: testState(id, description, answers)}
}

func testEntry(id uuid.UUID, description string) builder.MemoryEntry {
	return builder.MemoryEntry{ID: id, Category: builder.Coding, Description: description,
		Choices: map[string]builder.Choice{builder.FieldTone: {Value: builder.Text("formal"), Source: builder.Chosen}}}
}

func saved(t *testing.T, s builder.Store, d builder.Draft) builder.Draft {
	t.Helper()
	d, err := s.SaveDraft(context.Background(), d)
	if err != nil {
		t.Fatalf("save: %v", err)
	}
	return d
}

// loads expects a draft to be stored exactly so.
func loads(t *testing.T, s builder.Store, want builder.Draft) {
	t.Helper()
	got, err := s.LoadDraft(t.Context(), want.SessionID)
	noError(t, err)
	if got.Revision != want.Revision || !bytes.Equal(got.State, want.State) {
		t.Fatalf("revision %d with %d bytes, want %d with %d", got.Revision, len(got.State), want.Revision, len(want.State))
	}
}

func noError(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
