package sqlite

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"go.uber.org/goleak"

	"github.com/boternity/boternity/builder"
)

// soakTime is how long the soak takes; BOTERNITY_SOAK makes it longer.
func soakTime(t *testing.T) time.Duration {
	t.Helper()
	text := os.Getenv("BOTERNITY_SOAK")
	if text == "" {
		return 2 * time.Second
	}
	d, err := time.ParseDuration(text)
	noError(t, err)
	return d
}

// TestSoak has 64 sessions saved at once, while others list, recall and type,
// and a second program saves to the same file. No call may fail, and nothing
// may be left open. How long the saves took is told, and judged by people.
func TestSoak(t *testing.T) {
	noLeak := goleak.IgnoreCurrent()
	path := newPath(t)
	filesBefore := openFiles(t)
	db, err := Open(t.Context(), path, Options{})
	noError(t, err)
	other := child(t, "soak", path)
	stop, err := other.StdinPipe()
	noError(t, err)
	told, err := other.StdoutPipe()
	noError(t, err)
	noError(t, other.Start())

	ctx, cancel := context.WithTimeout(t.Context(), soakTime(t))
	defer cancel()
	var all sync.WaitGroup
	times := make([][]time.Duration, 64)
	var lists atomic.Int64
	s := db.Owner("")
	for i := range times {
		all.Go(func() {
			noErr(t, saveAndSave(ctx, s, func(d time.Duration) { times[i] = append(times[i], d) }))
		})
	}
	for range 2 {
		all.Go(func() {
			for ctx.Err() == nil {
				noErr(t, lookAround(t.Context(), s))
				lists.Add(1)
			}
		})
	}
	all.Go(func() {
		for ctx.Err() == nil {
			e := testEntry(uuid.Must(uuid.NewV7()), "a bot that reviews Go code")
			noErr(t, s.RecordMemory(t.Context(), e))
			_, err := s.ForgetMemory(t.Context(), e.ID)
			noErr(t, err)
		}
	})
	all.Wait()
	noError(t, stop.Close())
	line, err := bufio.NewReader(told).ReadString('\n')
	noError(t, err)
	_, err = io.Copy(io.Discard, told)
	noError(t, errors.Join(err, other.Wait()))
	sorted := slices.Sorted(slices.Values(slices.Concat(times...)))
	at := func(percent int) time.Duration { return sorted[(len(sorted)-1)*percent/100] }
	t.Logf("%d saves, %d looks; the other program: %s", len(sorted), lists.Load(), line)
	t.Logf("a save took %v (p50), %v (p90), %v (p99, %.1f times p50), %v (longest)", at(50), at(90), at(99), float64(at(99))/float64(at(50)), sorted[len(sorted)-1])
	soundly(t, db)
	noError(t, db.Close())
	noError(t, goleak.Find(noLeak))
	if after := openFiles(t); after != filesBefore {
		t.Errorf("%d files are open, %d were before", after, filesBefore)
	}
}

// noErr is noError for goroutines, which must not end a test.
func noErr(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Error(err)
	}
}

// saveAndSave saves a growing session, answer after answer, and begins another
// when it is long.
func saveAndSave(ctx context.Context, s builder.Store, took func(time.Duration)) error {
	d := testDraft(uuid.Must(uuid.NewV7()), "soaked", 1)
	for answers := 1; ctx.Err() == nil; answers++ {
		d.State = testState(d.SessionID, "soaked", answers)
		started := time.Now()
		// The time is up for whoever has not called yet, not for a call.
		saved, err := s.SaveDraft(context.WithoutCancel(ctx), d)
		if err != nil {
			return err
		}
		took(time.Since(started))
		if d = saved; answers == 100 {
			d, answers = testDraft(uuid.Must(uuid.NewV7()), "soaked", 1), 0
		}
	}
	return nil
}

func lookAround(ctx context.Context, s builder.Store) error {
	page, err := s.ListDrafts(ctx, builder.DraftQuery{Limit: 50})
	if err != nil {
		return err
	}
	for _, d := range page.Drafts[:min(len(page.Drafts), 3)] {
		if _, err := s.LoadDraft(ctx, d.SessionID); err != nil {
			return err
		}
	}
	if _, err := s.Recall(ctx, builder.MemoryQuery{Limit: 10}); err != nil {
		return err
	}
	_, err = s.RecallSimilar(ctx, builder.Terms("reviews code"), 50)
	return err
}

// soak saves as the other program does, until its input ends.
func soak(path string) error {
	db, err := Open(context.Background(), path, Options{})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		defer cancel()
		_, _ = io.Copy(io.Discard, os.Stdin) // its end is all that counts
	}()
	var saves atomic.Int64
	errs := make([]error, 4)
	var all sync.WaitGroup
	for i := range errs {
		all.Go(func() {
			errs[i] = saveAndSave(ctx, db.Owner("other"), func(time.Duration) { saves.Add(1) })
		})
	}
	all.Wait()
	_, err = fmt.Println(saves.Load(), "saves")
	return errors.Join(errors.Join(errs...), err, db.Close())
}

// openFiles is how many files this program has open, where the system tells.
func openFiles(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if errors.Is(err, os.ErrNotExist) {
		return 0
	}
	noError(t, err)
	return len(entries)
}
