package storetest

import (
	"fmt"

	"github.com/boternity/boternity/builder"
)

var history = []Case{
	{"every save keeps a revision", fresh(everyRevision)},
	{"only the last revisions are kept", withHistory(3, lastRevisions)},
	{"all of the default history of a growing state is there", fresh(growingHistory)},
	{"history comes in pages", fresh(historyPages)},
	{"any kept revision can be restored", withHistory(4, restore)},
	{"a restore from a stale revision is a conflict", fresh(staleRestore)},
}

func everyRevision(f *fixture) {
	d := draft(f.id(), "revision 1")
	var saved []builder.Draft
	for i := range 4 {
		f.tick()
		d = f.save(next(d, fmt.Sprintf("revision %d", i+1)))
		saved = append(saved, d)
	}
	f.reopen()
	listed := f.history(d.SessionID, 10)
	if len(listed) != len(saved) {
		f.Fatalf("%d revisions listed, want %d", len(listed), len(saved))
	}
	for i, want := range saved {
		kept, err := f.LoadRevision(f.ctx, d.SessionID, want.Revision)
		f.noError("load revision", err)
		f.same("kept revision", kept, want)
		got := listed[len(saved)-1-i]
		f.sameTime("saved", got.SavedAt, want.UpdatedAt)
		got.SavedAt = want.UpdatedAt
		equal(f, "listed revision", got, builder.RevisionSummary{
			Revision: want.Revision, SchemaVersion: 1, SavedAt: want.UpdatedAt, Bytes: len(want.State), Phase: builder.PhaseBasics})
	}
	for _, r := range []builder.Revision{0, 5, builder.AnyRevision} {
		_, err := f.LoadRevision(f.ctx, d.SessionID, r)
		f.failsFor(d.SessionID, "load revision", err, builder.ErrNotFound)
	}
}

func lastRevisions(f *fixture) {
	d := draft(f.id(), "first")
	for i := range 10 {
		d = f.save(next(d, fmt.Sprint("save ", i)))
		kept := f.history(d.SessionID, 10)
		equal(f, "revisions kept", len(kept), min(i+1, 3))
		equal(f, "newest", kept[0].Revision, d.Revision)
		equal(f, "oldest", kept[len(kept)-1].Revision, builder.Revision(max(i-1, 1)))
	}
	_, err := f.LoadRevision(f.ctx, d.SessionID, 7)
	f.failsFor(d.SessionID, "load revision", err, builder.ErrNotFound)
	_, err = f.RestoreRevision(f.ctx, d.SessionID, 7, d.Revision)
	f.failsFor(d.SessionID, "restore", err, builder.ErrNotFound)
	kept, err := f.LoadRevision(f.ctx, d.SessionID, 8)
	f.noError("load revision", err)
	equal(f, "oldest state", string(kept.State), string(state(d.SessionID, "save 7")))
}

// growingHistory saves more often than the default history keeps, changing the
// front, the middle and the end of a state that grows and sometimes shrinks:
// what a store that keeps differences has to get right.
func growingHistory(f *fixture) {
	const saves = 250
	d := draft(f.id(), "grows")
	states := map[builder.Revision]string{}
	var answers []string
	for i := range saves {
		answers = append(answers, noise(i%97)+fmt.Sprint(i))
		if i%40 == 39 {
			answers = answers[10:]
		}
		answers[len(answers)/2] = fmt.Sprint("changed ", i)
		description := "grows"
		if i%7 == 0 {
			description = fmt.Sprint("grows ", i)
		}
		d = f.save(next(d, description, answers...))
		states[d.Revision] = string(d.State)
	}
	f.reopen()
	equal(f, "revisions kept", len(f.history(d.SessionID, 30)), builder.DefaultHistory)
	for r := builder.Revision(1); r <= saves; r++ {
		kept, err := f.LoadRevision(f.ctx, d.SessionID, r)
		if r <= saves-builder.DefaultHistory {
			f.failsFor(d.SessionID, "load a revision that is too old", err, builder.ErrNotFound)
			continue
		}
		f.noError("load revision", err)
		if string(kept.State) != states[r] {
			f.Fatalf("revision %d is %s, want %s", r, excerpt(kept.State), excerpt([]byte(states[r])))
		}
	}
	equal(f, "draft", string(f.load(d.SessionID).State), states[saves])
}

func historyPages(f *fixture) {
	d := draft(f.id(), "first")
	for range 7 {
		d = f.save(next(d, "next"))
	}
	for size := 1; size <= 8; size++ {
		for i, r := range f.history(d.SessionID, size) {
			equal(f, "revision", r.Revision, builder.Revision(7-i))
		}
	}
	page := func(limit int, c builder.Cursor) builder.HistoryPage {
		p, err := f.DraftHistory(f.ctx, d.SessionID, builder.PageQuery{Limit: limit, Cursor: c})
		f.noError("history", err)
		return p
	}
	equal(f, "next after exactly all", page(7, "").Next, "")
	for _, limit := range []int{0, -1} {
		equal(f, "revisions for no limit", len(page(limit, "").Revisions), 0)
	}
	first := page(3, "")
	f.save(next(d, "saved meanwhile"))
	second := page(10, first.Next)
	equal(f, "revisions on the second page", len(second.Revisions), 4)
	equal(f, "first of the second page", second.Revisions[0].Revision, 4)
}

func restore(f *fixture) {
	d := draft(f.id(), "first")
	for i := range 6 {
		f.tick()
		d = f.save(next(d, fmt.Sprint("save ", i)))
	}
	f.typed(d.SessionID, builder.FieldTone, "half")
	created := d.CreatedAt
	for _, r := range []builder.Revision{3, 5, 7} { // the oldest kept, one between, one that was itself restored
		f.tick()
		kept, err := f.LoadRevision(f.ctx, d.SessionID, r)
		f.noError("load revision", err)
		at := f.load(d.SessionID).Revision
		restored, err := f.RestoreRevision(f.ctx, d.SessionID, r, at)
		f.noError("restore", err)
		f.same("restored", restored, builder.Draft{
			SessionID: d.SessionID, Revision: at + 1, SchemaVersion: 1, State: kept.State, CreatedAt: created, UpdatedAt: f.now()})
		f.same("loaded", f.load(d.SessionID), restored)
		equal(f, "newest kept revision", f.history(d.SessionID, 1)[0].Revision, at+1)
		equal(f, "description listed", f.newest().Description, builder.Inspect(kept).Description)
	}
	equal(f, "revisions kept", len(f.history(d.SessionID, 10)), 4)
	equal(f, "pending text", f.pending(d.SessionID)[builder.FieldTone], "half")
	f.save(next(f.load(d.SessionID), "goes on"))
}

func staleRestore(f *fixture) {
	first := f.save(draft(f.id(), "first"))
	second := f.save(next(first, "second"))
	f.unchanged("a stale restore", func() {
		for _, at := range []builder.Revision{0, 1, 3, builder.AnyRevision} {
			_, err := f.RestoreRevision(f.ctx, first.SessionID, 1, at)
			f.conflict("restore", err, at, second)
		}
		for _, r := range []builder.Revision{0, 3} {
			_, err := f.RestoreRevision(f.ctx, first.SessionID, r, 2)
			f.failsFor(first.SessionID, "restore a revision there is not", err, builder.ErrNotFound)
		}
	})
}
