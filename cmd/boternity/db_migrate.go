package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/postgres"
	"github.com/boternity/boternity/sqlite"
)

// migratedJSON is the result of migrating. What a dry run found is there for a
// dry run alone.
type migratedJSON struct {
	From       int64           `json:"from"`
	To         int64           `json:"to"`
	Migrations []migrationJSON `json:"migrations"`
	DryRun     *checkedJSON    `json:"dry_run,omitempty"` // as a check would find it afterwards
}

type migrationJSON struct {
	Version int64  `json:"version"`
	Name    string `json:"name"`
}

func (a *app) dbMigrateCommand() *cobra.Command {
	var dryRun bool
	cmd := &cobra.Command{
		Use:   "migrate",
		Short: "Bring the database up to this program's schema",
		Long: `Applies the migrations that the database has not gone through, each of them whole
or not at all, and says from which version to which. Other commands do the same
to a file when they open it for writing; a PostgreSQL database is migrated by this
one alone. Older programs then refuse it. Make a backup first.

--dry-run changes nothing. It migrates a copy in the temporary folder ($TMPDIR),
which takes as much room as the database, checks that, and reports which drafts
this program could not read afterwards: those that a newer one wrote, and those
that are unreadable. Of a PostgreSQL database no copy is made: where something is
to be migrated, only that is told.`,
		Example: `  boternity db migrate --dry-run
  boternity db backup before.db && boternity db migrate
  boternity db migrate --db postgres://boternity@db.example/boternity`,
		Args: takes(0, 0),
	}
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "say what would happen, and change nothing")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		name, err := a.databaseName()
		if err != nil {
			return err
		}
		if err := a.there(name); err != nil {
			return err
		}
		ctx, stop := interruptible(cmd.Context())
		defer stop()
		migrate := migrateFile
		server, err := isServer(name)
		switch {
		case err != nil:
			return err
		case server && dryRun:
			migrate = a.lookAtServer
		case server:
			migrate = migrateServer
		case dryRun:
			migrate = a.rehearseMigration
		}
		result, err := migrate(ctx, name)
		if err != nil {
			return err
		}
		if a.json {
			return a.printJSON(result)
		}
		return a.printMigrated(result, dryRun)
	}
	return cmd
}

// migrateFile migrates a file, unless there is none.
func migrateFile(ctx context.Context, path string) (migratedJSON, error) {
	schema, err := sqlite.ReadSchema(ctx, path)
	if err != nil || len(schema.Pending) == 0 {
		return migrationOf(schema), err
	}
	db, err := sqlite.Open(ctx, path, sqlite.Options{})
	if err != nil {
		return migratedJSON{}, err
	}
	return migrationOf(schema), db.Close()
}

// migrateServer migrates a PostgreSQL database.
func migrateServer(ctx context.Context, url string) (migratedJSON, error) {
	schema, err := postgres.ReadSchema(ctx, url)
	if err == nil && len(schema.Pending) > 0 {
		_, err = postgres.Migrate(ctx, url)
	}
	return migrationOf(schema), err
}

// lookAtServer says what migrateServer would do. Only where that is nothing can
// the rows be checked: an older schema this program does not read.
func (a *app) lookAtServer(ctx context.Context, url string) (migratedJSON, error) {
	schema, err := postgres.ReadSchema(ctx, url)
	if err != nil {
		return migratedJSON{}, err
	}
	result := migrationOf(schema)
	if len(schema.Pending) > 0 {
		a.say("No copy of a PostgreSQL database is made, so which drafts could be read afterwards is not told. To know it, migrate a restored backup.")
		return result, nil
	}
	db, err := openDatabase(ctx, url, toRead)
	if err != nil {
		return migratedJSON{}, err
	}
	shown := a.progress()
	found, err := check(ctx, db, func(done, total int64) { shown.show("Checking", done, total, "rows") })
	shown.clear()
	result.DryRun = &found
	return result, thenClose(db, err)
}

// rehearseMigration does to a copy what migrateFile would do, and checks that.
// Where there is nothing to do the file itself is checked.
func (a *app) rehearseMigration(ctx context.Context, path string) (migratedJSON, error) {
	schema, err := sqlite.ReadSchema(ctx, path)
	if err != nil {
		return migratedJSON{}, err
	}
	shown := a.progress()
	defer shown.clear()
	var db builder.Database
	remove := func() error { return db.Close() }
	if len(schema.Pending) == 0 {
		db, err = openDatabase(ctx, path, toRead)
	} else {
		db, remove, err = sqlite.Rehearse(ctx, path, sqlite.Options{}, func(done, total int64) { shown.show("Copying", done, total, "pages") })
	}
	if err != nil {
		return migratedJSON{}, err
	}
	found, err := check(ctx, db, func(done, total int64) { shown.show("Checking", done, total, "rows") })
	if removed := remove(); removed != nil {
		return migratedJSON{}, errors.Join(err, removed)
	}
	result := migrationOf(schema)
	result.DryRun = &found
	return result, err
}

func migrationOf(schema sqlite.Schema) migratedJSON {
	result := migratedJSON{From: schema.Version, To: schema.Version, Migrations: []migrationJSON{}}
	for _, m := range schema.Pending {
		result.Migrations = append(result.Migrations, migrationJSON(m))
		result.To = m.Version
	}
	return result
}

func (a *app) printMigrated(r migratedJSON, dryRun bool) error {
	var out strings.Builder
	done := "Migrated"
	if dryRun {
		done = "Would be migrated"
	}
	if len(r.Migrations) == 0 {
		fmt.Fprintf(&out, "The database is up to date, at version %d.\n", r.To)
	} else {
		fmt.Fprintf(&out, "%s from version %d to %d:\n", done, r.From, r.To)
	}
	for _, m := range r.Migrations {
		fmt.Fprintf(&out, "  %d %s\n", m.Version, m.Name)
	}
	if _, err := io.WriteString(a.stdout, out.String()); err != nil || r.DryRun == nil {
		return err
	}
	return a.printChecked(*r.DryRun)
}
