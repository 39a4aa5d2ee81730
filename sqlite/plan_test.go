package sqlite

import (
	"strings"
	"testing"
)

// The cost of a list must not grow with what there is: every one is read from
// an index in its order, listings of drafts from the index alone.
func TestQueryPlans(t *testing.T) {
	path := newPath(t)
	opened(t, path, testOptions())
	handle := rawHandle(t, path)
	for name, c := range map[string]struct {
		query string
		args  []any
		want  string
	}{
		"first drafts":       {firstDrafts, []any{"", 51}, "USING COVERING INDEX builder_drafts_by_update"},
		"further drafts":     {furtherDrafts, []any{"", 1, []byte{1}, 51}, "USING COVERING INDEX builder_drafts_by_update"},
		"a draft":            {draftBySession, []any{"", []byte{1}}, "USING INDEX builder_drafts_by_session"},
		"revisions":          {revisionsUpTo, []any{1, 2, 33}, "USING INTEGER PRIMARY KEY"},
		"all entries":        {entriesFrom + newestFirst, []any{"", 10}, "USING INDEX builder_memory_by_time"},
		"further entries":    {entriesFrom + entriesTo + newestFirst, []any{"", 1, []byte{1}, 10}, "USING INDEX builder_memory_by_time"},
		"of a category":      {entriesFrom + ofCategory + newestFirst, []any{"", "null", 10}, "USING INDEX builder_memory_by_category"},
		"further of it":      {entriesFrom + ofCategory + entriesTo + newestFirst, []any{"", "null", 1, []byte{1}, 10}, "USING INDEX builder_memory_by_category"},
		"entries of a term":  {entriesOfTerm, []any{1, "bot", 10}, "USING PRIMARY KEY (owner=? AND term=?)"},
		"an entry":           {entryByID, []any{"", []byte{1}}, "USING INDEX builder_memory_by_id"},
		"a trace of a draft": {draftOfTrace, []any{[]byte{1}}, "USING COVERING INDEX builder_drafts_by_gone_key"},
	} {
		rows, err := handle.Query("EXPLAIN QUERY PLAN "+c.query, c.args...)
		noError(t, err)
		var plan strings.Builder
		for rows.Next() {
			var id, parent, unused int
			var detail string
			noError(t, rows.Scan(&id, &parent, &unused, &detail))
			plan.WriteString(detail + "\n")
		}
		noError(t, rows.Err())
		noError(t, rows.Close())
		if !strings.Contains(plan.String(), c.want) || strings.Contains(plan.String(), "TEMP B-TREE") || strings.Contains(plan.String(), "SCAN") {
			t.Errorf("%s:\n%swant %s and nothing sorted", name, &plan, c.want)
		}
	}
	noError(t, handle.Close())
}
