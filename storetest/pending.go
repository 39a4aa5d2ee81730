package storetest

import (
	"maps"

	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
)

var pending = []Case{
	{"pending text is kept beside the draft", fresh(pendingBeside)},
	{"pending text of a draft there is not", fresh(pendingOfNothing)},
	{"a save clears the pending text of what it answers, and no other", fresh(pendingAnswered)},
	{"a save that fails clears no pending text", fresh(pendingKept)},
	{"a retry clears no pending text that was typed since", fresh(pendingRetried)},
	{"deleting and finishing clear pending text", fresh(pendingEnds)},
}

func (f *fixture) pendingIs(what string, id uuid.UUID, want map[string]string) {
	f.Helper()
	if got := f.pending(id); !maps.Equal(got, want) {
		f.Errorf("%s: pending texts are %q, want %q", what, got, want)
	}
}

func pendingBeside(f *fixture) {
	d := f.save(draft(f.id(), "first"))
	other := f.save(draft(f.id(), "other"))
	f.tick()
	f.typed(d.SessionID, "tone", "f")
	f.typed(d.SessionID, "tone", "for")
	f.typed(d.SessionID, "name", "Kit's \"n%me\"")
	f.typed(d.SessionID, "Name", "told apart by case")
	f.pendingIs("typed", d.SessionID, map[string]string{"tone": "for", "name": "Kit's \"n%me\"", "Name": "told apart by case"})
	f.same("the draft", f.load(d.SessionID), d)
	equal(f, "revisions", len(f.history(d.SessionID, 10)), 1)
	f.pendingIs("the other draft", other.SessionID, nil)
	f.typed(d.SessionID, "tone", "")
	f.typed(d.SessionID, "never typed", "")
	f.reopen()
	f.pendingIs("emptied", d.SessionID, map[string]string{"name": "Kit's \"n%me\"", "Name": "told apart by case"})
}

func pendingOfNothing(f *fixture) {
	id := f.id()
	for _, text := range []string{"half", ""} {
		f.failsFor(id, "save pending", f.SavePending(f.ctx, id, "tone", text), builder.ErrNotFound)
	}
	f.pendingIs("never saved", id, nil)
	f.save(draft(id, "created later"))
	f.pendingIs("created later", id, nil)
}

func pendingAnswered(f *fixture) {
	d := f.save(draft(f.id(), "first"))
	for _, field := range []string{"tone", "name", "model", "purpose"} {
		f.typed(d.SessionID, field, "half a "+field)
	}
	d = f.save(next(d, "second"))
	equal(f, "pending texts after an answer to none of them", len(f.pending(d.SessionID)), 4)
	answered := next(d, "third")
	d = f.save(answered, "tone", "name", "never typed")
	f.pendingIs("answered", d.SessionID, map[string]string{"model": "half a model", "purpose": "half a purpose"})
	f.save(answered, "tone", "name", "never typed")
	f.pendingIs("a retry", d.SessionID, map[string]string{"model": "half a model", "purpose": "half a purpose"})
	d.Revision = builder.AnyRevision
	f.save(next(d, "fourth"), "model")
	f.pendingIs("answered by an upsert", d.SessionID, map[string]string{"purpose": "half a purpose"})
}

func pendingKept(f *fixture) {
	first := f.save(draft(f.id(), "first"))
	f.save(next(first, "second"))
	f.typed(first.SessionID, "tone", "half")
	_, err := f.SaveDraft(f.ctx, next(first, "stale"), "tone")
	f.fails("stale save", err, builder.ErrConflict)
	f.pendingIs("after a conflict", first.SessionID, map[string]string{"tone": "half"})
}

func pendingEnds(f *fixture) {
	deleted, finished := f.save(draft(f.id(), "deleted")), f.save(draft(f.id(), "finished"))
	for _, d := range []builder.Draft{deleted, finished} {
		f.typed(d.SessionID, "tone", "half")
	}
	f.delete(deleted.SessionID)
	f.finish(finished)
	for _, d := range []builder.Draft{deleted, finished} {
		f.pendingIs("gone", d.SessionID, nil)
		for _, text := range []string{"late", ""} {
			f.failsFor(d.SessionID, "late pending text", f.SavePending(f.ctx, d.SessionID, "tone", text), builder.ErrGone)
		}
	}
	for _, r := range f.rows() {
		if r.Pending != nil {
			f.Errorf("left behind: %s", describe(r))
		}
	}
}

func pendingRetried(f *fixture) {
	first := f.save(draft(f.id(), "first"))
	changed := next(first, "second")
	f.save(changed, "tone")
	f.typed(first.SessionID, "tone", "second thoughts")
	f.unchanged("a retried save", func() { f.save(changed, "tone") })
	f.pendingIs("typed since", first.SessionID, map[string]string{"tone": "second thoughts"})
}
