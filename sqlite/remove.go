package sqlite

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/internal/rules"
)

// remover removes drafts and entries in bulk, or only counts them.
type remover struct {
	*conn
	at        time.Time // of the traces it leaves
	countOnly bool
	counts    map[string]int64
}

// removed is a row that a bulk removal names: its key, whose it is, its id.
type removed struct {
	number int64
	owner  string
	id     uuid.UUID
}

// rows reads a query of three columns: key, owner's name, id.
func (r *remover) rows(query string, args ...any) (all []removed, err error) {
	var number integer
	var owner text
	var id blob
	err = r.each(query, args, []any{&number, &owner, &id}, func() (bool, error) {
		var read columns
		all = append(all, removed{number.value, owner.value, read.uuid("id", id)})
		return true, nil
	})
	return all, err
}

func (r *remover) drafts(rows []removed) error {
	for _, d := range rows {
		var revisions, pending int64
		if _, err := r.one(`SELECT
				(SELECT count(*) FROM builder_draft_revisions WHERE key BETWEEN d.draft << 32 | d.oldest AND d.draft << 32 | d.revision),
				(SELECT count(*) FROM builder_pending WHERE draft = d.draft)
			FROM builder_drafts d WHERE draft = ?`, []any{d.number}, &revisions, &pending); err != nil {
			return err
		}
		r.counts[builder.TableDrafts]++
		r.counts[builder.TableRevisions] += revisions
		r.counts[builder.TablePending] += pending
		if r.countOnly {
			continue
		}
		if err := removeDraft(r.conn, d.number); err != nil {
			return err
		}
		if err := bury(r.conn, builder.MakeGoneKey(d.owner, d.id), false, r.at); err != nil {
			return err
		}
	}
	return nil
}

// revisions removes kept revisions that are older, from the oldest on. What is
// then the oldest is made whole. A draft that cannot be read keeps all that it
// may be restored to. One that went before counts with its own.
func (r *remover) revisions(before, gone any, owner *string) error {
	drafts, err := r.rows(`SELECT d.draft, o.name, d.session_id FROM builder_drafts d JOIN builder_owners o ON o.owner = d.owner
		WHERE d.oldest < d.revision AND d.problem = '' AND (d.updated_at < ?3) IS NOT TRUE AND (?2 IS NULL OR o.name = ?2) AND EXISTS (SELECT 1 FROM builder_draft_revisions
			WHERE key BETWEEN d.draft << 32 | d.oldest AND d.draft << 32 | d.revision - 1 AND saved_at < ?1)`, before, owner, gone)
	if err != nil {
		return err
	}
	for _, d := range drafts {
		var oldest, removed int64
		if _, err := r.one(`WITH next AS (SELECT min(key) AS key FROM (SELECT d.draft << 32 | d.revision AS key FROM builder_drafts d WHERE draft = ?1
				UNION ALL SELECT v.key FROM builder_drafts d JOIN builder_draft_revisions v
					ON v.key BETWEEN d.draft << 32 | d.oldest AND d.draft << 32 | d.revision WHERE d.draft = ?1 AND v.saved_at >= ?2))
			SELECT next.key & 0xffffffff, (SELECT count(*) FROM builder_drafts d JOIN builder_draft_revisions v
				ON v.key >= d.draft << 32 | d.oldest AND v.key < next.key WHERE d.draft = ?1) FROM next`,
			[]any{d.number, before}, &oldest, &removed); err != nil {
			return err
		}
		if removed == 0 {
			continue
		}
		if !r.countOnly {
			dropped, err := dropBuiltUpon(r.conn, draftRow{number: d.number, oldest: builder.Revision(oldest)})
			if err != nil {
				return err
			}
			if !dropped {
				continue // it is damaged, and may be needed
			}
			if _, err := r.exec(`UPDATE builder_drafts SET oldest = ?, kept = max(kept - ?, 1) WHERE draft = ?`, oldest, removed, d.number); err != nil {
				return err
			}
		}
		r.counts[builder.TableRevisions] += removed
	}
	return nil
}

func (r *remover) entries(rows []removed) error {
	for _, e := range rows {
		r.counts[builder.TableMemory]++
		if r.countOnly {
			var joined text
			if _, err := r.one(`SELECT terms FROM builder_memory WHERE memory = ?`, []any{e.number}, &joined); err != nil {
				return err
			}
			r.counts[builder.TableTerms] += int64(len(splitTerms(joined.value)))
			continue
		}
		terms, err := removeEntry(r.conn, e.number)
		if err != nil {
			return err
		}
		r.counts[builder.TableTerms] += terms
		if err := bury(r.conn, builder.MakeGoneKey(e.owner, e.id), true, r.at); err != nil {
			return err
		}
	}
	return nil
}

// Prune removes old traces first, so that those it leaves itself stay. Where
// much of the file is free then, it is written anew, and the disk has it back;
// who writes waits meanwhile.
func (db *Database) Prune(ctx context.Context, p builder.PrunePolicy) (builder.Receipt, error) {
	receipt := builder.Receipt{Counts: map[string]int64{}}
	p, err := rules.CheckPrune(p)
	if err != nil {
		return receipt, err
	}
	run := db.change
	if p.DryRun {
		run = db.snapshot
	}
	err = run(ctx, func(c *conn) error {
		r := &remover{conn: c, at: db.clock(), countOnly: p.DryRun, counts: map[string]int64{}}
		receipt.Counts = r.counts
		if err := r.gone(p.GoneBefore); err != nil {
			return err
		}
		drafts, err := r.rows(`SELECT d.draft, o.name, d.session_id FROM builder_drafts d JOIN builder_owners o ON o.owner = d.owner
			WHERE d.updated_at < ?1 AND (?2 IS NULL OR o.name = ?2)`, earlier(p.DraftsBefore), p.Owner)
		if err != nil {
			return err
		}
		entries, err := r.rows(`SELECT m.memory, o.name, m.id FROM builder_memory m JOIN builder_owners o ON o.owner = m.owner
			WHERE m.created_at < ?1 AND (?2 IS NULL OR o.name = ?2)`, earlier(p.MemoryBefore), p.Owner)
		if err != nil {
			return err
		}
		if err := r.drafts(drafts); err != nil {
			return err
		}
		if err := r.revisions(earlier(p.RevisionsBefore), earlier(p.DraftsBefore), p.Owner); err != nil {
			return err
		}
		return r.entries(entries)
	})
	if err != nil {
		return builder.Receipt{Counts: map[string]int64{}}, err
	}
	if p.DryRun {
		return receipt, nil
	}
	db.recent.Clear()
	for _, n := range receipt.Counts {
		if n > 0 {
			return db.shrunk(ctx, receipt), nil
		}
	}
	return receipt, nil
}

func (r *remover) gone(before time.Time) error {
	var n int64
	if _, err := r.one(`SELECT count(*) FROM builder_gone WHERE at < ?`, []any{earlier(before)}, &n); err != nil || n == 0 {
		return err
	}
	r.counts[builder.TableGone] = n
	if r.countOnly {
		return nil
	}
	_, err := r.exec(`DELETE FROM builder_gone WHERE at < ?`, earlier(before))
	return err
}

// earlier is a limit in the form that times are stored in. The zero time is
// none, and NULL is less than nothing.
func earlier(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMicro()
}
