package storetest

import (
	"fmt"
	"slices"
	"time"

	"github.com/boternity/boternity/builder"
)

// furnish stores something of every kind, for several owners, and returns the
// drafts of the sessions that are gone.
func (f *fixture) furnish() (ended []builder.Row) {
	f.Helper()
	for _, owner := range []string{"", "alice", "b%'\"\n日"} {
		g := f.as(owner)
		d := g.save(draft(f.id(), "first of "+owner))
		for i := range 4 {
			g.tick()
			d = g.save(next(d, "first of "+owner, noise(i*700)))
		}
		g.typed(d.SessionID, "tone", "half")
		g.typed(d.SessionID, "name", "%'\"\\\n日")
		odd := g.save(builder.Draft{SessionID: f.id(), SchemaVersion: 9, State: []byte(" {\"b\":1.50 } ")})
		g.save(builder.Draft{SessionID: odd.SessionID, Revision: 1, SchemaVersion: 10, State: []byte("{ }")})
		g.finish(g.save(draft(f.id(), "finished")))
		g.record(entry(f.id(), builder.Custom("a\"b"), "recorded"))
		deleted, forgotten := g.save(draft(f.id(), "deleted")), g.save(draft(f.id(), "forgotten"))
		ended = append(ended, draftRow(owner, deleted), draftRow(owner, forgotten))
		g.delete(deleted.SessionID)
		g.finish(forgotten)
		_, err := g.ForgetMemory(g.ctx, forgotten.SessionID)
		g.noError("forget", err)
		for _, v := range []builder.Value{builder.Text("rude"), builder.Number(1.5), builder.List("a", "b")} {
			g.noError("prefer", g.SetPreference(g.ctx, builder.Preference{Field: builder.FieldTone, Value: v, Never: true}))
		}
		bad := builder.Draft{SessionID: f.id(), Revision: 7, SchemaVersion: 1, State: []byte("\x00not a state\xff"), CreatedAt: f.tick(), UpdatedAt: f.tick()}
		f.put(draftRow(owner, bad), builder.Row{Owner: owner, Memory: &builder.StoredEntry{ID: f.id(), CreatedAt: f.now(), Entry: []byte("\x00not an entry\xff")}})
	}
	return ended
}

func copyEverything(t T, h Harness) {
	from, to := begin(t, h, 0), begin(t, h, 0)
	ended := from.furnish()
	to.clock.advance(1000 * time.Hour)
	from.reopen()
	all := from.rows()
	for round, want := range []builder.Put{builder.PutAdded, builder.PutAlready, builder.PutAlready} {
		for batch := range slices.Chunk(all, 5) {
			for i, outcome := range to.put(batch...) {
				if outcome != want {
					t.Errorf("round %d: %s: %s, want %s", round, describe(batch[i]), outcome, want)
				}
			}
		}
		to.sameRows("the copy", to.snapshot(), from.snapshot())
		to.reopen()
	}
	for _, outcome := range to.put(ended...) {
		equal(to, "a session that is gone in the original", outcome, builder.PutGone)
	}
	for _, owner := range []string{"", "alice"} {
		to.as(owner).looksLike(from.as(owner))
	}
}

// looksLike compares two owners' views, whatever Rows says of them.
func (f *fixture) looksLike(original *fixture) {
	f.Helper()
	a, b := original, f
	equal(f, "the list", fmt.Sprintf("%+v", b.drafts(3)), fmt.Sprintf("%+v", a.drafts(3)))
	for _, d := range a.drafts(100) {
		f.same("the draft", b.load(d.SessionID), a.load(d.SessionID))
		equal(f, "the history", fmt.Sprintf("%+v", b.history(d.SessionID, 3)), fmt.Sprintf("%+v", a.history(d.SessionID, 3)))
		f.pendingIs("the copy", d.SessionID, a.pending(d.SessionID))
	}
	sameIDs(f, "the memory", entryIDs(b.recall(nil, 3)), entryIDs(a.recall(nil, 3)))
	sameIDs(f, "similar entries", b.similar("finished recorded", 10), a.similar("finished recorded", 10))
	wishes, err := a.Preferences(f.ctx)
	f.noError("preferences", err)
	copied, err := b.Preferences(f.ctx)
	f.noError("preferences", err)
	equal(f, "preferences", fmt.Sprint(copied), fmt.Sprint(wishes))
}

func rowsGoOn(f *fixture) {
	f.furnish()
	all := f.rows()
	f.reopen()
	for i, r := range all {
		var rest []string
		for r, err := range f.db.Rows(f.ctx, r.Next) {
			f.noError("rows", err)
			rest = append(rest, describe(r))
			if len(rest) > len(all) {
				f.Fatalf("the rows after row %d do not end", i)
			}
		}
		var want []string
		for _, r := range all[i+1:] {
			want = append(want, describe(r))
		}
		if !slices.Equal(rest, want) {
			f.Fatalf("after row %d of %d, %s, come %d rows, want %d", i, len(all), describe(r), len(rest), len(want))
		}
	}
}
