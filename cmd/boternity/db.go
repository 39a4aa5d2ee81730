package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/spf13/cobra"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/transfer"
)

func (a *app) dbCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "db",
		Short: "Look after the database",
		Long: `Looks after the database as a whole. --db names it: without it the one of
$BOTERNITY_DB, or builder.db in the data folder. A PostgreSQL database is named by
a URL; its password is better left to $PGPASSWORD or ~/.pgpass.`,
		Example: `  boternity db check
  boternity db backup monday.db
  boternity db check --db postgres://boternity@db.example/boternity`,
	}
	cmd.AddCommand(a.dbAdoptCommand(), a.dbBackupCommand(), a.dbCheckCommand(), a.dbCopyCommand(), a.dbEraseCommand(), a.dbMigrateCommand(),
		a.dbPartitionCommand())
	return cmd
}

func (a *app) dbAdoptCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "adopt FILE",
		Short: "Take over the drafts and memory of a Boternity (Rust) file",
		Long: `Copies the drafts and memory of a boternity.db into this database, under the empty
owner. FILE is not changed by a byte, and doing it twice adds nothing twice.

Rows that cannot be taken are named and stay where they are; rows that were taken
with something changed are named too. Neither makes the command fail: it fails
when FILE cannot be read as one of Boternity's.`,
		Example: `  boternity db adopt ~/.boternity/boternity.db`,
		Args:    takes(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if a.owner != "" {
				return &usageError{errors.New("a Boternity file has no owners: its rows come under the empty one, so --owner has no use here")}
			}
			return a.with(cmd.Context(), toFill, func(db builder.Database) error {
				shown := a.progress()
				result, err := transfer.Adopt(cmd.Context(), db, args[0], transfer.AdoptOptions{Progress: shown.counting("Adopting", "rows")})
				shown.clear()
				if errors.Is(err, fs.ErrNotExist) {
					return &usageError{err}
				}
				if err != nil {
					return err
				}
				return a.printAdopted(result)
			})
		},
	}
}

func (a *app) printAdopted(r transfer.Adoption) error {
	if a.json {
		return a.printJSON(r)
	}
	var out strings.Builder
	entries := "entries"
	if r.Memory == 1 {
		entries = "entry"
	}
	fmt.Fprintf(&out, "Added %s and %d memory %s; %d there already.\n", count(int64(r.Drafts), "draft"), r.Memory, entries, r.AlreadyThere)
	for _, list := range []struct {
		title string
		rows  []transfer.Named
	}{{"Not taken:", r.Refused}, {"Taken with a change, or left as it is here:", r.Noted}} {
		if len(list.rows) == 0 {
			continue
		}
		fmt.Fprintf(&out, "\n%s\n", list.title)
		for _, row := range list.rows {
			fmt.Fprintf(&out, "  %s, row %d: %s\n", row.Table, row.RowID, plain(row.Problem))
		}
	}
	_, err := io.WriteString(a.stdout, out.String())
	return err
}
