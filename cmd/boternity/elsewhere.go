package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/forge"
)

// tellUnsaved says that what was asked for was not done, because the session
// has gone on in another window. A question that follows tells the rest.
func (b *build) tellUnsaved(turn forge.Turn) {
	b.tell("")
	b.tell("! This session has gone on elsewhere, and that was not saved.")
	if !going(turn) {
		b.tellNotices(turn)
	}
}

// elsewhere deals with an error that another window has caused: it shows where
// the session stands now. Any other error is returned.
func (b *build) elsewhere(ctx context.Context, turn forge.Turn, err error) (forge.Turn, error) {
	if !errors.Is(err, builder.ErrConflict) && !errors.Is(err, builder.ErrGone) {
		return turn, err
	}
	now, openErr := b.guide.Open(ctx, turn.SessionID)
	if openErr != nil {
		return turn, err
	}
	b.tellUnsaved(now)
	return now, nil
}

// leave leaves a question that was asked out of its order: its field stays as
// it is, and what waits for an answer to it is dropped.
func (b *build) leave(ctx context.Context, turn forge.Turn) (forge.Turn, error) {
	q := turn.Question
	if q.Unfinished {
		return turn, &builder.InvalidError{Problem: "please say what the bot should do; Enter takes what you had begun to type"}
	}
	if q.Pending != "" {
		if err := b.store.SavePending(ctx, turn.SessionID, q.Field, ""); err != nil {
			return turn, err
		}
	}
	next, err := b.guide.Open(ctx, turn.SessionID)
	if err == nil {
		b.tell("%s stays as it is", q.Field)
	}
	return next, err
}

// notApplied is the error of an answer from a file that met what was done
// elsewhere after the session was opened: the file was written without seeing it.
func notApplied(opened, now forge.Turn, field string) error {
	if now.Kind == forge.Finished {
		return builder.ForSession(opened.SessionID, builder.ErrGone)
	}
	stored := builder.Draft{SessionID: opened.SessionID, Revision: now.Revision}
	return fmt.Errorf("%s was answered elsewhere with another value, which stands: %w", field, &builder.ConflictError{Based: opened.Revision, Stored: stored})
}
