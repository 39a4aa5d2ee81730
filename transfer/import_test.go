package transfer

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/memstore"
)

// draftWith is a good line of a draft export with some members in place of its
// own; an empty one leaves the member out.
func draftWith(id uuid.UUID, members map[string]string) string {
	own := []struct{ name, value string }{
		{"session_id", `"` + id.String() + `"`}, {"schema_version", "1"}, {"revision", "3"},
		{"created_at", `"` + someTime + `"`}, {"updated_at", `"` + someTime + `"`}, {"state", testState(id, "bot")},
		{"state_base64", ""}, {"pending", ""}, {"status", ""}, {"problem", ""},
	}
	var parts []string
	for _, m := range own {
		if value, ok := members[m.name]; ok {
			m.value = value
		}
		if m.value != "" {
			parts = append(parts, fmt.Sprintf("%q:%s", m.name, m.value))
		}
	}
	return "{" + strings.Join(parts, ",") + members["more"] + "}"
}

func draftLineOf(id uuid.UUID) string { return draftWith(id, nil) }

func entryLineOf(id uuid.UUID, description string) string {
	return fmt.Sprintf(`{"id":"%s","initial_description":"%s","created_at":"%s"}`, id, description, someTime)
}

func base64Text(s string) string { return `"` + base64.StdEncoding.EncodeToString([]byte(s)) + `"` }

type importFunc func(context.Context, builder.Database, string, io.Reader, ImportOptions) (Imported, error)

func TestImportNamesLineAndField(t *testing.T) {
	id := testID(1)
	valid := testState(id, "bot")
	drafts := map[string]string{
		"line 2: the line is not a JSON object":                             `[1]`,
		"line 2: the line is not well-formed JSON, at byte 1":               `{x`,
		"line 2: the line is not well-formed JSON, at byte 14":              `{"session_id":`,
		"line 2: the line has a duplicate name, at byte 13":                 `{"status":"","status":""}`,
		"line 2: the line goes on after the JSON object":                    draftLineOf(id) + " {}",
		"line 2: the line has a member that does not belong there, at byte": draftWith(id, map[string]string{"more": `,"secret":1`}),
		"line 2: session_id is missing":                                     draftWith(id, map[string]string{"session_id": ""}),
		"line 2: session_id is not a text":                                  draftWith(id, map[string]string{"session_id": "1"}),
		"line 2: session_id is not a UUID":                                  draftWith(id, map[string]string{"session_id": `"secret"`}),
		"line 2: schema_version is missing":                                 draftWith(id, map[string]string{"schema_version": ""}),
		"line 2: schema_version is not a whole number":                      draftWith(id, map[string]string{"schema_version": "4294967296"}),
		"line 2: revision is not a whole number":                            draftWith(id, map[string]string{"revision": "1.0"}),
		"line 2: revision is not that of a stored draft":                    draftWith(id, map[string]string{"revision": "0"}),
		"line 2: created_at is not an RFC 3339 time":                        draftWith(id, map[string]string{"created_at": `"secret"`}),
		"line 2: updated_at is missing":                                     draftWith(id, map[string]string{"updated_at": ""}),
		"line 2: state is missing":                                          draftWith(id, map[string]string{"state": ""}),
		"line 2: state is null, not an object":                              draftWith(id, map[string]string{"state": "null"}),
		"line 2: config.skills is null, not an array":                       draftWith(id, map[string]string{"state": strings.Replace(valid, `"skills":[]`, `"skills":null`, 1)}),
		"line 2: phase is spelt in another case":                            draftWith(id, map[string]string{"state": strings.Replace(valid, `"phase"`, `"Phase"`, 1)}),
		"line 2: session_id is that of another session":                     draftWith(id, map[string]string{"state": testState(testID(2), "bot")}),
		"line 2: initial_description is too long: 70000":                    draftWith(id, map[string]string{"state": testState(id, strings.Repeat("x", 70000))}),
		"line 2: state is not an object":                                    draftWith(id, map[string]string{"state": "[]", "schema_version": "2"}),
		"line 2: state_base64 is not base64":                                draftWith(id, map[string]string{"state": "", "state_base64": `"secret!"`}),
		"2: state_base64 is not base64":                                     draftWith(id, map[string]string{"state": "", "state_base64": `"QR=="`}),
		"line 2: state_base64 stands beside a state":                        draftWith(id, map[string]string{"state_base64": `""`}),
		"line 2: pending is not an object":                                  draftWith(id, map[string]string{"pending": "[]"}),
		"line 2: pending holds something that is not a text":                draftWith(id, map[string]string{"pending": `{"secret":1}`}),
		"line 2: text is too long":                                          draftWith(id, map[string]string{"pending": `{"tone":"` + strings.Repeat("x", builder.MaxAnswer+1) + `"}`}),
	}
	for want, bad := range drafts {
		checkRefused(t, ImportDrafts, draftLineOf(testID(9)), bad, want)
	}
	entries := map[string]string{
		"line 2: entry is not an object":                    `[1]`,
		"line 2: id is not a UUID":                          `{"id":"secret","initial_description":"","created_at":"2026-02-17T18:31:03Z"}`,
		"line 2: initial_description is missing":            fmt.Sprintf(`{"id":"%s","created_at":"%s"}`, id, someTime),
		"line 2: created_at is not an RFC 3339 time":        fmt.Sprintf(`{"id":"%s","initial_description":"d","created_at":"secret"}`, id),
		"line 2: chosen_skills[0] is not a text":            fmt.Sprintf(`{"id":"%s","initial_description":"d","created_at":"%s","chosen_skills":[1]}`, id, someTime),
		"line 2: purpose_category is not a purpose":         fmt.Sprintf(`{"id":"%s","initial_description":"d","created_at":"%s","purpose_category":"secret"}`, id, someTime),
		"line 2: id is the nil UUID":                        entryLineOf(uuid.Nil, "d"),
		"line 2: initial_description is too long":           entryLineOf(id, strings.Repeat("x", builder.MaxDescription+1)),
		"line 2: entry_base64 is not base64":                fmt.Sprintf(`{"id":"%s","created_at":"%s","entry_base64":"?"}`, id, someTime),
		"line 2: the line has a member that does not belon": fmt.Sprintf(`{"id":"%s","created_at":"%s","entry_base64":"","x":1}`, id, someTime),
	}
	for want, bad := range entries {
		checkRefused(t, ImportMemory, entryLineOf(testID(9), "good"), bad, want)
	}
}

// checkRefused imports a good line, a bad one and another good one.
func checkRefused(t *testing.T, importer importFunc, good, bad, want string) {
	t.Helper()
	text := good + "\n" + bad + "\n" + strings.ReplaceAll(good, testID(9).String(), testID(10).String()) + "\n"
	db := newDatabase()
	result, err := importer(t.Context(), db, "", strings.NewReader(text), ImportOptions{})
	var at *LineError
	if !errors.As(err, &at) || at.Line != 2 || !errors.Is(err, builder.ErrInvalid) || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %s", err, want)
		return
	}
	if strings.Contains(err.Error(), "secret") {
		t.Errorf("the error repeats what it was given: %v", err)
	}
	if rows := rowsOf(t, db); len(rows) > 0 || result.Added > 0 {
		t.Errorf("%s: %d rows were stored", want, len(rows))
	}
	result, err = importer(t.Context(), db, "", strings.NewReader(text), ImportOptions{SkipBad: true})
	refused := []RefusedLine{{2, at.Err.Error()}}
	if err != nil || result.Added != 2 || !cmp.Equal(result.Refused, refused) {
		t.Errorf("skipping %s: %+v, %v", want, result, err)
	}
}

func TestImportStoresNothingWhenItsReaderBreaks(t *testing.T) {
	broken := errors.New("broken")
	for _, test := range []struct {
		importer importFunc
		line     string
	}{{ImportDrafts, draftLineOf(testID(1))}, {ImportMemory, entryLineOf(testID(1), "d")}} {
		db := newDatabase()
		_, err := test.importer(t.Context(), db, "", io.MultiReader(strings.NewReader(test.line+"\n"), iotest.ErrReader(broken)), ImportOptions{})
		if !errors.Is(err, broken) || len(rowsOf(t, db)) > 0 {
			t.Errorf("got %v and %d rows", err, len(rowsOf(t, db)))
		}
	}
}

func TestImportTakesWhatShowPrints(t *testing.T) {
	unreadable := map[string]string{"state": "null", "state_base64": base64Text("?"), "status": `"unreadable"`, "problem": `"p"`, "pending": "{}"}
	text := draftWith(testID(1), map[string]string{"status": `"ok"`, "pending": "null"}) + "\n" + draftWith(testID(2), unreadable)
	db := newDatabase()
	if result, err := ImportDrafts(t.Context(), db, "", strings.NewReader(text), ImportOptions{}); err != nil || result.Added != 2 {
		t.Fatalf("%+v, %v", result, err)
	}
	if d := loadDraft(t, db, testID(2)); string(d.State) != "?" || d.Revision != 3 {
		t.Errorf("got %+v", d)
	}
}

func TestImportKeepsWhatIsThere(t *testing.T) {
	db, ctx := newDatabase(), t.Context()
	store := db.Owner("")
	lines := func(ids ...int) string {
		var text []string
		for _, n := range ids {
			text = append(text, draftWith(testID(n), map[string]string{"pending": `{"tone":"for"}`}))
		}
		return strings.Join(text, "\n")
	}
	if result, err := ImportDrafts(ctx, db, "", strings.NewReader(lines(1, 2, 3)), ImportOptions{}); err != nil || result.Added != 3 {
		t.Fatalf("%+v, %v", result, err)
	}
	continued := loadDraft(t, db, testID(1))
	continued.State = []byte(testState(testID(1), "another bot"))
	if _, err := store.SaveDraft(ctx, continued, "tone"); err != nil {
		t.Fatal(err)
	}
	if _, err := store.DeleteDraft(ctx, testID(2)); err != nil {
		t.Fatal(err)
	}
	if _, err := store.FinishSession(ctx, testID(3), 3, builder.MemoryEntry{ID: testID(3)}); err != nil {
		t.Fatal(err)
	}
	ours := builder.Draft{SessionID: testID(4), SchemaVersion: 1, State: []byte(testState(testID(4), "ours"))}
	if _, err := store.SaveDraft(ctx, ours); err != nil {
		t.Fatal(err)
	}
	result, err := ImportDrafts(ctx, db, "", strings.NewReader(lines(1, 2, 3, 4)), ImportOptions{})
	want := Imported{Added: 1, AlreadyThere: 1, Gone: []Line{{3, testID(3)}}, Differs: []Line{{4, testID(4)}}, Refused: []RefusedLine{}}
	if err != nil || !cmp.Equal(result, want) {
		t.Error(err, cmp.Diff(want, result))
	}
	for n, text := range map[int]string{1: "", 2: "for", 4: ""} {
		pending, err := store.LoadPending(ctx, testID(n))
		if err != nil || pending["tone"] != text {
			t.Errorf("draft %d has pending %v, %v", n, pending, err)
		}
	}
	if d := loadDraft(t, db, testID(4)); string(d.State) != string(ours.State) {
		t.Errorf("the stored draft became %s", d.State)
	}

	if _, err := store.ForgetMemory(ctx, testID(3)); err != nil {
		t.Fatal(err)
	}
	if err := store.RecordMemory(ctx, builder.MemoryEntry{ID: testID(5), Description: "ours"}); err != nil {
		t.Fatal(err)
	}
	entries := entryLineOf(testID(3), "back again") + "\n" + entryLineOf(testID(5), "theirs")
	result, err = ImportMemory(ctx, db, "", strings.NewReader(entries), ImportOptions{})
	want = Imported{Added: 1, Gone: []Line{}, Differs: []Line{{2, testID(5)}}, Refused: []RefusedLine{}}
	if err != nil || !cmp.Equal(result, want) {
		t.Error(err, cmp.Diff(want, result))
	}
	if e := loadEntry(t, db, testID(5)); e.Description != "ours" {
		t.Errorf("the stored entry became %q", e.Description)
	}
}

// A history may be shorter than what a session has gone on for.
func TestImportKnowsASessionThatWentOn(t *testing.T) {
	db, ctx := memstore.New(memstore.Options{History: 1}), t.Context()
	if _, err := ImportDrafts(ctx, db, "", strings.NewReader(draftLineOf(testID(1))), ImportOptions{}); err != nil {
		t.Fatal(err)
	}
	d := loadDraft(t, db, testID(1))
	d.State = []byte(testState(testID(1), "another bot"))
	if _, err := db.Owner("").SaveDraft(ctx, d); err != nil {
		t.Fatal(err)
	}
	elsewhere := draftWith(testID(1), map[string]string{"created_at": `"2026-02-18T00:00:00Z"`})
	result, err := ImportDrafts(ctx, db, "", strings.NewReader(draftLineOf(testID(1))+"\n"+elsewhere), ImportOptions{})
	if err != nil || result.AlreadyThere != 1 || !cmp.Equal(result.Differs, []Line{{2, testID(1)}}) {
		t.Errorf("%+v, %v", result, err)
	}
}

func TestImportIsForOneOwner(t *testing.T) {
	db := newDatabase()
	for _, owner := range []string{"ada", "bob"} {
		if result, err := ImportDrafts(t.Context(), db, owner, strings.NewReader(draftLineOf(testID(1))), ImportOptions{}); err != nil || result.Added != 1 {
			t.Errorf("%s: %+v, %v", owner, result, err)
		}
	}
	if drafts, _ := export(t, db, "ada"); !strings.Contains(drafts, testID(1).String()) {
		t.Errorf("ada has %q", drafts)
	}
	if drafts, _ := export(t, db, "eve"); drafts != "" {
		t.Errorf("eve sees %s", drafts)
	}
	if _, err := ImportDrafts(t.Context(), db, "\xff", strings.NewReader(""), ImportOptions{}); !errors.Is(err, builder.ErrInvalid) {
		t.Errorf("an impossible owner: %v", err)
	}
}

func TestImportInBatches(t *testing.T) {
	var text bytes.Buffer
	const n = 3*batchRows + 5
	for i := range n {
		fmt.Fprintln(&text, entryLineOf(testID(i), "d"))
		fmt.Fprintln(&text, "?")
	}
	var progress []int
	opts := ImportOptions{SkipBad: true, Progress: func(lines int) { progress = append(progress, lines) }}
	result, err := ImportMemory(t.Context(), newDatabase(), "", &text, opts)
	if err != nil || result.Added != n || len(result.Refused) != n || result.Refused[n-1].Line != 2*n {
		t.Errorf("%d added, %d refused, %v", result.Added, len(result.Refused), err)
	}
	if len(progress) != 4 || progress[3] != 2*n {
		t.Errorf("progress was %v", progress)
	}
}

func TestImportStoresAFileInOneStep(t *testing.T) {
	var lines []string
	for n := range batchRows + 5 {
		lines = append(lines, draftLineOf(testID(n)))
	}
	text := strings.Join(lines, "\n")
	db := &measured{Database: newDatabase()}
	if _, err := ImportDrafts(t.Context(), db, "", strings.NewReader(text+"\n?"), ImportOptions{}); err == nil || len(db.rows) > 0 {
		t.Errorf("a bad last line: %v after %v rows", err, db.rows)
	}
	if _, err := ImportDrafts(t.Context(), db, "", strings.NewReader(text), ImportOptions{}); err != nil || !slices.Equal(db.rows, []int{batchRows + 5}) {
		t.Errorf("%v after %v rows", err, db.rows)
	}
}
