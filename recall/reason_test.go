package recall_test

import (
	"strings"
	"testing"
	"time"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/recall"
	"github.com/go-json-experiment/json"
)

func TestReasons(t *testing.T) {
	withCategory := func(c builder.PurposeCategory, at time.Time, n int) []builder.MemoryEntry {
		var entries []builder.MemoryEntry
		for i := range n {
			entries = append(entries, builder.MemoryEntry{ID: id(i), Category: c, Choices: formal(), CreatedAt: at})
		}
		return entries
	}
	tokyo := time.FixedZone("Tokyo", 9*60*60)
	day := time.Date(2026, time.May, 3, 20, 0, 0, 0, time.UTC)
	tests := []struct {
		category builder.PurposeCategory
		at, now  time.Time
		n        int
		want     string
	}{
		{builder.Coding, day, now, 2, "formal in 2 of your 2 coding bots, last on 3 May"},
		{builder.Coding, day, now, 1, "formal in your one coding bot, on 3 May"},
		{builder.Coding, day.AddDate(-1, 0, 0), now, 2, "formal in 2 of your 2 coding bots, last on 3 May 2025"},
		{builder.Coding, day, now.In(tokyo), 2, "formal in 2 of your 2 coding bots, last on 4 May"},
		{builder.Coding, time.Date(2025, time.December, 31, 20, 0, 0, 0, time.UTC), now.In(tokyo), 2, "formal in 2 of your 2 coding bots, last on 1 January"},
		{builder.Coding, day, time.Time{}, 2, "formal in 2 of your 2 coding bots, last on 3 May"},
		{builder.SimpleUtility, day, now, 2, "formal in 2 of your 2 utility bots, last on 3 May"},
		{builder.ComplexAnalyst, day, now, 2, "formal in 2 of your 2 analyst bots, last on 3 May"},
		{builder.Creative, day, now, 2, "formal in 2 of your 2 creative bots, last on 3 May"},
		{builder.Research, day, now, 2, "formal in 2 of your 2 research bots, last on 3 May"},
		{builder.CustomerService, day, now, 2, "formal in 2 of your 2 customer service bots, last on 3 May"},
		{builder.Custom("game-master"), day, now, 2, "formal in 2 of your 2 game-master bots, last on 3 May"},
		{builder.Custom("line\nbreak"), day, now, 2, "formal in 2 of your 2 line break bots, last on 3 May"},
		{builder.Custom(strings.Repeat("é", 100)), day, now, 2, "formal in 2 of your 2 " + strings.Repeat("é", 59) + "… bots, last on 3 May"},
	}
	for _, test := range tests {
		t.Run(test.want, func(t *testing.T) {
			got := recall.Suggest(withCategory(test.category, test.at, test.n), nil, recall.Query{Category: test.category, Now: test.now})
			if len(got) != 1 || got[0].Reason != test.want {
				t.Errorf("got %+v", got)
			}
		})
	}

	mixed := []builder.MemoryEntry{bot(1, 9, formal()), bot(2, 8, formal()), bot(3, 1, casual()), bot(4, 3, formal()), bot(5, 2, casual())}
	if s := tone(mixed); s.Reason != "formal in 3 of your 5 coding bots, last on 7 May" {
		t.Errorf("got %q", s.Reason)
	}
	open := []builder.MemoryEntry{bot(1, 9, formal()), bot(2, 8, choices{}), bot(3, 1, casual()), bot(4, 3, formal())}
	if s := tone(open); s.Reason != "formal in 2 of the 3 coding bots you chose it for, last on 7 May" {
		t.Errorf("got %q", s.Reason)
	}
	if s := tone(open[:2]); s.Reason != "formal in the one coding bot you chose it for, on 1 May" {
		t.Errorf("got %q", s.Reason)
	}
	long := bot(1, 1, choices{builder.FieldBoundaries: chosen(builder.Text(strings.Repeat("never ", 100)))})
	if s := forField(suggest([]builder.MemoryEntry{long}, nil), builder.FieldBoundaries); len(s.Reason) > 110 {
		t.Errorf("a long value makes a reason of %d bytes", len(s.Reason))
	}
}

func TestSuggestionAsJSON(t *testing.T) {
	got, err := json.Marshal(suggest([]builder.MemoryEntry{bot(1, 7, formal())}, nil)[0])
	want := `{"field":"tone","value":"formal","reason":"formal in your one coding bot, on 3 May","support":1,"of":1,"taken":0,` +
		`"last_used":"2026-05-03T12:00:00.000000Z","evidence":["019c0000-0000-7000-8000-000000000001"]}`
	if err != nil || string(got) != want {
		t.Errorf("got  %s, %v\nwant %s", got, err, want)
	}
}
