package bot

import (
	"context"
	"fmt"
	"time"
)

// holdPoll is how often a folder that someone else holds is tried again.
const holdPoll = 5 * time.Millisecond

// Hold waits until nobody else holds the folder, and returns what releases it.
// It is for whoever decides what to write from something else that may change:
// a session that two doors finish at once would leave two bots, or the older
// one. All users of a folder are kept apart, programs too where the file system
// can do that; a program that crashes holds nothing. Errors: the context's, and
// those of the file system.
func (f *Folder) Hold(ctx context.Context) (release func(), err error) {
	tries := time.NewTicker(holdPoll)
	defer tries.Stop()
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
