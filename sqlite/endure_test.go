//go:build unix

package sqlite

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/boternity/boternity/builder"
)

// enduring names, for a program that endures failures, what makes them: one of
// trials.
const enduring = "SQLITE_TEST_ENDURING"

// trial is what a program endures.
type trial struct {
	begin   func(path string) (string, error) // returns where the file is to be
	relieve func(path string) error           // called after each failure
	clear   []error                           // what a failure may be
}

var trials = map[string]trial{
	"errors": {func(path string) (string, error) { return path, nil }, func(string) error { return nil }, []error{ErrWrite, ErrFull, ErrOpen}},
	"limit":  {limitFiles, limitMore, []error{ErrWrite, ErrFull}},
}

// lifetime is what a program does that endures failures: of three sessions one
// is finished, one is deleted, and one goes on.
func lifetime() (deeds []deed) {
	for session := range 3 {
		at := func(verb string, r builder.Revision) deed {
			return deed{verb: verb, hand: 1, session: session + 1, revision: r}
		}
		deeds = append(deeds, at(creates, 1))
		for r := range builder.Revision(12) {
			deeds = append(deeds, at(types, 1+r), at(saves, 2+r))
		}
		deeds = append(deeds, at(types, 99), at([]string{finishes, deletes, types}[session], 13))
	}
	return deeds
}

// endure does all of a lifetime, each deed until it succeeds, and prints how
// many attempts failed. A failure has to be clear, and to have changed nothing;
// the same program then goes on.
func endure(path string) error {
	runtime.LockOSThread() // strace counts the calls of each thread by itself
	trial := trials[os.Getenv(enduring)]
	path, err := trial.begin(path)
	if err != nil {
		return err
	}
	e := &endurer{trial: trial, path: path}
	if err := e.attempt(e.open); err != nil {
		return fmt.Errorf("open: %w", err)
	}
	h := &hand{number: 1, db: e.db}
	for _, d := range lifetime() {
		before, err := allRows(e.db)
		if err != nil {
			return err
		}
		if err := e.attempt(func() error {
			err := h.do(d)
			if err == nil {
				return nil
			}
			now, unread := allRows(e.db)
			if unread == nil && now != before {
				return errors.New("it changed something, and said: " + err.Error())
			}
			return cmp.Or(unread, err)
		}); err != nil {
			return fmt.Errorf("%v: %w", d, err)
		}
	}
	if err := e.reopen(); err != nil {
		return err
	}
	fmt.Println(e.failures)
	return lifetimeIn(e.db)
}

// reopen closes the file, which may fail to merge the log and loses nothing by
// that, and opens it again.
func (e *endurer) reopen() error {
	if err := e.db.Close(); err != nil && !e.isClear(err) {
		return fmt.Errorf("close: %w", err)
	}
	return e.attempt(e.open)
}

// lifetimeIn makes sure that a file holds what a lifetime leaves.
func lifetimeIn(db *Database) error {
	ends := map[int]sitting{}
	for _, d := range lifetime() {
		ends[d.session] = ends[d.session].after(d)
	}
	stored, err := readStored(db)
	if err != nil {
		return err
	}
	for session, end := range ends {
		if trouble := stored.trouble(1, end); trouble != "" {
			return fmt.Errorf("session %d ends at %+v: %s", session, end, trouble)
		}
	}
	for f, err := range db.Check(context.Background()) {
		if err != nil || f.Problem != "" {
			return fmt.Errorf("%s %s: %s, %w", f.Table, f.Row, f.Problem, err)
		}
	}
	return nil
}

// endurer tries again.
type endurer struct {
	trial
	path     string
	db       *Database
	failures int
}

func (e *endurer) open() (err error) {
	e.db, err = Open(context.Background(), e.path, Options{History: keptHistory})
	return err
}

func (e *endurer) attempt(do func() error) error {
	for range 30 {
		err := do()
		if err == nil {
			return nil
		}
		if !e.isClear(err) {
			return err
		}
		e.failures++
		if err := e.relieve(e.path); err != nil {
			return err
		}
	}
	return errors.New("it failed 30 times")
}

func (e *endurer) isClear(err error) bool {
	return slices.ContainsFunc(e.clear, func(clear error) bool { return errors.Is(err, clear) })
}

// limitFiles lets no file of this program grow beyond a size that is in the
// middle of a page, so that a write is cut short before the next one fails.
func limitFiles(path string) (string, error) {
	signal.Ignore(syscall.SIGXFSZ)
	return path, setLimit(func(uint64) uint64 { return 50_001 })
}

func limitMore(string) error { return setLimit(func(now uint64) uint64 { return now + 40_001 }) }

func setLimit(next func(now uint64) uint64) error {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		return err
	}
	limit.Cur = next(limit.Cur)
	return syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit)
}

// endures runs a program that endures a trial, under another one such as
// strace, and returns how many attempts failed.
func endures(t *testing.T, trial, path string, under ...string) (failures int) {
	t.Helper()
	c := child(t, "endure", path)
	c.Env = append(c.Env, enduring+"="+trial)
	if len(under) > 0 {
		words := append(under[:len(under):len(under)], c.Path)
		outer := exec.Command(words[0], words[1:]...)
		outer.Env = c.Env
		c = outer
	}
	return told(t, c)
}

func told(t *testing.T, c *exec.Cmd) (failures int) {
	t.Helper()
	var complaint strings.Builder
	c.Stderr = &complaint
	out, err := c.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, &complaint)
	}
	if _, err := fmt.Sscan(string(out), &failures); err != nil {
		t.Fatalf("the program said %q", out)
	}
	if failures == 0 {
		t.Error("there was nothing to endure")
	}
	return failures
}

// A program whose file may not grow any further says so, changes nothing, and
// goes on when it may. Writes are cut short on the way.
func TestFilesThatMayNotGrow(t *testing.T) {
	t.Parallel()
	path := newPath(t)
	t.Logf("%d attempts failed", endures(t, "limit", path))
	noError(t, lifetimeIn(opened(t, path, Options{History: keptHistory})))
}

// A program whose writes and syncs fail now and then says so, changes nothing,
// and goes on. A call that is made to fail is not made at all; what a disk does
// that fails and writes nonetheless is for the tests that damage the log.
func TestWritesThatFail(t *testing.T) {
	if !straced(t) {
		return
	}
	for _, fault := range []string{"pwrite64:error=EIO:when=2+61", "pwrite64:error=ENOSPC:when=5+89", "fsync,fdatasync:error=EIO:when=3+4"} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			calls, _, _ := strings.Cut(fault, ":")
			path := newPath(t)
			db, err := Open(t.Context(), path, testOptions()) // so many writes in one step would never get through
			noError(t, err)
			noError(t, db.Close())
			failures := endures(t, "errors", path, "strace", "-f", "-qq", "-o", os.DevNull, "-e", "trace="+calls, "-e", "inject="+fault)
			t.Logf("%d attempts failed", failures)
			noError(t, lifetimeIn(opened(t, path, Options{History: keptHistory})))
		})
	}
}

// straced reports whether system calls can be made to fail here. Where the
// checks of a change are run they must be.
func straced(t *testing.T) bool {
	t.Helper()
	_, err := exec.LookPath("strace")
	if err != nil && os.Getenv("CI") == "true" {
		t.Fatal("strace is not installed, and these checks must not pass without it")
	}
	if err != nil {
		t.Log("strace is not installed; nothing is checked")
	}
	return err == nil
}
