package forge_test

import (
	"fmt"
	"testing"

	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/forge"
	"github.com/boternity/boternity/recall"
)

// A person chooses once and then takes every suggestion, in a hundred builds:
// nothing gets surer for it, and one other choice is enough to change it.
func TestTakingSuggestionsMakesNothingSurer(t *testing.T) {
	h := newHouse(t, nil)
	const builds = 100
	chosen := map[string]builder.Value{
		builder.FieldTone: builder.Text("formal"), builder.FieldModel: builder.Text("my-own-model"), builder.FieldSkills: builder.List("my-own-skill"),
	}
	first := h.build("reviews Go code of team zero", func(q *forge.Question) forge.Answer {
		if v, ok := chosen[q.Field]; ok {
			return forge.Answer{Field: q.Field, Value: v, Source: builder.Chosen, Shown: true}
		}
		v, source := q.Proposal()
		return forge.Answer{Field: q.Field, Value: v, Source: source, Shown: true}
	})
	begin := h.suggestions("reviews Go code of another team")
	if len(begin) != len(chosen) {
		t.Fatalf("%d suggestions after one real choice", len(begin))
	}
	taken := 0
	for n := range builds {
		h.build(fmt.Sprintf("reviews Go code of team number%d", n), func(q *forge.Question) forge.Answer {
			v, source := q.Proposal()
			if source == builder.Accepted {
				taken++
			}
			return forge.Answer{Field: q.Field, Value: v, Source: source, Shown: true}
		})
		now := h.suggestions("reviews Go code of another team")
		for field, was := range begin {
			s := now[field]
			if s.Value != chosen[field] {
				t.Fatalf("build %d: %s is %s", n, field, s.Value)
			}
			if s.Support != 1 || s.Of != 1 || len(s.Evidence) != 1 {
				t.Fatalf("build %d: %s has the support of %d of %d", n, field, s.Support, s.Of)
			}
			if s.Confidence > was.Confidence {
				t.Fatalf("build %d: the confidence in %s grew from %g to %g", n, field, was.Confidence, s.Confidence)
			}
		}
	}
	if want := builds * len(chosen); taken != want {
		t.Errorf("%d suggestions were taken, want %d", taken, want)
	}

	h.build("reviews Go code of a last team", func(q *forge.Question) forge.Answer {
		v, source := q.Proposal()
		if q.Field == builder.FieldTone {
			v, source = builder.Text("casual"), builder.Chosen
		}
		return forge.Answer{Field: q.Field, Value: v, Source: source, Shown: true}
	})
	if s := h.suggestions("reviews Go code of another team")[builder.FieldTone]; s.Value != builder.Text("casual") {
		t.Errorf("after another choice: %s", s.Reason)
	}
	if _, err := h.store.LoadMemory(t.Context(), first); err != nil {
		t.Error(err)
	}
}

// What was shown and not taken is remembered, and no longer shown after the
// third time in a row.
func TestDeclinedThreeTimesInARow(t *testing.T) {
	h := newHouse(t, nil)
	build := func(description, tone string) {
		h.build(description, func(q *forge.Question) forge.Answer {
			v, source := q.Proposal()
			if q.Field == builder.FieldTone {
				v, source = builder.Text(tone), builder.Chosen
			}
			return forge.Answer{Field: q.Field, Value: v, Source: source, Shown: true}
		})
	}
	for n := range 12 {
		build(fmt.Sprintf("reviews Go code of team number%d", n), "formal")
	}
	for n, tone := range []string{"casual", "blunt", "warm"} {
		if s := h.suggestions("reviews Go code")[builder.FieldTone]; s.Value != builder.Text("formal") {
			t.Fatalf("after %d declines: %s", n, s.Reason)
		}
		build(fmt.Sprintf("reviews Go code of squad number%d", n), tone)
	}
	if s := h.suggestions("reviews Go code")[builder.FieldTone]; s.Value == builder.Text("formal") {
		t.Errorf("suggested after three declines in a row: %s", s.Reason)
	}
	page, err := h.store.Recall(t.Context(), builder.MemoryQuery{Limit: 3})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range page.Entries {
		if len(e.Declined) != 1 || e.Declined[0].Field != builder.FieldTone || e.Declined[0].Value != builder.Text("formal") {
			t.Errorf("declined in %s: %v", e.ID, e.Declined)
		}
	}
	// Taking it after all begins anew.
	build("reviews Go code of a last team", "formal")
	if s := h.suggestions("reviews Go code")[builder.FieldTone]; s.Value != builder.Text("formal") {
		t.Errorf("after it was taken again: %s", s.Reason)
	}
}

// What is forgotten has no part in suggestions any more, nor in their counts.
func TestForgottenEntriesSuggestNothing(t *testing.T) {
	h := newHouse(t, nil)
	var entries []uuid.UUID
	for n := range 3 {
		entries = append(entries, h.build(fmt.Sprintf("reviews Go code of team number%d", n), func(q *forge.Question) forge.Answer {
			if q.Field == builder.FieldTone {
				return forge.Answer{Field: q.Field, Value: builder.Text("formal"), Source: builder.Chosen}
			}
			return forge.Answer{Field: q.Field, Value: q.Default, Source: builder.Default}
		}))
	}
	for n, id := range entries {
		if s := h.suggestions("reviews Go code")[builder.FieldTone]; s.Support != len(entries)-n {
			t.Fatalf("%d forgotten, support %d: %s", n, s.Support, s.Reason)
		}
		if forgotten, err := h.store.ForgetMemory(t.Context(), id); err != nil || !forgotten {
			t.Fatal(forgotten, err)
		}
	}
	if left := h.suggestions("reviews Go code"); len(left) != 0 {
		t.Errorf("all are forgotten, and %v is left", left)
	}
}

// build leads a session to its end and returns its id.
func (h *house) build(description string, answer func(*forge.Question) forge.Answer) uuid.UUID {
	h.t.Helper()
	turn := h.start(description)
	for turn.Kind == forge.Ask {
		a := answer(turn.Question)
		if turn.Question.Field == builder.FieldName {
			a = forge.Answer{Field: builder.FieldName, Value: builder.Text("Bot " + turn.SessionID.String()), Source: builder.Chosen}
		}
		next, err := h.Answer(h.t.Context(), turn.SessionID, turn.Revision, a)
		if err != nil {
			h.t.Fatal(err)
		}
		turn = next
	}
	h.finish(turn)
	return turn.SessionID
}

func (h *house) suggestions(description string) map[string]recall.Suggestion {
	h.t.Helper()
	found, err := h.Suggest(h.t.Context(), description)
	if err != nil {
		h.t.Fatal(err)
	}
	byField := map[string]recall.Suggestion{}
	for _, s := range found.Suggestions {
		byField[s.Field] = s
	}
	return byField
}
