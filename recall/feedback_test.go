package recall_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/recall"
)

func TestNeverSuggested(t *testing.T) {
	entries := []builder.MemoryEntry{
		bot(1, 3, choices{builder.FieldTone: chosen(builder.Text("formal")), builder.FieldSkills: chosen(builder.List("a", "b"))}),
		bot(2, 2, choices{builder.FieldTone: chosen(builder.Text("formal")), builder.FieldSkills: chosen(builder.List("a", "b"))}),
		bot(3, 1, choices{builder.FieldTone: chosen(builder.Text("casual")), builder.FieldSkills: chosen(builder.List("a"))}),
	}
	never := builder.Preferences{
		{Field: builder.FieldTone, Value: builder.Text("formal"), Never: true},
		{Field: builder.FieldSkills, Value: builder.Text("a"), Never: true},
		{Field: builder.FieldModel, Value: builder.Text("b"), Never: true},
	}
	got := suggest(entries, never)
	if s := forField(got, builder.FieldTone); s.Value != builder.Text("casual") || s.Support != 1 || s.Of != 3 {
		t.Errorf("tone: got %s, %d of %d", s.Value, s.Support, s.Of)
	}
	if s := forField(got, builder.FieldSkills); s.Value != builder.List("b") || s.Support != 2 {
		t.Errorf("skills: got %s, %d", s.Value, s.Support)
	}
	allowed := builder.Preferences{{Field: builder.FieldTone, Value: builder.Text("formal"), Never: false}}
	if s := forField(suggest(entries, allowed), builder.FieldTone); s.Value != builder.Text("formal") {
		t.Errorf("a wish that was taken back holds: %s", s.Value)
	}
}

func TestDeclines(t *testing.T) {
	declining := func(n, daysAgo int, field string, v builder.Value, c choices) builder.MemoryEntry {
		e := bot(n, daysAgo, c)
		e.Declined = []builder.Decline{{Field: field, Value: v}}
		return e
	}
	no := func(n, daysAgo int) builder.MemoryEntry {
		return declining(n, daysAgo, builder.FieldTone, builder.Text("formal"), choices{builder.FieldTone: defaulted(builder.Text("technical"))})
	}
	old := []builder.MemoryEntry{bot(1, 30, formal()), bot(2, 29, formal())}
	tests := []struct {
		name    string
		entries []builder.MemoryEntry
		want    builder.Value
	}{
		{"twice", []builder.MemoryEntry{no(3, 3), no(4, 2)}, builder.Text("formal")},
		{"three times", []builder.MemoryEntry{no(3, 3), no(4, 2), no(5, 1)}, builder.Value{}},
		{"three times, then not shown", []builder.MemoryEntry{no(3, 3), no(4, 2), no(5, 1), bot(6, 0, nil)}, builder.Value{}},
		{"three times, then taken after all", []builder.MemoryEntry{no(3, 4), no(4, 3), no(5, 2), bot(6, 1, formal())}, builder.Text("formal")},
		{"not in a row", []builder.MemoryEntry{no(3, 4), no(4, 3), bot(5, 2, formal()), no(6, 1)}, builder.Text("formal")},
		{"three times, and another was chosen", []builder.MemoryEntry{no(3, 3), no(4, 2), no(5, 1), bot(6, 20, casual())}, builder.Text("casual")},
		{"declined and then chosen in one session", []builder.MemoryEntry{no(3, 3), no(4, 2),
			declining(5, 1, builder.FieldTone, builder.Text("formal"), formal())}, builder.Text("formal")},
		{"another field", []builder.MemoryEntry{
			declining(3, 3, builder.FieldModel, builder.Text("formal"), nil), declining(4, 2, builder.FieldModel, builder.Text("formal"), nil),
			declining(5, 1, builder.FieldModel, builder.Text("formal"), nil)}, builder.Text("formal")},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if s := tone(append(slices.Clone(old), test.entries...)); s.Value != test.want {
				t.Errorf("got %q, want %q: %s", s.Value, test.want, s.Reason)
			}
		})
	}

	// Of a list, the items that were left out are what was declined.
	skills := []builder.MemoryEntry{
		bot(1, 30, choices{builder.FieldSkills: chosen(builder.List("a", "b"))}), bot(2, 29, choices{builder.FieldSkills: chosen(builder.List("a", "b"))}),
		bot(6, 28, choices{builder.FieldSkills: chosen(builder.List("a", "b"))}), bot(7, 27, choices{builder.FieldSkills: chosen(builder.List("a", "b"))}),
	}
	for n := 3; n <= 5; n++ {
		skills = append(skills, declining(n, n, builder.FieldSkills, builder.List("a", "b"), choices{builder.FieldSkills: chosen(builder.List("a"))}))
	}
	if s := forField(suggest(skills[:6], nil), builder.FieldSkills); s.Value != builder.List("a", "b") {
		t.Errorf("after two declines: %s", s.Value)
	}
	if s := forField(suggest(skills, nil), builder.FieldSkills); s.Value != builder.List("a") {
		t.Errorf("after three declines: %s", s.Value)
	}
}

func TestAcceptingDoesNotFeedOnItself(t *testing.T) {
	entries := []builder.MemoryEntry{bot(0, 0, choices{
		builder.FieldTone: chosen(builder.Text("formal")), builder.FieldSkills: chosen(builder.List("code-review"))})}
	query := recall.Query{Description: "reviews Go code", Now: now}
	first := recall.Suggest(entries, nil, query)
	for n := 1; n <= 100; n++ {
		query.Now = now.AddDate(0, 0, n)
		suggestions := recall.Suggest(entries, nil, query)
		if len(suggestions) != 2 {
			t.Fatalf("build %d: %d suggestions", n, len(suggestions))
		}
		e := builder.MemoryEntry{ID: id(n), Category: builder.Coding, Description: fmt.Sprintf("reviews Go code of team %d", n), CreatedAt: query.Now, Choices: choices{}}
		for i, s := range suggestions {
			if s.Confidence > first[i].Confidence {
				t.Fatalf("build %d: the confidence in %s grew from %g to %g", n, s.Field, first[i].Confidence, s.Confidence)
			}
			e.Choices[s.Field] = accepted(s.Value)
		}
		entries = append(entries, e)
	}
	// One real choice of another value prevails over the hundred.
	entries = append(entries, bot(101, -100, casual()))
	if s := forField(recall.Suggest(entries, nil, query), builder.FieldTone); s.Value != builder.Text("casual") {
		t.Errorf("after one other choice: %s", s.Reason)
	}
	// And a second real choice does raise it.
	again := append(slices.Clone(entries[:1]), bot(101, 0, formal()))
	if s := tone(again); s.Confidence <= first[0].Confidence {
		t.Errorf("two choices give %g, one gave %g", s.Confidence, first[0].Confidence)
	}
}

// What was taken as suggested is told, and supports nothing by itself.
func TestTakenIsToldApart(t *testing.T) {
	take := func(n, daysAgo int) builder.MemoryEntry {
		return bot(n, daysAgo, choices{builder.FieldTone: accepted(builder.Text("formal"))})
	}
	chose := bot(1, 20, formal())
	tests := []struct {
		name               string
		entries            []builder.MemoryEntry
		support, of, taken int
		evidence           []int
		reason             string
	}{
		{"once", []builder.MemoryEntry{chose, take(2, 3)}, 1, 1, 1, []int{1},
			"formal in your one coding bot, on 20 April; taken as suggested in 1 more"},
		{"beside another choice", []builder.MemoryEntry{chose, bot(3, 12, formal()), bot(4, 19, casual()), take(2, 3), take(5, 2)}, 2, 3, 2, []int{3, 1},
			"formal in 2 of your 3 coding bots, last on 28 April; taken as suggested in 2 more"},
		{"and the choice is forgotten", []builder.MemoryEntry{take(2, 3), take(5, 2), take(6, 1)}, 1, 1, 2, []int{6},
			"formal in your one coding bot, on 9 May; taken as suggested in 2 more"},
		{"which no choice is outvoted by", []builder.MemoryEntry{bot(4, 90, casual()), take(2, 3), take(5, 2), take(6, 1)}, 1, 1, 0, []int{4},
			"casual in your one coding bot, on 9 February"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := tone(test.entries)
			if s.Support != test.support || s.Of != test.of || s.Taken != test.taken || !slices.Equal(s.Evidence, ids(test.evidence...)) || s.Reason != test.reason {
				t.Errorf("got %d of %d and %d taken, by %v: %q", s.Support, s.Of, s.Taken, s.Evidence, s.Reason)
			}
		})
	}
}
