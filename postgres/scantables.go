package postgres

import (
	"errors"
	"fmt"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/internal/history"
)

// paged limits a scan of a table to a page of rows and, by the column length,
// to about so many bytes of them. Neither takes reading the rows beyond.
func paged(columns, table, length, where, order string) string {
	return `SELECT ` + columns + ` FROM (
		SELECT *, sum(` + length + `) OVER (ORDER BY ` + order + `) - ` + length + ` AS before FROM (
			SELECT * FROM ` + table + ` WHERE ` + where + ` ORDER BY ` + order + ` LIMIT 256) page
		) d WHERE before < 4194304 ORDER BY ` + order
}

var draftPage = paged(allDraftColumns+`, owner`, `builder_drafts`, `octet_length(state)`, `(owner, session_id) > ($1, $2)`, `owner, session_id`)

func scanDrafts(c *call, after place) (items []item, err error) {
	var cols draftColumns
	var owner string
	err = c.each(draftPage, []any{after.owner, after.id}, append(cols.all(), &owner), func() error {
		d := cols.row().Draft
		items = append(items, item{place: place{owner: owner, id: d.SessionID}, table: builder.TableDrafts, key: d.SessionID.String(),
			row: builder.Row{Owner: owner, Draft: &d}})
		return nil
	})
	return items, err
}

var revisionPage = `SELECT p.*, d.oldest, d.revision, d.created_at FROM (` +
	paged(`owner, session_id, `+revisionColumns, `builder_draft_revisions`, `bytes`, `(owner, session_id, revision) > ($1, $2, $3)`, `owner, session_id, revision`) +
	`) p LEFT JOIN builder_drafts d ON d.owner = p.owner AND d.session_id = p.session_id ORDER BY p.owner, p.session_id, p.revision`

// head is what a revision needs of its draft.
type head struct {
	oldest, newest, created *int64
}

func scanRevisions(c *call, after place) (items []item, err error) {
	var rows []revisionRow
	var heads []head
	var cells revisionCells
	var h head
	var at place
	err = c.each(revisionPage, []any{after.owner, after.id, after.revision()}, append([]any{&at.owner, &at.id}, append(cells.all(), &h.oldest, &h.newest, &h.created)...), func() error {
		row := cells.row()
		rows, heads = append(rows, row), append(heads, h)
		items = append(items, item{place: place{owner: at.owner, id: at.id, rest: revisionRest(row.Revision)}, table: builder.TableRevisions})
		return nil
	})
	if err != nil {
		return nil, err
	}
	var before []byte
	for i := range items {
		if i > 0 && (items[i].place.owner != items[i-1].place.owner || items[i].place.id != items[i-1].place.id || rows[i].Revision != rows[i-1].Revision+1) {
			before = nil
		}
		if before, err = items[i].revision(c, rows[i], heads[i], before); err != nil {
			return nil, err
		}
	}
	return items, nil
}

// revision fills in an item of a kept revision and returns its state. before
// is the state of the revision before, where the page has it.
func (it *item) revision(c *call, row revisionRow, h head, before []byte) (state []byte, err error) {
	if row.Encoding != history.Whole && before == nil {
		_, state, _, err = restore(c, it.place.owner, it.place.id, row.Revision)
	} else {
		state, err = history.Decode(row.Encoded, row.Bytes, before)
	}
	var broken *history.BrokenError
	if errors.As(err, &broken) {
		it.damage, err = broken.Problem, nil
	}
	if err != nil {
		return nil, err
	}
	it.key = fmt.Sprintf("%s revision %d", it.place.id, row.Revision)
	d := builder.Draft{SessionID: it.place.id, Revision: row.Revision, SchemaVersion: row.version, State: state, UpdatedAt: row.savedAt}
	if h.newest == nil {
		it.damage = noDraft
	} else {
		it.hidden = int64(row.Revision) < *h.oldest || int64(row.Revision) >= *h.newest
		d.CreatedAt = moment(*h.created)
	}
	it.row = builder.Row{Owner: it.place.owner, Revision: &d}
	return state, nil
}

const noDraft = "its draft is not known"

var pendingPage = `SELECT p.*, d.revision FROM (` +
	paged(`owner, session_id, key, field, text`, `builder_pending`, `octet_length(text)`, `(owner, session_id, key) > ($1, $2, $3)`, `owner, session_id, key`) +
	`) p LEFT JOIN builder_drafts d ON d.owner = p.owner AND d.session_id = p.session_id ORDER BY p.owner, p.session_id, p.key`

func scanPending(c *call, after place) (items []item, err error) {
	var at place
	var key, field, text []byte
	var draft *int64
	err = c.each(pendingPage, []any{after.owner, after.id, []byte(after.rest)}, []any{&at.owner, &at.id, &key, &field, &text, &draft}, func() error {
		it := item{place: place{owner: at.owner, id: at.id, rest: string(key)}, table: builder.TablePending, key: at.id.String()}
		if draft == nil {
			it.damage = noDraft
		}
		it.row = builder.Row{Owner: at.owner, Pending: &builder.Pending{SessionID: at.id, Field: string(field), Text: string(text)}}
		items = append(items, it)
		return nil
	})
	return items, err
}

var memoryPage = paged(`id, created_at, entry, owner, category`, `builder_memory`, `octet_length(entry)`, `(owner, id) > ($1, $2)`, `owner, id`)

func scanMemory(c *call, after place) (items []item, err error) {
	var cols entryColumns
	var owner, category string
	err = c.each(memoryPage, []any{after.owner, after.id}, append(cols.all(), &owner, &category), func() error {
		e := cols.stored()
		it := item{place: place{owner: owner, id: e.ID}, table: builder.TableMemory, key: e.ID.String(), row: builder.Row{Owner: owner, Memory: &e}}
		if read := builder.DecodeEntry(e.ID, e.CreatedAt, e.Entry); read.Problem == "" && read.Category.JSONText() != category {
			it.note = "it is listed under another category than its own"
		}
		items = append(items, it)
		return nil
	})
	return items, err
}

var preferencePage = paged(`field, value, never, owner, key`, `builder_preferences`, `octet_length(value)`, `(owner, key) > ($1, $2)`, `owner, key`)

func scanPreferences(c *call, after place) (items []item, err error) {
	var cols preferenceColumns
	var owner string
	var key []byte
	err = c.each(preferencePage, []any{after.owner, []byte(after.rest)}, append(cols.all(), &owner, &key), func() error {
		p, damage := cols.preference()
		items = append(items, item{place: place{owner: owner, rest: string(key)}, table: builder.TablePreferences, damage: damage,
			key: fmt.Sprintf("key %x", key), row: builder.Row{Owner: owner, Preference: &p}})
		return nil
	})
	return items, err
}

func scanGone(c *call, after place) (items []item, err error) {
	var key []byte
	var ended int
	var at int64
	err = c.each(`SELECT key, ended, at FROM builder_gone WHERE key > $1 ORDER BY key LIMIT 256`, []any{[]byte(after.rest)}, []any{&key, &ended, &at}, func() error {
		g := builder.Gone{Finished: ended == finished, At: moment(at)}
		copy(g.Key[:], key)
		items = append(items, item{place: place{rest: string(key)}, table: builder.TableGone, key: fmt.Sprintf("%x", key), hidden: ended == underWay,
			row: builder.Row{Gone: &g}})
		return nil
	})
	return items, err
}
