package builder_test

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/boternity/boternity/builder"
)

func newState() builder.State {
	return builder.NewState(sessionID, "A bot that reviews Go code", builder.Coding)
}

func answer(t tester, s *builder.State, field, text string, source builder.Source) {
	t.Helper()
	e := builder.Exchange{Question: "What " + field + "?", Answer: text, Phase: s.Phase, Field: field}
	if err := s.Record(e, builder.Text(text), source); err != nil {
		t.Fatal(err)
	}
}

func TestNewStateRoundTrips(t *testing.T) {
	s := newState()
	again := decode(t, encode(t, &s))
	if encode(t, &again) != encode(t, &s) {
		t.Error("a new state changed on the way through its JSON")
	}
	var zero builder.State
	if got := encode(t, &zero); strings.Contains(got, `"skills":null`) || strings.Contains(got, `"conversation":null`) || strings.Contains(got, `"phase_history":null`) {
		t.Errorf("a required list is null: %s", got)
	}
}

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

func TestMoveTo(t *testing.T) {
	p := builder.Phases()
	basics, personality, model, skills, review := p[0], p[1], p[2], p[3], p[4]
	for _, c := range []struct {
		moves []builder.Phase
		want  []builder.Phase
	}{
		{nil, nil},
		{[]builder.Phase{basics}, nil},
		{[]builder.Phase{personality, model}, []builder.Phase{basics, personality}},
		{[]builder.Phase{model, review}, []builder.Phase{basics, model}},
		{[]builder.Phase{personality, model, skills, personality}, []builder.Phase{basics}},
		{[]builder.Phase{personality, model, skills, basics}, nil},
		{[]builder.Phase{personality, model, personality, model, review}, []builder.Phase{basics, personality, model}},
		{[]builder.Phase{skills, model}, []builder.Phase{basics}}, // to a phase that was skipped
		{[]builder.Phase{personality, skills, review, model}, []builder.Phase{basics, personality}},
	} {
		s := newState()
		for _, m := range c.moves {
			s.MoveTo(m)
			if s.Phase != m {
				t.Errorf("%v: the phase is %s", c.moves, s.Phase)
			}
		}
		if !slices.Equal(s.PhaseHistory, c.want) {
			t.Errorf("%v: history %v, want %v", c.moves, s.PhaseHistory, c.want)
		}
	}
}

func TestPhases(t *testing.T) {
	p := builder.Phases()
	for i := range p {
		for j := range p {
			if p[i].Before(p[j]) != (i < j) {
				t.Errorf("%s before %s: %v", p[i], p[j], i >= j)
			}
		}
		if !p[i].Valid() {
			t.Errorf("%s is not valid", p[i])
		}
	}
	p[0] = "changed"
	if builder.Phase("changed").Valid() || builder.Phase("").Valid() || builder.Phases()[0] != builder.PhaseBasics {
		t.Error("the phases can be changed from outside")
	}
}

func TestRecent(t *testing.T) {
	s := newState()
	if s.Recent() != "" {
		t.Errorf("nothing was asked, yet %q", s.Recent())
	}
	for _, name := range []string{"one", "two", "three", "four", "five", "six"} {
		s.Conversation = append(s.Conversation, builder.Exchange{Question: name + "?", Answer: name, Phase: builder.PhaseBasics})
	}
	s.Conversation[3].Superseded = true
	want := "Q: one? A: one\nQ: two? A: two\nQ: three? A: three\nQ: five? A: five\nQ: six? A: six"
	if got := s.Recent(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	answer(t, &s, builder.FieldTone, "formal", builder.Chosen)
	if got := s.Recent(); strings.Contains(got, "A: one") || !strings.HasSuffix(got, "A: formal") || strings.Count(got, "\n") != 4 {
		t.Errorf("not the last five:\n%s", got)
	}
}

func TestMissing(t *testing.T) {
	s := newState()
	needed := []string{builder.FieldTone, builder.FieldName, builder.FieldSkills, builder.FieldModel}
	answer(t, &s, builder.FieldName, "x", builder.Chosen)
	if got, want := s.Missing(needed), []string{builder.FieldTone, builder.FieldSkills, builder.FieldModel}; !slices.Equal(got, want) {
		t.Errorf("Missing: %v, want %v", got, want)
	}
	if err := s.Set(builder.FieldSkills, builder.List(), builder.Chosen); err != nil {
		t.Fatal(err)
	}
	if got, want := s.Missing(needed), []string{builder.FieldTone, builder.FieldModel}; !slices.Equal(got, want) {
		t.Errorf("Missing: %v, want %v; no skills is an answer", got, want)
	}
	if !slices.Equal(needed, []string{builder.FieldTone, builder.FieldName, builder.FieldSkills, builder.FieldModel}) {
		t.Errorf("the caller's list was changed to %v", needed)
	}
}

func TestDecline(t *testing.T) {
	s := newState()
	s.Decline(builder.FieldTone, builder.Text("formal"))
	s.Decline(builder.FieldTone, builder.Text("formal"))
	s.Decline(builder.FieldModel, builder.Text("formal"))
	s.Decline(builder.FieldModel, builder.Value{})
	if len(s.Declined) != 2 {
		t.Errorf("declined: %+v", s.Declined)
	}
	again := decode(t, encode(t, &s))
	if len(again.Declined) != 2 || again.Declined[1].Field != builder.FieldModel {
		t.Errorf("declined: %+v", again.Declined)
	}
}

func TestChoices(t *testing.T) {
	s := newState()
	if got := s.Choices(); len(got) != 0 {
		t.Errorf("nothing is decided, yet %v", got)
	}
	answer(t, &s, builder.FieldTone, "formal", builder.Accepted)
	for field, v := range map[string]builder.Value{
		builder.FieldTemperature: builder.Number(0.2), builder.FieldTraits: builder.List("calm", "exact"), builder.FieldSkills: builder.List(),
	} {
		if err := s.Set(field, v, builder.Default); err != nil {
			t.Fatal(err)
		}
	}
	model := "m"
	s.Config.Model = &model // as another program leaves it: with nothing that explains it
	s.Config.Name = &model
	s.Conversation = append(s.Conversation, builder.Exchange{Answer: "m", Field: builder.FieldName, Phase: builder.PhaseBasics})

	got := map[string]string{}
	for field, c := range s.Choices() {
		got[field] = c.Value.String() + " " + string(c.Source)
	}
	want := map[string]string{"tone": "formal accepted", "temperature": "0.2 default", "traits": "calm, exact default",
		"skills": " default", "model": "m imported", "name": "m chosen"}
	if !maps.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

func TestSourceDecided(t *testing.T) {
	for source, want := range map[builder.Source]bool{
		builder.Chosen: true, builder.Accepted: true, builder.Imported: true, builder.Default: false, "": false, "guessed": false,
	} {
		if source.Decided() != want {
			t.Errorf("%q decided: %v", source, !want)
		}
	}
}

func TestSetCategory(t *testing.T) {
	s := decode(t, everyMember)
	s.SetCategory(builder.Custom(secret))
	if got := encode(t, &s); !strings.Contains(got, `"purpose_category":{"custom":"Zanzibar","Zanzibar":"Zanzibar"}`) {
		t.Errorf("the same category lost its unknown member: %s", got)
	}
	s.SetCategory(builder.Research)
	if got := encode(t, &s); s.Category() != builder.Research || !strings.Contains(got, `"purpose_category":"research"`) {
		t.Errorf("category: %v, %s", s.Category(), got)
	}
}

func TestCloneIsApart(t *testing.T) {
	s := decode(t, everyMember)
	before := encode(t, &s)
	c := s.Clone()
	if encode(t, &c) != before {
		t.Fatal("the clone is another state")
	}
	for _, field := range []string{builder.FieldTone, builder.FieldName, builder.FieldModel} {
		answer(t, &c, field, "other", builder.Accepted)
	}
	c.TakeBack(builder.FieldTone)
	c.MoveTo(builder.PhaseBasics)
	c.MoveTo(builder.PhaseReview)
	c.Config.Skills[0].Name = "other"
	c.Declined[0].Field = "other"
	c.Confirmed["other"] = builder.Text("other")
	if encode(t, &s) != before {
		t.Errorf("changing the clone changed the original:\n%s\n%s", before, encode(t, &s))
	}
}

func TestEncodeNamesWhatItCannotWrite(t *testing.T) {
	for field, change := range map[string]func(s *builder.State){
		"initial_description":    func(s *builder.State) { s.Description = secret + "\xff" },
		"conversation[0].answer": func(s *builder.State) { s.Conversation = []builder.Exchange{{Answer: secret + "\xff"}} },
		"config.traits[1]":       func(s *builder.State) { s.Config.Traits = []string{"", secret + "\xff"} },
		"state":                  func(s *builder.State) { s.Unknown = []byte(`{"phase":"` + secret + `"}`) },
	} {
		s := newState()
		change(&s)
		_, _, err := s.Encode()
		var invalid *builder.InvalidError
		if !errors.As(err, &invalid) || invalid.Field != field {
			t.Errorf("%v, want an InvalidError of %s", err, field)
		}
		wantNoSecret(t, err)
	}
}
