package main

import (
	"context"
	"errors"
	"fmt"

	tea "charm.land/bubbletea/v2"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/forge"
)

// deed is something the guide is asked to do. It runs beside the screen, and can
// be repeated until it succeeds.
type deed struct {
	what    string // "Saving", as the person reads it
	saves   bool   // it makes a revision
	answers bool   // it takes what is typed
	do      func(ctx context.Context) (forge.Turn, error)
	done    func(w *wizard, turn forge.Turn) tea.Cmd // what follows; nil is to show the turn
	over    chan doneMsg                             // how it ended, where nobody shows it any more
}

// starting begins a session.
func (w *wizard) starting(description string) *deed {
	return &deed{what: "Saving", saves: true, answers: true, do: func(ctx context.Context) (forge.Turn, error) { return w.guide.Start(ctx, description) }}
}

// perform begins a deed. What is half typed is kept first, so that no late
// keeping comes after an answer.
func (w *wizard) perform(d *deed) tea.Cmd {
	w.doing, w.wrong = d, nil
	d.over = make(chan doneMsg, 1)
	closing := w.typing
	w.typing = nil
	return func() tea.Msg {
		over := w.run(d, closing)
		d.over <- over
		return over
	}
}

func (w *wizard) run(d *deed, closing *typing) doneMsg {
	if closing != nil {
		// An answer keeps the same words better; failing to keep them half typed
		// is no reason not to try.
		if err := closing.close(w.ctx); err != nil && !d.answers {
			return doneMsg{w.turn, &unkeptError{err}}
		}
	}
	turn, err := d.do(w.ctx)
	return doneMsg{turn, err}
}

// hold keeps what is typed while something is under way, for the screen that
// follows. Keys that take, toggle or move are let go, a space that begins nothing
// too: nobody can mean them for a question they have not seen.
func (w *wizard) hold(msg tea.Msg) {
	switch msg := msg.(type) {
	case tea.PasteMsg:
		w.held = append(w.held, msg)
	case tea.KeyPressMsg:
		if msg.Text != "" && (msg.Text != " " || len(w.held) > 0) {
			w.held = append(w.held, msg)
		}
	}
}

// finish goes on after a deed.
func (w *wizard) finish(msg doneMsg) tea.Cmd {
	d := w.doing
	w.doing = nil
	switch {
	case msg.err == nil:
		if d.saves && !msg.turn.Unsaved {
			w.saved = msg.turn.Revision
		}
		if d.done != nil {
			return w.orLeave(d.done(w, msg.turn))
		}
		return w.orLeave(w.take(msg.turn))
	case errors.Is(msg.err, builder.ErrConflict) && msg.turn.SessionID == w.turn.SessionID:
		// Finishing a bot that has changed: the turn says how.
		return w.orLeave(w.take(msg.turn))
	case errors.Is(msg.err, builder.ErrInvalid) && w.screen != nil:
		next := w.returnTo(w.screen)
		w.wrong = msg.err
		return w.orLeave(next)
	case hopeless(msg.err) || w.screen == nil:
		w.end = msg.err
		return tea.Quit
	}
	w.turn.Revision = max(w.turn.Revision, msg.turn.Revision)
	if w.ending {
		w.end = fmt.Errorf("%w: %w", errEnded, msg.err)
		return tea.Batch(w.returnTo(w.screen), w.leave())
	}
	return w.retrying(d, msg.err)
}

// hopeless reports whether trying again cannot help.
func hopeless(err error) bool {
	return isAbout(err, builder.ErrGone, builder.ErrNotFound, builder.ErrNewer, builder.ErrUnreadable, builder.ErrConflict)
}

// retrying is the screen after something could not be saved: it says why, and
// does it again on Enter.
func (w *wizard) retrying(again *deed, err error) tea.Cmd {
	before := w.screen
	w.before = before
	c := newChoosing("That is not saved yet", plain(err.Error()), 0,
		choice{item{label: "Try again"}, func(w *wizard) tea.Cmd {
			w.screen, w.before = before, nil // what was typed ahead waits for the next one
			if a, ok := before.(*asking); ok && !again.answers {
				a.resume(w)
			}
			return w.perform(again)
		}},
		choice{item{label: "Back to the question"}, func(w *wizard) tea.Cmd { return w.returnTo(before) }},
		choice{item{label: "Stop; what is saved stays"}, func(w *wizard) tea.Cmd { return tea.Batch(w.returnTo(before), w.stop(err)) }},
	)
	c.esc = func(w *wizard) tea.Cmd { return w.returnTo(before) }
	return w.show(c)
}

// returnTo shows a screen whose answer was not taken, as it was left.
func (w *wizard) returnTo(before screen) tea.Cmd {
	w.before = nil
	var resumed tea.Cmd
	if a, ok := before.(*asking); ok {
		resumed = a.resume(w) // first: what was typed ahead is kept too
	}
	return tea.Batch(resumed, w.show(before))
}

// take shows where the session stands.
func (w *wizard) take(turn forge.Turn) tea.Cmd {
	w.turn = turn
	w.notes = nil
	for _, n := range turn.Notices {
		w.notes = append(w.notes, plain(n.Text))
	}
	switch turn.Kind {
	case forge.Ask:
		return w.ask()
	case forge.Ready:
		return w.review()
	case forge.ViewOnly:
		return w.viewOnly()
	}
	w.end = nil
	return tea.Quit
}
