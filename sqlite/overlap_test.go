package sqlite

import (
	"testing"

	"github.com/boternity/boternity/builder"
)

// A save is worked out before it is its turn to write. What was put meanwhile,
// and acknowledged, stays.
func TestHistoryPutDuringASaveIsKept(t *testing.T) {
	db := opened(t, newPath(t), testOptions())
	id := testID(1)
	kept := func(r builder.Revision) *builder.Draft {
		d := testDraft(id, "hello", int(r))
		d.Revision, d.CreatedAt, d.UpdatedAt = r, moment, moment
		return &d
	}
	_, err := db.PutRows(t.Context(), []builder.Row{{Draft: kept(6)}}, builder.PutOptions{})
	noError(t, err)

	given := *kept(6)
	given.State = testState(id, "goes on", 7)
	p := &plan{given: given, seen: builder.Inspect(given)}
	s := &store{db: db}
	noError(t, s.read(t.Context(), func(c *conn) error { return p.prepare(c, "") }))

	var older []builder.Row
	for r := builder.Revision(1); r < 6; r++ {
		older = append(older, builder.Row{Revision: kept(r)})
	}
	outcomes, err := db.PutRows(t.Context(), older, builder.PutOptions{})
	noError(t, err)
	for i, outcome := range outcomes {
		if outcome != builder.PutAdded {
			t.Fatalf("row %d: %s", i, outcome)
		}
	}
	noError(t, s.together(t.Context(), func(c *conn) error {
		if _, err := p.renew(c, ""); err != nil {
			return err
		}
		_, err := s.follow(c, p)
		return err
	}))
	history, err := db.Owner("").DraftHistory(t.Context(), id, builder.PageQuery{Limit: 10})
	noError(t, err)
	if len(history.Revisions) != 7 {
		t.Errorf("%d revisions are left, want 7", len(history.Revisions))
	}
	soundly(t, db)
}
