package recall_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/recall"
	"github.com/google/uuid"
)

var now = time.Date(2026, time.May, 10, 12, 0, 0, 0, time.UTC)

// id is the entry's number as its id.
func id(n int) uuid.UUID {
	return uuid.MustParse(fmt.Sprintf("019c0000-0000-7000-8000-%012d", n))
}

func ids(numbers ...int) []uuid.UUID {
	list := make([]uuid.UUID, len(numbers))
	for i, n := range numbers {
		list[i] = id(n)
	}
	return list
}

type choices map[string]builder.Choice

func chosen(v builder.Value) builder.Choice { return builder.Choice{Value: v, Source: builder.Chosen} }
func accepted(v builder.Value) builder.Choice {
	return builder.Choice{Value: v, Source: builder.Accepted}
}
func defaulted(v builder.Value) builder.Choice {
	return builder.Choice{Value: v, Source: builder.Default}
}
func imported(v builder.Value) builder.Choice {
	return builder.Choice{Value: v, Source: builder.Imported}
}

// bot is a coding bot finished so many days ago.
func bot(n, daysAgo int, c choices) builder.MemoryEntry {
	return builder.MemoryEntry{
		ID: id(n), Category: builder.Coding, Description: "checks pull requests", Choices: c,
		CreatedAt: now.AddDate(0, 0, -daysAgo),
	}
}

func formal() choices { return choices{builder.FieldTone: chosen(builder.Text("formal"))} }
func casual() choices { return choices{builder.FieldTone: chosen(builder.Text("casual"))} }

func suggest(entries []builder.MemoryEntry, prefs builder.Preferences) []recall.Suggestion {
	return recall.Suggest(entries, prefs, recall.Query{Description: "a bot that reviews Go code", Now: now})
}

func forField(suggestions []recall.Suggestion, field string) recall.Suggestion {
	for _, s := range suggestions {
		if s.Field == field {
			return s
		}
	}
	return recall.Suggestion{}
}

func tone(entries []builder.MemoryEntry) recall.Suggestion {
	return forField(suggest(entries, nil), builder.FieldTone)
}

func TestThreeFormalCodingBots(t *testing.T) {
	got := suggest([]builder.MemoryEntry{bot(1, 20, formal()), bot(2, 12, formal()), bot(3, 7, formal())}, nil)
	want := []recall.Suggestion{{
		Field: builder.FieldTone, Value: builder.Text("formal"), Reason: "formal in 3 of your 3 coding bots, last on 3 May",
		Support: 3, Of: 3, LastUsed: now.AddDate(0, 0, -7), Evidence: ids(3, 2, 1), Confidence: got[0].Confidence,
	}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if c := got[0].Confidence; c <= 0.5 || c >= 1 {
		t.Errorf("the confidence is %g", c)
	}
}

func TestNothingToSuggest(t *testing.T) {
	unreadable := bot(1, 1, formal())
	unreadable.Problem = "is not well-formed JSON"
	elsewhere := bot(1, 1, choices{builder.FieldTraits: chosen(builder.List("playful")), builder.FieldTemperature: chosen(builder.Number(1))})
	elsewhere.Category, elsewhere.Description = builder.Custom("games"), "rolls dice"
	tests := map[string][]builder.MemoryEntry{
		"no entries":           nil,
		"no choices":           {bot(1, 1, nil)},
		"only defaults":        {bot(1, 1, choices{builder.FieldTone: defaulted(builder.Text("formal"))})},
		"an unknown source":    {bot(1, 1, choices{builder.FieldTone: {Value: builder.Text("formal"), Source: "dreamt"}})},
		"an unreadable entry":  {unreadable},
		"an empty list":        {bot(1, 1, choices{builder.FieldTraits: chosen(builder.List())})},
		"a wrong type":         {bot(1, 1, choices{builder.FieldTone: chosen(builder.Number(1)), builder.FieldTemperature: chosen(builder.Number(9))})},
		"an unknown field":     {bot(1, 1, choices{"colour": chosen(builder.Text("red"))})},
		"another kind of bot":  {elsewhere},
		"what only one bot is": {bot(1, 1, choices{builder.FieldName: chosen(builder.Text("Ann")), builder.FieldPurpose: chosen(builder.Text("It helps.")), builder.FieldDescription: chosen(builder.Text("Helps"))})},
	}
	for name, entries := range tests {
		t.Run(name, func(t *testing.T) {
			if got := suggest(entries, nil); len(got) != 0 {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestVotes(t *testing.T) {
	withTone := func(n, daysAgo int, c builder.Choice) builder.MemoryEntry {
		return bot(n, daysAgo, choices{builder.FieldTone: c})
	}
	formal, casual := builder.Text("formal"), builder.Text("casual")
	tests := []struct {
		name        string
		entries     []builder.MemoryEntry
		want        string
		support, of int
	}{
		{"the majority", []builder.MemoryEntry{bot(1, 3, choices{builder.FieldTone: chosen(formal)}), withTone(2, 2, chosen(formal)), withTone(3, 1, chosen(casual))}, "formal", 2, 3},
		{"new over old", []builder.MemoryEntry{withTone(1, 900, chosen(formal)), withTone(2, 890, chosen(formal)), withTone(3, 1, chosen(casual))}, "casual", 1, 3},
		{"the newest of equals", []builder.MemoryEntry{withTone(1, 2, chosen(formal)), withTone(2, 1, chosen(casual))}, "casual", 1, 2},
		{"the newest where the clock was wrong", []builder.MemoryEntry{withTone(1, -2, chosen(formal)), withTone(2, -1, chosen(casual))}, "formal", 1, 2},
		{"by text where all is equal", []builder.MemoryEntry{withTone(1, 1, chosen(formal)), withTone(2, 1, chosen(casual))}, "casual", 1, 2},
		{"imported like chosen", []builder.MemoryEntry{withTone(1, 1, accepted(formal)), withTone(2, 2, imported(casual))}, "casual", 1, 1},
		{"chosen over many accepted", []builder.MemoryEntry{withTone(1, 3, chosen(formal)), withTone(2, 2, accepted(casual)), withTone(3, 1, accepted(casual)), withTone(4, 1, accepted(casual))}, "formal", 1, 1},
		{"accepted where nothing was chosen", []builder.MemoryEntry{withTone(1, 1, accepted(formal))}, "formal", 1, 1},
		{"defaults do not count among the bots", []builder.MemoryEntry{withTone(1, 2, chosen(formal)), withTone(2, 1, defaulted(casual)), withTone(3, 1, defaulted(formal))}, "formal", 1, 1},
		{"one entry given twice", []builder.MemoryEntry{withTone(1, 2, chosen(formal)), withTone(2, 1, chosen(casual)), withTone(1, 2, chosen(formal))}, "casual", 1, 2},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := tone(test.entries)
			if s.Value != builder.Text(test.want) || s.Support != test.support || s.Of != test.of || len(s.Evidence) != s.Support {
				t.Errorf("got %s, %d of %d with %d entries as evidence; want %s, %d of %d", s.Value, s.Support, s.Of, len(s.Evidence), test.want, test.support, test.of)
			}
		})
	}
}

// What was chosen for an alike bot of the same category counts more.
func TestSimilarDescriptionsWeighMore(t *testing.T) {
	gophers, snakes := bot(1, 5, formal()), bot(2, 5, casual())
	gophers.Description, snakes.Description = "reviews Go code of our services", "plots charts in Python notebooks"
	if s := tone([]builder.MemoryEntry{gophers, snakes}); s.Value != builder.Text("formal") {
		t.Errorf("got %s", s.Reason)
	}
	gophers.Choices, snakes.Choices = snakes.Choices, gophers.Choices
	if s := tone([]builder.MemoryEntry{gophers, snakes}); s.Value != builder.Text("casual") {
		t.Errorf("got %s", s.Reason)
	}
}

// Of many bots the nearest vote, and the reason says so.
func TestTheNearestVote(t *testing.T) {
	var entries []builder.MemoryEntry
	for n := range 40 {
		e := bot(n, n, choices{builder.FieldModel: chosen(builder.Text("m-large")), builder.FieldTone: chosen(builder.Text("formal"))})
		e.Description = fmt.Sprintf("translates invoices of supplier %d", n)
		if n >= 30 {
			e.Description = fmt.Sprintf("a bot that reviews Go code of team %d", n)
			e.Choices = choices{builder.FieldModel: chosen(builder.Text("m-small")), builder.FieldTone: chosen(builder.Text("casual"))}
		}
		entries = append(entries, e)
	}
	got := suggest(entries, nil)
	if s := forField(got, builder.FieldModel); s.Reason != "m-small in 10 of your 15 nearest coding bots, last on 10 April" {
		t.Errorf("got %q", s.Reason)
	}
	if s := tone(entries); s.Value != builder.Text("casual") || s.Support != 10 || s.Of != 15 {
		t.Errorf("got %q", s.Reason)
	}
}

func TestWhoSpeaksForAField(t *testing.T) {
	all := choices{
		builder.FieldTone: chosen(builder.Text("formal")), builder.FieldModel: chosen(builder.Text("m-1")),
		builder.FieldSkills: chosen(builder.List("code-review")), builder.FieldTemperature: chosen(builder.Number(0.1)),
	}
	same := bot(1, 1, all)
	alike := bot(2, 1, all)
	alike.Category, alike.Description = builder.Custom("games"), "reviews Go code in a game"
	unlike := bot(3, 1, all)
	unlike.Category, unlike.Description = builder.Creative, "writes poems"
	vague := bot(6, 1, all)
	vague.Category, vague.Description = builder.Custom("pets"), "a bot"
	uncategorised := bot(4, 1, all)
	uncategorised.Category = builder.Unknown
	echo := bot(5, 1, all)
	echo.Description = "refactors old Java programs until every unit test is green again"
	echo.Category = builder.Custom(echo.Description[:50])

	everything := []string{builder.FieldTone, builder.FieldModel, builder.FieldTemperature, builder.FieldSkills}
	ofEveryone := []string{builder.FieldTone, builder.FieldModel, builder.FieldSkills}
	tests := []struct {
		name   string
		entry  builder.MemoryEntry
		fields []string
		reason string
	}{
		{"the same category", same, everything, "formal in your one coding bot, on 9 May"},
		{"no category", uncategorised, everything, "formal in your one coding bot, on 9 May"},
		{"a category that repeats the description", echo, everything, "formal in your one coding bot, on 9 May"},
		{"a similar description", alike, everything, "formal in your one similar bot, on 9 May"},
		{"words that any bot's description holds", vague, ofEveryone, "formal in your one other bot, on 9 May"},
		{"others", unlike, ofEveryone, "formal in your one other bot, on 9 May"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := suggest([]builder.MemoryEntry{test.entry}, nil)
			var fields []string
			for _, s := range got {
				fields = append(fields, s.Field)
			}
			if !slices.Equal(fields, test.fields) {
				t.Errorf("suggests %v, want %v", fields, test.fields)
			}
			if s := forField(got, builder.FieldTone); s.Reason != test.reason {
				t.Errorf("because %q, want %q", s.Reason, test.reason)
			}
		})
	}

	// The nearest decide alone, and each field for itself.
	alike.Choices = choices{builder.FieldTone: chosen(builder.Text("casual")), builder.FieldBoundaries: chosen(builder.Text("It waits."))}
	got := suggest([]builder.MemoryEntry{same, alike, unlike}, nil)
	if s := forField(got, builder.FieldTone); s.Value != builder.Text("formal") || s.Of != 1 {
		t.Errorf("tone: %s", s.Reason)
	}
	if s := forField(got, builder.FieldBoundaries); s.Reason != "It waits. in your one similar bot, on 9 May" {
		t.Errorf("boundaries: %s", s.Reason)
	}
}

func TestLists(t *testing.T) {
	skills := func(n, daysAgo int, names ...string) builder.MemoryEntry {
		return bot(n, daysAgo, choices{builder.FieldSkills: chosen(builder.List(names...))})
	}
	tests := []struct {
		name    string
		entries []builder.MemoryEntry
		want    builder.Value
		support int
		reason  string
	}{
		{"the items of most", []builder.MemoryEntry{skills(1, 3, "a", "b"), skills(2, 2, "a", "c"), skills(3, 1, "b", "a")},
			builder.List("a", "b"), 3, "a in 3 and b in 2 of your 3 coding bots, last on 9 May"},
		{"the items of all", []builder.MemoryEntry{skills(1, 3, "a", "b"), skills(2, 2, "b", "a")},
			builder.List("a", "b"), 2, "a and b in 2 of your 2 coding bots, last on 8 May"},
		{"evidence holds at least one", []builder.MemoryEntry{skills(1, 3, "a"), skills(2, 2, "a", "b"), skills(3, 1, "b")},
			builder.List("b", "a"), 3, "b and a in 2 of your 3 coding bots, last on 9 May"},
		{"no item twice", []builder.MemoryEntry{skills(1, 1, "a", "a")},
			builder.List("a"), 1, "a in your one coding bot, on 9 May"},
		{"an empty list is a vote against", []builder.MemoryEntry{skills(1, 3, "a"), bot(2, 2, choices{builder.FieldSkills: chosen(builder.List())}), skills(3, 1)},
			builder.Value{}, 0, ""},
		{"many items", []builder.MemoryEntry{skills(1, 2, "a", "b", "c", "d", "e"), skills(2, 1, "a", "b", "c", "d", "e")},
			builder.List("a", "b", "c", "d", "e"), 2, "a, b, c and 2 more in 2 of your 2 coding bots, last on 9 May"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := forField(suggest(test.entries, nil), builder.FieldSkills)
			if s.Value != test.want || s.Support != test.support || s.Reason != test.reason {
				t.Errorf("got %s, %d: %q\nwant %s, %d: %q", s.Value, s.Support, s.Reason, test.want, test.support, test.reason)
			}
		})
	}
}

// A user who chooses once and then takes every suggestion: the count of bots
// grows, because it is a fact, but the confidence in them does not.
func TestOrderDoesNotMatter(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	descriptions := []string{"reviews Go code", "writes poems", "", "answers customers", "checks Python code for bugs", "写小说的助手"}
	tones := []string{"formal", "casual", "technical"}
	sources := []builder.Source{builder.Chosen, builder.Accepted, builder.Default, builder.Imported, "other"}
	for round := range 50 {
		var entries []builder.MemoryEntry
		for n := range 40 {
			e := bot(n%35, random.IntN(5)*40, choices{ // ids and times repeat
				builder.FieldTone:        {Value: builder.Text(tones[random.IntN(3)]), Source: sources[random.IntN(5)]},
				builder.FieldTemperature: {Value: builder.Number(float64(random.IntN(3)) / 10), Source: sources[random.IntN(5)]},
				builder.FieldSkills:      {Value: builder.List(tones[random.IntN(3)], tones[random.IntN(3)]), Source: sources[random.IntN(5)]},
			})
			e.Description = descriptions[random.IntN(len(descriptions))]
			e.Category = []builder.PurposeCategory{builder.Coding, builder.Creative, builder.Unknown}[random.IntN(3)]
			if random.IntN(4) == 0 {
				e.Declined = []builder.Decline{{Field: builder.FieldTone, Value: builder.Text("formal")}}
			}
			entries = append(entries, e)
		}
		want := suggest(entries, nil)
		for range 5 {
			random.Shuffle(len(entries), func(i, j int) { entries[i], entries[j] = entries[j], entries[i] })
			given := slices.Clone(entries)
			if got := suggest(entries, nil); !reflect.DeepEqual(got, want) {
				t.Fatalf("round %d: in another order\ngot  %+v\nwant %+v", round, got, want)
			}
			if !reflect.DeepEqual(entries, given) {
				t.Fatal("the caller's entries were changed")
			}
		}
		for _, s := range want {
			if s.Support < 1 || s.Support > s.Of || len(s.Evidence) != s.Support {
				t.Fatalf("round %d: %d of %d with %d entries as evidence", round, s.Support, s.Of, len(s.Evidence))
			}
		}
	}
}

func BenchmarkSuggest(b *testing.B) {
	var entries []builder.MemoryEntry
	for n := range 100 {
		e := bot(n, n, choices{
			builder.FieldTone: chosen(builder.Text("formal")), builder.FieldModel: chosen(builder.Text("m-1")),
			builder.FieldSkills: chosen(builder.List("code-review", "test-writing", fmt.Sprintf("skill-%d", n))),
		})
		e.Description = fmt.Sprintf("reviews pull requests of team %d, explains each finding and proposes the smallest change", n)
		entries = append(entries, e)
	}
	b.ReportAllocs()
	for b.Loop() {
		suggest(entries, nil)
	}
}

// A bot that is changed leaves an entry each time.
func TestChangedBotsSpeakOnce(t *testing.T) {
	named := func(e builder.MemoryEntry, slug string) builder.MemoryEntry { e.BotSlug = &slug; return e }
	entries := []builder.MemoryEntry{
		named(bot(1, 20, formal()), "reviewer"), named(bot(2, 12, formal()), "reviewer"), named(bot(3, 7, casual()), "reviewer"),
		named(bot(4, 30, formal()), "linter"),
	}
	if got := tone(entries); got.Of != 2 || got.Support != 1 {
		t.Errorf("%+v, want one of two bots", got)
	}
	entries[0].Declined = []builder.Decline{{Field: builder.FieldTone, Value: builder.Text("formal")}}
	entries[1].Declined, entries[2].Declined = entries[0].Declined, entries[0].Declined
	if got := tone(entries[:3]); got.Value != builder.Text("casual") || got.Of != 1 {
		t.Errorf("%+v, want what the bot is now", got)
	}
	if got := tone(append(entries[:3:3], bot(5, 40, formal()))); got.Value == builder.Text("formal") {
		t.Errorf("%+v, though it was declined each time the bot was changed", got)
	}
}
