package storetest

import (
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
)

var memory = []Case{
	{"recording the same entry again changes nothing", fresh(recordAgain)},
	{"another entry of the same id is refused", fresh(recordAnother)},
	{"an entry's time is its own, or else the store's", fresh(entryTimes)},
	{"categories that look alike are told apart", fresh(alikeCategories)},
	{"a forgotten entry is gone from every list", fresh(forget)},
	{"an entry shares nothing with the store", fresh(ownEntries)},
	{"similar: the newest entries of the rarest term come first", fresh(rarestFirst)},
	{"similar: equally rare terms go by their text", fresh(rarityTies)},
	{"similar: only the rarest terms count, of those there are", fresh(similarTerms)},
	{"similar: what is forgotten no longer counts", fresh(similarForgets)},
	{"similar: entries of one moment go by id", fresh(similarMoment)},
	{"similar: terms of every script", fresh(similarScripts)},
	{"preferences are kept, taken back and ordered", fresh(preferences)},
}

func recordAgain(f *fixture) {
	e := entry(f.id(), builder.Coding, "first")
	f.record(e)
	f.tick()
	f.reopen()
	f.unchanged("recording again", func() {
		f.record(e)
		stored, err := f.LoadMemory(f.ctx, e.ID)
		f.noError("load", err)
		f.record(stored)
	})
}

func recordAnother(f *fixture) {
	e := entry(f.id(), builder.Coding, "first")
	e.CreatedAt = f.now()
	f.record(e)
	slug := "kit"
	f.unchanged("recording another entry", func() {
		for _, change := range []func(e *builder.MemoryEntry){
			func(e *builder.MemoryEntry) { e.Description = "second" },
			func(e *builder.MemoryEntry) { e.Category = builder.Research },
			func(e *builder.MemoryEntry) { e.BotSlug = &slug },
			func(e *builder.MemoryEntry) { e.CreatedAt = e.CreatedAt.Add(time.Microsecond) },
			func(e *builder.MemoryEntry) { e.Choices = nil },
			func(e *builder.MemoryEntry) { e.Unknown = []byte(`{"x":1}`) },
		} {
			other := e
			change(&other)
			f.failsFor(e.ID, "record", f.RecordMemory(f.ctx, other), builder.ErrEntryExists)
		}
	})
}

func entryTimes(f *fixture) {
	timeless, timed := entry(f.id(), builder.Coding, "timeless"), entry(f.id(), builder.Coding, "timed")
	timed.CreatedAt = beginning.Add(-48 * time.Hour)
	f.record(timeless)
	f.record(timed)
	timeless.CreatedAt, timed.CreatedAt = f.now(), builder.StoredTime(timed.CreatedAt)
	for i, want := range []builder.MemoryEntry{timeless, timed} {
		f.sameEntry("recalled", f.recall(nil, 1)[i], want)
	}
	d := f.save(draft(f.id(), "to be finished"))
	e := entry(d.SessionID, builder.Coding, "finished long ago")
	e.CreatedAt = timed.CreatedAt.Add(-time.Hour)
	got, err := f.FinishSession(f.ctx, e.ID, 1, e)
	f.noError("finish", err)
	f.sameEntry("finished", got, e)
}

func alikeCategories(f *fixture) {
	ids := map[builder.PurposeCategory]uuid.UUID{}
	for _, c := range []builder.PurposeCategory{
		builder.Unknown, builder.Custom(""), builder.Custom("null"), builder.Custom("coding"), builder.Coding, builder.Custom("Coding"),
		builder.Custom(`"coding"`), builder.Custom("coding "), builder.Custom("caf\u00e9"), builder.Custom("cafe\u0301"), builder.Custom("%"),
		builder.Custom("c%g"), builder.Custom("_oding"), builder.Custom("<&>"), builder.Custom(`\u003c&>`), builder.Custom("\u2028"), builder.Custom(`a\b`), builder.Custom("a\nb"),
	} {
		ids[c] = f.id()
		f.record(entry(ids[c], c, "does something"))
	}
	f.reopen()
	for c, id := range ids {
		found := f.recall(&c, 5)
		sameIDs(f, fmt.Sprintf("recalled for %q", c), entryIDs(found), []uuid.UUID{id})
		for _, e := range found {
			equal(f, "category", e.Category, c)
		}
	}
	equal(f, "categories that nobody recorded", len(f.recall(&builder.Creative, 5)), 0)
	// The same category in another spelling is still the same.
	spelt := builder.StoredEntry{ID: f.id(), CreatedAt: f.tick()}
	spelt.Entry = fmt.Appendf(nil, `{"id":"%s","initial_description":"x","created_at":"2031-01-01T00:00:00Z","purpose_category":{ "custom" : "\u0025" }}`, spelt.ID)
	f.put(builder.Row{Memory: &spelt})
	c := builder.Custom("%")
	sameIDs(f, "recalled in any spelling", entryIDs(f.recall(&c, 5)), []uuid.UUID{spelt.ID, ids[c]})
}

func forget(f *fixture) {
	kept, dropped := entry(f.id(), builder.Coding, "kept"), entry(f.id(), builder.Coding, "dropped")
	f.record(kept)
	f.record(dropped)
	for _, want := range []bool{true, false} {
		forgotten, err := f.ForgetMemory(f.ctx, dropped.ID)
		f.noError("forget", err)
		equal(f, "forgotten", forgotten, want)
	}
	f.reopen()
	_, err := f.LoadMemory(f.ctx, dropped.ID)
	f.failsFor(dropped.ID, "load", err, builder.ErrNotFound)
	sameIDs(f, "all", entryIDs(f.recall(nil, 10)), []uuid.UUID{kept.ID})
	sameIDs(f, "coding", entryIDs(f.recall(&builder.Coding, 10)), []uuid.UUID{kept.ID})
	sameIDs(f, "similar", f.similar("dropped", 10), nil)
	for _, r := range f.rows() {
		if r.Memory != nil && r.Memory.ID == dropped.ID {
			f.Errorf("left behind: %s", describe(r))
		}
	}
}

func ownEntries(f *fixture) {
	slug := "kit"
	e := entry(f.id(), builder.Coding, "kept")
	e.BotSlug, e.CreatedAt = &slug, f.now()
	want, err := builder.EncodeEntry(e)
	f.noError("encode", err)
	f.record(e)
	scribble := func(e builder.MemoryEntry) {
		*e.BotSlug = "scribbled"
		e.Choices[builder.FieldTone] = builder.Choice{Value: builder.Text("scribbled"), Source: builder.Chosen}
	}
	scribble(e)
	for _, e := range f.recall(nil, 1) {
		scribble(e)
	}
	loaded, err := f.LoadMemory(f.ctx, e.ID)
	f.noError("load", err)
	scribble(loaded)
	for _, r := range f.rows() {
		if r.Memory != nil {
			clear(r.Memory.Entry)
		}
	}
	stored, err := f.LoadMemory(f.ctx, e.ID)
	f.noError("load", err)
	got, err := builder.EncodeEntry(stored)
	f.noError("encode", err)
	equal(f, "entry", string(got), string(want))
}

// similar recalls by a text and returns the ids found.
func (f *fixture) similar(text string, limit int) []uuid.UUID {
	f.Helper()
	found, err := f.RecallSimilar(f.ctx, builder.Terms(text), limit)
	f.noError("recall similar", err)
	return entryIDs(found)
}

// described records an entry a second after the one before.
func (f *fixture) described(description string) uuid.UUID {
	f.Helper()
	f.tick()
	e := entry(f.id(), builder.Coding, description)
	f.record(e)
	return e.ID
}

func rarestFirst(f *fixture) {
	old := f.described("zulu kilo")
	var common []uuid.UUID
	for range 5 {
		common = append([]uuid.UUID{f.described("kilo lima")}, common...)
	}
	f.described("nothing of the kind")
	sameIDs(f, "limit 1", f.similar("kilo zulu", 1), []uuid.UUID{old})
	sameIDs(f, "limit 3", f.similar("kilo zulu", 3), []uuid.UUID{common[0], common[1], old})
	sameIDs(f, "all", f.similar("zulu kilo kilo", 50), append(common, old))
	sameIDs(f, "lima alone", f.similar("lima", 2), common[:2])
	sameIDs(f, "unknown terms", f.similar("papa quebec", 10), nil)
	none, err := f.RecallSimilar(f.ctx, nil, 10)
	f.noError("recall similar", err)
	equal(f, "entries for no terms", len(none), 0)
	twice, err := f.RecallSimilar(f.ctx, []string{"kilo", "kilo", "zulu", "kilo"}, 1)
	f.noError("recall similar", err)
	sameIDs(f, "terms given twice", entryIDs(twice), []uuid.UUID{old})
}

func rarityTies(f *fixture) {
	alpha := []uuid.UUID{f.described("alpha"), f.described("alpha")}
	bravo := []uuid.UUID{f.described("bravo"), f.described("bravo")}
	sameIDs(f, "limit 2", f.similar("bravo alpha", 2), []uuid.UUID{alpha[1], alpha[0]})
	sameIDs(f, "limit 3", f.similar("bravo alpha", 3), []uuid.UUID{bravo[1], alpha[1], alpha[0]})
}

func similarTerms(f *fixture) {
	var text string
	var want []uuid.UUID
	for i := range builder.SimilarTerms {
		term := fmt.Sprintf("term%c", 'a'+i)
		text += " " + term
		want = append([]uuid.UUID{f.described(term)}, want...)
	}
	f.described("termz")
	f.described("termz")
	sameIDs(f, "eight rare terms and a common one", f.similar("termz"+text, 50), want)
	unknown := ""
	for i := range 20 {
		unknown += fmt.Sprintf(" nobody%c", 'a'+i)
	}
	sameIDs(f, "after many terms that nobody has", f.similar(unknown+text, 50), want)
	f.as("other").described("terma")
	f.as("other").described("terma")
	sameIDs(f, "after another owner's entries", f.similar("termz"+text, 50), want)
}

func similarForgets(f *fixture) {
	zulu := []uuid.UUID{f.described("zulu"), f.described("zulu")}
	kilo := []uuid.UUID{f.described("kilo"), f.described("kilo"), f.described("kilo")}
	sameIDs(f, "zulu is rarer", f.similar("kilo zulu", 1), zulu[1:])
	for _, id := range kilo[1:] {
		_, err := f.ForgetMemory(f.ctx, id)
		f.noError("forget", err)
	}
	f.reopen()
	sameIDs(f, "kilo is rarer", f.similar("kilo zulu", 1), kilo[:1])
	_, err := f.ForgetMemory(f.ctx, kilo[0])
	f.noError("forget", err)
	sameIDs(f, "kilo is forgotten", f.similar("kilo zulu", 1), zulu[1:])
	f.record(entry(kilo[0], builder.Coding, "kilo"))
	sameIDs(f, "kilo is back", f.similar("kilo zulu", 1), kilo[:1])
}

func similarMoment(f *fixture) {
	at := map[uuid.UUID]time.Time{}
	for range 9 {
		e := entry(f.id(), builder.Coding, "kilo")
		f.record(e)
		at[e.ID] = f.now()
	}
	for _, limit := range []int{1, 4, 9} {
		sameIDs(f, fmt.Sprint("limit ", limit), f.similar("kilo", limit), ordered(at)[:limit])
	}
}

func similarScripts(f *fixture) {
	for _, text := range []string{"日本語の先生", "переводит письма", "écrit des poèmes", "δάσκαλος", "it's naïve"} {
		id := f.described(text)
		sameIDs(f, "found by "+text, f.similar(text, 1), []uuid.UUID{id})
	}
}

func preferences(f *fixture) {
	all := builder.Preferences{
		{Field: builder.FieldModel, Value: builder.Text("m1"), Never: true},
		{Field: builder.FieldModel, Value: builder.Text("m2"), Never: true},
		{Field: builder.FieldTone, Value: builder.Number(7), Never: true},
		{Field: builder.FieldTone, Value: builder.Text("7"), Never: true},
	}
	set := func(p builder.Preference) { f.Helper(); f.noError("prefer", f.SetPreference(f.ctx, p)) }
	are := func(want ...builder.Preference) {
		f.Helper()
		got, err := f.Preferences(f.ctx)
		f.noError("preferences", err)
		if fmt.Sprint(got) != fmt.Sprint(builder.Preferences(want)) {
			f.Errorf("preferences are %v, want %v", got, want)
		}
		for _, p := range want {
			equal(f, "never", got.Never(p.Field, p.Value), true)
		}
	}
	are()
	for _, i := range []int{3, 1, 0, 2, 1} {
		set(all[i])
	}
	f.reopen()
	// By the text of the value as JSON: a quote sorts before a digit.
	are(all[0], all[1], all[3], all[2])
	taken := all[1]
	taken.Never = false
	for range 2 {
		set(taken)
		are(all[0], all[3], all[2])
	}
}
