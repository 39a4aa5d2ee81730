package sqlite

import "context"

// CountRows returns how many rows Rows gives, without reading them: for
// progress, as others may be writing.
func (db *Database) CountRows(ctx context.Context) (n int64, err error) {
	return db.count(ctx, `SELECT (SELECT count(*) FROM builder_drafts) + (SELECT CAST(coalesce(sum(kept) - count(*), 0) AS INTEGER) FROM builder_drafts)
		+ (SELECT count(*) FROM builder_pending) + (SELECT count(*) FROM builder_memory)
		+ (SELECT count(*) FROM builder_preferences) + (SELECT count(*) FROM builder_gone)`)
}

// countAll counts what a scan looks at: the rows that are only built upon too.
func (db *Database) countAll(ctx context.Context) (n int64, err error) {
	return db.count(ctx, `SELECT (SELECT count(*) FROM builder_drafts) + (SELECT count(*) FROM builder_draft_revisions)
		+ (SELECT count(*) FROM builder_pending) + (SELECT count(*) FROM builder_memory)
		+ (SELECT count(*) FROM builder_preferences) + (SELECT count(*) FROM builder_gone)`)
}

func (db *Database) count(ctx context.Context, query string) (n int64, err error) {
	err = db.read(ctx, func(c *conn) error {
		return c.sql.QueryRowContext(ctx, query).Scan(&n)
	})
	return n, err
}
