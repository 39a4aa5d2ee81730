package storetest

import (
	"bytes"
	"errors"
	"strings"

	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
)

var limits = []Case{
	{"a state of 16 MiB is accepted and one byte more refused", fresh(stateLimit)},
	{"descriptions and answers have a limit", fresh(textLimits)},
	{"input that could not be read again is refused", fresh(badInput)},
	{"a refused save leaves the stored draft as it was", fresh(refusalHarmsNothing)},
	{"pending texts have a limit", fresh(pendingLimits)},
	{"entries have limits", fresh(entryLimits)},
	{"preferences that mean nothing are refused", fresh(badPreferences)},
	{"errors hold no words of a user", fresh(errorsHoldNoWords)},
}

// invalid expects a refusal that names the field and, where there is one, the
// limit.
func (f *fixture) invalid(what string, err error, field string, limit int64) {
	f.Helper()
	f.fails(what, err, builder.ErrInvalid)
	var invalid *builder.InvalidError
	if !errors.As(err, &invalid) {
		f.Fatalf("%s: %v is not an InvalidError", what, err)
	}
	if !strings.Contains(invalid.Field, field) {
		f.Errorf("%s: field %q, want %q", what, invalid.Field, field)
	}
	equal(f, what+": limit", invalid.Limit, limit)
}

func stateLimit(f *fixture) {
	d := f.save(draft(f.id(), "small"))
	big := d
	big.State = append(bytes.Clone(d.State), bytes.Repeat([]byte(" "), builder.MaxState-len(d.State)+1)...)
	f.unchanged("a state that is too large", func() {
		_, err := f.SaveDraft(f.ctx, big)
		f.invalid("save", err, "state", builder.MaxState)
		newer := big
		newer.SchemaVersion = 9
		_, err = f.SaveDraft(f.ctx, newer)
		f.invalid("save of a newer version", err, "state", builder.MaxState)
	})
	big.State = big.State[:builder.MaxState]
	f.save(big)
	if loaded := f.load(d.SessionID); !bytes.Equal(loaded.State, big.State) {
		f.Errorf("a state of %d bytes came back as %d bytes", len(big.State), len(loaded.State))
	}
	equal(f, "bytes listed", f.newest().Bytes, builder.MaxState)
}

func textLimits(f *fixture) {
	full := strings.Repeat("a", builder.MaxAnswer)
	tone := func(id uuid.UUID, text string) builder.Draft {
		d := draft(id, "does something")
		d.State = bytes.Replace(d.State, []byte(`"tone":null`), []byte(`"tone":"`+text+`"`), 1)
		return d
	}
	for _, c := range []struct {
		field string
		limit int64
		make  func(id uuid.UUID, text string) builder.Draft
	}{
		{"initial_description", builder.MaxDescription, func(id uuid.UUID, text string) builder.Draft { return draft(id, text) }},
		{"conversation[1].answer", builder.MaxAnswer, func(id uuid.UUID, text string) builder.Draft { return draft(id, "d", "short", text) }},
		{"config.tone", builder.MaxAnswer, tone},
	} {
		stored := f.save(c.make(f.id(), full))
		over := c.make(stored.SessionID, full+"a")
		f.unchanged(c.field+" that is too long", func() {
			for _, over.Revision = range []builder.Revision{1, builder.AnyRevision} {
				_, err := f.SaveDraft(f.ctx, over)
				f.invalid("save", err, c.field, c.limit)
			}
			_, err := f.SaveDraft(f.ctx, c.make(f.id(), full+"a"))
			f.invalid("create", err, c.field, c.limit)
		})
	}
}

// mistakes turn a valid state into one that must not be stored, and name the
// place that the refusal has to name.
var mistakes = []struct{ what, field, old, new string }{
	{"wrong type", "initial_description", `"initial_description":"does`, `"initial_description":7,"x":"does`},
	{"null for a required field", "phase_history", `"phase_history":[]`, `"phase_history":null`},
	{"null skills", "skills", `"skills":[]`, `"skills":null`},
	{"required field absent", "conversation", `"conversation"`, `"talk"`},
	{"another case", "phase", `"phase"`, `"Phase"`},
	{"duplicate name", "", `"phase":"basics"`, `"phase":"basics","phase":"basics"`},
	{"unknown phase", "phase", `"basics"`, `"basic"`},
	{"NUL in a text", "initial_description", `does`, `do\u0000es`},
	{"bare NUL", "initial_description", `does`, "do\x00es"},
	{"invalid UTF-8", "initial_description", `does`, "do\xffes"},
	{"half of a surrogate pair", "initial_description", `does`, `do\ud800es`},
	{"text for a number", "temperature", `"temperature":null`, `"temperature":"0.7"`},
	{"number out of range", "max_tokens", `"max_tokens":null`, `"max_tokens":4294967296`},
	{"another session's id", "session_id", `"session_id":"`, `"session_id":"01890000-0000-7000-8000-000000000001","was":"`},
}

func badInput(f *fixture) {
	stored := f.save(draft(f.id(), "does something"))
	refused := func(what, field string, d builder.Draft) {
		f.Helper()
		_, err := f.SaveDraft(f.ctx, d)
		f.fails(what, err, builder.ErrInvalid)
		if !strings.Contains(err.Error(), field) {
			f.Errorf("%s: the error %q does not name %s", what, err, field)
		}
	}
	f.unchanged("bad input", func() {
		for _, m := range mistakes {
			bad := stored
			bad.State = bytes.Replace(stored.State, []byte(m.old), []byte(m.new), 1)
			if bytes.Equal(bad.State, stored.State) {
				f.Fatalf("%s: the state is not as this case expects it: %s", m.what, stored.State)
			}
			refused(m.what, m.field, bad)
		}
		for what, text := range map[string]string{
			"nothing": "", "no object": "[]", "null": "null", "cut short": string(stored.State[:40]),
			"something after it": string(stored.State) + "{}", "a mark before it": "\ufeff" + string(stored.State),
		} {
			bad := stored
			bad.State = []byte(text)
			refused(what, "", bad)
			bad.SchemaVersion = 9
			refused("a newer version that is "+what, "", bad)
		}
		bad := stored
		bad.SchemaVersion = 0
		refused("schema version 0", "schema_version", bad)
		refused("the nil UUID", "session_id", draft(uuid.Nil, "nobody's"))
	})
}

func refusalHarmsNothing(f *fixture) {
	stored := f.save(draft(f.id(), "does something"))
	f.typed(stored.SessionID, builder.FieldTone, "half")
	bad := stored
	bad.State = []byte(`{"half":`)
	_, err := f.SaveDraft(f.ctx, bad, builder.FieldTone)
	f.fails("save", err, builder.ErrInvalid)
	f.same("stored", f.load(stored.SessionID), stored)
	equal(f, "pending text", f.pending(stored.SessionID)[builder.FieldTone], "half")
	f.save(next(stored, "goes on"), builder.FieldTone)
}

func pendingLimits(f *fixture) {
	d := f.save(draft(f.id(), "does something"))
	full := strings.Repeat("é", builder.MaxAnswer/2)
	f.typed(d.SessionID, strings.Repeat("f", builder.MaxField), full)
	equal(f, "longest text", f.pending(d.SessionID)[strings.Repeat("f", builder.MaxField)], full)
	f.unchanged("pending text that is refused", func() {
		for _, c := range []struct {
			field, text, names string
			limit              int64
		}{
			{"tone", full + "x", "text", builder.MaxAnswer},
			{strings.Repeat("f", builder.MaxField+1), "x", "field", builder.MaxField},
			{"", "x", "field", 0}, {"tone", "a\x00b", "text", 0}, {"tone", "a\xffb", "text", 0}, {"to\x00ne", "x", "field", 0},
		} {
			f.invalid("save pending", f.SavePending(f.ctx, d.SessionID, c.field, c.text), c.names, c.limit)
		}
	})
}

func entryLimits(f *fixture) {
	long := strings.Repeat("a", builder.MaxAnswer+1)
	f.unchanged("an entry that is refused", func() {
		for _, c := range []struct {
			field string
			limit int64
			spoil func(e *builder.MemoryEntry)
		}{
			{"initial_description", builder.MaxDescription, func(e *builder.MemoryEntry) { e.Description = long }},
			{"initial_description", 0, func(e *builder.MemoryEntry) { e.Description = "a\x00b" }},
			{"initial_description", 0, func(e *builder.MemoryEntry) { e.Description = "a\xffb" }},
			{"purpose_category", builder.MaxAnswer, func(e *builder.MemoryEntry) { e.Category = builder.Custom(long) }},
			{"bot_slug", builder.MaxAnswer, func(e *builder.MemoryEntry) { e.BotSlug = &long }},
			{"id", 0, func(e *builder.MemoryEntry) { e.ID = uuid.Nil }},
			{"", builder.MaxEntry, func(e *builder.MemoryEntry) {
				e.Unknown = []byte(`{"x":"` + strings.Repeat("a", builder.MaxEntry) + `"}`)
			}},
		} {
			e := entry(f.id(), builder.Coding, "does something")
			c.spoil(&e)
			f.invalid("record", f.RecordMemory(f.ctx, e), c.field, c.limit)
		}
	})
	d := f.save(draft(f.id(), "to be finished"))
	e := entry(d.SessionID, builder.Coding, long)
	f.unchanged("finishing with an entry that is refused", func() {
		_, err := f.FinishSession(f.ctx, d.SessionID, d.Revision, e)
		f.invalid("finish", err, "initial_description", builder.MaxDescription)
	})
}

func badPreferences(f *fixture) {
	long := builder.Text(strings.Repeat("a", builder.MaxAnswer+1))
	f.unchanged("a preference that is refused", func() {
		for _, p := range []builder.Preference{
			{Field: "", Value: builder.Text("x"), Never: true}, {Field: "shape", Value: builder.Text("x"), Never: true},
			{Field: builder.FieldTone, Never: true}, {Field: builder.FieldTone, Value: long, Never: true},
		} {
			f.fails("prefer", f.SetPreference(f.ctx, p), builder.ErrInvalid)
		}
	})
}

func errorsHoldNoWords(f *fixture) {
	const secret = "Xanadu"
	f = f.as("owner " + secret)
	d := f.save(draft(f.id(), secret, secret))
	f.save(next(d, secret+" again", secret))
	stale := draft(d.SessionID, secret+" stale")
	var errs []error
	collect := func(err error) { errs = append(errs, err) }
	_, err := f.SaveDraft(f.ctx, stale)
	collect(err)
	bad := d
	bad.State = bytes.Replace(d.State, []byte(`"phase":"basics"`), []byte(`"phase":"`+secret+`"`), 1)
	_, err = f.SaveDraft(f.ctx, bad)
	collect(err)
	collect(f.SavePending(f.ctx, d.SessionID, builder.FieldTone, secret+"\x00"))
	collect(f.SavePending(f.ctx, f.id(), builder.FieldTone, secret))
	e := entry(f.id(), builder.Custom(secret), secret)
	f.record(e)
	e.Description += " changed"
	collect(f.RecordMemory(f.ctx, e))
	_, err = f.FinishSession(f.ctx, d.SessionID, 1, entry(d.SessionID, builder.Custom(secret), secret))
	collect(err)
	_, err = f.ListDrafts(f.ctx, builder.DraftQuery{Limit: 1, Cursor: secret})
	collect(err)
	_, err = f.db.Owner(secret+"\x00").LoadDraft(f.ctx, d.SessionID)
	collect(err)
	for i, err := range errs {
		if err == nil {
			f.Errorf("call %d did not fail", i)
		} else if strings.Contains(err.Error(), secret) {
			f.Errorf("call %d: the error holds a user's word: %v", i, err)
		}
	}
}
