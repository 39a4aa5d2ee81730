package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/boternity/boternity/forge"
)

// pendingMark is a line that answers with what was begun earlier, or with what
// this window has answered where another one answered differently.
const pendingMark = "+"

func takesPending(q *forge.Question, line string) bool {
	return (q.Pending != "" || q.Contest != nil) && strings.TrimSpace(line) == pendingMark
}

// keepTyped keeps a line that was begun and never ended.
func (b *build) keepTyped(ctx context.Context, turn forge.Turn) {
	typed, before := b.input.halfTyped(), turn.Question.Pending
	if strings.TrimSpace(typed) == "" || takesPending(turn.Question, typed) || b.dryRun {
		return
	}
	if !strings.HasPrefix(typed, before) {
		typed = before + " " + typed // what was typed in another sitting is no less wanted
	}
	if err := b.store.SavePending(ctx, turn.SessionID, turn.Question.Field, typed); err != nil {
		b.tell("")
		b.tell("What you had begun to type could not be kept: %v", hurried(err))
		return
	}
	b.tell("")
	b.tell("What you had begun to type is kept with the draft.")
}

// keepUnsaved keeps an answer that could not be saved, so that the question
// shows it when it is asked again.
func (b *build) keepUnsaved(ctx context.Context, turn forge.Turn, line string) {
	if strings.TrimSpace(line) == "" || takesPending(turn.Question, line) || b.dryRun {
		return // nothing was typed that would be lost
	}
	// The answer may have had half a minute; this is not worth as much again.
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if err := b.store.SavePending(ctx, turn.SessionID, turn.Question.Field, line); err != nil {
		b.tell("What you typed could not be kept either: %v. Please type it again when you go on.", hurried(err))
		return
	}
	b.tell("What you typed is no answer yet. It is kept with the draft and shown with the question.")
}

// tellUnused shows what was half typed, which nobody has answered with and which
// ends with the session.
func (b *build) tellUnused(ctx context.Context, id uuid.UUID) error {
	pending, err := b.store.LoadPending(ctx, id)
	for _, field := range slices.Sorted(maps.Keys(pending)) {
		if strings.TrimSpace(pending[field]) != "" {
			b.show(fmt.Sprintf("What was begun for %s is no answer, and is not used:\n%s\n", field, indented(pending[field], "    ")))
		}
	}
	return err
}
