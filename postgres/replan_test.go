package postgres

import (
	"fmt"
	"net/url"
	"testing"
	"time"

	"github.com/boternity/boternity/builder"
)

// Planning takes as long as reading a page. A list is planned for its first five
// calls, as the server does to compare, and then no more, wherever the page
// begins and whatever the statistics say.
func TestListsArePlannedOnce(t *testing.T) {
	at := newURL(t)
	one, err := url.Parse(at)
	noError(t, err)
	settings := one.Query()
	settings.Set("pool_max_conns", "1")
	one.RawQuery = settings.Encode()
	const rows = 20_000
	state := testState(testID(1), "reviews code", 3)
	entry, err := builder.EncodeEntry(testEntry(testID(1), "reviews code"))
	noError(t, err)
	categories := `CASE WHEN i % 2 = 0 THEN '"coding"' ELSE '"custom' || (i % 50) || '"' END`
	rawly(t, at,
		fmt.Sprintf(`INSERT INTO builder_drafts (owner, session_id, revision, schema_version, created_at, updated_at, description, phase, category, problem,
				inspected, inspected_digest, oldest, kept, state)
			SELECT '', gen_random_uuid(), 1, 1, i, i, 'reviews code', 'basics', '"coding"', '', %d, '\x%x', 1, 1, '\x%x' FROM generate_series(1, %d) i`,
			builder.InspectionVersion, digest(state), state, rows),
		fmt.Sprintf(`INSERT INTO builder_memory (owner, id, created_at, category, category_key, terms, entry)
			SELECT '', gen_random_uuid(), i, %[1]s, substr(sha256((%[1]s)::bytea || '\x00'), 1, 16), ARRAY['code', 'review', 't' || mod(i, 7)], '\x%x' FROM generate_series(1, %d) i`,
			categories, entry, rows),
		`INSERT INTO builder_memory_terms SELECT owner, unnest(terms), created_at, id FROM builder_memory`,
		`INSERT INTO builder_term_counts SELECT owner, term, count(*) FROM builder_memory_terms GROUP BY owner, term`,
		"VACUUM ANALYZE")

	db := opened(t, one.String(), testOptions())
	s := db.Owner("")
	for i := range 12 {
		position := builder.Position{At: time.UnixMicro(int64(1000 + i*7919%(rows-1000))), ID: testID(9)}
		drafts, err := s.ListDrafts(t.Context(), builder.DraftQuery{Limit: 50})
		full(t, "drafts", len(drafts.Drafts), 50, err)
		drafts, err = s.ListDrafts(t.Context(), builder.DraftQuery{Limit: 50, Cursor: position.Cursor(builder.ListOfDrafts)})
		full(t, "further drafts", len(drafts.Drafts), 50, err)
		for name, category := range map[string]*builder.PurposeCategory{"all": nil, "coding": &builder.Coding} {
			entries, err := s.Recall(t.Context(), builder.MemoryQuery{Category: category, Limit: 10})
			full(t, "entries, "+name, len(entries.Entries), 10, err)
			entries, err = s.Recall(t.Context(), builder.MemoryQuery{Category: category, Limit: 10, Cursor: position.Cursor(builder.ListOfMemory)})
			full(t, "further entries, "+name, len(entries.Entries), 10, err)
		}
		similar, err := s.RecallSimilar(t.Context(), []string{"code", fmt.Sprint("t", i%7)}, 50)
		full(t, "similar", len(similar), 50, err)
	}
	noError(t, db.read(t.Context(), func(c *call) error {
		var statement string
		var planned int64
		lists := 0
		err := c.each(`SELECT statement, custom_plans FROM pg_prepared_statements WHERE statement LIKE '%ORDER BY%'`, nil, []any{&statement, &planned}, func() error {
			if lists++; planned > 5 {
				t.Errorf("planned %d times: %s", planned, statement)
			}
			return nil
		})
		if lists != 7+1 { // and this one
			t.Errorf("%d lists were prepared", lists)
		}
		return err
	}))
}

func full(t *testing.T, list string, got, want int, err error) {
	t.Helper()
	if err != nil || got != want {
		t.Fatalf("%s: %d rows, want %d; %v", list, got, want, err)
	}
}
