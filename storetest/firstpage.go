package storetest

import (
	"slices"

	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
)

// firstPage holds the behaviours that the system before this one was tested
// for.
var firstPage = []Case{
	{"a draft comes back as it was saved", fresh(roundTrip)},
	{"a later save replaces the draft", fresh(laterSaveReplaces)},
	{"a draft that was never saved is not found", fresh(missingDraft)},
	{"drafts are listed newest first with their summaries", fresh(listing)},
	{"a deleted draft is gone from load and list", fresh(deleting)},
	{"deleting what is not there is no error", fresh(deletingNothing)},
	{"the schema version is kept as given", fresh(schemaVersionKept)},
	{"a memory entry is recalled by its category", fresh(recordAndRecall)},
	{"recent memory comes newest first, up to the limit", fresh(recentMemory)},
	{"a category without entries recalls nothing", fresh(emptyCategory)},
	{"an empty memory recalls nothing", fresh(emptyMemory)},
	{"optional fields of an entry come back present or absent", fresh(optionalFields)},
	{"other categories are left out", fresh(otherCategories)},
}

func roundTrip(f *fixture) {
	d := draft(f.id(), "reviews Go code", "Kit", "formal")
	saved := f.save(d)
	d.Revision, d.CreatedAt, d.UpdatedAt = 1, f.now(), f.now()
	f.same("saved", saved, d)
	f.same("loaded", f.load(d.SessionID), d)
}

func laterSaveReplaces(f *fixture) {
	first := f.save(draft(f.id(), "first"))
	f.tick()
	second := next(first, "second", "an answer")
	saved := f.save(second)
	second.Revision, second.UpdatedAt = 2, f.now()
	f.same("saved", saved, second)
	f.same("loaded", f.load(first.SessionID), second)
	equal(f, "drafts", len(f.drafts(10)), 1)
}

func missingDraft(f *fixture) {
	id := f.id()
	_, err := f.LoadDraft(f.ctx, id)
	f.failsFor(id, "load", err, builder.ErrNotFound)
	_, err = f.DraftHistory(f.ctx, id, builder.PageQuery{Limit: 10})
	f.failsFor(id, "history", err, builder.ErrNotFound)
	_, err = f.LoadRevision(f.ctx, id, 1)
	f.failsFor(id, "load revision", err, builder.ErrNotFound)
	_, err = f.RestoreRevision(f.ctx, id, 1, 1)
	f.failsFor(id, "restore", err, builder.ErrNotFound)
	equal(f, "pending texts", len(f.pending(id)), 0)
	equal(f, "drafts", len(f.drafts(10)), 0)
}

func listing(f *fixture) {
	var saved []builder.Draft
	for _, description := range []string{"one", "two", "three"} {
		f.tick()
		saved = append(saved, f.save(draft(f.id(), description)))
	}
	f.tick()
	saved = append(saved[1:], f.save(next(saved[0], "one again", "answered")))
	slices.Reverse(saved)
	listed := f.drafts(10)
	if len(listed) != 3 {
		f.Fatalf("%d drafts listed, want 3", len(listed))
	}
	for i, description := range []string{"one again", "three", "two"} {
		got, want := listed[i], saved[i]
		equal(f, "session", got.SessionID, want.SessionID)
		equal(f, "revision", got.Revision, want.Revision)
		equal(f, "schema version", got.SchemaVersion, want.SchemaVersion)
		f.sameTime("created", got.CreatedAt, want.CreatedAt)
		f.sameTime("updated", got.UpdatedAt, want.UpdatedAt)
		equal(f, "bytes", got.Bytes, len(want.State))
		equal(f, "inspection", got.Inspection, builder.Inspection{Description: description, Phase: builder.PhaseBasics, Category: builder.Coding})
		equal(f, "status", got.Status(), builder.StatusOK)
	}
}

func deleting(f *fixture) {
	kept, dropped := f.save(draft(f.id(), "kept")), f.save(draft(f.id(), "dropped"))
	f.delete(dropped.SessionID)
	_, err := f.LoadDraft(f.ctx, dropped.SessionID)
	f.failsFor(dropped.SessionID, "load", err, builder.ErrNotFound)
	equal(f, "drafts", len(f.drafts(10)), 1)
	f.same("the other draft", f.load(kept.SessionID), kept)
}

func deletingNothing(f *fixture) {
	id := f.id()
	for range 2 {
		deleted, err := f.DeleteDraft(f.ctx, id)
		f.noError("delete", err)
		equal(f, "deleted", deleted, false)
	}
	// Nothing was there, so nothing is gone.
	f.save(draft(id, "created after all"))
}

func schemaVersionKept(f *fixture) {
	id := f.id()
	d := builder.Draft{SessionID: id, SchemaVersion: 7, State: []byte(`{"of":"a later program"}`)}
	equal(f, "saved version", f.save(d).SchemaVersion, 7)
	equal(f, "loaded version", f.load(id).SchemaVersion, 7)
	listed := f.drafts(10)
	equal(f, "drafts", len(listed), 1)
	equal(f, "listed version", listed[0].SchemaVersion, 7)
	equal(f, "status", listed[0].Status(), builder.StatusNewer)
}

func recordAndRecall(f *fixture) {
	e := entry(f.id(), builder.Coding, "reviews Go code")
	f.record(e)
	e.CreatedAt = f.now()
	found := f.recall(&builder.Coding, 10)
	if len(found) != 1 {
		f.Fatalf("%d entries recalled, want 1", len(found))
	}
	f.sameEntry("recalled", found[0], e)
	loaded, err := f.LoadMemory(f.ctx, e.ID)
	f.noError("load", err)
	f.sameEntry("loaded", loaded, e)
	_, err = f.LoadMemory(f.ctx, f.id())
	f.fails("load another", err, builder.ErrNotFound)
}

func recentMemory(f *fixture) {
	var want []uuid.UUID
	for range 5 {
		f.tick()
		e := entry(f.id(), builder.Creative, "writes poems")
		f.record(e)
		want = append([]uuid.UUID{e.ID}, want...)
	}
	page, err := f.Recall(f.ctx, builder.MemoryQuery{Limit: 3})
	f.noError("recall", err)
	sameIDs(f, "the newest three", entryIDs(page.Entries), want[:3])
	sameIDs(f, "all, page by page", entryIDs(f.recall(nil, 2)), want)
}

func emptyCategory(f *fixture) {
	f.record(entry(f.id(), builder.Coding, "reviews Go code"))
	equal(f, "entries", len(f.recall(&builder.Research, 10)), 0)
}

func emptyMemory(f *fixture) {
	equal(f, "entries", len(f.recall(nil, 10)), 0)
	similar, err := f.RecallSimilar(f.ctx, builder.Terms("reviews Go code"), 10)
	f.noError("recall similar", err)
	equal(f, "similar entries", len(similar), 0)
}

func optionalFields(f *fixture) {
	slug := "kit"
	full := builder.MemoryEntry{
		ID: f.id(), Category: builder.Custom("game-master"), Description: "leads a game", BotSlug: &slug, CreatedAt: f.now(),
		Choices: map[string]builder.Choice{
			builder.FieldTone:        {Value: builder.Text("dark"), Source: builder.Chosen, Unknown: []byte(`{"since":12345678901234567890}`)},
			builder.FieldSkills:      {Value: builder.List("dice", "maps"), Source: builder.Accepted},
			builder.FieldTemperature: {Value: builder.Number(0.7), Source: builder.Default},
			"of-a-later-program":     {Value: builder.Text("x"), Source: "guessed"},
		},
		Declined: []builder.Decline{{Field: builder.FieldModel, Value: builder.Text("m")}},
		Unknown:  []byte(`{"mood":{"at":12345678901234567890}}`),
	}
	bare := builder.MemoryEntry{ID: f.id(), CreatedAt: f.now(), Choices: map[string]builder.Choice{}}
	for _, e := range []builder.MemoryEntry{full, bare} {
		f.record(e)
		loaded, err := f.LoadMemory(f.ctx, e.ID)
		f.noError("load", err)
		f.sameEntry("loaded", loaded, e)
		equal(f, "has a slug", loaded.BotSlug != nil, e.BotSlug != nil)
	}
}

func otherCategories(f *fixture) {
	ids := map[builder.PurposeCategory]uuid.UUID{}
	for _, c := range append(builder.FixedCategories(), builder.Unknown, builder.Custom("coding"), builder.Custom("")) {
		ids[c] = f.id()
		f.record(entry(ids[c], c, "does something"))
	}
	for c, id := range ids {
		sameIDs(f, "recalled for "+c.String(), entryIDs(f.recall(&c, 10)), []uuid.UUID{id})
	}
}
