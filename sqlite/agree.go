package sqlite

import (
	"bytes"
	"context"

	"github.com/boternity/boternity/builder"
)

// agree looks whether other rows agree with an item, and says in the finding
// where they do not. Others may be writing: it looks at one moment, and passes
// over a row that is no longer what it was when it was scanned.
func (db *Database) agree(ctx context.Context, it item, f *builder.Finding) error {
	if f.Problem != "" || it.damage != "" {
		return nil // what is wrong with the row itself comes first
	}
	look := db.agreeDraft
	switch {
	case it.row.Draft != nil:
	case it.row.Memory != nil:
		look = db.agreeEntry
	default:
		return nil
	}
	return db.snapshot(ctx, func(c *conn) (err error) {
		f.Problem, err = look(c, it)
		return err
	})
}

// agreeDraft compares a draft with what it is listed, kept and buried by.
func (db *Database) agreeDraft(c *conn, it item) (problem string, err error) {
	var cols draftColumns
	var key blob
	found, err := c.one(`SELECT `+allDraftColumns+`, gone_key FROM builder_drafts WHERE draft = ?`, []any{it.place.number}, append(cols.all(), &key)...)
	if err != nil || !found {
		return "", err
	}
	r := cols.row()
	if d := it.row.Draft; r.damage != "" || r.draft.Revision != d.Revision || !bytes.Equal(r.draft.State, d.State) {
		return "", nil
	}
	if trace := builder.MakeGoneKey(it.row.Owner, r.draft.SessionID); !bytes.Equal(key.value, trace[:]) {
		return "the column gone_key is that of another session", nil
	}
	if seen := builder.Inspect(r.draft); r.seen != seen || r.bytes != len(r.draft.State) {
		return "it is listed as something else than its state says", nil
	}
	var sum, length integer
	found, err = c.one(`SELECT checksum, bytes FROM builder_draft_revisions WHERE key = ?`, []any{revisionKey(r.number, r.draft.Revision)}, &sum, &length)
	switch {
	case err != nil:
		return "", err
	case !found:
		return "its newest revision is missing from the history", nil
	case !isOf(sum, length, r.draft.State):
		return "its state is not that of its newest revision", nil
	}
	return "", nil
}

// agreeEntry compares an entry with the terms that it is found by. Those that
// belong to no entry are counted by checkStrays.
func (db *Database) agreeEntry(c *conn, it item) (problem string, err error) {
	var cols entryColumns
	var owner integer
	var joined text
	found, err := c.one(`SELECT memory, id, created_at, entry, owner, terms FROM builder_memory WHERE memory = ?`, []any{it.place.number}, append(cols.all(), &owner, &joined)...)
	if err != nil || !found {
		return "", err
	}
	e, damage := cols.stored()
	if given := it.row.Memory; damage != "" || e.ID != given.ID || !bytes.Equal(e.Entry, given.Entry) {
		return "", nil
	}
	terms := builder.Terms(builder.DecodeEntry(e.ID, e.CreatedAt, e.Entry).Description)
	if joined.value != joinTerms(terms) {
		return "its search terms are not those of its description", nil
	}
	for _, term := range terms {
		found, err := c.one(`SELECT 1 FROM builder_memory_terms WHERE owner = ? AND term = ? AND created_at = ? AND id = ?`,
			[]any{owner.value, term, cols.created.value, cols.id.value}, new(int64))
		if err != nil {
			return "", err
		}
		if !found {
			return "a search by one of its terms does not find it", nil
		}
	}
	return "", nil
}

// checkStrays counts the terms that lead to no entry that has them.
func checkStrays(ctx context.Context, c *conn, report func(string, ...any)) error {
	var n int64
	err := c.sql.QueryRowContext(ctx, `SELECT count(*) FROM builder_memory_terms t WHERE NOT EXISTS (
		SELECT 1 FROM builder_memory m WHERE m.owner = t.owner AND m.id = t.id AND m.created_at = t.created_at
			AND instr(char(10) || m.terms || char(10), char(10) || t.term || char(10)))`).Scan(&n)
	if err == nil && n > 0 {
		report("%s: %d terms lead to no entry that has them", builder.TableTerms, n)
	}
	return err
}
