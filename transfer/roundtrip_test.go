package transfer

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"pgregory.net/rapid"

	"github.com/boternity/boternity/builder"
)

// rowsOf returns every row of a database that has no history, in an order that
// does not depend on the store's.
func rowsOf(t *testing.T, db builder.Database) (rows []builder.Row) {
	t.Helper()
	for r, err := range db.Rows(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		r.Next = ""
		rows = append(rows, r)
	}
	key := func(r builder.Row) string {
		switch {
		case r.Draft != nil:
			return r.Owner + " draft " + r.Draft.SessionID.String()
		case r.Pending != nil:
			return r.Owner + " pending " + r.Pending.SessionID.String() + r.Pending.Field
		}
		return r.Owner + " memory " + r.Memory.ID.String()
	}
	slices.SortFunc(rows, func(a, b builder.Row) int { return strings.Compare(key(a), key(b)) })
	return rows
}

func put(t *testing.T, db builder.Database, rows ...builder.Row) {
	t.Helper()
	puts, err := db.PutRows(t.Context(), rows, builder.PutOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for i, put := range puts {
		if put != builder.PutAdded {
			t.Fatalf("row %d is %s", i, put)
		}
	}
}

func export(t *testing.T, db builder.Database, owner string) (drafts, memory string) {
	t.Helper()
	var out bytes.Buffer
	if _, err := ExportDrafts(t.Context(), db, owner, nil, &out); err != nil {
		t.Fatal(err)
	}
	drafts = out.String()
	out.Reset()
	if _, err := ExportMemory(t.Context(), db, owner, &out); err != nil {
		t.Fatal(err)
	}
	return drafts, out.String()
}

// importBoth imports memory first: drafts of sessions with an entry are gone.
func importBoth(t *testing.T, db builder.Database, owner, drafts, memory string) (d, m Imported) {
	t.Helper()
	d, err := ImportDrafts(t.Context(), db, owner, strings.NewReader(drafts), ImportOptions{})
	if err != nil {
		t.Fatal(err)
	}
	m, err = ImportMemory(t.Context(), db, owner, strings.NewReader(memory), ImportOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return d, m
}

// checkRoundTrip exports everything of an owner and imports it twice.
func checkRoundTrip(t *testing.T, db builder.Database, owner string, drafts, memory int) {
	t.Helper()
	draftLines, memoryLines := export(t, db, owner)
	other := newDatabase()
	for _, want := range []Imported{{}, {AlreadyThere: 1}} {
		d, m := importBoth(t, other, owner, draftLines, memoryLines)
		wantDrafts, wantMemory := Imported{Added: drafts, Differs: []Line{}, Gone: []Line{}, Refused: []RefusedLine{}},
			Imported{Added: memory, Differs: []Line{}, Gone: []Line{}, Refused: []RefusedLine{}}
		if want.AlreadyThere > 0 {
			wantDrafts.Added, wantDrafts.AlreadyThere = 0, drafts
			wantMemory.Added, wantMemory.AlreadyThere = 0, memory
		}
		if !cmp.Equal(d, wantDrafts) || !cmp.Equal(m, wantMemory) {
			t.Error(cmp.Diff(wantDrafts, d), cmp.Diff(wantMemory, m))
		}
		if a, b := rowsOf(t, db), rowsOf(t, other); !reflect.DeepEqual(a, b) { // cmp takes seconds over large states
			t.Error("the rows are others:", cmp.Diff(a, b))
		}
	}
	againDrafts, againMemory := export(t, other, owner)
	if againDrafts != draftLines || againMemory != memoryLines {
		t.Error("the imported rows export in another way")
	}
}

var exportStates = []string{
	`{"session_id":"ID","phase":"basics","initial_description":"d","conversation":[],"config":{"skills":[]},"phase_history":[]}`,
	`{ "session_id" : "ID","phase":"b\u0061sics","initial_description":"d<&>","conversation":[],"config":{"skills":[],"big":123456789012345678901234567890,"e":1.0E+2},"phase_history":[], "later" : { "x" : [ ] } }`,
	"{\"session_id\":\"ID\",\"phase\":\"basics\",\n\"initial_description\":\"d\u2028\",\"conversation\":[],\"config\":{\"skills\":[]},\"phase_history\":[]}",
	"{\"session_id\":\"ID\",\"phase\":\"basics\",\"initial_description\":\"d\",\r\"conversation\":[],\"config\":{\"skills\":[]},\"phase_history\":[]}",
	` {"session_id":"ID","phase":"basics","initial_description":"d","conversation":[],"config":{"skills":[]},"phase_history":[]}`,
	`{"session_id":"ID","phase":"basics","initial_description":"d","conversation":[],"config":{"skills":null},"phase_history":[]}`,
	`{"a":1}`, `{"a":1,"a":2}`, `[]`, `null`, ``, "\xff\x00", `{"half":"\ud800"}`, `{"session_id":`, `{}{}`, `{},"revision":7`, `{"deep":` + strings.Repeat("[", 9998) + strings.Repeat("]", 9998) + "}",
	`{"session_id":"ID","phase":"basics","initial_description":"` + strings.Repeat("long ", 20_000) + `","conversation":[],"config":{"skills":[]},"phase_history":[]}`,
}

var exportEntries = []string{
	`{"id":"ID","purpose_category":"coding","initial_description":"d","chosen_tone":null,"chosen_model":null,"chosen_skills":[],"bot_slug":null,"created_at":"TIME","choices":{}}`,
	`{"id":"ID","initial_description":"d","created_at":"TIME","later":{ "x" : 12345678901234567890 }}`,
	`not an entry`, ``, "\xff\n", `{"id":"ID"}`, `{"entry_base64":"AAAA"}`,
	`{"id":"ID","initial_description":"d","created_at":"TIME","entry_base64":"AAAA"}`,
	`{"id":"ID","initial_description":"` + strings.Repeat("long ", 20_000) + `","created_at":"TIME"}`,
}

func TestExportsRoundTrip(t *testing.T) {
	const owner = "ada \"the\" first"
	db := newDatabase()
	at := time.Date(2026, 1, 2, 3, 4, 5, 678901000, time.UTC)
	for n, state := range exportStates {
		id := testID(n)
		put(t, db, builder.Row{Owner: owner, Draft: &builder.Draft{
			SessionID: id, Revision: builder.Revision(n + 1), SchemaVersion: uint32(n % 4), CreatedAt: at,
			UpdatedAt: at.Add(time.Duration(n) * time.Microsecond), State: []byte(strings.ReplaceAll(state, "ID", id.String())),
		}})
		put(t, db, builder.Row{Owner: owner, Pending: &builder.Pending{SessionID: id, Field: "tone", Text: "half\n typed \u2028\""}})
	}
	for n, entry := range exportEntries {
		id, created := testID(n+100), at.Add(time.Duration(n)*time.Second)
		text := strings.NewReplacer("ID", id.String(), "TIME", builder.FormatTime(created)).Replace(entry)
		var e builder.MemoryEntry
		if e.UnmarshalJSON([]byte(text)) == nil {
			b, err := builder.EncodeEntry(e) // as every store writes it
			if err != nil {
				t.Fatal(err)
			}
			text = string(b)
		}
		put(t, db, builder.Row{Owner: owner, Memory: &builder.StoredEntry{ID: id, CreatedAt: created, Entry: []byte(text)}})
	}
	checkRoundTrip(t, db, owner, len(exportStates), len(exportEntries))
}

func TestExportIsPlainWhereItCanBe(t *testing.T) {
	db := newDatabase()
	store := db.Owner("")
	d, err := store.SaveDraft(t.Context(), builder.Draft{SessionID: testID(1), SchemaVersion: 1, State: []byte(testState(testID(1), "a <bot>"))})
	if err != nil {
		t.Fatal(err)
	}
	if err := store.SavePending(t.Context(), testID(1), "tone", "for"); err != nil {
		t.Fatal(err)
	}
	e := builder.MemoryEntry{ID: testID(2), Description: "another"}
	if err := store.RecordMemory(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	drafts, memory := export(t, db, "")
	want := fmt.Sprintf(`{"session_id":"%s","schema_version":1,"revision":1,"created_at":"2026-05-03T12:00:01.000000Z",`+
		`"updated_at":"2026-05-03T12:00:01.000000Z","state":%s,"pending":{"tone":"for"}}`+"\n", testID(1), d.State)
	if drafts != want {
		t.Errorf("got %s\nwant %s", drafts, want)
	}
	stored, err := loadEntry(t, db, testID(2)).MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	if memory != string(stored)+"\n" {
		t.Errorf("got %s\nwant %s", memory, stored)
	}
}

func TestExportDraftsByID(t *testing.T) {
	db := newDatabase()
	for n := range 3 {
		put(t, db, builder.Row{Draft: &builder.Draft{SessionID: testID(n), Revision: 1, SchemaVersion: 1, State: []byte(testState(testID(n), "bot"))}})
	}
	var out bytes.Buffer
	if n, err := ExportDrafts(t.Context(), db, "", []uuid.UUID{testID(2), testID(0)}, &out); err != nil || n != 2 {
		t.Fatal(n, err)
	}
	if lines := strings.Split(out.String(), "\n"); len(lines) != 3 || !strings.Contains(lines[0], testID(2).String()) || !strings.Contains(lines[1], testID(0).String()) {
		t.Errorf("got %s", out.String())
	}
	out.Reset()
	if n, err := ExportDrafts(t.Context(), db, "", []uuid.UUID{}, &out); err != nil || n != 0 || out.Len() > 0 {
		t.Errorf("no ids gave %d drafts, %v", n, err)
	}
	if _, err := ExportDrafts(t.Context(), db, "", []uuid.UUID{testID(9)}, &out); !errors.Is(err, builder.ErrNotFound) {
		t.Errorf("an unknown id: %v", err)
	}
	if _, err := ExportDrafts(t.Context(), db, "other", []uuid.UUID{testID(0)}, &out); !errors.Is(err, builder.ErrNotFound) {
		t.Errorf("another owner's id: %v", err)
	}
}

func TestExportPagesThroughEverything(t *testing.T) {
	db := newDatabase()
	for n := range builder.MaxPage + 10 {
		put(t, db, builder.Row{Draft: &builder.Draft{SessionID: testID(n), Revision: 1, SchemaVersion: 1, State: []byte(testState(testID(n), "bot"))}})
		b, err := builder.EncodeEntry(builder.MemoryEntry{ID: testID(n + 1000), CreatedAt: time.UnixMicro(int64(n)).UTC()})
		if err != nil {
			t.Fatal(err)
		}
		put(t, db, builder.Row{Memory: &builder.StoredEntry{ID: testID(n + 1000), CreatedAt: time.UnixMicro(int64(n)), Entry: b}})
	}
	checkRoundTrip(t, db, "", builder.MaxPage+10, builder.MaxPage+10)
}

func TestExportNamesWhatItLeavesOut(t *testing.T) {
	db := newDatabase()
	put(t, db,
		builder.Row{Draft: &builder.Draft{SessionID: testID(1), Revision: 1, State: []byte("{}")}},
		builder.Row{Draft: &builder.Draft{SessionID: testID(2), Revision: 1, State: []byte("{}")}},
		builder.Row{Pending: &builder.Pending{SessionID: testID(2), Field: "tone", Text: "a secret \xff"}},
		builder.Row{Memory: &builder.StoredEntry{ID: testID(4), Entry: []byte("?")}},
		builder.Row{Owner: "other", Memory: &builder.StoredEntry{ID: testID(4), Entry: []byte("another's")}},
	)
	var out bytes.Buffer
	n, err := ExportDrafts(t.Context(), db, "", nil, &out)
	if n != 2 || err == nil || !strings.Contains(err.Error(), testID(2).String()) || strings.Contains(err.Error(), "secret") {
		t.Errorf("%d drafts, %v", n, err)
	}
	var left *LeftOutError
	if !errors.As(err, &left) || len(left.Problems) != 1 {
		t.Errorf("left out: %v", left)
	}
	out.Reset()
	n, err = ExportMemory(t.Context(), db, "", &out)
	if n != 1 || err != nil || !strings.Contains(out.String(), `"Pw=="`) {
		t.Errorf("%d entries, %v", n, err)
	}
	out.Reset()
	if n, err := ExportMemory(t.Context(), db, "other", &out); n != 1 || err != nil || !strings.Contains(out.String(), base64Text("another's")) {
		t.Errorf("%d entries of the other owner, %v: %s", n, err, out.String())
	}
}

// Whatever a database holds, exporting and importing it gives the same rows.
func TestExportsRoundTripProperty(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		db := newDatabase()
		drafts := rapid.IntRange(0, 4).Draw(rt, "drafts")
		for n := range drafts {
			d := builder.Draft{
				SessionID: testID(n), Revision: builder.Revision(rapid.Uint32Range(1, 1<<32-2).Draw(rt, "revision")),
				SchemaVersion: rapid.Uint32Range(0, 3).Draw(rt, "version"), State: drawState(rt, testID(n)),
				CreatedAt: drawTime(rt), UpdatedAt: drawTime(rt),
			}
			put(t, db, builder.Row{Draft: &d})
			pending := rapid.MapOfN(rapid.StringN(1, 8, builder.MaxField), rapid.StringN(1, -1, 200), 0, 3).Draw(rt, "pending")
			for _, field := range slices.Sorted(maps.Keys(pending)) {
				if builder.CheckPending(field, pending[field]) == nil {
					put(t, db, builder.Row{Pending: &builder.Pending{SessionID: testID(n), Field: field, Text: pending[field]}})
				}
			}
		}
		entries := rapid.IntRange(0, 4).Draw(rt, "entries")
		for n := range entries {
			put(t, db, builder.Row{Memory: drawEntry(rt, testID(n+100))})
		}
		checkRoundTrip(t, db, "", drafts, entries)
	})
}

func drawTime(rt *rapid.T) time.Time {
	return time.UnixMicro(rapid.Int64Range(-62167219200e6, 253402300799e6).Draw(rt, "time")).UTC()
}

func drawState(rt *rapid.T, id uuid.UUID) []byte {
	if rapid.Bool().Draw(rt, "bytes") {
		return rapid.SliceOf(rapid.Byte()).Draw(rt, "state")
	}
	text := rapid.SampledFrom(exportStates).Draw(rt, "state")
	return []byte(strings.ReplaceAll(text, "ID", id.String()))
}

func drawEntry(rt *rapid.T, id uuid.UUID) *builder.StoredEntry {
	created := drawTime(rt)
	if rapid.IntRange(0, 3).Draw(rt, "kind") == 0 {
		return &builder.StoredEntry{ID: id, CreatedAt: created, Entry: rapid.SliceOf(rapid.Byte()).Draw(rt, "entry")}
	}
	e := builder.MemoryEntry{ID: id, CreatedAt: created, Description: rapid.String().Draw(rt, "description"), Choices: map[string]builder.Choice{}}
	e.Category = rapid.SampledFrom(append(builder.FixedCategories(), builder.Unknown, builder.Custom(rapid.String().Draw(rt, "custom")))).Draw(rt, "category")
	for _, field := range rapid.SliceOfN(rapid.String(), 0, 3).Draw(rt, "fields") {
		e.Choices[field] = builder.Choice{Value: builder.List(rapid.SliceOf(rapid.String()).Draw(rt, "value")...), Source: builder.Imported}
	}
	if rapid.Bool().Draw(rt, "slug") {
		slug := rapid.String().Draw(rt, "slug")
		e.BotSlug = &slug
	}
	b, err := builder.EncodeEntry(e)
	if err != nil {
		rt.Fatal(err)
	}
	return &builder.StoredEntry{ID: id, CreatedAt: created, Entry: b}
}
