package transfer

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/boternity/boternity/builder"
)

func TestAdoptAgain(t *testing.T) {
	w := newBoternity(t)
	for n := range 500 {
		w.draft(testID(n).String(), testState(testID(n), "bot"), 1, someTime, someTime)
		w.entry(testID(n+1000).String(), nil)
	}
	db, ctx := newDatabase(), t.Context()
	var progress []int
	result, err := Adopt(ctx, db, w.path, AdoptOptions{Progress: func(done, total int) {
		progress = append(progress, done)
		if total != 1000 {
			t.Errorf("%d of %d", done, total)
		}
	}})
	if err != nil || result.Drafts != 500 || result.Memory != 500 || result.AlreadyThere != 0 {
		t.Fatalf("got %+v, %v", result, err)
	}
	if !slices.IsSorted(progress) || len(progress) < 3 || progress[len(progress)-1] != 1000 {
		t.Errorf("progress was %v", progress)
	}
	if again := mustAdopt(t, db, w.path); again.AlreadyThere != 1000 || again.Drafts+again.Memory+len(again.Refused)+len(again.Noted) > 0 {
		t.Fatalf("the second time: %+v", again)
	}

	store := db.Owner("")
	continued := loadDraft(t, db, testID(0))
	for n := range builder.DefaultHistory + 1 {
		if n == 1 {
			if again := mustAdopt(t, db, w.path); again.AlreadyThere != 1000 {
				t.Errorf("with a continued draft: %+v", again)
			}
		}
		continued.State = []byte(testState(testID(0), fmt.Sprint("bot ", n)))
		if continued, err = store.SaveDraft(ctx, continued); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := store.LoadRevision(ctx, testID(0), 1); !errors.Is(err, builder.ErrNotFound) {
		t.Fatal("the adopted revision is still kept")
	}
	if _, err := store.DeleteDraft(ctx, testID(1)); err != nil {
		t.Fatal(err)
	}
	finished := builder.MemoryEntry{ID: testID(2), Description: "bot"}
	if _, err := store.FinishSession(ctx, testID(2), 1, finished); err != nil {
		t.Fatal(err)
	}
	if _, err := store.ForgetMemory(ctx, testID(1000)); err != nil {
		t.Fatal(err)
	}
	w.exec("UPDATE builder_drafts SET updated_at = '2027-01-01T00:00:00Z' WHERE rowid = 4")
	w.exec("UPDATE builder_memory SET created_at = '2027-01-01T00:00:00Z' WHERE rowid = 2")
	w.exec("UPDATE builder_drafts SET state_json = '{}' WHERE rowid = 5")
	w.exec("UPDATE builder_drafts SET schema_version = 2 WHERE rowid = 6")
	w.exec("UPDATE builder_memory SET chosen_tone = 'casual' WHERE rowid = 3")
	w.entry(testID(4).String(), nil) // of a session that is unfinished here
	again := mustAdopt(t, db, w.path)
	const gone = "deleted or finished here since; not brought back"
	const differs = "the stored draft with this id differs; it was left as it is"
	want := Adoption{
		AlreadyThere: 1000 - 6,
		Noted:        []Named{{"builder_drafts", 2, gone}, {"builder_drafts", 3, gone}, {"builder_memory", 1, gone}},
		Refused: []Named{{"builder_drafts", 5, differs}, {"builder_drafts", 6, differs},
			{"builder_memory", 3, "the stored entry with this id differs; it was left as it is"},
			{"builder_memory", 501, "the session with this id is unfinished here; its entry would end it"}},
	}
	if !cmp.Equal(again, want) {
		t.Error(cmp.Diff(want, again))
	}
	if d := loadDraft(t, db, testID(0)); d.Revision != continued.Revision {
		t.Errorf("the continued draft is at revision %d", d.Revision)
	}
	if tone := loadEntry(t, db, testID(1002)).Choices["tone"].Value; tone != builder.Text("formal") {
		t.Errorf("the stored tone became %s", tone)
	}
}

func TestAdoptDoesNotTakeAnotherSessionForItsOwn(t *testing.T) {
	w := newBoternity(t)
	w.draft(testID(1).String(), testState(testID(1), "theirs"), 1, someTime, someTime)
	db := newDatabase()
	for n := range 2 {
		d := builder.Draft{SessionID: testID(1), Revision: builder.Revision(n), SchemaVersion: 1, State: []byte(testState(testID(1), fmt.Sprint("ours ", n)))}
		if _, err := db.Owner("").SaveDraft(t.Context(), d); err != nil {
			t.Fatal(err)
		}
	}
	before := loadDraft(t, db, testID(1))
	if result := mustAdopt(t, db, w.close()); len(result.Refused) != 1 || result.AlreadyThere != 0 {
		t.Errorf("got %+v", result)
	}
	if after := loadDraft(t, db, testID(1)); !cmp.Equal(before, after) {
		t.Error(cmp.Diff(before, after))
	}
}

// measured is a database that notes how much it is given at once.
type measured struct {
	builder.Database
	rows, bytes []int
}

func (m *measured) PutRows(ctx context.Context, rows []builder.Row, opts builder.PutOptions) ([]builder.Put, error) {
	bytes := 0
	for _, r := range rows {
		bytes += len(r.Draft.State)
	}
	m.rows, m.bytes = append(m.rows, len(rows)), append(m.bytes, bytes)
	return m.Database.PutRows(ctx, rows, opts)
}

func TestAdoptPutsBoundedBatches(t *testing.T) {
	w := openWriter(t, draftsTable)
	big := strings.Repeat("x", 3<<20)
	for n := range 7 {
		w.draft(testID(n).String(), big, 1, someTime, someTime)
	}
	for n := range batchRows + 1 {
		w.draft(testID(n+100).String(), "", 1, someTime, someTime)
	}
	db := &measured{Database: newDatabase()}
	if result := mustAdopt(t, db, w.close()); result.Drafts != 7+batchRows+1 {
		t.Errorf("got %+v", result)
	}
	if want := []int{3, 3, batchRows, 2}; !slices.Equal(db.rows, want) {
		t.Errorf("put %d rows, %d bytes", db.rows, db.bytes)
	}
}

// inFile is a database that says it is kept in a file.
type inFile struct {
	builder.Database
	path string
}

func (f inFile) Path() string { return f.path }

func TestAdoptNeverOpensItsOwnDatabase(t *testing.T) {
	path := filepath.Join(t.TempDir(), "builder.db")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	link := path + ".link"
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	_, err := Adopt(t.Context(), inFile{newDatabase(), path}, link, AdoptOptions{})
	if !errors.Is(err, builder.ErrInvalid) || !strings.Contains(err.Error(), problemOurs) {
		t.Errorf("got %v", err)
	}
	w := newBoternity(t)
	if _, err := Adopt(t.Context(), inFile{newDatabase(), path}, w.close(), AdoptOptions{}); err != nil {
		t.Error(err)
	}
}

func TestAdoptTakesAFileWithOneTable(t *testing.T) {
	w := openWriter(t, draftsTable)
	w.draft(testID(1).String(), "{}", 1, someTime, someTime)
	if result := mustAdopt(t, newDatabase(), w.close()); result.Drafts != 1 {
		t.Errorf("got %+v", result)
	}
	w = openWriter(t, memoryTable)
	w.entry(testID(1).String(), nil)
	if result := mustAdopt(t, newDatabase(), w.close()); result.Memory != 1 {
		t.Errorf("got %+v", result)
	}
}

func TestAdoptRefusesOtherFiles(t *testing.T) {
	folder := t.TempDir()
	write := func(name, content string) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for want, path := range map[string]string{
		"a folder":                      folder,
		"not an SQLite database":        write("text", "SQLite format 3, or so it says"),
		"is not an SQLite database":     write("empty", ""),
		"of this program already":       openWriter(t, draftsTable, "CREATE TABLE builder_draft_revisions (x)").close(),
		"neither a table":               openWriter(t).close(),
		"without the column updated_at": openWriter(t, "CREATE TABLE builder_drafts (session_id, state_json, schema_version, created_at)").close(),
	} {
		_, err := Adopt(t.Context(), newDatabase(), path, AdoptOptions{})
		if !errors.Is(err, builder.ErrInvalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", filepath.Base(path), err)
		}
	}
	if _, err := Adopt(t.Context(), newDatabase(), filepath.Join(folder, "missing"), AdoptOptions{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
	if _, err := Adopt(t.Context(), newDatabase(), write("broken", "SQLite format 3\x00 and no more"), AdoptOptions{}); err == nil {
		t.Error("a broken database was adopted")
	}
}
