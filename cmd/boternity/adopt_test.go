package main

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/testscript"
)

// boternitySchema are the tables of the Rust release that hold drafts and
// memory.
var boternitySchema = []string{
	`CREATE TABLE builder_drafts (session_id TEXT PRIMARY KEY, state_json TEXT NOT NULL, schema_version INTEGER NOT NULL,
		created_at TEXT NOT NULL, updated_at TEXT NOT NULL)`,
	`CREATE TABLE builder_memory (id TEXT PRIMARY KEY, purpose_category TEXT NOT NULL, initial_description TEXT NOT NULL,
		chosen_tone TEXT, chosen_model TEXT, chosen_skills TEXT NOT NULL, bot_slug TEXT, created_at TEXT NOT NULL)`,
}

// boternityFile makes a small file like those of the Rust release, with a row
// of each table that can be taken and one that cannot: boternityfile FILE
func boternityFile(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: boternityfile FILE")
	}
	db, err := sql.Open("sqlite", ts.MkAbs(args[0]))
	ts.Check(err)
	for _, statement := range append(boternitySchema[:2:2],
		`INSERT INTO builder_drafts VALUES
			('0190a1b2-c3d4-7000-8000-000000000001', '{"session_id":"0190a1b2-c3d4-7000-8000-000000000001","phase":"basics","initial_description":"A bot that reviews Go code","purpose_category":"coding","conversation":[],"config":{"skills":[]},"phase_history":[]}',
				1, '2024-07-01T14:00:00+02:00', '2024-07-01T12:30:00Z'),
			('nobody', '{}', 1, '2024-07-01T12:00:00Z', '2024-07-01T12:00:00Z')`,
		`INSERT INTO builder_memory VALUES
			('0190b000-0000-7000-8000-000000000001', '"coding"', 'A bot that reviews Java code', 'formal', NULL, '["testing"]', 'javier', '2024-07-01T12:00:00Z'),
			('0190b000-0000-7000-8000-000000000002', '"coding"', 'A bot that debugs Python', NULL, NULL, '[]', NULL, 'yesterday')`,
	) {
		_, err := db.Exec(statement)
		ts.Check(err)
	}
	ts.Check(db.Close())
}

// TestAdoptRealFiles adopts the files of the shared data, where that is there,
// through the command.
func TestAdoptRealFiles(t *testing.T) {
	fixtures := filepath.Join("..", "..", "..", "shared", "data", "fixture")
	if _, err := os.Stat(fixtures); errors.Is(err, fs.ErrNotExist) {
		return
	}
	var hot struct {
		Drafts []string `json:"list_drafts_ids"`
		Memory []string `json:"recall_recent_ids"`
	}
	var corrupt struct {
		Drafts    []string `json:"good_draft_ids_newest_first"`
		BadDrafts []struct {
			RowID int64 `json:"rowid"`
		} `json:"bad_drafts"`
		Memory    []string `json:"good_memory_ids_newest_first"`
		BadMemory []struct {
			RowID int64 `json:"rowid"`
		} `json:"bad_memory"`
	}
	readJSON(t, filepath.Join(fixtures, "expected_hot.json"), &hot)
	readJSON(t, filepath.Join(fixtures, "expected_corrupt.json"), &corrupt)

	t.Run("hot", func(t *testing.T) {
		adopted := adoptFile(t, fixtures, "hot.db", "hot.db-wal")
		if diff := cmp.Diff(hot.Drafts, adopted.drafts); diff != "" {
			t.Errorf("drafts (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(hot.Memory, adopted.memory); diff != "" {
			t.Errorf("memory (-want +got):\n%s", diff)
		}
		if len(adopted.named) > 0 {
			t.Errorf("named rows of a sound file: %v", adopted.named)
		}
	})
	t.Run("corrupt", func(t *testing.T) {
		adopted := adoptFile(t, fixtures, "corrupt.db")
		// Readable rows with an unreadable time are adopted as well; the good
		// ones keep their order among them.
		if got := only(corrupt.Drafts, adopted.drafts); !slices.Equal(got, corrupt.Drafts) {
			t.Errorf("good drafts: %v, want %v", got, corrupt.Drafts)
		}
		if got := only(corrupt.Memory, adopted.memory); !slices.Equal(got, corrupt.Memory) {
			t.Errorf("good memory: %v, want %v", got, corrupt.Memory)
		}
		for _, bad := range corrupt.BadDrafts {
			if !adopted.named[fmt.Sprint("builder_drafts ", bad.RowID)] {
				t.Errorf("draft row %d is damaged and not named", bad.RowID)
			}
		}
		for _, bad := range corrupt.BadMemory {
			if !adopted.named[fmt.Sprint("builder_memory ", bad.RowID)] {
				t.Errorf("memory row %d is damaged and not named", bad.RowID)
			}
		}
		if want := len(corrupt.BadDrafts) + len(corrupt.BadMemory); len(adopted.named) != want {
			t.Errorf("%d rows are named, %d are damaged: %v", len(adopted.named), want, adopted.named)
		}
	})
}

// adoption is what came of adopting a file: the ids as the lists show them, and
// the rows that were named.
type adoption struct {
	drafts, memory []string
	named          map[string]bool
}

// adoptFile adopts a copy of a file twice, and checks that the second time adds
// nothing and that neither changes a byte.
func adoptFile(t *testing.T, from string, names ...string) adoption {
	t.Helper()
	folder := t.TempDir()
	before := map[string][]byte{}
	for _, name := range names {
		content, err := os.ReadFile(filepath.Join(from, name))
		if err != nil {
			t.Fatal(err)
		}
		before[name] = content
		if err := os.WriteFile(filepath.Join(folder, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	data := t.TempDir()
	var first, second struct {
		Drafts, Memory int
		AlreadyThere   int `json:"already_there"`
		Refused, Noted []struct {
			Table string `json:"table"`
			RowID int64  `json:"rowid"`
		}
	}
	runJSON(t, data, &first, "db", "adopt", filepath.Join(folder, names[0]))
	runJSON(t, data, &second, "db", "adopt", filepath.Join(folder, names[0]))
	if second.Drafts+second.Memory != 0 || second.AlreadyThere != first.Drafts+first.Memory {
		t.Errorf("the second time adds %d drafts and %d entries, finds %d of %d there", second.Drafts, second.Memory, second.AlreadyThere, first.Drafts+first.Memory)
	}
	left, err := os.ReadDir(folder)
	if err != nil || len(left) != len(names) {
		t.Errorf("adopting left %v: %v", left, err)
	}
	for name, content := range before {
		if after, err := os.ReadFile(filepath.Join(folder, name)); err != nil || !bytes.Equal(after, content) {
			t.Errorf("%s has changed: %v", name, err)
		}
	}

	var drafts struct{ Drafts []draftJSON }
	var memory struct{ Entries []struct{ ID string } }
	runJSON(t, data, &drafts, "drafts", "list", "--limit", "500")
	runJSON(t, data, &memory, "memory", "list", "--limit", "500")
	result := adoption{named: map[string]bool{}}
	for _, d := range drafts.Drafts {
		result.drafts = append(result.drafts, d.SessionID.String())
	}
	for _, e := range memory.Entries {
		result.memory = append(result.memory, e.ID)
	}
	if len(result.drafts) != first.Drafts || len(result.memory) != first.Memory {
		t.Errorf("lists show %d drafts and %d entries of %d and %d", len(result.drafts), len(result.memory), first.Drafts, first.Memory)
	}
	for _, row := range slices.Concat(first.Refused, first.Noted) {
		result.named[fmt.Sprint(row.Table, " ", row.RowID)] = true
	}
	return result
}

// runJSON runs a command line that must succeed, and reads its JSON.
func runJSON(t *testing.T, data string, result any, args ...string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	a := &app{stdin: &bytes.Buffer{}, stdout: &stdout, stderr: &stderr, getenv: func(name string) string {
		if name == "BOTERNITY_DATA_DIR" {
			return data
		}
		return ""
	}}
	if code := a.run(t.Context(), append(args, "--json")); code != exitDone {
		t.Fatalf("%v: exit code %d: %s%s", args, code, &stdout, &stderr)
	}
	if err := json.Unmarshal(stdout.Bytes(), result, json.MatchCaseInsensitiveNames(true)); err != nil {
		t.Fatalf("%v: %v", args, err)
	}
}

func readJSON(t *testing.T, path string, into any) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

// only is the given ids that are wanted, in their order.
func only(wanted, ids []string) []string {
	return slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return !slices.Contains(wanted, id) })
}
