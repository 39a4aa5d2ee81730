package postgres

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/internal/history"
)

// revisionRow is a row of builder_draft_revisions.
type revisionRow struct {
	history.Kept
	version uint32
	savedAt time.Time
	phase   builder.Phase
}

const (
	revisionSummary = `revision, schema_version, saved_at, bytes, phase`
	revisionColumns = revisionSummary + `, encoding, checksum, content`
)

type revisionCells struct {
	revision, version, saved, bytes, checksum int64
	phase                                     string
	encoding                                  int
	content                                   []byte
}

func (c *revisionCells) summary() []any {
	return []any{&c.revision, &c.version, &c.saved, &c.bytes, &c.phase}
}

func (c *revisionCells) all() []any {
	return append(c.summary(), &c.encoding, &c.checksum, &c.content)
}

func (c *revisionCells) row() revisionRow {
	return revisionRow{
		Kept: history.Kept{Revision: builder.Revision(c.revision), Bytes: c.bytes,
			Encoded: history.Encoded{Encoding: c.encoding, Checksum: uint32(c.checksum), Content: c.content}},
		version: uint32(c.version), savedAt: moment(c.saved), phase: builder.Phase(c.phase),
	}
}

const historyPage = `SELECT ` + revisionSummary + ` FROM builder_draft_revisions
	WHERE owner = $1 AND session_id = $2 AND revision BETWEEN $3 AND $4 ORDER BY revision DESC LIMIT $5`

func (s *store) DraftHistory(ctx context.Context, id uuid.UUID, q builder.PageQuery) (page builder.HistoryPage, err error) {
	below, err := builder.ParseRevisionCursor(q.Cursor)
	if err != nil {
		return builder.HistoryPage{}, err
	}
	size := builder.PageSize(q.Limit)
	err = s.snapshot(ctx, func(c *call) error {
		page = builder.HistoryPage{}
		var oldest, newest int64
		found, err := c.one(`SELECT oldest, revision FROM builder_drafts WHERE owner = $1 AND session_id = $2`, []any{s.owner, id}, &oldest, &newest)
		if err == nil && !found {
			err = builder.ForSession(id, builder.ErrNotFound)
		}
		if err != nil || size == 0 {
			return err
		}
		var cells revisionCells
		return c.each(historyPage, []any{s.owner, id, oldest, min(int64(below)-1, newest), size + 1}, cells.summary(), func() error {
			if len(page.Revisions) == size {
				page.Next = builder.RevisionCursor(page.Revisions[size-1].Revision)
				return nil
			}
			r := cells.row()
			page.Revisions = append(page.Revisions, builder.RevisionSummary{
				Revision: r.Revision, SchemaVersion: r.version, SavedAt: r.savedAt, Bytes: int(r.Bytes), Phase: r.phase,
			})
			return nil
		})
	})
	return page, err
}

func (s *store) LoadRevision(ctx context.Context, id uuid.UUID, r builder.Revision) (d builder.Draft, err error) {
	err = s.snapshot(ctx, func(c *call) error {
		row, found, err := draftOf(c, s.owner, id)
		if err == nil && !found {
			err = builder.ForSession(id, builder.ErrNotFound)
		}
		if err == nil {
			d, err = row.revision(c, s.owner, r)
		}
		return err
	})
	return d, err
}

// revision returns a kept revision of the draft. The newest comes out of the
// history too, where the draft's own state may have been changed by hand since.
func (r *draftRow) revision(c *call, owner string, n builder.Revision) (builder.Draft, error) {
	if n < r.oldest || n > r.Revision {
		return builder.Draft{}, builder.ForSession(r.SessionID, builder.ErrNotFound)
	}
	row, state, found, err := restore(c, owner, r.SessionID, n)
	var broken *history.BrokenError
	switch {
	case n == r.Revision && (errors.As(err, &broken) || err == nil && !found):
		return r.Draft, nil
	case errors.As(err, &broken):
		return builder.Draft{}, &builder.UnreadableError{SessionID: r.SessionID, Problem: "the kept revision is damaged: " + broken.Problem}
	case err != nil:
		return builder.Draft{}, err
	case !found:
		return builder.Draft{}, builder.ForSession(r.SessionID, builder.ErrNotFound)
	}
	return builder.Draft{SessionID: r.SessionID, Revision: n, SchemaVersion: row.version, State: state, CreatedAt: r.CreatedAt, UpdatedAt: row.savedAt}, nil
}

// keptRevision is revision for comparing: one that is damaged is not there.
func (r *draftRow) keptRevision(c *call, owner string, n builder.Revision) (kept builder.Draft, there bool, err error) {
	kept, err = r.revision(c, owner, n)
	if errors.Is(err, builder.ErrNotFound) || errors.Is(err, builder.ErrUnreadable) {
		return builder.Draft{}, false, nil
	}
	return kept, err == nil, err
}

// revisionsUpTo are the rows that restoring a revision takes, newest first: it
// and those before it, down to a whole one. Their contents are small but for
// the whole one's.
const revisionsUpTo = `SELECT ` + revisionColumns + ` FROM builder_draft_revisions
	WHERE owner = $1 AND session_id = $2 AND revision <= $3 AND revision >= COALESCE((SELECT max(revision) FROM builder_draft_revisions
		WHERE owner = $1 AND session_id = $2 AND revision <= $3 AND revision > $3 - $4::bigint AND encoding = 1), $3)
	ORDER BY revision DESC LIMIT $4`

// restore returns a revision with its state. A *history.BrokenError says that
// what is stored does not give the state back.
func restore(c *call, owner string, id uuid.UUID, r builder.Revision) (row revisionRow, state []byte, found bool, err error) {
	var chain []revisionRow
	var cells revisionCells
	err = c.each(revisionsUpTo, []any{owner, id, int64(r), history.WholeEvery + 1}, cells.all(), func() error {
		chain = append(chain, cells.row())
		return nil
	})
	if err != nil || len(chain) == 0 || chain[0].Revision != r {
		return revisionRow{}, nil, false, err
	}
	row = chain[0]
	kept := make([]history.Kept, 0, len(chain))
	for _, k := range slices.Backward(chain) {
		kept = append(kept, k.Kept)
	}
	state, err = history.Replay(kept)
	return row, state, true, err
}

const insertRevisionRow = `INSERT INTO builder_draft_revisions (owner, session_id, ` + revisionColumns + `)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`

func insertRevision(c *call, owner string, d builder.Draft, phase builder.Phase, e history.Encoded) error {
	_, err := c.exec(insertRevisionRow, revisionArgs(owner, d, phase, e)...)
	return err
}

func revisionArgs(owner string, d builder.Draft, phase builder.Phase, e history.Encoded) []any {
	return []any{owner, d.SessionID, int64(d.Revision), int64(d.SchemaVersion), d.UpdatedAt.UnixMicro(), len(d.State), storable(string(phase)),
		e.Encoding, int64(e.Checksum), e.Content}
}

func (s *store) RestoreRevision(ctx context.Context, id uuid.UUID, r, at builder.Revision) (restored builder.Draft, err error) {
	sv := &saver{store: s}
	err = s.change(ctx, func(c *call) error {
		stored, found, err := lockDraft(c, s.owner, id)
		if err != nil {
			return err
		}
		if c.doubt && sv.tried != nil {
			saved, done, err := sv.resolve(c, stored, found)
			if restored = saved; err != nil || done {
				return err
			}
		}
		if !found {
			return builder.ForSession(id, builder.ErrNotFound)
		}
		kept, err := stored.revision(c, s.owner, r)
		if err != nil {
			return err
		}
		if gone, err := isGone(c, s.owner, id); err != nil || gone {
			return orGone(err, id)
		}
		if sv.seen, err = stored.MayRestore(kept, at); err != nil {
			return err
		}
		sv.given, sv.row = kept, &stored
		restored, err = sv.mustFollow(c)
		return err
	})
	if err != nil {
		return builder.Draft{}, err
	}
	return cloned(restored), nil
}

// mustFollow follows a draft that is locked: only an entry can come between.
func (s *saver) mustFollow(c *call) (builder.Draft, error) {
	saved, done, err := s.follow(c)
	if err == nil && !done {
		err = builder.ForSession(s.given.SessionID, builder.ErrGone)
	}
	if err == nil {
		s.tried = &saved
	}
	return saved, err
}
