package storetest_test

import (
	"context"
	"errors"
	"html"
	"slices"

	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/memstore"
)

var memoryDefects = []defect{
	{"escapes custom categories", "categories that look alike are told apart", brokenIn(func(v view) builder.Store { return escapesCategory{v} })},
	{"takes a custom category for the fixed one", "other categories are left out", brokenIn(func(v view) builder.Store { return flattensCategory{v} })},
	{"recalls past the limit", "recent memory comes newest first, up to the limit", brokenIn(func(v view) builder.Store { return recallsAll{v} })},
	{"recalls others where a category is empty", "a category without entries recalls nothing", brokenIn(func(v view) builder.Store { return recallsOthers{v} })},
	{"fails where nothing is similar", "an empty memory recalls nothing", brokenIn(func(v view) builder.Store { return failsOnNothing{v} })},
	{"hands out its own entries", "an entry shares nothing with the store", wholly(func(db *memstore.Database) builder.Database {
		shared := map[uuid.UUID]builder.MemoryEntry{}
		return database{db, func(v view) builder.Store { return sharesEntries{v, shared} }}
	})},
	{"knows one script", "similar: terms of every script", brokenIn(func(v view) builder.Store { return oneScript{v} })},
	{"keeps any wish", "preferences that mean nothing are refused", brokenIn(func(v view) builder.Store { return anyWish{v} })},
	{"replaces an entry by another", "another entry of the same id is refused", brokenIn(func(v view) builder.Store { return replacesEntry{v} })},
	{"refuses the same entry again", "recording the same entry again changes nothing", brokenIn(func(v view) builder.Store { return recordsOnce{v} })},
	{"sets every entry's time itself", "an entry's time is its own, or else the store's", brokenIn(func(v view) builder.Store { return ownTimes{v} })},
	{"drops what it does not know of an entry", "optional fields of an entry come back present or absent", brokenIn(func(v view) builder.Store { return dropsUnknown{v} })},
	{"pages memory by time alone", "entries of one moment are recalled by id, each once", brokenIn(func(v view) builder.Store { return recallsByTime{v} })},
	{"hides unreadable entries", "an unreadable entry is recalled and says why", brokenIn(func(v view) builder.Store { return hidesEntries{v} })},
	{"forgets only in name", "a forgotten entry is gone from every list", brokenIn(func(v view) builder.Store { return forgetsNothing{v} })},
	{"finds the newest similar ones whatever the term", "similar: the newest entries of the rarest term come first", brokenIn(func(v view) builder.Store { return anyTerm{v} })},
	{"takes equally rare terms as they are given", "similar: equally rare terms go by their text", brokenIn(func(v view) builder.Store { return givenOrder{v} })},
	{"considers every term", "similar: only the rarest terms count, of those there are", brokenIn(func(v view) builder.Store { return everyTerm{v} })},
	{"considers the first terms given", "similar: only the rarest terms count, of those there are", brokenIn(func(v view) builder.Store { return firstTerms{v} })},
	{"keeps a wish that was taken back", "preferences are kept, taken back and ordered", brokenIn(func(v view) builder.Store { return keepsWishes{v} })},
	{"differs from the reference after many calls", "a thousand random calls give what the reference gives", brokenIn(func(v view) builder.Store { return forgetsOdd{v} })},
}

type escapesCategory struct{ view }

func (s escapesCategory) RecordMemory(ctx context.Context, e builder.MemoryEntry) error {
	if text, ok := e.Category.CustomText(); ok {
		e.Category = builder.Custom(html.EscapeString(text))
	}
	return s.view.RecordMemory(ctx, e)
}

type flattensCategory struct{ view }

func (s flattensCategory) RecordMemory(ctx context.Context, e builder.MemoryEntry) error {
	if text, ok := e.Category.CustomText(); ok {
		if fixed, err := builder.CategoryFromString(text); err == nil {
			e.Category = fixed
		}
	}
	return s.view.RecordMemory(ctx, e)
}

type replacesEntry struct{ view }

func (s replacesEntry) RecordMemory(ctx context.Context, e builder.MemoryEntry) error {
	if _, err := s.ForgetMemory(ctx, e.ID); err != nil {
		return err
	}
	return s.view.RecordMemory(ctx, e)
}

type recordsOnce struct{ view }

func (s recordsOnce) RecordMemory(ctx context.Context, e builder.MemoryEntry) error {
	if _, err := s.LoadMemory(ctx, e.ID); err == nil {
		return builder.ForSession(e.ID, builder.ErrEntryExists)
	}
	return s.view.RecordMemory(ctx, e)
}

type ownTimes struct{ view }

func (s ownTimes) RecordMemory(ctx context.Context, e builder.MemoryEntry) error {
	e.CreatedAt = builder.MemoryEntry{}.CreatedAt
	return s.view.RecordMemory(ctx, e)
}

type dropsUnknown struct{ view }

func (s dropsUnknown) RecordMemory(ctx context.Context, e builder.MemoryEntry) error {
	e.Unknown = nil
	return s.view.RecordMemory(ctx, e)
}

type recallsByTime struct{ view }

func (s recallsByTime) Recall(ctx context.Context, q builder.MemoryQuery) (builder.MemoryPage, error) {
	page, err := s.view.Recall(ctx, q)
	if page.Next != "" {
		page.Next = builder.Position{At: page.Entries[len(page.Entries)-1].CreatedAt}.Cursor(builder.ListOfMemory)
	}
	return page, err
}

type hidesEntries struct{ view }

func (s hidesEntries) Recall(ctx context.Context, q builder.MemoryQuery) (builder.MemoryPage, error) {
	page, err := s.view.Recall(ctx, q)
	page.Entries = slices.DeleteFunc(page.Entries, func(e builder.MemoryEntry) bool { return e.Problem != "" })
	return page, err
}

type forgetsNothing struct{ view }

func (s forgetsNothing) ForgetMemory(ctx context.Context, id uuid.UUID) (bool, error) {
	_, err := s.LoadMemory(ctx, id)
	return err == nil, nil
}

type anyTerm struct{ view }

func (s anyTerm) RecallSimilar(ctx context.Context, terms []string, limit int) ([]builder.MemoryEntry, error) {
	found, err := s.view.RecallSimilar(ctx, terms, builder.MaxPage)
	return found[:min(len(found), builder.PageSize(limit))], err
}

// oneByOne recalls by each term in turn until it has limit.
func (v view) oneByOne(ctx context.Context, terms []string, limit int) ([]builder.MemoryEntry, error) {
	var all []builder.MemoryEntry
	for _, term := range terms {
		found, err := v.RecallSimilar(ctx, []string{term}, limit)
		if err != nil {
			return nil, err
		}
		for _, e := range found {
			known := slices.ContainsFunc(all, func(o builder.MemoryEntry) bool { return o.ID == e.ID })
			if !known && len(all) < limit {
				all = append(all, e)
			}
		}
	}
	slices.SortFunc(all, func(a, b builder.MemoryEntry) int { return b.CreatedAt.Compare(a.CreatedAt) })
	return all, nil
}

type givenOrder struct{ view }

func (s givenOrder) RecallSimilar(ctx context.Context, terms []string, limit int) ([]builder.MemoryEntry, error) {
	return s.oneByOne(ctx, terms, limit)
}

type everyTerm struct{ view }

func (s everyTerm) RecallSimilar(ctx context.Context, terms []string, limit int) ([]builder.MemoryEntry, error) {
	if len(terms) <= builder.SimilarTerms {
		return s.view.RecallSimilar(ctx, terms, limit)
	}
	return s.oneByOne(ctx, terms, limit)
}

type firstTerms struct{ view }

func (s firstTerms) RecallSimilar(ctx context.Context, terms []string, limit int) ([]builder.MemoryEntry, error) {
	return s.view.RecallSimilar(ctx, terms[:min(len(terms), builder.SimilarTerms+1)], limit)
}

type keepsWishes struct{ view }

func (s keepsWishes) SetPreference(ctx context.Context, p builder.Preference) error {
	if !p.Never {
		return nil
	}
	return s.view.SetPreference(ctx, p)
}

// forgetsOdd goes wrong only where several things come together.
type forgetsOdd struct{ view }

func (s forgetsOdd) RestoreRevision(ctx context.Context, id uuid.UUID, r, at builder.Revision) (builder.Draft, error) {
	d, err := s.view.RestoreRevision(ctx, id, r, at)
	if err == nil {
		texts, problem := s.LoadPending(ctx, id)
		for field := range texts {
			problem = errors.Join(problem, s.SavePending(ctx, id, field, ""))
		}
		err = problem
	}
	return d, err
}

type recallsAll struct{ view }

func (s recallsAll) Recall(ctx context.Context, q builder.MemoryQuery) (builder.MemoryPage, error) {
	q.Limit = builder.MaxPage
	return s.view.Recall(ctx, q)
}

type recallsOthers struct{ view }

func (s recallsOthers) Recall(ctx context.Context, q builder.MemoryQuery) (builder.MemoryPage, error) {
	page, err := s.view.Recall(ctx, q)
	if len(page.Entries) > 0 || err != nil {
		return page, err
	}
	return s.view.Recall(ctx, builder.MemoryQuery{Limit: q.Limit})
}

type failsOnNothing struct{ view }

func (s failsOnNothing) RecallSimilar(ctx context.Context, terms []string, limit int) ([]builder.MemoryEntry, error) {
	found, err := s.view.RecallSimilar(ctx, terms, limit)
	if err == nil && len(found) == 0 {
		err = builder.ErrNotFound
	}
	return found, err
}

type sharesEntries struct {
	view
	shared map[uuid.UUID]builder.MemoryEntry
}

func (s sharesEntries) LoadMemory(ctx context.Context, id uuid.UUID) (builder.MemoryEntry, error) {
	if e, ok := s.shared[id]; ok {
		return e, nil
	}
	e, err := s.view.LoadMemory(ctx, id)
	s.shared[id] = e
	return e, err
}

type oneScript struct{ view }

func (s oneScript) RecallSimilar(ctx context.Context, terms []string, limit int) ([]builder.MemoryEntry, error) {
	known := slices.DeleteFunc(slices.Clone(terms), func(term string) bool { return term[0] > 'z' })
	return s.view.RecallSimilar(ctx, known, limit)
}

type anyWish struct{ view }

func (s anyWish) SetPreference(ctx context.Context, p builder.Preference) error {
	err := s.view.SetPreference(ctx, p)
	if errors.Is(err, builder.ErrInvalid) {
		return nil
	}
	return err
}
