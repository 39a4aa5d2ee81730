package forge_test

import (
	"strings"
	"testing"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/forge"
)

// A description answered anew changes what is asked, and keeps what is decided.
func TestDescriptionIsAnsweredAnew(t *testing.T) {
	h := newHouse(t, nil)
	turn := h.start("A bot that reviews Go code")
	turn = h.set(turn, builder.FieldName, builder.Text("Gopher"))
	turn = h.set(turn, forge.FieldInitialDescription, builder.Text("A bot that writes short stories for children"))
	s := h.state(turn.SessionID)
	if turn.Category != builder.Creative || s.Description != "A bot that writes short stories for children" || *s.Config.Name != "Gopher" {
		t.Errorf("%s, %q", turn.Category, s.Description)
	}
	if again, err := h.Ask(t.Context(), turn.SessionID, forge.FieldInitialDescription); err != nil || again.Question.Current != builder.Text(s.Description) {
		t.Errorf("asked again: %+v, %v", again.Question, err)
	}
}

// What was begun with half a sentence is not finished as that half.
func TestUnfinishedDescriptionIsTakenWhole(t *testing.T) {
	h := newHouse(t, nil)
	whole := builder.Text("A bot that writes short stories for children")
	turn := h.start("A bo")
	must(t, h.store.SavePending(t.Context(), turn.SessionID, forge.FieldInitialDescription, whole.String()))
	opened, err := h.Open(t.Context(), turn.SessionID)
	if err != nil {
		t.Fatal(err)
	}
	if v, _ := opened.Question.Proposal(); opened.Question.Field != forge.FieldInitialDescription || v != whole {
		t.Errorf("it asks about %s and proposes %s", opened.Question.Field, v)
	}
	turn, err = h.AnswerRest(t.Context(), turn.SessionID, turn.Revision)
	if err != nil {
		t.Fatal(err)
	}
	if s := h.state(turn.SessionID); s.Description != whole.String() || turn.Category != builder.Creative {
		t.Errorf("it goes on as %q (%s)", s.Description, turn.Category)
	}
	if pending, err := h.store.LoadPending(t.Context(), turn.SessionID); err != nil || len(pending) > 0 {
		t.Errorf("left: %v, %v", pending, err)
	}
}

// What a bot is for can be changed with it, and the files say so.
func TestReconfigureChangesTheDescription(t *testing.T) {
	h := newHouse(t, nil)
	slug := h.made("A bot that reviews Go code")
	turn := h.reconfigure(slug)
	turn = h.answerAll(h.set(turn, forge.FieldInitialDescription, builder.Text("A bot that writes short stories for children")))
	h.finish(turn)
	identity := h.read(slug, "IDENTITY.md")
	for _, want := range []string{`initial_description: "A bot that writes short stories for children"`, `purpose_category: "creative"`} {
		if !strings.Contains(identity, want) {
			t.Errorf("%s is not in it:\n%s", want, identity)
		}
	}
	if again := h.reconfigure(slug); again.Category != builder.Creative {
		t.Errorf("read again, it is %s", again.Category)
	}
}
