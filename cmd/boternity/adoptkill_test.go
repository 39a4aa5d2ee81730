//go:build unix

package main

import (
	"bytes"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/boternity/boternity/sqlite"
)

// Killed at any write while it adopts a Boternity file, and told to again, the
// program comes to the rows that it would have come to in one go: what is there
// at a kill is some of them, to the byte, what was there before the kill among
// it, and the Boternity file is as it was.
func TestKilledWhileAdopting(t *testing.T) {
	if !installed(t, "strace") {
		return
	}
	t.Parallel()
	const each = 410 // more than are put at once
	file := filepath.Join(t.TempDir(), "boternity.db")
	makeBoternity(t, file, each)
	original, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	a := &adopting{t: t, file: file, scratch: t.TempDir()}

	data, trace := t.TempDir(), filepath.Join(t.TempDir(), "trace")
	a.run(data, "-o", trace)
	written, err := os.ReadFile(trace)
	if err != nil {
		t.Fatal(err)
	}
	writes := bytes.Count(written, []byte("pwrite64"))
	want := rowsIn(t, data)
	if len(want) != 2*each || writes < each/10 {
		t.Fatalf("%d rows are adopted with %d writes, want %d", len(want), writes, 2*each)
	}

	data, before, parts := t.TempDir(), 0, 0
	for range rounds(t, 12) {
		if before == len(want) {
			data, before = t.TempDir(), 0
		}
		a.kill(data, 1+rand.IntN(writes))
		got := rowsIn(t, data)
		for row := range got {
			if !want[row] {
				t.Fatalf("killed, there is a row that is none of the file's: %.300s", row)
			}
		}
		if len(got) < before {
			t.Fatalf("killed, there are %d rows; %d were there before", len(got), before)
		}
		if before = len(got); before > 0 && before < len(want) {
			parts++
		}
	}
	a.run(data, "-o", os.DevNull)
	if got := rowsIn(t, data); len(got) != len(want) {
		t.Errorf("%d rows are adopted after kills, want %d", len(got), len(want))
	}
	var report struct {
		OK       int
		Problems []any
	}
	if runJSON(t, data, &report, "db", "check"); report.OK != each || len(report.Problems) > 0 {
		t.Errorf("check says %+v", report)
	}
	if now, err := os.ReadFile(file); err != nil || !bytes.Equal(now, original) {
		t.Errorf("the file has changed: %v", err)
	}
	t.Logf("%d kills left some of the rows", parts)
}

// adopting runs the program that adopts a file.
type adopting struct {
	t       *testing.T
	file    string
	scratch string // for the copies that killed programs leave behind
}

func (a *adopting) start(data string, options ...string) *process {
	under := append([]string{"env", "TMPDIR=" + a.scratch, "strace", "-f", "-qq", "-e", "trace=pwrite64"}, options...)
	return start(a.t, data, under, "db", "adopt", a.file)
}

func (a *adopting) run(data string, options ...string) {
	a.t.Helper()
	if end := a.start(data, options...).wait(); end.code != exitDone {
		a.t.Fatalf("adopting exits %d: %s", end.code, end.stderr)
	}
}

// kill ends the program at one of its writes.
func (a *adopting) kill(data string, nth int) {
	a.t.Helper()
	end := a.start(data, "-o", os.DevNull, "-e", fmt.Sprintf("inject=pwrite64:signal=KILL:when=%d", nth)).wait()
	if end.code != exitDone && end.code != -1 {
		a.t.Fatalf("adopting exits %d: %s", end.code, end.stderr)
	}
}

// makeBoternity makes a file like those of the Rust release, with so many
// drafts and as many entries.
func makeBoternity(t *testing.T, path string, rows int) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, statement := range append(boternitySchema[:2:2],
		`CREATE TEMP TABLE n AS WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c LIMIT `+fmt.Sprint(rows)+`)
			SELECT i, printf('0190a1b2-c3d4-7000-8000-%012d', i) AS id, printf('2024-07-01T12:%02d:%02dZ', i / 60 % 60, i % 60) AS at FROM c`,
		`INSERT INTO builder_drafts SELECT id, '{"session_id":"' || id || '","phase":"basics","initial_description":"A bot that reviews Go code",
			"purpose_category":"coding","conversation":[],"config":{"skills":[]},"phase_history":[]}', 1, at, at FROM n`,
		`INSERT INTO builder_memory SELECT replace(id, '0190a1b2', '0190b000'), '"coding"', 'A bot that reviews Java code, number ' || i,
			'formal', NULL, '["testing"]', 'javier-' || i, at FROM n`,
	) {
		if _, err := db.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
}

// rowsIn are all rows of a data folder's database.
func rowsIn(t *testing.T, data string) map[string]bool {
	t.Helper()
	rows := map[string]bool{}
	path := filepath.Join(data, "builder.db")
	if _, err := os.Stat(path); err != nil {
		return rows // killed before it was made
	}
	db, err := sqlite.Open(t.Context(), path, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for r, err := range db.Rows(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		var text strings.Builder
		for _, part := range []any{r.Owner, r.Draft, r.Revision, r.Pending, r.Memory, r.Preference, r.Gone} {
			fmt.Fprintf(&text, "%+v\n", part)
		}
		rows[text.String()] = true
	}
	return rows
}
