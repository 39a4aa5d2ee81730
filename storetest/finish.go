package storetest

import (
	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
)

var finish = []Case{
	{"finishing records the entry and removes the draft", fresh(finishing)},
	{"finishing twice gives the first entry", fresh(finishTwice)},
	{"finishing from a stale revision is a conflict", fresh(staleFinish)},
	{"finishing what was deleted or never was is gone", fresh(finishNothing)},
	{"the entry's id is the session's", fresh(finishAnother)},
	{"a session recorded before it is finished keeps that entry", fresh(finishRecorded)},
	{"finishing what is recorded changes nothing", fresh(finishRecordedDraft)},
}

func finishing(f *fixture) {
	other := f.save(draft(f.id(), "another session"))
	f.typed(other.SessionID, "tone", "half")
	first := f.save(draft(f.id(), "first"))
	d := f.save(next(first, "second"))
	f.typed(d.SessionID, "tone", "half")
	f.tick()
	e := entry(d.SessionID, builder.Custom("game-master"), "leads a game")
	got, err := f.FinishSession(f.ctx, d.SessionID, d.Revision, e)
	f.noError("finish", err)
	e.CreatedAt = f.now()
	f.sameEntry("finished", got, e)
	for range 2 {
		loaded, err := f.LoadMemory(f.ctx, d.SessionID)
		f.noError("load memory", err)
		f.sameEntry("loaded", loaded, e)
		sameIDs(f, "recalled", entryIDs(f.recall(&e.Category, 10)), []uuid.UUID{e.ID})
		similar, err := f.RecallSimilar(f.ctx, builder.Terms("a game"), 10)
		f.noError("recall similar", err)
		sameIDs(f, "similar", entryIDs(similar), []uuid.UUID{e.ID})
		f.noDraft(d.SessionID)
		f.same("the other draft", f.load(other.SessionID), other)
		f.pendingIs("the other draft", other.SessionID, map[string]string{"tone": "half"})
		f.reopen()
	}
	trace := false
	for _, r := range f.rows() {
		trace = trace || (r.Gone != nil && r.Gone.Finished && r.Gone.Key == builder.MakeGoneKey("", d.SessionID))
		if (r.Draft != nil && r.Draft.SessionID == d.SessionID) || r.Revision != nil || (r.Pending != nil && r.Pending.SessionID == d.SessionID) {
			f.Errorf("left behind: %s", describe(r))
		}
	}
	equal(f, "trace of the session", trace, true)
}

func finishTwice(f *fixture) {
	d := f.save(draft(f.id(), "first"))
	first := f.finish(d)
	f.tick()
	f.reopen()
	f.unchanged("finishing again", func() {
		for _, at := range []builder.Revision{0, d.Revision, d.Revision + 1} {
			again, err := f.FinishSession(f.ctx, d.SessionID, at, entry(d.SessionID, builder.Research, "something else"))
			f.noError("finish again", err)
			f.sameEntry("the entry of the second finish", again, first)
		}
	})
	equal(f, "entries", len(f.recall(nil, 10)), 1)
}

func staleFinish(f *fixture) {
	first := f.save(draft(f.id(), "first"))
	second := f.save(next(first, "second"))
	f.unchanged("a stale finish", func() {
		for _, at := range []builder.Revision{0, 1, 3} {
			_, err := f.FinishSession(f.ctx, first.SessionID, at, entry(first.SessionID, builder.Coding, "stale"))
			f.conflict("finish", err, at, second)
		}
	})
	f.finish(second)
}

func finishNothing(f *fixture) {
	never := draft(f.id(), "never saved")
	deleted := f.save(draft(f.id(), "deleted"))
	f.delete(deleted.SessionID)
	f.unchanged("finishing what there is not", func() {
		for _, d := range []builder.Draft{never, deleted} {
			_, err := f.FinishSession(f.ctx, d.SessionID, d.Revision, entry(d.SessionID, builder.Coding, "late"))
			f.failsFor(d.SessionID, "finish", err, builder.ErrGone)
		}
	})
	equal(f, "entries", len(f.recall(nil, 10)), 0)
}

func finishAnother(f *fixture) {
	d := f.save(draft(f.id(), "first"))
	f.unchanged("finishing with another session's entry", func() {
		_, err := f.FinishSession(f.ctx, d.SessionID, d.Revision, entry(f.id(), builder.Coding, "another"))
		f.fails("finish", err, builder.ErrInvalid)
	})
}

func finishRecorded(f *fixture) {
	e := entry(f.id(), builder.Coding, "recorded")
	f.record(e)
	e.CreatedAt = f.now()
	f.tick()
	got, err := f.FinishSession(f.ctx, e.ID, 1, entry(e.ID, builder.Research, "something else"))
	f.noError("finish", err)
	f.sameEntry("finished", got, e)
}

func finishRecordedDraft(f *fixture) {
	d := f.save(draft(f.id(), "goes on"))
	f.typed(d.SessionID, "tone", "half")
	e := entry(d.SessionID, builder.Coding, "recorded")
	f.record(e)
	e.CreatedAt = f.now()
	f.tick()
	f.unchanged("finishing a recorded session", func() {
		got, err := f.FinishSession(f.ctx, d.SessionID, d.Revision, entry(d.SessionID, builder.Research, "something else"))
		f.noError("finish", err)
		f.sameEntry("finished", got, e)
	})
	f.same("the draft", f.load(d.SessionID), d)
}
