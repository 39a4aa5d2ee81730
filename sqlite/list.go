package sqlite

import (
	"context"

	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
)

const (
	firstDrafts = `SELECT ` + summaryColumns + ` FROM builder_drafts
		WHERE ` + ofOwner + `
		ORDER BY updated_at DESC, session_id DESC LIMIT ?`
	furtherDrafts = `SELECT ` + summaryColumns + ` FROM builder_drafts
		WHERE ` + ofOwner + ` AND (updated_at, session_id) < (?, ?)
		ORDER BY updated_at DESC, session_id DESC LIMIT ?`
)

func (s *store) ListDrafts(ctx context.Context, q builder.DraftQuery) (page builder.DraftPage, err error) {
	after, resumed, err := builder.ParsePosition(builder.ListOfDrafts, q.Cursor)
	if err != nil {
		return builder.DraftPage{}, err
	}
	size := builder.PageSize(q.Limit)
	// One row more than asked for tells whether there is a next page.
	query, args := firstDrafts, []any{s.owner, size + 1}
	if resumed {
		query, args = furtherDrafts, []any{s.owner, after.At.UnixMicro(), after.ID[:], size + 1}
	}
	err = s.read(ctx, func(c *conn) error {
		if size == 0 {
			return nil
		}
		rows, err := summaries(c, query, args)
		if err != nil {
			return err
		}
		if len(rows) > size {
			rows = rows[:size]
			last := rows[size-1]
			page.Next = builder.Position{At: last.at, ID: last.draft.SessionID}.Cursor(builder.ListOfDrafts)
		}
		page.Drafts, err = summarise(c, rows)
		return err
	})
	return page, err
}

func summaries(c *conn, query string, args []any) (rows []draftRow, err error) {
	var cols draftColumns
	err = c.each(query, args, cols.summary(), func() (bool, error) {
		rows = append(rows, cols.summaryRow())
		return true, nil
	})
	return rows, err
}

// summarise is what a listing shows of rows. Only for those that this
// program's validator has not seen as they are now does it read the state.
func summarise(c *conn, rows []draftRow) ([]builder.DraftSummary, error) {
	var list []builder.DraftSummary
	for _, r := range rows {
		var state blob
		state.ok = true
		if r.stale {
			found, err := c.one(`SELECT state FROM builder_drafts WHERE draft = ?`, []any{r.number}, &state)
			if err != nil {
				return nil, err
			}
			if !found {
				continue // deleted since the list was read
			}
		}
		r.refresh(state)
		if r.draft.SessionID == uuid.Nil {
			continue // no call could name it; Check does
		}
		list = append(list, builder.DraftSummary{
			SessionID: r.draft.SessionID, Revision: r.draft.Revision, SchemaVersion: r.draft.SchemaVersion,
			CreatedAt: r.draft.CreatedAt, UpdatedAt: r.draft.UpdatedAt, Bytes: r.bytes, Inspection: r.seen,
		})
	}
	return list, nil
}
