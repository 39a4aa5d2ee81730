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

func TestDeclinedAreBounded(t *testing.T) {
	s := newState()
	for i := range builder.MaxDeclined + 5 {
		s.Decline(builder.FieldTone, builder.Number(float64(i)))
	}
	if len(s.Declined) != builder.MaxDeclined || s.Declined[0].Value != builder.Number(5) {
		t.Errorf("%d declined, from %v on", len(s.Declined), s.Declined[0].Value)
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
