package recall_test

import (
	"fmt"
	"time"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/recall"
	"github.com/google/uuid"
)

func ExampleClassify() {
	c := recall.Classify("a bot that reviews Go code")
	fmt.Println(c.Category, c.Evidence)
	// Output: coding [code code review review]
}

func ExampleSuggest() {
	finished := time.Date(2026, time.May, 3, 12, 0, 0, 0, time.UTC)
	var entries []builder.MemoryEntry
	for range 3 {
		entries = append(entries, builder.MemoryEntry{
			ID: uuid.New(), Category: builder.Coding, Description: "checks pull requests", CreatedAt: finished,
			Choices: map[string]builder.Choice{builder.FieldTone: {Value: builder.Text("formal"), Source: builder.Chosen}},
		})
	}
	for _, s := range recall.Suggest(entries, nil, recall.Query{
		Description: "a bot that reviews Go code",
		Now:         finished.AddDate(0, 0, 7),
	}) {
		fmt.Printf("%s: %s (%s)\n", s.Field, s.Value, s.Reason)
	}
	// Output: tone: formal (formal in 3 of your 3 coding bots, last on 3 May)
}
