package builder_test

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
)

// Whatever bytes are stored: reading them does not panic, all readers agree
// about them, and what is read is written so that it stays the same.
func FuzzDecodeState(f *testing.F) {
	for name := range goldenStates {
		d := goldenDraft(f, name)
		f.Add(d.SessionID[:], d.SchemaVersion, d.State)
	}
	for _, state := range []string{
		everyMember, ``, `{}`, `null`, `[]`, everyMember[:200], everyMember + `{}`, `{"session_id":null}`, "{\"phase\":\"\xff\"}", `{"phase" "basics"}`,
		strings.Replace(everyMember, "Zanzibar", `\ud800`, 3), strings.Replace(everyMember, `"tone"`, `"TONE"`, 2),
		strings.Replace(everyMember, `4096`, `4096.0`, 1), strings.Replace(everyMember, `0.5`, `-0e-999`, 1),
	} {
		f.Add(sessionID[:], uint32(1), []byte(state))
	}
	f.Add(sessionID[:], uint32(0), []byte(everyMember))
	f.Add(sessionID[:], uint32(2), []byte(`{"initial_description":"newer"}`))

	f.Fuzz(func(t *testing.T, id []byte, version uint32, state []byte) {
		sid, err := uuid.FromBytes(id)
		if err != nil {
			return
		}
		given := string(state)
		d := builder.Draft{SessionID: sid, SchemaVersion: version, State: state}
		s, err := builder.DecodeState(d)
		status, problem := builder.StatusOf(d)
		inspection, saveErr := builder.CheckSave(d)
		if string(state) != given {
			t.Fatal("reading changed the bytes")
		}
		if !utf8.ValidString(inspection.Description) || strings.Contains(inspection.Description, "\x00") || utf8.RuneCountInString(inspection.Description) > builder.SummaryRunes {
			t.Fatalf("the listing shows %q", inspection.Description)
		}
		if version > builder.CurrentSchemaVersion {
			if err == nil || status == builder.StatusOK {
				t.Fatalf("version %d was decoded, status %s", version, status)
			}
			return
		}
		if (err == nil) != (status == builder.StatusOK) || (err == nil) != (problem == "") {
			t.Fatalf("DecodeState says %v, StatusOf %s: %q", err, status, problem)
		}
		if err != nil {
			if saveErr == nil {
				t.Fatalf("CheckSave accepts what DecodeState refuses: %v", err)
			}
			return
		}
		if inspection.Phase != s.Phase || inspection.Category != s.Category() || inspection.Description != builder.CutRunes(s.Description, builder.SummaryRunes) {
			t.Fatalf("Inspect says %+v", inspection)
		}

		once := encode(t, &s)
		if missing := lost(withoutEmpty(tree(t, given)), tree(t, once), ""); missing != nil {
			t.Fatalf("lost: %v\nof  %s\nhave %s", missing, given, once)
		}
		again, err := builder.DecodeState(builder.Draft{SessionID: sid, SchemaVersion: builder.CurrentSchemaVersion, State: []byte(once)})
		if err != nil {
			t.Fatalf("what was encoded does not decode: %v\n%s", err, once)
		}
		if twice := encode(t, &again); twice != once {
			t.Fatalf("encoding is not stable:\n%s\nthen\n%s", once, twice)
		}
	})
}

// withoutEmpty drops from a state's tree what Encode leaves out because it says
// nothing, and what it may spell in another way.
func withoutEmpty(state any) any {
	object := state.(map[string]any)
	delete(object, "session_id") // in any of four spellings
	for _, optional := range []string{"sources", "declined", "confirmed", "bot_slug"} {
		delete(object, optional)
	}
	for _, e := range object["conversation"].([]any) {
		exchange := e.(map[string]any)
		if exchange["field"] == "" {
			delete(exchange, "field")
		}
		if exchange["superseded"] == false {
			delete(exchange, "superseded")
		}
	}
	delete(object["config"].(map[string]any), "temperature")
	return object
}

func FuzzEntry(f *testing.F) {
	for _, entry := range []string{everyEntryMember, ``, `{}`, `null`, everyEntryMember[:200], strings.Replace(everyEntryMember, `"choices"`, `"later"`, 1),
		strings.Replace(everyEntryMember, `2026-02-19T22:32:01.123456Z`, `0000-01-01T00:00:00+00:01`, 1)} {
		f.Add([]byte(entry))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var e builder.MemoryEntry
		err := e.UnmarshalJSON(text)
		stored := builder.DecodeEntry(e.ID, time.Time{}, text)
		if (err == nil) != (stored.Problem == "") {
			t.Fatalf("UnmarshalJSON says %v, DecodeEntry %q", err, stored.Problem)
		}
		if err != nil {
			return
		}
		once := writeEntry(t, e)
		again := builder.DecodeEntry(e.ID, time.Time{}, []byte(once))
		if again.Problem != "" {
			t.Fatalf("what was encoded does not decode: %s\n%s", again.Problem, once)
		}
		if twice := writeEntry(t, again); twice != once {
			t.Fatalf("encoding is not stable:\n%s\nthen\n%s", once, twice)
		}
		if same, err := builder.SameEntry(e, again); err != nil || !same {
			t.Fatalf("another entry came back: %v", err)
		}
	})
}

func FuzzPurposeCategory(f *testing.F) {
	for _, text := range []string{`"coding"`, `null`, `{"custom":"game-master"}`, `{"custom":"","x":[1]}`, ` {"\u0063ustom":"\ud83c\udfb2"}`, `"Coding"`, ``, `custom:a`, `unknown`} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if c, err := builder.ParsePurposeCategory(text); err == nil {
			again, err := builder.ParsePurposeCategory(c.JSONText())
			if err != nil || again != c || again.JSONText() != c.JSONText() {
				t.Fatalf("%s is written %s, which is %v, %v", text, c.JSONText(), again, err)
			}
		}
		if c, err := builder.CategoryFromString(text); err == nil {
			if again, err := builder.ParsePurposeCategory(c.JSONText()); err != nil || again != c {
				t.Fatalf("%q is written %s, which is %v, %v", text, c.JSONText(), again, err)
			}
		}
	})
}

func FuzzTerms(f *testing.F) {
	for _, text := range []string{"A bot that reviews Go code", "代码审查 bot", "Проверяет код", "naïve café", "ภาษาไทย", "", "\xff\x00 a\xffb", strings.Repeat("a", 100), "İI ıi ß ſ", "don't o'clock"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		terms := builder.Terms(text)
		if len(terms) > builder.MaxTerms {
			t.Fatalf("%d terms", len(terms))
		}
		seen := map[string]bool{}
		for _, term := range terms {
			if term == "" || seen[term] || strings.ContainsRune(term, 0) || !utf8.ValidString(term) || strings.ToLower(term) != term {
				t.Fatalf("term %q of %q", term, terms)
			}
			seen[term] = true
		}
		if strings.Join(builder.Terms(text), " ") != strings.Join(terms, " ") {
			t.Fatal("the terms differ the second time")
		}
	})
}
