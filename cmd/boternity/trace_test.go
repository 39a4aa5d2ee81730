//go:build unix

package main

import (
	"bufio"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// event is a system call of a trace. Other calls may have run while it did:
// what it had to wait for ended before it began.
type event struct {
	call, path, text string // text is its arguments
	began, ended     int    // places in the trace
}

// The forms of a line of strace -f -y: a call, the beginning of one that
// another thread's lines interrupt, and its end.
var (
	callLine   = regexp.MustCompile(`^(\d+) +(\w+)\((?:\d+<([^>]*)>)?(.*)$`)
	resumeLine = regexp.MustCompile(`^(\d+) +<\.\.\. (\w+) resumed>`)
)

// traced runs a command line under strace, with an input, and returns its
// system calls in order.
func traced(t *testing.T, data, stdin string, args ...string) ([]event, result) {
	t.Helper()
	out := filepath.Join(t.TempDir(), "trace")
	strace := []string{"strace", "-f", "-y", "-s", "300", "-o", out, "-e", "trace=fsync,fdatasync,write,pwrite64,rename,renameat,renameat2,?link,linkat"}
	p := start(t, data, strace, args...)
	p.write(stdin)
	end := p.wait()
	file, err := os.Open(out)
	if err != nil {
		t.Fatalf("%v: %s", err, end.stderr)
	}
	defer file.Close()
	var events []event
	open := map[string]int{} // by thread
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for at := 0; lines.Scan(); at++ {
		if resumed := resumeLine.FindStringSubmatch(lines.Text()); resumed != nil {
			events[open[resumed[1]]].ended = at
			continue
		}
		call := callLine.FindStringSubmatch(lines.Text())
		if call == nil {
			continue
		}
		open[call[1]] = len(events)
		events = append(events, event{call: call[2], path: call[3], text: call[4], began: at, ended: at})
	}
	if lines.Err() != nil || len(events) == 0 {
		t.Fatalf("the trace cannot be read: %v, %d calls", lines.Err(), len(events))
	}
	return events, end
}

func (e event) isSync() bool { return e.call == "fsync" || e.call == "fdatasync" }

func (e event) writes(path string) bool {
	return (e.call == "write" || e.call == "pwrite64") && e.path == path
}

// endOfTrace is a place after every event.
const endOfTrace = math.MaxInt

// last returns the last event before a place in the trace that is as asked, and
// whether there is one.
func last(events []event, before int, is func(event) bool) (event, bool) {
	for _, e := range slices.Backward(events) {
		if e.began < before && is(e) {
			return e, true
		}
	}
	return event{}, false
}

// checkSynced makes sure that a path was written to after the place since, and
// that what was written to it before the place by was synced by then.
func checkSynced(t *testing.T, events []event, path string, since, by int, what string) {
	t.Helper()
	written, ok := last(events, by, func(e event) bool { return e.writes(path) })
	if !ok || written.began < since {
		t.Errorf("nothing is written to %s before %s", path, what)
		return
	}
	if _, ok := last(events, by, func(e event) bool {
		return e.isSync() && e.path == path && e.began > written.ended && e.ended < by
	}); !ok {
		t.Errorf("%s is not synced between its last write and %s", path, what)
	}
}

// checkDirSynced makes sure that a folder was synced between two places.
func checkDirSynced(t *testing.T, events []event, path string, since, by int, what string) {
	t.Helper()
	if _, ok := last(events, by, func(e event) bool { return e.isSync() && e.path == path && e.began > since && e.ended < by }); !ok {
		t.Errorf("the folder %s is not synced before %s", path, what)
	}
}

func isTold(text string) func(event) bool {
	return func(e event) bool { return e.call == "write" && strings.Contains(e.text, text) }
}

// The write-ahead log is on the disk before an answer is acknowledged; the
// bot's files and folders are before it gets its name, the name is before the
// session ends in the database, and that is before anyone is told.
func TestSyncedBeforeAcknowledged(t *testing.T) {
	if !installed(t, "strace") {
		return
	}
	t.Parallel()
	fields := fieldsAsked(t, descriptions["coding"])
	data, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	events, end := traced(t, data, typed(fields)+"yes\n", "build", descriptions["coding"], "--json")
	if end.code != exitDone {
		t.Fatalf("exit %d: %s", end.code, end.stderr)
	}
	log := filepath.Join(data, "builder.db-wal")

	told := -1
	for revision := range len(fields) + 1 {
		mark := fmt.Sprintf("saved (revision %d)", revision+1)
		ack, ok := last(events, endOfTrace, isTold(mark))
		if !ok {
			t.Fatalf("%q is not told", mark)
		}
		checkSynced(t, events, log, told, ack.began, mark)
		told = ack.began
	}
	checkBotSynced(t, events, filepath.Join(data, "bots"), log)
}

// checkBotSynced checks the order in which a build finished.
func checkBotSynced(t *testing.T, events []event, bots, log string) {
	t.Helper()
	done, ok := last(events, endOfTrace, isTold(`\"done\": true`))
	if !ok {
		t.Fatal("the end is not told")
	}
	rename, ok := last(events, done.began, func(e event) bool { return strings.HasPrefix(e.call, "rename") && e.path == bots })
	if !ok {
		t.Fatal("no bot is renamed into place")
	}
	staged := filepath.Join(bots, strings.Split(rename.text, `"`)[1])
	folders := map[string]bool{staged: true}
	files := map[string]bool{}
	for _, e := range events {
		if e.call == "write" && strings.HasPrefix(e.path, staged+"/") {
			files[e.path] = true
			for dir := filepath.Dir(e.path); dir != staged; dir = filepath.Dir(dir) {
				folders[dir] = true
			}
		}
	}
	if len(files) < 5 || len(folders) < 3 {
		t.Errorf("too little is written: %v in %v", files, folders)
	}
	for file := range files {
		checkSynced(t, events, file, 0, rename.began, "the bot gets its name")
	}
	for folder := range folders {
		checkDirSynced(t, events, folder, 0, rename.began, "the bot gets its name")
	}
	for _, e := range events {
		if e.began > rename.ended && e.writes(log) {
			checkDirSynced(t, events, bots, rename.ended, e.began, "the session ends in the database")
			break
		}
	}
	checkSynced(t, events, log, rename.ended, done.began, "the end is told")
}

// A backup is on the disk, all of it, before it gets its name, and its name is
// before anyone is told.
func TestBackupIsSyncedBeforeItIsTold(t *testing.T) {
	if !installed(t, "strace") {
		return
	}
	t.Parallel()
	data, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if end := start(t, data, nil, "build", descriptions["coding"], "--plain").wait(); end.code != exitStopped {
		t.Fatalf("exit %d: %s", end.code, end.stderr)
	}
	folder, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	events, end := traced(t, data, "", "db", "backup", filepath.Join(folder, "backup.db"))
	if end.code != exitDone {
		t.Fatalf("exit %d: %s", end.code, end.stderr)
	}
	told, ok := last(events, endOfTrace, isTold("Backed up to"))
	if !ok {
		t.Fatal("the end is not told")
	}
	named, ok := last(events, told.began, func(e event) bool { return strings.HasPrefix(e.call, "link") })
	if !ok {
		t.Fatal("the backup is given no name")
	}
	partial := strings.Split(named.text, `"`)[1]
	checkSynced(t, events, partial, 0, named.began, "it gets its name")
	checkDirSynced(t, events, folder, named.ended, told.began, "it is told")
}
