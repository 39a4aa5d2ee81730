package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/boternity/boternity/recall"
)

// labelled is a description with the purposes that a person gave it.
type labelled struct {
	Description string   `json:"description"`
	Primary     string   `json:"primary"`
	Also        []string `json:"also"`
	NonLatin    bool     `json:"non_latin"`
}

// share counts how many of how many were right.
type share struct{ right, of int }

func (s *share) add(right bool) {
	s.of++
	if right {
		s.right++
	}
}

func (s share) String() string {
	if s.of == 0 {
		return "none"
	}
	return fmt.Sprintf("%.3f of %d", float64(s.right)/float64(s.of), s.of)
}

// measurePurpose compares what Classify says with what people said.
func measurePurpose(path string, mistakes bool, out *strings.Builder) error {
	records, err := readLines[labelled](path)
	if err != nil {
		return err
	}
	var primary, acceptable, nonLatin share
	byCategory := map[string]*share{}
	confused := map[string]int{}
	for _, r := range records {
		c := recall.Classify(r.Description)
		got := c.Category.Name()
		right := got == r.Primary || slices.Contains(r.Also, got)
		primary.add(got == r.Primary)
		acceptable.add(right)
		if r.NonLatin {
			nonLatin.add(right)
		}
		if byCategory[r.Primary] == nil {
			byCategory[r.Primary] = &share{}
		}
		byCategory[r.Primary].add(right)
		if right {
			continue
		}
		confused[r.Primary+" taken for "+got]++
		if mistakes {
			fmt.Fprintf(out, "%s, not %s (%s): %.100q\n", got, r.Primary, strings.Join(c.Evidence, ", "), r.Description)
		}
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "purpose\tright\n")
	fmt.Fprintf(table, "primary\t%v\n", primary)
	fmt.Fprintf(table, "primary or also\t%v\n", acceptable)
	fmt.Fprintf(table, "primary or also, not in Latin script\t%v\n", nonLatin)
	for _, name := range slices.Sorted(maps.Keys(byCategory)) {
		fmt.Fprintf(table, "  %s\t%v\n", name, *byCategory[name])
	}
	if err := table.Flush(); err != nil {
		return err
	}
	for _, pair := range commonest(confused) {
		fmt.Fprintf(out, "  %d %s\n", confused[pair], pair)
	}
	fmt.Fprintf(out, "%v for one description, on average\n", timeOf(records))
	return nil
}

// timeOf is how long one description takes.
func timeOf(records []labelled) time.Duration {
	if len(records) == 0 {
		return 0
	}
	start := time.Now()
	for _, r := range records {
		recall.Classify(r.Description)
	}
	return (time.Since(start) / time.Duration(len(records))).Round(time.Microsecond)
}

// commonest are the keys of counts, the highest count first.
func commonest(counts map[string]int) []string {
	return slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), strings.Compare(a, b))
	})
}
