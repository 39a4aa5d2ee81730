package sqlite

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/internal/rules"
)

// tableFile is where Check reports what concerns no one table.
const tableFile = "file"

// Check also verifies the file itself, that every index holds what its table
// does, since a draft that is missing from one would not be listed, and that
// what rows say of each other is so: a draft of its history, a listing of the
// state, an entry of its search terms.
func (db *Database) Check(ctx context.Context) iter.Seq2[builder.Finding, error] {
	return db.CheckWith(ctx, func(int64, int64) {})
}

// CheckWith is Check that says now and then how many rows it has looked at, of
// how many there were when it began.
func (db *Database) CheckWith(ctx context.Context, progress func(done, total int64)) iter.Seq2[builder.Finding, error] {
	return func(yield func(builder.Finding, error) bool) {
		stopped, err := db.check(ctx, progress, func(f builder.Finding) bool { return yield(f, nil) })
		if err != nil && !stopped {
			yield(builder.Finding{}, err)
		}
	}
}

// check is CheckWith, and reports whether each stopped it.
func (db *Database) check(ctx context.Context, progress func(done, total int64), each func(builder.Finding) bool) (stopped bool, err error) {
	progress(0, 0) // the file itself takes a while
	findings, err := db.checkFile(ctx)
	for _, f := range findings {
		if !each(f) {
			return true, nil
		}
	}
	if err != nil {
		return false, err
	}
	total, err := db.countAll(ctx)
	if err != nil {
		return false, err
	}
	var done int64
	var failed error
	err = db.scan(ctx, startOf(0), func(it item) bool {
		if done++; done%scanRows == 0 {
			progress(done, total)
		}
		f, found := judge(it)
		if failed = db.agree(ctx, it, &f); failed != nil {
			return false
		}
		if found || f.Problem != "" {
			stopped = !each(f)
		}
		return !stopped
	})
	return stopped, cmp.Or(failed, err)
}

// judge returns what there is to say of a row, if anything.
func judge(it item) (f builder.Finding, found bool) {
	f = builder.Finding{Owner: it.row.Owner, Table: it.table, Row: it.key, Problem: it.damage}
	if it.hidden && it.row.Draft == nil {
		return f, f.Problem != ""
	}
	return rules.Judge(f, it.row)
}

func (db *Database) checkFile(ctx context.Context) (findings []builder.Finding, err error) {
	report := func(format string, args ...any) {
		findings = append(findings, builder.Finding{Table: tableFile, Problem: fmt.Sprintf(format, args...)})
	}
	err = db.read(ctx, func(c *conn) error {
		// This takes long on a large file, so it can be cancelled.
		rows, err := c.sql.QueryContext(ctx, "PRAGMA integrity_check")
		if err != nil {
			return err
		}
		for rows.Next() {
			var said string
			if err = rows.Scan(&said); err != nil {
				break
			}
			if said != "ok" {
				report("%s", said) // it names tables, indexes and pages, never values
			}
		}
		if err := errors.Join(err, rows.Close(), rows.Err()); err != nil {
			return err
		}
		return errors.Join(checkCounts(c, report), checkStrays(ctx, c, report))
	})
	return findings, err
}

// checkCounts compares what is counted ahead with what there is.
func checkCounts(c *conn, report func(string, ...any)) error {
	for _, count := range []struct{ table, wrong, query string }{
		{builder.TableTerms, "terms are counted wrongly", `SELECT count(*) FROM (
			SELECT owner, term, sum(n) AS total FROM (
				SELECT owner, term, count(*) AS n FROM builder_memory_terms GROUP BY owner, term
				UNION ALL SELECT owner, term, -entries FROM builder_term_counts)
			GROUP BY owner, term HAVING total <> 0)`},
		{builder.TableRevisions, "drafts count their revisions wrongly", `SELECT count(*) FROM builder_drafts d WHERE kept <> (
			SELECT count(*) FROM builder_draft_revisions WHERE key BETWEEN d.draft << 32 | d.oldest AND d.draft << 32 | d.revision)`},
	} {
		var n int64
		if _, err := c.one(count.query, nil, &n); err != nil {
			return err
		}
		if n > 0 {
			report("%s: %d %s", count.table, n, count.wrong)
		}
	}
	return nil
}
