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

// watched is every status up to the final one, as a watcher saw them that takes
// so long over each.
func watched(s *autosave.Saver[int], pause time.Duration) (seen []string) {
	for {
		status, changed := s.Watch()
		if text := status.State.String(); len(seen) == 0 || seen[len(seen)-1] != text {
			seen = append(seen, text)
		}
		if status.Final {
			return seen
		}
		<-changed
		time.Sleep(pause)
	}
}

func TestWatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStore(func(_ context.Context, attempt, _ int) error {
			time.Sleep(10 * ms)
			return []error{errBusy, nil, errConflict}[attempt-1]
		})
		s := autosave.New(st.save, autosave.Options{Judge: judge})
		var wg sync.WaitGroup
		want := []string{"saved", "unsaved", "saving", "failed", "saving", "saved", "unsaved", "saving", "stopped"}
		for range 3 {
			wg.Go(func() {
				if got := watched(s, 0); !slices.Equal(got, want) {
					t.Errorf("seen is %v, want %v", got, want)
				}
			})
		}
		wg.Go(func() { // may miss some, never the last; and holds nobody up
			if got := watched(s, 350*ms); got[len(got)-1] != "stopped" {
				t.Errorf("seen is %v", got)
			}
		})
		time.Sleep(ms)
		give(t, s, 1)
		time.Sleep(time.Second)
		give(t, s, 2)
		wg.Wait()
		st.expect(t, "101ms: 1", "211ms: 1", "1.101s: 2")
	})
}

func TestWatchEndsWithClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := autosave.New(newStore(nil).save, autosave.Options{})
		end := make(chan []string)
		go func() { end <- watched(s, 0) }()
		synctest.Wait()
		wantError(t, s.Close(t.Context())) // with nothing unsaved
		if seen := <-end; !slices.Equal(seen, []string{"saved"}) {
			t.Errorf("seen is %v", seen)
		}
	})
}

// Once it is final, nobody is woken again.
func TestNothingFollowsTheFinalStatus(t *testing.T) {
	for name, outcome := range map[string]error{"saved": nil, "refused": errTooLong, "stopped": errConflict} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := autosave.New(newStore(failsFirst(9, outcome)).save, autosave.Options{Judge: judge})
				give(t, s, 1)
				if err := s.Close(t.Context()); !errors.Is(err, outcome) {
					t.Fatalf("the error is %v", err)
				}
				synctest.Wait()
				final, changed := s.Watch()
				if !final.Final || final.State.String() != name {
					t.Errorf("the status is %+v", final)
				}
				ended, cancel := context.WithCancel(t.Context())
				cancel()
				for _, ctx := range []context.Context{t.Context(), ended} {
					_, _ = s.Close(ctx), s.Save(2) // their errors are tested elsewhere
				}
				synctest.Wait()
				select {
				case <-changed:
					t.Errorf("another status followed %+v", final)
				default:
				}
			})
		})
	}
}

func TestStatesHaveNames(t *testing.T) {
	text := fmt.Sprint(autosave.Saved, autosave.Unsaved, autosave.Saving, autosave.Failed, autosave.Refused, autosave.Stopped)
	if text != "saved unsaved saving failed refused stopped" {
		t.Error(text)
	}
}
