package memstore

import (
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
	"encoding/binary"
	"iter"
	"slices"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/internal/rules"
)

// The kinds of row in the order Rows yields them: what others hang on first,
// and traces last, so that a copy never refuses a session because of its own
// trace.
const (
	kindDraft byte = iota
	kindRevision
	kindPending
	kindMemory
	kindPreference
	kindGone
)

// keyedRow is a row and its place among all rows.
type keyedRow struct {
	key string
	row builder.Row
}

// Rows yields the rows there were when it began, so that the consumer may use
// the database meanwhile.
func (db *Database) Rows(ctx context.Context, from builder.Cursor) iter.Seq2[builder.Row, error] {
	return func(yield func(builder.Row, error) bool) {
		after, err := parseRowCursor(from)
		if err != nil {
			yield(builder.Row{}, err)
			return
		}
		for _, r := range db.snapshot() {
			if r.key <= after {
				continue
			}
			if err := ctx.Err(); err != nil {
				yield(builder.Row{}, err)
				return
			}
			r.row.Next = rowCursor(r.key)
			if !yield(r.row, nil) {
				return
			}
		}
		if err := ctx.Err(); err != nil {
			yield(builder.Row{}, err)
		}
	}
}

// snapshot copies every row, in order.
func (db *Database) snapshot() []keyedRow {
	db.mu.Lock()
	defer db.mu.Unlock()
	var rows []keyedRow
	for owner, h := range db.shelves {
		rows = append(rows, h.rows(owner)...)
	}
	for _, g := range db.gone {
		// A trace says of no owner whose it is.
		rows = append(rows, keyedRow{rowKey(kindGone, "", g.Key[:], nil), builder.Row{Gone: &g}})
	}
	slices.SortFunc(rows, func(a, b keyedRow) int { return cmp.Compare(a.key, b.key) })
	return rows
}

func (h *shelf) rows(owner string) []keyedRow {
	var rows []keyedRow
	add := func(key string, r builder.Row) {
		r.Owner = owner
		rows = append(rows, keyedRow{key, r})
	}
	for id, d := range h.drafts {
		newest := d.newest().copied()
		add(rowKey(kindDraft, owner, id[:], nil), builder.Row{Draft: &newest})
		for i := range d.revisions[:len(d.revisions)-1] {
			r := d.revisions[i].copied()
			add(rowKey(kindRevision, owner, id[:], binary.BigEndian.AppendUint32(nil, uint32(r.Revision))), builder.Row{Revision: &r})
		}
		for field, text := range d.pending {
			p := builder.Pending{SessionID: id, Field: field, Text: text}
			add(rowKey(kindPending, owner, id[:], []byte(field)), builder.Row{Pending: &p})
		}
	}
	for id, r := range h.memory {
		e := r.StoredEntry
		e.Entry = bytes.Clone(e.Entry)
		add(rowKey(kindMemory, owner, id[:], nil), builder.Row{Memory: &e})
	}
	for _, p := range h.sortedPreferences() {
		add(rowKey(kindPreference, owner, []byte(p.Field+"\x00"), []byte(valueText(p.Value))), builder.Row{Preference: &p})
	}
	return rows
}

// rowKey orders rows by kind, owner and id. An owner's name holds no NUL.
func rowKey(kind byte, owner string, id, rest []byte) string {
	return string(kind) + owner + "\x00" + string(id) + string(rest)
}

func rowCursor(key string) builder.Cursor {
	return builder.Cursor(base64.RawURLEncoding.EncodeToString(append([]byte{byte(builder.ListOfRows)}, key...)))
}

func parseRowCursor(c builder.Cursor) (after string, err error) {
	if c == "" {
		return "", nil
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(string(c))
	if err != nil || len(b) < 2 || builder.ListName(b[0]) != builder.ListOfRows {
		return "", builder.ErrBadCursor
	}
	return string(b[1:]), nil
}

// Check reports on the rows there were when it began.
func (db *Database) Check(ctx context.Context) iter.Seq2[builder.Finding, error] {
	return func(yield func(builder.Finding, error) bool) {
		for _, r := range db.snapshot() {
			if err := ctx.Err(); err != nil {
				yield(builder.Finding{}, err)
				return
			}
			if f, found := inspect(r.row); found && !yield(f, nil) {
				return
			}
		}
		if err := ctx.Err(); err != nil {
			yield(builder.Finding{}, err)
		}
	}
}

// inspect returns what there is to say of a row, if anything.
func inspect(r builder.Row) (f builder.Finding, found bool) {
	f.Owner = r.Owner
	switch {
	case r.Draft != nil:
		f.Table, f.Row = builder.TableDrafts, r.Draft.SessionID.String()
	case r.Revision != nil:
		f.Table, f.Row = builder.TableRevisions, revisionKey(r.Revision)
	case r.Memory != nil:
		f.Table, f.Row = builder.TableMemory, r.Memory.ID.String()
	}
	return rules.Judge(f, r)
}
