// Package migration is goose with three guards it lacks: an applied migration
// that was edited, a database that a newer program has migrated, and two
// programs that migrate at once are each caught. Each migration is one
// transaction together with the note that it was run.
package migration

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/pressly/goose/v3"

	"github.com/boternity/boternity/builder"
)

// The tables that say what a database has gone through: which versions, and as
// what they read then.
const (
	VersionsTable  = "builder_schema_versions"
	ChecksumsTable = "builder_schema_checksums"
)

// ErrEdited is a database that has gone through other migrations than ours.
var ErrEdited = errors.New("a migration that this database has gone through has been changed since")

// Dialect is what differs between databases.
type Dialect struct {
	Goose           goose.Dialect
	Begin           []string // begins a transaction that keeps others from migrating until it ends
	CountTables     string   // how many of the two tables there are
	CreateChecksums string   // unless it is there
	NoteChecksum    string   // with a version and its checksum as arguments
}

// Set is what a program can make of a database.
type Set struct {
	Checksums map[int64][]byte // by version
	files     fs.FS
	dialect   Dialect
}

// Read refuses a set in which two files have one version.
func Read(files fs.FS, d Dialect) (Set, error) {
	s := Set{files: files, Checksums: map[int64][]byte{}, dialect: d}
	names, err := fs.Glob(files, "*.sql")
	if err != nil {
		return Set{}, err
	}
	for _, name := range names {
		version, err := goose.NumericComponent(name)
		if err != nil {
			return Set{}, fmt.Errorf("migration %s: %w", path.Base(name), err)
		}
		if s.Checksums[version] != nil {
			return Set{}, fmt.Errorf("migration %s: another one has version %d", path.Base(name), version)
		}
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return Set{}, err
		}
		// A checkout may have changed the line ends.
		sum := sha256.Sum256([]byte(strings.ReplaceAll(string(text), "\r\n", "\n")))
		s.Checksums[version] = sum[:]
	}
	return s, nil
}

// Versions are those of s, in order.
func (s Set) Versions() []int64 {
	var versions []int64
	for v := range s.Checksums {
		versions = append(versions, v)
	}
	slices.Sort(versions)
	return versions
}

// Schema is how far a database has been migrated.
type Schema struct {
	Version int64 // of the newest migration that it has gone through; 0 for none
	Pending []Migration
}

// Migration is one that the program has.
type Migration struct {
	Version int64
	Name    string
}

// Schema says how far a database is that has gone through these, or what is
// wrong with them.
func (s Set) Schema(applied map[int64][]byte) (Schema, error) {
	pending, err := s.Compare(applied)
	if err != nil {
		return Schema{}, err
	}
	names, err := s.names()
	if err != nil {
		return Schema{}, err
	}
	var schema Schema
	for v := range applied {
		schema.Version = max(schema.Version, v)
	}
	for _, v := range pending {
		schema.Pending = append(schema.Pending, Migration{v, names[v]})
	}
	return schema, nil
}

// names are what the files call their migrations.
func (s Set) names() (map[int64]string, error) {
	files, err := fs.Glob(s.files, "*.sql")
	names := map[int64]string{}
	for _, file := range files {
		version, err := goose.NumericComponent(file)
		if err != nil {
			return nil, err
		}
		_, name, _ := strings.Cut(strings.TrimSuffix(file, ".sql"), "_")
		names[version] = strings.ReplaceAll(name, "_", " ")
	}
	return names, err
}

// Querier is a *sql.DB or a *sql.Conn.
type Querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// Pending returns the migrations that a database still needs, or what is wrong
// with those it has gone through. It changes nothing.
func (s Set) Pending(ctx context.Context, q Querier) ([]int64, error) {
	done, err := s.Applied(ctx, q)
	if err != nil {
		return nil, err
	}
	return s.Compare(done)
}

// Compare does what Pending does for a database that has gone through these.
func (s Set) Compare(applied map[int64][]byte) (pending []int64, err error) {
	known := s.Versions()
	var newest int64
	for v := range applied {
		newest = max(newest, v)
	}
	if latest := known[len(known)-1]; newest > latest {
		return nil, &builder.NewerError{What: "the database", Found: uint64(newest), Known: uint64(latest)}
	}
	for v, sum := range applied {
		if string(sum) != string(s.Checksums[v]) {
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

// Applied reads what a database has gone through: versions with checksums.
func (s Set) Applied(ctx context.Context, q Querier) (map[int64][]byte, error) {
	versions := map[int64][]byte{}
	var tables int
	if err := q.QueryRowContext(ctx, s.dialect.CountTables).Scan(&tables); err != nil || tables < 2 {
		return versions, err
	}
	rows, err := q.QueryContext(ctx, `SELECT v.version_id, c.checksum
		FROM `+VersionsTable+` v LEFT JOIN `+ChecksumsTable+` c ON c.version = v.version_id
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

// Apply runs pending migrations.
func (s Set) Apply(ctx context.Context, handle *sql.DB, pending []int64) error {
	lock := &lock{Set: s}
	provider, err := goose.NewProvider(s.dialect.Goose, handle, s.files,
		goose.WithTableName(VersionsTable), goose.WithDisableGlobalRegistry(true),
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

// lock makes one transaction of a migration, its version and its checksum, and
// lets one program migrate at a time.
type lock struct {
	Set
	before  map[int64][]byte
	refused error
}

// SessionLock looks again, now that nobody else can migrate.
func (l *lock) SessionLock(ctx context.Context, conn *sql.Conn) error {
	for _, statement := range l.dialect.Begin {
		if _, err := conn.ExecContext(ctx, statement); err != nil {
			l.refused = err
			return err
		}
	}
	_, l.refused = conn.ExecContext(ctx, l.dialect.CreateChecksums)
	if l.refused == nil {
		l.before, l.refused = l.Applied(ctx, conn)
	}
	if l.refused == nil {
		_, l.refused = l.Compare(l.before)
	}
	if l.refused != nil {
		return errors.Join(l.refused, rollBack(conn))
	}
	return nil
}

// SessionUnlock commits when a version was added, which goose does last.
func (l *lock) SessionUnlock(ctx context.Context, conn *sql.Conn) error {
	added, err := l.note(ctx, conn)
	if err != nil || !added {
		return errors.Join(err, rollBack(conn))
	}
	if _, err := conn.ExecContext(ctx, "COMMIT"); err != nil {
		return errors.Join(err, rollBack(conn))
	}
	return nil
}

func (l *lock) note(ctx context.Context, conn *sql.Conn) (added bool, err error) {
	after, err := l.Applied(ctx, conn)
	if err != nil {
		return false, err
	}
	for v := range after {
		if _, there := l.before[v]; there {
			continue
		}
		added = true
		if _, err := conn.ExecContext(ctx, l.dialect.NoteChecksum, v, l.Checksums[v]); err != nil {
			return false, err
		}
	}
	return added, nil
}

func rollBack(conn *sql.Conn) error {
	_, err := conn.ExecContext(context.Background(), "ROLLBACK")
	return err
}
