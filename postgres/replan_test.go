package postgres

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
)

// Planning takes as long as reading a page. A list is planned for its first five
// calls, as the server does to compare, and then no more, wherever the page
// begins and whoever's it is. And the plan that is kept reads a list in its
// order, also where most owners have one row, and one has many.
func TestListsArePlannedOnce(t *testing.T) {
	for name, c := range map[string]struct{ most, others, of int }{
		"one owner":                   {4_000, 0, 0},
		"most have one row":           {2_000, 24_000, 1}, // the indexes of lists are a level higher than the primary keys
		"most have fewer than a page": {4_000, 400, 10},
		"all have many":               {1_000, 5, 1_000},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			at := newURL(t)
			fill(t, at, "most", 0, 1, c.most)
			fill(t, at, "other", 1, c.others, c.of)
			rawly(t, at, "VACUUM ANALYZE builder_drafts, builder_memory")
			db := opened(t, at+"?pool_max_conns=1", testOptions())
			for i := range 12 {
				if c.others > 0 {
					listAll(t, db.Owner(fmt.Sprint("other", 1+i%c.others)), c.of, i)
				}
				listAll(t, db.Owner("most0"), c.most, i)
			}
			noError(t, db.read(t.Context(), func(c *call) error { return kept(c, t) }))
		})
	}
}

// kept looks at the plans that a connection keeps for its lists.
func kept(c *call, t *testing.T) error {
	t.Helper()
	var name, statement, line string
	var planned int64
	names := map[string]string{}
	err := c.each(`SELECT name, statement, custom_plans FROM pg_prepared_statements WHERE statement LIKE '%LIMIT $2'`, nil, []any{&name, &statement, &planned}, func() error {
		names[name] = statement
		if planned > 5 {
			t.Errorf("planned %d times: %s", planned, statement)
		}
		return nil
	})
	if len(names) != 6 {
		t.Errorf("%d lists were prepared, want 6", len(names))
	}
	if err == nil {
		_, err = c.exec("SET plan_cache_mode = force_generic_plan")
	}
	if err != nil {
		return err
	}
	for name, statement := range names {
		args := strings.Repeat(", NULL", strings.Count(statement, "$")-1)
		var plan strings.Builder
		if err := c.each("EXPLAIN EXECUTE "+name+" (''"+args+")", nil, []any{&line}, func() error {
			plan.WriteString(line + "\n")
			return nil
		}); err != nil {
			return err
		}
		if strings.Contains(plan.String(), "Sort") || strings.Contains(plan.String(), "Filter") {
			t.Errorf("reads more than it shows:\n%s%s", statement, plan.String())
		}
	}
	return nil
}

// Nor is it planned anew what an owner's similar entries are, by common terms.
func TestSimilarIsPlannedOnce(t *testing.T) {
	at := newURL(t)
	fill(t, at, "most", 0, 1, 20_000)
	rawly(t, at, `UPDATE builder_memory SET terms = ARRAY['code', 't' || mod(created_at, 7)]`,
		`INSERT INTO builder_memory_terms SELECT owner, unnest(terms), created_at, id FROM builder_memory`,
		`INSERT INTO builder_term_counts SELECT owner, term, count(*) FROM builder_memory_terms GROUP BY owner, term`,
		"VACUUM ANALYZE builder_memory, builder_memory_terms, builder_term_counts")
	db := opened(t, at+"?pool_max_conns=1", testOptions())
	for i := range 12 {
		similar, err := db.Owner("most0").RecallSimilar(t.Context(), []string{"code", fmt.Sprint("t", i%7)}, 50)
		if err != nil || len(similar) != 50 {
			t.Fatalf("%d similar entries, want 50; %v", len(similar), err)
		}
	}
	noError(t, db.read(t.Context(), func(c *call) error {
		var planned int64
		found, err := c.one(`SELECT custom_plans FROM pg_prepared_statements WHERE statement LIKE 'WITH rarest%'`, nil, &planned)
		if !found || planned > 5 {
			t.Errorf("found %t, planned %d times", found, planned)
		}
		return err
	}))
}

// listAll lists an owner's rows, of which there are so many, in every way.
func listAll(t *testing.T, s builder.Store, rows, n int) {
	t.Helper()
	there := func(list string, got, want int, err error) {
		t.Helper()
		if err != nil || got != want {
			t.Fatalf("%s: %d rows, want %d; %v", list, got, want, err)
		}
	}
	below := 1 + (700+n*7919)%rows
	position := builder.Position{At: time.UnixMicro(int64(below)), ID: uuid.UUID{15: 1}}
	drafts, err := s.ListDrafts(t.Context(), builder.DraftQuery{Limit: 50})
	there("drafts", len(drafts.Drafts), min(50, rows), err)
	drafts, err = s.ListDrafts(t.Context(), builder.DraftQuery{Limit: 50, Cursor: position.Cursor(builder.ListOfDrafts)})
	there("further drafts", len(drafts.Drafts), min(50, below-1), err)
	entries, err := s.Recall(t.Context(), builder.MemoryQuery{Limit: 10})
	there("entries", len(entries.Entries), min(10, rows), err)
	entries, err = s.Recall(t.Context(), builder.MemoryQuery{Limit: 10, Cursor: position.Cursor(builder.ListOfMemory)})
	there("further entries", len(entries.Entries), min(10, below-1), err)
	entries, err = s.Recall(t.Context(), builder.MemoryQuery{Limit: 10, Category: &builder.Coding})
	there("of a category", len(entries.Entries), min(10, rows/2), err)
	entries, err = s.Recall(t.Context(), builder.MemoryQuery{Limit: 10, Category: &builder.Coding, Cursor: position.Cursor(builder.ListOfMemory)})
	there("further of it", len(entries.Entries), min(10, (below-1)/2), err)
}

// fill gives owners so many drafts and entries each, behind the store's back.
func fill(t *testing.T, url, name string, from, owners, rows int) {
	t.Helper()
	state := testState(testID(1), "reviews code", 0)
	entry, err := builder.EncodeEntry(testEntry(testID(1), "reviews code"))
	noError(t, err)
	all := fmt.Sprintf(`FROM generate_series(%d, %d) o, generate_series(1, %d) i`, from, from+owners-1, rows)
	rawly(t, url,
		fmt.Sprintf(`INSERT INTO builder_drafts (owner, session_id, revision, schema_version, created_at, updated_at, description, phase, category, problem,
				inspected, inspected_digest, oldest, kept, state)
			SELECT '%s' || o, gen_random_uuid(), 1, 1, i, i, 'reviews code', 'basics', '"coding"', '', %d, '\x%x', 1, 1, '\x%x' %s`,
			name, builder.InspectionVersion, digest(state), state, all),
		fmt.Sprintf(`INSERT INTO builder_memory (owner, id, created_at, category, category_key, terms, entry)
			SELECT '%s' || o, gen_random_uuid(), i, category, substr(sha256(category::bytea || '\x00'), 1, 16), '{}', '\x%x'
			%s, LATERAL (SELECT CASE WHEN mod(i, 2) = 0 THEN '"coding"' ELSE format('{"custom":"%%s"}', mod(i, 50)) END AS category) c`, name, entry, all))
}

// Where no statement is prepared, every list says the same.
func TestListsInEveryMode(t *testing.T) {
	at := newURL(t)
	fill(t, at, "most", 0, 1, 300)
	list := func(mode string) (all []string) {
		db, err := Open(context.Background(), at+"?default_query_exec_mode="+mode, testOptions())
		noError(t, err)
		defer func() { noError(t, db.Close()) }()
		s := db.Owner("most0")
		for cursor, next := builder.Cursor(""), true; next; next = cursor != "" {
			page, err := s.ListDrafts(t.Context(), builder.DraftQuery{Limit: 70, Cursor: cursor})
			noError(t, err)
			cursor = page.Next
			all = append(all, fmt.Sprint(page.Drafts))
		}
		for _, category := range []*builder.PurposeCategory{nil, &builder.Coding} {
			for cursor, next := builder.Cursor(""), true; next; next = cursor != "" {
				page, err := s.Recall(t.Context(), builder.MemoryQuery{Limit: 70, Cursor: cursor, Category: category})
				noError(t, err)
				cursor = page.Next
				all = append(all, fmt.Sprint(page.Entries))
			}
		}
		noError(t, s.RecordMemory(t.Context(), testEntry(testID(9), "reviews code")))
		similar, err := s.RecallSimilar(t.Context(), builder.Terms("reviews"), 5)
		noError(t, err)
		return append(all, fmt.Sprint(similar))
	}
	want := list("cache_statement")
	if len(want) != 5+5+3+1 {
		t.Fatalf("%d pages", len(want))
	}
	want = list("cache_statement") // with the entry
	for _, mode := range []string{"cache_describe", "describe_exec", "exec", "simple_protocol"} {
		if diff := cmp.Diff(want, list(mode)); diff != "" {
			t.Errorf("%s: other than with prepared statements:\n%s", mode, diff)
		}
	}
}
