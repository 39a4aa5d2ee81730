package main

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/forge"
)

func (a *app) draftsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "drafts",
		Short: "List, look at and look after unfinished sessions",
		Long: `Every session that has not finished is kept as a draft: what was answered, its
earlier revisions, and what was typed and not answered yet.

An ID may be shortened to its beginning, as lists show it, as long as it is
unique among your drafts.`,
	}
	cmd.AddCommand(
		a.draftsListCommand(), a.draftsShowCommand(), a.draftsHistoryCommand(), a.draftsRestoreCommand(),
		a.draftsDeleteCommand(), a.draftsExportCommand(), a.draftsImportCommand(), a.draftsPruneCommand(),
	)
	return cmd
}

func (a *app) draftsListCommand() *cobra.Command {
	var page paging
	cmd := &cobra.Command{
		Use:   "list [TEXT]",
		Short: "List drafts, the newest first",
		Long: `Lists drafts by when they last changed, the newest first. TEXT keeps those whose
description holds it, in any case; what is searched is the first 200 characters.

PHASE is how far a session has come: basics, personality, model, skills, and
review once everything is answered.

A draft that cannot be read, or that a newer program wrote, is listed with the
rest and marked.`,
		Example: `  boternity drafts list
  boternity drafts list "code review" --limit 5
  boternity drafts list --json`,
		Args: takes(0, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			q, err := page.query()
			if err != nil {
				return err
			}
			text := ""
			if len(args) == 1 {
				text = args[0]
			}
			return a.withAdvice(cmd.Context(), func(g *forge.Guide, _ builder.Store) error {
				found, err := findDrafts(cmd.Context(), g, text, builder.DraftQuery(q))
				if err != nil {
					return err
				}
				if a.json {
					return a.printJSON(draftsJSON(found))
				}
				return a.listDrafts(found, time.Now())
			})
		},
	}
	page.flags(cmd)
	return cmd
}

// findDrafts fills a page, however far apart the matches are: whoever waits at
// a terminal can stop waiting.
func findDrafts(ctx context.Context, g *forge.Guide, text string, q builder.DraftQuery) (builder.DraftPage, error) {
	var found builder.DraftPage
	limit := q.Limit
	for {
		page, err := g.FindDrafts(ctx, text, q)
		if err != nil {
			return builder.DraftPage{}, err
		}
		found.Drafts = append(found.Drafts, page.Drafts...)
		found.Next = page.Next
		if page.Next == "" || len(found.Drafts) >= limit {
			return found, nil
		}
		q.Cursor, q.Limit = page.Next, limit-len(found.Drafts)
	}
}

// draftJSON is a listed draft in the shape that docs promise.
type draftJSON struct {
	SessionID     uuid.UUID               `json:"session_id"`
	Description   string                  `json:"description"`
	Phase         builder.Phase           `json:"phase"`
	Category      builder.PurposeCategory `json:"purpose_category"`
	Revision      builder.Revision        `json:"revision"`
	SchemaVersion uint32                  `json:"schema_version"`
	CreatedAt     string                  `json:"created_at"`
	UpdatedAt     string                  `json:"updated_at"`
	Bytes         int                     `json:"bytes"`
	Status        builder.Status          `json:"status"`
	Problem       string                  `json:"problem,omitempty"`
}

type draftPageJSON struct {
	Drafts []draftJSON    `json:"drafts"`
	Next   builder.Cursor `json:"next_cursor,omitempty"`
}

func draftsJSON(page builder.DraftPage) draftPageJSON {
	list := draftPageJSON{Drafts: []draftJSON{}, Next: page.Next}
	for _, d := range page.Drafts {
		list.Drafts = append(list.Drafts, draftJSON{
			SessionID: d.SessionID, Description: d.Description, Phase: d.Phase, Category: d.Category,
			Revision: d.Revision, SchemaVersion: d.SchemaVersion,
			CreatedAt: builder.FormatTime(d.CreatedAt), UpdatedAt: builder.FormatTime(d.UpdatedAt),
			Bytes: d.Bytes, Status: d.Status(), Problem: d.Problem,
		})
	}
	return list
}

func (a *app) listDrafts(page builder.DraftPage, now time.Time) error {
	if len(page.Drafts) == 0 {
		a.say("No drafts.")
		return nil
	}
	ids := make([]uuid.UUID, len(page.Drafts))
	for i, d := range page.Drafts {
		ids[i] = d.SessionID
	}
	list := table{heading: []string{"ID", "CHANGED", "PHASE", "CATEGORY", "STATUS", "DESCRIPTION"}}
	for i, id := range shortIDs(ids) {
		d := page.Drafts[i]
		text := plain(d.Description)
		if d.Problem != "" {
			text = "[" + plain(d.Problem) + "] " + text
		}
		list.add(id, ago(now, d.UpdatedAt), dash(string(d.Phase)), categoryCell(d.Category), string(d.Status()), text)
	}
	if err := a.printTable(&list); err != nil {
		return err
	}
	a.sayNext(page.Next)
	return nil
}

// dash stands for what is not there, so that columns can be told apart.
func dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// categoryColumns is how wide a custom category may make its column.
const categoryColumns = 16

func categoryCell(c builder.PurposeCategory) string {
	if c.IsUnknown() {
		return "-"
	}
	return cut(plain(c.String()), categoryColumns, 0)
}
