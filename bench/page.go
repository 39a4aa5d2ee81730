package main

import (
	"fmt"
	"os"
	"strings"
)

// The tables stand between these lines of a page; the rest of it is left alone.
const (
	pageBegin = "<!-- measured: go run ./bench -page writes from here -->\n"
	pageEnd   = "<!-- to here -->\n"
)

// refreshPage writes the tables into a Markdown page, and the plot beside it
// under the page's name.
func refreshPage(path string, r *results) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	before, rest, begins := strings.Cut(string(text), pageBegin)
	_, after, ends := strings.Cut(rest, pageEnd)
	if !begins || !ends {
		return fmt.Errorf("%s has no lines %q and %q", path, strings.TrimSpace(pageBegin), strings.TrimSpace(pageEnd))
	}
	var page strings.Builder
	page.WriteString(before + pageBegin + "\n")
	if err := writeMarkdown(&page, r); err != nil {
		return err
	}
	page.WriteString("\n" + pageEnd + after)
	if err := os.WriteFile(strings.TrimSuffix(path, ".md")+".svg", []byte(plot(r)), 0o644); err != nil {
		return err
	}
	return os.WriteFile(path, []byte(page.String()), 0o644)
}
