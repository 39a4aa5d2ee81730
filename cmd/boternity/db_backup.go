package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/boternity/boternity/sqlite"
)

// backedUpJSON is the result of a backup.
type backedUpJSON struct {
	File  string `json:"file"`
	Bytes int64  `json:"bytes"`
}

func (a *app) dbBackupCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "backup FILE",
		Short: "Write the database into a new file, while others use it",
		Long: `Writes the database, with all owners, into a new file, as it is at one moment.
Programs may go on writing meanwhile: everything that was saved before the backup
began is in it. The database is neither changed nor migrated.

FILE appears once it is whole and on disk, and only you may read it. A file that
is there already is never replaced, and a backup that was stopped leaves none.

The backup is a database: --db FILE opens it, and "boternity db check --db FILE"
looks it over. To restore it, stop what uses the database and put a copy of FILE
in its place; remove a builder.db-wal and a builder.db-shm that lie beside it.

A PostgreSQL server is backed up with its own tools, pg_dump or pg_basebackup.`,
		Example: `  boternity db backup /backup/builder-$(date +%F).db`,
		Args:    takes(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := a.wholeOnly(); err != nil {
				return err
			}
			name, err := a.databaseName()
			if err != nil {
				return err
			}
			if err := backedUpHere(name, args[0]); err != nil {
				return err
			}
			if err := a.there(name); err != nil {
				return err
			}
			if err := folderThere(args[0]); err != nil {
				return err
			}
			ctx, stop := interruptible(cmd.Context())
			defer stop()
			shown := a.progress()
			err = sqlite.BackupFile(ctx, name, args[0], func(done, total int64) { shown.show("Backing up", done, total, "pages") })
			shown.clear()
			if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
				return errors.New("stopped; no backup was written")
			}
			if err != nil {
				return err
			}
			info, err := os.Stat(args[0])
			if err != nil {
				return err
			}
			if a.json {
				return a.printJSON(backedUpJSON{args[0], info.Size()})
			}
			_, err = fmt.Fprintf(a.stdout, "Backed up to %s, %d bytes.\n", plain(args[0]), info.Size())
			return err
		},
	}
}

// backedUpHere refuses databases that are no files, and files that are not
// named like one.
func backedUpHere(name, file string) error {
	server, err := isServer(name)
	if err != nil {
		return err
	}
	if server {
		return &usageError{errors.New("a PostgreSQL database is backed up with the server's own tools: pg_dump for one database, pg_basebackup for the whole server")}
	}
	server, err = isServer(file)
	if err != nil {
		return err
	}
	if server {
		return &usageError{errors.New("a backup is a file; to copy into another database use \"boternity db copy --to\"")}
	}
	return nil
}
