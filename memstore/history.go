package memstore

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
)

func (s *store) DraftHistory(ctx context.Context, id uuid.UUID, q builder.PageQuery) (builder.HistoryPage, error) {
	h, leave, err := s.enter(ctx)
	if err != nil {
		return builder.HistoryPage{}, err
	}
	defer leave()
	below, err := builder.ParseRevisionCursor(q.Cursor)
	if err != nil {
		return builder.HistoryPage{}, err
	}
	d := h.drafts[id]
	if d == nil {
		return builder.HistoryPage{}, builder.ForSession(id, builder.ErrNotFound)
	}
	var page builder.HistoryPage
	size := builder.PageSize(q.Limit)
	for _, r := range slices.Backward(d.revisions) {
		if size == 0 || r.Revision >= below {
			continue
		}
		if len(page.Revisions) == size {
			page.Next = builder.RevisionCursor(page.Revisions[size-1].Revision)
			break
		}
		page.Revisions = append(page.Revisions, builder.RevisionSummary{
			Revision: r.Revision, SchemaVersion: r.SchemaVersion, SavedAt: r.UpdatedAt, Bytes: len(r.State), Phase: r.seen.Phase,
		})
	}
	return page, nil
}

func (s *store) LoadRevision(ctx context.Context, id uuid.UUID, r builder.Revision) (builder.Draft, error) {
	h, leave, err := s.enter(ctx)
	if err != nil {
		return builder.Draft{}, err
	}
	defer leave()
	_, kept, err := h.revision(id, r)
	if err != nil {
		return builder.Draft{}, err
	}
	return kept.copied(), nil
}

// revision finds a draft and one of its kept revisions.
func (h *shelf) revision(id uuid.UUID, r builder.Revision) (*draft, *saved, error) {
	d := h.drafts[id]
	if d == nil {
		return nil, nil, builder.ForSession(id, builder.ErrNotFound)
	}
	kept := d.find(r)
	if kept == nil {
		return nil, nil, builder.ForSession(id, builder.ErrNotFound)
	}
	return d, kept, nil
}

func (s *store) RestoreRevision(ctx context.Context, id uuid.UUID, r, at builder.Revision) (builder.Draft, error) {
	h, leave, err := s.enter(ctx)
	if err != nil {
		return builder.Draft{}, err
	}
	defer leave()
	d, kept, err := h.revision(id, r)
	if err != nil {
		return builder.Draft{}, err
	}
	if s.isGone(h, id) {
		return builder.Draft{}, builder.ForSession(id, builder.ErrGone)
	}
	if _, err := d.newest().rules().MayRestore(kept.Draft, at); err != nil {
		return builder.Draft{}, err
	}
	return s.db.follow(d, *kept).copied(), nil
}
