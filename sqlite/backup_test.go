package sqlite

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
)

// large makes a database that takes several steps to back up, and returns what
// is in it.
func large(t *testing.T) (path string, stored []builder.Draft) {
	t.Helper()
	path = newPath(t)
	db := opened(t, path, testOptions())
	random := rand.NewChaCha8([32]byte{})
	var rows []builder.Row
	for n := range byte(40) {
		s := builder.NewState(testID(n), "large", builder.Coding)
		s.Conversation = []builder.Exchange{{Question: "What?", Answer: strings.Repeat(".", 60<<10), Phase: builder.PhaseBasics}}
		b, _, err := s.Encode()
		noError(t, err)
		noise := make([]byte, 200<<10)
		_, err = random.Read(noise)
		noError(t, err)
		d := builder.Draft{SessionID: testID(n + 1), Revision: 1, SchemaVersion: 1, State: append(b, noise...), CreatedAt: moment, UpdatedAt: moment}
		rows, stored = append(rows, builder.Row{Draft: &d}), append(stored, d)
	}
	_, err := db.PutRows(t.Context(), rows, builder.PutOptions{})
	noError(t, err)
	noError(t, db.Close())
	return path, stored
}

// names are those of the files in a folder.
func names(t *testing.T, folder string) []string {
	t.Helper()
	entries, err := os.ReadDir(folder)
	noError(t, err)
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// A backup of a database that is written to at every step is one moment of it:
// that of its beginning. It does not start anew.
func TestBackupWhileAWriterRuns(t *testing.T) {
	path, stored := large(t)
	for name, way := range map[string]func(db *Database, to string, progress func(done, total int64)) error{
		"of an open database": func(db *Database, to string, progress func(done, total int64)) error {
			return db.Backup(t.Context(), to, progress)
		},
		"of a file": func(_ *Database, to string, progress func(done, total int64)) error {
			return BackupFile(t.Context(), path, to, progress)
		},
	} {
		t.Run(name, func(t *testing.T) {
			db, writer := opened(t, path, testOptions()), opened(t, path, testOptions())
			before := saved(t, db.Owner("anna"), testDraft(uuid.New(), "before", 3))
			var during []builder.Draft
			var steps, last, pages int64
			to := newPath(t)
			noError(t, way(db, to, func(done, total int64) {
				if steps++; done <= last {
					t.Errorf("step %d comes to %d pages after %d", steps, done, last)
				}
				last, pages = done, total
				d := saved(t, writer.Owner("anna"), testDraft(uuid.New(), "during", 40))
				d.State = testState(d.SessionID, "during", 41)
				during = append(during, saved(t, writer.Owner("anna"), d))
			}))
			if want := (pages + pagesAtOnce - 1) / pagesAtOnce; last != pages || steps < 2 || steps > want+1 {
				t.Errorf("%d steps to %d of %d pages", steps, last, pages)
			}
			if got := names(t, filepath.Dir(to)); !slices.Equal(got, []string{filepath.Base(to)}) {
				t.Errorf("beside the backup: %v", got)
			}
			if info, err := os.Stat(to); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("its mode is %v, %v", info.Mode(), err)
			}
			if log, err := logSize(path); err != nil || log == 0 {
				t.Errorf("nothing was written meanwhile: %v", err)
			}
			copied, err := OpenReadOnly(t.Context(), to, testOptions())
			noError(t, err)
			loads(t, copied.Owner("anna"), before)
			for _, d := range stored {
				loads(t, copied.Owner(""), d)
			}
			for _, d := range during {
				if _, err := copied.Owner("anna").LoadDraft(t.Context(), d.SessionID); !errors.Is(err, builder.ErrNotFound) {
					t.Errorf("what was saved later: %v", err)
				}
				loads(t, db.Owner("anna"), d)
			}
			for f, err := range copied.Check(t.Context()) {
				if noError(t, err); f.Problem != "" && f.Status != builder.StatusUnreadable {
					t.Errorf("%s %s: %s", f.Table, f.Row, f.Problem)
				}
			}
			noError(t, copied.Close())
			again := opened(t, to, testOptions())
			loads(t, again.Owner("anna"), saved(t, again.Owner("anna"), testDraft(testID(77), "goes on", 1)))
			// Neither way leaves its moment behind, which would hold up the log.
			noError(t, writer.writer.use(t.Context(), func(c *conn) error {
				var blocked, pages, merged int64
				_, err := c.one("PRAGMA wal_checkpoint(TRUNCATE)", nil, &blocked, &pages, &merged)
				if blocked != 0 {
					t.Error("the log cannot be merged")
				}
				return err
			}))
		})
	}
}

// Writers that never stop: everything acknowledged before a backup began is in it.
func TestBackupHoldsWhatWasAcknowledged(t *testing.T) {
	path, _ := large(t)
	db := opened(t, path, testOptions())
	ctx, stop := context.WithCancel(t.Context())
	acknowledged := make(chan builder.Draft, 1<<16)
	ended := make(chan error)
	go func() {
		for n := 0; ctx.Err() == nil; n++ {
			d, err := db.Owner("").SaveDraft(context.Background(), testDraft(uuid.New(), fmt.Sprint("session ", n), 5))
			if err != nil {
				ended <- err
				return
			}
			acknowledged <- d
		}
		ended <- nil
	}()
	folder := t.TempDir()
	var known []builder.Draft
	for round := range 5 {
		known = append(known, <-acknowledged)
		for len(acknowledged) > 0 {
			known = append(known, <-acknowledged)
		}
		to := filepath.Join(folder, fmt.Sprint(round))
		noError(t, db.Backup(t.Context(), to, nil))
		backup, err := OpenReadOnly(t.Context(), to, testOptions())
		noError(t, err)
		for _, d := range known {
			loads(t, backup.Owner(""), d)
		}
		noError(t, backup.Close())
	}
	stop()
	noError(t, <-ended)
}

func TestBackupReplacesNothing(t *testing.T) {
	path, _ := migrated(t, embedded())
	db := opened(t, path, testOptions())
	for _, taken := range []string{"", "-wal", "-journal"} {
		to := newPath(t)
		noError(t, os.WriteFile(to+taken, []byte("precious"), 0o600))
		for _, err := range []error{db.Backup(t.Context(), to, nil), BackupFile(t.Context(), path, to, nil)} {
			if !errors.Is(err, builder.ErrInvalid) {
				t.Errorf("%q is taken: %v", taken, err)
			}
		}
		if b, err := os.ReadFile(to + taken); err != nil || string(b) != "precious" || len(names(t, filepath.Dir(to))) != 1 {
			t.Errorf("%q holds %q, %v", taken, b, err)
		}
	}
	// Also one that appears while the backup is made.
	to := newPath(t)
	err := db.Backup(t.Context(), to, func(int64, int64) { noError(t, os.WriteFile(to, []byte("precious"), 0o600)) })
	if !errors.Is(err, builder.ErrInvalid) {
		t.Errorf("appeared meanwhile: %v", err)
	}
	if b, err := os.ReadFile(to); err != nil || string(b) != "precious" || len(names(t, filepath.Dir(to))) != 1 {
		t.Errorf("it holds %q, %v", b, err)
	}
	noError(t, os.Remove(to))
	noError(t, os.Symlink(path, to))
	if err := db.Backup(t.Context(), to, nil); !errors.Is(err, builder.ErrInvalid) {
		t.Errorf("a link: %v", err)
	}
	if err := db.Backup(t.Context(), path, nil); !errors.Is(err, builder.ErrInvalid) {
		t.Errorf("over itself: %v", err)
	}
}

func TestBackupThatFails(t *testing.T) {
	path, _ := large(t)
	folder := t.TempDir()
	noError(t, os.WriteFile(filepath.Join(folder, "file"), nil, 0o600))
	for to, want := range map[string]error{"missing/backup.db": fs.ErrNotExist, "file/backup.db": nil} {
		err := BackupFile(t.Context(), path, filepath.Join(folder, to), nil)
		if err == nil || want != nil && !errors.Is(err, want) {
			t.Errorf("to %s: %v", to, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	if err := BackupFile(ctx, path, filepath.Join(folder, "b.db"), func(int64, int64) { cancel() }); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	ctx, cancel = context.WithCancel(t.Context())
	db := opened(t, path, testOptions())
	if err := db.Backup(ctx, filepath.Join(folder, "b.db"), func(int64, int64) { cancel() }); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	noError(t, db.Backup(t.Context(), filepath.Join(folder, "whole.db"), nil)) // the database is still of use
	if got := names(t, folder); !slices.Equal(got, []string{"file", "whole.db"}) {
		t.Errorf("left behind: %v", got)
	}
	empty := newPath(t)
	noError(t, os.WriteFile(empty, nil, 0o600))
	foreign := newPath(t)
	rawly(t, foreign, "CREATE TABLE notes (a TEXT)")
	for from, want := range map[string]error{empty: errEmpty, foreign: ErrForeign, filepath.Join(folder, "none"): fs.ErrNotExist} {
		if err := BackupFile(t.Context(), from, filepath.Join(folder, "c.db"), nil); !errors.Is(err, want) {
			t.Errorf("of %s: %v", filepath.Base(from), err)
		}
	}
}

// A file is backed up as it is, whatever program it belongs to, and is not
// changed by a byte.
func TestBackupOfAnyVersion(t *testing.T) {
	newer := withFiles(t, map[string]string{"00007_more.sql": more})
	path, stored := migrated(t, newer)
	before := contents(t, filepath.Dir(path))
	to := newPath(t)
	noError(t, BackupFile(t.Context(), path, to, nil))
	if after := contents(t, filepath.Dir(path)); after != before {
		t.Fatalf("files changed:\n%swere\n%s", after, before)
	}
	_ = refusals(t, to, embedded(), builder.ErrNewer)
	db, err := open(t.Context(), to, testOptions(), newer)
	noError(t, err)
	loads(t, db.Owner(""), stored)
	noError(t, db.Close())
	// What is only in a log that a killed program left is in the backup too.
	copied := withLog(t, path)
	log, err := os.ReadFile(copied + "-wal")
	noError(t, err)
	to = newPath(t)
	noError(t, BackupFile(t.Context(), copied, to, nil))
	if after, err := os.ReadFile(copied + "-wal"); err != nil || !bytes.Equal(log, after) {
		t.Errorf("the log changed: %v", err)
	}
	handle := rawHandle(t, to)
	noError(t, handle.QueryRow("SELECT count(*) FROM in_the_log").Scan(new(int)))
	noError(t, handle.Close())
}
