package main

import (
	"bytes"
	"context"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/forge"
	"github.com/boternity/boternity/memstore"
)

// newWizard is a wizard over a store in memory, at its first question.
func newWizard(t *testing.T) *wizard {
	t.Helper()
	store := memstore.New(memstore.Options{}).Owner("")
	b := &build{app: &app{stderr: &bytes.Buffer{}}, store: store, guide: forge.New(store, forge.Options{})}
	w := &wizard{build: b, ctx: context.WithoutCancel(t.Context())}
	turn, err := w.guide.Start(t.Context(), descriptions["coding"])
	if err != nil {
		t.Fatal(err)
	}
	w.take(turn)
	t.Cleanup(func() {
		if err := w.stopTyping(); err != nil {
			t.Error(err)
		}
	})
	return w
}

// At any size of the window nothing is drawn outside of it, and nothing fails.
func TestWizardDrawsAtAnySize(t *testing.T) {
	w := newWizard(t)
	sizes := func(name string) {
		for width := 1; width <= 90; width += 8 {
			for height := 1; height <= 30; height += 3 {
				w.Update(tea.WindowSizeMsg{Width: width, Height: height})
				screen := w.draw()
				if n := strings.Count(screen, "\n") + 1; n > height {
					t.Fatalf("%s: %d lines at %d by %d", name, n, width, height)
				}
			}
		}
	}
	sizes("a text")
	for w.turn.Kind == forge.Ask {
		turn, err := w.guide.Answer(t.Context(), w.turn.SessionID, w.turn.Revision,
			forge.Answer{Field: w.turn.Question.Field, Value: typedAnswers[w.turn.Question.Field].value})
		if err != nil {
			t.Fatal(err)
		}
		if err := w.stopTyping(); err != nil {
			t.Fatal(err)
		}
		w.take(turn)
		sizes(string(turn.Phase))
	}
	w.change()
	sizes("what to change")
	w.show(newScrolling("The files", strings.Repeat("a long line of text ", 30), nil))
	sizes("the files")
	w.help = true
	sizes("the help")
}

// What was ticked and typed before an interruption is still there to be kept
// when the first key after it comes.
func TestTicksAreKeptWithWhatFollows(t *testing.T) {
	w := newWizard(t)
	turn, err := w.guide.Ask(t.Context(), w.turn.SessionID, builder.FieldSkills)
	if err != nil {
		t.Fatal(err)
	}
	turn.Question.Pending = "code-review, web-search, gopher-ca"
	w.take(turn)
	for _, r := range "re" {
		w.screen.update(w, tea.KeyPressMsg{Code: r, Text: string(r)})
	}
	if want := "code-review, web-search, gopher-care"; w.typing.text != want {
		t.Errorf("kept: %q, want %q", w.typing.text, want)
	}
}

// The later of two answers stays kept while the person looks at both.
func TestContestedAnswerStaysKept(t *testing.T) {
	w := newWizard(t)
	turn, err := w.guide.Ask(t.Context(), w.turn.SessionID, builder.FieldTone)
	if err != nil {
		t.Fatal(err)
	}
	turn.Question.Pending = "brisk"
	turn.Question.Contest = &forge.Contest{Stored: builder.Text("formal"), Yours: builder.Text("brisk")}
	w.take(turn)
	w.screen.update(w, tea.KeyPressMsg{Code: tea.KeyDown})
	if w.typing.text != "brisk" {
		t.Errorf("kept: %q", w.typing.text)
	}
}

// Numbers and words that begin with one are answers, not rows, where no row has
// that number.
func TestNumbersOnAList(t *testing.T) {
	for _, c := range []struct {
		field, typed string
		want         builder.Value
	}{
		{builder.FieldMaxTokens, "16000", builder.Number(16000)},
		{builder.FieldMaxTokens, "512", builder.Number(512)},
		{builder.FieldTemperature, "0.8", builder.Number(0.8)},
		{builder.FieldTemperature, "1.25", builder.Number(1.25)},
		{builder.FieldPurpose, "9 lives", builder.Text("9 lives")},
		{builder.FieldTone, "2 cool", builder.Text("2 cool")},
		{builder.FieldTone, "2", builder.Text("direct")},
	} {
		w := newWizard(t)
		turn, err := w.guide.Ask(t.Context(), w.turn.SessionID, c.field)
		if err != nil {
			t.Fatal(err)
		}
		w.take(turn)
		for _, r := range c.typed {
			w.screen.update(w, tea.KeyPressMsg{Code: r, Text: string(r)})
		}
		answer, err := w.screen.(*asking).answer()
		if err != nil || answer.Value != c.want {
			t.Errorf("%s, typed %q: %s, %v", c.field, c.typed, answer.Value, err)
		}
	}
}

// A value that stands in a field and is taken untouched counts as it did, to the
// letter, whatever the field makes of its tabs.
func TestUntouchedTextStaysAsItIs(t *testing.T) {
	w := newWizard(t)
	const words = "It says:\tone\r\ntwo"
	turn, err := w.guide.Ask(t.Context(), w.turn.SessionID, builder.FieldDescription)
	if err != nil {
		t.Fatal(err)
	}
	turn.Question.Current, turn.Question.CurrentSource = builder.Text(words), builder.Imported
	w.take(turn)
	answer, err := w.screen.(*asking).answer()
	if err != nil || answer.Value != builder.Text(words) || answer.Source != builder.Imported {
		t.Errorf("%q as %s, %v", answer.Value, answer.Source, err)
	}
}

// While an answer is not saved, nothing on the screen says that all is.
func TestFailedSaveIsNotCalledSaved(t *testing.T) {
	w := newWizard(t)
	w.saved = 3
	w.Update(tea.WindowSizeMsg{Width: 90, Height: 30})
	if screen := w.draw(); !strings.Contains(screen, "✓ saved (revision 3)") {
		t.Fatalf("before:\n%s", screen)
	}
	w.perform(&deed{what: "Saving", saves: true, answers: true})
	w.finish(doneMsg{w.turn, builder.ErrBusy})
	screen := w.draw()
	if strings.Contains(screen, "✓") || !strings.Contains(screen, "! not saved") || !strings.Contains(screen, "Try again") {
		t.Errorf("after a save that failed:\n%s", screen)
	}
	w.returnTo(w.before)
	if screen := w.draw(); strings.Contains(screen, "! not saved") {
		t.Errorf("back at the question:\n%s", screen)
	}
}
