package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/transfer"
)

func (a *app) dbCopyCommand() *cobra.Command {
	var to string
	cmd := &cobra.Command{
		Use:   "copy --to DB",
		Short: "Copy everything into another database, and prove it",
		Long: `Copies every row of the database, of all owners, into another one as it is stored:
drafts with their history, readable or not, pending text, memory, preferences, and
the traces of what was deleted or finished. Then it reads both back and compares
them row by row.

It only adds: what is in the other database already is never replaced or removed,
and a row that could not be added is named. When it was stopped or killed, run it
again: it goes on where it was, and nothing comes twice.

Stop what writes to the database first. What is written meanwhile is not lost,
but source and target then differ, and it says so. Running it again adds rows
that are new; a draft that was changed since differs until it is copied into a
new, empty database.

A PostgreSQL database has to be there, and to be migrated: see "db migrate".

The exit code is 0 only when both hold the same rows, neither more nor fewer.
Counts are of what is copied: the newest revision of a draft is counted with the
draft, and what a database keeps for itself is not counted.`,
		Example: `  boternity db copy --to /backup/builder.db
  boternity db copy --to postgres://boternity@db.example/boternity
  boternity db copy --db postgres://boternity@db.example/boternity --to back.db
  boternity db copy --db old.db --to new.db --json`,
		Args: takes(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if to == "" {
				return &usageError{errors.New("say where to copy to with --to DB")}
			}
			if err := a.wholeOnly(); err != nil {
				return err
			}
			ctx, stop := interruptible(cmd.Context())
			defer stop()
			return a.with(ctx, toRead, func(from builder.Database) error {
				target, err := openTarget(ctx, to)
				if err != nil {
					return fmt.Errorf("the target: %w", err)
				}
				return thenClose(target, a.copyTo(ctx, from, target))
			})
		},
	}
	cmd.Flags().StringVar(&to, "to", "", "the database to copy into, as --db names one; a file is made where there is none")
	return cmd
}

// openTarget makes a file where there is none, in a folder that is there: one
// that is mistyped, or a disk that is not mounted, would be filled elsewhere.
func openTarget(ctx context.Context, name string) (builder.Database, error) {
	if server, err := isServer(name); err == nil && !server {
		if err := folderThere(name); err != nil {
			return nil, err
		}
	}
	return openDatabase(ctx, name, toFill)
}

// folderThere refuses a file in a folder that is not there.
func folderThere(file string) error {
	folder := filepath.Dir(file)
	if _, err := os.Stat(folder); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("the folder %s: %w", folder, builder.ErrNotFound)
	}
	return nil
}

// wholeOnly refuses --owner for what has all owners in it, so that nobody
// believes it to be one's alone.
func (a *app) wholeOnly() error {
	if a.owner == "" {
		return nil
	}
	return &usageError{errors.New("this takes the database as a whole, with all owners; --owner has no use here")}
}

// interruptible ends with the first request to end, so that long work stops in
// order.
func interruptible(ctx context.Context) (context.Context, context.CancelFunc) {
	return signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
}

func (a *app) copyTo(ctx context.Context, from, to builder.Database) error {
	shown := a.progress()
	result, err := transfer.Copy(ctx, from, to, transfer.CopyOptions{Progress: func(p transfer.CopyProgress) {
		doing := "Copying"
		if p.Verifying {
			doing = "Comparing"
		}
		shown.show(doing, p.Done, p.Total, "rows")
	}})
	shown.clear()
	done := count(result.Added+result.AlreadyThere, "row")
	switch {
	case result.Unread != "": // the rest was copied and compared
	case ctx.Err() != nil && errors.Is(err, ctx.Err()):
		return fmt.Errorf("stopped after %s; what is in the target stays there, run the same command again to go on", done)
	case errors.Is(err, builder.ErrInvalid):
		return fmt.Errorf("%w; --db names the one to copy from, --to the other", err)
	case err != nil:
		return fmt.Errorf("after %[2]s: %[1]w; what is in the target stays there, run the same command again to go on", err, done)
	}
	if printed := a.printCopied(result); printed != nil {
		return errors.Join(err, printed)
	}
	if err != nil {
		return &toldError{err}
	}
	if !result.Verified {
		return &toldError{errors.New("source and target do not hold the same rows; what was changed in either since it was copied stays as it is there: for a copy of what the source holds now, take a new database")}
	}
	return nil
}

func (a *app) printCopied(r transfer.Copied) error {
	if a.json {
		return a.printJSON(r)
	}
	var out strings.Builder
	fmt.Fprintf(&out, "Added %s; %d there already.\n", count(r.Added, "row"), r.AlreadyThere)
	switch {
	case r.Verified:
		out.WriteString("Both were read back and hold the same rows:\n")
	case r.Unread != "":
		out.WriteString("Not all of the source can be read. What can be is:\n")
	default:
		out.WriteString("The source holds:\n")
	}
	for _, table := range slices.Sorted(maps.Keys(r.Counts)) {
		fmt.Fprintf(&out, "  %s: %d\n", table, r.Counts[table])
	}
	if len(r.Differences) > 0 {
		out.WriteString("These rows are not alike:\n")
	}
	for _, d := range r.Differences {
		fmt.Fprintf(&out, "  %s %s%s: %s\n", d.Table, plain(d.Row), ofOwner(d.Owner), plain(d.Problem))
	}
	if r.More {
		out.WriteString("  and more\n")
	}
	_, err := io.WriteString(a.stdout, out.String())
	return err
}
