package postgres

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// The cost of a list must not grow with what there is: every one is read from
// an index in its order, without sorting, and a listing of drafts touches no
// state. The plans are those that are kept for any arguments.
func TestQueryPlans(t *testing.T) {
	for name, partitions := range map[string]int{"plain": 0, "partitioned": 4} {
		t.Run(name, func(t *testing.T) {
			url := newURL(t)
			db := opened(t, url, testOptions())
			for i := range 30 {
				s := db.Owner(fmt.Sprint("owner", i))
				furnish(t, s, "hello")
			}
			fill(t, url, "other", 0, 10, 100)
			if partitions > 0 {
				noError(t, Partition(t.Context(), url, partitions))
			}
			rawly(t, url, "ANALYZE")
			conn, err := pgx.Connect(t.Context(), url)
			noError(t, err)
			defer conn.Close(t.Context())
			// A table of a few pages is faster to read whole.
			for _, setting := range []string{"plan_cache_mode = force_generic_plan", "enable_seqscan = off", "enable_bitmapscan = off"} {
				_, err := conn.Exec(t.Context(), "SET "+setting)
				noError(t, err)
			}
			at, id := int64(1), uuid.New()
			for name, c := range plans(at, id) {
				plan := explain(t, conn, c.query, c.args)
				if !strings.Contains(plan, c.how) || strings.Contains(plan, "Seq Scan") || strings.Contains(plan, "Sort  (") || !strings.Contains(plan, c.cond) {
					t.Errorf("%s:\n%swant an %s by %s and nothing sorted", name, plan, c.how, c.cond)
				}
			}
		})
	}
}

type plan struct {
	query string
	args  []any
	how   string
	cond  string
}

func plans(at int64, id uuid.UUID) map[string]plan {
	const owner = "(owner = $1)"
	return map[string]plan{
		"first drafts":       {limited(firstDrafts, 51), []any{"", 51}, "Index Only Scan", owner},
		"further drafts":     {limited(furtherDrafts, 51), []any{"", 51, at, id}, "Index Only Scan", "((owner = $1) AND (ROW(updated_at, session_id) < ROW($3, $4)))"},
		"a save":             {followUpdate + followTrim + followWhere + followDrop + followEnd, saveArgs(at, id, at), "Index Scan", "((owner = $1) AND (session_id = $2))"},
		"a draft":            {draftBySession, []any{"", id}, "Index Scan", "((owner = $1) AND (session_id = $2))"},
		"a history":          {historyPage, []any{"", id, at, at, 51}, "Index Scan", "((owner = $1) AND (session_id = $2) AND (revision >= $3) AND (revision <= $4))"},
		"a revision's chain": {revisionsUpTo, []any{"", id, at, 65}, "Index Scan", "((owner = $1) AND (session_id = $2) AND (revision <= $3) AND"},
		"all entries":        {limited(entriesFrom+newestFirst, 11), []any{"", 11}, "Index Scan", owner},
		"further entries":    {limited(entriesFrom+entriesTo+newestFirst, 11), []any{"", 11, at, id}, "Index Scan", "((owner = $1) AND (ROW(created_at, id) < ROW($3, $4)))"},
		"of a category":      {limited(entriesFrom+ofCategory+newestFirst, 11), []any{"", 11, []byte{1}}, "Index Scan", "((owner = $1) AND (category_key = $3))"},
		"further of it":      {limited(entriesFrom+ofCategory+entriesToOfKind+newestFirst, 11), []any{"", 11, []byte{1}, at, id}, "Index Scan", "((owner = $1) AND (category_key = $3) AND (ROW(created_at, id) < ROW($4, $5)))"},
		"an entry":           {entryByID, []any{"", id}, "Index Scan", "((owner = $1) AND (id = $2))"},
	}
}

// saveArgs are arguments of the types that a save has; the last, the limit,
// only where there is something to drop.
func saveArgs(at int64, id uuid.UUID, limit ...any) []any {
	b := []byte{1}
	return append([]any{"", id, at, at, at, "", "", "", at, b, b, b, at, at, at, 2, b, at, at, at, b}, limit...)
}

// Where nobody has gathered statistics yet, a draft and an entry are still
// looked up by their keys.
func TestPlansOfAnEmptyDatabase(t *testing.T) {
	conn, err := pgx.Connect(t.Context(), newURL(t))
	noError(t, err)
	defer conn.Close(t.Context())
	plan := explain(t, conn, followUpdate+followKeep+followWhere+followEnd, saveArgs(1, uuid.New()))
	for _, index := range []string{"using builder_drafts_pkey", "using builder_draft_revisions_pkey", "using builder_gone_pkey", "using builder_memory_pkey"} {
		if !strings.Contains(plan, index) {
			t.Errorf("plan has nothing %s:\n%s", index, plan)
		}
	}
}

func explain(t *testing.T, conn *pgx.Conn, query string, args []any) string {
	t.Helper()
	values := make([]string, len(args))
	for i, a := range args {
		switch a := a.(type) {
		case []byte:
			values[i] = fmt.Sprintf(`'\x%x'`, a)
		default:
			values[i] = fmt.Sprintf("'%v'", a)
		}
	}
	_, err := conn.Exec(t.Context(), "DEALLOCATE ALL; PREPARE explained AS "+query)
	noError(t, err)
	rows, err := conn.Query(t.Context(), "EXPLAIN EXECUTE explained ("+strings.Join(values, ", ")+")", pgx.QueryExecModeSimpleProtocol)
	noError(t, err)
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	noError(t, err)
	return strings.Join(lines, "\n") + "\n"
}

// The entries of a term come from the index of terms alone, as many as are
// wanted, so that the commonest term costs no more than a rare one.
func TestSimilarPlan(t *testing.T) {
	url := newURL(t)
	db := opened(t, url, testOptions())
	furnish(t, db.Owner(""), "hello")
	rawly(t, url, "VACUUM ANALYZE")
	conn, err := pgx.Connect(t.Context(), url)
	noError(t, err)
	defer conn.Close(t.Context())
	for _, setting := range []string{"plan_cache_mode = force_generic_plan", "enable_seqscan = off", "enable_bitmapscan = off"} {
		_, err := conn.Exec(t.Context(), "SET "+setting)
		noError(t, err)
	}
	plan := explain(t, conn, similarEntries(10), []any{"", "{hello,bot}"})
	for _, want := range []string{
		"Index Scan using builder_term_counts_pkey on builder_term_counts", "Index Only Scan Backward using builder_memory_terms_pkey",
		"Index Scan using builder_memory_pkey", "AND (term = ", "((owner = $1) AND (id = ",
	} {
		if !strings.Contains(plan, want) {
			t.Errorf("plan has no %s:\n%s", want, plan)
		}
	}
	if strings.Contains(plan, "Seq Scan on") {
		t.Errorf("plan reads a table whole:\n%s", plan)
	}
}
