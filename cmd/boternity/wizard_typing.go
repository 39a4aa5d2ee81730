package main

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/google/uuid"

	"github.com/boternity/boternity/autosave"
	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/forge"
)

// typing keeps what is typed into one field while it is typed: within a moment
// of each key it is with the draft, as the field's pending text.
type typing struct {
	saver   *autosave.Saver[string]
	text    string          // the newest
	changed bool            // it is another than at the beginning
	status  autosave.Status // as it is shown
	ended   error           // why nothing is kept any more
}

// begun is a session that began with half a sentence.
type begun struct {
	mu   sync.Mutex
	turn forge.Turn
}

func (b *begun) get() forge.Turn {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.turn
}

// keepTyping begins to keep what is typed into a field of the session, of which
// text is kept already.
func (w *wizard) keepTyping(field, text string) *typing {
	id := w.turn.SessionID
	return newTyping(text, func(ctx context.Context, text string) error {
		return w.store.SavePending(ctx, id, field, text)
	})
}

// keepDescription begins to keep a description while it is typed. The first
// words begin the session, since there is nothing else to keep them with.
func (w *wizard) keepDescription() *typing {
	if w.begun == nil {
		w.begun = &begun{}
	}
	b := w.begun
	return newTyping("", func(ctx context.Context, text string) error {
		b.mu.Lock()
		defer b.mu.Unlock()
		if b.turn.SessionID == uuid.Nil {
			if strings.TrimSpace(text) == "" {
				return nil // there is nothing to keep
			}
			turn, err := w.guide.Start(ctx, text)
			if err != nil {
				return err
			}
			b.turn = turn
		}
		return w.store.SavePending(ctx, b.turn.SessionID, forge.FieldInitialDescription, text)
	})
}

// unknownText is what is kept when nobody knows: no text is that, so that the
// first one is kept whatever it is.
const unknownText = "\x00"

func newTyping(text string, save func(context.Context, string) error) *typing {
	return &typing{text: text, saver: autosave.New(save, autosave.Options{Judge: judgeKeeping})}
}

// judgeKeeping says what a failure to keep half-typed text means: a session that
// has ended elsewhere keeps nothing any more, and a text that is too long may
// become shorter.
func judgeKeeping(err error) autosave.Verdict {
	switch {
	case errors.Is(err, builder.ErrInvalid):
		return autosave.Refuse
	case isAbout(err, builder.ErrGone, builder.ErrNotFound, builder.ErrNewer, builder.ErrUnreadable):
		return autosave.Stop
	}
	return autosave.Retry
}

// now takes what stands in the field.
func (t *typing) now(text string) {
	if t == nil || text == t.text {
		return
	}
	t.text, t.changed = text, true
	t.ended = t.saver.Save(text)
	t.status = t.saver.Status() // nothing may look kept that is not
}

// problem is why what is typed is not kept; nil while it is, or soon will be.
func (t *typing) problem() error {
	switch {
	case t == nil:
		return nil
	case t.ended != nil:
		return t.ended
	case t.status.State == autosave.Saved:
		return nil
	}
	return t.status.Err
}

// keepingTakes bounds how long keeping a text is waited for, when the database is
// busy or the disk is full.
const keepingTakes = 3 * time.Second

// close keeps the newest text and ends: no keeping comes after it.
func (t *typing) close(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, keepingTakes)
	defer cancel()
	err := t.saver.Close(ctx)
	if isAbout(err, builder.ErrGone, builder.ErrNotFound) {
		return nil // the session has ended; what it ended in is for the next turn to tell
	}
	return err
}

// watch waits until there may be something else to show than what is shown.
func (t *typing) watch() tea.Cmd {
	shown := t.status
	return func() tea.Msg {
		status, changed := t.saver.Watch()
		if status == shown && !status.Final {
			<-changed
		}
		return keptMsg{t}
	}
}
