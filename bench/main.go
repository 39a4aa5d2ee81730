// Command bench measures the store in a SQLite file, or on a PostgreSQL server,
// against the budgets of its design, on the disk and the machine at hand.
//
//	go run ./bench                              # everything, up to 100,000 rows, in minutes
//	go run ./bench -only saves,load             # some of it
//	go run ./bench -largest 1000000 -dir DIR    # with files that are kept for the next run
//	go run ./bench -postgres                    # on a private server, which syncs; its folder is in TMPDIR
//	go run ./bench -page docs/performance.md    # and write the results into the page
//
// Every figure is a comparison within one run. The floor is what a plain Go
// program needs for one durable upsert on the same driver and disk; the peer
// keeps whole states and parses all of them to list them. The sides take turns,
// so that whatever else the machine does falls on all of them.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// measurement is one part of the program: what -only names.
type measurement struct {
	name    string
	about   string
	measure func(*bench, context.Context) error
	inFiles bool // only
}

var measurements = []measurement{
	{"saves", "durable saves by 1, 4, 16 and 64 savers, against the floor and the peer", (*bench).measureSaves, false},
	{"start", "command start to first durable save, against the floor's program", (*bench).measureStart, true},
	{"history", "200 saves of a session that grows to 80 KB: time, bytes, restoring", (*bench).measureHistory, true},
	{"load", "load and decode a draft, against encoding/json", (*bench).measureLoad, false},
	{"lists", "the newest 50 drafts, first and deep pages, against the peer", (*bench).measureLists, false},
	{"recall", "the newest 10 entries of a category", (*bench).measureRecall, false},
	{"suggest", "suggestions for a description, by size of memory and number of owners", (*bench).measureSuggest, false},
}

const defaultSaves = 200

// options are what the flags say.
type options struct {
	only                      []string
	dir                       string
	largest, rounds, saves    int
	postgres                  bool
	url                       string // of a server to measure
	from, jsonFile, page      string
	markdown                  bool
	cpuProfile, memoryProfile string
}

func parse(args []string, help io.Writer) (o options, err error) {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(help)
	only := flags.String("only", "", "measure only these, separated by commas")
	flags.StringVar(&o.dir, "dir", "", "folder for the files, on the disk to measure; large ones are kept there and used again (default a temporary folder)")
	flags.BoolVar(&o.postgres, "postgres", false, "measure on PostgreSQL, without start and history")
	flags.StringVar(&o.url, "url", "", "measure on this server, in databases that are made and removed (default a private one)")
	flags.IntVar(&o.largest, "largest", 100_000, "rows of the largest files")
	flags.IntVar(&o.rounds, "rounds", 9, "rounds in which savers take turns; quicker work has more in proportion")
	flags.IntVar(&o.saves, "saves", defaultSaves, "saves of one saver in a round; of several together 2, 3 and 6 times as many, of lists and the like in proportion")
	flags.StringVar(&o.jsonFile, "json", "", "write the raw results to this file")
	flags.StringVar(&o.from, "from", "", "measure nothing and report what -json wrote to this file")
	flags.BoolVar(&o.markdown, "markdown", false, "print the tables as Markdown")
	flags.StringVar(&o.page, "page", "", "write the tables into this Markdown page, and the plot beside it")
	flags.StringVar(&o.cpuProfile, "cpuprofile", "", "write a CPU profile of this program to a file; best with -only")
	flags.StringVar(&o.memoryProfile, "memprofile", "", "write a profile of all allocations to a file")
	var names strings.Builder
	for _, m := range measurements {
		fmt.Fprintf(&names, "  %-9s %s\n", m.name, m.about)
	}
	flags.Usage = func() {
		say(help, "Usage: go run ./bench [flags]\n\n")
		flags.PrintDefaults()
		say(help, "\nMeasurements:\n%s", &names)
	}
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if o.largest < 1000 || o.rounds < 1 || o.saves < 1 || flags.NArg() > 0 {
		return o, errors.New("at least 1000 for -largest, 1 for -rounds and -saves; no arguments")
	}
	o.postgres = o.postgres || o.url != ""
	if *only != "" {
		o.only = strings.Split(*only, ",")
	}
	for _, name := range o.only {
		if !slices.ContainsFunc(measurements, func(m measurement) bool { return m.name == name && o.has(m) }) {
			return o, fmt.Errorf("no measurement there is called %q; see -help", name)
		}
	}
	return o, nil
}

// has reports whether a measurement is one of the engine's.
func (o *options) has(m measurement) bool { return !o.postgres || !m.inFiles }

func run(ctx context.Context, args []string, out, progress io.Writer) error {
	o, err := parse(args, progress)
	if err != nil {
		return err
	}
	var found results
	if o.from != "" {
		found, err = readResults(o.from)
	} else {
		found, err = measure(ctx, o, progress)
	}
	if err != nil {
		return err
	}
	if o.jsonFile != "" {
		if err := found.write(o.jsonFile); err != nil {
			return err
		}
	}
	if o.page != "" {
		if err := refreshPage(o.page, &found); err != nil {
			return err
		}
	}
	if o.markdown {
		return writeMarkdown(out, &found)
	}
	return writeText(out, &found)
}

func measure(ctx context.Context, o options, progressTo io.Writer) (found results, err error) {
	b, err := newBench(ctx, o, progressTo)
	if err != nil {
		return results{}, err
	}
	defer func() { err = errors.Join(err, b.close()) }()
	stop, err := startProfiles(o)
	if err != nil {
		return results{}, err
	}
	defer func() { err = errors.Join(err, stop()) }()

	if err := b.describeMachine(ctx); err != nil {
		return results{}, err
	}
	for _, m := range measurements {
		if !o.has(m) || len(o.only) > 0 && !slices.Contains(o.only, m.name) {
			continue
		}
		if err := m.measure(b, ctx); err != nil {
			return results{}, fmt.Errorf("%s: %w", m.name, err)
		}
	}
	b.found.Machine.SyncsAfter, err = syncRate(b.scratch)
	return b.found, err
}
