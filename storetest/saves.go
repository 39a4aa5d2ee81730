package storetest

import (
	"errors"
	"time"

	"github.com/boternity/boternity/builder"
)

var saves = []Case{
	{"a stale save is refused with the stored draft", fresh(staleSave)},
	{"creating a draft that exists is a conflict", fresh(createTwice)},
	{"a save from a revision that is yet to come is a conflict", fresh(futureSave)},
	{"a save of a draft that never was is gone", fresh(saveOfNothing)},
	{"a retry after a lost answer is no conflict", fresh(retry)},
	{"only the next revision with the same bytes is a retry", fresh(noRetry)},
	{"AnyRevision creates and overwrites", fresh(anyRevision)},
	{"the creation time is that of the first save for good", fresh(creationTime)},
	{"times are the store's, in UTC, cut to microseconds", fresh(storeTimes)},
	{"a draft that is saved again moves to the front", fresh(savedAgainFirst)},
	{"callers share no bytes with the store", fresh(ownBytes)},
	{"what was saved is there after closing and opening", fresh(survivesReopening)},
	{"the number of revisions has an end", fresh(lastRevision)},
}

func staleSave(f *fixture) {
	first := f.save(draft(f.id(), "first"))
	f.tick()
	second := f.save(next(first, "second"))
	f.tick()
	f.unchanged("a stale save", func() {
		_, err := f.SaveDraft(f.ctx, next(first, "stale"))
		f.conflict("stale save", err, 1, second)
	})
}

// conflict expects a conflict that carries the stored draft.
func (f *fixture) conflict(what string, err error, based builder.Revision, stored builder.Draft) {
	f.Helper()
	f.failsFor(stored.SessionID, what, err, builder.ErrConflict)
	var c *builder.ConflictError
	if !errors.As(err, &c) {
		f.Fatalf("%s: %v is not a ConflictError", what, err)
	}
	equal(f, what+": based on", c.Based, based)
	f.same(what+": the draft in the conflict", c.Stored, stored)
}

func createTwice(f *fixture) {
	stored := f.save(draft(f.id(), "first"))
	f.unchanged("creating again", func() {
		_, err := f.SaveDraft(f.ctx, draft(stored.SessionID, "another"))
		f.conflict("create", err, 0, stored)
	})
	stored = f.save(next(stored, "second"))
	_, err := f.SaveDraft(f.ctx, draft(stored.SessionID, "first"))
	f.conflict("create with the bytes of an older revision", err, 0, stored)
}

func futureSave(f *fixture) {
	stored := f.save(draft(f.id(), "first"))
	ahead := next(stored, "ahead")
	ahead.Revision = 2
	f.unchanged("a save from a later revision", func() {
		_, err := f.SaveDraft(f.ctx, ahead)
		f.conflict("save", err, 2, stored)
	})
}

func saveOfNothing(f *fixture) {
	d := draft(f.id(), "never created")
	for _, d.Revision = range []builder.Revision{1, 2, builder.AnyRevision - 1} {
		_, err := f.SaveDraft(f.ctx, d)
		f.failsFor(d.SessionID, "save", err, builder.ErrGone)
	}
	equal(f, "drafts", len(f.drafts(10)), 0)
}

func retry(f *fixture) {
	created := draft(f.id(), "first")
	first := f.save(created)
	f.tick()
	f.unchanged("a retried creation", func() { f.same("retried creation", f.save(created), first) })
	changed := next(first, "second")
	second := f.save(changed)
	f.tick()
	f.reopen()
	f.unchanged("a retried save", func() {
		for range 2 {
			f.same("retried save", f.save(changed), second)
		}
	})
	equal(f, "kept revisions", len(f.history(first.SessionID, 10)), 2)
}

func noRetry(f *fixture) {
	first := f.save(draft(f.id(), "same"))
	second := f.save(next(first, "same"))
	equal(f, "a save of unchanged bytes makes a revision", second.Revision, 2)
	third := f.save(next(second, "same"))
	_, err := f.SaveDraft(f.ctx, next(first, "same"))
	f.conflict("the same bytes two revisions on", err, 1, third)
	other := next(second, "same")
	other.State = append(other.State, ' ')
	_, err = f.SaveDraft(f.ctx, other)
	f.conflict("other bytes at the next revision", err, 2, third)
	other = next(second, "same")
	other.SchemaVersion = 9
	_, err = f.SaveDraft(f.ctx, other)
	f.conflict("another schema version at the next revision", err, 2, third)
}

func anyRevision(f *fixture) {
	d := draft(f.id(), "first")
	d.Revision = builder.AnyRevision
	created := f.save(d)
	equal(f, "created revision", created.Revision, 1)
	f.tick()
	d.State = state(d.SessionID, "second")
	saved := f.save(d)
	equal(f, "revision", saved.Revision, 2)
	f.sameTime("created", saved.CreatedAt, created.CreatedAt)
	again := f.save(d)
	equal(f, "revision of the same bytes", again.Revision, 3)
	f.same("loaded", f.load(d.SessionID), again)
	equal(f, "kept revisions", len(f.history(d.SessionID, 10)), 3)
}

func creationTime(f *fixture) {
	d := f.save(draft(f.id(), "first"))
	created := f.now()
	for range 3 {
		f.tick()
		d = f.save(next(d, "later"))
		f.sameTime("created, as saved", d.CreatedAt, created)
		f.sameTime("updated, as saved", d.UpdatedAt, f.now())
	}
	f.reopen()
	f.sameTime("created, as loaded", f.load(d.SessionID).CreatedAt, created)
	f.sameTime("created, as listed", f.newest().CreatedAt, created)
}

func storeTimes(f *fixture) {
	d := draft(f.id(), "first")
	d.CreatedAt, d.UpdatedAt = time.Unix(1, 0), time.Unix(2, 0)
	saved := f.save(d)
	f.sameTime("created", saved.CreatedAt, f.now())
	f.sameTime("updated", saved.UpdatedAt, f.now())
	f.clock.advance(time.Microsecond)
	saved.CreatedAt, saved.UpdatedAt = time.Unix(1, 0), time.Unix(2, 0)
	again := f.save(saved)
	f.sameTime("updated a microsecond later", again.UpdatedAt, f.now())
	f.clock.advance(-time.Hour)
	f.sameTime("updated by a clock that was set back", f.save(again).UpdatedAt, f.now())
}

func savedAgainFirst(f *fixture) {
	a := f.save(draft(f.id(), "a"))
	f.tick()
	b := f.save(draft(f.id(), "b"))
	equal(f, "first", f.newest().SessionID, b.SessionID)
	f.clock.advance(time.Microsecond)
	f.save(next(a, "a again"))
	equal(f, "first", f.newest().SessionID, a.SessionID)
}

func ownBytes(f *fixture) {
	d := draft(f.id(), "kept")
	want := string(d.State)
	scribble := func(b []byte) {
		for i := range b {
			b[i] = '!'
		}
	}
	saved := f.save(d)
	scribble(d.State)
	equal(f, "state after the caller wrote over what was given", string(f.load(d.SessionID).State), want)
	scribble(saved.State)
	equal(f, "state after the caller wrote over what was returned", string(f.load(d.SessionID).State), want)
	scribble(f.load(d.SessionID).State)
	kept, err := f.LoadRevision(f.ctx, d.SessionID, 1)
	f.noError("load revision", err)
	equal(f, "state after the caller wrote over what was loaded", string(kept.State), want)
	scribble(kept.State)
	_, err = f.SaveDraft(f.ctx, draft(d.SessionID, "conflicting"))
	var c *builder.ConflictError
	if errors.As(err, &c) {
		scribble(c.Stored.State)
	}
	for _, r := range f.rows() {
		if r.Draft != nil {
			scribble(r.Draft.State)
		}
	}
	f.typed(d.SessionID, "tone", "formal")
	f.pending(d.SessionID)["tone"] = "scribbled"
	equal(f, "pending text", f.pending(d.SessionID)["tone"], "formal")
	equal(f, "state in the end", string(f.load(d.SessionID).State), want)
}

func survivesReopening(f *fixture) {
	first := f.save(draft(f.id(), "first"))
	f.tick()
	second := f.save(next(first, "second"))
	f.typed(second.SessionID, "tone", "half a w")
	finished := f.save(draft(f.id(), "to be finished"))
	e := f.finish(finished)
	f.noError("prefer", f.SetPreference(f.ctx, builder.Preference{Field: builder.FieldTone, Value: builder.Text("rude"), Never: true}))
	before := f.snapshot()
	f.reopen()
	f.sameRows("after opening again", f.snapshot(), before)
	f.same("draft", f.load(second.SessionID), second)
	equal(f, "pending text", f.pending(second.SessionID)["tone"], "half a w")
	kept, err := f.LoadRevision(f.ctx, first.SessionID, 1)
	f.noError("load revision", err)
	f.same("first revision", kept, first)
	loaded, err := f.LoadMemory(f.ctx, e.ID)
	f.noError("load memory", err)
	f.sameEntry("entry", loaded, e)
	preferences, err := f.Preferences(f.ctx)
	f.noError("preferences", err)
	equal(f, "never rude", preferences.Never(builder.FieldTone, builder.Text("rude")), true)
	_, err = f.SaveDraft(f.ctx, finished)
	f.failsFor(finished.SessionID, "late save", err, builder.ErrGone)
}

// lastRevision: one more save would make the draft's revision AnyRevision, and
// the one after that 0.
func lastRevision(f *fixture) {
	d := draft(f.id(), "saved too often")
	d.Revision, d.CreatedAt, d.UpdatedAt = builder.AnyRevision-1, f.now(), f.now()
	f.put(draftRow("", d))
	f.unchanged("a save past the last revision", func() {
		for _, based := range []builder.Revision{d.Revision, builder.AnyRevision} {
			late := next(d, "once more")
			late.Revision = based
			_, err := f.SaveDraft(f.ctx, late)
			f.fails("save", err, builder.ErrInvalid)
		}
		_, err := f.RestoreRevision(f.ctx, d.SessionID, d.Revision, d.Revision)
		f.fails("restore", err, builder.ErrInvalid)
	})
}
