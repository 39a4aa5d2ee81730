package transfer

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/boternity/boternity/builder"
)

func TestAdoptTakesStatesByteForByte(t *testing.T) {
	w := newBoternity(t)
	huge := testState(testID(9), strings.Repeat("a", 17<<20))
	states := []string{
		1: testState(testID(1), "plain"),
		2: " {\n  \"spaced\" : 1.0e2 }\r\n",
		3: "invalid \xff\xfe UTF-8",
		4: "a NUL \x00 within",
		5: "",
		6: `{"session_id":"half of`,
		7: `{"a":1,"a":2,"big":123456789012345678901234567890}`,
		8: testState(testID(8), "日本語 🤖"),
		9: huge,
	}
	for n, state := range states[1:] {
		// As text whatever its bytes: a driver's []byte would be a BLOB.
		w.draft(testID(n+1).String(), state, n, someTime, someTime)
	}
	db := newDatabase()
	result := mustAdopt(t, db, w.close())
	if want := (Adoption{Drafts: 9, Refused: []Named{}, Noted: []Named{}}); !cmp.Equal(result, want) {
		t.Fatal(cmp.Diff(want, result))
	}
	for n, state := range states {
		if n == 0 {
			continue
		}
		d := loadDraft(t, db, testID(n))
		if string(d.State) != state {
			t.Errorf("the state of row %d is another: %.60q", n, d.State)
		}
		if d.Revision != 1 || d.SchemaVersion != uint32(n-1) {
			t.Errorf("row %d is revision %d of version %d", n, d.Revision, d.SchemaVersion)
		}
	}
}

func TestAdoptReadsTimesByInstant(t *testing.T) {
	at := func(h, m, s, micro int) time.Time { return time.Date(2026, 2, 17, h, m, s, micro*1000, time.UTC) }
	times := map[string]time.Time{
		"2026-02-17T18:31:03+00:00":                  at(18, 31, 3, 0),
		"2026-02-17t18:31:03z":                       at(18, 31, 3, 0),
		"2026-02-17 18:31:03Z":                       at(18, 31, 3, 0),
		"2026-02-18T03:31:03.5+09:00":                at(18, 31, 3, 500_000),
		"2026-02-17T00:01:03.120-18:30":              at(18, 31, 3, 120_000),
		"2026-02-17T18:31:03.123456999999999999999Z": at(18, 31, 3, 123_456),
		"2026-02-17T18:31:03.0000001-00:00":          at(18, 31, 3, 0),
		"2026-02-17T18:31:60.25Z":                    at(18, 32, 0, 250_000),
		"1969-12-31T23:59:59.9999999Z":               time.Date(1969, 12, 31, 23, 59, 59, 999_999_000, time.UTC),
		"0000-01-01T00:00:00Z":                       time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC),
	}
	w := newBoternity(t)
	texts := slices.Sorted(maps.Keys(times))
	for n, text := range texts {
		w.draft(testID(n).String(), "{}", 1, text, text)
		w.entry(testID(n+100).String(), map[string]any{"created_at": text})
	}
	db := newDatabase()
	if result := mustAdopt(t, db, w.close()); result.Drafts != len(times) || result.Memory != len(times) || len(result.Noted) > 0 {
		t.Fatalf("got %+v", result)
	}
	for n, text := range texts {
		d := loadDraft(t, db, testID(n))
		for what, got := range map[string]time.Time{"created": d.CreatedAt, "updated": d.UpdatedAt, "entry": loadEntry(t, db, testID(n+100)).CreatedAt} {
			if !got.Equal(times[text]) {
				t.Errorf("%s %s became %v", what, text, got)
			}
		}
	}
}

func TestAdoptStandsInForUnreadableTimes(t *testing.T) {
	w := newBoternity(t)
	bad := []any{
		"", "yesterday", "2026-02-30T00:00:00Z", "2026-13-01T00:00:00Z", "2026-03-01 00:00:00", "2026-03-01T24:00:00Z", "2026-03-01T00:60:00Z",
		"2026-03-01T00:00:61Z", "2026-03-01T00:00:00+24:00", "2026-03-01T00:00:00,5Z", "2026-03-01T00:00:00.Z", "2026-03-01T00:00:00Z\n",
		"12026-03-01T00:00:00Z", "0000-01-01T00:00:00+00:01", []byte("2026-03-01T00:00:00Z"),
	}
	for n, text := range bad {
		w.draft(testID(n).String(), "{}", 1, someTime, text)
		w.entry(testID(n+100).String(), map[string]any{"created_at": text})
	}
	w.draft(testID(50).String(), "{}", 1, "?", someTime)
	w.draft(testID(51).String(), "{}", 1, "?", "?")
	file := w.close()
	modified := time.Date(2026, 4, 1, 10, 20, 30, 123456789, time.UTC)
	if err := os.Chtimes(file, modified, modified); err != nil {
		t.Fatal(err)
	}
	db := newDatabase()
	result := mustAdopt(t, db, file)
	if result.Drafts != len(bad)+2 || result.Memory != len(bad) || len(result.Refused) > 0 || len(result.Noted) != 2*len(bad)+2 {
		t.Fatalf("got %+v", result)
	}
	for n := range bad {
		rowid := int64(n + 1)
		if want := (Named{"builder_drafts", rowid, "updated_at is not an RFC 3339 time; the file's time stands in for it"}); result.Noted[n] != want {
			t.Errorf("noted %+v", result.Noted[n])
		}
		d, e := loadDraft(t, db, testID(n)), loadEntry(t, db, testID(n+100))
		if want := builder.StoredTime(modified); !d.UpdatedAt.Equal(want) || !e.CreatedAt.Equal(want) || d.CreatedAt.Equal(want) {
			t.Errorf("row %d: %v, %v and %v", n, d.CreatedAt, d.UpdatedAt, e.CreatedAt)
		}
	}
	if d := loadDraft(t, db, testID(50)); !d.CreatedAt.Equal(builder.StoredTime(modified)) || d.UpdatedAt.Equal(d.CreatedAt) {
		t.Errorf("created %v, updated %v", d.CreatedAt, d.UpdatedAt)
	}

	later := modified.Add(time.Hour)
	if err := os.Chtimes(file, later, later); err != nil {
		t.Fatal(err)
	}
	again := mustAdopt(t, db, file)
	if again.AlreadyThere != 2*len(bad)+2 || len(again.Refused) > 0 || !cmp.Equal(again.Noted, result.Noted) {
		t.Errorf("once the file was touched: %+v", again)
	}
}

func TestAdoptNamesWhatItCannotTake(t *testing.T) {
	w := newBoternity(t)
	id := 0
	draft := func(session, state, version any) { w.draft(session, state, version, someTime, someTime) }
	entry := func(column string, value any) {
		id++
		w.entry(testID(id).String(), map[string]any{column: value})
	}
	draft("not-a-uuid", "{}", 1)
	draft(nil, "{}", 1)
	draft(testID(1).NodeID(), "{}", 1)
	draft("x019c6ca7-b480-7000-8000-000000000001x", "{}", 1)
	draft(testID(2).String(), []byte("{}"), 1)
	draft(testID(3).String(), "{}", "two")
	draft(testID(4).String(), "{}", 1.5)
	draft(testID(5).String(), "{}", -1)
	draft(testID(6).String(), "{}", int64(1)<<32)
	draft(testID(7).String(), "{}", []byte("1"))
	draft(testID(8).String(), "{}", int64(1)<<32-1) // the first that is taken
	draft(strings.ToUpper(testID(8).String()), "{}", 1)
	draft("urn:uuid:"+testID(8).String(), "other", 1)
	draft("{"+testID(9).String()+"}", "{}", 1)                      // taken
	draft(strings.ReplaceAll(testID(2).String(), "-", ""), "{}", 1) // taken: the row before with this id was not
	w.entry(nil, nil)
	w.entry("xyz", nil)
	entry("chosen_skills", "not json")
	entry("chosen_skills", `{"a":1}`)
	entry("chosen_skills", `["a",2]`)
	entry("chosen_skills", "null")
	entry("chosen_skills", `"a"`)
	entry("chosen_skills", `["a"] x`)
	entry("chosen_skills", []byte(`["a"]`))
	entry("purpose_category", []byte(`"coding"`))
	entry("initial_description", []byte("text"))
	entry("initial_description", "secret \xff")
	entry("chosen_tone", []byte("formal"))
	entry("chosen_model", "secret \xff")
	entry("bot_slug", []byte("slug"))
	entry("chosen_tone", nil) // taken
	w.entry(strings.ToUpper(testID(id).String()), nil)
	db := newDatabase()
	result := mustAdopt(t, db, w.close())
	const version = "schema_version is not a whole number from 0 to 4294967295"
	want := Adoption{Drafts: 3, Memory: 1, Noted: []Named{}, Refused: []Named{
		{"builder_drafts", 1, "session_id is not a UUID"},
		{"builder_drafts", 2, "session_id is NULL"},
		{"builder_drafts", 3, "session_id is a BLOB, not text"},
		{"builder_drafts", 4, "session_id is not a UUID"},
		{"builder_drafts", 5, "state_json is a BLOB, not text"},
		{"builder_drafts", 6, version}, {"builder_drafts", 7, version}, {"builder_drafts", 8, version},
		{"builder_drafts", 9, version}, {"builder_drafts", 10, version},
		{"builder_drafts", 12, "another row has this id, spelt in another way"},
		{"builder_drafts", 13, "another row has this id, spelt in another way"},
		{"builder_memory", 1, "id is NULL"},
		{"builder_memory", 2, "id is not a UUID"},
		{"builder_memory", 3, "chosen_skills is not a JSON list of texts"},
		{"builder_memory", 4, "chosen_skills is not a JSON list of texts"},
		{"builder_memory", 5, "chosen_skills[1] is not a text"},
		{"builder_memory", 6, "chosen_skills is not a JSON list of texts"},
		{"builder_memory", 7, "chosen_skills is not a JSON list of texts"},
		{"builder_memory", 8, "chosen_skills is not well-formed JSON at byte 6"},
		{"builder_memory", 9, "chosen_skills is a BLOB, not text"},
		{"builder_memory", 10, "purpose_category is a BLOB, not text"},
		{"builder_memory", 11, "initial_description is a BLOB, not text"},
		{"builder_memory", 12, "initial_description is not valid UTF-8"},
		{"builder_memory", 13, "chosen_tone is a BLOB, not text"},
		{"builder_memory", 14, "chosen_model is not valid UTF-8"},
		{"builder_memory", 15, "bot_slug is a BLOB, not text"},
		{"builder_memory", 17, "another row has this id, spelt in another way"},
	}}
	if !cmp.Equal(result, want) {
		t.Error(cmp.Diff(want, result))
	}
}

func TestAdoptReadsEntries(t *testing.T) {
	imported := func(v builder.Value) builder.Choice { return builder.Choice{Value: v, Source: builder.Imported} }
	slug, nothing := "reviewer", ""
	w := newBoternity(t)
	w.entry(testID(1).String(), nil)
	w.entry(testID(2).String(), map[string]any{"chosen_tone": nil, "chosen_model": nil, "chosen_skills": "[]", "bot_slug": nil})
	w.entry(testID(3).String(), map[string]any{"chosen_tone": "", "chosen_skills": " [ \"a\\u0062\" , \"日本\" ] ", "bot_slug": ""})
	w.entry(testID(4).String(), map[string]any{"initial_description": strings.Repeat("long ", 20_000)})
	w.entry(testID(5).String(), map[string]any{"initial_description": "a NUL \x00 within"})
	db := newDatabase()
	result := mustAdopt(t, db, w.close())
	noted := []Named{{"builder_memory", 5, "initial_description holds a NUL character; it is listed as an unreadable entry"}}
	if want := (Adoption{Memory: 5, Refused: []Named{}, Noted: noted}); !cmp.Equal(result, want) {
		t.Fatal(cmp.Diff(want, result))
	}
	created := time.Date(2026, 2, 17, 18, 31, 3, 500_000_000, time.UTC)
	for _, want := range []builder.MemoryEntry{
		{ID: testID(1), Category: builder.Coding, Description: "reviews code", BotSlug: &slug, CreatedAt: created, Choices: map[string]builder.Choice{
			"tone": imported(builder.Text("formal")), "model": imported(builder.Text("model-1")), "skills": imported(builder.List("review"))}},
		{ID: testID(2), Category: builder.Coding, Description: "reviews code", CreatedAt: created, Choices: map[string]builder.Choice{
			"skills": imported(builder.List())}},
		{ID: testID(3), Category: builder.Coding, Description: "reviews code", BotSlug: &nothing, CreatedAt: created, Choices: map[string]builder.Choice{
			"tone": imported(builder.Text("")), "model": imported(builder.Text("model-1")), "skills": imported(builder.List("ab", "日本"))}},
		{ID: testID(4), Category: builder.Coding, Description: strings.Repeat("long ", 20_000), BotSlug: &slug, CreatedAt: created, Choices: map[string]builder.Choice{
			"tone": imported(builder.Text("formal")), "model": imported(builder.Text("model-1")), "skills": imported(builder.List("review"))}},
	} {
		got, err := builder.EncodeEntry(loadEntry(t, db, want.ID))
		if err != nil {
			t.Fatal(err)
		}
		b, err := builder.EncodeEntry(want)
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != string(b) {
			t.Errorf("got %.300s\nwant %.300s", got, b)
		}
	}
}

func TestAdoptReadsCategories(t *testing.T) {
	const unknown = "purpose_category is not a known category; the entry has none"
	categories := []struct {
		text string
		want builder.PurposeCategory
		note string
	}{
		{`"coding"`, builder.Coding, ""},
		{"", builder.Unknown, ""},
		{"null", builder.Unknown, ""},
		{` "complex_analyst" `, builder.ComplexAnalyst, ""},
		{`"cod\u0069ng"`, builder.Coding, ""},
		{`{"custom":"game-master"}`, builder.Custom("game-master"), ""},
		{"{ \"custom\" :\n \"game\\u002dm\\u0061ster\" }", builder.Custom("game-master"), ""},
		{`{"custom":""}`, builder.Custom(""), ""},
		{`{"custom":"<&>\u2028\/"}`, builder.Custom("<&>\u2028/"), ""},
		{"coding", builder.Unknown, unknown},
		{`"Coding"`, builder.Unknown, unknown},
		{`"gaming"`, builder.Unknown, unknown},
		{`{"Custom":"x"}`, builder.Unknown, unknown},
		{`{"custom":1}`, builder.Unknown, unknown},
		{`{"custom":"x"`, builder.Unknown, unknown},
		{`{}`, builder.Unknown, unknown},
		{"\"coding\xff\"", builder.Unknown, unknown},
	}
	w := newBoternity(t)
	var noted []Named
	for n, c := range categories {
		w.entry(testID(n).String(), map[string]any{"purpose_category": c.text})
		if c.note != "" {
			noted = append(noted, Named{"builder_memory", int64(n + 1), c.note})
		}
	}
	db := newDatabase()
	result := mustAdopt(t, db, w.close())
	if result.Memory != len(categories) || !cmp.Equal(result.Noted, noted) {
		t.Fatalf("got %+v", result)
	}
	for n, c := range categories {
		if got := loadEntry(t, db, testID(n)).Category; got != c.want {
			t.Errorf("%s became %s", c.text, got)
		}
	}
}
