//go:build unix

package main

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/boternity/boternity/internal/pgtest"
	"github.com/boternity/boternity/postgres"
)

const fewCopied = 500

// copiedDrafts is how many drafts are copied: few by default, as many as
// BOTERNITY_COPY_DRAFTS says in the long form.
func copiedDrafts(t *testing.T) int {
	t.Helper()
	text := os.Getenv("BOTERNITY_COPY_DRAFTS")
	if text == "" {
		return fewCopied
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 100 {
		t.Fatalf("BOTERNITY_COPY_DRAFTS is %q, not a number of drafts", text)
	}
	return n
}

// Killed twice while it copies a store with history, and told to again, the
// program comes to an equal one: every row to the byte, unreadable and newer
// drafts among them, with the same status and history. From a file it goes into
// another and to a server, and in the long form from there into a file.
func TestKilledWhileCopying(t *testing.T) {
	t.Parallel()
	binary(t)
	data, drafts := t.TempDir(), strconv.Itoa(copiedDrafts(t))
	path := filepath.Join(data, "builder.db")
	withStoreTool(t, "make", path, drafts)
	t.Run("from a file into a file", func(t *testing.T) {
		killedWhileCopying(t, path, filepath.Join(t.TempDir(), "copy.db"), drafts)
	})
	server := postgresServer(t, pgtest.Durable...)
	name, err := server.Create(t.Context(), "")
	if err == nil {
		_, err = postgres.Migrate(t.Context(), server.URL(name))
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Run("from a file into a server", func(t *testing.T) { killedWhileCopying(t, path, server.URL(name), drafts) })
	if drafts == strconv.Itoa(fewCopied) {
		return // it would be over before it is killed
	}
	t.Run("from a server into a file", func(t *testing.T) {
		killedWhileCopying(t, server.URL(name), filepath.Join(t.TempDir(), "back.db"), drafts)
	})
}

func killedWhileCopying(t *testing.T, path, target, drafts string) {
	t.Helper()
	data := t.TempDir()
	source := digestsOf(t, path)
	parts, before := 0, 0
	for _, percent := range []int{20, 55} {
		term := atTerminal(t, data, 100, 10, "db", "copy", "--db", path, "--to", target)
		for least := 1; least <= percent; least++ { // each within the patience of until
			term.until(fmt.Sprintf("%d %% copied", least), func(screen string) bool { return percentCopied(screen) >= least })
		}
		term.signal(syscall.SIGKILL)
		if code := term.ends(); code != -1 {
			t.Fatalf("it exits %d before it is killed:\n%s", code, term.shown())
		}
		there := digestsOf(t, target)
		for row := range there {
			if !source[row] {
				t.Fatal("killed, there is a row that is none of the source's")
			}
		}
		if len(there) < before {
			t.Fatalf("killed, there are %d rows; %d were there before", len(there), before)
		}
		if before = len(there); before > 0 && before < len(source) {
			parts++
		}
	}
	if parts == 0 {
		t.Errorf("no kill left a part: %d of %d rows", before, len(source))
	}
	began := time.Now()
	end := start(t, data, nil, "db", "copy", "--db", path, "--to", target, "--json").wait()
	if end.code != exitDone || !strings.Contains(end.stdout, `"verified": true`) || !strings.Contains(end.stdout, fmt.Sprintf(`"already_there": %d`, before)) {
		t.Fatalf("resumed with %d rows there it exits %d: %s%s", before, end.code, end.stdout, end.stderr)
	}
	t.Logf("%d of %d rows were there; the rest, and comparing all, took %s", before, len(source), time.Since(began).Round(time.Millisecond))
	if copied := digestsOf(t, target); !maps.Equal(copied, source) {
		t.Errorf("%d rows are copied, not the source's %d", len(copied), len(source))
	}
	if views := withStoreTool(t, "views", path, drafts); views != withStoreTool(t, "views", target, drafts) {
		t.Error("drafts look otherwise in the copy")
	}
}

var copyingBar = regexp.MustCompile(`Copying \[[#.]*\] (\d+)\.\d % of`)

// percentCopied is what the bar of a copy shows; all once it compares.
func percentCopied(screen string) int {
	if strings.Contains(screen, "Comparing") || strings.Contains(screen, "Added") {
		return 100
	}
	match := copyingBar.FindStringSubmatch(screen)
	if match == nil {
		return 0
	}
	percent, _ := strconv.Atoi(match[1]) // digits, as the expression says
	return percent
}

// digestsOf are the rows of a database, each as a digest of all that is in it.
func digestsOf(t *testing.T, path string) map[string]bool {
	t.Helper()
	rows := map[string]bool{}
	for line := range strings.Lines(withStoreTool(t, "digests", path)) {
		if rows[line] {
			t.Fatal("a row is there twice")
		}
		rows[line] = true
	}
	return rows
}

var theStoreTool = sync.OnceValues(func() (string, error) {
	if _, err := theBinary(); err != nil {
		return "", err
	}
	path := filepath.Join(binaryDir, storeTool)
	if out, err := exec.Command("go", "test", "-c", "-o", path, ".").CombinedOutput(); err != nil {
		return "", fmt.Errorf("go test -c: %w\n%s", err, out)
	}
	return path, nil
})

// withStoreTool runs the tool, and returns what it says.
func withStoreTool(t *testing.T, args ...string) string {
	t.Helper()
	tool, err := theStoreTool()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(tool, args...)
	c.Stderr = t.Output()
	out, err := c.Output()
	if err != nil {
		t.Fatalf("%s: %v", args, err)
	}
	return string(out)
}
