package main

import (
	"fmt"
	"os"
	"strings"
)

// The tables of an engine stand between these lines of a page; the rest of it
// is left alone.
const (
	pageBegin         = "<!-- measured: go run ./bench -page writes from here -->\n"
	pageBeginPostgres = "<!-- measured: go run ./bench -postgres -page writes from here -->\n"
	pageEnd           = "<!-- to here -->\n"
)

// refreshPage writes the tables into a Markdown page; those of files with the
// plot beside it, under the page's name.
func refreshPage(path string, r *results) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	begin := pageBegin
	if r.onPostgres() {
		begin = pageBeginPostgres
	}
	before, rest, begins := strings.Cut(string(text), begin)
	_, after, ends := strings.Cut(rest, pageEnd)
	if !begins || !ends {
		return fmt.Errorf("%s has no lines %q and %q", path, strings.TrimSpace(begin), strings.TrimSpace(pageEnd))
	}
	var page strings.Builder
	page.WriteString(before + begin + "\n")
	if err := writeMarkdown(&page, r); err != nil {
		return err
	}
	page.WriteString("\n" + pageEnd + after)
	if !r.onPostgres() {
		if err := os.WriteFile(strings.TrimSuffix(path, ".md")+".svg", []byte(plot(r)), 0o644); err != nil {
			return err
		}
	}
	return os.WriteFile(path, []byte(page.String()), 0o644)
}
