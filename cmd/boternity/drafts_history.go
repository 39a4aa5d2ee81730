package main

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/boternity/boternity/builder"
)

type revisionJSON struct {
	Revision builder.Revision `json:"revision"`
	SavedAt  string           `json:"saved_at"`
	Bytes    int              `json:"bytes"`
	Phase    builder.Phase    `json:"phase"`
}

type historyJSON struct {
	Revisions []revisionJSON `json:"revisions"`
	Next      builder.Cursor `json:"next_cursor,omitempty"`
}

func (a *app) draftsHistoryCommand() *cobra.Command {
	var page paging
	cmd := &cobra.Command{
		Use:   "history ID",
		Short: "List the kept revisions of a draft, the newest first",
		Long: `Every save of a draft makes a revision. Lists those that are kept; any of them
can be brought back with "boternity drafts restore".`,
		Example: `  boternity drafts history 0190a1b2-c3d4`,
		Args:    takes(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			q, err := page.query()
			if err != nil {
				return err
			}
			return a.withStore(cmd.Context(), toUse, func(store builder.Store) error {
				id, err := a.resolveDraft(cmd.Context(), store, args[0])
				if err != nil {
					return err
				}
				history, err := store.DraftHistory(cmd.Context(), id, q)
				if err != nil {
					return err
				}
				return a.listRevisions(history)
			})
		},
	}
	page.flags(cmd)
	return cmd
}

func (a *app) listRevisions(page builder.HistoryPage) error {
	if a.json {
		list := historyJSON{Revisions: []revisionJSON{}, Next: page.Next}
		for _, r := range page.Revisions {
			list.Revisions = append(list.Revisions, revisionJSON{r.Revision, builder.FormatTime(r.SavedAt), r.Bytes, r.Phase})
		}
		return a.printJSON(list)
	}
	now := time.Now()
	list := table{heading: []string{"REVISION", "SAVED", "PHASE", "BYTES"}}
	for _, r := range page.Revisions {
		list.add(strconv.FormatUint(uint64(r.Revision), 10), ago(now, r.SavedAt), dash(string(r.Phase)), strconv.Itoa(r.Bytes))
	}
	if err := a.printTable(&list); err != nil {
		return err
	}
	a.sayNext(page.Next)
	return nil
}

type restoredJSON struct {
	SessionID    uuid.UUID        `json:"session_id"`
	Revision     builder.Revision `json:"revision"`
	RestoredFrom builder.Revision `json:"restored_from"`
}

func (a *app) draftsRestoreCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "restore ID REVISION",
		Short: "Make an earlier revision of a draft the newest again",
		Long: `Saves the state of an earlier revision as a new one. Nothing is lost: the
revision it replaces stays in the history.`,
		Example: `  boternity drafts restore 0190a1b2-c3d4 3`,
		Args:    takes(2, 2),
	}
	agree := a.consent(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		from, err := parseRevision(args[1])
		if err != nil {
			return err
		}
		if err := agree.possible(); err != nil {
			return err
		}
		ctx := cmd.Context()
		return a.withStore(ctx, toUse, func(store builder.Store) error {
			d, err := a.draft(ctx, store, args[0])
			if err != nil {
				return err
			}
			if d.SchemaVersion > builder.CurrentSchemaVersion {
				_, err := builder.DecodeState(d) // says which version
				return err
			}
			_, err = store.LoadRevision(ctx, d.SessionID, from)
			if errors.Is(err, builder.ErrNotFound) {
				return &notKeptError{from, d.SessionID, err}
			}
			if err != nil {
				return err
			}
			if err := agree.ask("Restore revision %d of the draft %s, which is at revision %d?", from, d.SessionID, d.Revision); err != nil {
				return err
			}
			restored, err := store.RestoreRevision(ctx, d.SessionID, from, d.Revision)
			if err != nil {
				return err
			}
			if a.json {
				return a.printJSON(restoredJSON{restored.SessionID, restored.Revision, from})
			}
			_, err = fmt.Fprintf(a.stdout, "Restored revision %d of %s; it is now revision %d.\n", from, restored.SessionID, restored.Revision)
			return err
		})
	}
	return cmd
}

// notKeptError is a revision that is not there to go back to.
type notKeptError struct {
	revision  builder.Revision
	sessionID uuid.UUID
	err       error
}

func (e *notKeptError) Error() string {
	return fmt.Sprintf("revision %d of session %[2]s is not kept; \"boternity drafts history %[2]s\" lists those that are", e.revision, e.sessionID)
}

func (e *notKeptError) Unwrap() error { return e.err }

func parseRevision(s string) (builder.Revision, error) {
	n, err := strconv.ParseUint(s, 10, 32)
	if err != nil || n == 0 || builder.Revision(n) == builder.AnyRevision {
		return 0, &builder.InvalidError{Field: "REVISION", Problem: "must be the number of a kept revision"}
	}
	return builder.Revision(n), nil
}
