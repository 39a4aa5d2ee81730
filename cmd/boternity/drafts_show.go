package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/forge"
)

func (a *app) draftsShowCommand() *cobra.Command {
	var raw bool
	cmd := &cobra.Command{
		Use:   "show ID",
		Short: "Show a draft: its answers, and the bot it would make",
		Long: `Shows what a draft holds. One that cannot be read, or that a newer program wrote,
is shown as far as it can be.

With --raw the stored bytes are printed exactly as they are, and nothing else.`,
		Example: `  boternity drafts show 0190a1b2-c3d4
  boternity drafts show 0190a1b2-c3d4 --raw > draft.json`,
		Args: takes(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if raw && a.json {
				return &usageError{errors.New("--raw and --json exclude each other: the stored bytes may be anything")}
			}
			return a.withAdvice(cmd.Context(), func(g *forge.Guide, store builder.Store) error {
				d, err := a.draft(cmd.Context(), store, args[0])
				if err != nil {
					return err
				}
				if raw {
					_, err := a.stdout.Write(d.State)
					return err
				}
				return a.showDraft(cmd.Context(), g, store, d)
			})
		},
	}
	cmd.Flags().BoolVar(&raw, "raw", false, "print the stored bytes exactly")
	return cmd
}

// draft loads what a person gave the id of. That the session has finished is
// said rather than that there is no draft.
func (a *app) draft(ctx context.Context, store builder.Store, given string) (builder.Draft, error) {
	id, err := a.resolveDraft(ctx, store, given)
	if err != nil {
		return builder.Draft{}, err
	}
	d, err := store.LoadDraft(ctx, id)
	if errors.Is(err, builder.ErrNotFound) {
		if _, memoryErr := store.LoadMemory(ctx, id); memoryErr == nil {
			return d, builder.ForSession(id, builder.ErrGone)
		}
	}
	return d, err
}

type draftStateJSON struct {
	SessionID     uuid.UUID         `json:"session_id"`
	SchemaVersion uint32            `json:"schema_version"`
	Revision      builder.Revision  `json:"revision"`
	CreatedAt     string            `json:"created_at"`
	UpdatedAt     string            `json:"updated_at"`
	Status        builder.Status    `json:"status"`
	Problem       string            `json:"problem,omitempty"`
	State         jsontext.Value    `json:"state"`
	StateBase64   []byte            `json:"state_base64,omitempty"`
	Pending       map[string]string `json:"pending"`
}

func (a *app) showDraft(ctx context.Context, g *forge.Guide, store builder.Store, d builder.Draft) error {
	pending, err := store.LoadPending(ctx, d.SessionID)
	if err != nil {
		return err
	}
	status, problem := builder.StatusOf(d)
	if a.json {
		shown := draftStateJSON{
			SessionID: d.SessionID, SchemaVersion: d.SchemaVersion, Revision: d.Revision,
			CreatedAt: builder.FormatTime(d.CreatedAt), UpdatedAt: builder.FormatTime(d.UpdatedAt),
			Status: status, Problem: problem, Pending: pending,
		}
		// A newer program's state may be JSON that cannot stand inside other
		// JSON, with a name twice for example.
		if state := jsontext.Value(d.State); status != builder.StatusUnreadable && state.IsValid() {
			shown.State = state
		} else {
			shown.State, shown.StateBase64 = jsontext.Value("null"), d.State
		}
		return a.printJSON(shown)
	}
	var out strings.Builder
	summary := builder.Inspect(d)
	if status != builder.StatusOK {
		heading(&out, d, summary, status)
	} else if err := wholeDraft(ctx, &out, g, d, summary); err != nil {
		return err
	}
	if len(pending) > 0 {
		out.WriteString("\nTyped and not answered\n")
		for _, field := range slices.Sorted(maps.Keys(pending)) {
			fmt.Fprintf(&out, "  %s: %s\n", plain(field), plain(pending[field]))
		}
	}
	_, err = a.stdout.Write([]byte(out.String()))
	return err
}

// wholeDraft shows a readable draft.
func wholeDraft(ctx context.Context, out *strings.Builder, g *forge.Guide, d builder.Draft, summary builder.Inspection) error {
	s, err := builder.DecodeState(d)
	if err != nil {
		return err
	}
	summary.Description = s.Description // which a summary cuts
	heading(out, d, summary, builder.StatusOK)
	answersSoFar(out, s)
	return preview(ctx, out, g, d.SessionID)
}

func heading(out *strings.Builder, d builder.Draft, summary builder.Inspection, status builder.Status) {
	now := time.Now()
	lines := [][2]string{
		{"Session", d.SessionID.String()},
		{"Description", plain(summary.Description)},
		{"Phase", string(summary.Phase)},
		{"Category", plain(summary.Category.String())},
		{"Status", string(status)},
		{"Problem", plain(summary.Problem)},
		{"Revision", fmt.Sprintf("%d, saved %s", d.Revision, ago(now, d.UpdatedAt))},
		{"Begun", ago(now, d.CreatedAt)},
	}
	if status == builder.StatusNewer {
		lines = append(lines, [2]string{"Schema", fmt.Sprintf("version %d; this program knows versions up to %d", d.SchemaVersion, builder.CurrentSchemaVersion)})
	}
	for _, line := range lines {
		if line[1] != "" {
			fmt.Fprintf(out, "%-12s %s\n", line[0], line[1])
		}
	}
}

func answersSoFar(out *strings.Builder, s builder.State) {
	out.WriteString("\nAnswers so far\n")
	answered := false
	for _, e := range s.Conversation {
		if !e.Superseded {
			answered = true
			fmt.Fprintf(out, "  %s\n%s\n", plain(e.Question), indented(dash(e.Answer), "    "))
		}
	}
	if !answered {
		out.WriteString("  none\n")
	}
}

func preview(ctx context.Context, out *strings.Builder, g *forge.Guide, id uuid.UUID) error {
	turn, err := g.Open(ctx, id)
	if err != nil {
		return err
	}
	out.WriteString("\nThe bot as it would be (* not decided yet: the default, which a suggestion may go before)\n")
	for _, line := range turn.Preview {
		mark := " "
		if !line.Decided {
			mark = "*"
		}
		fmt.Fprintf(out, "%s %-12s %s\n", mark, line.Field, dash(plain(line.Value.String())))
	}
	for _, notice := range turn.Notices {
		fmt.Fprintf(out, "\nNotice: %s\n", plain(notice.Text))
	}
	if turn.Question != nil {
		fmt.Fprintf(out, "\nNext question: %s\n", plain(turn.Question.Text))
	}
	return nil
}
