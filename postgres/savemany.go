package postgres

import (
	"fmt"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// Saves that wait together are one statement: what a server does once for each
// statement, of which checking what a row may hold takes most, it does once for
// all of them.
//
// It says of every row what followUpdate and what comes after it say of one. A
// question that each row asks is a scalar subquery, for which there is no plan
// but to look it up. States and contents stay in their arrays until they are
// stored: rows that are joined are copied.
const (
	manyGiven = `WITH given AS MATERIALIZED (
		SELECT owner, id::uuid AS session_id, revision, schema_version, updated_at, description, phase, category, inspected, inspected_digest,
			digest, old_version, oldest, kept, encoding, checksum, old_checksum, old_bytes, gone, n
		FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::text[], $7::text[], $8::text[], $9::bigint[], $10::bytea[],
			$12::bytea[], $13::bigint[], $14::bigint[], $15::bigint[], $16::bigint[], $18::bigint[], $19::bigint[], $20::bigint[], $21::bytea[])
			WITH ORDINALITY AS arrays (owner, id, revision, schema_version, updated_at, description, phase, category, inspected, inspected_digest,
			digest, old_version, oldest, kept, encoding, checksum, old_checksum, old_bytes, gone, n)
	), saved AS (
		UPDATE builder_drafts d SET revision = g.revision + 1, schema_version = g.schema_version, updated_at = g.updated_at,
			description = g.description, phase = g.phase, category = g.category,
			problem = '', inspected = g.inspected, inspected_digest = g.inspected_digest, state = ($11::bytea[])[g.n],
			kept = LEAST(d.kept + 1, $22::bigint), oldest = CASE WHEN d.kept < $22::bigint THEN d.oldest ELSE
				COALESCE((SELECT r.revision FROM builder_draft_revisions r WHERE r.owner = g.owner AND r.session_id = g.session_id
					AND r.revision >= g.oldest ORDER BY r.revision OFFSET g.kept + 1 - $22::bigint LIMIT 1), g.revision + 1) END
		FROM given g
		WHERE d.owner = g.owner AND d.session_id = g.session_id AND d.revision = g.revision AND d.digest = g.digest AND d.schema_version = g.old_version
			AND d.oldest = g.oldest AND d.kept = g.kept
			AND (g.encoding = 1 OR (SELECT true FROM builder_draft_revisions r WHERE r.owner = g.owner AND r.session_id = g.session_id
				AND r.revision = g.revision AND r.checksum = g.old_checksum AND r.bytes = g.old_bytes LIMIT 1))
			AND (SELECT true FROM builder_gone e WHERE e.key = g.gone AND e.ended <> 0 LIMIT 1) IS NULL
			AND (SELECT true FROM builder_memory m WHERE m.owner = g.owner AND m.id = g.session_id LIMIT 1) IS NULL
		RETURNING g.n, d.owner, d.session_id, d.revision, d.schema_version, d.updated_at, d.bytes, d.phase, g.encoding, g.checksum, d.oldest, g.kept
	), added AS (
		INSERT INTO builder_draft_revisions (owner, session_id, revision, schema_version, saved_at, bytes, phase, encoding, checksum, content)
		SELECT owner, session_id, revision, schema_version, updated_at, bytes, phase, encoding, checksum, ($17::bytea[])[n] FROM saved
	)`
	manyDrop = `, dropped AS (
		DELETE FROM builder_draft_revisions r USING saved s
		WHERE s.kept >= $22::bigint AND r.owner = s.owner AND r.session_id = s.session_id AND r.revision < s.oldest
			AND (s.oldest = s.revision AND s.encoding = 1 OR (SELECT true FROM builder_draft_revisions whole
				WHERE whole.owner = s.owner AND whole.session_id = s.session_id AND whole.revision = s.oldest AND whole.encoding = 1 LIMIT 1))
	)`
	// Which fields were answered is told by two arrays more.
	manyAnswered = `, answered AS (
		DELETE FROM builder_pending p USING saved s JOIN unnest($23::bigint[], $24::bytea[]) AS a (n, key) USING (n)
		WHERE p.owner = s.owner AND p.session_id = s.session_id AND p.key = a.key
	)`
	manyEnd = ` SELECT n, oldest FROM saved`
)

// The settings of a transaction, which end with it. A row that another program
// has locked would keep all of a batch waiting. The plan of many is kept while
// tables grow, so it is to look rows up one after the other even where reading a
// small table whole would be cheaper today. To compile it, as a server may think
// worth its while where partitions are many, takes longer than the batch.
const (
	oneSettings  = `SELECT set_config('lock_timeout', '100ms', true)`
	manySettings = oneSettings + `, set_config('plan_cache_mode', 'force_generic_plan', true), set_config('jit', 'off', true),
	set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true), set_config('enable_seqscan', 'off', true)`
)

// together are the statements that save a batch, which may be of one. The last
// returns the number in the batch, from 1, and the oldest kept revision of each
// that was saved.
func together(batch []*sharer, limit int64) *pgx.Batch {
	var all pgx.Batch
	if len(batch) == 1 {
		all.Queue(oneSettings)
		all.Queue(batch[0].next.query, batch[0].next.args...)
		return &all
	}
	all.Queue(manySettings)
	query, args := many(batch, limit)
	all.Queue(query, args...)
	return &all
}

// many is one statement for the steps of all.
func many(batch []*sharer, limit int64) (query string, args []any) {
	for i, first := range batch[0].next.args[:stepArgs] {
		switch first.(type) {
		case uuid.UUID: // as texts: without prepared statements the driver knows no array of UUIDs
			args = append(args, column(batch, i, func(id uuid.UUID) string { return id.String() }))
		case string:
			args = append(args, column(batch, i, itself[string]))
		case int64:
			args = append(args, column(batch, i, itself[int64]))
		case []byte:
			args = append(args, column(batch, i, itself[[]byte]))
		default:
			panic(fmt.Sprintf("argument %d of a save is a %T, of which there is no column", i+1, first))
		}
	}
	args = append(args, limit)
	query = manyGiven
	if slices.ContainsFunc(batch, func(w *sharer) bool { return w.save.row.kept >= limit }) {
		query += manyDrop
	}
	var numbers []int64
	var keys [][]byte
	for i, w := range batch {
		for _, key := range w.save.answered {
			numbers, keys = append(numbers, int64(i+1)), append(keys, key)
		}
	}
	if len(keys) > 0 {
		query += manyAnswered
		args = append(args, numbers, keys)
	}
	return query + manyEnd, args
}

// column is an argument of every step.
func column[A, T any](batch []*sharer, at int, as func(A) T) []T {
	var all []T
	for _, w := range batch {
		all = append(all, as(w.next.args[at].(A)))
	}
	return all
}

func itself[T any](v T) T { return v }
