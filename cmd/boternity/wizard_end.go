package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/google/uuid"

	"github.com/boternity/boternity/forge"
)

// unkeptError is half-typed text that could not be kept on the way out.
type unkeptError struct{ err error }

func (e *unkeptError) Error() string {
	return fmt.Sprintf("what you had begun to type could not be kept: %v", e.err)
}
func (e *unkeptError) Unwrap() error { return e.err }

// stop ends the wizard with the draft saved. What is under way is awaited; asked
// for twice, it is not.
func (w *wizard) stop(why error) tea.Cmd {
	if w.ending {
		return tea.Quit
	}
	w.ending = true
	if w.end == nil || errors.Is(w.end, errEnded) {
		w.end = why
	}
	if w.doing != nil {
		return nil
	}
	if w.before != nil {
		// What could not be saved is kept as half typed, if that can be done now.
		return tea.Batch(w.returnTo(w.before), w.leave())
	}
	return w.leave()
}

// orLeave goes on, or stops where the person asked for that meanwhile.
func (w *wizard) orLeave(next tea.Cmd) tea.Cmd {
	if w.ending {
		return w.leave()
	}
	return next
}

// leave keeps what is half typed and quits.
func (w *wizard) leave() tea.Cmd {
	closing := w.typing
	return func() tea.Msg {
		if closing != nil {
			closing.close(w.ctx) //nolint:errcheck // stopTyping asks again when the screen is gone, and tells
		}
		return leaveMsg{}
	}
}

// stopTyping keeps what is half typed, for good.
func (w *wizard) stopTyping() error {
	if w.typing == nil {
		return nil
	}
	return w.typing.close(w.ctx)
}

// deedTakes bounds the wait for what is under way at the end. It is longer than a
// busy database is waited for.
const deedTakes = 15 * time.Second

// awaitDeed waits for what was under way when the screen went: the person's last
// answer is in it. Where it takes too long, that is told.
func (w *wizard) awaitDeed() {
	if w.doing == nil {
		return
	}
	select {
	case msg := <-w.doing.over:
		switch {
		case msg.err != nil:
			w.complain(msg.err)
		case msg.turn.SessionID != uuid.Nil:
			w.turn = msg.turn
			if msg.turn.Kind == forge.Finished {
				w.end = nil
			}
		}
	case <-time.After(deedTakes):
		w.complain(errors.New("the last answer may not have been saved; please look at the draft before you go on"))
	}
}

// settleEnd tells the end of a session that was finished elsewhere while the
// person was still at it: there is no draft to go on with.
func (w *wizard) settleEnd() {
	if !errors.Is(w.end, errEnded) || w.turn.SessionID == uuid.Nil {
		return
	}
	now, err := w.guide.Open(w.ctx, w.turn.SessionID)
	if err == nil && now.Kind == forge.Finished {
		w.tell("This session was finished elsewhere meanwhile; what you had begun to type is not part of its bot.")
		w.turn, w.end = now, nil
	}
}

// untouched reports whether nobody has gone on with a session since.
func (w *wizard) untouched(turn forge.Turn) bool {
	d, err := w.store.LoadDraft(w.ctx, turn.SessionID)
	return err == nil && d.Revision == turn.Revision
}

// settleBegun makes the session that a half-typed description began the one that
// stopped. Where all of the description was taken back there is nothing to go on
// with, and the session goes too.
func (w *wizard) settleBegun() {
	if w.begun == nil || w.turn.SessionID != uuid.Nil {
		return
	}
	turn := w.begun.get()
	switch {
	case turn.SessionID == uuid.Nil:
	case w.typing != nil && strings.TrimSpace(w.typing.text) == "" && w.untouched(turn):
		if _, err := w.store.DeleteDraft(w.ctx, turn.SessionID); err != nil {
			w.complain(err)
		}
	default:
		w.turn = turn
		return
	}
	if errors.Is(w.end, errEnded) {
		w.end = errNothingStarted
	}
}
