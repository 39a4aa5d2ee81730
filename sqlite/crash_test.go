package sqlite

import (
	"bufio"
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
)

// keptHistory is how many revisions the workers keep.
const keptHistory = 12

// rounds is how often a test of chance repeats: few by default, as many as
// BOTERNITY_CRASH_ROUNDS says in the long form.
func rounds(t *testing.T, few int) int {
	t.Helper()
	text := os.Getenv("BOTERNITY_CRASH_ROUNDS")
	switch {
	case text == "" && testing.Short():
		return (few + 4) / 5
	case text == "":
		return few
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("BOTERNITY_CRASH_ROUNDS is %q, not a number of rounds", text)
	}
	return n
}

// Two programs share a file, each with two hands that create, save, type,
// finish and delete as they like, and that try what must be refused. Both are
// killed, again and again, at random moments: before they have opened the file,
// in the middle of calls, while the other goes on, and while a log is merged.
// Each time the file holds what was acknowledged, to the byte: all of it and
// nothing else, but for the one deed of each hand that was under way, which is
// done or not begun.
//
// A kill does not lose what the operating system holds. That the log is synced
// before the answer is for TestCommitsAreSynced and the traces of the program.
func TestKilledAtWork(t *testing.T) {
	t.Parallel()
	const files = 15 // rounds before a new file
	kills := rounds(t, 30)
	total := &tally{}
	for begun := 0; begun < kills; begun += 2 * files {
		f := newSharedFile(t, total)
		for range min(files, (kills-begun+1)/2) {
			f.round(t)
		}
	}
	t.Logf("%d kills with %d deeds under way; %d deeds were acknowledged", total.kills, total.under, total.acknowledged)
	if total.under == 0 || total.acknowledged < total.kills {
		t.Errorf("too little happened between %d kills: %d deeds under way, %d acknowledged", total.kills, total.under, total.acknowledged)
	}
}

// tally says what a test of chance has come across.
type tally struct{ kills, under, acknowledged int }

// sharedFile is a file that workers share, and what it has to hold.
type sharedFile struct {
	path  string
	at    map[int]sitting
	ended map[uuid.UUID]string // how earlier sessions ended
	*tally
}

func newSharedFile(t *testing.T, total *tally) *sharedFile {
	t.Helper()
	f := &sharedFile{path: newPath(t), at: map[int]sitting{}, ended: map[uuid.UUID]string{}, tally: total}
	db := opened(t, f.path, testOptions())
	id := sessionID(unreadableHand, 1)
	_, err := db.PutRows(t.Context(), []builder.Row{
		{Draft: &builder.Draft{SessionID: id, Revision: 1, SchemaVersion: 1, State: unreadableState, CreatedAt: moment, UpdatedAt: moment}},
		{Pending: &builder.Pending{SessionID: id, Field: builder.FieldTone, Text: "kept"}},
	}, builder.PutOptions{})
	noError(t, err)
	noError(t, db.Close())
	for h := range 2 * workerHands {
		f.at[h] = sitting{}
	}
	return f
}

// round kills two programs at work and looks at what they leave.
func (f *sharedFile) round(t *testing.T) {
	t.Helper()
	heard := make(chan []string)
	for first := 0; first < len(f.at); first += workerHands {
		c := f.worker(t, first)
		go func() { heard <- untilKilled(t, c) }()
	}
	under := map[int]deed{} // way
	for range len(f.at) / workerHands {
		f.follow(t, <-heard, under)
		f.kills++
	}
	if t.Failed() {
		t.FailNow()
	}
	f.check(t, under)
}

// worker is a program whose hands go on where they stand.
func (f *sharedFile) worker(t *testing.T, first int) *exec.Cmd {
	var at strings.Builder
	for h := first; h < first+workerHands; h++ {
		s := f.at[h]
		ended := s.ended
		if ended == "" {
			ended = "-"
		}
		fmt.Fprintln(&at, h, s.session, s.revision, s.typed, ended)
	}
	c := child(t, "work", f.path)
	c.Env = append(c.Env, workerAt+"="+at.String())
	return c
}

// untilKilled runs a program, kills it at a random moment, and returns the
// lines that it has said.
func untilKilled(t *testing.T, c *exec.Cmd) (lines []string) {
	var complaint bytes.Buffer
	c.Stderr = &complaint
	out, err := c.StdoutPipe()
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		t.Error(err)
		return nil
	}
	kill := func(within time.Duration) {
		time.Sleep(rand.N(within)) // where in its work this ends it is left to chance
		c.Process.Kill()           //nolint:errcheck // it may have ended by itself, which is told below
	}
	after := rand.IntN(60) // lines
	if after == 0 {
		kill(30 * time.Millisecond)
	}
	for scanner := bufio.NewScanner(out); scanner.Scan(); {
		if lines = append(lines, scanner.Text()); len(lines) == after {
			kill(2 * time.Millisecond)
		}
	}
	if err := c.Wait(); err == nil || err.Error() != "signal: killed" {
		t.Errorf("the program ended by itself: %v: %s", err, &complaint)
	}
	return lines
}

// follow does what a program has said it did, and notes what was under way.
func (f *sharedFile) follow(t *testing.T, lines []string, under map[int]deed) {
	t.Helper()
	for _, line := range lines {
		var d deed
		if _, err := fmt.Sscan(line, new(string), &d.verb, &d.hand, &d.session, &d.revision); err == nil {
			under[d.hand] = d
			continue
		}
		if n, err := fmt.Sscan(line, new(string), &d.hand, &d.outcome); n < 2 {
			t.Fatalf("a program said %q: %v", line, err)
		}
		f.move(f.at[d.hand].after(under[d.hand]), d.hand)
		delete(under, d.hand)
		f.acknowledged++
	}
	f.under += len(under)
}

func (f *sharedFile) move(s sitting, hand int) {
	f.at[hand] = s
	if s.ended != "" {
		f.ended[sessionID(hand, s.session)] = s.ended
	}
}

// check opens the file as the next program would.
func (f *sharedFile) check(t *testing.T, under map[int]deed) {
	t.Helper()
	db, err := Open(t.Context(), f.path, Options{History: keptHistory})
	noError(t, err)
	stored, err := readStored(db)
	noError(t, err)
	for h, s := range f.at {
		if d, begun := under[h]; begun && stored.trouble(h, s.after(d)) == "" {
			s = s.after(d) // it was done, and the answer was lost
		}
		if trouble := stored.trouble(h, s); trouble != "" {
			t.Fatalf("hand %d stands at %+v, %+v was under way: %s", h, f.at[h], under[h], trouble)
		}
		f.move(s, h)
	}
	f.checkOthers(t, stored)
	for h, s := range f.at {
		checkLateSaves(t, db, h, s)
	}
	for found, err := range db.Check(t.Context()) {
		if noError(t, err); (found.Status != builder.StatusUnreadable) && found.Problem != "" {
			t.Fatalf("%s %s: %s", found.Table, found.Row, found.Problem)
		}
	}
	noError(t, db.Close())
}

// checkOthers makes sure that sessions that ended before stay ended, that there
// are no others, and that what cannot be read is as it was.
func (f *sharedFile) checkOthers(t *testing.T, stored *storedRows) {
	t.Helper()
	drafts := 1
	for _, s := range f.at {
		if s.revision > 0 && s.ended == "" {
			drafts++
		}
	}
	finished := 0
	for id, how := range f.ended {
		_, draft := stored.drafts[id]
		_, entry := stored.memory[id]
		finish, gone := stored.gone[builder.MakeGoneKey("", id)]
		if draft || !gone || entry != (how == finishes) || finish != (how == finishes) {
			t.Fatalf("session %s %s; draft %t, entry %t, trace %t, as finished %t", id, how, draft, entry, gone, finish)
		}
		if entry {
			finished++
		}
	}
	if len(stored.drafts) != drafts || len(stored.memory) != finished || len(stored.gone) != len(f.ended) {
		t.Fatalf("%d drafts, %d entries and %d traces, want %d, %d and %d",
			len(stored.drafts), len(stored.memory), len(stored.gone), drafts, finished, len(f.ended))
	}
	id := sessionID(unreadableHand, 1)
	if kept := stored.drafts[id]; !bytes.Equal(kept.State, unreadableState) || kept.Revision != 1 || stored.pending[id] != "kept" {
		t.Fatalf("what cannot be read is %q now, with %q pending", kept.State, stored.pending[id])
	}
}

// checkLateSaves makes sure that a session that has ended does not come back.
func checkLateSaves(t *testing.T, db *Database, hand int, at sitting) {
	t.Helper()
	if at.ended == "" {
		return
	}
	for _, based := range []builder.Revision{0, at.revision, builder.AnyRevision} {
		late := draftAt(hand, at.session, at.revision+1)
		late.Revision = based
		if _, err := db.Owner("").SaveDraft(t.Context(), late); outcomeOf(err) != "gone" {
			t.Fatalf("a save from revision %d after it %s: %v", based, at.ended, err)
		}
	}
}
