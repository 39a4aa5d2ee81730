package memstore

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/internal/rules"
)

// Prune removes old traces first, so that those it leaves itself stay.
func (db *Database) Prune(ctx context.Context, p builder.PrunePolicy) (builder.Receipt, error) {
	receipt := builder.Receipt{Counts: map[string]int64{}}
	p, err := rules.CheckPrune(p)
	if err != nil {
		return receipt, err
	}
	db.mu.Lock()
	defer db.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return receipt, err
	}
	for key, g := range db.gone {
		if g.At.Before(p.GoneBefore) {
			receipt.Counts[builder.TableGone]++
			if !p.DryRun {
				delete(db.gone, key)
			}
		}
	}
	for owner, h := range db.shelves {
		if p.Owner != nil && *p.Owner != owner {
			continue
		}
		s := &store{db: db, owner: owner}
		for id, d := range h.drafts {
			if d.newest().UpdatedAt.Before(p.DraftsBefore) {
				s.removeDraft(h, id, receipt, p.DryRun)
				continue
			}
			// One that cannot be read keeps all that it may be restored to.
			if n := d.before(p.RevisionsBefore); n > 0 && d.newest().seen.Problem == "" {
				receipt.Counts[builder.TableRevisions] += int64(n)
				if !p.DryRun {
					d.revisions = slices.Clone(d.revisions[n:])
				}
			}
		}
		for id, r := range h.memory {
			if r.CreatedAt.Before(p.MemoryBefore) {
				s.removeEntry(h, id, receipt, p.DryRun)
			}
		}
	}
	return receipt, nil
}

// Erase leaves nothing of an owner but traces, which do not tell whose they
// are.
func (db *Database) Erase(ctx context.Context, owner string) (builder.Receipt, error) {
	receipt := builder.Receipt{Counts: map[string]int64{}}
	s := &store{db: db, owner: owner}
	h, leave, err := s.enter(ctx)
	if err != nil {
		return receipt, err
	}
	defer leave()
	for id := range h.drafts {
		s.removeDraft(h, id, receipt, false)
	}
	for id := range h.memory {
		s.removeEntry(h, id, receipt, false)
	}
	receipt.Counts[builder.TablePreferences] += int64(len(h.preferences))
	delete(db.shelves, owner)
	return receipt, nil
}

// before is how many revisions are older, from the oldest on, but for the newest.
func (d *draft) before(t time.Time) (n int) {
	for n < len(d.revisions)-1 && d.revisions[n].UpdatedAt.Before(t) {
		n++
	}
	return n
}

// removeDraft counts a draft with what hangs on it and, unless it is only to
// count, removes it and remembers that it is gone.
func (s *store) removeDraft(h *shelf, id uuid.UUID, r builder.Receipt, countOnly bool) {
	d := h.drafts[id]
	r.Counts[builder.TableDrafts]++
	r.Counts[builder.TableRevisions] += int64(len(d.revisions))
	r.Counts[builder.TablePending] += int64(len(d.pending))
	if !countOnly {
		delete(h.drafts, id)
		s.db.bury(s.owner, id, false)
	}
}

func (s *store) removeEntry(h *shelf, id uuid.UUID, r builder.Receipt, countOnly bool) {
	r.Counts[builder.TableMemory]++
	r.Counts[builder.TableTerms] += int64(len(h.memory[id].terms))
	if !countOnly {
		delete(h.memory, id)
		s.db.bury(s.owner, id, true)
	}
}
