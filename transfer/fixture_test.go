package transfer

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"

	"github.com/boternity/boternity/builder"
)

// fixtures is where a checkout may have real Boternity files beside it; where
// it has none these tests have nothing to do.
const fixtures = "../../shared/data/fixture"

// adoptFixture adopts a copy of a fixture twice, and reads what was expected.
func adoptFixture(t *testing.T, file, expectedFile string, expected any) (db builder.Database, first, second Adoption, found bool) {
	t.Helper()
	if _, err := os.Stat(fixtures); err != nil {
		return nil, first, second, false
	}
	text, err := os.ReadFile(filepath.Join(fixtures, expectedFile))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, expected); err != nil {
		t.Fatal(err)
	}
	folder := copyFolder(t, fixtures)
	before := folderSums(t, folder)
	db = newDatabase()
	first = mustAdopt(t, db, filepath.Join(folder, file))
	second = mustAdopt(t, db, filepath.Join(folder, file))
	if after := folderSums(t, folder); !cmp.Equal(before, after) {
		t.Error(cmp.Diff(before, after))
	}
	if second.AlreadyThere != first.Drafts+first.Memory || second.Drafts+second.Memory > 0 {
		t.Errorf("the second time: %+v", second)
	}
	return db, first, second, true
}

// draftIDs lists the drafts of some statuses, newest first.
func draftIDs(t *testing.T, db builder.Database, of ...builder.Status) []string {
	t.Helper()
	page, err := db.Owner("").ListDrafts(t.Context(), builder.DraftQuery{Limit: builder.MaxPage})
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, d := range page.Drafts {
		if slices.Contains(of, d.Status()) {
			ids = append(ids, d.SessionID.String())
		}
	}
	return ids
}

// entryIDs lists entries, newest first, without the first so many.
func entryIDs(t *testing.T, db builder.Database, category *builder.PurposeCategory, without int) []string {
	t.Helper()
	page, err := db.Owner("").Recall(t.Context(), builder.MemoryQuery{Category: category, Limit: builder.MaxPage})
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, e := range page.Entries[without:] {
		ids = append(ids, e.ID.String())
	}
	return ids
}

func compare(t *testing.T, what string, got, want []string) {
	t.Helper()
	if !cmp.Equal(got, want) {
		t.Errorf("%s:\n%s", what, cmp.Diff(want, got))
	}
}

func TestAdoptTheHotFixture(t *testing.T) {
	var expected struct {
		Drafts []string `json:"list_drafts_ids"` // readable or not
		Memory []string `json:"recall_recent_ids"`
	}
	db, result, _, found := adoptFixture(t, "hot.db", "expected_hot.json", &expected)
	if !found {
		return
	}
	compare(t, "drafts", draftIDs(t, db, builder.StatusOK, builder.StatusNewer, builder.StatusUnreadable), expected.Drafts)
	compare(t, "memory", entryIDs(t, db, nil, 0), expected.Memory)
	want := Adoption{Drafts: len(expected.Drafts), Memory: len(expected.Memory), Refused: []Named{}, Noted: []Named{}}
	if !cmp.Equal(result, want) {
		t.Error(cmp.Diff(want, result))
	}
}

func TestAdoptTheCorruptFixture(t *testing.T) {
	var expected struct {
		Drafts []string `json:"good_draft_ids_newest_first"`
		Memory []string `json:"good_memory_ids_newest_first"`
		Coding []string `json:"good_coding_ids_newest_first"`
	}
	db, result, again, found := adoptFixture(t, "corrupt.db", "expected_corrupt.json", &expected)
	if !found {
		return
	}
	compare(t, "drafts", draftIDs(t, db, builder.StatusOK), expected.Drafts)
	if unreadable := draftIDs(t, db, builder.StatusUnreadable); len(unreadable) != 5 {
		t.Errorf("unreadable: %v", unreadable)
	}
	// The four without a readable time or category are newer than the others.
	compare(t, "memory", entryIDs(t, db, nil, 4), expected.Memory)
	compare(t, "coding", entryIDs(t, db, &builder.Coding, 2), expected.Coding)
	rows := func(named []Named, table string) (ids []int64) {
		for _, n := range named {
			if n.Table == table {
				ids = append(ids, n.RowID)
			}
		}
		return ids
	}
	for _, result := range []Adoption{result, again} {
		got := [][]int64{rows(result.Refused, "builder_drafts"), rows(result.Noted, "builder_drafts"),
			rows(result.Refused, "builder_memory"), rows(result.Noted, "builder_memory")}
		want := [][]int64{{11, 12, 13, 14, 15, 16}, {7, 8, 9, 10, 17}, {13, 14, 15, 16, 19}, {17, 18, 20, 21}}
		if !cmp.Equal(got, want) {
			t.Error(cmp.Diff(want, got))
		}
	}
	if result.Drafts != 11 || result.Memory != 16 {
		t.Errorf("got %+v", result)
	}
}
