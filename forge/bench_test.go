package forge_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/forge"
	"github.com/boternity/boternity/memstore"
)

// What the store takes is measured elsewhere: this is the ranking.
func BenchmarkSuggest(b *testing.B) {
	store := memstore.New(memstore.Options{}).Owner("")
	now := time.Date(2026, time.May, 3, 9, 0, 0, 0, time.UTC)
	for i := range 1000 {
		err := store.RecordMemory(b.Context(), builder.MemoryEntry{
			ID: uuid.UUID{0: byte(i), 1: byte(i >> 8), 6: 0x70, 8: 0x80}, Category: builder.Coding,
			Description: fmt.Sprintf("A bot that reviews Go code of service number %d", i), CreatedAt: now.Add(-time.Duration(i) * time.Hour),
			Choices: map[string]builder.Choice{builder.FieldTone: {Value: builder.Text("formal"), Source: builder.Chosen}},
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	guide := forge.New(store, forge.Options{Now: func() time.Time { return now }})
	b.ReportAllocs()
	for b.Loop() {
		if _, err := guide.Suggest(b.Context(), "A bot that reviews Go code of the payment service"); err != nil {
			b.Fatal(err)
		}
	}
}
