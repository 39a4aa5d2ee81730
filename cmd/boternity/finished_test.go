package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/boternity/boternity/bot"
	"github.com/boternity/boternity/builder"
)

// checkFinished makes sure that a session ended in exactly one bot and one
// memory entry, with every answer in both, and no draft.
func checkFinished(t *testing.T, data string, id uuid.UUID, fields []string) {
	t.Helper()
	slug := checkOneBot(t, data, fields)
	withData(t, data, func(store builder.Store) {
		memory, err := store.Recall(t.Context(), builder.MemoryQuery{Limit: builder.MaxPage})
		if err != nil {
			t.Fatal(err)
		}
		if len(memory.Entries) != 1 || memory.Entries[0].ID != id || memory.Entries[0].BotSlug == nil || *memory.Entries[0].BotSlug != slug {
			t.Fatalf("the memory entries are %+v", memory.Entries)
		}
		for _, field := range fields {
			if got := memory.Entries[0].Choices[field].Value; got != typedAnswers[field].value {
				t.Errorf("the entry's %s is %s, want %s", field, got, typedAnswers[field].value)
			}
		}
		drafts, err := store.ListDrafts(t.Context(), builder.DraftQuery{Limit: 1})
		if err != nil || len(drafts.Drafts) != 0 {
			t.Errorf("drafts are left: %+v, %v", drafts.Drafts, err)
		}
	})
}

// checkOneBot makes sure that the bots folder holds one bot with every answer,
// and returns its slug.
func checkOneBot(t *testing.T, data string, fields []string) string {
	t.Helper()
	names, err := os.ReadDir(filepath.Join(data, "bots"))
	if err != nil {
		t.Fatal(err)
	}
	var slugs []string
	for _, name := range names {
		if !strings.HasPrefix(name.Name(), ".") {
			slugs = append(slugs, name.Name())
		}
	}
	if len(slugs) != 1 {
		t.Fatalf("the bots are %v, want one", slugs)
	}
	folder, err := bot.OpenFolder(filepath.Join(data, "bots"))
	if err != nil {
		t.Fatal(err)
	}
	defer folder.Close()
	spec, err := folder.Read(slugs[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, field := range fields {
		if got, ok := spec.Config.Value(field); !ok || got != typedAnswers[field].value {
			t.Errorf("the bot's %s is %s, want %s", field, got, typedAnswers[field].value)
		}
	}
	return slugs[0]
}
