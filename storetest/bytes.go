package storetest

import (
	"fmt"
	"strings"

	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
)

var bytesKept = []Case{
	{"a state is never written in another way", fresh(oddStates)},
	{"a state of a newer version is never written in another way", fresh(oddNewerStates)},
	{"states of every length come back whole", fresh(everyLength)},
	{"odd texts come back as they were", fresh(oddTexts)},
}

// oddState is valid, and as unlike what an encoder would write as can be.
func oddState(id uuid.UUID) []byte {
	return fmt.Appendf(nil, "\n\t{ \"config\" :{\"skills\":[ ] ,\"depth\":{\"n\":[12345678901234567890,1.0e+2,-0.0,1E400]}}\r\n"+
		",\"zeta\":\"\\u00e9\\/\\ud83e\\udd16 <&> \u2028\",\"alpha\":9007199254740993 ,\"conversation\":[ ],"+
		`"phase_history":["basics"],"phase":"\u0062asics","initial_description":"caf\u00e9 \"quoted\"",`+
		"\"purpose_category\":{\"custom\":\"a\\u003cb\",\"why\":1.50},\"session_id\":\"%s\"}  \n", strings.ToUpper(id.String()))
}

func oddStates(f *fixture) {
	d := builder.Draft{SessionID: f.id(), SchemaVersion: 1}
	d.State = oddState(d.SessionID)
	f.bytesSurvive(d)
}

func oddNewerStates(f *fixture) {
	f.bytesSurvive(builder.Draft{SessionID: f.id(), SchemaVersion: 9, State: []byte(" {\"b\":1.50, \"a\" :\"\\u0041\",\"a\":12345678901234567890}\n")})
}

// bytesSurvive follows a state through everything that hands it out.
func (f *fixture) bytesSurvive(d builder.Draft) {
	f.Helper()
	want := string(d.State)
	saved := f.save(d)
	equal(f, "saved", string(saved.State), want)
	equal(f, "loaded", string(f.load(d.SessionID).State), want)
	second := f.save(builder.Draft{SessionID: d.SessionID, Revision: 1, SchemaVersion: d.SchemaVersion, State: []byte(want + " ")})
	kept, err := f.LoadRevision(f.ctx, d.SessionID, 1)
	f.noError("load revision", err)
	equal(f, "kept revision", string(kept.State), want)
	_, err = f.RestoreRevision(f.ctx, d.SessionID, 1, second.Revision)
	f.noError("restore", err)
	f.reopen()
	equal(f, "restored", string(f.load(d.SessionID).State), want)
	equal(f, "length listed", f.newest().Bytes, len(want))
	for _, r := range f.rows() {
		if r.Draft != nil {
			equal(f, "row", string(r.Draft.State), want)
		}
	}
}

func everyLength(f *fixture) {
	for _, size := range []int{0, 1, 511, 4096, 65535, 65536, 65537, 100_003, 1<<20 + 1} {
		d := draft(f.id(), "padded")
		d.State = fmt.Appendf(d.State[:len(d.State)-1], `,"padding":"%s"}`, noise(size))
		f.save(d)
		if got := f.load(d.SessionID).State; string(got) != string(d.State) {
			f.Errorf("%d bytes: came back as %d, or others: %s", len(d.State), len(got), excerpt(got))
		}
	}
}

// noise is text that does not compress well.
func noise(size int) string {
	const letters = "abcdefghijklmnopqrstuvwxyz0123456789"
	b := make([]byte, size)
	x := uint32(size) + 1
	for i := range b {
		x = x*1664525 + 1013904223
		b[i] = letters[(x>>16)%uint32(len(letters))]
	}
	return string(b)
}

// oddities are texts that go wrong where they are quoted, escaped, trimmed,
// folded or counted.
var oddities = []string{
	"", " ", "'", `"`, `\`, `\\'`, "%", "_", "a%b_c", "'; DROP TABLE builder_drafts; --", "line\nbreak\r\n\ttab", "<b>&amp;</b>",
	"\u2028\u2029", "caf\u00e9", "cafe\u0301", "CAFÉ", "日本語", "🤖👩‍🚀", "\u202eright to left", "null", "true", "{}", "$1 ?1 :a @b",
	"\u007f\u0001", "\ufeffmark", "\ufffd", "trailing ",
}

func oddTexts(f *fixture) {
	for i, text := range oddities {
		d := f.save(draft(f.id(), text, text))
		if text != "" {
			f.typed(d.SessionID, builder.FieldPurpose, text)
			equal(f, "pending text", f.pending(d.SessionID)[builder.FieldPurpose], text)
		}
		e := entry(f.id(), builder.Custom(text), text)
		e.CreatedAt, e.BotSlug = f.tick(), &text
		e.Choices = map[string]builder.Choice{builder.FieldBoundaries: {Value: builder.Text(text), Source: builder.Chosen}}
		f.record(e)
		loaded, err := f.LoadMemory(f.ctx, e.ID)
		f.noError("load memory", err)
		f.sameEntry(fmt.Sprintf("entry of oddity %d", i), loaded, e)
		p := builder.Preference{Field: builder.FieldTone, Value: builder.Text(text), Never: true}
		f.noError("prefer", f.SetPreference(f.ctx, p))
	}
	for _, d := range f.drafts(7) {
		if at := len(d.Description); at != len(f.decoded(d.SessionID).Description) {
			f.Errorf("the description listed has %d bytes", at)
		}
	}
	preferences, err := f.Preferences(f.ctx)
	f.noError("preferences", err)
	equal(f, "preferences", len(preferences), len(oddities))
	for i, text := range oddities {
		equal(f, fmt.Sprintf("preference of oddity %d", i), preferences.Never(builder.FieldTone, builder.Text(text)), true)
		c := builder.Custom(text)
		found := f.recall(&c, 10)
		if len(found) != 1 || found[0].Category != c {
			f.Errorf("%d entries recalled for the custom category of oddity %d, want its one", len(found), i)
		}
	}
}

// typed saves a pending text.
func (f *fixture) typed(id uuid.UUID, field, text string) {
	f.Helper()
	f.noError("save pending", f.SavePending(f.ctx, id, field, text))
}

func (f *fixture) decoded(id uuid.UUID) builder.State {
	f.Helper()
	s, err := builder.DecodeState(f.load(id))
	f.noError("decode", err)
	return s
}
