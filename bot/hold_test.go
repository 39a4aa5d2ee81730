package bot_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/boternity/boternity/bot"
)

// Two of a program's folders are the same as two programs.
func TestHoldKeepsUsersApart(t *testing.T) {
	dir := t.TempDir()
	first, second := openHeld(t, dir), openHeld(t, dir)
	var all sync.WaitGroup
	inside, most := 0, 0
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
			inside++ // the race detector sees two at once
			most = max(most, inside)
			inside--
			release()
		})
	}
	all.Wait()
	if most != 1 {
		t.Errorf("%d held it at once", most)
	}
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
