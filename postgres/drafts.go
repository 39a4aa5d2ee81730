package postgres

import (
	"context"
	"math/bits"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/internal/recent"
)

func (s *store) LoadDraft(ctx context.Context, id uuid.UUID) (d builder.Draft, err error) {
	since := s.db.recent.Now()
	err = s.read(ctx, func(c *call) error {
		row, found, err := draftOf(c, s.owner, id)
		if err == nil && !found {
			err = builder.ForSession(id, builder.ErrNotFound)
		}
		if err == nil {
			d = cloned(row.Draft)
			s.db.remember(since, s.owner, row)
		}
		return err
	})
	return d, err
}

// The condition on the time leaves nothing out; see the first migration for why.
const (
	firstDrafts = `SELECT ` + listedColumns + ` FROM builder_drafts d
		WHERE owner = $1 AND updated_at >= -62167219200000000
		ORDER BY updated_at DESC, session_id DESC`
	furtherDrafts = `SELECT ` + listedColumns + ` FROM builder_drafts d
		WHERE owner = $1 AND updated_at >= -62167219200000000 AND (updated_at, session_id) < ($3, $4)
		ORDER BY updated_at DESC, session_id DESC`
)

// limited is a list of as many rows as its argument $2 says, which rows is, too.
//
// Planning a list takes as long as reading a page of it. The server keeps one
// plan for all arguments as long as it expects no more of that than of plans for
// the arguments given. Of a limit that is an argument it expects a tenth of what
// there is: more than a page of a long list. So another limit is in the text,
// which is the next power of two, lest there be too many texts: then a tenth is
// less than a page, and the plan is kept.
func limited(list string, rows int) string {
	return "SELECT * FROM (" + list + " LIMIT " + strconv.Itoa(1<<bits.Len(uint(rows-1))) + ") page LIMIT $2"
}

func (s *store) ListDrafts(ctx context.Context, q builder.DraftQuery) (page builder.DraftPage, err error) {
	after, resumed, err := builder.ParsePosition(builder.ListOfDrafts, q.Cursor)
	if err != nil {
		return builder.DraftPage{}, err
	}
	size := builder.PageSize(q.Limit)
	// One row more than asked for tells whether there is a next page.
	query, args := firstDrafts, []any{s.owner, size + 1}
	if resumed {
		query, args = furtherDrafts, append(args, after.At.UnixMicro(), after.ID)
	}
	err = s.read(ctx, func(c *call) error {
		if size == 0 {
			return nil
		}
		var cols draftColumns
		var rows []draftRow
		if err := c.each(limited(query, size+1), args, cols.summary(), func() error {
			rows = append(rows, cols.summaryRow())
			return nil
		}); err != nil {
			return err
		}
		page = builder.DraftPage{}
		if len(rows) > size {
			rows = rows[:size]
			last := rows[size-1].Draft
			page.Next = builder.Position{At: last.UpdatedAt, ID: last.SessionID}.Cursor(builder.ListOfDrafts)
		}
		page.Drafts, err = s.summarise(c, rows)
		return err
	})
	return page, err
}

// summarise is what a listing shows of rows. Only for those that this
// program's validator has not seen as they are now does it read the state.
func (s *store) summarise(c *call, rows []draftRow) ([]builder.DraftSummary, error) {
	var all []builder.DraftSummary
	for _, r := range rows {
		if r.stale {
			var state []byte
			found, err := c.one(`SELECT state FROM builder_drafts WHERE owner = $1 AND session_id = $2`, []any{s.owner, r.SessionID}, &state)
			if err != nil {
				return nil, err
			}
			if !found {
				continue // deleted since the list was read
			}
			r.refresh(state)
		}
		all = append(all, builder.DraftSummary{
			SessionID: r.SessionID, Revision: r.Revision, SchemaVersion: r.SchemaVersion,
			CreatedAt: r.CreatedAt, UpdatedAt: r.UpdatedAt, Bytes: r.bytes, Inspection: r.seen,
		})
	}
	return all, nil
}

// DeleteDraft counts a draft as deleted that an attempt saw under its lock and
// that is gone when the attempt's commit is looked up.
func (s *store) DeleteDraft(ctx context.Context, id uuid.UUID) (deleted bool, err error) {
	seen := false
	err = s.change(ctx, func(c *call) error {
		found, err := c.is(`SELECT 1 FROM builder_drafts WHERE owner = $1 AND session_id = $2 FOR UPDATE`, s.owner, id)
		if err != nil {
			return err
		}
		deleted = found || c.doubt && seen
		if seen = found; !found {
			return c.touch()
		}
		if err := removeDraft(c, s.owner, id); err != nil {
			return err
		}
		return bury(c, goneKey(s.owner, id), false, s.db.clock())
	})
	return deleted && err == nil, err
}

// removeDraft removes a draft with its history and pending text.
func removeDraft(c *call, owner string, id uuid.UUID) error {
	_, err := c.exec(`WITH pending AS (DELETE FROM builder_pending WHERE owner = $1 AND session_id = $2),
		revisions AS (DELETE FROM builder_draft_revisions WHERE owner = $1 AND session_id = $2)
		DELETE FROM builder_drafts WHERE owner = $1 AND session_id = $2`, owner, id)
	return err
}

// isGone reports whether a session was deleted or has finished.
func isGone(c *call, owner string, id uuid.UUID) (gone bool, err error) {
	return c.is(`SELECT 1 WHERE EXISTS (SELECT FROM builder_gone WHERE key = $1 AND ended <> 0)
		OR EXISTS (SELECT FROM builder_memory WHERE owner = $2 AND id = $3)`, goneKey(owner, id), owner, id)
}

// orGone is ErrGone where there is no other error.
func orGone(err error, id uuid.UUID) error {
	if err != nil {
		return err
	}
	return builder.ForSession(id, builder.ErrGone)
}

// The ways in which a session is entered in builder_gone.
const (
	underWay = 0
	deleted  = 1
	finished = 2
)

func endedAs(hasFinished bool) int {
	if hasFinished {
		return finished
	}
	return deleted
}

// bury remembers that a session is gone. That it finished is never forgotten
// for a later deletion.
func bury(c *call, key []byte, hasFinished bool, at time.Time) error {
	_, err := c.exec(`INSERT INTO builder_gone (key, ended, at) VALUES ($1, $2, $3)
		ON CONFLICT (key) DO UPDATE SET ended = greatest(builder_gone.ended, excluded.ended), at = excluded.at`, key, endedAs(hasFinished), at.UnixMicro())
	return err
}

// remember keeps a draft as it is stored, whose state nobody else holds.
func (db *Database) remember(since recent.Mark, owner string, row draftRow) {
	db.recent.Put(since, owner, row.SessionID, row, len(row.State))
}
