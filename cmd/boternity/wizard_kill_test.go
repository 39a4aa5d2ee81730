//go:build unix

package main

import (
	"math/rand/v2"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/forge"
)

// A keystroke in time, for what a process had time to keep.
type keystroke struct {
	text string // what stands in the field after it
	at   time.Time
}

// lossAllowed is how much typing SIGKILL may cost: the 300 ms that auto-save
// takes at most, and as much again as a busy machine may take to read a key and
// to sync a file. What auto-save takes is held to the millisecond where time is
// simulated; here it is that typing is saved at all while it goes on.
const lossAllowed = 300*time.Millisecond + 2*time.Second

// death is a way in which a wizard is ended from outside.
type death struct {
	name string
	end  func(term *terminal)
	code int // -1 for a process that is killed
	// seen says that what is typed is on the screen first: a terminal that is
	// closed takes with it what nobody has read yet.
	seen bool
}

var deaths = []death{
	{"SIGKILL", func(term *terminal) { term.signal(syscall.SIGKILL) }, -1, false},
	{"SIGTERM", func(term *terminal) { term.signal(syscall.SIGTERM) }, exitStopped, false},
	{"SIGHUP", func(term *terminal) { term.signal(syscall.SIGHUP) }, exitStopped, false},
	{"Ctrl-C", func(term *terminal) { term.types(keyCtrlC) }, exitStopped, false},
	{"a closed terminal", func(term *terminal) { term.hangUp() }, exitStopped, true},
}

// Text that is half typed into any field survives whatever ends the program, and
// stands in the field again when the session is resumed.
func TestHalfTypedTextSurvives(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	for round := range rounds(t, 20) {
		death := deaths[round%len(deaths)]
		typed := typeAndDie(t, data, death)
		if typed.code != death.code {
			t.Fatalf("round %d: after %s it exits %d", round, death.name, typed.code)
		}
		kept := typed.keptIn(t, data)
		least := typed.all
		if death.code < 0 {
			least = typed.before(typed.died.Add(-lossAllowed))
		}
		if !strings.HasPrefix(kept, least) || !strings.HasPrefix(typed.all, kept) {
			t.Fatalf("round %d: after %s, %q is kept of %q; at least %q must be", round, death.name, kept, typed.all, least)
		}
		typed.resume(t, data, kept)
	}
}

// halfTyped is a text that was being typed when the program ended.
type halfTyped struct {
	field string
	all   string
	keys  []keystroke
	died  time.Time
	code  int
	id    uuid.UUID
}

// typeAndDie begins a build, answers a random number of questions, types into
// the next field for a random while, and ends the program.
func typeAndDie(t *testing.T, data string, how death) halfTyped {
	t.Helper()
	description := descriptions["coding"]
	fields := append([]string{forge.FieldInitialDescription}, fieldsAsked(t, description)...)
	answers := rand.N(len(fields))
	term := atTerminal(t, data, 80, 24, "build")
	term.shows("What should your bot do?")
	for i := range answers {
		if i == 0 {
			term.types(description + keyEnter)
		} else {
			term.types(keyEnter)
		}
		term.shows(" " + string(rune('1'+i)) + " of ")
	}
	h := halfTyped{field: fields[answers]}
	text := randomWords()
	for _, r := range text {
		h.all += string(r)
		h.keys = append(h.keys, keystroke{h.all, time.Now()})
		term.types(string(r))
		time.Sleep(rand.N(8 * time.Millisecond)) // as a person types, only faster
	}
	if h.field == forge.FieldInitialDescription {
		term.shows("✓ typing kept") // before that there is no session to resume
	}
	if how.seen {
		term.until("the text", inField(h.all))
	}
	h.died = time.Now()
	how.end(term)
	h.code = term.ends()
	withData(t, data, func(store builder.Store) {
		page, err := store.ListDrafts(t.Context(), builder.DraftQuery{Limit: 1})
		if err != nil || len(page.Drafts) != 1 {
			t.Fatalf("the drafts are %v, %v", page, err)
		}
		h.id = page.Drafts[0].SessionID
	})
	return h
}

// before is what had been typed at a time.
func (h *halfTyped) before(at time.Time) (text string) {
	for _, k := range h.keys {
		if k.at.Before(at) {
			text = k.text
		}
	}
	return text
}

func (h *halfTyped) keptIn(t *testing.T, data string) (text string) {
	t.Helper()
	withData(t, data, func(store builder.Store) {
		pending, err := store.LoadPending(t.Context(), h.id)
		if err != nil {
			t.Fatal(err)
		}
		text = pending[h.field]
	})
	return text
}

// resume makes sure that the text stands in its field, and ends the session.
func (h *halfTyped) resume(t *testing.T, data, kept string) {
	t.Helper()
	term := atTerminal(t, data, 80, 24, "resume", h.id.String())
	term.shows("ctrl+c: stop")
	term.until("the text again", inField(kept))
	term.types("!")
	term.until("what is typed after it", inField(kept+"!"))
	term.types(keyCtrlC)
	if code := term.ends(); code != exitStopped {
		t.Fatalf("it exits %d:\n%s", code, term.shown())
	}
	withData(t, data, func(store builder.Store) {
		if _, err := store.DeleteDraft(t.Context(), h.id); err != nil {
			t.Fatal(err)
		}
	})
}

// inField reports whether a text stands on a screen, however it is broken into
// lines there.
func inField(text string) func(screen string) bool {
	bare := strings.NewReplacer(" ", "", "\n", "", "┃", "")
	return func(screen string) bool { return strings.Contains(bare.Replace(screen), bare.Replace(text)) }
}

// randomWords is a line as people type them, in several scripts.
func randomWords() string {
	all := strings.Fields("one bot reads Go and answers naïve café 質問 по-русски 🤖 it's \"quoted\" 100% a/b #1 zwölf")
	var words []string
	for range 2 + rand.N(6) {
		words = append(words, all[rand.N(len(all))])
	}
	return "x" + strings.Join(words, " ")
}
