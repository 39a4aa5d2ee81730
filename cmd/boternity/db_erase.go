package main

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/boternity/boternity/builder"
)

func (a *app) dbEraseCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "erase --owner NAME",
		Short: "Remove everything of an owner",
		Long: `Removes an owner's drafts, revisions, pending text, memory and preferences for
good, search terms and the write-ahead log of a file included, and says what was
removed and what could not be. Finished bots are files of their own and stay.

--owner must be given; --owner "" is the single local user.`,
		Example: `  boternity db erase --owner anna
  boternity db erase --owner anna --db postgres://boternity@db.example/boternity`,
		Args: takes(0, 0),
	}
	agree := a.consent(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if !cmd.Flags().Changed("owner") {
			return &usageError{errors.New("say whose rows to remove with --owner NAME")}
		}
		if err := agree.possible(); err != nil {
			return err
		}
		// Nothing erased somewhere else is no success.
		name, err := a.databaseName()
		if err == nil {
			err = a.there(name)
		}
		if err != nil {
			return err
		}
		return a.withOwner(cmd.Context(), toUse, func(db builder.Database) error {
			whose := "the owner " + plain(a.owner)
			if a.owner == "" {
				whose = "the local user"
			}
			if err := agree.ask("Remove everything of %s?", whose); err != nil {
				return err
			}
			receipt, err := db.Erase(cmd.Context(), a.owner)
			if err != nil {
				return err
			}
			return a.printReceipt(receipt, false)
		})
	}
	return cmd
}
