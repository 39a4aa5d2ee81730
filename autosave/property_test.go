package autosave_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/boternity/boternity/autosave"
)

// step is one thing that a program does with a saver.
type step struct {
	do   string        // "save", "sleep", "flush"
	wait time.Duration // asleep, or at most in a flush
}

// reply is what the store does with one call.
type reply struct {
	err   error
	takes time.Duration
}

var (
	steps = rapid.Custom(func(t *rapid.T) step {
		return step{rapid.SampledFrom([]string{"save", "save", "save", "sleep", "flush"}).Draw(t, "do"),
			time.Duration(rapid.IntRange(0, 700).Draw(t, "wait")) * ms}
	})
	replies = rapid.Custom(func(t *rapid.T) reply {
		return reply{rapid.SampledFrom([]error{nil, nil, nil, errBusy, errTooLong}).Draw(t, "err"),
			time.Duration(rapid.SampledFrom([]int{0, 0, 1, 30, 450}).Draw(t, "takes")) * ms}
	})
)

// Whatever a program does and a store answers: saves never overlap and never
// go back, a value waits no longer than the ceiling for its save to begin, and
// after a Flush that succeeded the store holds the last value given before it.
func TestSaverKeepsItsWord(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		todo := rapid.SliceOfN(steps, 1, 40).Draw(rt, "steps")
		answers := rapid.SliceOfN(replies, 0, 20).Draw(rt, "replies")
		var trouble error
		synctest.Test(t, func(t *testing.T) { trouble = (&trial{answers: answers}).run(t.Context(), todo) })
		if trouble != nil {
			rt.Fatal(trouble)
		}
	})
}

// trial is one run of the property.
type trial struct {
	answers []reply
	store   *store
	saver   *autosave.Saver[int]
	given   int
}

func (r *trial) run(ctx context.Context, todo []step) error {
	r.store = newStore(r.answer)
	r.saver = autosave.New(r.store.save, autosave.Options{Judge: judge})
	for i, s := range todo {
		if err := r.step(ctx, s); err != nil {
			return fmt.Errorf("step %d: %w", i, err)
		}
	}
	if err := r.flushed(r.saver.Close(ctx)); err != nil {
		return fmt.Errorf("close: %w", err)
	}
	if final := r.saver.Status(); !final.Final {
		return fmt.Errorf("closed, and the status is %+v", final)
	}
	if len(r.store.trouble) > 0 {
		return errors.New(r.store.trouble[0])
	}
	return nil
}

// answer does what the next reply says; after the last, all goes well.
func (r *trial) answer(_ context.Context, attempt, _ int) error {
	if attempt > len(r.answers) {
		return nil
	}
	time.Sleep(r.answers[attempt-1].takes)
	return r.answers[attempt-1].err
}

func (r *trial) step(ctx context.Context, s step) error {
	switch s.do {
	case "save":
		r.given++
		r.store.waits()
		if err := r.saver.Save(r.given); err != nil {
			return err
		}
	case "sleep":
		time.Sleep(s.wait)
	case "flush":
		ctx, cancel := context.WithTimeout(ctx, s.wait)
		defer cancel()
		if err := r.flushed(r.saver.Flush(ctx)); err != nil {
			return err
		}
	}
	return r.checkStatus()
}

// flushed checks that a wait told the truth.
func (r *trial) flushed(err error) error {
	r.store.mu.Lock()
	defer r.store.mu.Unlock()
	switch v, unsaved := r.saver.Unsaved(); {
	case err == nil && r.store.held != r.given:
		return fmt.Errorf("flushed, and %d is held, not %d", r.store.held, r.given)
	case errors.Is(err, errTooLong) && !errors.Is(err, context.DeadlineExceeded) && r.store.newest != r.given:
		return fmt.Errorf("%d is refused, and was never tried", r.given)
	case err != nil && !errors.Is(err, errTooLong) && !errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("flush: %w", err)
	case unsaved && v != r.given, !unsaved && r.store.held != r.given:
		return fmt.Errorf("unsaved is %d, %t; %d is held, %d was given", v, unsaved, r.store.held, r.given)
	}
	return nil
}

// checkStatus holds the status against what the store has seen.
func (r *trial) checkStatus() error {
	synctest.Wait()
	r.store.mu.Lock()
	defer r.store.mu.Unlock()
	switch status := r.saver.Status(); {
	case (status.State == autosave.Saved) != (r.store.held == r.given):
		return fmt.Errorf("it is %v; %d is held, %d was given", status.State, r.store.held, r.given)
	case (status.State == autosave.Saving) != r.store.busy:
		return fmt.Errorf("it is %v; a call is under way: %t", status.State, r.store.busy)
	case status.State == autosave.Unsaved && !r.store.waiting.IsZero() && time.Since(r.store.waiting) > autosave.DefaultCeiling:
		return fmt.Errorf("nothing was begun %v after a change", time.Since(r.store.waiting))
	case status.State != autosave.Saved && status.Since.IsZero(), status.Final:
		return fmt.Errorf("the status is %+v", status)
	}
	return nil
}
