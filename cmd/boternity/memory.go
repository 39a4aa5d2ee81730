package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/boternity/boternity/builder"
)

func (a *app) memoryCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "memory",
		Short: "See and change what is remembered of finished sessions",
		Long: `Every finished session leaves an entry: what the bot is for, and what was chosen
for it. Suggestions are made from these entries, and name them.

An ID may be shortened to its beginning, as lists show it, as long as it is
unique among your entries.`,
	}
	cmd.AddCommand(
		a.memoryListCommand(), a.memoryShowCommand(), a.memorySearchCommand(), a.memoryForgetCommand(), a.memoryPruneCommand(),
		a.memoryExportCommand(), a.memoryImportCommand(), a.memoryNeverCommand(), a.memoryAllowCommand(),
	)
	return cmd
}

func (a *app) memoryListCommand() *cobra.Command {
	var page paging
	var category string
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List memory entries, the newest first",
		Long: `Lists what is remembered, the newest first. --category keeps one purpose category:
simple_utility, complex_analyst, creative, coding, research, customer_service,
custom:TEXT, or unknown for entries without one.`,
		Example: `  boternity memory list --category coding
  boternity memory list --category custom:game-master --json`,
		Args: takes(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			p, err := page.query()
			if err != nil {
				return err
			}
			q := builder.MemoryQuery{Limit: p.Limit, Cursor: p.Cursor}
			if cmd.Flags().Changed("category") {
				c, err := builder.CategoryFromString(category)
				if err != nil {
					return err
				}
				q.Category = &c
			}
			return a.withStore(cmd.Context(), toUse, func(store builder.Store) error {
				found, err := store.Recall(cmd.Context(), q)
				if err != nil {
					return err
				}
				return a.listEntries(found)
			})
		},
	}
	page.flags(cmd)
	cmd.Flags().StringVar(&category, "category", "", "only entries of this purpose category")
	return cmd
}

func (a *app) memorySearchCommand() *cobra.Command {
	var page paging
	cmd := &cobra.Command{
		Use:   "search TEXT",
		Short: "Find entries that share words with a text",
		Long: `Finds the entries whose description shares words with TEXT, by the rarest words
first, and lists them with the newest first. What matches less well than the
--limit best is left out; there are no further pages.`,
		Example: `  boternity memory search "code review"`,
		Args:    takes(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			q, err := page.query()
			if err != nil {
				return err
			}
			return a.withStore(cmd.Context(), toUse, func(store builder.Store) error {
				entries, err := store.RecallSimilar(cmd.Context(), builder.Terms(args[0]), q.Limit)
				if err != nil {
					return err
				}
				return a.listEntries(builder.MemoryPage{Entries: entries})
			})
		},
	}
	page.limitFlag(cmd)
	return cmd
}

type entryPageJSON struct {
	Entries []builder.MemoryEntry `json:"entries"`
	Next    builder.Cursor        `json:"next_cursor,omitempty"`
}

func (a *app) listEntries(page builder.MemoryPage) error {
	if a.json {
		return a.printJSON(entryPageJSON{page.Entries, page.Next})
	}
	if len(page.Entries) == 0 {
		a.say("No memory entries.")
		return nil
	}
	ids := make([]uuid.UUID, len(page.Entries))
	for i, e := range page.Entries {
		ids[i] = e.ID
	}
	now := time.Now()
	list := table{heading: []string{"ID", "FINISHED", "CATEGORY", "BOT", "DESCRIPTION"}}
	for i, id := range shortIDs(ids) {
		e := page.Entries[i]
		text := plain(builder.CutRunes(e.Description, builder.SummaryRunes))
		if e.Problem != "" {
			text = "[cannot be read: " + plain(e.Problem) + "] " + text
		}
		list.add(id, ago(now, e.CreatedAt), categoryCell(e.Category), dash(plain(slugOf(e))), text)
	}
	if err := a.printTable(&list); err != nil {
		return err
	}
	a.sayNext(page.Next)
	return nil
}

func slugOf(e builder.MemoryEntry) string {
	if e.BotSlug == nil {
		return ""
	}
	return *e.BotSlug
}

func (a *app) memoryShowCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "show ID",
		Short:   "Show a memory entry: what was chosen, and how",
		Long:    `Shows what is remembered of one finished session, with how each choice was made.`,
		Example: `  boternity memory show 0190a1b2-c3d4`,
		Args:    takes(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withStore(cmd.Context(), toUse, func(store builder.Store) error {
				id, err := a.resolveEntry(cmd.Context(), store, args[0])
				if err != nil {
					return err
				}
				e, err := store.LoadMemory(cmd.Context(), id)
				if err != nil {
					return err
				}
				if a.json {
					return a.printJSON(e)
				}
				return a.showEntry(e)
			})
		},
	}
}

func (a *app) showEntry(e builder.MemoryEntry) error {
	var out strings.Builder
	for _, line := range [][2]string{
		{"Session", e.ID.String()},
		{"Description", plain(e.Description)},
		{"Category", plain(e.Category.String())},
		{"Bot", plain(slugOf(e))},
		{"Finished", ago(time.Now(), e.CreatedAt)},
		{"Problem", plain(e.Problem)},
	} {
		if line[1] != "" {
			fmt.Fprintf(&out, "%-12s %s\n", line[0], line[1])
		}
	}
	if len(e.Choices) > 0 {
		out.WriteString("\nChoices\n")
	}
	for _, field := range slices.Sorted(maps.Keys(e.Choices)) {
		choice := e.Choices[field]
		fmt.Fprintf(&out, "  %-12s %s (%s)\n", plain(field), dash(plain(choice.Value.String())), plain(string(choice.Source)))
	}
	if len(e.Declined) > 0 {
		out.WriteString("\nDeclined suggestions\n")
	}
	for _, d := range e.Declined {
		fmt.Fprintf(&out, "  %-12s %s\n", plain(d.Field), plain(d.Value.String()))
	}
	_, err := a.stdout.Write([]byte(out.String()))
	return err
}
