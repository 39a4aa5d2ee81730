package sqlite

import (
	"context"
	"errors"

	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/internal/history"
)

func (s *store) DraftHistory(ctx context.Context, id uuid.UUID, q builder.PageQuery) (page builder.HistoryPage, err error) {
	below, err := builder.ParseRevisionCursor(q.Cursor)
	if err != nil {
		return builder.HistoryPage{}, err
	}
	size := builder.PageSize(q.Limit)
	err = s.snapshot(ctx, func(c *conn) error {
		var number, oldest, newest integer
		found, err := c.one(`SELECT draft, oldest, revision FROM builder_drafts WHERE `+ofOwner+` AND session_id = ?`,
			[]any{s.owner, id[:]}, &number, &oldest, &newest)
		if err != nil {
			return err
		}
		if !found {
			return builder.ForSession(id, builder.ErrNotFound)
		}
		if size == 0 {
			return nil
		}
		var cells revisionCells
		return c.each(`SELECT `+summaryOfRevision+` FROM builder_draft_revisions WHERE key BETWEEN ? AND ? ORDER BY key DESC LIMIT ?`,
			[]any{number.value<<32 + oldest.value, number.value<<32 + min(int64(below)-1, newest.value), size + 1}, cells.summary(),
			func() (bool, error) {
				if len(page.Revisions) == size {
					page.Next = builder.RevisionCursor(page.Revisions[size-1].Revision)
					return false, nil
				}
				r := cells.summaryRow()
				page.Revisions = append(page.Revisions, builder.RevisionSummary{
					Revision: r.revision, SchemaVersion: r.version, SavedAt: r.savedAt, Bytes: int(r.bytes), Phase: r.phase,
				})
				return true, nil
			})
	})
	return page, err
}

func (s *store) LoadRevision(ctx context.Context, id uuid.UUID, r builder.Revision) (d builder.Draft, err error) {
	err = s.snapshot(ctx, func(c *conn) error {
		row, found, err := draftOf(c, s.owner, id)
		if err != nil {
			return err
		}
		if !found {
			return builder.ForSession(id, builder.ErrNotFound)
		}
		d, err = row.revision(c, r, rebuild)
		return err
	})
	return d, err
}

// revision returns a kept revision of the draft. The newest comes out of the
// history too, where the draft's own state may have been damaged since.
func (r *draftRow) revision(c *conn, n builder.Revision, rebuild rebuilder) (builder.Draft, error) {
	id := r.draft.SessionID
	if n < r.oldest || n > r.draft.Revision {
		return builder.Draft{}, builder.ForSession(id, builder.ErrNotFound)
	}
	row, state, found, err := rebuild(c, r.number, n)
	var broken *history.BrokenError
	switch {
	case n == r.draft.Revision && r.damage == "" && (errors.As(err, &broken) || err == nil && !found):
		return r.draft, nil
	case errors.As(err, &broken):
		return builder.Draft{}, &builder.UnreadableError{SessionID: id, Problem: "the kept revision is damaged: " + broken.Problem}
	case err != nil:
		return builder.Draft{}, err
	case !found:
		return builder.Draft{}, builder.ForSession(id, builder.ErrNotFound)
	}
	return builder.Draft{SessionID: id, Revision: n, SchemaVersion: row.version, State: state, CreatedAt: r.draft.CreatedAt, UpdatedAt: row.savedAt}, nil
}

func (s *store) RestoreRevision(ctx context.Context, id uuid.UUID, r, at builder.Revision) (restored builder.Draft, err error) {
	err = s.together(ctx, func(c *conn) error {
		stored, found, err := draftOf(c, s.owner, id)
		if err != nil {
			return err
		}
		if !found {
			return builder.ForSession(id, builder.ErrNotFound)
		}
		kept, err := stored.revision(c, r, rebuild)
		if err != nil {
			return err
		}
		if gone, err := s.isGone(c, id); err != nil || gone {
			return orGone(err, id)
		}
		restored, err = s.restoreAs(c, stored, kept, at)
		return err
	})
	if err != nil {
		return builder.Draft{}, err
	}
	return restored, nil
}

// restoreAs makes a kept revision the draft's next one, whatever the draft's
// own state looks like.
func (s *store) restoreAs(c *conn, stored draftRow, kept builder.Draft, at builder.Revision) (builder.Draft, error) {
	seen, err := stored.rules().MayRestore(kept, at)
	if err != nil {
		return builder.Draft{}, err
	}
	before, err := basis(c, stored)
	if err != nil {
		return builder.Draft{}, err
	}
	p := &plan{given: kept, seen: seen, stored: stored, found: true}
	if p.Encoded, err = history.Encode(at+1, before, kept.State); err != nil {
		return builder.Draft{}, err
	}
	return s.follow(c, p)
}
