package sqlite

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	driver "modernc.org/sqlite"

	"github.com/boternity/boternity/builder"
)

// Backup writes the database into a new file, as it is at one moment: with
// everything that was acknowledged before the call, and all or nothing of what
// is saved meanwhile. Others may go on writing; until it is done their log
// cannot be merged into the database and grows.
//
// The file appears under its name once it is whole and on disk, for this user
// alone; it needs no log beside it. One that is there already is never replaced:
// that is ErrInvalid. progress, which may be nil, is told of pages.
func (db *Database) Backup(ctx context.Context, to string, progress func(done, total int64)) error {
	return db.enter(func() error {
		c, err := db.readers.take(ctx, db.busy)
		if err != nil {
			return err
		}
		err = backup(ctx, c, db.path, to, progress)
		// What was begun on this connection ends with it.
		db.readers.give(c, err != nil)
		return err
	})
}

// BackupFile is Backup of a database file, whatever its schema version is: it
// opens the file for reading only, and neither migrates nor changes it.
func BackupFile(ctx context.Context, from, to string, progress func(done, total int64)) (err error) {
	path, err := filepath.Abs(from)
	if err != nil {
		return err
	}
	if err := existing(path); err != nil {
		return err
	}
	found, err := identify(ctx, path, DefaultBusyTimeout)
	if err != nil {
		return translate(path, err)
	}
	if found == fresh {
		return &FileError{Path: path, Err: errEmpty}
	}
	handle, err := connectOnly(ctx, path, DefaultBusyTimeout)
	if err != nil {
		return translate(path, err)
	}
	defer func() { err = errors.Join(err, handle.Close()) }()
	c, err := newPool(handle, 1).take(ctx, DefaultBusyTimeout)
	if err != nil {
		return translate(path, err)
	}
	err = backup(ctx, c, path, to, progress)
	return translate(path, errors.Join(err, c.discard()))
}

var errEmpty = errors.New("the file is empty; there is nothing to back up")

// backup copies what a connection reads into a file of another name, and gives
// that its name.
func backup(ctx context.Context, c *conn, from, to string, progress func(done, total int64)) (err error) {
	to, err = filepath.Abs(to)
	if err != nil {
		return err
	}
	if err := vacant(to); err != nil {
		return err
	}
	folder := filepath.Dir(to)
	if err := removePartial(folder, time.Now()); err != nil {
		return err
	}
	f, err := os.CreateTemp(folder, partialName+"*")
	if err != nil {
		return err
	}
	partial := f.Name()
	defer func() {
		if gone := os.Remove(partial); !errors.Is(gone, fs.ErrNotExist) {
			err = errors.Join(err, gone)
		}
	}()
	if err := f.Close(); err != nil {
		return err
	}
	if progress == nil {
		progress = func(int64, int64) {}
	}
	bytes, err := copyPages(ctx, c, from, partial, progress)
	if err != nil {
		return err
	}
	if err := syncFile(partial, bytes); err != nil {
		return err
	}
	if err := nameAnew(partial, to); err != nil {
		return err
	}
	return syncFolder(folder)
}

// vacant refuses a name that is taken, or beside which lies what SQLite would
// take for a part of the new file.
func vacant(path string) error {
	for _, beside := range []string{"", "-wal", "-journal"} {
		if _, err := os.Lstat(path + beside); err == nil {
			return &builder.InvalidError{Field: path + beside, Problem: "is there already; nothing was written"}
		} else if !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// backerUp is what the driver's connections can do beyond database/sql.
type backerUp interface {
	NewBackup(to string) (*driver.Backup, error)
}

// pagesAtOnce is some megabytes: often enough to show progress and to be
// cancelled.
const pagesAtOnce = 1024

// copyPages copies every page of a moment, and returns how many bytes it wrote.
// The moment is a transaction that was begun before: without it, every commit of
// another connection would make SQLite start anew, for ever beside a busy
// writer.
func copyPages(ctx context.Context, c *conn, from, to string, progress func(done, total int64)) (bytes int64, err error) {
	if _, err := c.exec("BEGIN"); err != nil {
		return 0, err
	}
	if _, err := c.one("SELECT count(*) FROM sqlite_schema", nil, new(int64)); err != nil {
		return 0, errors.Join(err, endOf(c))
	}
	var pageSize int64
	if _, err := c.one("PRAGMA page_size", nil, &pageSize); err != nil {
		return 0, errors.Join(err, endOf(c))
	}
	// The copy is of use to nobody before it is whole, and synced then.
	query := url.Values{"mode": {"rw"}, "_pragma": {"journal_mode(OFF)", "synchronous(OFF)"}}
	var pages int64
	err = c.sql.Raw(func(raw any) (err error) {
		b, err := raw.(backerUp).NewBackup(fileURL(to, query))
		if err != nil {
			return err
		}
		defer func() { err = cmp.Or(err, b.Finish()) }()
		for more := true; more; {
			if err := ctx.Err(); err != nil {
				return err
			}
			if more, err = b.Step(pagesAtOnce); err != nil {
				return err
			}
			pages = int64(b.PageCount())
			progress(pages-int64(b.Remaining()), pages)
		}
		return nil
	})
	if cancelled := ctx.Err(); cancelled != nil && errors.Is(err, cancelled) {
		return 0, errors.Join(err, endOf(c))
	}
	return pages * pageSize, errors.Join(blame(err, from, to), endOf(c))
}

func endOf(c *conn) error {
	_, err := c.exec("ROLLBACK")
	return err
}

// blame says of which of two files an error of the driver speaks.
func blame(err error, from, to string) error {
	if code := extended(err); code != 0 {
		why := meaning(code)
		if errors.Is(why, ErrRead) || errors.Is(why, ErrDamaged) || errors.Is(why, ErrForeign) {
			return translate(from, err)
		}
	}
	return translate(to, err)
}

// syncFile makes sure that a file is on disk, all of it.
func syncFile(path string, bytes int64) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err == nil && info.Size() != bytes {
		err = &FileError{Path: path, Err: fmt.Errorf("%w: it holds %d bytes, not %d", ErrWrite, info.Size(), bytes)}
	}
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// nameAnew gives a file a name that no other file has, in one step.
func nameAnew(path, name string) error {
	err := os.Link(path, name)
	if err == nil {
		return nil
	}
	if err := vacant(name); err != nil {
		return err
	}
	if errors.Is(err, fs.ErrExist) {
		return err // it is gone again
	}
	// Some file systems have no links. There, a file that appears in this very
	// moment would be lost.
	return os.Rename(path, name)
}

// partialName begins the names of backups that are not whole.
const partialName = ".boternity-backup-"

// partialFor is longer than a backup goes without writing to its file.
const partialFor = 24 * time.Hour

// removePartial removes what killed backups have left in a folder.
func removePartial(folder string, now time.Time) error {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	for _, e := range entries {
		suffix, ours := strings.CutPrefix(e.Name(), partialName)
		if !ours || strings.Trim(suffix, "0123456789") != "" || !e.Type().IsRegular() {
			continue
		}
		info, err := e.Info()
		if err != nil || now.Sub(info.ModTime()) < partialFor {
			continue // gone meanwhile, or in use
		}
		if err := os.Remove(filepath.Join(folder, e.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}
