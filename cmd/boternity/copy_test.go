//go:build unix

package main

import (
	"database/sql"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// A request to end stops a copy in order, and says how to go on.
func TestCopyIsInterrupted(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	withStoreTool(t, "make", filepath.Join(data, "builder.db"), "1500")
	for _, s := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		target := filepath.Join(t.TempDir(), "copy.db")
		term := atTerminal(t, data, 120, 10, "db", "copy", "--to", target)
		term.shows("Copying [#")
		term.signal(s)
		if code := term.ends(); code != exitFailed {
			t.Fatalf("after %s it exits %d:\n%s", s, code, term.shown())
		}
		if shown := term.shown(); !strings.Contains(shown, "what is in the target stays there, run the same command again to go on") || strings.Contains(shown, "Copying") {
			t.Errorf("after %s it shows:\n%s", s, shown)
		}
		if end := start(t, data, nil, "db", "copy", "--to", target).wait(); end.code != exitDone || strings.Contains(end.stdout, "; 0 there already") {
			t.Errorf("then it exits %d: %s%s", end.code, end.stdout, end.stderr)
		}
	}
}

// Rows that are too damaged to be read keep no other row from being copied, and
// make it no success.
func TestCopyOfADamagedFile(t *testing.T) {
	t.Parallel()
	data, target := t.TempDir(), filepath.Join(t.TempDir(), "copy.db")
	withStoreTool(t, "make", filepath.Join(data, "builder.db"), "100")
	raw, err := sql.Open("sqlite", filepath.Join(data, "builder.db"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := raw.Exec("UPDATE builder_draft_revisions SET content = x'00' WHERE key = (3 << 32) + 5"); err != nil {
		t.Fatal(err)
	}
	raw.Close()
	end := start(t, data, nil, "db", "copy", "--to", target).wait()
	if end.code != exitFailed || !strings.Contains(end.stdout, "Not all of the source can be read. What can be is:") ||
		!strings.Contains(end.stdout, "builder_draft_revisions: 499\n") || !strings.Contains(end.stderr, "1 rows cannot be read, the first in builder_draft_revisions") {
		t.Errorf("it exits %d: %s%s", end.code, end.stdout, end.stderr)
	}
	end = start(t, data, nil, "db", "copy", "--to", target, "--json").wait()
	if end.code != exitFailed || !strings.Contains(end.stdout, `"verified": false`) || !strings.Contains(end.stdout, `"unread": "`) || !strings.Contains(end.stdout, `"differences": []`) {
		t.Errorf("it exits %d: %s%s", end.code, end.stdout, end.stderr)
	}
}
