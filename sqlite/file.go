package sqlite

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sync"
)

// creating keeps the files of this process from being opened while they are
// created: closing a file drops every lock that the process has on it, those
// of SQLite's connections too.
var creating sync.Mutex

// createFile creates an empty file, with its folders, where there is none.
// Names in folders are synced, or a power cut could take the whole database.
func createFile(path string) error {
	creating.Lock()
	defer creating.Unlock()
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return regular(path)
	}
	if log, err := logSize(path); err != nil || log > 0 {
		return errors.Join(err, &FileError{Path: path, Err: errOnlyLog})
	}
	if err := createFolder(filepath.Dir(path)); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return regular(path) // another program was faster
	}
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

func createFolder(path string) error {
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := createFolder(filepath.Dir(path)); err != nil {
		return err
	}
	if err := os.Mkdir(path, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

func syncFolder(path string) error {
	if runtime.GOOS == "windows" {
		return nil // has no such call; its file system keeps names in a journal
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// errOnlyLog is what is left where somebody moved a database without its log.
// A new database would swallow it.
var errOnlyLog = fmt.Errorf("%w: a write-ahead log lies beside it that belongs to another file", ErrForeign)

// regular refuses a folder, a pipe or a device.
func regular(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return &FileError{Path: path, Err: fmt.Errorf("%w: it is not a regular file", ErrForeign)}
	}
	return nil
}

// existing is regular for a file that is not to be created.
func existing(path string) error {
	creating.Lock()
	defer creating.Unlock()
	return regular(path)
}

// size is a file's length, 0 where there is none.
func size(path string) (int64, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// logSize is the length of a database's write-ahead log. Where it is above 0,
// the database file alone is not the whole database.
func logSize(path string) (int64, error) { return size(path + "-wal") }
