package autosave_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/boternity/boternity/autosave"
)

var (
	errBusy     = errors.New("busy")
	errTooLong  = errors.New("too long")
	errConflict = errors.New("changed by another")
)

// judge is that of a program with the errors above.
func judge(err error) autosave.Verdict {
	switch {
	case errors.Is(err, errConflict):
		return autosave.Stop
	case errors.Is(err, errTooLong):
		return autosave.Refuse
	}
	return autosave.Retry
}

// store is what is saved to: it does as a test says, notes when it was asked,
// and finds out for itself when calls overlap or go back.
type store struct {
	began time.Time
	do    func(ctx context.Context, attempt, value int) error // what the nth call comes to; nil for none

	mu      sync.Mutex
	busy    bool
	asked   []string  // "100ms: 3", as the calls came
	held    int       // what is durable
	newest  int       // that it was asked for
	waiting time.Time // when the first value came since the last call
	trouble []string
}

func newStore(do func(ctx context.Context, attempt, value int) error) *store {
	return &store{began: time.Now(), do: do}
}

func (s *store) save(ctx context.Context, value int) error {
	s.mu.Lock()
	if s.busy {
		s.trouble = append(s.trouble, fmt.Sprintf("%d is saved while another is", value))
	}
	if value < s.newest {
		s.trouble = append(s.trouble, fmt.Sprintf("%d is saved after %d", value, s.newest))
	}
	if ctx.Err() != nil {
		s.trouble = append(s.trouble, fmt.Sprintf("%d is saved with a context that has ended", value))
	}
	s.busy, s.newest, s.waiting = true, value, time.Time{}
	s.asked = append(s.asked, fmt.Sprintf("%v: %d", time.Since(s.began), value))
	attempt := len(s.asked)
	s.mu.Unlock()

	var err error
	if s.do != nil {
		err = s.do(ctx, attempt, value)
	}

	s.mu.Lock()
	defer s.mu.Unlock()
	s.busy = false
	if err == nil {
		s.held = value
	}
	return err
}

// waits notes that a value is about to be given.
func (s *store) waits() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.waiting.IsZero() {
		s.waiting = time.Now()
	}
}

// expect compares the calls that came with those that should have.
func (s *store) expect(t *testing.T, want ...string) {
	t.Helper()
	synctest.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	if !slices.Equal(s.asked, want) {
		t.Fatalf("saved %q, want %q", s.asked, want)
	}
	if len(s.trouble) > 0 {
		t.Fatal(s.trouble)
	}
}

// failsFirst fails so many times with an error.
func failsFirst(n int, err error) func(context.Context, int, int) error {
	return func(_ context.Context, attempt, _ int) error {
		if attempt <= n {
			return err
		}
		return nil
	}
}

// takes lets every call last so long, or as long as its context.
func takes(d time.Duration) func(context.Context, int, int) error {
	return func(ctx context.Context, _, _ int) error {
		select {
		case <-time.After(d):
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// give saves values that have to be taken.
func give(t *testing.T, s *autosave.Saver[int], values ...int) {
	t.Helper()
	for _, v := range values {
		if err := s.Save(v); err != nil {
			t.Fatalf("save %d: %v", v, err)
		}
	}
}

// within is a context that ends after a while.
func within(t *testing.T, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

func wantState(t *testing.T, s *autosave.Saver[int], want autosave.State) autosave.Status {
	t.Helper()
	synctest.Wait()
	got := s.Status()
	if got.State != want {
		t.Fatalf("it is %v, want %v", got.State, want)
	}
	return got
}

func wantError(t *testing.T, err error, want ...error) {
	t.Helper()
	for _, w := range want {
		if !errors.Is(err, w) {
			t.Fatalf("the error is %v, want %v", err, w)
		}
	}
	if len(want) == 0 && err != nil {
		t.Fatal(err)
	}
}
