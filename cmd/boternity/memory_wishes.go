package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/forge"
)

func (a *app) memoryNeverCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "never [FIELD VALUE]",
		Short: "Never suggest a value again",
		Long: `Keeps a value from ever being suggested for a field. For traits, tags and skills
VALUE is one of them. Without arguments it lists what is never suggested.

The fields are ` + strings.Join(builder.Fields(), ", ") + `.`,
		Example: `  boternity memory never tone formal
  boternity memory never temperature 0.2
  boternity memory never`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return nil
			}
			return takes(2, 2)(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return a.withStore(cmd.Context(), toUse, func(store builder.Store) error {
					wishes, err := store.Preferences(cmd.Context())
					if err != nil {
						return err
					}
					return a.listWishes(wishes)
				})
			}
			return a.wish(cmd, args[0], args[1], true)
		},
	}
}

func (a *app) memoryAllowCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "allow FIELD VALUE",
		Short: "Let a value be suggested again",
		Long: `Takes back what "boternity memory never" said of a value. One that was declined
three times in a row comes back by being chosen again.`,
		Example: `  boternity memory allow tone formal`,
		Args:    takes(2, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.wish(cmd, args[0], args[1], false)
		},
	}
}

func (a *app) wish(cmd *cobra.Command, field, text string, never bool) error {
	value, err := wishValue(field, text)
	if err != nil {
		return err
	}
	p := builder.Preference{Field: field, Value: value, Never: never}
	return a.withStore(cmd.Context(), toFill, func(store builder.Store) error {
		if err := store.SetPreference(cmd.Context(), p); err != nil {
			return err
		}
		if a.json {
			return a.printJSON(p)
		}
		said := "will never be suggested"
		if !never {
			said = "may be suggested"
		}
		_, err := fmt.Fprintf(a.stdout, "%s %s %s.\n", field, plain(value.String()), said)
		return err
	})
}

// wishValue reads a value as suggestions have it: one item of a list is a text.
func wishValue(field, text string) (builder.Value, error) {
	if strings.TrimSpace(text) == "" {
		return builder.Value{}, &builder.InvalidError{Field: "VALUE", Problem: "is empty"}
	}
	switch field {
	case builder.FieldTags, builder.FieldTraits, builder.FieldSkills:
		item := strings.TrimSpace(text)
		return builder.Text(item), builder.CheckValue(field, builder.List(item))
	}
	return forge.Parse(field, text)
}

type wishesJSON struct {
	Preferences builder.Preferences `json:"preferences"`
}

func (a *app) listWishes(wishes builder.Preferences) error {
	if a.json {
		return a.printJSON(wishesJSON{wishes})
	}
	if len(wishes) == 0 {
		a.say("Nothing is kept from being suggested.")
		return nil
	}
	list := table{heading: []string{"FIELD", "NEVER SUGGESTED"}}
	for _, p := range wishes {
		if p.Never {
			list.add(plain(p.Field), plain(p.Value.String()))
		}
	}
	return a.printTable(&list)
}
