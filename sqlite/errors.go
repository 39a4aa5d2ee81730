package sqlite

import (
	"errors"
	"fmt"

	driver "modernc.org/sqlite"
	codes "modernc.org/sqlite/lib"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/internal/migration"
)

// What may be wrong with the file, to branch on with errors.Is. They come in a
// *FileError. After ErrWrite the change may yet be found in the file where the
// program ends before its next change: the log was written, and not synced. A file that is too new is a *builder.NewerError, one that others
// hold for too long builder.ErrBusy.
var (
	ErrForeign  = errors.New("not a database of this program; it was left as it is")
	ErrEdited   = migration.ErrEdited
	ErrOlder    = errors.New("the database has an older schema and was only to be read; open it for writing once to migrate it")
	ErrFull     = errors.New("the disk is full; nothing was saved")
	ErrWrite    = errors.New("the file cannot be written or synced; nothing was saved")
	ErrRead     = errors.New("the file cannot be read")
	ErrReadOnly = errors.New("the file is open for reading only; nothing was saved")
	ErrOpen     = errors.New("the file cannot be opened; see to its permissions and those of its folder")
	ErrMemory   = errors.New("there is not enough memory; nothing was saved")
	ErrDamaged  = errors.New("the file is damaged")
	ErrClosed   = errors.New("the database is closed")
)

// ErrBoternity is the ErrForeign of a file that the Rust release wrote.
var ErrBoternity error = boternityError{}

type boternityError struct{}

func (boternityError) Error() string {
	return "a Boternity file of the Rust release; it was left as it is: take it in with `boternity db adopt FILE`"
}

func (boternityError) Is(target error) bool { return target == ErrForeign }

// FileError is a failure that concerns the file as a whole.
type FileError struct {
	Path string
	Err  error // one of the above, or builder.ErrBusy
	Code int   // SQLite's extended result code; 0 where it was not SQLite that failed
}

func (e *FileError) Error() string {
	text := fmt.Sprintf("%s: %v", e.Path, e.Err)
	if e.Code != 0 {
		text += fmt.Sprintf(" (SQLite code %d)", e.Code)
	}
	return text
}

func (e *FileError) Unwrap() error { return e.Err }

// primary is SQLite's result code without its extension, 0 for other errors.
func primary(err error) int { return extended(err) & 0xff }

func extended(err error) int {
	var e *driver.Error
	if errors.As(err, &e) {
		return e.Code()
	}
	return 0
}

// isBusy reports whether another connection is in the way.
func isBusy(err error) bool {
	switch primary(err) {
	case codes.SQLITE_BUSY, codes.SQLITE_LOCKED, codes.SQLITE_PROTOCOL:
		return true
	}
	return false
}

// isFatal reports whether a connection should not be used again.
func isFatal(err error) bool {
	var fatal *fatalError
	if errors.As(err, &fatal) {
		return true
	}
	switch primary(err) {
	case 0, codes.SQLITE_BUSY, codes.SQLITE_CONSTRAINT:
		return false
	}
	return true
}

// translate turns the driver's errors into ours, by code. The driver's texts
// go no further: they may quote what was saved.
func (db *Database) translate(err error) error { return translate(db.path, err) }

func translate(path string, err error) error {
	if errors.Is(err, builder.ErrBusy) {
		return &FileError{Path: path, Err: builder.ErrBusy}
	}
	if code := extended(err); code != 0 {
		return &FileError{Path: path, Err: meaning(code), Code: code}
	}
	var fatal *fatalError
	if errors.As(err, &fatal) {
		return fatal.error
	}
	return err
}

func meaning(code int) error {
	switch code {
	case codes.SQLITE_IOERR_READ, codes.SQLITE_IOERR_SHORT_READ:
		return ErrRead
	}
	switch code & 0xff {
	case codes.SQLITE_BUSY, codes.SQLITE_LOCKED, codes.SQLITE_PROTOCOL:
		return builder.ErrBusy
	case codes.SQLITE_FULL:
		return ErrFull
	case codes.SQLITE_IOERR:
		return ErrWrite
	case codes.SQLITE_READONLY:
		return ErrReadOnly
	case codes.SQLITE_CANTOPEN, codes.SQLITE_PERM, codes.SQLITE_AUTH:
		return ErrOpen
	case codes.SQLITE_NOTADB:
		return ErrForeign
	case codes.SQLITE_NOMEM:
		return ErrMemory
	case codes.SQLITE_TOOBIG:
		return &builder.InvalidError{Field: "row", Problem: "is larger than the 1,000,000,000 bytes that SQLite stores"}
	}
	// Of our own statements no other failure is possible on a sound file.
	return ErrDamaged
}
