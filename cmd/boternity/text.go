package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/clipperhouse/displaywidth"
	"golang.org/x/term"
)

// plain makes stored text safe to show on one line: white space becomes single
// spaces, and whatever could steer a terminal or reorder what is read is
// spelt out.
func plain(s string) string {
	return strings.Join(strings.Fields(escape(s)), " ")
}

// escape spells out control and format characters, and bytes that are not
// UTF-8. Line breaks and tabs stay.
func escape(s string) string {
	var b strings.Builder
	for len(s) > 0 {
		r, size := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, s[0])
		case r == '\n', r == '\t':
			b.WriteRune(r)
		case r == '\r' && strings.HasPrefix(s, "\r\n"):
		case steers(r):
			b.WriteString(spellOut(r))
		default:
			b.WriteRune(r)
		}
		s = s[size:]
	}
	return b.String()
}

// The joiners are part of how emoji and several scripts are written.
const (
	zeroWidthNonJoiner = '\u200c'
	zeroWidthJoiner    = '\u200d'
)

func spellOut(r rune) string {
	switch {
	case r < 0x100:
		return fmt.Sprintf(`\x%02x`, r)
	case r < 0x10000:
		return fmt.Sprintf(`\u%04x`, r)
	}
	return fmt.Sprintf(`\U%08x`, r)
}

// steers reports whether a character could move a cursor, change what a
// terminal does, or reorder what is read.
func steers(r rune) bool {
	return r != zeroWidthJoiner && r != zeroWidthNonJoiner && unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp)
}

// escapeJSON is the same JSON with what JSON lets through of the above spelt
// out. Outside its texts well-formed JSON holds none of that but white space.
func escapeJSON(text []byte) []byte {
	safe := make([]byte, 0, len(text))
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		switch {
		case r < ' ' || !steers(r):
			safe = append(safe, text[:size]...)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			safe = fmt.Appendf(safe, `\u%04x\u%04x`, high, low)
		default:
			safe = fmt.Appendf(safe, `\u%04x`, r)
		}
		text = text[size:]
	}
	return safe
}

// indented is a text of several lines, safe to show, set in by a margin.
func indented(s, margin string) string {
	lines := strings.Split(strings.TrimSpace(escape(s)), "\n")
	return margin + strings.Join(lines, "\n"+margin)
}

// table is rows under a heading. The last column is the one that gives way
// when a line would be wider than the terminal.
type table struct {
	heading []string
	rows    [][]string
	whole   bool // the last column goes on in the next line rather than being cut
}

func (t *table) add(cells ...string) { t.rows = append(t.rows, cells) }

// write lays the table out for a screen that is width columns wide; 0 is no
// screen, and nothing is cut.
func (t *table) write(w io.Writer, width int) error {
	widths := make([]int, len(t.heading)-1)
	for _, row := range append([][]string{t.heading}, t.rows...) {
		for i := range widths {
			widths[i] = max(widths[i], displaywidth.String(row[i]))
		}
	}
	taken := 0
	for _, columns := range widths {
		taken += columns + len(columnGap)
	}
	var out strings.Builder
	for _, row := range append([][]string{t.heading}, t.rows...) {
		var line strings.Builder
		for i, columns := range widths {
			line.WriteString(row[i])
			line.WriteString(strings.Repeat(" ", columns-displaywidth.String(row[i])))
			line.WriteString(columnGap)
		}
		last := []string{cut(row[len(row)-1], width, taken)}
		if t.whole && width > 0 {
			last = strings.Split(wrapped(row[len(row)-1], max(width-taken, leastText)), "\n")
		}
		for _, part := range last {
			line.WriteString(part)
			out.WriteString(strings.TrimRight(line.String(), " "))
			out.WriteByte('\n')
			line.Reset()
			line.WriteString(strings.Repeat(" ", taken))
		}
	}
	_, err := io.WriteString(w, out.String())
	return err
}

const (
	columnGap = "  "
	// leastText is what is left of a text however narrow the screen.
	leastText = 20
)

// cut shortens a text to what is left of a screen after the columns before it.
func cut(s string, width, taken int) string {
	if width == 0 {
		return s
	}
	return displaywidth.TruncateString(s, max(width-taken, leastText), "…")
}

// printTable writes a table on standard output.
func (a *app) printTable(t *table) error { return t.write(a.stdout, screenWidth(a.stdout)) }

// screenWidth is the number of columns of the terminal behind w, 0 when there
// is none.
func screenWidth(w io.Writer) int {
	f, ok := w.(*os.File)
	if !ok {
		return 0
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return width
}
