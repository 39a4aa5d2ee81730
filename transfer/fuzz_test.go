package transfer

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/boternity/boternity/builder"
)

// checkImport imports a file. An error stores nothing and is one of bad input;
// what was stored exports to a file that imports to the same rows.
func checkImport(t *testing.T, importer importFunc, text []byte) {
	db := newDatabase()
	result, err := importer(t.Context(), db, "", bytes.NewReader(text), ImportOptions{})
	rows := rowsOf(t, db)
	if err != nil {
		if len(rows) > 0 || result.Added > 0 {
			t.Errorf("%d rows were stored in spite of %v", len(rows), err)
		}
		var at *LineError
		if !errors.As(err, &at) || !errors.Is(err, builder.ErrInvalid) {
			t.Errorf("the error is not that of a line: %v", err)
		}
	}
	skipped, err := importer(t.Context(), db, "", bytes.NewReader(text), ImportOptions{SkipBad: true})
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) > 0 && skipped.Added+len(skipped.Refused) > 0 {
		t.Errorf("the second time: %+v", skipped)
	}
	drafts, memory := export(t, db, "")
	again := newDatabase()
	importBoth(t, again, "", drafts, memory)
	if !reflect.DeepEqual(rowsOf(t, db), rowsOf(t, again)) {
		t.Errorf("%s%s imports to other rows", drafts, memory)
	}
	if d, m := export(t, again, ""); d != drafts || m != memory {
		t.Errorf("%s%s exports again as %s%s", drafts, memory, d, m)
	}
}

func FuzzImportDrafts(f *testing.F) {
	f.Add([]byte(draftLineOf(testID(1)) + "\r\n\n" + draftLineOf(testID(2))))
	f.Add([]byte("\uFEFF" + draftWith(testID(1), map[string]string{"pending": `{"tone":"f\u00fcr"}`, "status": `"ok"`})))
	f.Add([]byte(draftWith(testID(1), map[string]string{"state": "", "state_base64": base64Text("\xff"), "schema_version": "7"})))
	f.Add([]byte(draftWith(testID(1), map[string]string{"state": ` { "a" : 1e2 } `, "schema_version": "2"}) + "\n?"))
	f.Fuzz(func(t *testing.T, text []byte) { checkImport(t, ImportDrafts, text) })
}

func FuzzImportMemory(f *testing.F) {
	f.Add([]byte(entryLineOf(testID(1), "d") + "\r\n\n" + entryLineOf(testID(2), "d")))
	f.Add([]byte(strings.TrimSuffix(entryLineOf(testID(1), "d"), "}") + `,"chosen_tone":"formal","chosen_skills":["a"],"later":{ "x" : 1.0 }}`))
	f.Add([]byte(strings.TrimSuffix(entryLineOf(testID(1), "d"), "}") + `,"purpose_category":{"custom":"x"},"bot_slug":"s",` +
		`"choices":{"temperature":{"value":0.50,"source":"chosen","more":[ ]}},"declined":[{"field":"tone","value":["a"]}]}`))
	f.Add([]byte(`{"id":"` + testID(1).String() + `","created_at":"` + someTime + `","entry_base64":"/w=="}` + "\n?"))
	f.Fuzz(func(t *testing.T, text []byte) { checkImport(t, ImportMemory, text) })
}

func FuzzParseTime(f *testing.F) {
	for _, text := range []string{someTime, "2026-02-17t18:31:60.123456789z", "0000-01-01T00:00:00+00:01", "2026-02-30T00:00:00Z", ""} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		at, ok := parseTime(text)
		if !ok {
			return
		}
		if again, ok := parseTime(builder.FormatTime(at)); !ok || !again.Equal(at) {
			t.Errorf("%q is %v, and written it is %v", text, at, again)
		}
	})
}
