package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"io/fs"
	"time"

	"github.com/pressly/goose/v3"

	"github.com/boternity/boternity/internal/migration"
)

//go:embed migrations/*.sql
var embeddedFiles embed.FS

var dialect = migration.Dialect{
	Goose: goose.DialectSQLite3,
	Begin: []string{"BEGIN IMMEDIATE"},
	CountTables: "SELECT count(*) FROM sqlite_schema WHERE name IN ('" +
		migration.VersionsTable + "', '" + migration.ChecksumsTable + "')",
	CreateChecksums: "CREATE TABLE IF NOT EXISTS " + migration.ChecksumsTable + " (version INTEGER PRIMARY KEY, checksum BLOB NOT NULL) STRICT",
	NoteChecksum:    "INSERT INTO " + migration.ChecksumsTable + " (version, checksum) VALUES (?, ?)",
}

// migrations are what this program can make of a file.
type migrations struct {
	migration.Set
	err error
}

func embedded() migrations {
	files, err := fs.Sub(embeddedFiles, "migrations")
	if err != nil {
		return migrations{err: err}
	}
	return readMigrations(files)
}

func readMigrations(files fs.FS) migrations {
	set, err := migration.Read(files, dialect)
	return migrations{set, err}
}

// look says what a file of ours still needs, without changing it.
func look(ctx context.Context, path string, busy time.Duration, m migrations) ([]int64, error) {
	handle, pending, err := lookOnly(ctx, path, busy, m)
	if err != nil {
		return nil, err
	}
	return pending, handle.Close()
}

// lookOnly does what look does and keeps the file open for reading.
func lookOnly(ctx context.Context, path string, busy time.Duration, m migrations) (*sql.DB, []int64, error) {
	handle, err := connectOnly(ctx, path, busy)
	if err != nil {
		return nil, nil, err
	}
	pending, err := m.Pending(ctx, handle)
	if err != nil {
		return nil, nil, errors.Join(err, handle.Close())
	}
	return handle, pending, nil
}

// connectOnly opens a file for reading such that nothing of it changes, not
// even when the connection is closed. Where the log holds something, a
// connection that may write would merge it into the file when it is the last
// to close; where it holds nothing, one that may not would leave an empty log
// behind.
func connectOnly(ctx context.Context, path string, busy time.Duration) (*sql.DB, error) {
	log, err := logSize(path)
	if err != nil {
		return nil, err
	}
	mode := "rw"
	if log > 0 {
		mode = "ro"
	}
	handle, err := connect(path, mode, busy, "query_only(ON)", "trusted_schema(OFF)")
	if err != nil {
		return nil, err
	}
	err = handle.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema").Scan(new(int64))
	if err == nil {
		return handle, nil
	}
	why := meaning(extended(err))
	unwritable := errors.Is(why, ErrOpen) || errors.Is(why, ErrReadOnly)
	if closed := handle.Close(); !unwritable || log > 0 || closed != nil {
		return nil, errors.Join(err, closed)
	}
	// A file or a folder that this user may not write to, as a backup is, and
	// without a log: there is nothing but the file to read.
	return openHandle(path, immutable())
}
