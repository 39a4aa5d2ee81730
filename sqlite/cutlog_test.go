package sqlite

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"github.com/boternity/boternity/builder"
)

// The parts of a log: a header, then frames of a header and a page each.
const (
	logHeader   = 32
	frameHeader = 24
)

// recording is a file of which every change is still in its log, with what it
// held after each.
type recording struct {
	main, log []byte
	memory    []byte   // of halfway through
	ends      []int    // where in the log a change ends
	held      []string // the rows then; the last is all there is
	page      int
}

// recordSession records what a session does to a file, from the making of the
// file on.
func recordSession(t *testing.T) *recording {
	t.Helper()
	path := newPath(t)
	db := opened(t, path, testOptions())
	s := db.Owner("")
	r := &recording{}
	r.note(t, db)
	step := func(err error) {
		t.Helper()
		noError(t, err)
		r.note(t, db)
	}
	other := saved(t, s, testDraft(testID(2), "another session", 1))
	r.note(t, db)
	d := testDraft(testID(1), "a session", 1)
	for n := range 6 {
		d.State = testState(testID(1), "a session", 4*n)
		d = saved(t, s, d)
		r.note(t, db)
		step(s.SavePending(t.Context(), d.SessionID, builder.FieldTone, fmt.Sprintf("half-typed %d", n)))
	}
	memory, err := os.ReadFile(path + "-shm")
	noError(t, err)
	r.memory = memory
	_, err = s.RestoreRevision(t.Context(), d.SessionID, 2, d.Revision)
	step(err)
	_, err = s.FinishSession(t.Context(), other.SessionID, 1, testEntry(other.SessionID, "another session"))
	step(err)
	_, err = s.DeleteDraft(t.Context(), d.SessionID)
	step(err)
	saved(t, s, testDraft(testID(3), "a third session", 5))
	r.note(t, db)
	r.main, err = os.ReadFile(path)
	noError(t, err)
	r.log, err = os.ReadFile(path + "-wal")
	noError(t, err)
	r.page = int(binary.BigEndian.Uint32(r.log[8:]))
	return r
}

func (r *recording) note(t *testing.T, db *Database) {
	t.Helper()
	size, err := logSize(db.path)
	noError(t, err)
	if len(r.ends) > 0 && int(size) <= r.ends[len(r.ends)-1] {
		t.Fatalf("the log has %d bytes after %v: a change was merged into the file", size, r.ends)
	}
	r.ends, r.held = append(r.ends, int(size)), append(r.held, rowsOf(t, db))
}

func rowsOf(t *testing.T, db *Database) string {
	t.Helper()
	text, err := allRows(db)
	noError(t, err)
	return text
}

// heldAfter is what a file holds whose log is sound for so many bytes: the
// changes that end by then. Before the first the file has no tables yet.
func (r *recording) heldAfter(bytes int) (rows string, made bool) {
	for i, end := range r.ends {
		if end <= bytes {
			rows, made = r.held[i], true
		}
	}
	return rows, made
}

// name says in short what a file holds.
func (r *recording) name(held string) string {
	if i := slices.Index(r.held, held); i >= 0 {
		return fmt.Sprintf("what it held after change %d", i)
	}
	return fmt.Sprintf("%d bytes of rows", len(held))
}

// with is a file with another log, and shared memory where that is not nil.
func (r *recording) with(t *testing.T, log, memory []byte) (path string) {
	t.Helper()
	path = newPath(t)
	noError(t, os.WriteFile(path, r.main, 0o600))
	noError(t, os.WriteFile(path+"-wal", log, 0o600))
	if memory != nil {
		noError(t, os.WriteFile(path+"-shm", memory, 0o600))
	}
	return path
}

// opens opens a file whose log is sound for so many bytes: it holds the changes
// that end by then and nothing of the others, and takes new ones. Some are
// opened for reading first, and once more in the end; in the long form all are.
func (r *recording) opens(t *testing.T, path string, sound int, what string) {
	t.Helper()
	want, made := r.heldAfter(sound)
	if sometimes() {
		check, err := OpenReadOnly(t.Context(), path, testOptions())
		if made != (err == nil) || !made && !errors.Is(err, ErrOlder) {
			t.Fatalf("%s: open for reading: %v", what, err)
		}
		if made {
			r.holds(t, check, want, what+", for reading")
			noError(t, check.Close())
		}
	}
	db, err := Open(t.Context(), path, testOptions())
	if err != nil {
		t.Fatalf("%s: open: %v", what, err)
	}
	r.holds(t, db, want, what)
	next := []builder.Draft{saved(t, db.Owner(""), testDraft(testID(9), "goes on", 2))}
	for _, n := range []byte{1, 2, 3} {
		if d, err := db.Owner("").LoadDraft(t.Context(), testID(n)); err == nil {
			d.State = testState(d.SessionID, "goes on", 3)
			next = append(next, saved(t, db.Owner(""), d))
		}
	}
	if sometimes() {
		noError(t, db.Close())
		db, err = Open(t.Context(), path, testOptions())
		noError(t, err)
	}
	for _, d := range next {
		loads(t, db.Owner(""), d)
	}
	soundly(t, db)
	noError(t, db.Close())
}

func (r *recording) holds(t *testing.T, db *Database, want, what string) {
	t.Helper()
	if got := rowsOf(t, db); got != want {
		t.Fatalf("%s: it holds %s, want %s", what, r.name(got), r.name(want))
	}
}

// sometimes is always in the long form.
func sometimes() bool { return !inBrief() || rand.IntN(4) == 0 }

// frames are the places where the frames of the log begin.
func (r *recording) frames() (places []int) {
	for at := logHeader; at+frameHeader+r.page <= len(r.log); at += frameHeader + r.page {
		places = append(places, at)
	}
	return places
}

// Whatever is left of a log when the power goes, the file opens with the
// changes that are whole in it. The log is cut at every frame and inside each,
// or in brief inside some: in its header, between header and page, and in its
// page. That the log is all there when an answer is given is shown elsewhere.
func TestLogCutAnywhere(t *testing.T) {
	r := recordSession(t)
	cuts := []int{0, 7, logHeader - 1, len(r.log)}
	for _, at := range r.frames() {
		inside := []int{at + frameHeader/2, at + frameHeader, at + frameHeader + r.page/2, at + 1 + rand.IntN(frameHeader+r.page-1)}
		if inBrief() {
			inside = inside[rand.IntN(4):][:rand.IntN(2)]
		}
		cuts = append(append(cuts, at), inside...)
	}
	t.Logf("%d cuts of a log of %d frames and %d changes", len(cuts), len(r.frames()), len(r.ends))
	inParallel(t, cuts, func(t *testing.T, cut int) {
		r.opens(t, r.with(t, r.log[:cut], nil), cut, fmt.Sprintf("cut at %d", cut))
	})
}

// A bit that has changed in the log ends it there: what came before is whole,
// and nothing of what comes after is taken for sound.
func TestLogWithAFlippedBit(t *testing.T) {
	r := recordSession(t)
	bits := []int{0, 8 * 9, 8 * 16, 8 * 24}
	for _, at := range r.frames() {
		if sometimes() {
			bits = append(bits, 8*at+rand.IntN(8*frameHeader), 8*(at+frameHeader)+rand.IntN(8*r.page))
		}
	}
	t.Logf("%d flips in a log of %d frames", len(bits), len(r.frames()))
	inParallel(t, bits, func(t *testing.T, bit int) {
		sound := 0
		for _, at := range r.frames() {
			if at <= bit/8 {
				sound = at
			}
		}
		log := slices.Clone(r.log)
		log[bit/8] ^= 1 << (bit % 8)
		r.opens(t, r.with(t, log, nil), sound, fmt.Sprintf("bit %d of byte %d flipped", bit%8, bit/8))
	})
}

// What follows the last change is not looked at: the rest of a file that grew
// and was not written to, or frames of an older log that this one has begun to
// replace.
func TestLogWithATail(t *testing.T) {
	r := recordSession(t)
	garbage := make([]byte, 3*(frameHeader+r.page)+5)
	for i := range garbage {
		garbage[i] = byte(rand.IntN(256))
	}
	older := slices.Clone(r.log[logHeader:])
	for at := 0; at+frameHeader+r.page <= len(older); at += frameHeader + r.page {
		older[at+8]-- // the salt, by which a log knows its frames
	}
	half := r.ends[len(r.ends)/2]
	for name, log := range map[string][]byte{
		"zeros":   append(r.log[:len(r.log):len(r.log)], make([]byte, len(garbage))...),
		"garbage": append(r.log[:len(r.log):len(r.log)], garbage...),
		"older":   append(r.log[:half:half], older[half-logHeader:]...),
		"repeats": append(r.log[:half:half], r.log[logHeader:half]...),
	} {
		sound := len(r.log)
		if name == "older" || name == "repeats" {
			sound = half
		}
		r.opens(t, r.with(t, log, nil), sound, name)
	}
}

// Shared memory is an index of the log. Whoever opens the file first makes it
// anew, whatever is left of it.
func TestSharedMemoryLeftBehind(t *testing.T) {
	r := recordSession(t)
	garbage := make([]byte, 32<<10)
	for i := range garbage {
		garbage[i] = byte(rand.IntN(256))
	}
	for name, memory := range map[string][]byte{"none": nil, "empty": {}, "short": garbage[:100], "zeros": make([]byte, 32<<10), "garbage": garbage, "of an older moment": r.memory} {
		for _, cut := range []int{len(r.log), r.ends[len(r.ends)/2]} {
			r.opens(t, r.with(t, r.log[:cut], memory), cut, fmt.Sprintf("%s, cut at %d", name, cut))
		}
	}
}

// inParallel tries items, a few at a time.
func inParallel[T any](t *testing.T, items []T, try func(*testing.T, T)) {
	const lanes = 4
	for lane := range lanes {
		t.Run(fmt.Sprint(lane), func(t *testing.T) {
			t.Parallel()
			for i := lane; i < len(items); i += lanes {
				try(t, items[i])
			}
		})
	}
}

// inBrief reports whether this is not the long form.
func inBrief() bool { return os.Getenv("BOTERNITY_CRASH_ROUNDS") == "" }
