package storetest

import (
	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
)

var gone = []Case{
	{"a late save does not bring back a deleted draft", fresh(deletedStaysGone)},
	{"a late save does not bring back a finished session", fresh(finishedStaysGone)},
	{"a forgotten session stays finished", fresh(forgottenStaysGone)},
	{"a session with an entry recorded for it is finished", fresh(recordedIsFinished)},
	{"an entry recorded while the draft is there ends the session", fresh(recordedWhileOpen)},
	{"deleting twice deletes once", fresh(deleteTwice)},
	{"a deleted draft leaves nothing of itself", fresh(deleteLeavesNothing)},
}

// staysGone tries every way to write to a session that is gone.
func (f *fixture) staysGone(why string, d builder.Draft) {
	f.Helper()
	for range 2 {
		f.unchanged("writing to a session that is "+why, func() {
			for _, based := range []builder.Revision{0, 1, d.Revision, d.Revision + 1, builder.AnyRevision} {
				late := d
				late.Revision = based
				_, err := f.SaveDraft(f.ctx, late)
				f.failsFor(d.SessionID, "late save of a session that is "+why, err, builder.ErrGone)
			}
			err := f.SavePending(f.ctx, d.SessionID, builder.FieldTone, "late")
			f.failsFor(d.SessionID, "late pending text of a session that is "+why, err, builder.ErrGone)
		})
		_, err := f.RestoreRevision(f.ctx, d.SessionID, 1, d.Revision)
		f.fails("late restore", err, builder.ErrNotFound)
		f.tick()
		f.reopen()
	}
	f.noDraft(d.SessionID)
}

// noDraft expects a draft to be in no list and to load from nowhere.
func (f *fixture) noDraft(id uuid.UUID) {
	f.Helper()
	_, err := f.LoadDraft(f.ctx, id)
	f.failsFor(id, "load", err, builder.ErrNotFound)
	_, err = f.DraftHistory(f.ctx, id, builder.PageQuery{Limit: 10})
	f.failsFor(id, "history", err, builder.ErrNotFound)
	_, err = f.LoadRevision(f.ctx, id, 1)
	f.failsFor(id, "load revision", err, builder.ErrNotFound)
	equal(f, "pending texts", len(f.pending(id)), 0)
	for _, d := range f.drafts(100) {
		if d.SessionID == id {
			f.Errorf("session %s is listed", id)
		}
	}
}

func deletedStaysGone(f *fixture) {
	d := f.save(draft(f.id(), "first"))
	d = f.save(next(d, "second"))
	f.delete(d.SessionID)
	f.staysGone("deleted", d)
	_, err := f.FinishSession(f.ctx, d.SessionID, d.Revision, entry(d.SessionID, builder.Coding, "late"))
	f.failsFor(d.SessionID, "late finish", err, builder.ErrGone)
	equal(f, "entries", len(f.recall(nil, 10)), 0)
}

func finishedStaysGone(f *fixture) {
	d := f.save(draft(f.id(), "first"))
	f.finish(d)
	f.staysGone("finished", d)
	deleted, err := f.DeleteDraft(f.ctx, d.SessionID)
	f.noError("delete", err)
	equal(f, "deleted", deleted, false)
}

func forgottenStaysGone(f *fixture) {
	d := f.save(draft(f.id(), "first"))
	f.finish(d)
	forgotten, err := f.ForgetMemory(f.ctx, d.SessionID)
	f.noError("forget", err)
	equal(f, "forgotten", forgotten, true)
	f.staysGone("forgotten", d)
	_, err = f.FinishSession(f.ctx, d.SessionID, d.Revision, entry(d.SessionID, builder.Coding, "late"))
	f.failsFor(d.SessionID, "late finish", err, builder.ErrGone)
	equal(f, "entries", len(f.recall(nil, 10)), 0)
}

func recordedIsFinished(f *fixture) {
	d := draft(f.id(), "finished elsewhere")
	f.record(entry(d.SessionID, builder.Coding, "finished elsewhere"))
	f.staysGone("recorded", d)
}

// recordedWhileOpen: someone recorded an entry for a session and left its
// draft. It can be read and deleted, and nothing else.
func recordedWhileOpen(f *fixture) {
	d := f.save(draft(f.id(), "still there"))
	f.record(entry(d.SessionID, builder.Coding, "recorded all the same"))
	ended := func(why string) {
		f.Helper()
		f.unchanged("writing to a session that is "+why, func() {
			_, err := f.SaveDraft(f.ctx, next(d, "late"))
			f.failsFor(d.SessionID, "late save", err, builder.ErrGone)
			_, err = f.RestoreRevision(f.ctx, d.SessionID, 1, 1)
			f.failsFor(d.SessionID, "late restore", err, builder.ErrGone)
			f.failsFor(d.SessionID, "late pending text", f.SavePending(f.ctx, d.SessionID, "tone", "late"), builder.ErrGone)
		})
		f.same("the draft", f.load(d.SessionID), d)
	}
	ended("recorded")
	_, err := f.ForgetMemory(f.ctx, d.SessionID)
	f.noError("forget", err)
	ended("recorded and forgotten")
	_, err = f.FinishSession(f.ctx, d.SessionID, 1, entry(d.SessionID, builder.Coding, "late"))
	f.failsFor(d.SessionID, "late finish", err, builder.ErrGone)
	f.delete(d.SessionID)
	f.staysGone("recorded, forgotten and deleted", d)
	equal(f, "put back", f.putWith(builder.PutOptions{Revive: true}, draftRow("", d))[0], builder.PutGone)
}

func deleteTwice(f *fixture) {
	d := f.save(draft(f.id(), "first"))
	f.delete(d.SessionID)
	deleted, err := f.DeleteDraft(f.ctx, d.SessionID)
	f.noError("delete again", err)
	equal(f, "deleted again", deleted, false)
}

func deleteLeavesNothing(f *fixture) {
	d := f.save(draft(f.id(), "first"))
	d = f.save(next(d, "second"))
	f.typed(d.SessionID, builder.FieldTone, "half")
	f.delete(d.SessionID)
	f.noDraft(d.SessionID)
	for _, r := range f.rows() {
		if r.Gone == nil {
			f.Errorf("left behind: %s", describe(r))
			continue
		}
		want := builder.Gone{Key: builder.MakeGoneKey("", d.SessionID), At: f.now()}
		equal(f, "trace", *r.Gone, want)
		equal(f, "owner of a trace", r.Owner, "")
	}
}
