//go:build unix

package main

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/forge"
)

// beginIn begins a session without a terminal, and returns its id.
func beginIn(t *testing.T, data, description string, fields ...string) uuid.UUID {
	t.Helper()
	end := runCommand(data, typed(fields), "build", description)
	if end.code != exitStopped {
		t.Fatalf("exit %d: %s", end.code, end.stderr)
	}
	return sessionIn(t, end.stderr)
}

// With several drafts, resume asks which; with one it goes on.
func TestWizardPicksADraft(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	beginIn(t, data, descriptions["coding"])
	term := atTerminal(t, data, 80, 24, "resume")
	term.shows("1 of 6")
	term.types(keyCtrlC)
	if code := term.ends(); code != exitStopped {
		t.Fatalf("exit %d", code)
	}
	beginIn(t, data, descriptions["creative"])
	term = atTerminal(t, data, 80, 24, "resume")
	term.shows("Which session do you want to go on with?")
	term.shows("> 1 just now (basics)  " + descriptions["creative"][:20])
	term.types(keyDown + keyEnter)
	term.shows("Forge · coding · 1 of 6")
}

// An answer that meets another one is asked about with both; one after the end
// tells the bot.
func TestWizardMeetsAnotherWindow(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	id := beginIn(t, data, descriptions["simple_utility"])
	term := atTerminal(t, data, 80, 24, "resume", id.String())
	term.shows("1 of 4")
	if other := runCommand(data, "Theirs\n", "resume", id.String()); other.code != exitStopped {
		t.Fatalf("exit %d: %s", other.code, other.stderr)
	}
	term.types("Ours" + keyEnter)
	term.shows("This was answered elsewhere")
	term.shows("> 1 Theirs (answered elsewhere)")
	term.shows("2 Ours (your answer)")
	term.types(keyEscape) // which must not drop either
	term.shows("please take one of the two answers")
	term.types(keyDown + keyEnter)
	term.shows("2 of 4")
	term.shows("name        Ours")

	if other := runCommand(data, "", "resume", id.String(), "--yes"); other.code != exitDone {
		t.Fatalf("exit %d: %s", other.code, other.stderr)
	}
	term.types("too late" + keyEnter)
	if code := term.ends(); code != exitDone || !strings.Contains(term.shown(), "the bot ours is in") {
		t.Errorf("exit %d:\n%s", code, term.shown())
	}
}

// Stopped after the session was finished elsewhere, there is no draft to promise.
func TestWizardStopsAfterTheEnd(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	id := beginIn(t, data, descriptions["simple_utility"])
	term := atTerminal(t, data, 80, 24, "resume", id.String())
	term.shows("1 of 4")
	if other := runCommand(data, "", "resume", id.String(), "--yes"); other.code != exitDone {
		t.Fatalf("exit %d: %s", other.code, other.stderr)
	}
	term.types("half")
	term.shows("half")
	term.types(keyCtrlC)
	if code := term.ends(); code != exitDone || !strings.Contains(term.shown(), "finished elsewhere") {
		t.Errorf("exit %d:\n%s", code, term.shown())
	}
}

// A draft that cannot be read says so, and goes back only when told to.
func TestWizardRestoresADraft(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	id := uuid.MustParse("0190a000-0000-7000-8000-00000000dddd")
	putUnreadable(t, data, id)
	term := atTerminal(t, data, 80, 24, "resume", id.String())
	term.shows("This draft cannot be read")
	term.shows("Stop; nothing is changed")
	term.types(keyEnter)
	if code := term.ends(); code != exitUnreadable {
		t.Fatalf("exit %d:\n%s", code, term.shown())
	}
	term = atTerminal(t, data, 80, 24, "resume", id.String())
	term.shows("1 Go back to revision 1")
	term.types(keyCtrlC)
	if code := term.ends(); code != exitUnreadable {
		t.Fatalf("stopped, exit %d:\n%s", code, term.shown())
	}
	term = atTerminal(t, data, 80, 24, "resume", id.String())
	term.shows("1 Go back to revision 1")
	term.types("1" + keyEnter)
	term.shows("1 of 6")
	term.shows("saved (revision 3)")
}

// Enter pressed too often writes no bot, and what is typed while an answer is
// saved goes into the next question.
func TestWizardTakesNothingUnseen(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	description := descriptions["simple_utility"]
	fields := fieldsAsked(t, description)
	id := beginIn(t, data, description, fields[:len(fields)-1]...)
	term := atTerminal(t, data, 80, 24, "resume", id.String())
	term.shows(fmt.Sprintf("%d of %[1]d", len(fields)))
	term.types(strings.Repeat(keyEnter, 20))
	term.until("the review or the files", func(screen string) bool {
		return strings.Contains(screen, consentQuestion) || strings.Contains(screen, "==> SOUL.md")
	})
	term.types(keyCtrlC)
	if code := term.ends(); code != exitStopped {
		t.Fatalf("exit %d:\n%s", code, term.shown())
	}
	storedState(t, data, id) // it is a draft still

	term = atTerminal(t, data, 80, 24, "build", descriptions["coding"])
	term.shows("1 of 6")
	term.types("Gopher" + keyEnter + "brisk")
	term.shows("2 of 6")
	term.until("what was typed ahead", inField("┃brisk"))
}

// A description that is taken back whole leaves nothing behind.
func TestWizardForgetsADescription(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	term := atTerminal(t, data, 80, 24, "build")
	term.shows("What should your bot do?")
	term.types("a bot")
	term.shows("typing kept")
	term.types(strings.Repeat("\x7f", len("a bot")))
	term.shows("For example")
	term.types(keyCtrlC)
	if code := term.ends(); code != exitFailed || !strings.Contains(term.shown(), "nothing was started") {
		t.Errorf("exit %d:\n%s", code, term.shown())
	}
	withData(t, data, func(store builder.Store) {
		if page, err := store.ListDrafts(t.Context(), builder.DraftQuery{Limit: 1}); err != nil || len(page.Drafts) != 0 {
			t.Errorf("left behind: %+v, %v", page.Drafts, err)
		}
	})
}

// One that somebody has answered to meanwhile is not theirs alone to take back.
func TestWizardLeavesWhatOthersAnswered(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	term := atTerminal(t, data, 80, 24, "build")
	term.shows("What should your bot do?")
	term.types("a bot")
	term.shows("typing kept")
	var id uuid.UUID
	withData(t, data, func(store builder.Store) {
		page, err := store.ListDrafts(t.Context(), builder.DraftQuery{Limit: 1})
		if err != nil || len(page.Drafts) != 1 {
			t.Fatalf("%+v, %v", page, err)
		}
		id = page.Drafts[0].SessionID
		_, err = forge.New(store, forge.Options{}).Answer(t.Context(), id, 1, forge.Answer{Field: builder.FieldName, Value: builder.Text("Theirs")})
		if err != nil {
			t.Fatal(err)
		}
	})
	term.types(strings.Repeat("\x7f", len("a bot")))
	term.shows("For example")
	term.types(keyCtrlC)
	if code := term.ends(); code != exitStopped {
		t.Errorf("exit %d:\n%s", code, term.shown())
	}
	if state, _ := storedState(t, data, id); state.Config.Name == nil || *state.Config.Name != "Theirs" {
		t.Error("the answer is gone")
	}
}

// A description that is too long is never called kept.
func TestLongDescriptionIsNotCalledKept(t *testing.T) {
	w := newWizard(t)
	w.turn = forge.Turn{}
	w.describe()
	w.typing.now(strings.Repeat("long ", builder.MaxDescription/4))
	if err := w.typing.close(w.ctx); !errors.Is(err, builder.ErrInvalid) {
		t.Errorf("keeping it: %v", err)
	}
	w.typing = nil
}

// A description can be answered anew, and its questions follow from it.
func TestWizardChangesTheDescription(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	term := atTerminal(t, data, 80, 24, "build", descriptions["coding"])
	term.shows("Forge · coding · 1 of 6")
	term.types(keyEscape)
	term.shows(forge.New(nil, forge.Options{}).DescriptionQuestion().Text)
	term.types(strings.Repeat("\x7f", len(descriptions["coding"])) + descriptions["creative"] + keyEnter)
	term.shows("Forge · creative · 1 of 6")
}

// Where a terminal can do nothing, the questions are plain text; where colours
// are not wanted, there are none.
func TestWizardAndTheTerminal(t *testing.T) {
	t.Parallel()
	for _, plainly := range [][]string{{"TERM=dumb"}, {"TERM="}} {
		term := atTerminalWith(t, plainly, t.TempDir(), 80, 24, "build", descriptions["coding"])
		term.shows("Enter takes [")
		term.types(keyCtrlC)
		term.ends()
	}
	term := atTerminalWith(t, []string{"NO_COLOR=1"}, t.TempDir(), 80, 24, "build", descriptions["coding"])
	term.shows("1 of 6")
	term.shows("ctrl+c: stop")
	if coloured := term.colours(); coloured != 0 {
		t.Errorf("%d cells have a colour", coloured)
	}
	term = atTerminal(t, t.TempDir(), 80, 24, "build", descriptions["coding"])
	term.shows("saved (revision 1)")
	if term.colours() == 0 {
		t.Error("nothing has a colour where colours are welcome")
	}
}
