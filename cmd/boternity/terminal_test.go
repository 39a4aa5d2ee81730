//go:build unix

package main

import (
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/charmbracelet/x/vt"
	"github.com/creack/pty"
)

// terminal is a running boternity at a pseudo-terminal, with what its screen
// shows.
type terminal struct {
	t      *testing.T
	cmd    *exec.Cmd
	pty    *os.File
	mu     sync.Mutex // of screen; what it answers is read without
	screen *vt.Emulator
	drawn  chan struct{} // something was drawn; at most one is waiting
	gone   chan struct{} // nothing is drawn any more
	exited chan struct{}
	closed sync.Once
}

// atTerminal runs a command line over a data folder, on a screen of the given
// size.
func atTerminal(t *testing.T, data string, columns, rows int, args ...string) *terminal {
	t.Helper()
	return atTerminalWith(t, nil, data, columns, rows, args...)
}

// atTerminalWith is atTerminal with more in the environment.
func atTerminalWith(t *testing.T, env []string, data string, columns, rows int, args ...string) *terminal {
	t.Helper()
	term := &terminal{
		t: t, cmd: exec.Command(binary(t), args...), screen: vt.NewEmulator(columns, rows),
		drawn: make(chan struct{}, 1), gone: make(chan struct{}), exited: make(chan struct{}),
	}
	term.cmd.Env = append(os.Environ(), "BOTERNITY_DATA_DIR="+data, "BOTERNITY_DB=", "TERM=xterm-256color", "TZ=UTC", "NO_COLOR=")
	term.cmd.Env = append(term.cmd.Env, env...)
	blocking, err := pty.StartWithSize(term.cmd, &pty.Winsize{Cols: uint16(columns), Rows: uint16(rows)})
	if err != nil {
		t.Fatal(err)
	}
	term.pty = pollable(t, blocking)
	go term.draw()
	go func() {
		io.Copy(term.pty, term.screen) //nolint:errcheck // what the terminal answers, for as long as someone listens
	}()
	go func() {
		term.cmd.Wait() //nolint:errcheck // how it ended is in ProcessState
		close(term.exited)
	}()
	t.Cleanup(func() {
		term.cmd.Process.Kill() //nolint:errcheck // it may have ended
		term.hangUp()
		<-term.exited
		<-term.gone // the emulator is not closed: that would race with reading what it answers
	})
	return term
}

// pollable is a file whose Close ends a Read under way. One that blocks would
// stay open for as long as somebody reads it.
func pollable(t *testing.T, blocking *os.File) *os.File {
	t.Helper()
	defer blocking.Close()
	fd, err := syscall.Dup(int(blocking.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	syscall.CloseOnExec(fd)
	if err := syscall.SetNonblock(fd, true); err != nil {
		t.Fatal(err)
	}
	return os.NewFile(uintptr(fd), blocking.Name())
}

func (term *terminal) draw() {
	defer close(term.gone)
	chunk := make([]byte, 4096)
	for {
		n, err := term.pty.Read(chunk)
		term.mu.Lock()
		term.screen.Write(chunk[:n]) //nolint:errcheck // an emulator takes everything
		term.mu.Unlock()
		select {
		case term.drawn <- struct{}{}:
		default:
		}
		if err != nil {
			return
		}
	}
}

// shown is the screen as text.
func (term *terminal) shown() string {
	term.mu.Lock()
	defer term.mu.Unlock()
	lines := strings.Split(term.screen.String(), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " ")
	}
	return strings.Join(lines, "\n")
}

// colours counts the cells that have a colour.
func (term *terminal) colours() (n int) {
	term.mu.Lock()
	defer term.mu.Unlock()
	for y := range term.screen.Height() {
		for x := range term.screen.Width() {
			if style := term.screen.CellAt(x, y).Style; style.Fg != nil || style.Bg != nil {
				n++
			}
		}
	}
	return n
}

// shows waits until the screen shows a text.
func (term *terminal) shows(text string) {
	term.t.Helper()
	term.until(text, func(screen string) bool { return strings.Contains(screen, text) })
}

// patience is when a test gives up waiting for what would have come long ago.
const patience = 30 * time.Second

func (term *terminal) until(what string, holds func(screen string) bool) {
	term.t.Helper()
	late := time.After(patience)
	for !holds(term.shown()) {
		select {
		case <-term.drawn:
		case <-term.gone:
			if !holds(term.shown()) {
				term.t.Fatalf("it ends without %s:\n%s", what, term.shown())
			}
			return
		case <-late:
			term.t.Fatalf("it does not show %s:\n%s", what, term.shown())
		}
	}
}

// types types a text. That nobody reads it any more is no failure here.
func (term *terminal) types(text string) { io.WriteString(term.pty, text) } //nolint:errcheck // see above

// The keys.
const (
	keyEnter  = "\r"
	keyEscape = "\x1b"
	keyCtrlC  = "\x03"
	keyDown   = "\x1b[B"
	keyUp     = "\x1b[A"
)

// hangUp closes the terminal as a window does that is closed.
func (term *terminal) hangUp() {
	term.closed.Do(func() { term.pty.Close() })
}

// ends waits for the process to end and returns its exit code; -1 for one that a
// signal killed.
func (term *terminal) ends() int {
	term.t.Helper()
	select {
	case <-term.exited:
	case <-time.After(patience):
		term.t.Fatalf("it does not end:\n%s", term.shown())
	}
	<-term.gone // all that it has shown is on the screen
	return term.cmd.ProcessState.ExitCode()
}

func (term *terminal) signal(s syscall.Signal) {
	term.t.Helper()
	if err := term.cmd.Process.Signal(s); err != nil {
		term.t.Fatal(err)
	}
}
