package bot

import (
	"context"
	"fmt"
	"time"

	"github.com/boternity/boternity/builder"
)

// holdPoll is how often a folder that someone else holds is tried again.
const holdPoll = 5 * time.Millisecond

// holdWait is how long a folder that someone else holds is waited for.
const holdWait = 15 * time.Second

// errHeld is a folder that someone else holds for too long.
var errHeld = heldError{}

type heldError struct{}

func (heldError) Error() string {
	return "another program is writing to the bots folder; nothing was saved, please try again"
}

// Is makes the error an ErrBusy.
func (heldError) Is(target error) bool { return target == builder.ErrBusy }

// Hold waits until nobody else holds the folder, and returns what releases it.
// It is for whoever decides what to write from something else that may change:
// a session that two doors finish at once would leave two bots, or the older
// one. All users of a folder are kept apart, programs too where the file system
// can do that; a program that crashes holds nothing. Errors: builder.ErrBusy when
// it takes too long, the context's, and those of the file system.
func (f *Folder) Hold(ctx context.Context) (release func(), err error) {
	tries := time.NewTicker(holdPoll)
	defer tries.Stop()
	late := time.After(holdWait)
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		release, err := f.tryHold()
		if err != nil {
			return nil, fmt.Errorf("hold the bots folder: %w", cause(err))
		}
		if release != nil {
			return release, nil
		}
		select {
		case <-ctx.Done():
		case <-late:
			return nil, errHeld
		case <-tries.C:
		}
	}
}

// tryHold returns nothing where someone else holds the folder.
func (f *Folder) tryHold() (release func(), err error) {
	if !f.holding.TryLock() {
		return nil, nil
	}
	unlock, held, err := f.lockDir()
	if err != nil || !held {
		f.holding.Unlock()
		return nil, err
	}
	return func() {
		unlock()
		f.holding.Unlock()
	}, nil
}
