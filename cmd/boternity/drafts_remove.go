package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/boternity/boternity/builder"
)

type deletedJSON struct {
	SessionID uuid.UUID `json:"session_id"`
	Deleted   bool      `json:"deleted"`
}

func (a *app) draftsDeleteCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "delete ID",
		Short: "Delete a draft with its history",
		Long: `Removes a draft, its revisions and its pending text for good. Deleting a draft
that is not there is no error, when its whole id is given.`,
		Example: `  boternity drafts delete 0190a1b2-c3d4
  boternity drafts delete 0190a1b2-c3d4-7000-8000-000000000001 --yes --json`,
		Args: takes(1, 1),
	}
	agree := a.consent(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := agree.possible(); err != nil {
			return err
		}
		return a.withStore(cmd.Context(), toUse, func(store builder.Store) error {
			id, err := a.resolveDraft(cmd.Context(), store, args[0])
			if err != nil {
				return err
			}
			deleted, err := a.deleteDraft(cmd.Context(), store, id, agree)
			if err != nil {
				return err
			}
			if a.json {
				return a.printJSON(deletedJSON{id, deleted})
			}
			text := "Deleted the draft %s.\n"
			if !deleted {
				text = "There is no draft %s.\n"
			}
			_, err = fmt.Fprintf(a.stdout, text, id)
			return err
		})
	}
	return cmd
}

func (a *app) deleteDraft(ctx context.Context, store builder.Store, id uuid.UUID, agree *consent) (bool, error) {
	d, err := store.LoadDraft(ctx, id)
	if errors.Is(err, builder.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	about := cut(plain(builder.Inspect(d).Description), 60, 0)
	if err := agree.ask("Delete the draft %s (%s)?", id, about); err != nil {
		return false, err
	}
	return store.DeleteDraft(ctx, id)
}

func (a *app) draftsPruneCommand() *cobra.Command {
	var history bool
	cmd := &cobra.Command{
		Short: "Delete drafts that have not changed for long, or old history",
		Long: `Deletes the drafts that have not changed for longer than the age given, with
their history and pending text. With --history the drafts stay as they are, and
what was saved of them longer ago can no longer be restored. Other owners'
drafts are not touched.

An age is a whole number with h (hours), d (days), w (weeks), mo (30 days) or
y (365 days).`,
		Example: `  boternity drafts prune --older-than 90d --dry-run
  boternity drafts prune --older-than 6mo --yes
  boternity drafts prune --older-than 30d --history`,
	}
	cmd.Flags().BoolVar(&history, "history", false, "remove old revisions only, and no draft")
	return a.pruneCommand(cmd, func() pruned {
		if history {
			return pruned{"revisions", builder.TableRevisions, func(p *builder.PrunePolicy, before time.Time) { p.RevisionsBefore = before }}
		}
		return pruned{"drafts", builder.TableDrafts, func(p *builder.PrunePolicy, before time.Time) { p.DraftsBefore = before }}
	})
}

// countsJSON is what was removed, by table.
type countsJSON struct {
	Counts    map[string]int64 `json:"counts"`
	DryRun    bool             `json:"dry_run,omitzero"`
	Remaining []string         `json:"remaining,omitempty"`
}

// pruned is what a prune command removes: for a person, as the table that
// counts it, and put into a policy.
type pruned struct {
	what, counted string
	set           func(*builder.PrunePolicy, time.Time)
}

// pruneCommand completes a prune command, which asks for what once its flags
// are known.
func (a *app) pruneCommand(cmd *cobra.Command, whatOf func() pruned) *cobra.Command {
	var older string
	var dryRun bool
	agree := a.consent(cmd)
	cmd.Use = "prune --older-than AGE"
	cmd.Args = takes(0, 0)
	cmd.Flags().StringVar(&older, "older-than", "", "how old, such as 12h, 30d, 2w, 6mo, 1y")
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "only count")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if older == "" {
			return &builder.InvalidError{Field: "--older-than", Problem: "is missing: say how old, such as 30d"}
		}
		age, err := parseAge(older)
		if err != nil {
			return err
		}
		p := whatOf()
		policy := builder.PrunePolicy{Owner: &a.owner, DryRun: true}
		p.set(&policy, time.Now().Add(-age))
		if err := agree.possible(); err != nil && !dryRun {
			return err
		}
		return a.withOwner(cmd.Context(), toUse, func(db builder.Database) error {
			receipt, err := db.Prune(cmd.Context(), policy)
			if err != nil {
				return err
			}
			if !dryRun {
				if n := receipt.Counts[p.counted]; n > 0 {
					if err := agree.ask("Remove %d %s older than %s?", n, p.what, older); err != nil {
						return err
					}
				}
				policy.DryRun = false
				if receipt, err = db.Prune(cmd.Context(), policy); err != nil {
					return err
				}
			}
			return a.printReceipt(receipt, dryRun)
		})
	}
	return cmd
}

func (a *app) printReceipt(receipt builder.Receipt, dryRun bool) error {
	if a.json {
		// A store counts what it came across; scripts find every table.
		counts := map[string]int64{
			builder.TableDrafts: 0, builder.TableRevisions: 0, builder.TablePending: 0,
			builder.TableMemory: 0, builder.TableTerms: 0, builder.TablePreferences: 0,
		}
		maps.Copy(counts, receipt.Counts)
		return a.printJSON(countsJSON{counts, dryRun, receipt.Remaining})
	}
	list := table{heading: []string{"REMOVED", "FROM"}}
	if dryRun {
		list.heading[0] = "WOULD BE REMOVED"
	}
	for _, name := range slices.Sorted(maps.Keys(receipt.Counts)) {
		if n := receipt.Counts[name]; n > 0 {
			list.add(fmt.Sprint(n), name)
		}
	}
	if len(list.rows) == 0 {
		a.say("There is nothing to remove.")
	} else if err := a.printTable(&list); err != nil {
		return err
	}
	for _, sentence := range receipt.Remaining {
		a.say("%s", sentence)
	}
	return nil
}
