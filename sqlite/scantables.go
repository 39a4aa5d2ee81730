package sqlite

import (
	"errors"
	"fmt"

	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/internal/history"
)

const noOwner = "its owner is not known"

func scanDrafts(c *conn, after place) ([]item, error) {
	var page collector
	var cols draftColumns
	var owner text
	err := c.each(`SELECT `+allDraftColumns+`, (SELECT name FROM builder_owners o WHERE o.owner = d.owner)
		FROM builder_drafts d WHERE draft > ? ORDER BY draft`, []any{after.number}, append(cols.all(), &owner), func() (bool, error) {
		r := cols.row()
		it := item{place: place{number: r.number}, table: builder.TableDrafts, key: r.draft.SessionID.String(), damage: r.damage}
		it.row = builder.Row{Owner: owner.value, Draft: &r.draft}
		if !owner.ok {
			it.damage = noOwner
		}
		if r.draft.SessionID == uuid.Nil || r.draft.Revision == 0 || r.draft.Revision == builder.AnyRevision || !owner.ok {
			it.lost, it.key = true, fmt.Sprintf("draft %d", r.number)
		}
		return page.add(it, len(r.draft.State)), nil
	})
	return page.items, err
}

// head is what a revision needs of its draft.
type head struct {
	id                      blob
	oldest, newest, created integer
	owner                   text
}

func scanRevisions(c *conn, after place) ([]item, error) {
	var page collector
	var rows []revisionRow
	var heads []head
	var cells revisionCells
	var h head
	err := c.each(`SELECT r.key, r.schema_version, r.saved_at, r.bytes, r.phase, r.encoding, r.checksum, r.content,
			d.session_id, d.oldest, d.revision, d.created_at, (SELECT name FROM builder_owners o WHERE o.owner = d.owner)
		FROM builder_draft_revisions r LEFT JOIN builder_drafts d ON d.draft = r.key >> 32 WHERE r.key > ? ORDER BY r.key`,
		[]any{after.number}, append(cells.all(), &h.id, &h.oldest, &h.newest, &h.created, &h.owner), func() (bool, error) {
			row := cells.row()
			rows, heads = append(rows, row), append(heads, h)
			return page.add(item{place: place{number: cells.key.value}, table: builder.TableRevisions}, int(row.bytes)), nil
		})
	if err != nil {
		return nil, err
	}
	var before []byte
	for i := range page.items {
		if i > 0 && page.items[i-1].place.number+1 != page.items[i].place.number {
			before = nil
		}
		if before, err = page.items[i].revision(c, rows[i], heads[i], before); err != nil {
			return nil, err
		}
	}
	return page.items, nil
}

// revision fills in an item of a kept revision and returns its state. before
// is the state of the revision before, where the page has it.
func (it *item) revision(c *conn, row revisionRow, h head, before []byte) (state []byte, err error) {
	if row.Encoding != history.Whole && before == nil {
		_, state, _, err = rebuild(c, it.place.number>>32, row.revision)
	} else {
		state, err = history.Decode(row.Encoded, row.bytes, before)
	}
	it.damage = row.damage
	var broken *history.BrokenError
	if errors.As(err, &broken) {
		it.damage, err = broken.Problem, nil
	}
	if err != nil {
		return nil, err
	}
	var read, ofDraft columns // what is wrong with the draft's time is its own finding
	id := read.uuid("session_id", h.id)
	it.hidden = int64(row.revision) < h.oldest.value || int64(row.revision) >= h.newest.value
	it.key = fmt.Sprintf("%s revision %d", id, row.revision)
	if read.problem != "" || !h.owner.ok {
		it.key, it.damage = fmt.Sprintf("key %d", it.place.number), "its draft is not known"
	}
	it.lost = it.damage != ""
	it.row = builder.Row{Owner: h.owner.value, Revision: &builder.Draft{SessionID: id, Revision: row.revision, SchemaVersion: row.version,
		State: state, CreatedAt: ofDraft.time("created_at", h.created), UpdatedAt: row.savedAt}}
	return state, nil
}

func scanPending(c *conn, after place) ([]item, error) {
	var page collector
	var number integer
	var field, typed, owner text
	var id blob
	err := c.each(`SELECT p.draft, p.field, p.text, d.session_id, (SELECT name FROM builder_owners o WHERE o.owner = d.owner)
		FROM builder_pending p LEFT JOIN builder_drafts d ON d.draft = p.draft
		WHERE (p.draft, p.field) > (?, ?) ORDER BY p.draft, p.field`,
		[]any{after.number, after.first}, []any{&number, &field, &typed, &id, &owner}, func() (bool, error) {
			var read columns
			p := builder.Pending{SessionID: read.uuid("session_id", id), Field: read.text("field", field), Text: read.text("text", typed)}
			it := item{place: place{number: number.value, first: field.value}, table: builder.TablePending, damage: read.problem}
			it.key = p.SessionID.String()
			if !id.ok || !owner.ok {
				it.damage, it.key = "its draft is not known", fmt.Sprintf("draft %d", number.value)
			}
			it.lost = it.damage != ""
			it.row = builder.Row{Owner: owner.value, Pending: &p}
			return page.add(it, len(p.Text)), nil
		})
	return page.items, err
}

func scanMemory(c *conn, after place) ([]item, error) {
	var page collector
	var cols entryColumns
	var owner, category, terms text
	err := c.each(`SELECT memory, id, created_at, entry, category, terms, (SELECT name FROM builder_owners o WHERE o.owner = m.owner)
		FROM builder_memory m WHERE memory > ? ORDER BY memory`, []any{after.number}, append(cols.all(), &category, &terms, &owner), func() (bool, error) {
		e, damage := cols.stored()
		it := item{place: place{number: cols.number.value}, table: builder.TableMemory, key: e.ID.String(), damage: damage}
		it.row = builder.Row{Owner: owner.value, Memory: &e}
		if !owner.ok {
			it.damage = noOwner
		}
		if e.ID == uuid.Nil || !owner.ok {
			it.lost, it.key = true, fmt.Sprintf("memory %d", cols.number.value)
		}
		if !terms.ok && it.damage == "" {
			it.damage = "the column terms holds no text"
		}
		if read := builder.DecodeEntry(e.ID, e.CreatedAt, e.Entry); it.damage == "" && read.Problem == "" && read.Category.JSONText() != category.value {
			it.damage = "it is listed under another category than its own"
		}
		return page.add(it, len(e.Entry)), nil
	})
	return page.items, err
}

func scanPreferences(c *conn, after place) ([]item, error) {
	var page collector
	var cols preferenceColumns
	var number integer
	var owner text
	err := c.each(`SELECT field, value, never, p.owner, (SELECT name FROM builder_owners o WHERE o.owner = p.owner)
		FROM builder_preferences p WHERE (owner, field, value) > (?, ?, ?) ORDER BY owner, field, value`,
		[]any{after.number, after.first, after.second}, append(cols.all(), &number, &owner), func() (bool, error) {
			p, damage := cols.preference()
			it := item{place: place{number: number.value, first: cols.field.value, second: cols.value.value}, table: builder.TablePreferences, damage: damage}
			it.key = fmt.Sprintf("owner %d field %s", number.value, knownField(p.Field))
			if !owner.ok {
				it.damage = noOwner
			}
			it.lost = it.damage != ""
			it.row = builder.Row{Owner: owner.value, Preference: &p}
			return page.add(it, len(cols.value.value)), nil
		})
	return page.items, err
}

// knownField keeps users' words out of what Check says.
func knownField(field string) string {
	if builder.IsField(field) {
		return field
	}
	return "of another name"
}

func scanGone(c *conn, after place) ([]item, error) {
	var page collector
	var key blob
	var finished, at integer
	err := c.each(`SELECT key, finished, at FROM builder_gone WHERE key > ? ORDER BY key`, []any{[]byte(after.first)}, []any{&key, &finished, &at}, func() (bool, error) {
		var read columns
		g := builder.Gone{Finished: read.number("finished", finished, 0, 1) == 1, At: read.time("at", at)}
		if copy(g.Key[:], read.blob("key", key)) < len(g.Key) || len(key.value) > len(g.Key) {
			read.complain("the column key holds no digest")
		}
		it := item{place: place{first: string(key.value)}, table: builder.TableGone, key: fmt.Sprintf("%x", key.value), damage: read.problem, lost: read.problem != ""}
		it.row = builder.Row{Gone: &g}
		return page.add(it, len(key.value)), nil
	})
	return page.items, err
}
