package main

import (
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// writeText prints tables for a terminal.
func writeText(out io.Writer, r *results) error {
	var text strings.Builder
	fmt.Fprintf(&text, "%v\n", r.Machine)
	for _, s := range r.sections() {
		fmt.Fprintf(&text, "\n%s\n\n", s.title)
		widths := s.widths()
		for _, row := range append([][]string{s.header}, s.rows...) {
			line := ""
			for i, cell := range row {
				line += "  " + padded(cell, widths[i], s.isFigures(i))
			}
			text.WriteString(strings.TrimRight(line, " ") + "\n")
		}
	}
	_, err := io.WriteString(out, text.String())
	return err
}

// writeMarkdown prints the tables for a page.
func writeMarkdown(out io.Writer, r *results) error {
	var text strings.Builder
	fmt.Fprintf(&text, "Measured on %v.\n", r.Machine)
	for _, s := range r.sections() {
		fmt.Fprintf(&text, "\n### %s\n\n", s.title)
		fmt.Fprintf(&text, "| %s |\n|", strings.Join(s.header, " | "))
		for i := range s.header {
			if s.isFigures(i) {
				text.WriteString(" ---: |")
			} else {
				text.WriteString(" --- |")
			}
		}
		text.WriteString("\n")
		for _, row := range s.rows {
			fmt.Fprintf(&text, "| %s |\n", strings.Join(row, " | "))
		}
	}
	_, err := io.WriteString(out, text.String())
	return err
}

func (s *section) widths() []int {
	widths := make([]int, len(s.header))
	for _, row := range append([][]string{s.header}, s.rows...) {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	return widths
}

// isFigures reports whether a column is set to the right.
func (s *section) isFigures(column int) bool {
	first, _ := utf8.DecodeRuneInString(s.rows[0][column])
	return unicode.IsDigit(first)
}

func padded(cell string, width int, right bool) string {
	space := strings.Repeat(" ", width-utf8.RuneCountInString(cell))
	if right {
		return space + cell
	}
	return cell + space
}
