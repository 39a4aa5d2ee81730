package sqlite

import (
	"slices"
	"strings"
	"testing"

	"github.com/boternity/boternity/builder"
)

// Rows that are sound in themselves and disagree with each other are found.
func TestCheckFindsDisagreement(t *testing.T) {
	for _, c := range []struct{ statement, table, problem string }{
		{"UPDATE builder_drafts SET description = 'another'", builder.TableDrafts, "listed as something else"},
		{"UPDATE builder_drafts SET phase = 'review'", builder.TableDrafts, "listed as something else"},
		{"UPDATE builder_drafts SET category = 'null'", builder.TableDrafts, "listed as something else"},
		{"UPDATE builder_drafts SET problem = 'none'", builder.TableDrafts, "listed as something else"},
		{"UPDATE builder_drafts SET bytes = bytes + 1", builder.TableDrafts, "listed as something else"},
		{"UPDATE builder_drafts SET gone_key = x'00'", builder.TableDrafts, "gone_key"},
		{"UPDATE builder_drafts SET state = CAST(state || ' ' AS BLOB)", builder.TableDrafts, "not that of its newest revision"},
		{"UPDATE builder_drafts SET state = CAST(replace(CAST(state AS TEXT), 'hello', 'jello') AS BLOB)", builder.TableDrafts, "not that of its newest revision"},
		{"DELETE FROM builder_draft_revisions WHERE key & 0xffffffff = 2", builder.TableDrafts, "missing from the history"},
		{"DELETE FROM builder_draft_revisions WHERE key & 0xffffffff = 1", tableFile, "count their revisions wrongly"},
		{"UPDATE builder_memory SET terms = 'hello'", builder.TableMemory, "terms are not those"},
		{"UPDATE builder_memory SET terms = ''", tableFile, "lead to no entry"},
		{"DELETE FROM builder_memory_terms WHERE term = 'hello'", builder.TableMemory, "does not find it"},
		{"UPDATE builder_memory_terms SET created_at = created_at + 1", builder.TableMemory, "does not find it"},
		{"UPDATE builder_memory_terms SET created_at = created_at + 1", tableFile, "lead to no entry"},
		{"INSERT INTO builder_memory_terms SELECT owner, 'stray', created_at, id FROM builder_memory", tableFile, "lead to no entry"},
		{"DELETE FROM builder_memory", tableFile, "lead to no entry"},
		{"UPDATE builder_term_counts SET entries = entries + 1", tableFile, "counted wrongly"},
	} {
		t.Run(c.statement, func(t *testing.T) {
			path := newPath(t)
			db := opened(t, path, testOptions())
			furnish(t, db.Owner("anna"), "hello")
			soundly(t, db)
			rawly(t, path, c.statement)
			var said []string
			for f, err := range db.Check(t.Context()) {
				if noError(t, err); f.Problem != "" {
					said = append(said, f.Table+" "+f.Owner+": "+f.Problem)
				}
			}
			owner := ""
			if c.table != tableFile {
				owner = "anna"
			}
			if !slices.ContainsFunc(said, func(s string) bool {
				return strings.HasPrefix(s, c.table+" "+owner+": ") && strings.Contains(s, c.problem)
			}) {
				t.Errorf("check says %q, want %q of %s", said, c.problem, c.table)
			}
		})
	}
}

// An index that does not hold what its table does would hide drafts from lists.
func TestCheckFindsRowsMissingFromAnIndex(t *testing.T) {
	path := newPath(t)
	db := opened(t, path, testOptions())
	saved(t, db.Owner(""), testDraft(testID(1), "hello", 1))
	soundly(t, db)
	// The index is given the pages of another one, which holds other rows.
	rawly(t, path, "PRAGMA writable_schema = ON",
		"UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM sqlite_schema WHERE name = 'builder_memory_by_time') WHERE name = 'builder_drafts_by_update'")
	again := opened(t, path, testOptions())
	found := false
	for f, err := range again.Check(t.Context()) {
		if err != nil {
			break // it may be too damaged to go on
		}
		found = found || f.Table == tableFile && strings.Contains(f.Problem, "builder_drafts_by_update")
	}
	if !found {
		t.Error("check did not name the index")
	}
}

// The count of a progress and the rows there are agree, and it comes to its end.
func TestCheckSaysHowFarItIs(t *testing.T) {
	db := opened(t, newPath(t), testOptions())
	d := testDraft(testID(1), "hello", 0)
	for i := range 3 * scanRows {
		d.State = testState(d.SessionID, "hello", i%7)
		d = saved(t, db.Owner(""), d)
	}
	furnish(t, db.Owner("anna"), "hello")
	rows := int64(0)
	for _, err := range db.Rows(t.Context(), "") {
		noError(t, err)
		rows++
	}
	if n, err := db.CountRows(t.Context()); err != nil || n != rows {
		t.Errorf("%d rows are counted, there are %d: %v", n, rows, err)
	}
	var last, total int64
	for _, err := range db.CheckWith(t.Context(), func(done, of int64) {
		if done < last {
			t.Errorf("it goes back from %d to %d", last, done)
		}
		last, total = done, of
	}) {
		noError(t, err)
	}
	if last == 0 || last > total || total-last >= scanRows {
		t.Errorf("it ends at %d of %d", last, total)
	}
}
