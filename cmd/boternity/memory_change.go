package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/transfer"
)

type forgottenJSON struct {
	ID        uuid.UUID `json:"id"`
	Forgotten bool      `json:"forgotten"`
}

func (a *app) memoryForgetCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "forget ID",
		Short: "Remove a memory entry",
		Long: `Removes an entry for good, so that it supports no suggestion any more. The bot and
its files stay. Forgetting an entry that is not there is no error, when its
whole id is given.`,
		Example: `  boternity memory forget 0190a1b2-c3d4`,
		Args:    takes(1, 1),
	}
	agree := a.consent(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := agree.possible(); err != nil {
			return err
		}
		return a.withStore(cmd.Context(), toUse, func(store builder.Store) error {
			id, err := a.resolveEntry(cmd.Context(), store, args[0])
			if err != nil {
				return err
			}
			forgotten, err := a.forgetEntry(cmd.Context(), store, id, agree)
			if err != nil {
				return err
			}
			if a.json {
				return a.printJSON(forgottenJSON{id, forgotten})
			}
			text := "Forgot the entry %s.\n"
			if !forgotten {
				text = "There is no entry %s.\n"
			}
			_, err = fmt.Fprintf(a.stdout, text, id)
			return err
		})
	}
	return cmd
}

func (a *app) forgetEntry(ctx context.Context, store builder.Store, id uuid.UUID, agree *consent) (bool, error) {
	e, err := store.LoadMemory(ctx, id)
	if errors.Is(err, builder.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if err := agree.ask("Forget the entry %s (%s)?", id, cut(plain(e.Description), 60, 0)); err != nil {
		return false, err
	}
	return store.ForgetMemory(ctx, id)
}

func (a *app) memoryPruneCommand() *cobra.Command {
	return a.pruneCommand(&cobra.Command{
		Short: "Remove old memory entries",
		Long: `Removes the entries of sessions that finished longer ago than the age given. Other
owners' entries are not touched, nor are any bots.

An age is a whole number with h (hours), d (days), w (weeks), mo (30 days) or
y (365 days).`,
		Example: `  boternity memory prune --older-than 1y --dry-run`,
	}, func() pruned {
		return pruned{"entries", builder.TableMemory, func(p *builder.PrunePolicy, before time.Time) { p.MemoryBefore = before }}
	})
}

func (a *app) memoryExportCommand() *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use:   "export",
		Short: "Write memory entries as JSON lines",
		Long: `Writes all entries as JSON lines, one entry a line, the newest first.

With --out the file appears only once it is complete. It takes the place of
another file only after a yes, or with --yes.`,
		Example: `  boternity memory export --out memory.jsonl`,
		Args:    takes(0, 0),
	}
	agree := a.consent(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return a.exportTo(cmd.Context(), agree, out, func(ctx context.Context, db builder.Database, w io.Writer) (int, error) {
			return transfer.ExportMemory(ctx, db, a.owner, w)
		})
	}
	cmd.Flags().StringVarP(&out, "out", "o", "", "the file to write; standard output by default")
	return cmd
}

func (a *app) memoryImportCommand() *cobra.Command {
	return a.importCommand(&cobra.Command{
		Short: "Read memory entries from JSON lines",
		Long: `Reads what "boternity memory export" wrote; - is standard input. Doing it twice
changes nothing, and an entry that is there already is never replaced. An entry
that was forgotten comes back.

A line that cannot be read stops the import before anything is stored, unless
--skip-bad says to go on with the others.`,
		Example: `  boternity memory import memory.jsonl`,
	}, transfer.ImportMemory)
}
