package postgres

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/internal/rules"
)

// remover removes drafts and entries in bulk, or only counts them.
type remover struct {
	*call
	at        time.Time // of the traces it leaves
	countOnly bool
	counts    map[string]int64
}

// removed is a row that a bulk removal names.
type removed struct {
	owner string
	id    uuid.UUID
}

// rows reads a query of two columns: owner, id.
func (r *remover) rows(query string, args ...any) (all []removed, err error) {
	var row removed
	err = r.each(query, args, []any{&row.owner, &row.id}, func() error {
		all = append(all, row)
		return nil
	})
	return all, err
}

func (r *remover) drafts(rows []removed) error {
	for _, d := range rows {
		var revisions, pending int64
		found, err := r.one(`SELECT
				(SELECT count(*) FROM builder_draft_revisions r WHERE r.owner = $1 AND r.session_id = $2 AND revision BETWEEN d.oldest AND d.revision),
				(SELECT count(*) FROM builder_pending p WHERE p.owner = $1 AND p.session_id = $2)
			FROM builder_drafts d WHERE owner = $1 AND session_id = $2`, []any{d.owner, d.id}, &revisions, &pending)
		if err != nil {
			return err
		}
		if !found {
			continue // removed by others since
		}
		r.counts[builder.TableDrafts]++
		r.counts[builder.TableRevisions] += revisions
		r.counts[builder.TablePending] += pending
		if r.countOnly {
			continue
		}
		if err := removeDraft(r.call, d.owner, d.id); err != nil {
			return err
		}
		if err := bury(r.call, goneKey(d.owner, d.id), false, r.at); err != nil {
			return err
		}
	}
	return nil
}

// revisions removes kept revisions that are older, from the oldest on. What is
// then the oldest is made whole. A draft that cannot be read keeps all that it
// may be restored to. One that went before counts with its own.
func (r *remover) revisions(before, gone *int64, owner *string) error {
	drafts, err := r.rows(`SELECT owner, session_id FROM builder_drafts d WHERE oldest < revision AND problem = '' AND (updated_at < $3) IS NOT TRUE AND ($2::text IS NULL OR owner = $2)
		AND EXISTS (SELECT FROM builder_draft_revisions v WHERE v.owner = d.owner AND v.session_id = d.session_id
			AND v.revision >= d.oldest AND v.revision < d.revision AND saved_at < $1)`+r.locked(), before, owner, gone)
	if err != nil {
		return err
	}
	for _, d := range drafts {
		var oldest, removed int64
		found, err := r.one(`WITH next AS (SELECT oldest AS was, LEAST(d.revision, (SELECT min(v.revision) FROM builder_draft_revisions v
				WHERE v.owner = $1 AND v.session_id = $2 AND v.revision >= d.oldest AND saved_at >= $3)) AS oldest FROM builder_drafts d WHERE owner = $1 AND session_id = $2)
			SELECT oldest, (SELECT count(*) FROM builder_draft_revisions v WHERE v.owner = $1 AND v.session_id = $2 AND v.revision >= was AND v.revision < oldest) FROM next`,
			[]any{d.owner, d.id, before}, &oldest, &removed)
		if err != nil {
			return err
		}
		if !found || removed == 0 {
			continue
		}
		if !r.countOnly {
			dropped, err := dropBuiltUpon(r.call, d.owner, d.id, builder.Revision(oldest))
			if err != nil {
				return err
			}
			if !dropped {
				continue // it is damaged, and may be needed
			}
			if _, err := r.exec(`UPDATE builder_drafts SET oldest = $3, kept = GREATEST(kept - $4, 1) WHERE owner = $1 AND session_id = $2`,
				d.owner, d.id, oldest, removed); err != nil {
				return err
			}
		}
		r.counts[builder.TableRevisions] += removed
	}
	return nil
}

func (r *remover) entries(rows []removed) error {
	for _, e := range rows {
		if r.countOnly {
			var terms int64
			if _, err := r.one(`SELECT cardinality(terms) FROM builder_memory WHERE owner = $1 AND id = $2`, []any{e.owner, e.id}, &terms); err != nil {
				return err
			}
			r.counts[builder.TableMemory]++
			r.counts[builder.TableTerms] += terms
			continue
		}
		found, terms, err := removeEntry(r.call, e.owner, e.id)
		if err != nil {
			return err
		}
		if !found {
			continue
		}
		r.counts[builder.TableMemory]++
		r.counts[builder.TableTerms] += terms
		if err := bury(r.call, goneKey(e.owner, e.id), true, r.at); err != nil {
			return err
		}
	}
	return nil
}

// Prune removes old traces first, so that those it leaves itself stay. Where
// its commit is in doubt it fails with ErrUnknown: counted again, what it
// removed would be missing.
func (db *Database) Prune(ctx context.Context, p builder.PrunePolicy) (builder.Receipt, error) {
	none := builder.Receipt{Counts: map[string]int64{}}
	p, err := rules.CheckPrune(p)
	if err != nil {
		return none, err
	}
	run := (*call).transact
	if p.DryRun {
		run = (*call).look
	}
	receipt := none
	err = db.bulk(ctx, func(c *call) error {
		return run(c, func(c *call) error {
			if c.doubt {
				return &ServerError{Err: ErrUnknown}
			}
			r := &remover{call: c, at: db.clock(), countOnly: p.DryRun, counts: map[string]int64{}}
			receipt.Counts = r.counts
			if err := r.gone(p.GoneBefore); err != nil {
				return err
			}
			drafts, err := r.rows(`SELECT owner, session_id FROM builder_drafts WHERE updated_at < $1 AND ($2::text IS NULL OR owner = $2)`+r.locked(), earlier(p.DraftsBefore), p.Owner)
			if err != nil {
				return err
			}
			entries, err := r.rows(`SELECT owner, id FROM builder_memory WHERE created_at < $1 AND ($2::text IS NULL OR owner = $2)`+r.locked(), earlier(p.MemoryBefore), p.Owner)
			if err != nil {
				return err
			}
			if err := r.drafts(drafts); err != nil {
				return err
			}
			if err := r.revisions(earlier(p.RevisionsBefore), earlier(p.DraftsBefore), p.Owner); err != nil {
				return err
			}
			if err := r.entries(entries); err != nil || p.DryRun {
				return err
			}
			return c.touch()
		})
	})
	if err != nil {
		return none, err
	}
	if !p.DryRun {
		db.recent.Clear()
	}
	return receipt, nil
}

// locked keeps what a removal names as it is: a draft that is saved meanwhile
// is not an old one any more.
func (r *remover) locked() string {
	if r.countOnly {
		return ""
	}
	return ` ORDER BY owner, 2 FOR UPDATE` // in the order of shared saves
}

func (r *remover) gone(before time.Time) (err error) {
	var n int64
	if r.countOnly {
		_, err = r.one(`SELECT count(*) FROM builder_gone WHERE ended <> 0 AND at < $1`, []any{earlier(before)}, &n)
	} else {
		n, err = r.exec(`DELETE FROM builder_gone WHERE ended <> 0 AND at < $1`, earlier(before))
	}
	if n > 0 {
		r.counts[builder.TableGone] = n
	}
	return err
}

// earlier is a limit in the form that times are stored in. The zero time is
// none, and NULL is less than nothing.
func earlier(t time.Time) *int64 {
	if t.IsZero() {
		return nil
	}
	micros := t.UnixMicro()
	return &micros
}

// What a server keeps of removed rows is not for a client to remove.
var remaining = []string{
	"The server's data files hold erased words until their space is used again: VACUUM frees it, VACUUM FULL of the tables removes it.",
	"The server's write-ahead log, its archive, replicas that lag behind and backups hold erased words for as long as they are kept.",
}

// Erase removes an owner in one transaction. What only an operator can remove
// the receipt names in Remaining.
func (db *Database) Erase(ctx context.Context, owner string) (builder.Receipt, error) {
	none := builder.Receipt{Counts: map[string]int64{}}
	if err := builder.CheckOwner(owner); err != nil {
		return none, err
	}
	receipt := none
	err := db.changeAll(ctx, func(c *call) error {
		if c.doubt {
			return &ServerError{Err: ErrUnknown}
		}
		r := &remover{call: c, at: db.clock(), counts: map[string]int64{}}
		receipt.Counts = r.counts
		return r.owner(owner)
	})
	if err != nil {
		return none, err
	}
	db.recent.DropOwner(owner)
	receipt.Remaining = remaining
	return receipt, nil
}

func (r *remover) owner(owner string) error {
	drafts, err := r.rows(`SELECT owner, session_id FROM builder_drafts WHERE owner = $1`+r.locked(), owner)
	if err != nil {
		return err
	}
	if err := r.drafts(drafts); err != nil {
		return err
	}
	entries, err := r.rows(`SELECT owner, id FROM builder_memory WHERE owner = $1`+r.locked(), owner)
	if err != nil {
		return err
	}
	// Counts are locked in the order in which entries raise them, and before any
	// is looked at: a DELETE that had to wait for one would still see the terms as
	// they were, and remove the count of an entry that was added meanwhile.
	if _, err := r.exec(`SELECT FROM builder_term_counts WHERE owner = $1 ORDER BY term FOR UPDATE`, owner); err != nil {
		return err
	}
	if err := r.entries(entries); err != nil {
		return err
	}
	// Drafts and entries take with them what hangs on them; damage could leave
	// the others. What has a draft or an entry was committed meanwhile, whole,
	// and stays whole.
	for _, statement := range []struct{ counts, query string }{
		{builder.TableRevisions, `DELETE FROM builder_draft_revisions v WHERE owner = $1
			AND NOT EXISTS (SELECT FROM builder_drafts d WHERE d.owner = $1 AND d.session_id = v.session_id)`},
		{builder.TablePending, `DELETE FROM builder_pending p WHERE owner = $1
			AND NOT EXISTS (SELECT FROM builder_drafts d WHERE d.owner = $1 AND d.session_id = p.session_id)`},
		{builder.TableTerms, `DELETE FROM builder_memory_terms t WHERE owner = $1
			AND NOT EXISTS (SELECT FROM builder_memory m WHERE m.owner = $1 AND m.id = t.id)`},
		{"", `DELETE FROM builder_term_counts c WHERE owner = $1
			AND NOT EXISTS (SELECT FROM builder_memory_terms t WHERE t.owner = $1 AND t.term = c.term)`},
		{builder.TablePreferences, `DELETE FROM builder_preferences WHERE owner = $1`},
	} {
		n, err := r.exec(statement.query, owner)
		if err != nil {
			return err
		}
		if statement.counts != "" {
			r.counts[statement.counts] += n
		}
	}
	return r.touch()
}
