package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"
)

// progress says how far the program is: a bar on a terminal, else a line now
// and then.
type progress struct {
	out      io.Writer
	terminal bool

	task       string
	begun      time.Time
	said       time.Time
	unfinished bool // the bar stands on the current line
}

func newProgress(out io.Writer) *progress {
	file, isFile := out.(*os.File)
	return &progress{out: out, terminal: isFile && term.IsTerminal(int(file.Fd()))}
}

// at says that so much of a task is done. It is called often.
func (p *progress) at(task string, done, all int) {
	now := time.Now()
	if task != p.task {
		p.done()
		p.task, p.begun, p.said = task, now, time.Time{}
	}
	every := 10 * time.Second
	if p.terminal {
		every = 100 * time.Millisecond
	}
	if now.Sub(p.said) < every {
		return
	}
	p.said = now
	percent := 100 * done / max(all, 1)
	left := ""
	if took := now.Sub(p.begun); done > 0 && took > time.Second {
		left = fmt.Sprintf(", %v left", (took * time.Duration(all-done) / time.Duration(done)).Round(time.Second))
	}
	if !p.terminal {
		say(p.out, "%s: %d %%%s\n", task, percent, left)
		return
	}
	const width = 30
	full := width * percent / 100
	say(p.out, "\r\x1b[K%-34s %s%s %3d %%%s", task, strings.Repeat("█", full), strings.Repeat("░", width-full), percent, left)
	p.unfinished = true
}

// done ends a bar, so that something else may be printed.
func (p *progress) done() {
	if p.unfinished {
		say(p.out, "\r\x1b[K")
	}
	p.task, p.unfinished = "", false
}

// say writes what is no result: where nobody can be told, nothing is lost.
func say(to io.Writer, format string, args ...any) { _, _ = fmt.Fprintf(to, format, args...) }
