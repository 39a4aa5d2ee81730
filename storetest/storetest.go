// Package storetest is the suite that every store of package builder passes
// whole. It attacks: conflicts, late saves, retries, many writers, hostile
// owners, rows that no program could read.
//
// A store's own test is its harness:
//
//	func TestStore(t *testing.T) {
//		storetest.Run(t, func(t storetest.T, o storetest.Options) func() builder.Database {
//			path := filepath.Join(t.TempDir(), "builder.db")
//			return func() builder.Database { return open(t, path, o) }
//		})
//	}
package storetest

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/boternity/boternity/builder"
)

// Harness prepares the place of one fresh database and returns what opens it.
// What it returns is called again after the database was closed, and then has
// to open the same data.
type Harness func(t T, o Options) (open func() builder.Database)

// Options are what a store is opened with. A store must use the clock for
// every time it sets.
type Options struct {
	Now     func() time.Time
	History int // revisions kept of a draft; the store's default where 0
}

// T is what a case needs of testing.T.
type T interface {
	Helper()
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
	Cleanup(func())
	Context() context.Context
	TempDir() string
}

// Case is one behaviour, on a fresh database of its own.
type Case struct {
	Name string
	Run  func(t T, h Harness)
}

// Cases returns the whole suite.
func Cases() []Case {
	return slices.Concat(firstPage, saves, bytesKept, limits, unreadable, history, pending, gone, lists, concurrent, finish, memory, owners, cancelled, rows, removal, model)
}

// Run runs every case against a store.
func Run(t *testing.T, h Harness) {
	for _, c := range Cases() {
		t.Run(c.Name, func(t *testing.T) { c.Run(t, h) })
	}
}

// Failure is a case that a store did not pass.
type Failure struct {
	Case string
	Text string // everything the case complained of
}

// Failures runs cases against a store that is expected to fail some, and
// returns those. A case that panics has failed.
func Failures(t testing.TB, h Harness, cases []Case) []Failure {
	var failures []Failure
	for _, c := range cases {
		r := &recorder{parent: t}
		r.run(c, h)
		if r.text != "" {
			failures = append(failures, Failure{Case: c.Name, Text: r.text})
		}
	}
	return failures
}

// recorder is a T that keeps what a case complains of, in place of failing the
// test that runs it.
type recorder struct {
	parent testing.TB

	mu       sync.Mutex
	text     string
	cleanups []func()
}

// run returns when the case has ended, however it ended. Fatalf ends only the
// goroutine it is called on, so the case gets one of its own.
func (r *recorder) run(c Case, h Harness) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer r.cleanUp()
		defer r.catch()
		c.Run(r, h)
	}()
	<-done
}

func (r *recorder) catch() {
	if p := recover(); p != nil {
		r.Errorf("panic: %v", p)
	}
}

func (r *recorder) cleanUp() {
	for _, f := range slices.Backward(r.cleanups) {
		func() {
			defer r.catch()
			f()
		}()
	}
}

func (r *recorder) Helper() {}

func (r *recorder) Errorf(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.text += fmt.Sprintf(format, args...) + "\n"
}

func (r *recorder) Fatalf(format string, args ...any) {
	r.Errorf(format, args...)
	runtime.Goexit()
}

func (r *recorder) Cleanup(f func())         { r.cleanups = append(r.cleanups, f) }
func (r *recorder) Context() context.Context { return r.parent.Context() }
func (r *recorder) TempDir() string          { return r.parent.TempDir() }
