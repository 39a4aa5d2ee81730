package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	tea "charm.land/bubbletea/v2"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/forge"
)

// wizard is a build as a person at a terminal meets it: one screen a question,
// in a program that has the whole terminal. It decides nothing; what an answer
// does is the guide's.
type wizard struct {
	*build
	ctx    context.Context
	turn   forge.Turn // where the session stands; its id is nil until there is one
	screen screen
	width  int
	height int

	doing  *deed     // under way
	held   []tea.Msg // typed while it is
	before screen    // the one whose answer could not be saved; nil but while that is asked about

	typing *typing          // keeps what is half typed; nil where nothing can be
	begun  *begun           // the session that a half-typed description began
	saved  builder.Revision // the newest revision saved here; 0 before that
	older  builder.Cursor   // the page of the pick list

	notes  []string // told above the screen
	wrong  error    // what is wrong with the last answer
	help   bool     // the help is shown over the screen
	ending bool     // as soon as what is under way is done
	end    error    // why it ended; nil where the turn says all
}

// runWizard leads a session over the whole terminal. It returns as lead does.
func (b *build) runWizard(ctx context.Context) (forge.Turn, error) {
	w := &wizard{build: b, ctx: ctx, end: errEnded}
	program := tea.NewProgram(w, tea.WithInput(b.stdin), tea.WithOutput(b.stderr),
		tea.WithEnvironment(os.Environ()), tea.WithoutSignalHandler())
	over := make(chan struct{})
	go func() {
		select {
		case <-b.ended:
			drain(b.stdin)
			program.Send(endMsg{})
		case <-over:
		}
	}()
	_, err := program.Run()
	close(over)
	w.awaitDeed()
	// However it ended, what was typed is kept before anything else is said.
	if closeErr := w.stopTyping(); closeErr != nil {
		b.complain(&unkeptError{closeErr})
	}
	w.settleBegun()
	w.settleEnd()
	if err != nil && errors.Is(w.end, errEnded) && !isClosed(b.ended) {
		return w.turn, fmt.Errorf("%w: the terminal: %w", errEnded, err)
	}
	return w.turn, w.end
}

// screen is what the wizard shows and asks at a time.
type screen interface {
	// update takes a key or another message.
	update(w *wizard, msg tea.Msg) tea.Cmd
	// view draws the screen, at most height lines where that can be helped.
	view(w *wizard, width, height int) string
	// keys says what the keys do, the most important ones first.
	keys() []string
}

// The messages that the wizard sends itself.
type (
	doneMsg struct {
		turn forge.Turn
		err  error
	}
	endMsg   struct{} // the person, or a signal, ends it
	keptMsg  struct{ of *typing }
	leaveMsg struct{}
)

// fullScreen reports whether the questions can have the whole terminal.
func (a *app) fullScreen() bool {
	kind := a.getenv("TERM")
	return kind != "" && kind != "dumb" && isTerminal(a.stdin) && isTerminal(a.stdout) && isTerminal(a.stderr)
}

// Init opens the session to go on with, or asks what the bot should do.
func (w *wizard) Init() tea.Cmd {
	switch {
	case w.resuming() && w.resume == "" && !w.last:
		return w.pickDraft()
	case w.resuming():
		return w.perform(&deed{what: "Opening", do: w.open})
	case w.from != "":
		return w.perform(&deed{what: "Reading the bot", saves: true, do: w.openBot})
	case w.description != "":
		return w.perform(w.starting(w.description))
	}
	return w.describe()
}

func (w *wizard) open(ctx context.Context) (forge.Turn, error) {
	id, err := w.session(ctx)
	if err != nil {
		return forge.Turn{}, err
	}
	return w.guide.Open(ctx, id)
}

// Update takes a message: what the whole wizard answers to, then the screen.
func (w *wizard) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		w.width, w.height = msg.Width, msg.Height
	case endMsg:
		return w, w.stop(errEnded)
	case leaveMsg:
		return w, tea.Quit
	case doneMsg:
		return w, w.finish(msg)
	case keptMsg:
		return w, w.kept(msg)
	case tea.KeyPressMsg:
		switch msg.String() {
		case "ctrl+c":
			return w, w.stop(errQuit)
		case "ctrl+z":
			return w, tea.Suspend
		}
		if w.help {
			w.help = false
			return w, nil
		}
		if msg.String() == "f1" {
			w.help = true
			return w, nil
		}
	}
	if w.doing != nil {
		w.hold(msg)
		return w, nil
	}
	if w.screen == nil || w.ending {
		return w, nil
	}
	if _, key := msg.(tea.KeyPressMsg); key {
		w.wrong = nil
	}
	return w, w.screen.update(w, msg)
}

// show makes a screen the one that is shown.
func (w *wizard) show(s screen) tea.Cmd {
	w.screen, w.wrong, w.help = s, nil, false
	a, asks := s.(*asking)
	if !asks {
		return nil // a screen in between; what was typed waits for the question
	}
	held := w.held
	w.held = nil
	var cmds []tea.Cmd
	for _, msg := range held {
		if press, ok := msg.(tea.KeyPressMsg); ok && !a.typing && (isDigit(press) || press.Text == "?" || press.Text == " ") {
			continue // it would move in a list that nobody has seen
		}
		cmds = append(cmds, s.update(w, msg))
	}
	return tea.Batch(cmds...)
}

// kept takes what became of keeping what is typed.
func (w *wizard) kept(msg keptMsg) tea.Cmd {
	if w.typing != msg.of {
		return nil
	}
	w.typing.status = w.typing.saver.Status()
	if w.typing.status.Final {
		return nil
	}
	return w.typing.watch()
}
