package memstore

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/internal/rules"
)

// PutRows checks every row before it stores the first: after that nothing can
// fail.
func (db *Database) PutRows(ctx context.Context, rows []builder.Row, opts builder.PutOptions) ([]builder.Put, error) {
	for i, r := range rows {
		if err := builder.CheckRow(r); err != nil {
			return nil, fmt.Errorf("row %d: %w", i, err)
		}
	}
	db.mu.Lock()
	defer db.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	outcomes := make([]builder.Put, len(rows))
	for i, r := range rows {
		outcomes[i] = db.put(r, opts)
	}
	return outcomes, nil
}

func (db *Database) put(r builder.Row, opts builder.PutOptions) builder.Put {
	if r.Gone != nil {
		return db.putGone(*r.Gone)
	}
	s := &store{db: db, owner: r.Owner}
	h := db.shelf(r.Owner)
	switch {
	case r.Draft != nil:
		return s.putDraft(h, *r.Draft, opts)
	case r.Revision != nil:
		return s.putRevision(h, *r.Revision)
	case r.Pending != nil:
		return s.putPending(h, *r.Pending)
	case r.Memory != nil:
		return s.putMemory(h, *r.Memory, opts)
	}
	return h.putPreference(*r.Preference)
}

func (s *store) putDraft(h *shelf, d builder.Draft, opts builder.PutOptions) builder.Put {
	if stored := h.drafts[d.SessionID]; stored != nil {
		// Where the revision is kept, the draft is that one or grew out of it.
		if kept := stored.find(d.Revision); kept != nil && rules.SameRevision(kept.Draft, d) && sameTime(kept.CreatedAt, d.CreatedAt) {
			return builder.PutAlready
		}
		return builder.PutDiffers
	}
	if s.isGone(h, d.SessionID) {
		_, finished := h.memory[d.SessionID]
		key := builder.MakeGoneKey(s.owner, d.SessionID)
		if !opts.Revive || finished || s.db.gone[key].Finished {
			return builder.PutGone
		}
		delete(s.db.gone, key)
	}
	h.drafts[d.SessionID] = &draft{revisions: []saved{asGiven(d)}, pending: map[string]string{}}
	return builder.PutAdded
}

func (s *store) putRevision(h *shelf, r builder.Draft) builder.Put {
	d := h.drafts[r.SessionID]
	if d == nil {
		return s.withoutDraft(h, r.SessionID)
	}
	if kept := d.find(r.Revision); kept != nil {
		return rules.AlreadyIf(rules.SameRevision(kept.Draft, r))
	}
	if r.Revision > d.newest().Revision {
		return builder.PutDiffers // the draft here is not the one it belongs to
	}
	r.CreatedAt = d.newest().CreatedAt
	at, _ := slices.BinarySearchFunc(d.revisions, r.Revision, func(kept saved, r builder.Revision) int {
		return cmp.Compare(kept.Revision, r)
	})
	d.revisions = slices.Insert(d.revisions, at, asGiven(r))
	return builder.PutAdded
}

func (s *store) putPending(h *shelf, p builder.Pending) builder.Put {
	d := h.drafts[p.SessionID]
	if d == nil {
		return s.withoutDraft(h, p.SessionID)
	}
	if text, there := d.pending[p.Field]; there {
		return rules.AlreadyIf(text == p.Text)
	}
	d.pending[p.Field] = p.Text
	return builder.PutAdded
}

func (s *store) putMemory(h *shelf, e builder.StoredEntry, opts builder.PutOptions) builder.Put {
	if stored, there := h.memory[e.ID]; there {
		return rules.AlreadyIf(bytes.Equal(stored.Entry, e.Entry) && sameTime(stored.CreatedAt, e.CreatedAt))
	}
	if s.isGone(h, e.ID) && !opts.Revive {
		return builder.PutGone
	}
	if h.drafts[e.ID] != nil {
		return builder.PutDiffers // the session goes on here; its entry would end it unseen
	}
	e.CreatedAt, e.Entry = builder.StoredTime(e.CreatedAt), bytes.Clone(e.Entry)
	h.memory[e.ID] = remember(e)
	return builder.PutAdded
}

func (h *shelf) putPreference(p builder.Preference) builder.Put {
	key := preferenceKey{p.Field, p.Value}
	if never, there := h.preferences[key]; there {
		return rules.AlreadyIf(never == p.Never)
	}
	h.preferences[key] = p.Never
	return builder.PutAdded
}

func (db *Database) putGone(g builder.Gone) builder.Put {
	g.At = builder.StoredTime(g.At)
	if stored, there := db.gone[g.Key]; there {
		return rules.AlreadyIf(stored == g)
	}
	for owner, h := range db.shelves {
		for id := range h.drafts {
			if builder.MakeGoneKey(owner, id) == g.Key {
				return builder.PutDiffers // the session goes on here
			}
		}
	}
	db.gone[g.Key] = g
	return builder.PutAdded
}

// withoutDraft is what becomes of a row whose draft is not there.
func (s *store) withoutDraft(h *shelf, id uuid.UUID) builder.Put {
	if s.isGone(h, id) {
		return builder.PutGone
	}
	return builder.PutOrphan
}

// asGiven is a put draft as it is stored: its own times and revision.
func asGiven(d builder.Draft) saved {
	d.State = bytes.Clone(d.State)
	d.CreatedAt, d.UpdatedAt = builder.StoredTime(d.CreatedAt), builder.StoredTime(d.UpdatedAt)
	return saved{Draft: d, seen: builder.Inspect(d)}
}

func revisionKey(d *builder.Draft) string {
	return fmt.Sprintf("%s revision %d", d.SessionID, d.Revision)
}
