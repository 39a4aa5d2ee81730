package storetest

import (
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
)

var lists = []Case{
	{"drafts of one moment are listed by id, each once", fresh(equalTimes)},
	{"entries of one moment are recalled by id, each once", fresh(equalEntryTimes)},
	{"a draft that nobody saves appears once while others change", fresh(changesWhilePaging)},
	{"an entry appears once while others come and go", fresh(memoryWhilePaging)},
	{"a list without a limit is empty", fresh(noLimit)},
	{"a page has an upper limit", fresh(pageCap)},
	{"the last page says so", fresh(lastPage)},
	{"a cursor of another list is refused", fresh(foreignCursors)},
	{"descriptions are cut for listing", fresh(cutDescriptions)},
	{"a list shows drafts of any age in order", fresh(anyAge)},
}

// ordered sorts rows the way every list does.
func ordered(at map[uuid.UUID]time.Time) []uuid.UUID {
	var ids []uuid.UUID
	for id := range at {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b uuid.UUID) int {
		if c := at[b].Compare(at[a]); c != 0 {
			return c
		}
		return slices.Compare(b[:], a[:])
	})
	return ids
}

func equalTimes(f *fixture) {
	at := map[uuid.UUID]time.Time{}
	for i := range 40 {
		if i%13 == 12 {
			f.clock.advance(time.Microsecond)
		}
		at[f.save(draft(f.id(), "one of many")).SessionID] = f.now()
	}
	for _, size := range []int{1, 2, 7, 13, 40, 41} {
		sameIDs(f, fmt.Sprintf("pages of %d", size), draftIDs(f.drafts(size)), ordered(at))
	}
}

func equalEntryTimes(f *fixture) {
	coding, all := map[uuid.UUID]time.Time{}, map[uuid.UUID]time.Time{}
	for i := range 40 {
		if i%13 == 12 {
			f.clock.advance(time.Microsecond)
		}
		e := entry(f.id(), builder.Creative, "one of many")
		if i%2 == 0 {
			e.Category = builder.Coding
			coding[e.ID] = f.now()
		}
		f.record(e)
		all[e.ID] = f.now()
	}
	for _, size := range []int{1, 2, 7, 13, 40, 41} {
		sameIDs(f, fmt.Sprintf("all, pages of %d", size), entryIDs(f.recall(nil, size)), ordered(all))
		sameIDs(f, fmt.Sprintf("coding, pages of %d", size), entryIDs(f.recall(&builder.Coding, size)), ordered(coding))
	}
}

// changesWhilePaging saves, creates and deletes drafts between the pages: some
// move from behind the cursor to before it, the row at the cursor goes away.
func changesWhilePaging(f *fixture) {
	still, restless := map[uuid.UUID]int{}, []builder.Draft{}
	for i := range 30 {
		if i%4 == 0 {
			f.tick()
		}
		d := f.save(draft(f.id(), "one of many"))
		if i%2 == 0 {
			still[d.SessionID] = 0
		} else {
			restless = append(restless, d)
		}
	}
	pages(f, func(c builder.Cursor) ([]builder.DraftSummary, builder.Cursor, error) {
		p, err := f.ListDrafts(f.ctx, builder.DraftQuery{Limit: 4, Cursor: c})
		for _, d := range p.Drafts {
			if n, ok := still[d.SessionID]; ok {
				still[d.SessionID] = n + 1
			}
		}
		f.tick()
		f.save(draft(f.id(), "created meanwhile"))
		if n := len(restless); n > 2 {
			f.save(next(restless[0], "saved meanwhile"))
			f.delete(restless[n-1].SessionID)
			restless = restless[1 : n-1]
		}
		return p.Drafts, p.Next, err
	})
	for id, n := range still {
		if n != 1 {
			f.Errorf("session %s appeared %d times", id, n)
		}
	}
}

func memoryWhilePaging(f *fixture) {
	still, fleeting := map[uuid.UUID]int{}, []uuid.UUID{}
	for i := range 20 {
		if i%4 == 0 {
			f.tick()
		}
		e := entry(f.id(), builder.Coding, "one of many")
		f.record(e)
		if i%2 == 0 {
			still[e.ID] = 0
		} else {
			fleeting = append(fleeting, e.ID)
		}
	}
	pages(f, func(c builder.Cursor) ([]builder.MemoryEntry, builder.Cursor, error) {
		p, err := f.Recall(f.ctx, builder.MemoryQuery{Limit: 3, Cursor: c, Category: &builder.Coding})
		for _, e := range p.Entries {
			if n, ok := still[e.ID]; ok {
				still[e.ID] = n + 1
			}
		}
		f.tick()
		f.record(entry(f.id(), builder.Coding, "recorded meanwhile"))
		if n := len(fleeting); n > 0 {
			_, err := f.ForgetMemory(f.ctx, fleeting[n/2])
			f.noError("forget", err)
			fleeting = slices.Delete(fleeting, n/2, n/2+1)
		}
		return p.Entries, p.Next, err
	})
	for id, n := range still {
		if n != 1 {
			f.Errorf("entry %s appeared %d times", id, n)
		}
	}
}

func noLimit(f *fixture) {
	d := f.save(draft(f.id(), "one"))
	f.record(entry(f.id(), builder.Coding, "one"))
	for _, limit := range []int{0, -1, -1 << 62} {
		drafts, err := f.ListDrafts(f.ctx, builder.DraftQuery{Limit: limit})
		f.noError("list", err)
		equal(f, "drafts", len(drafts.Drafts), 0)
		revisions, err := f.DraftHistory(f.ctx, d.SessionID, builder.PageQuery{Limit: limit})
		f.noError("history", err)
		equal(f, "revisions", len(revisions.Revisions), 0)
		memory, err := f.Recall(f.ctx, builder.MemoryQuery{Limit: limit})
		f.noError("recall", err)
		equal(f, "entries", len(memory.Entries), 0)
		similar, err := f.RecallSimilar(f.ctx, builder.Terms("one"), limit)
		f.noError("recall similar", err)
		equal(f, "similar entries", len(similar), 0)
	}
}

func pageCap(f *fixture) {
	const n = builder.MaxPage + 3
	var rows []builder.Row
	for range n {
		d := draft(f.id(), "one of many")
		d.Revision, d.CreatedAt, d.UpdatedAt = 1, f.now(), f.now()
		b, err := builder.EncodeEntry(entry(d.SessionID, builder.Coding, "one of many"))
		f.noError("encode", err)
		rows = append(rows, draftRow("", d), builder.Row{Owner: "other", Memory: &builder.StoredEntry{ID: d.SessionID, CreatedAt: f.now(), Entry: b}})
	}
	f.put(rows...)
	for _, limit := range []int{builder.MaxPage, builder.MaxPage + 1, 1 << 62} {
		page, err := f.ListDrafts(f.ctx, builder.DraftQuery{Limit: limit})
		f.noError("list", err)
		equal(f, "drafts on a page", len(page.Drafts), builder.MaxPage)
		memory, err := f.as("other").Recall(f.ctx, builder.MemoryQuery{Limit: limit})
		f.noError("recall", err)
		equal(f, "entries on a page", len(memory.Entries), builder.MaxPage)
		similar, err := f.as("other").RecallSimilar(f.ctx, builder.Terms("many"), limit)
		f.noError("recall similar", err)
		equal(f, "similar entries", len(similar), builder.MaxPage)
	}
	equal(f, "drafts", len(f.drafts(1<<62)), n)
	equal(f, "entries", len(f.as("other").recall(nil, 1<<62)), n)
}

func lastPage(f *fixture) {
	for range 4 {
		f.save(draft(f.id(), "one of many"))
		f.record(entry(f.id(), builder.Coding, "one of many"))
	}
	for _, limit := range []int{4, 5} {
		drafts, err := f.ListDrafts(f.ctx, builder.DraftQuery{Limit: limit})
		f.noError("list", err)
		equal(f, "next after all drafts", drafts.Next, "")
		memory, err := f.Recall(f.ctx, builder.MemoryQuery{Limit: limit})
		f.noError("recall", err)
		equal(f, "next after all entries", memory.Next, "")
	}
}

func foreignCursors(f *fixture) {
	d := f.save(draft(f.id(), "first"))
	f.save(next(d, "second"))
	f.save(draft(f.id(), "another"))
	f.record(entry(f.id(), builder.Coding, "one"))
	f.record(entry(f.id(), builder.Coding, "another"))

	lists := []struct {
		name string
		page func(c builder.Cursor) (builder.Cursor, error)
	}{
		{"drafts", func(c builder.Cursor) (builder.Cursor, error) {
			p, err := f.ListDrafts(f.ctx, builder.DraftQuery{Limit: 1, Cursor: c})
			return p.Next, err
		}},
		{"memory", func(c builder.Cursor) (builder.Cursor, error) {
			p, err := f.Recall(f.ctx, builder.MemoryQuery{Limit: 1, Cursor: c})
			return p.Next, err
		}},
		{"history", func(c builder.Cursor) (builder.Cursor, error) {
			p, err := f.DraftHistory(f.ctx, d.SessionID, builder.PageQuery{Limit: 1, Cursor: c})
			return p.Next, err
		}},
		{"rows", func(c builder.Cursor) (builder.Cursor, error) {
			for r, err := range f.db.Rows(f.ctx, c) {
				return r.Next, err
			}
			return "", nil
		}},
	}
	cursors := map[string]builder.Cursor{"rubbish": "rubbish", "not base64": "!", "one byte": "AQ", "too long": "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}
	for _, l := range lists {
		c, err := l.page("")
		f.noError("first page of "+l.name, err)
		if c == "" {
			f.Fatalf("%s: the first of two rows has no cursor", l.name)
		}
		cursors[l.name] = c
	}
	for _, l := range lists {
		for of, c := range cursors {
			if _, err := l.page(c); of == l.name {
				f.noError(l.name+" with its own cursor", err)
			} else {
				f.fails(l.name+" with the cursor "+of, err, builder.ErrBadCursor)
			}
		}
	}
}

func cutDescriptions(f *fixture) {
	long := ""
	for i := range builder.SummaryRunes + 50 {
		long += string([]rune("aé日🤖")[i%4])
	}
	d := f.save(draft(f.id(), long))
	equal(f, "description listed", f.newest().Description, builder.CutRunes(long, builder.SummaryRunes))
	equal(f, "description stored", f.decoded(d.SessionID).Description, long)
}

func anyAge(f *fixture) {
	at := map[uuid.UUID]time.Time{}
	for _, t := range []time.Time{
		time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(1969, 12, 31, 23, 59, 59, 999999000, time.UTC), time.Unix(0, 0),
		time.Date(1970, 1, 1, 0, 0, 0, 1000, time.UTC), time.Date(2026, 5, 3, 10, 0, 0, 0, time.FixedZone("", 7200)), time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC),
	} {
		d := draft(f.id(), "of some age")
		d.Revision, d.CreatedAt, d.UpdatedAt = 1, t, t
		at[d.SessionID] = t
		f.put(draftRow("", d))
		f.sameTime("updated", f.load(d.SessionID).UpdatedAt, t)
	}
	for _, size := range []int{1, 2, 10} {
		sameIDs(f, "drafts of any age", draftIDs(f.drafts(size)), ordered(at))
	}
}
