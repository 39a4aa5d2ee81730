package storetest

import (
	"errors"
	"slices"

	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
)

var unreadable = []Case{
	{"an unreadable draft is listed, marked and loads as it is", fresh(unreadableIsListed)},
	{"no ordinary save replaces an unreadable draft", fresh(unreadableIsKept)},
	{"an unreadable draft can be restored", fresh(unreadableRestored)},
	{"an unreadable draft can be deleted", fresh(unreadableDeleted)},
	{"a stale save over an unreadable draft is a conflict first", fresh(unreadableConflict)},
	{"an unreadable draft of a later program is unreadable first", fresh(unreadableNewer)},
	{"no save lowers a schema version", fresh(versionNeverLowered)},
	{"a schema version can be raised", fresh(versionRaised)},
	{"a draft that is too large to save is readable", fresh(overLimitIsReadable)},
	{"an unreadable entry is recalled and says why", fresh(unreadableEntry)},
	{"check reports what is wrong and changes nothing", fresh(check)},
}

// broken are states that no program could read, which rows may hold all the
// same.
var broken = [][]byte{
	{}, []byte("null"), []byte(`{"session_id":`), []byte("\x00\xff\xfe"), []byte(`{"initial_description":"half of a`), []byte("[]"),
	[]byte(`{"initial_description":"known by this","phase":7}`),
}

// putBroken stores a draft at revision 3, its last state unreadable and the
// two before it readable.
func (f *fixture) putBroken(bytes []byte) builder.Draft {
	f.Helper()
	id := f.id()
	d := builder.Draft{SessionID: id, Revision: 3, SchemaVersion: 1, State: bytes, CreatedAt: f.tick(), UpdatedAt: f.tick()}
	rows := []builder.Row{draftRow("", d)}
	for r := builder.Revision(1); r <= 2; r++ {
		kept := draft(id, "readable", string(rune('a'+r)))
		kept.Revision, kept.CreatedAt, kept.UpdatedAt = r, d.CreatedAt, d.CreatedAt
		rows = append(rows, revisionRow("", kept))
	}
	for i, outcome := range f.put(rows...) {
		if outcome != builder.PutAdded {
			f.Fatalf("put row %d: %s", i, outcome)
		}
	}
	return d
}

func unreadableIsListed(f *fixture) {
	good := f.save(draft(f.id(), "good"))
	var want []uuid.UUID
	for _, state := range broken {
		d := f.putBroken(state)
		f.same("loaded", f.load(d.SessionID), d)
		want = append([]uuid.UUID{d.SessionID}, want...)
	}
	newer := builder.Draft{SessionID: f.id(), Revision: 1, SchemaVersion: 9, State: []byte("not even an object"), CreatedAt: f.now(), UpdatedAt: f.tick()}
	f.put(draftRow("", newer))
	want = append([]uuid.UUID{newer.SessionID}, want...)
	f.reopen()
	listed := f.drafts(3)
	sameIDs(f, "listed", draftIDs(listed), append(want, good.SessionID))
	for _, s := range listed {
		stored := f.load(s.SessionID)
		equal(f, "inspection", s.Inspection, builder.Inspect(stored))
		equal(f, "bytes", s.Bytes, len(stored.State))
		if s.SessionID != good.SessionID && (s.Status() != builder.StatusUnreadable || s.Problem == "") {
			f.Errorf("session %s is listed as %s, problem %q", s.SessionID, s.Status(), s.Problem)
		}
	}
}

func unreadableIsKept(f *fixture) {
	d := f.putBroken(broken[2])
	f.unchanged("a save over an unreadable draft", func() {
		for _, based := range []builder.Revision{d.Revision, builder.AnyRevision} {
			over := next(d, "replaces it")
			over.Revision = based
			for _, over.SchemaVersion = range []uint32{1, 9} {
				_, err := f.SaveDraft(f.ctx, over)
				f.failsFor(d.SessionID, "save", err, builder.ErrUnreadable)
			}
		}
		_, err := f.FinishSession(f.ctx, d.SessionID, d.Revision, entry(d.SessionID, builder.Coding, "finished"))
		f.failsFor(d.SessionID, "finish", err, builder.ErrUnreadable)
	})
}

func unreadableRestored(f *fixture) {
	d := f.putBroken(broken[3])
	f.unchanged("restoring what is no better", func() {
		_, err := f.RestoreRevision(f.ctx, d.SessionID, d.Revision, d.Revision)
		f.failsFor(d.SessionID, "restore", err, builder.ErrUnreadable)
	})
	f.tick()
	restored, err := f.RestoreRevision(f.ctx, d.SessionID, 2, d.Revision)
	f.noError("restore", err)
	want := next(d, "readable", "c")
	want.Revision, want.UpdatedAt = d.Revision+1, f.now()
	f.same("restored", restored, want)
	f.same("loaded", f.load(d.SessionID), want)
	kept, err := f.LoadRevision(f.ctx, d.SessionID, d.Revision)
	f.noError("load revision", err)
	f.same("the unreadable revision", kept, d)
	equal(f, "status", f.newest().Status(), builder.StatusOK)
	f.save(next(restored, "goes on"))
}

func unreadableDeleted(f *fixture) {
	d := f.putBroken(broken[3])
	f.typed(d.SessionID, builder.FieldTone, "half")
	f.delete(d.SessionID)
	f.noDraft(d.SessionID)
}

func unreadableConflict(f *fixture) {
	d := f.putBroken(broken[2])
	f.unchanged("a stale save over an unreadable draft", func() {
		for _, based := range []builder.Revision{0, d.Revision - 1, d.Revision + 1} {
			stale := next(d, "stale")
			stale.Revision = based
			_, err := f.SaveDraft(f.ctx, stale)
			f.conflict("save", err, based, d)
		}
	})
}

func unreadableNewer(f *fixture) {
	d := f.stored(f.id(), 1, "")
	d.SchemaVersion, d.State = 9, []byte("not even an object")
	f.put(draftRow("", d))
	f.unchanged("going on with an unreadable draft of a later program", func() {
		for _, based := range []builder.Revision{d.Revision, builder.AnyRevision} {
			over := draft(d.SessionID, "over it")
			over.Revision = based
			_, err := f.SaveDraft(f.ctx, over)
			f.failsFor(d.SessionID, "save", err, builder.ErrUnreadable)
		}
		_, err := f.FinishSession(f.ctx, d.SessionID, d.Revision, entry(d.SessionID, builder.Coding, "finished"))
		f.failsFor(d.SessionID, "finish", err, builder.ErrUnreadable)
	})
}

func versionNeverLowered(f *fixture) {
	id := f.id()
	newer := f.save(builder.Draft{SessionID: id, SchemaVersion: 9, State: []byte(`{"of":"a later program"}`)})
	old := draft(id, "of an older program")
	old.Revision, old.UpdatedAt = 1, newer.UpdatedAt
	f.unchanged("a save that lowers the schema version", func() {
		for _, based := range []builder.Revision{newer.Revision, builder.AnyRevision} {
			for _, version := range []uint32{1, 8} {
				lower := old
				lower.Revision, lower.SchemaVersion = based, version
				_, err := f.SaveDraft(f.ctx, lower)
				f.failsFor(id, "save", err, builder.ErrNewer)
				var e *builder.NewerError
				if !errors.As(err, &e) || e.Found != 9 || e.Known != uint64(version) {
					f.Errorf("save: %v does not tell version 9 from %d", err, version)
				}
			}
		}
		_, err := f.FinishSession(f.ctx, id, newer.Revision, entry(id, builder.Coding, "finished"))
		f.failsFor(id, "finish", err, builder.ErrNewer)
	})
	newer.State = []byte(`{"of":"a later program","again":true}`)
	equal(f, "version saved again", f.save(newer).SchemaVersion, 9)
}

func versionRaised(f *fixture) {
	first := f.save(draft(f.id(), "first"))
	raised := f.save(builder.Draft{SessionID: first.SessionID, Revision: 1, SchemaVersion: 2, State: []byte(`{"version":2}`)})
	equal(f, "version", raised.SchemaVersion, 2)
	kept, err := f.LoadRevision(f.ctx, first.SessionID, 1)
	f.noError("load revision", err)
	equal(f, "version of the first revision", kept.SchemaVersion, 1)
	history := f.history(first.SessionID, 10)
	equal(f, "revisions", len(history), 2)
	equal(f, "version in the history", history[0].SchemaVersion, 2)
	equal(f, "older version in the history", history[1].SchemaVersion, 1)
	f.unchanged("restoring a revision of a lower version", func() {
		_, err = f.RestoreRevision(f.ctx, first.SessionID, 1, 2)
		f.failsFor(first.SessionID, "restore", err, builder.ErrNewer)
	})
}

func overLimitIsReadable(f *fixture) {
	long := noise(builder.MaxDescription + 1)
	d := draft(f.id(), long)
	d.Revision, d.CreatedAt, d.UpdatedAt = 1, f.now(), f.now()
	f.put(draftRow("", d))
	f.same("loaded", f.load(d.SessionID), d)
	listed := f.drafts(1)
	equal(f, "status", listed[0].Status(), builder.StatusOK)
	equal(f, "description cut", listed[0].Description, builder.CutRunes(long, builder.SummaryRunes))
	shortened := f.save(next(d, "shortened"))
	f.unchanged("restoring what may not be saved", func() {
		_, err := f.RestoreRevision(f.ctx, d.SessionID, 1, shortened.Revision)
		f.invalid("restore", err, "initial_description", builder.MaxDescription)
	})
}

func unreadableEntry(f *fixture) {
	good := entry(f.id(), builder.Unknown, "good")
	f.record(good)
	bad := builder.StoredEntry{ID: f.id(), CreatedAt: f.tick(), Entry: []byte(`{"id":"half`)}
	f.put(builder.Row{Memory: &bad})
	for _, category := range []*builder.PurposeCategory{nil, &builder.Unknown} {
		found := f.recall(category, 1)
		sameIDs(f, "recalled", entryIDs(found), []uuid.UUID{bad.ID, good.ID})
		if len(found) == 2 && (found[0].Problem == "" || found[1].Problem != "") {
			f.Errorf("problems are %q and %q", found[0].Problem, found[1].Problem)
		}
	}
	loaded, err := f.LoadMemory(f.ctx, bad.ID)
	f.noError("load", err)
	f.sameEntry("loaded", loaded, builder.DecodeEntry(bad.ID, bad.CreatedAt, bad.Entry))
	f.unchanged("recording over an unreadable entry", func() {
		f.failsFor(bad.ID, "record", f.RecordMemory(f.ctx, entry(bad.ID, builder.Coding, "over it")), builder.ErrEntryExists)
	})
	forgotten, err := f.ForgetMemory(f.ctx, bad.ID)
	f.noError("forget", err)
	equal(f, "forgotten", forgotten, true)
}

func check(f *fixture) {
	ok := f.save(draft(f.id(), "ok"))
	bad := f.putBroken(broken[2])
	newer := f.as("other").save(builder.Draft{SessionID: f.id(), SchemaVersion: 9, State: []byte(`{}`)})
	long := draft(f.id(), noise(builder.MaxDescription+1))
	long.Revision = 1
	entry := builder.StoredEntry{ID: f.id(), CreatedAt: f.now(), Entry: []byte("{")}
	f.put(draftRow("", long), builder.Row{Memory: &entry})

	found := map[uuid.UUID]builder.Finding{}
	var others []builder.Finding
	f.unchanged("check", func() {
		for finding, err := range f.db.Check(f.ctx) {
			f.noError("check", err)
			if finding.Table == builder.TableDrafts {
				found[finding.SessionID] = finding
			} else {
				others = append(others, finding)
			}
		}
	})
	equal(f, "drafts", len(found), 4)
	for _, c := range []struct {
		id      uuid.UUID
		owner   string
		status  builder.Status
		problem bool
	}{
		{ok.SessionID, "", builder.StatusOK, false}, {bad.SessionID, "", builder.StatusUnreadable, true},
		{newer.SessionID, "other", builder.StatusNewer, false}, {long.SessionID, "", builder.StatusOK, true},
	} {
		got := found[c.id]
		if got.Status != c.status || (got.Problem != "") != c.problem || got.Owner != c.owner || got.Row == "" {
			f.Errorf("finding is %+v, want status %s, a problem %t, owner %q", got, c.status, c.problem, c.owner)
		}
	}
	if len(others) != 1 || others[0].Table != builder.TableMemory || others[0].Problem == "" || others[0].Status != "" {
		f.Errorf("findings of other rows: %+v, want one about the entry", others)
	}
	if slices.ContainsFunc(others, func(o builder.Finding) bool { return o.SessionID != uuid.Nil }) {
		f.Errorf("a finding that is not of a draft names a session")
	}
}
