package main

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/boternity/boternity/forge"
)

// reopen opens a session to go on with. From one that cannot be read it goes
// back to the last revision that can, where the person says yes to that.
func (b *build) reopen(ctx context.Context, turn forge.Turn) (forge.Turn, error) {
	if turn.LastReadable == 0 || b.given != nil || b.yes || b.json || b.dryRun {
		return turn, nil
	}
	b.tell("! %v", turn.Reason)
	b.tell("Nothing of it is lost. The last revision that can be read is %d, saved %s (%s).",
		turn.LastReadable, ago(time.Now(), turn.ReadableAt), turn.ReadableAt.Local().Format(time.DateTime))
	for {
		line, _, err := b.ask("Go on from that one? The history keeps the other. yes / no: ")
		if errors.Is(err, errEnded) {
			return turn, nil
		}
		switch answer := strings.ToLower(strings.TrimSpace(line)); {
		case err != nil:
			b.complain(err)
		case answer == "y" || answer == "yes":
			restored, err := b.insist(notRestored, func() (forge.Turn, error) {
				return b.guide.Restore(ctx, turn.SessionID, turn.LastReadable, turn.Revision)
			})
			if err == nil {
				b.tell("Restored revision %d, saved (revision %d)", turn.LastReadable, restored.Revision)
			}
			return restored, err
		case answer == "" || answer == "n" || answer == "no":
			return turn, nil
		default:
			b.complain(errNeedsYes)
		}
	}
}

var errNeedsYes = errors.New(`please answer "yes" to go on from that revision, or "no" to leave everything as it is`)
