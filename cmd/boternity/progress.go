package main

import (
	"fmt"
	"io"
	"strings"
)

// progress shows on a terminal how far long work has come, and shows nothing
// anywhere else.
type progress struct {
	out  io.Writer // nil where there is no terminal
	last string    // what stands there
}

func (a *app) progress() *progress {
	if !isTerminal(a.stderr) {
		return &progress{}
	}
	return &progress{out: a.stderr}
}

// show draws what is done of the whole; a total of 0 is not known.
func (p *progress) show(doing string, done, total int64, what string) {
	if p.out == nil {
		return
	}
	line := bar(doing, done, total, what, screenWidth(p.out))
	if line == p.last {
		return
	}
	gone := max(len([]rune(p.last))-len([]rune(line)), 0)
	fmt.Fprintf(p.out, "\r%s%s", line, strings.Repeat(" ", gone)) //nolint:errcheck // see say
	p.last = line
}

// counting is show for what is counted in ints.
func (p *progress) counting(doing, what string) func(done, total int) {
	return func(done, total int) { p.show(doing, int64(done), int64(total), what) }
}

// clear takes it away.
func (p *progress) clear() {
	if p.last != "" {
		fmt.Fprintf(p.out, "\r%s\r", strings.Repeat(" ", len([]rune(p.last)))) //nolint:errcheck // see say
		p.last = ""
	}
}

const barWidth = 20

// bar is a line that fits a screen of so many columns; 0 is any. It changes
// often enough to be seen moving, and no more often than once a thousandth.
func bar(doing string, done, total int64, what string, columns int) string {
	line := fmt.Sprintf("%s %d %s", doing, done, what)
	if total > 0 {
		done = min(done, total)
		filled := int(done * barWidth / total)
		line = fmt.Sprintf("%s [%s%s] %d.%d %% of %d %s", doing,
			strings.Repeat("#", filled), strings.Repeat(".", barWidth-filled), done*100/total, done*1000/total%10, total, what)
	}
	if columns > 1 && len(line) >= columns {
		line = line[:columns-1] // a line that wraps could not be drawn over
	}
	return line
}
