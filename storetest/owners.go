package storetest

import (
	"errors"
	"fmt"
	"strings"

	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
)

var owners = []Case{
	{"owners with the same ids see only their own", fresh(ownersApart)},
	{"what one owner removes the others keep", fresh(removalsApart)},
	{"a cursor shows nothing of another owner", fresh(cursorsApart)},
	{"impossible owner names are refused by every call", fresh(badOwners)},
}

// names are owners that a careless store would take for each other.
var names = []string{
	"", "alice", "Alice", "alice ", " alice", "al", "%", "_lice", "alice%", "a'b", `a"b`, `a\b`, "'; DELETE FROM builder_drafts; --", "' OR '1'='1",
	"null", "0", "é", "e\u0301", "日本語", "🤖", "a\nb", "../alice", "alice/bob", strings.Repeat("x", builder.MaxOwner), strings.Repeat("x", builder.MaxOwner-1),
}

// settle gives every owner a draft, pending text, an entry and a preference,
// all under the same ids and each holding the owner's number.
func (f *fixture) settle(session, finished uuid.UUID) {
	f.Helper()
	for i, name := range names {
		g := f.as(name)
		word := fmt.Sprintf("owner%d", i)
		d := g.save(draft(session, "kilo "+word))
		g.save(next(d, "kilo "+word, "again"))
		g.typed(session, "tone", word)
		g.save(draft(finished, "kilo "+word))
		_, err := g.FinishSession(g.ctx, finished, 1, entry(finished, builder.Custom("shared"), "kilo "+word))
		g.noError("finish", err)
		g.noError("prefer", g.SetPreference(g.ctx, builder.Preference{Field: builder.FieldTone, Value: builder.Text(word), Never: true}))
	}
}

// ownOnly expects an owner to see what settle gave it, through every call.
func (f *fixture) ownOnly(i int, session, finished uuid.UUID) {
	f.Helper()
	g := f.as(names[i])
	word := fmt.Sprintf("owner%d", i)
	equal(f, "draft", string(g.load(session).State), string(state(session, "kilo "+word, "again")))
	kept, err := g.LoadRevision(g.ctx, session, 1)
	g.noError("load revision", err)
	equal(f, "first revision", string(kept.State), string(state(session, "kilo "+word)))
	equal(f, "revisions", len(g.history(session, 10)), 2)
	listed := g.drafts(1)
	sameIDs(f, "drafts", draftIDs(listed), []uuid.UUID{session})
	equal(f, "description", listed[0].Description, "kilo "+word)
	g.pendingIs(word, session, map[string]string{"tone": word})
	shared := builder.Custom("shared")
	similar, err := g.RecallSimilar(g.ctx, builder.Terms("kilo"), 100)
	g.noError("recall similar", err)
	loaded, err := g.LoadMemory(g.ctx, finished)
	g.noError("load memory", err)
	for _, found := range [][]builder.MemoryEntry{g.recall(nil, 1), g.recall(&shared, 1), similar, {loaded}} {
		if len(found) != 1 || found[0].Description != "kilo "+word {
			f.Errorf("%s sees the entries %v", word, found)
		}
	}
	sameIDs(f, "by another's word", g.similar(fmt.Sprintf("owner%d", (i+1)%len(names)), 10), nil)
	wishes, err := g.Preferences(g.ctx)
	g.noError("preferences", err)
	equal(f, "preferences", fmt.Sprint(wishes), fmt.Sprint(builder.Preferences{{Field: builder.FieldTone, Value: builder.Text(word), Never: true}}))
}

func ownersApart(f *fixture) {
	session, finished := f.id(), f.id()
	f.settle(session, finished)
	f.reopen()
	for i := range names {
		f.ownOnly(i, session, finished)
	}
	of := map[string]int{}
	for _, r := range f.rows() {
		of[r.Owner]++
	}
	for _, name := range names[1:] {
		equal(f, fmt.Sprintf("rows of %q", name), of[name], 5)
	}
	g := f.as("newcomer")
	g.noDraft(session)
	equal(f, "entries", len(g.recall(nil, 10)), 0)
	equal(f, "similar entries", len(g.similar("kilo", 10)), 0)
	_, err := g.LoadMemory(g.ctx, finished)
	f.fails("load memory", err, builder.ErrNotFound)
	g.save(draft(session, "the newcomer's"))
	g.save(draft(finished, "finished by others, not by the newcomer"))
}

func removalsApart(f *fixture) {
	session, finished := f.id(), f.id()
	f.settle(session, finished)
	const victim = 1
	g := f.as(names[victim])
	g.save(next(g.load(session), "saved by one"))
	_, err := g.RestoreRevision(g.ctx, session, 1, 3)
	g.noError("restore", err)
	g.delete(session)
	_, err = g.ForgetMemory(g.ctx, finished)
	g.noError("forget", err)
	g.noError("prefer", g.SetPreference(g.ctx, builder.Preference{Field: builder.FieldTone, Value: builder.Text("owner2")}))
	for i := range names {
		if i != victim {
			f.ownOnly(i, session, finished)
		}
	}
	for i := range names {
		if i == victim {
			continue
		}
		other := f.as(names[i])
		_, err := other.FinishSession(other.ctx, session, 2, entry(session, builder.Coding, "finished"))
		other.noError("finish", err)
		if i%2 == 0 {
			_, err = f.db.Erase(f.ctx, names[i])
			f.noError("erase", err)
		}
	}
	for i := range names {
		if i == victim || i%2 == 0 {
			continue
		}
		equal(f, "entries", len(f.as(names[i]).recall(nil, 10)), 2)
	}
}

func cursorsApart(f *fixture) {
	a, b := f.as("a"), f.as("b")
	var cursors, recalls []builder.Cursor
	for range 3 {
		f.tick()
		for _, g := range []*fixture{a, b} {
			g.save(draft(f.id(), "of "+"one"))
			g.record(entry(f.id(), builder.Coding, "of one"))
		}
		page, err := a.ListDrafts(f.ctx, builder.DraftQuery{Limit: 1})
		f.noError("list", err)
		cursors = append(cursors, page.Next)
		found, err := a.Recall(f.ctx, builder.MemoryQuery{Limit: 1})
		f.noError("recall", err)
		recalls = append(recalls, found.Next)
	}
	ofA := map[uuid.UUID]bool{}
	for _, d := range a.drafts(10) {
		ofA[d.SessionID] = true
	}
	for _, e := range a.recall(nil, 10) {
		ofA[e.ID] = true
	}
	for i := range cursors {
		page, err := b.ListDrafts(f.ctx, builder.DraftQuery{Limit: 10, Cursor: cursors[i]})
		f.noError("list", err)
		found, err := b.Recall(f.ctx, builder.MemoryQuery{Limit: 10, Cursor: recalls[i]})
		f.noError("recall", err)
		for _, id := range append(draftIDs(page.Drafts), entryIDs(found.Entries)...) {
			equal(f, "shown another's row", ofA[id], false)
		}
	}
}

// call is a method of a store, to be called for its error.
type call struct {
	name string
	do   func(f *fixture) error
}

// everyCall calls every method of a store on a draft at revision 2 and an
// entry, in ways that would succeed.
func everyCall(d builder.Draft, e builder.MemoryEntry, unsaved uuid.UUID) []call {
	wish := builder.Preference{Field: builder.FieldTone, Value: builder.Text("rude"), Never: true}
	return []call{
		{"SaveDraft", func(f *fixture) error { _, err := f.SaveDraft(f.ctx, next(d, "again"), "tone"); return err }},
		{"SaveDraft, new", func(f *fixture) error { _, err := f.SaveDraft(f.ctx, draft(unsaved, "new")); return err }},
		{"LoadDraft", func(f *fixture) error { _, err := f.LoadDraft(f.ctx, d.SessionID); return err }},
		{"ListDrafts", func(f *fixture) error { _, err := f.ListDrafts(f.ctx, builder.DraftQuery{Limit: 1}); return err }},
		{"DeleteDraft", func(f *fixture) error { _, err := f.DeleteDraft(f.ctx, d.SessionID); return err }},
		{"DraftHistory", func(f *fixture) error {
			_, err := f.DraftHistory(f.ctx, d.SessionID, builder.PageQuery{Limit: 1})
			return err
		}},
		{"LoadRevision", func(f *fixture) error { _, err := f.LoadRevision(f.ctx, d.SessionID, 1); return err }},
		{"RestoreRevision", func(f *fixture) error { _, err := f.RestoreRevision(f.ctx, d.SessionID, 1, d.Revision); return err }},
		{"SavePending", func(f *fixture) error { return f.SavePending(f.ctx, d.SessionID, "name", "half") }},
		{"LoadPending", func(f *fixture) error { _, err := f.LoadPending(f.ctx, d.SessionID); return err }},
		{"RecordMemory", func(f *fixture) error { return f.RecordMemory(f.ctx, entry(unsaved, builder.Coding, "new")) }},
		{"LoadMemory", func(f *fixture) error { _, err := f.LoadMemory(f.ctx, e.ID); return err }},
		{"Recall", func(f *fixture) error { _, err := f.Recall(f.ctx, builder.MemoryQuery{Limit: 1}); return err }},
		{"RecallSimilar", func(f *fixture) error { _, err := f.RecallSimilar(f.ctx, builder.Terms(e.Description), 1); return err }},
		{"ForgetMemory", func(f *fixture) error { _, err := f.ForgetMemory(f.ctx, e.ID); return err }},
		{"Preferences", func(f *fixture) error { _, err := f.Preferences(f.ctx); return err }},
		{"SetPreference", func(f *fixture) error { return f.SetPreference(f.ctx, wish) }},
		{"FinishSession", func(f *fixture) error {
			_, err := f.FinishSession(f.ctx, d.SessionID, d.Revision, entry(d.SessionID, builder.Coding, "done"))
			return err
		}},
	}
}

func badOwners(f *fixture) {
	d := f.save(draft(f.id(), "first"))
	e := entry(f.id(), builder.Coding, "kilo")
	f.record(e)
	f.unchanged("calls for impossible owners", func() {
		for _, name := range []string{"a\x00b", "\x00", "\xff", "\xed\xa0\x80", strings.Repeat("x", builder.MaxOwner+1)} {
			for _, c := range everyCall(d, e, f.id()) {
				if err := c.do(f.as(name)); !errors.Is(err, builder.ErrInvalid) {
					f.Errorf("%s for the owner %q: %v, want %q", c.name, name, err, builder.ErrInvalid)
				}
			}
			_, err := f.db.Erase(f.ctx, name)
			f.fails("erase", err, builder.ErrInvalid)
			_, err = f.db.Prune(f.ctx, builder.PrunePolicy{Owner: &name, DraftsBefore: f.tick()})
			f.fails("prune", err, builder.ErrInvalid)
			_, err = f.db.PutRows(f.ctx, []builder.Row{draftRow(name, d)}, builder.PutOptions{})
			f.fails("put rows", err, builder.ErrInvalid)
		}
	})
}
