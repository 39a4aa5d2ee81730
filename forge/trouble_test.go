package forge_test

import (
	"context"
	"errors"
	"os"
	"slices"
	"testing"

	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/forge"
)

// troubled is a store whose reads of pending text, or whose finishing, fail as
// long as it is told to.
type troubled struct {
	builder.Store
	reading, finishing bool
}

func (s *troubled) LoadPending(ctx context.Context, id uuid.UUID) (map[string]string, error) {
	if s.reading {
		return nil, builder.ErrBusy
	}
	return s.Store.LoadPending(ctx, id)
}

func (s *troubled) FinishSession(ctx context.Context, id uuid.UUID, at builder.Revision, e builder.MemoryEntry) (builder.MemoryEntry, error) {
	if s.finishing {
		return builder.MemoryEntry{}, builder.ErrBusy
	}
	return s.Store.FinishSession(ctx, id, at, e)
}

func newTroubledHouse(t *testing.T) (*house, *troubled) {
	t.Helper()
	store := &troubled{}
	return newHouse(t, func(s builder.Store) builder.Store { store.Store = s; return store }), store
}

// What is saved is never reported as not saved, though what comes next cannot
// be read.
func TestSavedIsSaidToBeSaved(t *testing.T) {
	h, store := newTroubledHouse(t)
	store.reading = true
	turn := h.start("A bot that reviews Go code")
	if turn.Revision != 1 || turn.Kind != forge.Ask || len(turn.Notices) != 1 {
		t.Fatalf("started: %+v", turn)
	}
	turn = h.answer(turn, builder.Text("Gopher"))
	if turn.Revision != 2 || len(turn.Notices) != 1 || turn.Question.Default.IsZero() {
		t.Errorf("answered: %+v", turn)
	}
	if turn, err := h.Back(t.Context(), turn.SessionID, turn.Revision); err != nil || turn.Revision != 3 {
		t.Errorf("back: %+v, %v", turn, err)
	}
	if turn, err := h.AnswerRest(t.Context(), turn.SessionID, builder.AnyRevision); err != nil || turn.Kind != forge.Ready {
		// AnswerRest reads before it saves, and may say so.
		if !errors.Is(err, builder.ErrBusy) {
			t.Errorf("rest: %+v, %v", turn, err)
		}
	}
	if _, err := h.Open(t.Context(), turn.SessionID); !errors.Is(err, builder.ErrBusy) {
		t.Errorf("opening saves nothing, and says what is wrong: %v", err)
	}
}

// Finishing saves what it is about to write. When it fails after that, the turn
// says where to try again.
func TestFinishCanBeTriedAgain(t *testing.T) {
	for name, breakIt := range map[string]func(h *house, store *troubled) (mend func()){
		"the store": func(_ *house, store *troubled) func() {
			store.finishing = true
			return func() { store.finishing = false }
		},
		"the folder": func(h *house, _ *troubled) func() {
			moved := h.dir + "-moved"
			must(h.t, os.Rename(h.dir, moved))
			must(h.t, os.WriteFile(h.dir, nil, 0o600))
			return func() {
				must(h.t, os.Remove(h.dir))
				must(h.t, os.Rename(moved, h.dir))
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			h, store := newTroubledHouse(t)
			h.t = t
			turn := h.answerAll(h.start("A bot that reviews Go code"))
			mend := breakIt(h, store)
			failed, err := h.Finish(t.Context(), turn.SessionID, turn.Revision, true)
			mend()
			if err == nil {
				return // an open folder is found under whatever name it has
			}
			if failed.SessionID != turn.SessionID || failed.Revision <= turn.Revision {
				t.Fatalf("beside the error: %+v", failed)
			}
			h.oneBot(h.finish(failed))
		})
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestDeletedSessionIsGone(t *testing.T) {
	h := newHouse(t, nil)
	turn := h.start("A bot that reviews Go code")
	if _, err := h.store.DeleteDraft(t.Context(), turn.SessionID); err != nil {
		t.Fatal(err)
	}
	name := forge.Answer{Field: builder.FieldName, Value: builder.Text("Gopher")}
	if _, err := h.Answer(t.Context(), turn.SessionID, turn.Revision, name); !errors.Is(err, builder.ErrGone) {
		t.Errorf("a late answer: %v", err)
	}
	if _, err := h.Open(t.Context(), turn.SessionID); !errors.Is(err, builder.ErrNotFound) {
		t.Errorf("opening: %v", err)
	}
}

// Values that no answer may have are neither suggested nor left standing.
func TestValuesFromElsewhere(t *testing.T) {
	h := newHouse(t, nil)
	must(t, h.store.RecordMemory(t.Context(), builder.MemoryEntry{
		ID: uuid.MustParse("0190a000-0000-7000-8000-00000000cccc"), Category: builder.Coding, Description: "Reviews Go code",
		Choices: map[string]builder.Choice{
			builder.FieldTone:   {Value: builder.Text(" "), Source: builder.Imported},
			builder.FieldSkills: {Value: builder.List("web_search", "code-review"), Source: builder.Imported},
		},
	}))
	turn := h.start("A bot that reviews Go code")
	turn, err := h.AnswerRest(t.Context(), turn.SessionID, turn.Revision)
	if err != nil {
		t.Fatal(err)
	}
	s := h.state(turn.SessionID)
	if got := s.Config.SkillNames(); !slices.Equal(got, []string{"code-review"}) || *s.Config.Tone != "technical" {
		t.Errorf("skills %v, tone %q", got, *s.Config.Tone)
	}

	s.Config.Skills = append(s.Config.Skills, builder.Skill{Name: "web_search", SkillType: "remote"})
	h.put(&s, turn.Revision)
	turn, err = h.Open(t.Context(), turn.SessionID)
	if err != nil || turn.Kind != forge.Ask || turn.Question.Field != builder.FieldSkills || len(turn.Notices) != 1 {
		t.Fatalf("a skill that cannot be written: %+v, %v", turn, err)
	}
	h.finish(h.answer(turn, builder.List("code-review")))
}

func TestTakenBackAnswersAreProposedAsTheyWere(t *testing.T) {
	h := newHouse(t, nil)
	turn := h.start("Writes short fantasy stories and poems for children") // asks for traits
	for turn.Question.Field != builder.FieldTraits {
		turn = h.answerOne(turn)
	}
	commas := builder.List("calm, but firm", "dry")
	turn = h.answer(turn, commas)
	turn, err := h.Back(t.Context(), turn.SessionID, turn.Revision)
	if err != nil || turn.Question.Previous != commas {
		t.Errorf("proposed %v, %v", turn.Question.Previous, err)
	}
	turn, err = h.Answer(t.Context(), turn.SessionID, turn.Revision, forge.Answer{Field: builder.FieldTraits})
	if err != nil {
		t.Fatal(err)
	}
	if turn, err = h.Back(t.Context(), turn.SessionID, turn.Revision); err != nil || !turn.Question.Previous.IsZero() {
		t.Errorf("after none, proposed %v, %v", turn.Question.Previous, err)
	}
}

func TestAcceptedAfterAllIsNotDeclined(t *testing.T) {
	h := newHouse(t, nil)
	h.finish(h.answerAll(h.start("Reviews Python code")))
	turn := h.start("Reviews Go code")
	for turn.Question.Field != builder.FieldTone {
		turn = h.answerOne(turn)
	}
	suggested := turn.Question.Suggestion.Value
	turn = h.answer(turn, builder.Text("something else"))
	turn, err := h.Back(t.Context(), turn.SessionID, turn.Revision)
	if err != nil {
		t.Fatal(err)
	}
	turn = h.answer(turn, suggested)
	if s := h.state(turn.SessionID); len(s.Declined) != 0 {
		t.Errorf("declined = %+v", s.Declined)
	}
}
