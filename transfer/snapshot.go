package transfer

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/internal/scratch"
)

// snapshotter copies a database that others may be writing to. It opens the
// original for reading only and takes no lock: even a reading connection would
// create files beside it and, on closing, move its write-ahead log.
type snapshotter struct {
	attempts int
	pause    func(context.Context) error // before another attempt
	copied   func()                      // for tests: after a copy, before it is compared
}

func newSnapshotter() snapshotter {
	return snapshotter{attempts: 20, copied: func() {}, pause: func(ctx context.Context) error {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(100 * time.Millisecond):
			return nil
		}
	}}
}

// The files of a database. The index of the log is not copied: SQLite makes a
// new one for the copy.
const (
	mainFile     = ""
	rollbackFile = "-journal"
	logFile      = "-wal"
)

// piece is one of the files as it was copied.
type piece struct {
	info fs.FileInfo // nil where there is no such file
	size int64       // how much of it was copied
	sum  [sha256.Size]byte
}

// take copies the database at path into folder and returns the copy's path and
// the original's time.
//
// The copy is one moment of the original: once all files are copied, the main
// file, the rollback journal and the copied part of the log are still what they
// were. Commits appended to the log meanwhile do no harm; they are not part of
// the moment.
func (s snapshotter) take(ctx context.Context, path, folder string) (string, time.Time, error) {
	path, err := filepath.EvalSymlinks(path) // the log lies beside the file that is meant
	if err != nil {
		return "", time.Time{}, err
	}
	if err := checkDatabaseFile(path); err != nil {
		return "", time.Time{}, err
	}
	target := filepath.Join(folder, scratch.CopyName)
	for attempt := range s.attempts {
		if attempt > 0 {
			if err := s.pause(ctx); err != nil {
				return "", time.Time{}, err
			}
		}
		steady, modified, err := s.attempt(ctx, path, target)
		if err != nil {
			return "", time.Time{}, err
		}
		if steady {
			return target, modified, nil
		}
	}
	return "", time.Time{}, fmt.Errorf("%s changed during each of %d attempts to copy it; close the program that writes to it and try again", path, s.attempts)
}

func (s snapshotter) attempt(ctx context.Context, path, target string) (steady bool, modified time.Time, err error) {
	pieces := map[string]piece{}
	for _, suffix := range []string{mainFile, rollbackFile, logFile} {
		if pieces[suffix], err = copyPiece(ctx, path+suffix, target+suffix); err != nil {
			return false, time.Time{}, err
		}
	}
	if pieces[mainFile].info == nil {
		return false, time.Time{}, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
	}
	s.copied()
	for suffix, p := range pieces {
		same, err := p.unchanged(ctx, path+suffix, suffix == logFile)
		if err != nil || !same {
			return false, time.Time{}, err
		}
	}
	return true, pieces[mainFile].info.ModTime(), nil
}

// copyPiece copies a file, or removes the copy of one that is not there.
func copyPiece(ctx context.Context, from, to string) (p piece, err error) {
	in, err := os.Open(from)
	if errors.Is(err, fs.ErrNotExist) {
		if err := os.Remove(to); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return piece{}, err
		}
		return piece{}, nil
	}
	if err != nil {
		return piece{}, err
	}
	defer in.Close() //nolint:errcheck // it was only read
	if p.info, err = in.Stat(); err != nil {
		return piece{}, err
	}
	out, err := os.OpenFile(to, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return piece{}, err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	sum := sha256.New()
	if p.size, err = io.Copy(io.MultiWriter(out, sum), reading(ctx, in)); err != nil {
		return piece{}, err
	}
	sum.Sum(p.sum[:0])
	return p, nil
}

// unchanged reports whether a file still is what was copied. Times alone do
// not tell, because two writes may fall into one tick of the file system's
// clock. A file that may grow may have new bytes after those that were copied.
func (p piece) unchanged(ctx context.Context, path string, mayGrow bool) (bool, error) {
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return p.info == nil, nil
	}
	if err != nil {
		return false, err
	}
	defer file.Close() //nolint:errcheck // it was only read
	info, err := file.Stat()
	if err != nil {
		return false, err
	}
	if p.info == nil || info.Size() < p.size {
		return false, nil
	}
	if !mayGrow && (info.Size() != p.size || !info.ModTime().Equal(p.info.ModTime())) {
		return false, nil
	}
	sum := sha256.New()
	if _, err := io.CopyN(sum, reading(ctx, file), p.size); err != nil && !errors.Is(err, io.EOF) {
		return false, err
	}
	return bytes.Equal(sum.Sum(nil), p.sum[:]), nil
}

// checkDatabaseFile refuses what cannot be a database before any of it is
// copied; opening a pipe would wait for ever.
func checkDatabaseFile(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	switch {
	case info.IsDir():
		return refuseFile("is a folder, not a database file")
	case !info.Mode().IsRegular():
		return refuseFile("is not a regular file")
	}
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close() //nolint:errcheck // it was only read
	const magic = "SQLite format 3\x00"
	start := make([]byte, len(magic))
	if _, err := io.ReadFull(file, start); err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	if string(start) != magic {
		return refuseFile("is not an SQLite database")
	}
	return nil
}

// problemOurs is what a file is refused for that needs no adopting.
const problemOurs = "is a database of this program already, not a Boternity file"

// sameFile reports whether two paths lead to one file, without opening it.
func sameFile(a, b string) bool {
	infoA, errA := os.Stat(a)
	infoB, errB := os.Stat(b)
	return errA == nil && errB == nil && os.SameFile(infoA, infoB)
}

func refuseFile(problem string) error {
	return &builder.InvalidError{Field: "the file", Problem: problem}
}

// reading ends a read when the context does.
func reading(ctx context.Context, r io.Reader) io.Reader { return contextReader{ctx, r} }

type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (c contextReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}
