package builder_test

import (
	"errors"
	"maps"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
)

// everyEntryMember is an entry with every member that this program knows, and
// an unknown one in every object.
const everyEntryMember = `{"id":"0195b2a4-0000-7000-8000-00000000000a","purpose_category":{"custom":"Zanzibar"},"initial_description":"Zanzibar",` +
	`"chosen_tone":"Zanzibar","chosen_model":null,"chosen_skills":["Zanzibar"],"bot_slug":"Zanzibar","created_at":"2026-02-19T22:32:01.123456Z",` +
	`"choices":{"skills":{"value":["Zanzibar"],"source":"chosen"},"temperature":{"value":0.5,"source":"default"},` +
	`"tone":{"value":"Zanzibar","source":"Zanzibar","Zanzibar":9007199254740993},"voice":{"value":"Zanzibar","source":"chosen"}},` +
	`"declined":[{"field":"tone","value":"formal","Zanzibar":1.0}],"Zanzibar":{"Zanzibar":[1e400]}}`

func readEntry(t tester, text string) builder.MemoryEntry {
	t.Helper()
	var e builder.MemoryEntry
	if err := e.UnmarshalJSON([]byte(text)); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return e
}

func writeEntry(t tester, e builder.MemoryEntry) string {
	t.Helper()
	b, err := builder.EncodeEntry(e)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestEntryRoundTrip(t *testing.T) {
	e := readEntry(t, everyEntryMember)
	if got := writeEntry(t, e); got != everyEntryMember {
		t.Errorf("got  %s\nwant %s", got, everyEntryMember)
	}
	if err := builder.CheckEntry(e); err != nil {
		t.Errorf("CheckEntry: %v", err)
	}
	back := builder.DecodeEntry(e.ID, time.Time{}, []byte(everyEntryMember))
	if !reflect.DeepEqual(back, e) {
		t.Errorf("DecodeEntry: %+v\nnot %+v", back, e)
	}
	for what, ok := range map[string]bool{
		"id": e.ID == sessionID, "category": e.Category == builder.Custom(secret), "description": e.Description == secret,
		"slug": *e.BotSlug == secret, "created": e.CreatedAt.Equal(time.Date(2026, 2, 19, 22, 32, 1, 123456000, time.UTC)),
		"choices": len(e.Choices) == 4, "tone": e.Choices["tone"].Value == builder.Text(secret) && e.Choices["tone"].Source == secret,
		"skills":   e.Choices["skills"].Value == builder.List(secret) && e.Choices["skills"].Source == builder.Chosen,
		"declined": len(e.Declined) == 1 && e.Declined[0].Value == builder.Text("formal"),
		"unknown":  string(e.Unknown) == `{"Zanzibar":{"Zanzibar":[1e400]}}`,
	} {
		if !ok {
			t.Errorf("%s is not what the JSON says: %+v", what, e)
		}
	}
}

func TestEntryOfNothingRoundTrips(t *testing.T) {
	e := builder.MemoryEntry{ID: sessionID}
	want := `{"id":"0195b2a4-0000-7000-8000-00000000000a","purpose_category":null,"initial_description":"","chosen_tone":null,"chosen_model":null,` +
		`"chosen_skills":[],"bot_slug":null,"created_at":"0001-01-01T00:00:00.000000Z","choices":{}}`
	if got := writeEntry(t, e); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if back := readEntry(t, want); !back.CreatedAt.IsZero() || len(back.Choices) != 0 || writeEntry(t, back) != want {
		t.Errorf("came back as %+v", back)
	}
}

// Boternity's entries have chosen_ members and no choices.
func TestEntryOfTheOlderForm(t *testing.T) {
	const head = `{"id":"0195b2a4-0000-7000-8000-00000000000a","initial_description":"d","created_at":"2026-02-19T22:32:01.123456789+00:00"`
	for members, want := range map[string]map[string]builder.Value{
		``:                  {},
		`,"choices":null`:   {},
		`,"choices":{}`:     {},
		`,"chosen_tone":""`: {"tone": builder.Text("")},
		`,"chosen_tone":"formal","chosen_model":"m","chosen_skills":["a","b"],"bot_slug":"s"`: {
			"tone": builder.Text("formal"), "model": builder.Text("m"), "skills": builder.List("a", "b")},
		`,"chosen_tone":null,"chosen_model":null,"chosen_skills":null`: {},
		`,"chosen_skills":[]`:                  {"skills": builder.List()},
		`,"chosen_tone":"formal","choices":{}`: {},
		`,"choices":{"tone":{"value":"x","source":"imported"}},"chosen_tone":"y"`: {"tone": builder.Text("x")},
	} {
		e := readEntry(t, head+members+`}`)
		got := map[string]builder.Value{}
		for field, c := range e.Choices {
			got[field] = c.Value
			if c.Source != builder.Imported {
				t.Errorf("%s: %s counts as %s", members, field, c.Source)
			}
		}
		if !maps.Equal(got, want) {
			t.Errorf("%s: %v, want %v", members, got, want)
		}
		if e.CreatedAt.Nanosecond() != 123456000 || e.CreatedAt.Location() != time.UTC {
			t.Errorf("the time is %v", e.CreatedAt)
		}
		if again := readEntry(t, writeEntry(t, e)); !reflect.DeepEqual(again, e) {
			t.Errorf("%s: came back as %+v", members, again)
		}
	}
}

func TestEntryJSONInsideOther(t *testing.T) {
	b, err := json.Marshal(map[string][]builder.MemoryEntry{"entries": {readEntry(t, everyEntryMember)}})
	if err != nil || string(b) != `{"entries":[`+everyEntryMember+`]}` {
		t.Errorf("%s, %v", b, err)
	}
	var back map[string][]builder.MemoryEntry
	if err := json.Unmarshal(b, &back); err != nil || writeEntry(t, back["entries"][0]) != everyEntryMember {
		t.Errorf("%+v, %v", back, err)
	}
}

func TestEntryProblemIsDerived(t *testing.T) {
	e := readEntry(t, strings.Replace(everyEntryMember, `{"id"`, `{"problem":"old","id"`, 1))
	if e.Problem != "" {
		t.Errorf("a problem was imported: %q", e.Problem)
	}
	e.Problem = "is broken"
	shown, err := e.MarshalJSON()
	if err != nil || !strings.Contains(string(shown), `"problem":"is broken"`) {
		t.Errorf("the problem is not shown: %s, %v", shown, err)
	}
	if stored := writeEntry(t, e); strings.Contains(stored, "problem") {
		t.Errorf("the problem is stored: %s", stored)
	}
}

func TestDecodeEntryOfGarbage(t *testing.T) {
	at := time.UnixMicro(5).UTC()
	for _, c := range []struct{ old, new, field string }{
		{everyEntryMember, ``, "entry"}, {everyEntryMember, `null`, "entry"}, {everyEntryMember, `["Zanzibar"]`, "entry"},
		{everyEntryMember, everyEntryMember + `{}`, "entry"}, {everyEntryMember, everyEntryMember[:99], "entry"}, {everyEntryMember, "\xff", "entry"},
		{`{"id"`, `{"Zanzibar2":1,"Zanzibar2":2,"id"`, "entry"},
		{`"initial_description":"Z`, "\"initial_description\":\"\xff", "initial_description"},
		{`"initial_description":"Z`, `"initial_description":"\u0000`, "initial_description"},
		{`"initial_description":"Zanzibar",`, ``, "initial_description"},
		{`"initial_description"`, `"Initial_description"`, "initial_description"},
		{`00000000000a`, `00000000000b`, "id"}, {`"id":"0195`, `"id":"Zanz`, "id"},
		{`2026-02-19T`, `2026-02-30T`, "created_at"}, {`2026-02-19T22:32:01.123456Z`, ``, "created_at"}, {`01.123456Z`, `01`, "created_at"},
		// In UTC these are of the years -1 and 10000.
		{`2026-02-19T22:32:01.123456Z`, `0000-01-01T00:00:00+00:01`, "created_at"}, {`2026-02-19T22:32:01.123456Z`, `9999-12-31T23:59:59-00:01`, "created_at"},
		{`{"custom":`, `{"Zanzibar":`, "purpose_category.custom"}, {`{"custom":"Zanzibar"}`, `"Zanzibar"`, "purpose_category"},
		{`"chosen_tone":"Zanzibar"`, `"chosen_tone":["Zanzibar"]`, "chosen_tone"},
		{`"chosen_skills":["Zanzibar"]`, `"chosen_skills":[7]`, "chosen_skills[0]"},
		{`"chosen_skills":["Zanzibar"]`, `"chosen_skills":{"Zanzibar":7}`, "chosen_skills"},
		{`"choices":{`, `"choices":{"Tone":null,`, "choices.tone"},
		{`"choices":{`, `"choices":{"Zanzibar":null,`, "choices"},
		{`"value":0.5,`, ``, "choices.temperature.value"}, {`"value":0.5`, `"value":null`, "choices.temperature.value"},
		{`"source":"default"`, `"source":7`, "choices.temperature.source"}, {`"source":"default"`, `"Source":""`, "choices.temperature.source"},
		{`"value":"formal"`, `"value":null`, "declined[0].value"}, {`[{"field"`, `[null,{"field"`, "declined[0]"},
	} {
		text := strings.Replace(everyEntryMember, c.old, c.new, 1)
		e := builder.DecodeEntry(sessionID, at, []byte(text))
		if !strings.HasPrefix(e.Problem, c.field+" ") || strings.Contains(e.Problem, secret) {
			t.Errorf("%s: problem %q, want one of %s", c.new, e.Problem, c.field)
		}
		want := builder.MemoryEntry{ID: sessionID, CreatedAt: at, Problem: e.Problem}
		if !reflect.DeepEqual(e, want) {
			t.Errorf("%s: %+v", c.new, e)
		}
		if strings.HasSuffix(c.new, "00b") {
			continue // readable, but another entry's
		}
		var direct builder.MemoryEntry
		if err := direct.UnmarshalJSON([]byte(text)); !errors.Is(err, builder.ErrInvalid) || !reflect.DeepEqual(direct, builder.MemoryEntry{}) {
			t.Errorf("%s: UnmarshalJSON: %v, %+v", c.new, err, direct)
		}
	}
}

func TestCheckEntry(t *testing.T) {
	long := strings.Repeat("a", builder.MaxAnswer+1)
	for field, change := range map[string]func(e *builder.MemoryEntry){
		"id":                  func(e *builder.MemoryEntry) { e.ID = uuid.Nil },
		"initial_description": func(e *builder.MemoryEntry) { e.Description = strings.Repeat("a", builder.MaxDescription+1) },
		"purpose_category":    func(e *builder.MemoryEntry) { e.Category = builder.Custom(secret + "\x00") },
		"bot_slug":            func(e *builder.MemoryEntry) { e.BotSlug = &long },
		"created_at":          func(e *builder.MemoryEntry) { e.CreatedAt = time.Date(12026, 1, 1, 0, 0, 0, 0, time.UTC) },
		"choices.tone.value":  func(e *builder.MemoryEntry) { e.Choices["tone"] = builder.Choice{Source: builder.Chosen} },
		"choices.tone":        func(e *builder.MemoryEntry) { e.Choices["TONE"] = builder.Choice{Value: builder.Text("x")} },
		"declined[0].value":   func(e *builder.MemoryEntry) { e.Declined = []builder.Decline{{Field: "tone"}} },
		"declined[1].field": func(e *builder.MemoryEntry) {
			e.Declined = append(e.Declined, builder.Decline{Field: secret + "\x00", Value: builder.Text("")})
		},
		"entry": func(e *builder.MemoryEntry) { e.Unknown = []byte(`{"id":"` + secret + `"}`) },
	} {
		e := readEntry(t, everyEntryMember)
		change(&e)
		err := builder.CheckEntry(e)
		var invalid *builder.InvalidError
		if !errors.As(err, &invalid) || invalid.Field != field {
			t.Errorf("%v, want an InvalidError of %s", err, field)
		}
		wantNoSecret(t, err)
	}

	e := readEntry(t, everyEntryMember)
	e.Choices["traits"] = builder.Choice{Value: builder.List(strings.Repeat("a", builder.MaxEntry))}
	var invalid *builder.InvalidError
	if err := builder.CheckEntry(e); !errors.As(err, &invalid) || invalid.Field != "entry" || invalid.Limit != builder.MaxEntry {
		t.Errorf("a huge entry: %v", err)
	}
}

func TestSameEntry(t *testing.T) {
	stored := readEntry(t, everyEntryMember)
	for what, c := range map[string]struct {
		change func(e *builder.MemoryEntry)
		same   bool
	}{
		"itself":           {func(*builder.MemoryEntry) {}, true},
		"no time":          {func(e *builder.MemoryEntry) { e.CreatedAt = time.Time{} }, true},
		"time with nanos":  {func(e *builder.MemoryEntry) { e.CreatedAt = e.CreatedAt.Add(999) }, true},
		"other zone":       {func(e *builder.MemoryEntry) { e.CreatedAt = e.CreatedAt.In(time.FixedZone("", 7200)) }, true},
		"other time":       {func(e *builder.MemoryEntry) { e.CreatedAt = e.CreatedAt.Add(time.Second) }, false},
		"other words":      {func(e *builder.MemoryEntry) { e.Description = "x" }, false},
		"other source":     {func(e *builder.MemoryEntry) { c := e.Choices["tone"]; c.Source = "x"; e.Choices["tone"] = c }, false},
		"unknown dropped":  {func(e *builder.MemoryEntry) { e.Unknown = nil }, false},
		"declined dropped": {func(e *builder.MemoryEntry) { e.Declined = nil }, false},
	} {
		given := readEntry(t, everyEntryMember)
		c.change(&given)
		if same, err := builder.SameEntry(stored, given); err != nil || same != c.same {
			t.Errorf("%s: same %v, %v", what, same, err)
		}
	}
	broken := builder.DecodeEntry(stored.ID, stored.CreatedAt, nil)
	if same, err := builder.SameEntry(broken, broken); err != nil || same {
		t.Errorf("an unreadable entry is the same as another: %v, %v", same, err)
	}
}

func TestPreferences(t *testing.T) {
	p := builder.Preferences{
		{Field: "tone", Value: builder.Text("formal"), Never: true}, {Field: "tone", Value: builder.Text("casual")}, {Field: "traits", Value: builder.Text("calm"), Never: true},
	}
	for _, c := range []struct {
		field string
		value builder.Value
		want  bool
	}{
		{"tone", builder.Text("formal"), true}, {"tone", builder.Text("casual"), false}, {"traits", builder.Text("calm"), true},
		{"tone", builder.Text("calm"), false}, {"traits", builder.List("calm"), false}, {"model", builder.Text("formal"), false},
	} {
		if p.Never(c.field, c.value) != c.want {
			t.Errorf("never %s %v: %v", c.field, c.value, !c.want)
		}
	}

	for field, p := range map[string]builder.Preference{
		`"colour"`: {Field: "colour", Value: builder.Text("x")}, "value": {Field: "tone", Value: builder.Text(strings.Repeat("a", builder.MaxAnswer+1))},
	} {
		var invalid *builder.InvalidError
		if err := builder.CheckPreference(p); !errors.As(err, &invalid) || invalid.Field != field {
			t.Errorf("%v, want an InvalidError of %s", err, field)
		}
	}
	if err := builder.CheckPreference(builder.Preference{Field: "tone"}); !errors.Is(err, builder.ErrInvalid) {
		t.Errorf("no value: %v", err)
	}
	if err := builder.CheckPreference(builder.Preference{Field: "tone", Value: builder.Text(strings.Repeat("\n", builder.MaxAnswer))}); err != nil {
		t.Errorf("a value of the longest length: %v", err)
	}
}
