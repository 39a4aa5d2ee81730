package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/boternity/boternity/internal/pgtest"
)

// What is measured on PostgreSQL goes to its own part of the page, and leaves
// that of files and their plot alone. The works that are not measured here
// differ from those in files by nothing but how the store is opened.
func TestPostgreSQLIsMeasured(t *testing.T) {
	if _, err := pgtest.Binaries(); errors.Is(err, pgtest.ErrMissing) && os.Getenv("CI") != "true" {
		t.Logf("*** NOT RUN: %v", err)
		return
	}
	dir := t.TempDir()
	page, raw := filepath.Join(dir, "page.md"), filepath.Join(dir, "raw.json")
	files := pageBegin + "tables of files\n" + pageEnd
	write(t, page, files+pageBeginPostgres+"old tables\n"+pageEnd+"after\n")
	var text strings.Builder
	args := []string{"-postgres", "-largest", "1000", "-rounds", "1", "-saves", "3", "-only", "saves,lists", "-json", raw, "-page", page}
	if err := run(t.Context(), args, &text, io.Discard); err != nil {
		t.Fatal(err)
	}

	found, err := readResults(raw)
	if err != nil {
		t.Fatal(err)
	}
	if got := len(found.verdicts()); got != 4 {
		t.Errorf("%d budgets were measured, not 4:\n%s", got, &text)
	}
	written := read(t, page)
	if !strings.HasPrefix(written, files+pageBeginPostgres) || !strings.HasSuffix(written, pageEnd+"after\n") || strings.Contains(written, "old tables") {
		t.Errorf("the page was not kept around its tables:\n%s", written)
	}
	if _, err := os.Stat(filepath.Join(dir, "page.svg")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the plot of files was replaced: %v", err)
	}
	fitsATerminal(t, found)
}

// A server that acknowledges what it has not synced is not compared with.
func TestServerThatDoesNotSync(t *testing.T) {
	server, err := pgtest.Start()
	if errors.Is(err, pgtest.ErrMissing) && os.Getenv("CI") != "true" {
		t.Logf("*** NOT RUN: %v", err)
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	}()
	err = run(t.Context(), []string{"-url", server.URL("postgres"), "-only", "load"}, io.Discard, io.Discard)
	if err == nil || !strings.Contains(err.Error(), "fsync=off") {
		t.Errorf("an error that names fsync was expected: %v", err)
	}
}
