package main

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/forge"
)

// manyDrafts is a store that lists more drafts than one call of the guide
// looks at, and can do nothing else.
type manyDrafts struct {
	builder.Store
	newestFirst []builder.DraftSummary
}

func (s *manyDrafts) ListDrafts(_ context.Context, q builder.DraftQuery) (builder.DraftPage, error) {
	after, further, err := builder.ParsePosition(builder.ListOfDrafts, q.Cursor)
	if err != nil {
		return builder.DraftPage{}, err
	}
	from := 0
	if further {
		from = int(s.newestFirst[0].UpdatedAt.Sub(after.At)/time.Second) + 1
	}
	to := min(from+builder.PageSize(q.Limit), len(s.newestFirst))
	page := builder.DraftPage{Drafts: s.newestFirst[from:to]}
	if to < len(s.newestFirst) {
		last := s.newestFirst[to-1]
		page.Next = builder.Position{At: last.UpdatedAt, ID: last.SessionID}.Cursor(builder.ListOfDrafts)
	}
	return page, nil
}

func TestFindDraftsFillsAPageFromFarApart(t *testing.T) {
	store := &manyDrafts{}
	newest := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range 25_000 {
		d := builder.DraftSummary{SessionID: uuid.New(), UpdatedAt: newest.Add(-time.Duration(i) * time.Second)}
		d.Description = "one of many"
		if i%12_000 == 1 {
			d.Description = fmt.Sprintf("rare %d", i)
		}
		store.newestFirst = append(store.newestFirst, d)
	}
	guide := forge.New(store, forge.Options{})
	find := func(limit int, from builder.Cursor) builder.DraftPage {
		page, err := findDrafts(t.Context(), guide, "rare", builder.DraftQuery{Limit: limit, Cursor: from})
		if err != nil {
			t.Fatal(err)
		}
		return page
	}
	if page := find(10, ""); len(page.Drafts) != 3 || page.Next != "" {
		t.Errorf("%d of 3 found, next %q", len(page.Drafts), page.Next)
	}
	first := find(2, "")
	if len(first.Drafts) != 2 || first.Drafts[1].Description != "rare 12001" {
		t.Fatalf("the first page: %v", first.Drafts)
	}
	rest := find(2, first.Next)
	if len(rest.Drafts) != 1 || rest.Drafts[0].Description != "rare 24001" || rest.Next != "" {
		t.Errorf("the second page: %v", rest)
	}
}
