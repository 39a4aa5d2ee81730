package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/boternity/boternity/internal/migration"
)

// Open opens a database file for reading and writing. A file that there is not
// is created, with its folders, for this user alone; one with an older schema
// is migrated. A file that is not ours (ErrForeign, ErrBoternity), that a newer
// program has migrated (*builder.NewerError) or whose migrations were edited
// (ErrEdited) is refused and left as it is, byte for byte.
func Open(ctx context.Context, path string, o Options) (*Database, error) {
	return open(ctx, path, o, embedded())
}

func open(ctx context.Context, path string, o Options, m migrations) (*Database, error) {
	db, err := prepare(path, o, m)
	if err != nil {
		return nil, err
	}
	if err := createFile(db.path); err != nil {
		return nil, err
	}
	found, err := identify(ctx, db.path, db.busy)
	if err != nil {
		return nil, db.translate(err)
	}
	pending := m.Versions()
	if found != fresh {
		if pending, err = look(ctx, db.path, db.busy, m); err != nil {
			return nil, db.translate(err)
		}
	}
	if err := db.openForWriting(ctx, m, pending); err != nil {
		return nil, db.translate(errors.Join(err, db.release()))
	}
	return db, nil
}

// OpenReadOnly opens a database file without changing a byte of it: nothing is
// created or migrated, and what would write fails with ErrReadOnly. Others may
// write meanwhile. An older schema, or none yet, is ErrOlder; for the rest it
// refuses what Open refuses.
func OpenReadOnly(ctx context.Context, path string, o Options) (*Database, error) {
	return openReadOnly(ctx, path, o, embedded())
}

func openReadOnly(ctx context.Context, path string, o Options, m migrations) (*Database, error) {
	db, err := prepare(path, o, m)
	if err != nil {
		return nil, err
	}
	if err := existing(db.path); err != nil {
		return nil, err
	}
	found, err := identify(ctx, db.path, db.busy)
	if err != nil {
		return nil, db.translate(err)
	}
	if found == fresh {
		return nil, &FileError{Path: db.path, Err: ErrOlder}
	}
	handle, pending, err := lookOnly(ctx, db.path, db.busy, m)
	if err != nil {
		return nil, db.translate(err)
	}
	db.readOnly, db.handles, db.readers = true, []*sql.DB{handle}, newPool(handle, readers)
	if len(pending) > 0 {
		return nil, db.translate(errors.Join(&FileError{Path: db.path, Err: ErrOlder}, db.release()))
	}
	return db, nil
}

func prepare(path string, o Options, m migrations) (*Database, error) {
	if m.err != nil {
		return nil, m.err
	}
	absolute, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return newDatabase(absolute, o), nil
}

func (db *Database) openForWriting(ctx context.Context, m migrations, pending []int64) error {
	// Syncing the log at every commit is what makes an acknowledgement true.
	// A trusted schema would let a doctored file run functions of its choice.
	// On macOS a plain sync leaves the bytes in the disk's own cache, where a
	// power cut loses them; the two fullfsync settings change that, and nothing
	// anywhere else.
	writing, err := connect(db.path, "rw", db.busy, "synchronous(FULL)", "fullfsync(ON)", "checkpoint_fullfsync(ON)", "trusted_schema(OFF)")
	if err != nil {
		return err
	}
	db.handles = append(db.handles, writing)
	if err := db.settle(ctx, writing); err != nil {
		return err
	}
	if len(pending) > 0 {
		if err := m.Apply(ctx, writing, pending); err != nil {
			return err
		}
	}
	reading, err := connect(db.path, "rw", db.busy, "query_only(ON)", "trusted_schema(OFF)")
	if err != nil {
		return err
	}
	db.handles = append(db.handles, reading)
	// Waiting for the file is begin's. What a statement may have to undo is kept
	// in memory: in a temporary file it would be a third of all that is written.
	db.writer = &committer{pool: newPool(writing, 1, "PRAGMA busy_timeout = 0", "PRAGMA temp_store = MEMORY"), busy: db.busy, full: batchTime}
	db.writer.known = func(ctx context.Context, q migration.Querier) error {
		_, err := m.Pending(ctx, q)
		return err
	}
	db.readers = newPool(reading, readers)
	return nil
}

// settle marks a file as ours where it is not, and sees to its write-ahead log.
// Several programs may be doing this to one file. It looks for itself: a mark
// that was found without touching the file may have been taken back since, with
// the rest of what a killed program had begun.
func (db *Database) settle(ctx context.Context, handle *sql.DB) error {
	c, err := newPool(handle, 1).take(ctx, db.busy)
	if err != nil {
		return err
	}
	wait, cancel := context.WithTimeout(ctx, db.busy)
	defer cancel()
	err = untilFree(wait, func() error {
		if mark, err := markOf(c); err != nil || mark == applicationID {
			return err
		}
		return transact(ctx, c, db.busy, claim)
	})
	if err == nil {
		// Where another connection writes, SQLite does not wait by itself.
		err = untilFree(wait, func() error { return useLog(c) })
	}
	err = waited(ctx, err)
	if errors.Is(err, ErrForeign) || errors.Is(err, errNoLog) {
		err = &FileError{Path: db.path, Err: err}
	}
	if err != nil {
		return errors.Join(err, c.discard())
	}
	return c.close()
}

// errNoLog is all but impossible on a local disk.
var errNoLog = errors.New("this file system allows no write-ahead log, so programs could not share the file")

func useLog(c *conn) error {
	var mode string
	if _, err := c.one("PRAGMA journal_mode = WAL", nil, &mode); err != nil {
		return err
	}
	if mode != "wal" {
		return errNoLog
	}
	return nil
}

// connect returns what opens connections to a file. mode is one of SQLite's:
// ro, rw. None of them creates the file.
func connect(path, mode string, busy time.Duration, pragmas ...string) (*sql.DB, error) {
	query := url.Values{"mode": {mode}}
	// It comes first: the other pragmas may have to wait as well.
	query.Add("_pragma", "busy_timeout("+strconv.FormatInt(max(busy.Milliseconds(), 1), 10)+")")
	for _, p := range pragmas {
		query.Add("_pragma", p)
	}
	return openHandle(path, query)
}

func openHandle(path string, query url.Values) (*sql.DB, error) {
	handle, err := sql.Open("sqlite", fileURL(path, query))
	if err != nil {
		return nil, &FileError{Path: path, Err: ErrOpen}
	}
	return handle, nil
}

func fileURL(path string, query url.Values) string {
	// A Windows path begins with its drive, a URL's with a slash.
	slashed := "/" + strings.TrimPrefix(filepath.ToSlash(path), "/")
	name := url.URL{Scheme: "file", Path: slashed, RawQuery: query.Encode()}
	return name.String()
}
