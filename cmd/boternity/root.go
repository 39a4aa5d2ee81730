package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// rootCommand is the whole command line.
func (a *app) rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "boternity",
		Short: "Make AI bots in guided sessions that cannot be lost",
		Long: `Boternity makes AI bots in guided sessions. Every answer is saved as it is
given, an interrupted session resumes where it stopped, and what you chose last
time is suggested next time, with the reason.

Results go to standard output; questions and messages go to standard error.
Everything lies in the data folder: $BOTERNITY_DATA_DIR, or ~/.boternity.

Exit codes: 0 done, 1 failed, 2 usage or bad input, 3 stopped with a draft
saved, 4 conflict, 5 not found or gone, 6 newer than this program,
7 unreadable.`,
		Example: `  boternity build "a bot that reviews Go code"
  boternity resume
  boternity drafts list`,
		Version:           version().Version,
		SilenceErrors:     true, // report tells them
		SilenceUsage:      true,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},

		SuggestionsMinimumDistance: 2,
	}
	root.SetVersionTemplate("boternity {{.Version}}\n")
	flags := root.PersistentFlags()
	flags.StringVar(&a.db, "db", "", "the database: a file, or a postgres:// URL (default $BOTERNITY_DB, else builder.db in the data folder)")
	flags.StringVar(&a.owner, "owner", "", "whose drafts and memory (default the single local user)")
	flags.BoolVar(&a.json, "json", false, "print the result as one JSON value")

	root.AddCommand(
		a.buildCommand(), a.resumeCommand(), a.draftsCommand(), a.memoryCommand(), a.suggestCommand(), a.classifyCommand(),
		a.botsCommand(), a.catalogCommand(), a.dbCommand(), a.versionCommand(), a.completionCommand(),
	)
	root.SetHelpCommand(helpCommand())
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error { return misused(cmd, err) })
	a.strict(root)
	return root
}

// strict makes every command below cmd refuse arguments that it does not
// take, and every group of commands refuse a command that it does not have, as
// usage errors. Left alone, cobra prints help and reports success.
func (a *app) strict(cmd *cobra.Command) {
	for _, sub := range cmd.Commands() {
		a.strict(sub)
	}
	if cmd.HasSubCommands() && !cmd.Runnable() {
		cmd.Args = knownCommand
		cmd.RunE = func(cmd *cobra.Command, _ []string) error {
			if a.json {
				return misused(cmd, errors.New("a command is missing"))
			}
			return cmd.Help()
		}
		return
	}
	args := cmd.Args
	if args == nil {
		args = cobra.NoArgs
	}
	cmd.Args = func(cmd *cobra.Command, given []string) error {
		if err := args(cmd, given); err != nil {
			return misused(cmd, err)
		}
		return nil
	}
}

func knownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	text := fmt.Sprintf("unknown command %q", args[0])
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		text += "; did you mean " + strings.Join(near, " or ") + "?"
	}
	return misused(cmd, errors.New(text))
}

// misused is a usage error that says where to read more.
func misused(cmd *cobra.Command, err error) error {
	return &usageError{fmt.Errorf("%w (see %s --help)", err, cmd.CommandPath())}
}

func helpCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "help [COMMAND]",
		Short:   "Show what a command does and takes",
		Long:    "Help shows what a command does, the arguments and flags it takes, and examples.",
		Example: "  boternity help drafts restore",
		Args:    cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			found, rest, err := cmd.Root().Find(args)
			if err != nil {
				return misused(cmd.Root(), err)
			}
			if len(rest) > 0 {
				return knownCommand(found, rest)
			}
			found.InitDefaultHelpFlag()
			return found.Help()
		},
	}
}
