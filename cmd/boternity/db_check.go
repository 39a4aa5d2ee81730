package main

import (
	"context"
	"fmt"
	"io"
	"iter"
	"strings"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/boternity/boternity/builder"
)

// checkedJSON is the result of a check. Owners are named where there are some.
type checkedJSON struct {
	Drafts     int              `json:"drafts"`
	OK         int              `json:"ok"`
	Newer      []uuid.UUID      `json:"newer"`
	Unreadable []unreadableJSON `json:"unreadable"`
	Problems   []problemJSON    `json:"problems"`
}

type unreadableJSON struct {
	SessionID uuid.UUID `json:"session_id"`
	Owner     string    `json:"owner,omitempty"`
	Problem   string    `json:"problem"`
}

type problemJSON struct {
	Table   string `json:"table"`
	Row     string `json:"row"`
	Owner   string `json:"owner,omitempty"`
	Problem string `json:"problem"`
}

func (a *app) dbCheckCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "check",
		Short: "Report every row that could not be read or saved",
		Long: `Reads every row of the database, of all owners, and reports each draft that cannot
be read, that a newer program wrote, or that could not be saved as it is, and
whatever is wrong with other rows. It also looks at the file itself, and whether
rows agree: indexes with their tables, a draft with what lists show of it and with
its history, an entry with the terms it is found by. It opens the database for
reading only, never migrates it, and changes nothing; others may use it meanwhile.

What it finds does not make it fail: the exit code is 0 when the check could be
made, and the findings are the result.`,
		Example: `  boternity db check --json`,
		Args:    takes(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.with(cmd.Context(), toRead, func(db builder.Database) error {
				shown := a.progress()
				result, err := check(cmd.Context(), db, func(done, total int64) { shown.show("Checking", done, total, "rows") })
				shown.clear()
				if err != nil {
					return err
				}
				if a.json {
					return a.printJSON(result)
				}
				return a.printChecked(result)
			})
		},
	}
}

// progressChecker is a database that says while it is checked how many rows it
// has looked at, of about how many.
type progressChecker interface {
	CheckWith(ctx context.Context, progress func(done, total int64)) iter.Seq2[builder.Finding, error]
}

func check(ctx context.Context, db builder.Database, progress func(done, total int64)) (checkedJSON, error) {
	result := checkedJSON{Newer: []uuid.UUID{}, Unreadable: []unreadableJSON{}, Problems: []problemJSON{}}
	findings := db.Check(ctx)
	if c, ok := db.(progressChecker); ok {
		findings = c.CheckWith(ctx, progress)
	}
	for f, err := range findings {
		if err != nil {
			return checkedJSON{}, err
		}
		if f.Table == builder.TableDrafts {
			result.Drafts++
		}
		switch f.Status {
		case builder.StatusUnreadable:
			result.Unreadable = append(result.Unreadable, unreadableJSON{f.SessionID, f.Owner, f.Problem})
			continue
		case builder.StatusNewer:
			result.Newer = append(result.Newer, f.SessionID)
		case builder.StatusOK:
			result.OK++
		}
		if f.Problem != "" {
			result.Problems = append(result.Problems, problemJSON{f.Table, f.Row, f.Owner, f.Problem})
		}
	}
	return result, nil
}

func (a *app) printChecked(r checkedJSON) error {
	var out strings.Builder
	fmt.Fprintf(&out, "%s: %d ok, %d newer than this program, %d unreadable; %s.\n",
		count(int64(r.Drafts), "draft"), r.OK, len(r.Newer), len(r.Unreadable), count(int64(len(r.Problems)), "problem"))
	for _, id := range r.Newer {
		fmt.Fprintf(&out, "  newer: %s\n", id)
	}
	for _, u := range r.Unreadable {
		fmt.Fprintf(&out, "  unreadable: %s%s: %s\n", u.SessionID, ofOwner(u.Owner), plain(u.Problem))
	}
	for _, p := range r.Problems {
		fmt.Fprintf(&out, "  problem: %s %s%s: %s\n", p.Table, plain(p.Row), ofOwner(p.Owner), plain(p.Problem))
	}
	_, err := io.WriteString(a.stdout, out.String())
	return err
}

func ofOwner(owner string) string {
	if owner == "" {
		return ""
	}
	return " of owner " + plain(owner)
}
