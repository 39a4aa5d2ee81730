package postgres

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"io/fs"

	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/internal/migration"
)

//go:embed migrations/*.sql
var embeddedFiles embed.FS

// dialect shuts others out for a transaction, not a session: a pooler may give
// the next transaction another session. The number is ours alone.
var dialect = migration.Dialect{
	Goose: goose.DialectPostgres,
	Begin: []string{"BEGIN ISOLATION LEVEL READ COMMITTED", "SELECT pg_advisory_xact_lock(7093852641098)"},
	CountTables: "SELECT (to_regclass('" + migration.VersionsTable + "') IS NOT NULL)::int + (to_regclass('" +
		migration.ChecksumsTable + "') IS NOT NULL)::int",
	CreateChecksums: "CREATE TABLE IF NOT EXISTS " + migration.ChecksumsTable + " (version bigint PRIMARY KEY, checksum bytea NOT NULL)",
	NoteChecksum:    "INSERT INTO " + migration.ChecksumsTable + " (version, checksum) VALUES ($1, $2)",
}

func embedded() (migration.Set, error) {
	files, err := fs.Sub(embeddedFiles, "migrations")
	if err != nil {
		return migration.Set{}, err
	}
	return migration.Read(files, dialect)
}

// Migrate brings a database to this program's schema and returns the versions
// of the migrations it ran. Each is one transaction; of several programs that
// migrate at once each migration is run by one. A database that a newer program
// has migrated is a *builder.NewerError and left as it is.
func Migrate(ctx context.Context, url string) (ran []int64, err error) {
	set, err := embedded()
	if err != nil {
		return nil, err
	}
	return migrateWith(ctx, url, set)
}

type (
	// Schema is how far a database has been migrated.
	Schema = migration.Schema

	// Migration is one that the program has.
	Migration = migration.Migration
)

// ReadSchema says how far a database has been migrated, and changes nothing. It
// refuses what Migrate refuses.
func ReadSchema(ctx context.Context, url string) (Schema, error) {
	set, err := embedded()
	if err != nil {
		return Schema{}, err
	}
	return readSchema(ctx, url, set)
}

func readSchema(ctx context.Context, url string, set migration.Set) (schema Schema, err error) {
	err = withHandle(ctx, url, func(handle *sql.DB) error {
		done, err := set.Applied(ctx, handle)
		if err == nil {
			schema, err = set.Schema(done)
		}
		return err
	})
	return schema, err
}

func migrateWith(ctx context.Context, url string, set migration.Set) (pending []int64, err error) {
	err = withHandle(ctx, url, func(handle *sql.DB) error {
		pending, err = set.Pending(ctx, handle)
		if err == nil && len(pending) > 0 {
			err = set.Apply(ctx, handle, pending)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return pending, nil
}

// withHandle opens a database for what the driver-independent tools do.
func withHandle(ctx context.Context, url string, do func(*sql.DB) error) error {
	pool, err := connect(ctx, url)
	if err != nil {
		return err
	}
	defer pool.Close()
	// Not to be left with tables that no program would use.
	var encoding string
	if err := pool.QueryRow(ctx, `SHOW server_encoding`).Scan(&encoding); err != nil {
		return translate(&driverError{err: err, harmless: true})
	}
	if encoding != utf8 {
		return &ServerError{Err: ErrEncoding}
	}
	handle := stdlib.OpenDBFromPool(pool)
	err = ofDriver(do(handle))
	return translate(errors.Join(err, handle.Close()))
}

// ofDriver marks what is not ours.
func ofDriver(err error) error {
	if err == nil || errors.Is(err, ErrEdited) || errors.Is(err, ErrOlder) || errors.Is(err, builder.ErrNewer) {
		return err
	}
	return &driverError{err: err, harmless: true}
}
