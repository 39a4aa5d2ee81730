package storetest_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/storetest"
)

var listingDefects = []defect{
	{"lists the oldest first", "drafts are listed newest first with their summaries", brokenIn(func(v view) builder.Store { return listsBackwards{v} })},
	{"lists whole descriptions", "descriptions are cut for listing", brokenIn(func(v view) builder.Store { return listsWhole{v} })},
	{"fails a list on one bad row", "an unreadable draft is listed, marked and loads as it is", brokenIn(func(v view) builder.Store { return failsOnBadRow{v} })},
	{"hides bad rows", "an unreadable draft is listed, marked and loads as it is", brokenIn(func(v view) builder.Store { return hidesBadRows{v} })},
	{"pages twice on equal times", "drafts of one moment are listed by id, each once", brokenIn(func(v view) builder.Store { return pagesByTime{v, uuid.Max} })},
	{"skips on equal times", "drafts of one moment are listed by id, each once", brokenIn(func(v view) builder.Store { return pagesByTime{v, uuid.Nil} })},
	{"pages by number", "a draft that nobody saves appears once while others change", brokenIn(func(v view) builder.Store { return pagesByNumber{v} })},
	{"ignores the limit", "a list without a limit is empty", brokenIn(func(v view) builder.Store { return ignoresLimit{v} })},
	{"has no upper limit", "a page has an upper limit", brokenIn(func(v view) builder.Store { return uncapped{v} })},
	{"never knows the last page", "the last page says so", brokenIn(func(v view) builder.Store { return alwaysMore{v} })},
	{"takes a cursor of another list", "a cursor of another list is refused", brokenIn(func(v view) builder.Store { return beginsAgain{v} })},
	{"folds the case of owners", "owners with the same ids see only their own", renamed(strings.ToLower)},
	{"trims owners", "owners with the same ids see only their own", renamed(strings.TrimSpace)},
	{"cuts long owners", "owners with the same ids see only their own", renamed(func(name string) string { return name[:min(len(name), 128)] })},
	{"drops NUL from owners", "impossible owner names are refused by every call", renamed(func(name string) string { return strings.ReplaceAll(name, "\x00", "") })},
	{"leaks an owner in lists", "owners with the same ids see only their own", brokenIn(func(v view) builder.Store { return leaksInList{v} })},
	{"leaks an owner in load", "owners with the same ids see only their own", brokenIn(func(v view) builder.Store { return leaksInLoad{v} })},
	{"leaks an owner in recall", "owners with the same ids see only their own", brokenIn(func(v view) builder.Store { return leaksInRecall{v} })},
	{"goes on in another owner's list", "a cursor shows nothing of another owner", brokenIn(func(v view) builder.Store { return goesOnElsewhere{v} })},
	{"deletes another owner's draft", "what one owner removes the others keep", brokenIn(func(v view) builder.Store { return deletesForAll{v} })},
}

// renamed is a store that changes the names of owners, and so takes some for
// others.
func renamed(rename func(string) string) storetest.Harness {
	return brokenIn(func(v view) builder.Store { return v.db.Owner(rename(v.owner)) })
}

type listsBackwards struct{ view }

func (s listsBackwards) ListDrafts(ctx context.Context, q builder.DraftQuery) (builder.DraftPage, error) {
	page, err := s.view.ListDrafts(ctx, q)
	slices.Reverse(page.Drafts)
	return page, err
}

type listsWhole struct{ view }

func (s listsWhole) ListDrafts(ctx context.Context, q builder.DraftQuery) (builder.DraftPage, error) {
	page, err := s.view.ListDrafts(ctx, q)
	for i, d := range page.Drafts {
		if stored, err := s.LoadDraft(ctx, d.SessionID); err == nil {
			if state, err := builder.DecodeState(stored); err == nil {
				page.Drafts[i].Description = state.Description
			}
		}
	}
	return page, err
}

type failsOnBadRow struct{ view }

func (s failsOnBadRow) ListDrafts(ctx context.Context, q builder.DraftQuery) (builder.DraftPage, error) {
	page, err := s.view.ListDrafts(ctx, q)
	for _, d := range page.Drafts {
		if d.Problem != "" {
			return builder.DraftPage{}, &builder.UnreadableError{SessionID: d.SessionID, Problem: d.Problem}
		}
	}
	return page, err
}

type hidesBadRows struct{ view }

func (s hidesBadRows) ListDrafts(ctx context.Context, q builder.DraftQuery) (builder.DraftPage, error) {
	page, err := s.view.ListDrafts(ctx, q)
	page.Drafts = slices.DeleteFunc(page.Drafts, func(d builder.DraftSummary) bool { return d.Problem != "" })
	return page, err
}

// pagesByTime leaves the id out of its cursors.
type pagesByTime struct {
	view
	id uuid.UUID
}

func (s pagesByTime) ListDrafts(ctx context.Context, q builder.DraftQuery) (builder.DraftPage, error) {
	page, err := s.view.ListDrafts(ctx, q)
	if page.Next != "" {
		last := page.Drafts[len(page.Drafts)-1]
		page.Next = builder.Position{At: last.UpdatedAt, ID: s.id}.Cursor(builder.ListOfDrafts)
	}
	return page, err
}

// pagesByNumber remembers how many drafts it has shown, not which.
type pagesByNumber struct{ view }

func (s pagesByNumber) ListDrafts(ctx context.Context, q builder.DraftQuery) (builder.DraftPage, error) {
	from, _, err := builder.ParsePosition(builder.ListOfDrafts, q.Cursor)
	if err != nil {
		return builder.DraftPage{}, err
	}
	shown := 0
	if q.Cursor != "" {
		shown = int(from.At.UnixMicro())
	}
	page, err := s.view.ListDrafts(ctx, builder.DraftQuery{Limit: shown + q.Limit})
	page.Drafts = page.Drafts[min(shown, len(page.Drafts)):]
	if page.Next != "" {
		page.Next = builder.Position{At: time.UnixMicro(int64(shown + q.Limit))}.Cursor(builder.ListOfDrafts)
	}
	return page, err
}

type ignoresLimit struct{ view }

func (s ignoresLimit) ListDrafts(ctx context.Context, q builder.DraftQuery) (builder.DraftPage, error) {
	q.Limit = builder.MaxPage
	return s.view.ListDrafts(ctx, q)
}

type uncapped struct{ view }

func (s uncapped) ListDrafts(ctx context.Context, q builder.DraftQuery) (builder.DraftPage, error) {
	page, err := s.view.ListDrafts(ctx, q)
	if page.Next == "" || q.Limit <= builder.MaxPage {
		return page, err
	}
	q.Cursor = page.Next
	rest, err := s.ListDrafts(ctx, q)
	return builder.DraftPage{Drafts: append(page.Drafts, rest.Drafts...), Next: rest.Next}, err
}

type alwaysMore struct{ view }

func (s alwaysMore) ListDrafts(ctx context.Context, q builder.DraftQuery) (builder.DraftPage, error) {
	page, err := s.view.ListDrafts(ctx, q)
	if n := len(page.Drafts); n > 0 && n == q.Limit {
		page.Next = builder.Position{At: page.Drafts[n-1].UpdatedAt, ID: page.Drafts[n-1].SessionID}.Cursor(builder.ListOfDrafts)
	}
	return page, err
}

type beginsAgain struct{ view }

func (s beginsAgain) ListDrafts(ctx context.Context, q builder.DraftQuery) (builder.DraftPage, error) {
	page, err := s.view.ListDrafts(ctx, q)
	if errors.Is(err, builder.ErrBadCursor) {
		return s.view.ListDrafts(ctx, builder.DraftQuery{Limit: q.Limit})
	}
	return page, err
}

type leaksInList struct{ view }

func (s leaksInList) ListDrafts(ctx context.Context, q builder.DraftQuery) (builder.DraftPage, error) {
	page, err := s.view.ListDrafts(ctx, q)
	if len(page.Drafts) > 0 {
		return page, err
	}
	return s.db.Owner("alice").ListDrafts(ctx, q)
}

type leaksInLoad struct{ view }

func (s leaksInLoad) LoadDraft(ctx context.Context, id uuid.UUID) (builder.Draft, error) {
	d, err := s.view.LoadDraft(ctx, id)
	if errors.Is(err, builder.ErrNotFound) {
		return s.db.Owner("alice").LoadDraft(ctx, id)
	}
	return d, err
}

type leaksInRecall struct{ view }

func (s leaksInRecall) RecallSimilar(ctx context.Context, terms []string, limit int) ([]builder.MemoryEntry, error) {
	found, err := s.view.RecallSimilar(ctx, terms, limit)
	if err != nil || s.owner == "alice" {
		return found, err
	}
	others, err := s.db.Owner("alice").RecallSimilar(ctx, terms, limit)
	return append(found, others...), err
}

type deletesForAll struct{ view }

func (s deletesForAll) DeleteDraft(ctx context.Context, id uuid.UUID) (bool, error) {
	if _, err := s.db.Owner("al").DeleteDraft(ctx, id); err != nil {
		return false, err
	}
	return s.view.DeleteDraft(ctx, id)
}

// goesOnElsewhere looks at the owner on the first page only.
type goesOnElsewhere struct{ view }

func (s goesOnElsewhere) ListDrafts(ctx context.Context, q builder.DraftQuery) (builder.DraftPage, error) {
	if q.Cursor != "" && s.owner == "b" {
		return s.db.Owner("a").ListDrafts(ctx, q)
	}
	return s.view.ListDrafts(ctx, q)
}
