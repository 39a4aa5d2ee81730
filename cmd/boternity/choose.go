package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
)

// choiceOfDrafts is how many drafts the pick list shows.
const choiceOfDrafts = 20

// chooseDraft returns the newest draft, or asks which one where that was not
// asked for and there are several.
func (b *build) chooseDraft(ctx context.Context) (uuid.UUID, error) {
	page, err := b.store.ListDrafts(ctx, builder.DraftQuery{Limit: choiceOfDrafts})
	if err != nil {
		return uuid.Nil, err
	}
	switch {
	case len(page.Drafts) == 0:
		return uuid.Nil, errNoDraft()
	case len(page.Drafts) == 1 || b.last:
		return page.Drafts[0].SessionID, nil
	}
	b.tell("There are several drafts:")
	for i, d := range page.Drafts {
		b.tell("  %d. %s, %s: %s (%s)", i+1, ago(time.Now(), d.UpdatedAt), dash(string(d.Phase)), excerpt(d.Description), d.SessionID)
	}
	if page.Next != "" {
		b.tell("  … and older ones: see \"boternity drafts list\"")
	}
	if b.given != nil {
		return uuid.Nil, errWhichDraft
	}
	return b.pickDraft(ctx, page.Drafts)
}

func errNoDraft() error {
	return fmt.Errorf("an unfinished session: %w; \"boternity build\" begins one", builder.ErrNotFound)
}

var (
	errWhichDraft   = &usageError{errors.New("several drafts: give the id of one, or --last for the newest")}
	errNothingGoing = errors.New("stopped before a draft was picked; nothing was changed")
)

func (b *build) pickDraft(ctx context.Context, drafts []builder.DraftSummary) (uuid.UUID, error) {
	for {
		line, c, err := b.ask("Which one? Its number, or q: ")
		switch {
		case errors.Is(err, errQuit), errors.Is(err, errEnded) && isClosed(b.ended):
			return uuid.Nil, errNothingGoing
		case errors.Is(err, errEnded):
			b.tell("") // the prompt's line has not ended
			return uuid.Nil, errWhichDraft
		case err == nil && c == none:
			line = strings.TrimSpace(line)
			if n, notNumber := strconv.Atoi(line); notNumber == nil && n >= 1 && n <= len(drafts) {
				return drafts[n-1].SessionID, nil
			}
			var id uuid.UUID
			if id, err = b.resolveDraft(ctx, b.store, line); err == nil {
				return id, nil
			}
		}
		if err != nil && !errors.Is(err, builder.ErrInvalid) && !errors.Is(err, builder.ErrNotFound) {
			return uuid.Nil, err
		}
		b.tell("! Please give a number from 1 to %d, or the beginning of an id.", len(drafts))
	}
}
