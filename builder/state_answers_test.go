package builder_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/boternity/boternity/builder"
)

func TestRecord(t *testing.T) {
	s := newState()
	answer(t, &s, builder.FieldTone, "formal", builder.Accepted)
	answer(t, &s, builder.FieldTone, "casual", builder.Chosen)
	if *s.Config.Tone != "casual" || s.Source(builder.FieldTone) != builder.Chosen {
		t.Errorf("tone is %q, %s", *s.Config.Tone, s.Source(builder.FieldTone))
	}
	if len(s.Conversation) != 2 || !s.Conversation[0].Superseded || s.Conversation[1].Superseded {
		t.Errorf("conversation: %+v", s.Conversation)
	}
	if last, ok := s.LastAnswer(builder.FieldTone); !ok || last.Answer != "casual" {
		t.Errorf("LastAnswer: %+v, %v", last, ok)
	}
}

func TestRecordRefusedChangesNothing(t *testing.T) {
	tone := builder.Exchange{Question: "Tone?", Answer: "x", Phase: builder.PhaseBasics, Field: builder.FieldTone}
	long := strings.Repeat("a", builder.MaxAnswer+1)
	for what, c := range map[string]struct {
		change func(e *builder.Exchange)
		value  builder.Value
		field  string
	}{
		"wrong type":        {func(*builder.Exchange) {}, builder.Number(7), "tone"},
		"no value":          {func(*builder.Exchange) {}, builder.Value{}, "tone"},
		"long value":        {func(*builder.Exchange) {}, builder.Text(long), "tone"},
		"long answer":       {func(e *builder.Exchange) { e.Answer = long }, builder.Text("x"), "tone"},
		"NUL in answer":     {func(e *builder.Exchange) { e.Answer = secret + "\x00" }, builder.Text("x"), "tone"},
		"bytes in answer":   {func(e *builder.Exchange) { e.Answer = secret + "\xff" }, builder.Text("x"), "tone"},
		"bytes in question": {func(e *builder.Exchange) { e.Question = secret + "\xff" }, builder.Text("x"), "question"},
		"no field":          {func(e *builder.Exchange) { e.Field = "" }, builder.Text("x"), `""`},
		"unknown field":     {func(e *builder.Exchange) { e.Field = "colour" }, builder.Text("x"), `"colour"`},
	} {
		s := newState()
		answer(t, &s, builder.FieldTone, "formal", builder.Chosen)
		before := encode(t, &s)
		e := tone
		c.change(&e)
		err := s.Record(e, c.value, builder.Chosen)
		var invalid *builder.InvalidError
		if !errors.As(err, &invalid) || invalid.Field != c.field {
			t.Errorf("%s: %v, want an InvalidError of %s", what, err, c.field)
		}
		wantNoSecret(t, err)
		if encode(t, &s) != before {
			t.Errorf("%s: the refused answer changed the state", what)
		}
	}
}

func TestRecordNone(t *testing.T) {
	s := newState()
	answer(t, &s, builder.FieldBoundaries, "no advice", builder.Chosen)
	s.RecordNone(builder.Exchange{Question: "Boundaries?", Phase: builder.PhaseReview, Field: builder.FieldBoundaries}, builder.Chosen)
	if _, has := s.Config.Value(builder.FieldBoundaries); has || !s.Decided(builder.FieldBoundaries) {
		t.Error("none is not the answer")
	}
	if !s.Conversation[0].Superseded || s.Conversation[1].Superseded {
		t.Errorf("conversation: %+v", s.Conversation)
	}
	again := decode(t, encode(t, &s))
	if !again.Decided(builder.FieldBoundaries) {
		t.Error("the decision did not survive saving")
	}
}

func TestTakeBack(t *testing.T) {
	s := newState()
	answer(t, &s, builder.FieldTone, "formal", builder.Accepted)
	answer(t, &s, builder.FieldTone, "casual", builder.Chosen)
	e, ok := s.TakeBack(builder.FieldTone)
	if !ok || e.Answer != "casual" {
		t.Errorf("TakeBack: %+v, %v", e, ok)
	}
	if s.Config.Tone != nil || s.Decided(builder.FieldTone) || len(s.Sources) != 0 {
		t.Error("tone is still decided")
	}
	if len(s.Conversation) != 2 || !s.Conversation[0].Superseded || !s.Conversation[1].Superseded {
		t.Errorf("conversation: %+v", s.Conversation)
	}
	if last, ok := s.LastAnswer(builder.FieldTone); !ok || last.Answer != "casual" {
		t.Errorf("the answer is not there to be proposed again: %+v, %v", last, ok)
	}
	if _, ok := s.TakeBack(builder.FieldTone); ok {
		t.Error("taken back twice")
	}
}

func TestTakeBackOfWhatNobodyAsked(t *testing.T) {
	s := newState()
	for field, v := range map[string]builder.Value{
		builder.FieldTemperature: builder.Number(0.3), builder.FieldMaxTokens: builder.Number(10),
		builder.FieldTags: builder.List("a"), builder.FieldSkills: builder.List("search"), builder.FieldModel: builder.Text("m"),
	} {
		if err := s.Set(field, v, builder.Default); err != nil {
			t.Fatal(err)
		}
		if _, ok := s.TakeBack(field); ok || s.Decided(field) {
			t.Errorf("%s: an exchange was found, or the value is still there", field)
		}
	}
	if fresh := newState(); encode(t, &s) != encode(t, &fresh) {
		t.Errorf("something is left: %s", encode(t, &s))
	}
}

// Boternity's exchanges do not say which field they decided; the answer does.
func TestTakeBackOfAnothersExchange(t *testing.T) {
	d := goldenDraft(t, "state_v1_full.json")
	for field, want := range map[string]string{
		builder.FieldName: "Parcel desk", builder.FieldTone: "empathetic", builder.FieldSkills: "order-lookup, returns",
	} {
		s, err := builder.DecodeState(d)
		if err != nil {
			t.Fatal(err)
		}
		e, ok := s.TakeBack(field)
		if !ok || e.Answer != want || s.Decided(field) {
			t.Errorf("%s: %+v, %v", field, e, ok)
		}
		if last, ok := s.LastAnswer(field); !ok || !last.Superseded || last.Answer != want {
			t.Errorf("%s: the exchange is not marked: %+v", field, last)
		}
		if len(s.Conversation) != 4 {
			t.Errorf("%s: %d exchanges are left", field, len(s.Conversation))
		}
	}
	s, err := builder.DecodeState(d)
	if err != nil {
		t.Fatal(err)
	}
	answer(t, &s, builder.FieldTone, "formal", builder.Chosen)
	if e := s.Conversation[1]; !e.Superseded || e.Field != builder.FieldTone {
		t.Errorf("answering again left the old answer standing: %+v", e)
	}
	if e, ok := s.TakeBack(builder.FieldBoundaries); ok {
		t.Errorf("boundaries were never asked for, yet %+v was taken back", e)
	}
}

// The text of a list cannot be told apart again, so the value is kept beside it.
func TestAnswersKeepTheirValue(t *testing.T) {
	s := newState()
	v := builder.List("calm, but firm", "dry")
	e := builder.Exchange{Question: "Which traits?", Answer: v.String(), Phase: s.Phase, Field: builder.FieldTraits}
	if err := s.Record(e, v, builder.Chosen); err != nil {
		t.Fatal(err)
	}
	b, version, err := s.Encode()
	if err != nil {
		t.Fatal(err)
	}
	d := builder.Draft{SessionID: s.SessionID, SchemaVersion: version, State: b}
	again, err := builder.DecodeState(d)
	if err != nil || again.Conversation[0].Value != v {
		t.Errorf("read again: %+v, %v", again.Conversation, err)
	}
	d.State = []byte(strings.Replace(string(b), `"value":[`, `"value":[{},`, 1))
	if _, problem := builder.StatusOf(d); problem != "conversation[0].value[0] is not a text" {
		t.Errorf("problem = %q", problem)
	}
}
