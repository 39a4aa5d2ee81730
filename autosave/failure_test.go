package autosave_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/boternity/boternity/autosave"
)

func TestFailuresAreRetriedWithTheNewest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStore(func(_ context.Context, attempt, _ int) error {
			if attempt <= 5 || attempt == 7 {
				return errBusy
			}
			return nil
		})
		s := autosave.New(st.save, autosave.Options{MaxBackoff: 500 * ms})
		give(t, s, 1)
		time.Sleep(150 * ms)
		got := wantState(t, s, autosave.Failed)
		wantError(t, got.Err, errBusy)
		if time.Since(got.Since) != 150*ms || time.Until(got.Next) != 50*ms {
			t.Errorf("unsaved for %v, tried again in %v", time.Since(got.Since), time.Until(got.Next))
		}
		give(t, s, 2)
		wantState(t, s, autosave.Failed)
		time.Sleep(200 * ms)
		give(t, s, 3)
		time.Sleep(time.Hour)
		st.expect(t, "100ms: 1", "200ms: 2", "400ms: 3", "800ms: 3", "1.3s: 3", "1.8s: 3")
		if got := wantState(t, s, autosave.Saved); got.Err != nil || !got.Since.IsZero() {
			t.Errorf("saved, and the status is %+v", got)
		}
		give(t, s, 4) // from the shortest backoff again
		time.Sleep(time.Hour)
		st.expect(t, "100ms: 1", "200ms: 2", "400ms: 3", "800ms: 3", "1.3s: 3", "1.8s: 3", "1h0m0.45s: 4", "1h0m0.55s: 4")
	})
}

func TestFlushTriesAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStore(failsFirst(7, errBusy))
		s := autosave.New(st.save, autosave.Options{})
		give(t, s, 1)
		time.Sleep(1500 * ms) // in the middle of a backoff
		st.expect(t, "100ms: 1", "200ms: 1", "400ms: 1", "800ms: 1")
		wantError(t, s.Flush(within(t, 50*ms)), context.DeadlineExceeded, errBusy)
		time.Sleep(40 * ms)
		wantError(t, s.Flush(t.Context()))
		st.expect(t, "100ms: 1", "200ms: 1", "400ms: 1", "800ms: 1", "1.5s: 1", "1.59s: 1", "1.69s: 1", "1.89s: 1")
	})
}

func TestJitter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStore(failsFirst(4, errBusy))
		var asked []time.Duration
		s := autosave.New(st.save, autosave.Options{MaxBackoff: time.Second, Jitter: func(d time.Duration) time.Duration {
			asked = append(asked, d)
			return []time.Duration{-time.Hour, 0, 30 * ms, time.Hour}[len(asked)-1]
		}})
		give(t, s, 1)
		time.Sleep(time.Hour)
		st.expect(t, "100ms: 1", "100ms: 1", "100ms: 1", "130ms: 1", "1.13s: 1")
		if asked[0] != 100*ms || asked[3] != 800*ms {
			t.Errorf("asked for jitter on %v", asked)
		}
	})
}

func TestConflictStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStore(func(_ context.Context, attempt, _ int) error {
			time.Sleep(10 * ms)
			return []error{nil, errConflict}[attempt-1]
		})
		s := autosave.New(st.save, autosave.Options{Judge: judge})
		give(t, s, 1)
		wantError(t, s.Flush(t.Context()))
		give(t, s, 2)
		go func() {
			time.Sleep(5 * ms) // while 2 is saved
			give(t, s, 3)
		}()
		wantError(t, s.Flush(within(t, time.Hour)), errConflict)
		time.Sleep(time.Second)
		got := wantState(t, s, autosave.Stopped)
		wantError(t, got.Err, errConflict)
		if !got.Final {
			t.Error("stopped, and another status is to follow")
		}
		wantError(t, s.Save(4), errConflict)
		wantError(t, s.Flush(t.Context()), errConflict)
		wantError(t, s.Close(t.Context()), errConflict)
		if v, unsaved := s.Unsaved(); v != 4 || !unsaved {
			t.Fatalf("unsaved is %d, %t", v, unsaved)
		}
		time.Sleep(time.Hour)
		st.expect(t, "0s: 1", "10ms: 2")
	})
}

// A value that can never be saved is not tried again, and does not stand in
// the way of the next.
func TestRefusedValue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStore(func(_ context.Context, _, value int) error {
			if value == 2 {
				return errTooLong
			}
			return nil
		})
		s := autosave.New(st.save, autosave.Options{Judge: judge})
		give(t, s, 1, 2)
		wantError(t, s.Flush(t.Context()), errTooLong)
		got := wantState(t, s, autosave.Refused)
		wantError(t, got.Err, errTooLong)
		if got.Final || got.Since.IsZero() {
			t.Errorf("the status is %+v", got)
		}
		wantError(t, s.Flush(t.Context()), errTooLong) // without another attempt
		time.Sleep(time.Hour)
		if v, unsaved := s.Unsaved(); v != 2 || !unsaved {
			t.Fatalf("unsaved is %d, %t", v, unsaved)
		}
		give(t, s, 3)
		wantState(t, s, autosave.Unsaved)
		time.Sleep(time.Second)
		wantState(t, s, autosave.Saved)
		st.expect(t, "0s: 2", "1h0m0.1s: 3")
		give(t, s, 2)
		wantError(t, s.Close(t.Context()), errTooLong)
		if got := wantState(t, s, autosave.Refused); !got.Final {
			t.Error("closed, and another status is to follow")
		}
	})
}

// Who waits for a value that is refused gets the outcome of the newer one that
// came meanwhile.
func TestRefusedValueIsOvertaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStore(func(_ context.Context, _, value int) error {
			time.Sleep(10 * ms)
			if value == 1 {
				return errTooLong
			}
			return nil
		})
		s := autosave.New(st.save, autosave.Options{Judge: judge})
		give(t, s, 1)
		go func() {
			time.Sleep(5 * ms)
			give(t, s, 2)
		}()
		wantError(t, s.Flush(t.Context()))
		st.expect(t, "0s: 1", "105ms: 2")
	})
}

// A Flush that ended with a refusal makes the next value no more urgent.
func TestRefusalSettlesAFlush(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStore(func(context.Context, int, int) error {
			time.Sleep(10 * ms)
			return errTooLong
		})
		s := autosave.New(st.save, autosave.Options{Judge: judge})
		give(t, s, 1)
		time.Sleep(105 * ms) // while 1 is saved
		wantError(t, s.Flush(t.Context()), errTooLong)
		give(t, s, 2)
		time.Sleep(time.Second)
		st.expect(t, "100ms: 1", "210ms: 2")
	})
}
