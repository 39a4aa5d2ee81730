package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"slices"
	"time"

	codes "modernc.org/sqlite/lib"

	"github.com/boternity/boternity/internal/migration"
)

// applicationID marks a file as ours, in its first page, before anything else
// is written to it.
const applicationID = 0x626f7462

// identity is whose a file is.
type identity int

const (
	fresh    identity = iota // nobody's yet: an empty file
	ours                     // marked
	unmarked                 // has our tables but lost the mark, as a dump that was read back has
)

// identify tells whose a file is without touching it: no lock, no log, no
// shared memory. It reads the main file alone, which always has the mark. One
// that is not ours is an error.
//
// The main file alone may look damaged where it is not: a program was killed,
// or is still busy, halfway through merging its log into it, or ran out of disk
// there. Then the log has to be read as well.
func identify(ctx context.Context, path string, busy time.Duration) (identity, error) {
	for attempt := 1; ; attempt++ {
		found, log, err := glimpse(path)
		switch code := primary(err); {
		case code != codes.SQLITE_CORRUPT && code != codes.SQLITE_NOTADB:
			return found, err
		case log > 0:
			return lookThroughLog(ctx, path, busy)
		case attempt == glimpses:
			return 0, err
		}
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// glimpses is how often a file without a log is looked at that seems to be
// damaged: its log may have come and gone meanwhile.
const glimpses = 10

// lookThroughLog identifies a file by what it is together with its log.
func lookThroughLog(ctx context.Context, path string, busy time.Duration) (_ identity, err error) {
	handle, err := connectOnly(ctx, path, busy)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, handle.Close()) }()
	return readMark(path, handle)
}

// glimpse reads the length of the log first: our files have the mark before
// they have a log.
func glimpse(path string) (found identity, log int64, err error) {
	if log, err = logSize(path); err != nil {
		return 0, 0, err
	}
	bytes, err := size(path)
	switch {
	case err != nil:
		return 0, 0, err
	case bytes == 0 && log > 0:
		return 0, log, &FileError{Path: path, Err: errOnlyLog}
	case bytes == 0:
		return fresh, 0, nil
	}
	query := immutable()
	// So that SQLite reads the mark out of a file that ends before the length
	// in its header, as one does halfway through the merging of its log.
	query.Add("_pragma", "writable_schema(ON)")
	handle, err := openHandle(path, query)
	if err != nil {
		return 0, log, err
	}
	defer func() { err = errors.Join(err, handle.Close()) }()
	found, err = readMark(path, handle)
	return found, log, err
}

func readMark(path string, handle *sql.DB) (identity, error) {
	var mark int64
	if err := handle.QueryRow("PRAGMA application_id").Scan(&mark); err != nil {
		return 0, err
	}
	if mark == applicationID {
		return ours, nil
	}
	tables, err := tableNames(handle)
	if err != nil {
		return 0, err
	}
	has := func(name string) bool { return slices.Contains(tables, name) }
	switch {
	case mark == 0 && has(migration.VersionsTable) && has(migration.ChecksumsTable):
		return unmarked, nil
	case has("_sqlx_migrations") || has("builder_drafts") && has("builder_memory"):
		return 0, &FileError{Path: path, Err: ErrBoternity}
	}
	return 0, &FileError{Path: path, Err: ErrForeign}
}

// immutable opens a file as if nobody could change it.
func immutable() url.Values { return url.Values{"mode": {"ro"}, "immutable": {"1"}} }

func tableNames(handle *sql.DB) (names []string, err error) {
	rows, err := handle.Query("SELECT name FROM sqlite_schema WHERE type = 'table'")
	if err != nil {
		return nil, err
	}
	for rows.Next() {
		var name string
		if err = rows.Scan(&name); err != nil {
			break
		}
		names = append(names, name)
	}
	return names, errors.Join(err, rows.Close(), rows.Err())
}

// claim marks a file as ours, unless another program got there first.
func claim(c *conn) error {
	mark, err := markOf(c)
	if err != nil || mark == applicationID {
		return err
	}
	var tables, versions int64
	if _, err := c.one("SELECT count(*), count(CASE name WHEN ? THEN 1 END) FROM sqlite_schema", []any{migration.VersionsTable}, &tables, &versions); err != nil {
		return err
	}
	if mark != 0 || tables > 0 && versions == 0 {
		return ErrForeign
	}
	_, err = c.exec("PRAGMA application_id = 0x626f7462")
	return err
}

func markOf(c *conn) (mark int64, err error) {
	_, err = c.one("PRAGMA application_id", nil, &mark)
	return mark, err
}
