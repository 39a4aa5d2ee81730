package storetest

import (
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
)

var removal = []Case{
	{"prune removes drafts by age and they stay gone", fresh(pruneDrafts)},
	{"prune removes revisions by age and every draft's newest stays", fresh(pruneRevisions)},
	{"prune removes memory by age and its sessions stay finished", fresh(pruneMemory)},
	{"prune removes old traces, and then late saves are let in", fresh(pruneTraces)},
	{"what was stored within a limit's own microsecond stays", fresh(pruneWithin)},
	{"prune keeps to one owner where it names one", fresh(pruneOwner)},
	{"a dry run counts and removes nothing", fresh(pruneDryRun)},
	{"a policy that names nothing removes nothing", fresh(pruneNothing)},
	{"erase removes all of an owner and nothing of others", fresh(eraseOwner)},
	{"an erased owner's late saves are refused", fresh(eraseStaysGone)},
}

func (f *fixture) prune(p builder.PrunePolicy) builder.Receipt {
	f.Helper()
	receipt, err := f.db.Prune(f.ctx, p)
	f.noError("prune", err)
	return receipt
}

// counts expects a receipt to count so many rows of a table. How many
// revisions and terms there are is for the store to say.
func (f *fixture) counts(r builder.Receipt, drafts, pending, memory, preferences int64) {
	f.Helper()
	equal(f, "drafts counted", r.Counts[builder.TableDrafts], drafts)
	equal(f, "pending texts counted", r.Counts[builder.TablePending], pending)
	equal(f, "entries counted", r.Counts[builder.TableMemory], memory)
	equal(f, "preferences counted", r.Counts[builder.TablePreferences], preferences)
}

func pruneDrafts(f *fixture) {
	old := f.save(draft(f.id(), "old"))
	old = f.save(next(old, "old"))
	f.typed(old.SessionID, "tone", "half")
	touched := f.save(draft(f.id(), "created long ago"))
	f.clock.advance(time.Microsecond)
	border := f.save(draft(f.id(), "of this very moment"))
	touched = f.save(next(touched, "saved since"))
	e := entry(f.id(), builder.Coding, "old too")
	e.CreatedAt = beginning.AddDate(-1, 0, 0)
	f.record(e)
	receipt := f.prune(builder.PrunePolicy{DraftsBefore: f.now()})
	f.counts(receipt, 1, 1, 0, 0)
	if receipt.Counts[builder.TableRevisions] == 0 {
		f.Errorf("no revisions counted")
	}
	f.staysGone("pruned", old)
	f.same("the border", f.load(border.SessionID), border)
	f.same("saved since", f.load(touched.SessionID), touched)
	equal(f, "entries", len(f.recall(nil, 10)), 1)
	for _, r := range f.rows() {
		if r.Pending != nil || (r.Revision != nil && r.Revision.SessionID == old.SessionID) {
			f.Errorf("left behind: %s", describe(r))
		}
	}
}

func pruneRevisions(f *fixture) {
	d := f.save(draft(f.id(), "0"))
	other := f.save(draft(f.id(), "left alone"))
	other = f.save(next(other, "long since"))
	var all []builder.Draft
	var limit time.Time
	for i := range 100 { // more than are built upon one whole
		f.clock.advance(time.Microsecond)
		if i == 80 {
			limit = f.now()
		}
		d = f.save(next(d, fmt.Sprint(i)))
		all = append(all, d)
	}
	fresh := f.save(draft(f.id(), "fresh"))
	policy := builder.PrunePolicy{RevisionsBefore: limit, DryRun: true}
	var dry builder.Receipt
	f.unchanged("a dry run", func() { dry = f.prune(policy) })
	policy.DryRun = false
	receipt := f.prune(policy)
	f.counts(receipt, 0, 0, 0, 0)
	equal(f, "revisions counted", receipt.Counts[builder.TableRevisions], 81+1)
	equal(f, "revisions counted before", dry.Counts[builder.TableRevisions], 81+1)
	f.same("the draft", f.load(d.SessionID), d)
	kept := f.history(d.SessionID, 7)
	equal(f, "kept revisions", len(kept), 20)
	for _, r := range kept {
		loaded, err := f.LoadRevision(f.ctx, d.SessionID, r.Revision)
		f.noError("load a kept revision", err)
		f.same("a kept revision", loaded, all[r.Revision-2])
	}
	_, err := f.LoadRevision(f.ctx, d.SessionID, kept[len(kept)-1].Revision-1)
	f.failsFor(d.SessionID, "a pruned revision", err, builder.ErrNotFound)
	equal(f, "revisions of one that is old", len(f.history(other.SessionID, 7)), 1)
	f.same("one that is old", f.load(other.SessionID), other)
	equal(f, "revisions of a fresh one", len(f.history(fresh.SessionID, 7)), 1)
	d = f.save(next(d, "afterwards"))
	equal(f, "kept revisions afterwards", len(f.history(d.SessionID, 7)), 21)
	f.unchanged("pruning again", func() { equal(f, "revisions counted", f.prune(policy).Counts[builder.TableRevisions], 0) })
}

func pruneMemory(f *fixture) {
	d := f.save(draft(f.id(), "finished"))
	f.finish(d)
	f.clock.advance(time.Microsecond)
	kept := f.described("finished later")
	open := f.save(draft(f.id(), "unfinished"))
	f.counts(f.prune(builder.PrunePolicy{MemoryBefore: f.now()}), 0, 0, 1, 0)
	sameIDs(f, "all", entryIDs(f.recall(nil, 10)), []uuid.UUID{kept})
	sameIDs(f, "similar", f.similar("finished", 10), []uuid.UUID{kept})
	f.staysGone("finished and pruned", d)
	f.same("the draft", f.load(open.SessionID), open)
}

func pruneTraces(f *fixture) {
	old := draft(f.id(), "deleted long ago")
	f.save(old)
	f.delete(old.SessionID)
	border := f.tick()
	recent := f.save(draft(f.id(), "deleted now"))
	f.delete(recent.SessionID)
	equal(f, "traces counted", f.prune(builder.PrunePolicy{GoneBefore: border}).Counts[builder.TableGone], 1)
	_, err := f.SaveDraft(f.ctx, recent)
	f.failsFor(recent.SessionID, "late save", err, builder.ErrGone)
	f.save(old)
}

func pruneWithin(f *fixture) {
	deleted := f.save(draft(f.id(), "deleted"))
	f.delete(deleted.SessionID)
	f.save(draft(f.id(), "of this very moment"))
	f.record(entry(f.id(), builder.Coding, "of this very moment"))
	limit := f.now().Add(time.Microsecond - time.Nanosecond)
	f.unchanged("pruning", func() {
		f.prune(builder.PrunePolicy{DraftsBefore: limit, MemoryBefore: limit, GoneBefore: limit})
	})
}

func pruneOwner(f *fixture) {
	id, finished, deleted := f.id(), f.id(), f.id()
	for _, name := range names[:8] {
		g := f.as(name)
		g.save(draft(id, "of one"))
		g.finish(g.save(draft(finished, "of one")))
		g.save(draft(deleted, "of one"))
		g.delete(deleted)
	}
	f.tick()
	for i, name := range []string{"", "alice", "%"} {
		receipt := f.prune(builder.PrunePolicy{Owner: &name, DraftsBefore: f.now(), MemoryBefore: f.now()})
		f.counts(receipt, 1, 0, 1, 0)
		f.as(name).noDraft(id)
		rows := 0
		for _, r := range f.rows() {
			if r.Gone == nil {
				rows++
			}
		}
		equal(f, "rows left", rows, 2*(8-i-1))
	}
	// A trace does not say whose it is, so pruning one owner's cannot take any.
	owner := "alice"
	_, err := f.db.Prune(f.ctx, builder.PrunePolicy{Owner: &owner, GoneBefore: f.tick()})
	f.fails("prune one owner's traces", err, builder.ErrInvalid)
	_, err = f.as("Alice").SaveDraft(f.ctx, draft(deleted, "late"))
	f.failsFor(deleted, "late save of another owner", err, builder.ErrGone)
}

func pruneDryRun(f *fixture) {
	f.furnish()
	f.clock.advance(time.Hour)
	policy := builder.PrunePolicy{DraftsBefore: f.now(), RevisionsBefore: f.now(), MemoryBefore: f.now(), GoneBefore: f.now(), DryRun: true}
	var dry builder.Receipt
	f.unchanged("a dry run", func() { dry = f.prune(policy) })
	policy.DryRun = false
	receipt := f.prune(policy)
	f.counts(receipt, 9, 6, 9, 0)
	for _, table := range []string{builder.TableDrafts, builder.TableRevisions, builder.TablePending, builder.TableMemory, builder.TableTerms, builder.TableGone} {
		equal(f, table+" counted", dry.Counts[table], receipt.Counts[table])
	}
	equal(f, "drafts", len(f.drafts(10)), 0)
}

func pruneNothing(f *fixture) {
	f.furnish()
	f.clock.advance(time.Hour)
	f.unchanged("an empty policy", func() { f.counts(f.prune(builder.PrunePolicy{}), 0, 0, 0, 0) })
}

func eraseOwner(f *fixture) {
	f.furnish()
	before := f.snapshot()
	var others []string
	for _, line := range without(before, "gone") {
		if line[:len(`"alice"`)] != `"alice"` {
			others = append(others, line)
		}
	}
	f.tick()
	receipt, err := f.db.Erase(f.ctx, "alice")
	f.noError("erase", err)
	f.counts(receipt, 3, 2, 3, 3)
	f.sameRows("after the erasure", without(f.snapshot(), "gone"), others)
	g := f.as("alice")
	equal(f, "drafts", len(g.drafts(10)), 0)
	equal(f, "entries", len(g.recall(nil, 10)), 0)
	equal(f, "similar entries", len(g.similar("finished recorded", 10)), 0)
	wishes, err := g.Preferences(f.ctx)
	f.noError("preferences", err)
	equal(f, "preferences", len(wishes), 0)
	f.unchanged("erasing again", func() {
		receipt, err := f.db.Erase(f.ctx, "alice")
		f.noError("erase again", err)
		f.counts(receipt, 0, 0, 0, 0)
	})
	d := g.save(draft(f.id(), "a new beginning"))
	equal(f, "revision", d.Revision, 1)
	equal(f, "kept revisions", len(g.history(d.SessionID, 10)), 1)
}

func eraseStaysGone(f *fixture) {
	g := f.as("alice")
	open := g.save(draft(f.id(), "unfinished"))
	finished := g.save(draft(f.id(), "finished"))
	g.finish(finished)
	recorded := draft(f.id(), "recorded")
	g.record(entry(recorded.SessionID, builder.Coding, "recorded"))
	deleted := g.save(draft(f.id(), "deleted before"))
	g.delete(deleted.SessionID)
	_, err := f.db.Erase(f.ctx, "alice")
	f.noError("erase", err)
	for range 2 {
		for _, d := range []builder.Draft{open, finished, recorded, deleted} {
			for _, d.Revision = range []builder.Revision{0, 1, builder.AnyRevision} {
				_, err := f.as("alice").SaveDraft(f.ctx, d)
				f.failsFor(d.SessionID, "late save", err, builder.ErrGone)
			}
			_, err := f.as("alice").FinishSession(f.ctx, d.SessionID, 1, entry(d.SessionID, builder.Coding, "late"))
			f.failsFor(d.SessionID, "late finish", err, builder.ErrGone)
		}
		f.reopen()
	}
	traces := map[builder.GoneKey]bool{}
	for _, r := range f.rows() {
		if r.Gone == nil {
			f.Errorf("left behind: %s", describe(r))
			continue
		}
		traces[r.Gone.Key] = r.Gone.Finished
	}
	equal(f, "traces", len(traces), 4)
	for _, d := range []builder.Draft{open, finished, recorded, deleted} {
		done := slices.Contains([]uuid.UUID{finished.SessionID, recorded.SessionID}, d.SessionID)
		equal(f, "trace says finished", traces[builder.MakeGoneKey("alice", d.SessionID)], done)
	}
	f.outcomes("an unfinished draft from a copy", []builder.Row{draftRow("alice", f.stored(open.SessionID, 1, "copied"))}, builder.PutGone)
}
