// Command suggest measures what suggesting costs as memory grows: medians and
// their ratios, over rounds that take turns, on SQLite files that it builds.
//
//	go run ./bench/suggest -dir /var/tmp/suggest
//
// One owner has 10,000, 100,000 and 1,000,000 entries, in a file each; in a
// fourth, 10,000 owners share 1,000,000. Files that are whole are used again.
// The budget: 1,000,000 entries of one owner no slower than 4 times 10,000, and
// with 10,000 owners no slower than with one of as many entries.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/boternity/boternity/forge"
	"github.com/boternity/boternity/sqlite"
)

func main() {
	if err := run(context.Background(), os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "suggest:", err)
		os.Exit(1)
	}
}

// store is a file to measure on.
type store struct {
	name            string
	owners, entries int // of each owner
	guide           *forge.Guide
	times           []time.Duration
}

func run(ctx context.Context, args []string, out io.Writer) (err error) {
	flags := flag.NewFlagSet("suggest", flag.ContinueOnError)
	dir := flags.String("dir", "", "where the files are kept")
	largest := flags.Int("entries", 1_000_000, "entries of the largest file")
	rounds := flags.Int("rounds", 200, "suggestions measured on each file")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *dir == "" || *largest < 10_000 || *rounds < 1 {
		return fmt.Errorf("give -dir, at least 10000 -entries and at least one of -rounds")
	}
	n := *largest
	stores := []*store{
		{name: "one owner", owners: 1, entries: n / 100},
		{name: "one owner", owners: 1, entries: n / 10},
		{name: "one owner", owners: 1, entries: n},
		{name: "one owner, as many as each of the many has", owners: 1, entries: 100},
		{name: "many owners", owners: n / 100, entries: 100},
	}
	for _, s := range stores {
		path := filepath.Join(*dir, fmt.Sprintf("suggest-%d-%d.db", s.owners, s.entries))
		if err := build(ctx, path, s.owners, s.entries); err != nil {
			return err
		}
		db, err := sqlite.Open(ctx, path, sqlite.Options{})
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, db.Close()) }()
		s.guide = forge.New(db.Owner(ownerName(s.owners/2)), forge.Options{Now: func() time.Time { return begun.AddDate(3, 0, 0) }})
	}
	if err := measure(ctx, stores, *rounds); err != nil {
		return err
	}
	return report(out, stores)
}

// measure lets the files take turns, so that whatever else the machine does
// falls on all of them.
func measure(ctx context.Context, stores []*store, rounds int) error {
	const warmUp = 10
	for round := range warmUp + rounds {
		for _, s := range stores {
			start := time.Now()
			if _, err := s.guide.Suggest(ctx, description(round*7919+3)); err != nil {
				return err
			}
			if round >= warmUp {
				s.times = append(s.times, time.Since(start))
			}
		}
	}
	return nil
}

func report(out io.Writer, stores []*store) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "file\towners\tentries of each\tmedian\t90th percentile\n")
	for _, s := range stores {
		fmt.Fprintf(table, "%s\t%d\t%d\t%v\t%v\n", s.name, s.owners, s.entries, percentile(s.times, 50), percentile(s.times, 90))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	small, middle, large, alone, many := stores[0], stores[1], stores[2], stores[3], stores[4]
	_, err := fmt.Fprintf(out, "%d entries against %d: %.2f times (budget 4)\n%d entries against %d: %.2f times\n%d owners against one: %.2f times (budget 1)\n",
		large.entries, small.entries, ratio(large, small), middle.entries, small.entries, ratio(middle, small), many.owners, ratio(many, alone))
	return err
}

func percentile(times []time.Duration, p int) time.Duration {
	sorted := slices.Sorted(slices.Values(times))
	return sorted[(len(sorted)-1)*p/100].Round(time.Microsecond)
}

func ratio(a, b *store) float64 {
	return float64(percentile(a.times, 50)) / float64(percentile(b.times, 50))
}
