package builder_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/boternity/boternity/builder"
)

// record answers a question that everyMember has not answered.
func record(t tester, s *builder.State) {
	t.Helper()
	e := builder.Exchange{Question: "What are its limits?", Answer: "none", Phase: builder.PhasePersonality, Field: builder.FieldBoundaries}
	if err := s.Record(e, builder.Text("none"), builder.Chosen); err != nil {
		t.Fatal(err)
	}
	s.MoveTo(builder.PhaseReview)
}

// Any value, under an unknown name, in any object, is there after the session
// went on: to the byte, because another program may tell 1.0 from 1 and knows
// integers that a float64 does not.
func TestUnknownMembersSurvive(t *testing.T) {
	values := []string{
		`null`, `true`, `false`, `"text"`, `""`, `"<&>愛🤖"`, `{}`, `[]`, `[[],{}]`, `{"phase":7,"Phase":8}`,
		`9007199254740993`, `123456789012345678901234567890`, `1.0`, `1e400`, `-0`, `0.10`, `1E+2`,
		`{"deep":[{"deeper":[9007199254740993,1.0]}]}`,
	}
	for object := range objectsOfState {
		if object == "sources" || object == "confirmed" || object == "replaces.values" {
			continue // their members are values of unknown fields, see below
		}
		for _, value := range values {
			t.Run(place(object, value), func(t *testing.T) {
				member := `"later_version":` + value
				state := withMember(t, everyMember, place(object, "later_version"), value)
				if strings.Count(state, member) != 1 {
					t.Fatalf("the test's own state lacks %s:\n%s", member, state)
				}
				s := decode(t, state)
				record(t, &s)
				got := encode(t, &s)
				if strings.Count(got, member) != 1 {
					t.Errorf("%s did not survive:\n%s", member, got)
				}
				decode(t, got)
			})
		}
	}
}

func TestUnknownFieldsSurvive(t *testing.T) {
	for object, value := range map[string]string{"sources": `"guessed"`, "confirmed": `["a",""]`, "replaces.values": `["a",""]`} {
		s := decode(t, withMember(t, everyMember, place(object, "voice"), value))
		record(t, &s)
		if got := encode(t, &s); !strings.Contains(got, `"voice":`+value) {
			t.Errorf("%s.voice did not survive:\n%s", object, got)
		}
	}
}

// An unknown member keeps its spelling of texts as far as JSON allows: what the
// text says.
func TestUnknownTextsKeepTheirMeaning(t *testing.T) {
	state := strings.Replace(everyMember, `"bot_slug"`, `"\u006cater" : [ "\u0041\/\ud83e\udd16\u0000" ],"bot_slug"`, 1)
	s := decode(t, state)
	if missing := lost(tree(t, state), tree(t, encode(t, &s)), ""); missing != nil {
		t.Errorf("lost: %v", missing)
	}
}

func TestOtherSpellingsAreRead(t *testing.T) {
	for what, state := range map[string]string{
		"spaces":           " \n\t" + strings.ReplaceAll(everyMember, ",", " ,\r\n ") + " \n",
		"id in capitals":   withMember(t, everyMember, "session_id", `"0195B2A4-0000-7000-8000-00000000000A"`),
		"id with no lines": withMember(t, everyMember, "session_id", `"0195b2a400007000800000000000000a"`),
		"id as urn":        withMember(t, everyMember, "session_id", `"urn:uuid:0195b2a4-0000-7000-8000-00000000000a"`),
		"id in braces":     withMember(t, everyMember, "session_id", `"{0195b2a4-0000-7000-8000-00000000000a}"`),
		"escaped name":     strings.Replace(everyMember, `"phase":"skills"`, `"\u0070hase":"\u0073kills"`, 1),
		"temperature":      withMember(t, everyMember, "config.temperature", `50E-2`),
		"empty objects":    withMember(t, withMember(t, everyMember, "config", `{}`), "conversation", `[]`),
		"empty optionals":  withMember(t, withMember(t, everyMember, "sources", `{}`), "declined", `[]`),
	} {
		s := decode(t, state)
		if s.SessionID != sessionID || s.Phase != builder.PhaseSkills {
			t.Errorf("%s: read as %v, %v", what, s.SessionID, s.Phase)
		}
		again := decode(t, encode(t, &s))
		if encode(t, &again) != encode(t, &s) {
			t.Errorf("%s: encoding is not stable", what)
		}
	}
}

// A state that lacks everything optional gains nothing but what Boternity
// itself always writes.
func TestAbsentOptionalMembers(t *testing.T) {
	const bare = `{"session_id":"0195b2a4-0000-7000-8000-00000000000a","phase":"basics","initial_description":"","conversation":[],"config":{},"phase_history":[]}`
	const want = `{"session_id":"0195b2a4-0000-7000-8000-00000000000a","phase":"basics","initial_description":"","purpose_category":null,"conversation":[],` +
		`"config":{"name":null,"description":null,"category":null,"tags":null,"tone":null,"traits":null,"purpose":null,"boundaries":null,` +
		`"model":null,"temperature":null,"max_tokens":null,"skills":[]},"phase_history":[]}`
	s := decode(t, bare)
	if got := encode(t, &s); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// Whatever members other programs put at whatever depth, a session that goes on
// here loses none of them.
func TestNothingIsLost(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		state := states.Draw(rt, "state")
		s := decode(rt, state)
		record(rt, &s)
		got := encode(rt, &s)
		want := tree(rt, state)
		// These the answer itself changes.
		delete(want.(map[string]any), "phase")
		if missing := lost(want, tree(rt, got), ""); missing != nil {
			rt.Fatalf("lost: %v\nof  %s\nhave %s", missing, state, got)
		}
		again := decode(rt, got)
		if twice := encode(rt, &again); twice != got {
			rt.Fatalf("encoding is not stable:\n%s\nthen\n%s", got, twice)
		}
	})
}

// The generators below write JSON text rather than values, so that the numbers
// are what they say.
var (
	texts = rapid.Custom(func(t *rapid.T) string {
		s := rapid.StringOfN(rapid.OneOf(rapid.Rune(), rapid.SampledFrom([]rune("a\"\\/<>&\u2028\t\u0001"))), 0, 6, -1).Draw(t, "text")
		return quoted(strings.ReplaceAll(s, "\x00", ""))
	})
	numbers = rapid.StringMatching(`-?(0|[1-9][0-9]{0,24})(\.[0-9]{1,4})?([eE][+-]?[0-9]{1,3})?`)
	// No known name starts with x, in any case.
	unknownNames = rapid.StringMatching(`x[a-zA-Z_é]{0,8}`)
	phaseTexts   = rapid.SampledFrom([]string{`"basics"`, `"personality"`, `"model"`, `"skills"`, `"review"`})
)

func anything(depth int) *rapid.Generator[string] {
	scalars := rapid.OneOf(rapid.SampledFrom([]string{`null`, `true`, `false`}), numbers, texts)
	if depth == 0 {
		return scalars
	}
	return rapid.OneOf(scalars, listOf(anything(depth-1), 3), rapid.Custom(func(t *rapid.T) string {
		return object(t, depth-1)
	}))
}

func listOf(element *rapid.Generator[string], most int) *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		return "[" + strings.Join(rapid.SliceOfN(element, 0, most).Draw(t, "elements"), ",") + "]"
	})
}

// object writes the given members, "name":value each, and unknown ones between
// them.
func object(t *rapid.T, depth int, members ...string) string {
	for _, name := range rapid.SliceOfNDistinct(unknownNames, 0, 3, rapid.ID).Draw(t, "unknown names") {
		value := anything(depth).Draw(t, name)
		at := rapid.IntRange(0, len(members)).Draw(t, "at")
		members = append(members[:at:at], append([]string{`"` + name + `":` + value}, members[at:]...)...)
	}
	return "{" + strings.Join(members, ",") + "}"
}

var states = rapid.Custom(func(t *rapid.T) string {
	exchange := rapid.Custom(func(t *rapid.T) string {
		members := []string{`"question":` + texts.Draw(t, "question"), `"answer":` + texts.Draw(t, "answer"), `"phase":` + phaseTexts.Draw(t, "phase")}
		if rapid.Bool().Draw(t, "ours") {
			members = append(members, `"field":"tone"`, `"superseded":true`)
		}
		return object(t, 2, members...)
	})
	skill := rapid.Custom(func(t *rapid.T) string {
		return object(t, 2, `"name":`+texts.Draw(t, "name"), `"skill_type":"local"`)
	})
	decline := rapid.Custom(func(t *rapid.T) string {
		return object(t, 2, `"field":`+texts.Draw(t, "field"), `"value":`+rapid.OneOf(texts, listOf(texts, 3)).Draw(t, "value"))
	})
	config := []string{`"name":` + texts.Draw(t, "name"), `"traits":` + listOf(texts, 3).Draw(t, "traits"), `"max_tokens":17`}
	if rapid.Bool().Draw(t, "has skills") {
		config = append(config, `"skills":`+listOf(skill, 2).Draw(t, "skills"))
	}
	members := []string{
		`"session_id":"` + sessionID.String() + `"`, `"phase":` + phaseTexts.Draw(t, "phase"), `"initial_description":` + texts.Draw(t, "description"),
		`"conversation":` + listOf(exchange, 3).Draw(t, "conversation"), `"config":` + object(t, 2, config...), `"phase_history":[]`,
	}
	if rapid.Bool().Draw(t, "has the optional ones") {
		members = append(members, `"replaces":`+object(t, 2, `"slug":"a b"`, `"session_id":"`+sessionID.String()+`"`, `"values":{"tone":`+texts.Draw(t, "old tone")+`,"x":7}`))
		members = append(members, `"purpose_category":`+object(t, 2, `"custom":`+texts.Draw(t, "custom")),
			`"declined":[`+decline.Draw(t, "decline")+`]`, `"sources":{"tone":"chosen","x":`+texts.Draw(t, "source")+`}`)
	}
	return object(t, 3, members...)
})
