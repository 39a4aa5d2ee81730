package builder_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
)

// wantRefused checks that nobody takes the state for readable: not the decoder,
// not a listing, not a save; that all name the place; and that none repeats the
// user's words.
func wantRefused(t *testing.T, d builder.Draft, field, problem string) {
	t.Helper()
	_, err := builder.DecodeState(d)
	var unreadable *builder.UnreadableError
	if !errors.As(err, &unreadable) || !errors.Is(err, builder.ErrUnreadable) {
		t.Fatalf("DecodeState: %v, not an UnreadableError", err)
	}
	wantNoSecret(t, err)
	if unreadable.SessionID != d.SessionID {
		t.Errorf("DecodeState: the error names session %s", unreadable.SessionID)
	}
	if !strings.HasPrefix(unreadable.Problem, field+" "+problem) {
		t.Errorf("DecodeState: %q, want %q", unreadable.Problem, field+" "+problem)
	}

	if status, problem := builder.StatusOf(d); status != builder.StatusUnreadable || problem != unreadable.Problem {
		t.Errorf("StatusOf: %s, %q, want unreadable, %q", status, problem, unreadable.Problem)
	}

	_, err = builder.CheckSave(d)
	var invalid *builder.InvalidError
	if !errors.As(err, &invalid) || !errors.Is(err, builder.ErrInvalid) {
		t.Fatalf("CheckSave: %v, not an InvalidError", err)
	}
	wantNoSecret(t, err)
	if invalid.Field != field {
		t.Errorf("CheckSave names %q, want %q", invalid.Field, field)
	}
}

func TestEveryMemberReadable(t *testing.T) {
	s := decode(t, everyMember)
	if missing := lost(tree(t, everyMember), tree(t, encode(t, &s)), ""); missing != nil {
		t.Errorf("lost: %v", missing)
	}
}

// memberKinds says what a member may be: any of the letters n (null), t (true
// or false), 0 (number), " (text), [ (array), { (object).
var memberKinds = map[string]string{
	"session_id": ``, "phase": ``, "initial_description": `"`, "purpose_category": `n{`, "purpose_category.custom": `"`,
	"conversation": `[`, "conversation[0].question": `"`, "conversation[0].answer": `"`, "conversation[0].phase": ``,
	"conversation[0].field": `"`, "conversation[0].superseded": `t`,
	"config": `{`, "config.name": `n"`, "config.description": `n"`, "config.category": `n"`, "config.tags": `n[`,
	"config.tone": `n"`, "config.traits": `n[`, "config.purpose": `n"`, "config.boundaries": `n"`, "config.model": `n"`,
	"config.temperature": `n0`, "config.max_tokens": `n0`, "config.skills": `[`,
	"config.skills[0].name": `"`, "config.skills[0].description": `"`, "config.skills[0].skill_type": `"`,
	"phase_history": `[`, "sources": `n{`, "sources.tone": `"`,
	"declined": `n[`, "declined[0].field": `"`, "declined[0].value": `0"[`,
	"confirmed": `n{`, "confirmed.model": `0"[`, "bot_slug": `n"`,
	"replaces": `n{`, "replaces.slug": `"`, "replaces.session_id": `n`, "replaces.values": `n{`, "replaces.values.tone": `0"[`,
}

// Every member, given every kind of value that it may not be.
func TestWrongTypes(t *testing.T) {
	kinds := map[string]string{
		"n": `null`, "t": `true`, "0": `7`, `"`: `"Zanzibar"`, "[": `["Zanzibar"]`, "{": `{"Zanzibar":"Zanzibar"}`,
	}
	for path, allowed := range memberKinds {
		for kind, value := range kinds {
			if strings.Contains(allowed, kind) {
				continue
			}
			t.Run(path+"="+kind, func(t *testing.T) {
				wantRefused(t, draftOf(withMember(t, everyMember, path, value)), path, "is ")
			})
		}
	}
}

// The table above leaves no member out.
func TestWrongTypesCoversEveryMember(t *testing.T) {
	for object, names := range objectsOfState {
		if object == "sources" || object == "confirmed" || object == "replaces.values" {
			continue // all their members are read alike
		}
		for _, name := range names {
			if _, ok := memberKinds[place(object, name)]; !ok {
				t.Errorf("%s has no kinds", place(object, name))
			}
		}
	}
}

func TestNullIsNamed(t *testing.T) {
	for _, path := range []string{"session_id", "phase", "initial_description", "conversation", "config", "phase_history", "config.skills",
		"conversation[0].question", "conversation[0].answer", "conversation[0].phase", "config.skills[0].name"} {
		wantRefused(t, draftOf(withMember(t, everyMember, path, "null")), path, "is null, not a")
	}
}

func TestWrongElements(t *testing.T) {
	for _, c := range []struct{ path, value, field string }{
		{"conversation", `[null]`, "conversation[0]"},
		{"conversation", `[{"question":"","answer":"","phase":"basics"},7]`, "conversation[1]"},
		{"conversation", `[{"question":"","answer":"","phase":"Zanzibar"}]`, "conversation[0].phase"},
		{"phase_history", `["basics",null]`, "phase_history[1]"},
		{"phase_history", `["Basics"]`, "phase_history[0]"},
		{"config.tags", `["a","b",null]`, "config.tags[2]"},
		{"config.traits", `[["Zanzibar"]]`, "config.traits[0]"},
		{"config.skills", `["Zanzibar"]`, "config.skills[0]"},
		{"declined", `[null]`, "declined[0]"},
		{"declined[0].value", `["Zanzibar",1]`, "declined[0].value[1]"},
		{"confirmed", `{"tone":null}`, "confirmed.tone"},
		{"confirmed", `{"Zanzibar":null}`, "confirmed"},
		{"sources", `{"Zanzibar":7}`, "sources"},
	} {
		t.Run(c.path+c.value, func(t *testing.T) {
			wantRefused(t, draftOf(withMember(t, everyMember, c.path, c.value)), c.field, "is ")
		})
	}
}

func TestAbsentMembers(t *testing.T) {
	required := map[string]bool{}
	for _, path := range []string{"session_id", "phase", "initial_description", "conversation", "config", "phase_history",
		"purpose_category.custom", "conversation[0].question", "conversation[0].answer", "conversation[0].phase",
		"config.skills[0].name", "declined[0].field", "declined[0].value", "replaces.slug"} {
		required[path] = true
	}
	for path := range memberKinds {
		t.Run(path, func(t *testing.T) {
			state := withoutMember(t, everyMember, path)
			if required[path] {
				wantRefused(t, draftOf(state), path, "is missing")
				return
			}
			s := decode(t, state)
			if missing := lost(tree(t, state), tree(t, encode(t, &s)), ""); missing != nil {
				t.Errorf("lost: %v", missing)
			}
		})
	}
}

func TestDuplicateNames(t *testing.T) {
	for _, c := range []struct{ old, new, field string }{
		{`"phase":"skills"`, `"phase":"skills","phase":"skills"`, "state"},
		{`"phase":"skills"`, `"phase":"skills","\u0070hase":"review"`, "state"},
		{`"Zanzibar":{`, `"Zanzibar":1,"Zanzibar":{`, "state"},
		{`{"custom":`, `{"custom":"","custom":`, "purpose_category"},
		{`{"question":`, `{"question":"","question":`, "conversation[0]"},
		{`"config":{`, `"config":{"tone":null,`, "config"},
		{`"skill_type":"local"`, `"skill_type":"local","skill_type":"local"`, "config.skills[0]"},
		{`"sources":{`, `"sources":{"tone":"chosen",`, "sources"},
		{`"sources":{`, `"sources":{"Zanzibar":"a",`, "sources"},
		{`{"field":"tone"`, `{"field":"tone","field":"tone"`, "declined[0]"},
		{`"confirmed":{`, `"confirmed":{"Zanzibar":"a",`, "confirmed"},
		{`"replaces":{`, `"replaces":{"slug":"a",`, "replaces"},
		// Inside members that this program does not know.
		{`[{"Zanzibar":1}]`, `[{"Zanzibar":1,"Zanzibar":1}]`, "state"},
		{`"superseded":true,"Zanzibar":"Zanzibar"`, `"superseded":true,"Zanzibar":{"a":{"b":1,"b":2}}`, "conversation[0]"},
	} {
		t.Run(c.new, func(t *testing.T) {
			wantRefused(t, draftOf(strings.Replace(everyMember, c.old, c.new, 1)), c.field, "has a duplicate name")
		})
	}
}

// A name that differs from a known one in case only, beside it or in its place.
func TestNamesInAnotherCase(t *testing.T) {
	for object, names := range objectsOfState {
		for _, name := range names {
			for _, other := range []string{strings.ToUpper(name), strings.ToUpper(name[:1]) + name[1:]} {
				t.Run(place(object, other), func(t *testing.T) {
					state := withMember(t, everyMember, place(object, other), `"Zanzibar"`)
					wantRefused(t, draftOf(state), place(object, name), "is spelt in another case")
				})
			}
		}
	}
	// The long s is an s in another case.
	wantRefused(t, draftOf(withMember(t, everyMember, "ſources", `{}`)), "sources", "is spelt in another case")
}

func TestValuesOutOfRange(t *testing.T) {
	for _, c := range []struct{ path, value, problem string }{
		{"config.max_tokens", `4294967296`, "is not a whole number"},
		{"config.max_tokens", `99999999999999999999999`, "is not a whole number"},
		{"config.max_tokens", `1e3`, "is not a whole number"},
		{"config.max_tokens", `4096.0`, "is not a whole number"},
		{"config.max_tokens", `-1`, "is not a whole number"},
		{"config.max_tokens", `-0`, "is not a whole number"},
		{"config.temperature", `1e999`, "is out of range"},
		{"config.temperature", `-1e999`, "is out of range"},
		{"declined[0].value", `1e999`, "is out of range"},
		{"session_id", `"Zanzibar"`, "is not a UUID"},
		{"session_id", `"urn:Zanz:0195b2a4-0000-7000-8000-00000000000a"`, "is not a UUID"},
		{"session_id", `"(0195b2a4-0000-7000-8000-00000000000a)"`, "is not a UUID"},
		{"session_id", `"00000000-0000-0000-0000-000000000000"`, "is that of another session"},
		{"session_id", `"0195b2a4-0000-7000-8000-00000000000b"`, "is that of another session"},
		{"replaces.session_id", `"Zanzibar"`, "is not a UUID"},
		{"replaces.slug", `""`, "is empty"},
		{"replaces.slug", `".Zanzibar"`, "begins with a dot"},
		{"replaces.slug", `".."`, "begins with a dot"},
		{"replaces.slug", `"../Zanzibar"`, "begins with a dot"},
		{"replaces.slug", `"/Zanzibar"`, "holds a slash"},
		{"replaces.slug", `"Zanzibar/Zanzibar"`, "holds a slash"},
		{"replaces.slug", `"Zanzibar\\Zanzibar"`, "holds a slash"},
		{"replaces.slug", `"` + strings.Repeat("z", 256) + `"`, "is too long"},
		{"replaces.values.tone", `1e999`, "is out of range"},
		{"phase", `"Skills"`, "is not a phase"},
		{"phase", `""`, "is not a phase"},
		{"purpose_category", `"Zanzibar"`, "is not a purpose category"},
		{"purpose_category", `"Coding"`, "is not a purpose category"},
		{"purpose_category", `"custom"`, "is not a purpose category"},
	} {
		t.Run(c.path+"="+c.value, func(t *testing.T) {
			wantRefused(t, draftOf(withMember(t, everyMember, c.path, c.value)), c.path, c.problem)
		})
	}
}

// What no JSON text may hold, in a value and in a name, known and unknown.
func TestMalformedTexts(t *testing.T) {
	const malformed, nul = "is not a well-formed text", "holds a NUL"
	for _, c := range []struct{ old, new, field, problem string }{
		{`"initial_description":"`, "\"initial_description\":\"\xff", "initial_description", malformed},
		{`"initial_description":"`, "\"initial_description\":\"\xed\xa0\x80", "initial_description", malformed},
		{`"initial_description":"`, `"initial_description":"\ud800`, "initial_description", malformed},
		{`"initial_description":"`, `"initial_description":"\udc00\ud800`, "initial_description", malformed},
		{`"initial_description":"`, `"initial_description":"\u0000`, "initial_description", nul},
		{`"initial_description":"`, "\"initial_description\":\"\x00", "initial_description", malformed},
		{`"initial_description":"`, "\"initial_description\":\"\n", "initial_description", malformed},
		{`"answer":"`, `"answer":"\ud83d`, "conversation[0].answer", malformed},
		{`"answer":"`, `"answer":"\u0000`, "conversation[0].answer", nul},
		{`"tags":["`, `"tags":["\u0000`, "config.tags[0]", nul},
		{`{"custom":"`, `{"custom":"\u0000`, "purpose_category.custom", nul},
		{`"skill_type":"`, "\"skill_type\":\"\xc0\x80", "config.skills[0].skill_type", malformed},
		{`"Zanzibar":{`, "\"\xff\":1,\"Zanzibar\":{", "state", malformed},
		{`"Zanzibar":{`, `"\ud800":1,"Zanzibar":{`, "state", malformed},
		{`[{"Zanzibar":1}]`, "[{\"Zanzibar\":\"\xff\"}]", "state", "is not well-formed JSON"},
		{`[{"Zanzibar":1}]`, `[{"Zanzibar":"\udfff"}]`, "state", "is not well-formed JSON"},
	} {
		t.Run(fmt.Sprintf("%q", c.new), func(t *testing.T) {
			wantRefused(t, draftOf(strings.Replace(everyMember, c.old, c.new, 1)), c.field, c.problem)
		})
	}
}

func TestNotAState(t *testing.T) {
	for _, c := range []struct{ state, problem string }{
		{``, "ends too early"}, {` `, "ends too early"}, {`{`, "ends too early"}, {everyMember[:len(everyMember)-1], "ends too early"},
		{`null`, "is null"}, {`[]`, "is not an object"}, {`"Zanzibar"`, "is not an object"}, {`7`, "is not an object"}, {`true`, "is not an object"},
		{`Zanzibar`, "is not well-formed"}, {"\xef\xbb\xbf" + everyMember, "is not well-formed"}, {"\xff\xfe", "is not well-formed"},
		{everyMember + `{}`, "is followed by"}, {everyMember + "\n" + everyMember, "is followed by"}, {everyMember + ` null`, "is followed by"},
		{everyMember + `Zanzibar`, "is not well-formed"}, {everyMember + `,`, "is not well-formed"}, {everyMember + "\x00", "is not well-formed"},
		{`{,}`, "is not well-formed"}, {`{"Zanzibar" 1}`, "is not well-formed"}, {`{"Zanzibar":Zanzibar}`, "is not well-formed"},
		{strings.Replace(everyMember, `,"phase"`, ` "phase"`, 1), "is not well-formed"},
		{strings.Replace(everyMember, `{"session_id":`, `{"Zanzibar2":`+strings.Repeat("[", 20_000)+strings.Repeat("]", 20_000)+`,"session_id":`, 1), "is not well-formed"},
		{strings.Repeat(`{"Zanzibar":`, 1_000_000), "is not well-formed"},
	} {
		t.Run(fmt.Sprintf("%.40q", c.state), func(t *testing.T) {
			wantRefused(t, draftOf(c.state), "state", c.problem)
		})
	}
}

func TestTruncatedStates(t *testing.T) {
	for end := range len(everyMember) {
		d := draftOf(everyMember[:end])
		if _, err := builder.DecodeState(d); !errors.Is(err, builder.ErrUnreadable) {
			t.Fatalf("cut after %d bytes: %v", end, err)
		} else {
			wantNoSecret(t, err)
		}
	}
}

func TestSchemaVersions(t *testing.T) {
	d := draftOf(everyMember)
	d.SchemaVersion = 0
	wantRefused(t, d, "schema_version", "is 0")

	d.SchemaVersion = builder.CurrentSchemaVersion + 1
	_, err := builder.DecodeState(d)
	var newer *builder.NewerError
	if !errors.As(err, &newer) || !errors.Is(err, builder.ErrNewer) {
		t.Fatalf("DecodeState: %v, not a NewerError", err)
	}
	if newer.Found != 2 || newer.Known != 1 || !strings.Contains(newer.What, sessionID.String()) {
		t.Errorf("NewerError: %+v", newer)
	}
}

func TestStateOfAnotherSession(t *testing.T) {
	d := draftOf(everyMember)
	d.SessionID = uuid.MustParse("0195b2a4-0000-7000-8000-00000000000b")
	wantRefused(t, d, "session_id", "is that of another session")
}
