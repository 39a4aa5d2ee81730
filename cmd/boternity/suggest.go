package main

import (
	"fmt"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/forge"
)

type suggestionJSON struct {
	Field    string        `json:"field"`
	Value    builder.Value `json:"value"`
	Reason   string        `json:"reason"`
	Support  int           `json:"support"`
	Of       int           `json:"of"`
	Taken    int           `json:"taken"`
	LastUsed string        `json:"last_used"`
	Evidence []uuid.UUID   `json:"evidence"`
}

type suggestionsJSON struct {
	Category    builder.PurposeCategory `json:"category"`
	Suggestions []suggestionJSON        `json:"suggestions"`
}

func (a *app) suggestCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "suggest DESCRIPTION",
		Short: "Show what would be suggested for a bot, and why",
		Long: `Shows what the memory of finished sessions suggests for a bot of this description:
each value with its support, how many of the bots that it was chosen for have
it, and the reason. The most similar bots and the newest count most, so a value
of few may come before one of many. What a build does not ask about keeps its
default, unless you answer it.

Nothing is suggested without support, what was declined three times in a row is
suggested no longer, and nothing is saved.`,
		Example: `  boternity suggest "a bot that reviews Go code"
  boternity suggest "a bot that reviews Go code" --json`,
		Args: takes(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withAdvice(cmd.Context(), func(g *forge.Guide, store builder.Store) error {
				found, err := g.Suggest(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				if a.json {
					return a.printJSON(suggestedJSON(found))
				}
				wishes, err := store.Preferences(cmd.Context())
				if err != nil {
					return err
				}
				return a.listSuggestions(found, wishes)
			})
		},
	}
}

func suggestedJSON(found forge.Suggestions) suggestionsJSON {
	list := suggestionsJSON{Category: found.Category, Suggestions: []suggestionJSON{}}
	for _, s := range found.Suggestions {
		list.Suggestions = append(list.Suggestions, suggestionJSON{
			Field: s.Field, Value: s.Value, Reason: s.Reason, Support: s.Support, Of: s.Of, Taken: s.Taken,
			LastUsed: builder.FormatTime(s.LastUsed), Evidence: s.Evidence,
		})
	}
	return list
}

func (a *app) listSuggestions(found forge.Suggestions, wishes builder.Preferences) error {
	if len(found.Suggestions) == 0 {
		category := plain(found.Category.String())
		if len(wishes) > 0 {
			a.say("Nothing to suggest for a %s bot: no finished session supports a value that may be suggested. \"boternity memory never\" lists those that may not.", category)
			return nil
		}
		a.say("Nothing to suggest for a %s bot yet: no finished session supports it.", category)
		return nil
	}
	list := table{heading: []string{"FIELD", "VALUE", "SUPPORT", "REASON"}, whole: true}
	for _, s := range found.Suggestions {
		value := plain(s.Value.String())
		if screenWidth(a.stdout) > 0 {
			value = cut(value, valueColumns, 0)
		}
		list.add(plain(s.Field), value, fmt.Sprintf("%d of %d", s.Support, s.Of), plain(s.Reason))
	}
	return a.printTable(&list)
}

// valueColumns is how wide a suggested value may make its column.
const valueColumns = 28
