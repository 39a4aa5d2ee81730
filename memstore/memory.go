package memstore

import (
	"cmp"
	"context"
	"slices"

	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
)

func (s *store) RecordMemory(ctx context.Context, e builder.MemoryEntry) error {
	if err := builder.CheckEntry(e); err != nil {
		return err
	}
	h, leave, err := s.enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	if stored, ok := h.memory[e.ID]; ok {
		same, err := builder.SameEntry(stored.decoded(), e)
		if err == nil && !same {
			err = builder.ForSession(e.ID, builder.ErrEntryExists)
		}
		return err
	}
	_, err = s.record(h, e)
	return err
}

// record keeps a new entry and returns it as stored.
func (s *store) record(h *shelf, e builder.MemoryEntry) (builder.MemoryEntry, error) {
	if e.CreatedAt.IsZero() {
		e.CreatedAt = s.db.clock()
	}
	b, err := builder.EncodeEntry(e)
	if err != nil {
		return builder.MemoryEntry{}, builder.ForSession(e.ID, err)
	}
	r := remember(builder.StoredEntry{ID: e.ID, CreatedAt: builder.StoredTime(e.CreatedAt), Entry: b})
	h.memory[e.ID] = r
	return r.decoded(), nil
}

func (s *store) FinishSession(ctx context.Context, id uuid.UUID, at builder.Revision, e builder.MemoryEntry) (builder.MemoryEntry, error) {
	if err := builder.CheckEntry(e); err != nil {
		return builder.MemoryEntry{}, err
	}
	if e.ID != id {
		return builder.MemoryEntry{}, &builder.InvalidError{Field: "id", Problem: "is not that of the session"}
	}
	h, leave, err := s.enter(ctx)
	if err != nil {
		return builder.MemoryEntry{}, err
	}
	defer leave()
	if stored, ok := h.memory[id]; ok {
		return stored.decoded(), nil
	}
	d := h.drafts[id]
	if d == nil || s.isGone(h, id) {
		return builder.MemoryEntry{}, builder.ForSession(id, builder.ErrGone)
	}
	if err := d.newest().rules().MayFinish(at); err != nil {
		return builder.MemoryEntry{}, err
	}
	recorded, err := s.record(h, e)
	if err != nil {
		return builder.MemoryEntry{}, err
	}
	delete(h.drafts, id)
	s.db.bury(s.owner, id, true)
	return recorded, nil
}

func (s *store) LoadMemory(ctx context.Context, id uuid.UUID) (builder.MemoryEntry, error) {
	h, leave, err := s.enter(ctx)
	if err != nil {
		return builder.MemoryEntry{}, err
	}
	defer leave()
	stored, ok := h.memory[id]
	if !ok {
		return builder.MemoryEntry{}, builder.ForSession(id, builder.ErrNotFound)
	}
	return stored.decoded(), nil
}

func (s *store) Recall(ctx context.Context, q builder.MemoryQuery) (builder.MemoryPage, error) {
	h, leave, err := s.enter(ctx)
	if err != nil {
		return builder.MemoryPage{}, err
	}
	defer leave()
	var all []remembered
	for _, r := range h.memory {
		if q.Category == nil || *q.Category == r.category {
			all = append(all, r)
		}
	}
	found, next, err := page(builder.ListOfMemory, q.Cursor, q.Limit, all, remembered.position)
	return builder.MemoryPage{Entries: decodedAll(found), Next: next}, err
}

func (s *store) RecallSimilar(ctx context.Context, terms []string, limit int) ([]builder.MemoryEntry, error) {
	h, leave, err := s.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	held := map[string][]remembered{}
	for _, r := range h.memory {
		for _, term := range r.terms {
			if slices.Contains(terms, term) {
				held[term] = append(held[term], r)
			}
		}
	}
	var known []string
	for term := range held {
		known = append(known, term)
	}
	slices.SortFunc(known, func(a, b string) int {
		return cmp.Or(cmp.Compare(len(held[a]), len(held[b])), cmp.Compare(a, b))
	})
	var found []remembered
	taken := map[uuid.UUID]bool{}
	for _, term := range known[:min(len(known), builder.SimilarTerms)] {
		sortNewestFirst(held[term])
		for _, r := range held[term] {
			if !taken[r.ID] && len(found) < builder.PageSize(limit) {
				taken[r.ID] = true
				found = append(found, r)
			}
		}
	}
	sortNewestFirst(found)
	return decodedAll(found), nil
}

func (s *store) ForgetMemory(ctx context.Context, id uuid.UUID) (bool, error) {
	h, leave, err := s.enter(ctx)
	if err != nil {
		return false, err
	}
	defer leave()
	if _, ok := h.memory[id]; !ok {
		return false, nil
	}
	delete(h.memory, id)
	s.db.bury(s.owner, id, true)
	return true, nil
}

func (s *store) Preferences(ctx context.Context) (builder.Preferences, error) {
	h, leave, err := s.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	return h.sortedPreferences(), nil
}

func (h *shelf) sortedPreferences() builder.Preferences {
	var all builder.Preferences
	for key, never := range h.preferences {
		all = append(all, builder.Preference{Field: key.field, Value: key.value, Never: never})
	}
	slices.SortFunc(all, func(a, b builder.Preference) int {
		return cmp.Or(cmp.Compare(a.Field, b.Field), cmp.Compare(valueText(a.Value), valueText(b.Value)))
	})
	return all
}

func (s *store) SetPreference(ctx context.Context, p builder.Preference) error {
	if err := builder.CheckPreference(p); err != nil {
		return err
	}
	h, leave, err := s.enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	if key := (preferenceKey{p.Field, p.Value}); p.Never {
		h.preferences[key] = true
	} else {
		delete(h.preferences, key)
	}
	return nil
}

// valueText is a value as stores keep and order it: its JSON text.
func valueText(v builder.Value) string {
	text, _ := v.MarshalJSON() // never fails
	return string(text)
}

func (r remembered) position() builder.Position { return builder.Position{At: r.CreatedAt, ID: r.ID} }

func sortNewestFirst(all []remembered) {
	slices.SortFunc(all, func(a, b remembered) int { return newerFirst(a.position(), b.position()) })
}

func decodedAll(all []remembered) []builder.MemoryEntry {
	var entries []builder.MemoryEntry
	for _, r := range all {
		entries = append(entries, r.decoded())
	}
	return entries
}
