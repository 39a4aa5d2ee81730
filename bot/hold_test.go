package bot_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/boternity/boternity/bot"
)

// Two of a program's folders are the same as two programs.
func TestHoldKeepsUsersApart(t *testing.T) {
	dir := t.TempDir()
	first, second := openHeld(t, dir), openHeld(t, dir)
	var all sync.WaitGroup
	var inside atomic.Int32 // the race detector knows nothing of locks on files
	for i := range 20 {
		f := first
		if i%2 == 0 {
			f = second
		}
		all.Go(func() {
			release, err := f.Hold(t.Context())
			if err != nil {
				t.Error(err)
				return
			}
			defer release()
			if n := inside.Add(1); n != 1 {
				t.Errorf("%d hold it at once", n)
			}
			_, err = f.List()
			inside.Add(-1)
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}

func TestHoldEndsWithTheContext(t *testing.T) {
	dir := t.TempDir()
	first, second := openHeld(t, dir), openHeld(t, dir)
	release, err := first.Hold(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range []*bot.Folder{first, second} {
		ctx, cancel := context.WithCancel(t.Context())
		failed := make(chan error)
		go func() {
			_, err := f.Hold(ctx)
			failed <- err
		}()
		cancel()
		if err := <-failed; !errors.Is(err, context.Canceled) {
			t.Errorf("error = %v", err)
		}
	}
	release()
	if release, err = second.Hold(t.Context()); err != nil {
		t.Fatal(err)
	}
	release()
	if list, err := first.List(); err != nil || len(list) != 0 {
		t.Errorf("holding left %v, %v", list, err)
	}
}

func openHeld(t *testing.T, dir string) *bot.Folder {
	t.Helper()
	f, err := bot.OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}
