package autosave_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/boternity/boternity/autosave"
)

// Every test runs in a bubble, which fails when a goroutine is left behind.

const ms = time.Millisecond

func TestSavesOnceItIsQuiet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStore(nil)
		s := autosave.New(st.save, autosave.Options{})
		give(t, s, 1, 2, 3)
		wantState(t, s, autosave.Unsaved)
		time.Sleep(60 * ms)
		give(t, s, 4)
		time.Sleep(99 * ms)
		st.expect(t)
		time.Sleep(ms)
		st.expect(t, "160ms: 4")
		wantState(t, s, autosave.Saved)
	})
}

func TestSavesWhileChangesGoOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStore(nil)
		s := autosave.New(st.save, autosave.Options{})
		for v := range 40 {
			give(t, s, v)
			time.Sleep(21 * ms)
		}
		time.Sleep(time.Second)
		// Each 300 ms after the first change that was not saved before.
		st.expect(t, "300ms: 14", "615ms: 29", "919ms: 39")
	})
}

func TestDelayAndCeilingAreOptions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStore(nil)
		s := autosave.New(st.save, autosave.Options{Delay: 10 * ms, Ceiling: 25 * ms})
		for v := range 6 {
			give(t, s, v)
			time.Sleep(8 * ms)
		}
		time.Sleep(time.Second)
		st.expect(t, "25ms: 3", "50ms: 5")
	})
	synctest.Test(t, func(t *testing.T) {
		st := newStore(nil)
		s := autosave.New(st.save, autosave.Options{Delay: time.Hour, Ceiling: 25 * ms})
		give(t, s, 1)
		time.Sleep(time.Second)
		st.expect(t, "25ms: 1")
	})
}

// What comes while a save lasts is saved when that is over, and no later than
// its own ceiling.
func TestSavesNeverOverlap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStore(takes(500 * ms))
		s := autosave.New(st.save, autosave.Options{})
		give(t, s, 1)
		time.Sleep(150 * ms)
		give(t, s, 2)
		time.Sleep(200 * ms)
		give(t, s, 3)
		if got := wantState(t, s, autosave.Saving); time.Since(got.Since) != 350*ms {
			t.Errorf("the oldest change that is not durable is %v old", time.Since(got.Since))
		}
		time.Sleep(300 * ms)
		if got := wantState(t, s, autosave.Saving); time.Since(got.Since) != 500*ms {
			t.Errorf("the oldest change that is not durable is %v old", time.Since(got.Since))
		}
		time.Sleep(time.Second)
		st.expect(t, "100ms: 1", "600ms: 3")
		wantState(t, s, autosave.Saved)
	})
}

func TestFlushWaitsUntilItIsDurable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStore(takes(40 * ms))
		s := autosave.New(st.save, autosave.Options{})
		wantError(t, s.Flush(t.Context())) // nothing is unsaved
		give(t, s, 1)
		wantError(t, s.Flush(t.Context()))
		if st.held != 1 {
			t.Fatalf("flushed, and %d is held", st.held)
		}
		give(t, s, 2) // its delay begins anew
		time.Sleep(110 * ms)
		give(t, s, 3)
		wantError(t, s.Flush(t.Context())) // waits for the save under way and one more
		if st.held != 3 {
			t.Fatalf("flushed, and %d is held", st.held)
		}
		st.expect(t, "0s: 1", "140ms: 2", "180ms: 3")
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		wantError(t, s.Flush(ended)) // nothing is unsaved
	})
}

func TestFlushesOfManySaveOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStore(takes(40 * ms))
		s := autosave.New(st.save, autosave.Options{})
		give(t, s, 1)
		errs := make(chan error)
		for range 16 {
			go func() { errs <- s.Flush(t.Context()) }()
		}
		for range 16 {
			wantError(t, <-errs)
		}
		// Those that began during the save were covered by it.
		st.expect(t, "0s: 1")
		give(t, s, 2)
		time.Sleep(time.Second)
		st.expect(t, "0s: 1", "140ms: 2")
	})
}

func TestStalledSave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStore(takes(time.Hour))
		s := autosave.New(st.save, autosave.Options{})
		give(t, s, 1)
		wantError(t, s.Flush(within(t, time.Second)), context.DeadlineExceeded)
		give(t, s, 2) // never waits
		wantState(t, s, autosave.Saving)
		if v, unsaved := s.Unsaved(); v != 2 || !unsaved {
			t.Fatalf("unsaved is %d, %t", v, unsaved)
		}
		time.Sleep(3 * time.Hour)
		if v, unsaved := s.Unsaved(); v != 0 || unsaved {
			t.Fatalf("unsaved is %d, %t", v, unsaved)
		}
		st.expect(t, "0s: 1", "1h0m0s: 2") // a Flush that ended does not cancel the save
	})
}

func TestCloseSavesWhatIsLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStore(failsFirst(2, errBusy))
		s := autosave.New(st.save, autosave.Options{})
		give(t, s, 1)
		last := make(chan string)
		go func() { seen := watched(s, 0); last <- seen[len(seen)-1] }()
		wantError(t, s.Close(t.Context()))
		if got := <-last; got != "saved" {
			t.Errorf("watchers are told that it ended %s", got)
		}
		wantError(t, s.Save(2), autosave.ErrClosed)
		wantError(t, s.Close(t.Context()))
		wantError(t, s.Flush(t.Context()))
		st.expect(t, "0s: 1", "100ms: 1", "300ms: 1")
		if got := wantState(t, s, autosave.Saved); !got.Final {
			t.Error("closed, and another status is to follow")
		}
	})
}

// The one who closes decides how long that may take; what was not saved is
// there to be taken elsewhere.
func TestCloseGivesUpWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStore(takes(time.Hour))
		s := autosave.New(st.save, autosave.Options{})
		give(t, s, 1)
		time.Sleep(200 * ms)
		give(t, s, 2)
		wantError(t, s.Close(within(t, time.Second)), context.DeadlineExceeded)
		if got := wantState(t, s, autosave.Failed); !got.Final || !got.Next.IsZero() {
			t.Errorf("the status is %+v", got)
		}
		if v, unsaved := s.Unsaved(); v != 2 || !unsaved {
			t.Fatalf("unsaved is %d, %t", v, unsaved)
		}
		wantError(t, s.Flush(t.Context()), autosave.ErrClosed, context.Canceled)
		wantError(t, s.Close(t.Context()), autosave.ErrClosed, context.Canceled)
		time.Sleep(3 * time.Hour)
		st.expect(t, "100ms: 1")
	})
}

func TestCloseGivesUpBetweenAttempts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStore(failsFirst(100, errBusy))
		s := autosave.New(st.save, autosave.Options{})
		give(t, s, 1)
		flushed := make(chan error)
		go func() { flushed <- s.Flush(context.Background()) }()
		synctest.Wait()
		wantError(t, s.Close(within(t, 250*ms)), context.DeadlineExceeded, errBusy)
		wantError(t, <-flushed, autosave.ErrClosed, errBusy)
		time.Sleep(time.Hour)
		st.expect(t, "0s: 1", "0s: 1", "100ms: 1") // each tries at once
	})
}

// A Close that gave up leaves nothing running, however long the backoff.
func TestGivingUpLeavesNothingRunning(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		t.Cleanup(func() { // once every goroutine has ended
			if time.Since(began) != time.Second {
				t.Errorf("it ran for %v", time.Since(began))
			}
		})
		s := autosave.New(newStore(failsFirst(100, errBusy)).save, autosave.Options{Backoff: time.Hour, MaxBackoff: time.Hour})
		give(t, s, 1)
		wantError(t, s.Close(within(t, time.Second)), context.DeadlineExceeded, errBusy)
	})
}

// With a context that has ended nothing is begun, and nothing is lost unsaid.
func TestCloseWithoutTime(t *testing.T) {
	for range 200 { // it may race with what is under way
		synctest.Test(t, func(t *testing.T) {
			st := newStore(nil)
			s := autosave.New(st.save, autosave.Options{})
			give(t, s, 1)
			ended, cancel := context.WithCancel(t.Context())
			cancel()
			wantError(t, s.Close(ended), context.Canceled)
			if v, unsaved := s.Unsaved(); v != 1 || !unsaved {
				t.Fatalf("unsaved is %d, %t", v, unsaved)
			}
			if got := wantState(t, s, autosave.Unsaved); !got.Final {
				t.Error("closed, and another status is to follow")
			}
			time.Sleep(time.Hour)
			st.expect(t)
		})
	}
}

// A save that does not heed its context may yet succeed, and is then known to.
func TestSaveThatOutlastsClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStore(func(context.Context, int, int) error {
			time.Sleep(time.Minute)
			return nil
		})
		s := autosave.New(st.save, autosave.Options{})
		give(t, s, 1)
		wantError(t, s.Close(within(t, time.Second)), context.DeadlineExceeded)
		if got := wantState(t, s, autosave.Saving); got.Final {
			t.Error("a save is under way, and no other status is to follow")
		}
		wantError(t, s.Close(t.Context()))
		if got := wantState(t, s, autosave.Saved); !got.Final {
			t.Error("closed, and another status is to follow")
		}
	})
}

// Nothing is lost unsaid when values race with Close.
func TestSaveRacesWithClose(t *testing.T) {
	for range 200 {
		synctest.Test(t, func(t *testing.T) {
			st := newStore(nil)
			s := autosave.New(st.save, autosave.Options{})
			taken := make(chan int)
			go func() {
				v := 0
				for s.Save(v+1) == nil {
					v++
				}
				taken <- v
			}()
			wantError(t, s.Close(t.Context()))
			if last := <-taken; last != st.held {
				t.Fatalf("%d was taken, %d is held", last, st.held)
			}
		})
	}
}
