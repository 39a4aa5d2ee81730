package postgres

import (
	"context"
	"fmt"

	"github.com/boternity/boternity/builder"
)

// counted are what is counted or found ahead, each with a query for how many
// rows disagree with what there is.
var counted = []struct{ table, wrong, query string }{
	{builder.TableTerms, "terms are counted wrongly", `SELECT count(*) FROM (
		SELECT owner, term FROM (
			SELECT owner, term, count(*) AS n FROM builder_memory_terms GROUP BY owner, term
			UNION ALL SELECT owner, term, -entries FROM builder_term_counts) n
		GROUP BY owner, term HAVING sum(n) <> 0) wrong`},
	{builder.TableTerms, "terms are of no entry, or missing", `SELECT count(*) FROM (
		SELECT owner, unnest(terms) AS term, created_at, id FROM builder_memory) m
		FULL JOIN builder_memory_terms t USING (owner, term, created_at, id)
		WHERE m IS NULL OR t IS NULL`},
	{builder.TableRevisions, "drafts count their revisions wrongly", `SELECT count(*) FROM builder_drafts d WHERE kept <> (
		SELECT count(*) FROM builder_draft_revisions r WHERE r.owner = d.owner AND r.session_id = d.session_id AND r.revision BETWEEN d.oldest AND d.revision)`},
	{builder.TableGone, "drafts are not entered as sessions", `SELECT count(*) FROM builder_drafts d WHERE NOT EXISTS (SELECT FROM builder_gone g
		WHERE g.key = substr(sha256(convert_to(d.owner, 'UTF8') || '\x00'::bytea || uuid_send(d.session_id)), 1, 16))`},
}

// checkCounts compares what is counted ahead with what there is.
func (db *Database) checkCounts(ctx context.Context) (findings []builder.Finding, err error) {
	for _, count := range counted {
		var n int64
		err := db.bulk(ctx, func(c *call) error {
			_, err := c.one(count.query, nil, &n)
			return err
		})
		if err != nil {
			return findings, err
		}
		if n > 0 {
			findings = append(findings, builder.Finding{Table: count.table, Row: "of all owners", Problem: fmt.Sprintf("%d %s", n, count.wrong)})
		}
	}
	return findings, nil
}
