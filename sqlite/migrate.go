package sqlite

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/pressly/goose/v3"

	"github.com/boternity/boternity/builder"
)

//go:embed migrations/*.sql
var embeddedFiles embed.FS

// The tables that say what a file has gone through: which versions, and as
// what they read then.
const (
	versionsTable  = "builder_schema_versions"
	checksumsTable = "builder_schema_checksums"
)

// migrations are what this program can make of a file.
type migrations struct {
	files     fs.FS
	checksums map[int64][]byte // by version
	err       error
}

func embedded() migrations {
	files, err := fs.Sub(embeddedFiles, "migrations")
	if err != nil {
		return migrations{err: err}
	}
	return readMigrations(files)
}

// readMigrations refuses a set in which two files have one version.
func readMigrations(files fs.FS) migrations {
	m := migrations{files: files, checksums: map[int64][]byte{}}
	names, err := fs.Glob(files, "*.sql")
	if err != nil {
		return migrations{err: err}
	}
	for _, name := range names {
		version, err := goose.NumericComponent(name)
		if err != nil {
			return migrations{err: fmt.Errorf("migration %s: %w", path.Base(name), err)}
		}
		if m.checksums[version] != nil {
			return migrations{err: fmt.Errorf("migration %s: another one has version %d", path.Base(name), version)}
		}
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return migrations{err: err}
		}
		// A checkout may have changed the line ends.
		sum := sha256.Sum256([]byte(strings.ReplaceAll(string(text), "\r\n", "\n")))
		m.checksums[version] = sum[:]
	}
	return m
}

// versions are those of m, in order.
func (m migrations) versions() []int64 {
	var versions []int64
	for v := range m.checksums {
		versions = append(versions, v)
	}
	slices.Sort(versions)
	return versions
}

// compare returns the migrations that a file still needs, or what is wrong
// with those it has gone through.
func (m migrations) compare(applied map[int64][]byte) (pending []int64, err error) {
	known := m.versions()
	var newest int64
	for v := range applied {
		newest = max(newest, v)
	}
	if latest := known[len(known)-1]; newest > latest {
		return nil, &builder.NewerError{What: "the database", Found: uint64(newest), Known: uint64(latest)}
	}
	for v, sum := range applied {
		if string(sum) != string(m.checksums[v]) {
			return nil, fmt.Errorf("migration %d: %w", v, ErrEdited)
		}
	}
	for _, v := range known {
		if _, done := applied[v]; done {
			continue
		}
		if v < newest {
			return nil, fmt.Errorf("migration %d came after %d: %w", v, newest, ErrEdited)
		}
		pending = append(pending, v)
	}
	return pending, nil
}

// querier is a *sql.DB or a *sql.Conn.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// applied reads what a file has gone through, with checksums.
func applied(ctx context.Context, q querier) (map[int64][]byte, error) {
	versions := map[int64][]byte{}
	var tables int
	if err := q.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema WHERE name IN (?, ?)", versionsTable, checksumsTable).Scan(&tables); err != nil || tables < 2 {
		return versions, err
	}
	rows, err := q.QueryContext(ctx, `SELECT v.version_id, c.checksum
		FROM builder_schema_versions v LEFT JOIN builder_schema_checksums c ON c.version = v.version_id
		WHERE v.is_applied AND v.version_id > 0`)
	if err != nil {
		return nil, err
	}
	for rows.Next() {
		var version int64
		var checksum []byte
		if err = rows.Scan(&version, &checksum); err != nil {
			break
		}
		versions[version] = checksum
	}
	return versions, errors.Join(err, rows.Close(), rows.Err())
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
	done, err := applied(ctx, handle)
	if err != nil {
		return nil, nil, errors.Join(err, handle.Close())
	}
	pending, err := m.compare(done)
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

// apply runs pending migrations, each in a transaction of its own together
// with the note that it was run.
func (m migrations) apply(ctx context.Context, handle *sql.DB, pending []int64) error {
	lock := &migrationLock{migrations: m}
	provider, err := goose.NewProvider(goose.DialectSQLite3, handle, m.files,
		goose.WithTableName(versionsTable), goose.WithDisableGlobalRegistry(true),
		// The lock is a transaction around each migration. goose then must not
		// begin one of its own, which is what this is for.
		goose.WithSessionLocker(lock), goose.WithIsolateDDL(true))
	if err != nil {
		return fmt.Errorf("migrations: %w", err)
	}
	for _, v := range pending {
		_, err := provider.ApplyVersion(ctx, v, true)
		if lock.refused != nil {
			return lock.refused
		}
		// Another program may have been faster.
		if err != nil && !errors.Is(err, goose.ErrAlreadyApplied) {
			return fmt.Errorf("migration %d: %w", v, err)
		}
	}
	return nil
}

// migrationLock makes one transaction of a migration, its version and its
// checksum, and lets one program migrate at a time.
type migrationLock struct {
	migrations
	before  map[int64][]byte
	refused error
}

// SessionLock looks again, now that nobody else can migrate.
func (l *migrationLock) SessionLock(ctx context.Context, conn *sql.Conn) error {
	if _, err := conn.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		l.refused = err
		return err
	}
	_, l.refused = conn.ExecContext(ctx, `CREATE TABLE IF NOT EXISTS builder_schema_checksums (
		version INTEGER PRIMARY KEY, checksum BLOB NOT NULL) STRICT`)
	if l.refused == nil {
		l.before, l.refused = applied(ctx, conn)
	}
	if l.refused == nil {
		_, l.refused = l.compare(l.before)
	}
	if l.refused != nil {
		return errors.Join(l.refused, rollBack(conn))
	}
	return nil
}

// SessionUnlock commits when a version was added, which goose does last.
func (l *migrationLock) SessionUnlock(ctx context.Context, conn *sql.Conn) error {
	added, err := l.note(ctx, conn)
	if err != nil || !added {
		return errors.Join(err, rollBack(conn))
	}
	if _, err := conn.ExecContext(ctx, "COMMIT"); err != nil {
		return errors.Join(err, rollBack(conn))
	}
	return nil
}

func (l *migrationLock) note(ctx context.Context, conn *sql.Conn) (added bool, err error) {
	after, err := applied(ctx, conn)
	if err != nil {
		return false, err
	}
	for v := range after {
		if _, there := l.before[v]; there {
			continue
		}
		added = true
		if _, err := conn.ExecContext(ctx, "INSERT INTO builder_schema_checksums (version, checksum) VALUES (?, ?)", v, l.checksums[v]); err != nil {
			return false, err
		}
	}
	return added, nil
}

func rollBack(conn *sql.Conn) error {
	_, err := conn.ExecContext(context.Background(), "ROLLBACK")
	return err
}
