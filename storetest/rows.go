package storetest

import (
	"bytes"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
)

var rows = []Case{
	{"everything is copied from one database to another", copyEverything},
	{"rows go on after any of them", fresh(rowsGoOn)},
	{"rows are put all or none", fresh(putAllOrNone)},
	{"rows that no store could keep are refused by field", fresh(putImpossible)},
	{"a put revision was created when its draft was", fresh(putCreation)},
	{"put never replaces a row", fresh(putNeverReplaces)},
	{"a draft that has grown since is already there", withHistory(3, putGrown)},
	{"rows of a deleted draft come back only when asked for", fresh(putDeleted)},
	{"rows of a finished session never come back", fresh(putFinished)},
	{"a forgotten entry comes back only when asked for", fresh(putForgotten)},
	{"revisions and pending texts need their draft", fresh(putOrphans)},
	{"a trace keeps its session gone wherever it is put", fresh(putTrace)},
	{"rows from elsewhere do not end a session that goes on here", fresh(putOverLive)},
	{"what is put is found like what was saved", fresh(putIsFound)},
}

// stored is a draft as a row holds it.
func (f *fixture) stored(id uuid.UUID, r builder.Revision, description string) builder.Draft {
	d := draft(id, description)
	d.Revision, d.CreatedAt, d.UpdatedAt = r, f.now(), f.now()
	return d
}

func putAllOrNone(f *fixture) {
	good := draftRow("", f.stored(f.id(), 1, "good"))
	two := good
	two.Pending = &builder.Pending{SessionID: good.Draft.SessionID, Field: "tone", Text: "x"}
	for what, bad := range map[string]builder.Row{
		"no row": {}, "two rows in one": two, "an impossible owner": draftRow("a\x00b", f.stored(f.id(), 1, "bad")),
		"revision 0": draftRow("", f.stored(f.id(), 0, "bad")), "AnyRevision": draftRow("", f.stored(f.id(), builder.AnyRevision, "bad")),
	} {
		for _, batch := range [][]builder.Row{{good, bad}, {bad, good}} {
			f.unchanged("a batch with "+what, func() {
				_, err := f.db.PutRows(f.ctx, batch, builder.PutOptions{})
				f.fails("put rows", err, builder.ErrInvalid)
			})
		}
	}
	f.outcomes("one row twice", []builder.Row{good, good}, builder.PutAdded, builder.PutAlready)
	f.outcomes("no rows", nil)
}

func putImpossible(f *fixture) {
	refused := func(what, field string, bad builder.Row) {
		f.Helper()
		f.unchanged(what, func() {
			_, err := f.db.PutRows(f.ctx, []builder.Row{bad}, builder.PutOptions{})
			f.invalid(what, err, field, 0)
		})
	}
	refused("a draft without an id", "session_id", draftRow("", f.stored(uuid.Nil, 1, "no id")))
	refused("a revision without an id", "session_id", revisionRow("", f.stored(uuid.Nil, 1, "no id")))
	refused("pending text without an id", "session_id", builder.Row{Pending: &builder.Pending{Field: "tone", Text: "x"}})
	refused("an entry without an id", "id", builder.Row{Memory: &builder.StoredEntry{CreatedAt: f.now()}})
	first := time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC)
	last := time.Date(9999, 12, 31, 23, 59, 59, 999999000, time.UTC)
	d := f.stored(f.id(), 2, "kept")
	f.put(draftRow("", d))
	for _, at := range []time.Time{first.Add(-time.Microsecond), last.Add(time.Microsecond), time.Unix(1<<60, 0)} {
		other, updated := f.stored(f.id(), 1, "of no time"), f.stored(f.id(), 1, "of no time")
		other.CreatedAt, updated.UpdatedAt = at, at
		older := f.stored(d.SessionID, 1, "of no time")
		older.UpdatedAt = at
		refused("a draft created then", "created_at", draftRow("", other))
		refused("a draft updated then", "updated_at", draftRow("", updated))
		refused("a revision saved then", "updated_at", revisionRow("", older))
		refused("an entry recorded then", "created_at", builder.Row{Memory: &builder.StoredEntry{ID: f.id(), CreatedAt: at}})
		refused("a trace of then", "at", builder.Row{Gone: &builder.Gone{Key: builder.MakeGoneKey("", f.id()), At: at}})
	}
	for _, at := range []time.Time{first, last} {
		d := f.stored(f.id(), 1, "of a possible time")
		d.CreatedAt, d.UpdatedAt = at, at
		f.outcomes("the first and the last time", []builder.Row{draftRow("", d)}, builder.PutAdded)
		f.same("loaded", f.load(d.SessionID), d)
	}
}

func putCreation(f *fixture) {
	d := f.stored(f.id(), 2, "second")
	older := f.stored(d.SessionID, 1, "first")
	older.CreatedAt, older.UpdatedAt = d.CreatedAt.Add(-time.Hour), d.UpdatedAt.Add(-time.Minute)
	f.outcomes("a draft and its history", []builder.Row{draftRow("", d), revisionRow("", older)}, builder.PutAdded, builder.PutAdded)
	kept, err := f.LoadRevision(f.ctx, d.SessionID, 1)
	f.noError("load revision", err)
	older.CreatedAt = d.CreatedAt
	f.same("the older revision", kept, older)
}

// outcomes puts rows and expects what becomes of them.
func (f *fixture) outcomes(what string, rows []builder.Row, want ...builder.Put) {
	f.Helper()
	if got := f.put(rows...); !slices.Equal(got, want) {
		f.Errorf("%s: %v, want %v", what, got, want)
	}
}

func putNeverReplaces(f *fixture) {
	id := f.id()
	first := f.save(draft(id, "first"))
	second := f.save(next(first, "second"))
	f.typed(id, "tone", "half")
	e := entry(f.id(), builder.Coding, "recorded")
	f.record(e)
	gone := f.save(draft(f.id(), "deleted"))
	f.delete(gone.SessionID)
	wish := builder.Preference{Field: builder.FieldTone, Value: builder.Text("rude"), Never: true}
	f.noError("prefer", f.SetPreference(f.ctx, wish))

	var other []builder.Row
	change := func(change func(d *builder.Draft)) {
		d := second
		change(&d)
		other = append(other, draftRow("", d))
	}
	change(func(d *builder.Draft) { d.State = state(id, "other bytes") })
	change(func(d *builder.Draft) { d.State = state(id, "other bytes"); d.Revision = 1 })
	change(func(d *builder.Draft) { d.Revision = 3 })
	change(func(d *builder.Draft) { d.SchemaVersion = 9 })
	change(func(d *builder.Draft) { d.CreatedAt = d.CreatedAt.Add(-time.Microsecond) })
	change(func(d *builder.Draft) { d.UpdatedAt = d.UpdatedAt.Add(time.Microsecond) })
	revision := first
	revision.State = state(id, "other bytes")
	for _, r := range f.rows() {
		if r.Memory != nil {
			earlier := *r.Memory
			earlier.CreatedAt = earlier.CreatedAt.Add(-time.Microsecond)
			other = append(other, builder.Row{Memory: &earlier})
		}
	}
	b, err := builder.EncodeEntry(entry(e.ID, builder.Research, "another"))
	f.noError("encode", err)
	other = append(other, revisionRow("", revision),
		builder.Row{Pending: &builder.Pending{SessionID: id, Field: "tone", Text: "other"}},
		builder.Row{Memory: &builder.StoredEntry{ID: e.ID, CreatedAt: f.now(), Entry: b}},
		builder.Row{Gone: &builder.Gone{Key: builder.MakeGoneKey("", gone.SessionID), Finished: true, At: f.now()}})
	f.unchanged("putting other rows", func() {
		for i, outcome := range f.put(other...) {
			if outcome != builder.PutDiffers {
				f.Errorf("row %d, %s: %s, want %s", i, describe(other[i]), outcome, builder.PutDiffers)
			}
		}
		f.outcomes("the preference", []builder.Row{{Preference: &wish}}, builder.PutAlready)
	})
}

func putGrown(f *fixture) {
	first := f.save(draft(f.id(), "first"))
	f.tick()
	second := f.save(next(first, "second"))
	f.tick()
	third := f.save(next(second, "third"))
	f.unchanged("putting what the draft grew out of", func() {
		f.outcomes("the first", []builder.Row{draftRow("", first)}, builder.PutAlready)
		f.outcomes("the second and its history", []builder.Row{draftRow("", second), revisionRow("", first)}, builder.PutAlready, builder.PutAlready)
	})
	fourth := f.save(next(third, "fourth"))
	f.unchanged("putting what is no longer kept", func() {
		// Nothing shows any more that the draft grew out of this one.
		f.outcomes("the first", []builder.Row{draftRow("", first)}, builder.PutDiffers)
	})
	f.same("the draft", f.load(first.SessionID), fourth)
}

func putDeleted(f *fixture) {
	first := f.save(draft(f.id(), "first"))
	second := f.save(next(first, "second"))
	back := []builder.Row{draftRow("", second), revisionRow("", first),
		{Pending: &builder.Pending{SessionID: first.SessionID, Field: "tone", Text: "half"}}}
	f.delete(first.SessionID)
	f.tick()
	f.unchanged("putting a deleted draft", func() {
		f.outcomes("deleted", back, builder.PutGone, builder.PutGone, builder.PutGone)
	})
	if got := f.putWith(builder.PutOptions{Revive: true}, back...); !slices.Equal(got, []builder.Put{builder.PutAdded, builder.PutAdded, builder.PutAdded}) {
		f.Errorf("revived: %v", got)
	}
	f.reopen()
	f.same("revived", f.load(first.SessionID), second)
	f.pendingIs("revived", first.SessionID, map[string]string{"tone": "half"})
	f.save(next(second, "goes on"))
	equal(f, "revisions", len(f.history(first.SessionID, 10)), 3)
}

func putFinished(f *fixture) {
	d := f.save(draft(f.id(), "first"))
	f.finish(d)
	f.unchanged("putting a finished draft", func() {
		for _, revive := range []bool{false, true} {
			equal(f, "outcome", f.putWith(builder.PutOptions{Revive: revive}, draftRow("", d))[0], builder.PutGone)
		}
	})
	_, err := f.ForgetMemory(f.ctx, d.SessionID)
	f.noError("forget", err)
	f.unchanged("putting a draft that was finished and forgotten", func() {
		for _, revive := range []bool{false, true} {
			equal(f, "outcome", f.putWith(builder.PutOptions{Revive: revive}, draftRow("", d))[0], builder.PutGone)
		}
	})
}

func putForgotten(f *fixture) {
	d := f.save(draft(f.id(), "first"))
	f.finish(d)
	var row builder.Row
	for _, r := range f.rows() {
		if r.Memory != nil {
			row = r
		}
	}
	_, err := f.ForgetMemory(f.ctx, d.SessionID)
	f.noError("forget", err)
	f.unchanged("putting a forgotten entry", func() { f.outcomes("forgotten", []builder.Row{row}, builder.PutGone) })
	equal(f, "revived", f.putWith(builder.PutOptions{Revive: true}, row)[0], builder.PutAdded)
	sameIDs(f, "recalled", entryIDs(f.recall(nil, 10)), []uuid.UUID{d.SessionID})
	f.staysGone("finished, forgotten and remembered", d)
}

func putOrphans(f *fixture) {
	d := f.stored(f.id(), 2, "never put")
	older := f.stored(d.SessionID, 1, "never put")
	f.unchanged("putting orphans", func() {
		f.outcomes("orphans", []builder.Row{revisionRow("", older), {Pending: &builder.Pending{SessionID: d.SessionID, Field: "tone", Text: "x"}}},
			builder.PutOrphan, builder.PutOrphan)
	})
	f.outcomes("with the draft", []builder.Row{draftRow("", d), revisionRow("", older)}, builder.PutAdded, builder.PutAdded)
	equal(f, "another owner's", f.put(revisionRow("other", older))[0], builder.PutOrphan)
	later := f.stored(d.SessionID, 3, "of another draft")
	f.unchanged("putting a revision after the draft's own", func() {
		f.outcomes("a later revision", []builder.Row{revisionRow("", later)}, builder.PutDiffers)
	})
}

func putTrace(f *fixture) {
	d := draft(f.id(), "deleted elsewhere")
	trace := builder.Row{Gone: &builder.Gone{Key: builder.MakeGoneKey("alice", d.SessionID), At: f.now()}}
	f.outcomes("trace", []builder.Row{trace, trace}, builder.PutAdded, builder.PutAlready)
	f.reopen()
	_, err := f.as("alice").SaveDraft(f.ctx, d)
	f.failsFor(d.SessionID, "save", err, builder.ErrGone)
	f.as("bob").save(d)
	f.save(d)
}

func putOverLive(f *fixture) {
	d := f.save(draft(f.id(), "goes on here"))
	b, err := builder.EncodeEntry(entry(d.SessionID, builder.Coding, "finished elsewhere"))
	f.noError("encode", err)
	f.unchanged("putting the end of a session that goes on", func() {
		f.outcomes("trace and entry", []builder.Row{
			{Gone: &builder.Gone{Key: builder.MakeGoneKey("", d.SessionID), Finished: true, At: f.now()}},
			{Memory: &builder.StoredEntry{ID: d.SessionID, CreatedAt: f.now(), Entry: b}},
		}, builder.PutDiffers, builder.PutDiffers)
	})
	f.save(next(d, "still goes on"))
}

func putIsFound(f *fixture) {
	d := f.stored(f.id(), 5, "put, not saved")
	d.CreatedAt, d.UpdatedAt = beginning.Add(-time.Hour), beginning
	e := builder.StoredEntry{ID: f.id(), CreatedAt: beginning}
	e.Entry = fmt.Appendf(nil, `{"id":"%s","initial_description":"kilo","created_at":"2031-01-01T00:00:00Z","purpose_category":{"custom":"zulu"}}`, e.ID)
	f.outcomes("put", []builder.Row{draftRow("", d), {Memory: &e}}, builder.PutAdded, builder.PutAdded)
	stored := f.snapshot()
	given := d.State
	d.State = bytes.Clone(given)
	clear(given)
	clear(e.Entry)
	f.sameRows("after the caller wrote over what was put", f.snapshot(), stored)
	d.CreatedAt, d.UpdatedAt = builder.StoredTime(d.CreatedAt), builder.StoredTime(d.UpdatedAt)
	f.same("loaded", f.load(d.SessionID), d)
	equal(f, "description", f.newest().Description, "put, not saved")
	zulu := builder.Custom("zulu")
	sameIDs(f, "by category", entryIDs(f.recall(&zulu, 10)), []uuid.UUID{e.ID})
	sameIDs(f, "by term", f.similar("kilo", 10), []uuid.UUID{e.ID})
	saved := f.save(next(d, "goes on"))
	equal(f, "revision", saved.Revision, 6)
	f.sameTime("created", saved.CreatedAt, d.CreatedAt)
}
