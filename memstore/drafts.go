package memstore

import (
	"bytes"
	"context"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
)

func (s *store) SaveDraft(ctx context.Context, d builder.Draft, answered ...string) (builder.Draft, error) {
	seen, err := builder.CheckSave(d)
	if err != nil {
		return builder.Draft{}, err
	}
	h, leave, err := s.enter(ctx)
	if err != nil {
		return builder.Draft{}, err
	}
	defer leave()

	if s.isGone(h, d.SessionID) {
		return builder.Draft{}, builder.ForSession(d.SessionID, builder.ErrGone)
	}
	stored := h.drafts[d.SessionID]
	if stored == nil {
		if d.Revision != 0 && d.Revision != builder.AnyRevision {
			return builder.Draft{}, builder.ForSession(d.SessionID, builder.ErrGone)
		}
		stored = &draft{pending: map[string]string{}}
		h.drafts[d.SessionID] = stored
		return s.db.follow(stored, saved{Draft: d, seen: seen}).copied(), nil
	}
	newest := stored.newest()
	if newest.rules().Saved(d) {
		return newest.copied(), nil
	}
	if err := newest.rules().MayReplace(d); err != nil {
		return builder.Draft{}, err
	}
	for _, field := range answered {
		delete(stored.pending, field)
	}
	return s.db.follow(stored, saved{Draft: d, seen: seen}).copied(), nil
}

// follow makes next the draft's newest revision and returns it as stored.
func (db *Database) follow(d *draft, next saved) *saved {
	next.Revision, next.UpdatedAt = 1, db.clock()
	next.CreatedAt = next.UpdatedAt
	next.State = bytes.Clone(next.State)
	if len(d.revisions) > 0 {
		next.Revision, next.CreatedAt = d.newest().Revision+1, d.newest().CreatedAt
	}
	d.revisions = append(d.revisions, next)
	d.revisions = slices.Delete(d.revisions, 0, max(len(d.revisions)-db.history, 0))
	return d.newest()
}

func (s *store) LoadDraft(ctx context.Context, id uuid.UUID) (builder.Draft, error) {
	h, leave, err := s.enter(ctx)
	if err != nil {
		return builder.Draft{}, err
	}
	defer leave()
	d := h.drafts[id]
	if d == nil {
		return builder.Draft{}, builder.ForSession(id, builder.ErrNotFound)
	}
	return d.newest().copied(), nil
}

func (s *store) ListDrafts(ctx context.Context, q builder.DraftQuery) (builder.DraftPage, error) {
	h, leave, err := s.enter(ctx)
	if err != nil {
		return builder.DraftPage{}, err
	}
	defer leave()
	var all []builder.DraftSummary
	for _, d := range h.drafts {
		n := d.newest()
		all = append(all, builder.DraftSummary{
			SessionID: n.SessionID, Revision: n.Revision, SchemaVersion: n.SchemaVersion,
			CreatedAt: n.CreatedAt, UpdatedAt: n.UpdatedAt, Bytes: len(n.State), Inspection: n.seen,
		})
	}
	drafts, next, err := page(builder.ListOfDrafts, q.Cursor, q.Limit, all, func(d builder.DraftSummary) builder.Position {
		return builder.Position{At: d.UpdatedAt, ID: d.SessionID}
	})
	return builder.DraftPage{Drafts: drafts, Next: next}, err
}

func (s *store) DeleteDraft(ctx context.Context, id uuid.UUID) (bool, error) {
	h, leave, err := s.enter(ctx)
	if err != nil {
		return false, err
	}
	defer leave()
	if h.drafts[id] == nil {
		return false, nil
	}
	delete(h.drafts, id)
	s.db.bury(s.owner, id, false)
	return true, nil
}

func (s *store) SavePending(ctx context.Context, id uuid.UUID, field, text string) error {
	if err := builder.CheckPending(field, text); err != nil {
		return err
	}
	h, leave, err := s.enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	if s.isGone(h, id) {
		return builder.ForSession(id, builder.ErrGone)
	}
	d := h.drafts[id]
	if d == nil {
		return builder.ForSession(id, builder.ErrNotFound)
	}
	if text == "" {
		delete(d.pending, field)
	} else {
		d.pending[field] = text
	}
	return nil
}

func (s *store) LoadPending(ctx context.Context, id uuid.UUID) (map[string]string, error) {
	h, leave, err := s.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	pending := map[string]string{}
	if d := h.drafts[id]; d != nil {
		for field, text := range d.pending {
			pending[field] = text
		}
	}
	return pending, nil
}

// page sorts all and cuts out what a query asks for.
func page[R any](list builder.ListName, from builder.Cursor, limit int, all []R, at func(R) builder.Position) ([]R, builder.Cursor, error) {
	start, resumed, err := builder.ParsePosition(list, from)
	if err != nil {
		return nil, "", err
	}
	slices.SortFunc(all, func(a, b R) int { return newerFirst(at(a), at(b)) })
	if resumed {
		all = slices.DeleteFunc(all, func(r R) bool { return !start.Before(at(r).At, at(r).ID) })
	}
	size := builder.PageSize(limit)
	if size == 0 || len(all) <= size {
		return all[:min(size, len(all))], "", nil
	}
	return all[:size], at(all[size-1]).Cursor(list), nil
}

func newerFirst(a, b builder.Position) int {
	switch {
	case a.Before(b.At, b.ID):
		return -1
	case b.Before(a.At, a.ID):
		return 1
	}
	return 0
}

// sameTime compares times as they are stored.
func sameTime(a, b time.Time) bool { return a.UnixMicro() == b.UnixMicro() }
