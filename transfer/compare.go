package transfer

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/boternity/boternity/builder"
)

// comparison compares the rows of two databases, which may give them in
// different orders, in bounded memory. It reads both once and tallies their
// rows bucket by bucket. Where tallies differ it reads them again, and holds
// the rows of some of those buckets against each other.
type comparison struct {
	source, target side
	refused        map[string]string // why rows were not copied, by their key
	partial        bool              // some of the source cannot be read, which has been told
	report         func(done int64)

	differences []Difference
	more        bool
}

// side is one of the databases.
type side struct {
	db      builder.Database
	tallies map[string]*[buckets]tally // by table
	found   map[string]found           // rows of the buckets that differ, by their key
	err     error                      // what ended the reading of its rows
}

type found struct {
	identity
	digest   [sha256.Size]byte
	revision builder.Revision // of a draft
}

// maxFound is how many rows of a side are held against the other's: at least
// one bucket's, and about so many.
const maxFound = 100_000

func (c *comparison) run(ctx context.Context) error {
	if err := c.both(ctx, c.report, (*side).tally); err != nil {
		return err
	}
	suspects := c.suspects()
	if len(suspects) == 0 {
		return nil
	}
	if err := c.both(ctx, func(int64) {}, func(s *side, r builder.Row, b *bytes.Buffer) { s.keep(r, b, suspects) }); err != nil {
		return err
	}
	c.name()
	if len(c.differences) == 0 {
		c.differences = []Difference{{Table: "all", Problem: "rows changed while they were compared; stop what writes to them and repeat the copy"}}
	}
	return nil
}

// both gives every row of both sides to look, with scratch space.
func (c *comparison) both(ctx context.Context, report func(int64), look func(*side, builder.Row, *bytes.Buffer)) error {
	var done atomic.Int64
	var reporting sync.Mutex
	var reading sync.WaitGroup
	for _, s := range []*side{&c.source, &c.target} {
		reading.Go(func() {
			var scratch bytes.Buffer
			for r, err := range s.db.Rows(ctx, "") {
				if s.err = err; err != nil {
					return
				}
				look(s, r, &scratch)
				if done.Add(1)%copyRows == 0 {
					reporting.Lock()
					report(done.Load())
					reporting.Unlock()
				}
			}
		})
	}
	reading.Wait()
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := c.target.err; err != nil {
		return fmt.Errorf("read the target back: %w", err)
	}
	if err := c.source.err; err != nil && !c.partial {
		return fmt.Errorf("read the source again: %w", err)
	}
	return nil
}

func (s *side) tally(r builder.Row, scratch *bytes.Buffer) {
	i := identify(r)
	if s.tallies == nil {
		s.tallies = map[string]*[buckets]tally{}
	}
	if s.tallies[i.table] == nil {
		s.tallies[i.table] = new([buckets]tally)
	}
	s.tallies[i.table][bucketOf(i).number].add(digest(i, r, scratch))
}

// counts are the rows of every table, those without any included.
func (s *side) counts() map[string]int64 {
	counts := map[string]int64{}
	for _, table := range tables {
		counts[table] = 0
		if t := s.tallies[table]; t != nil {
			for i := range t {
				counts[table] += t[i].rows
			}
		}
	}
	return counts
}

// tables are those that rows come from.
var tables = []string{builder.TableDrafts, builder.TableRevisions, builder.TablePending, builder.TableMemory, builder.TablePreferences, builder.TableGone}

// suspects are buckets that differ: all of them, or as many as can be looked at.
func (c *comparison) suspects() map[bucket]bool {
	suspects := map[bucket]bool{}
	var none [buckets]tally
	var rows int64
	for _, table := range tables {
		a, b := cmp.Or(c.source.tallies[table], &none), cmp.Or(c.target.tallies[table], &none)
		for i := range a {
			if a[i] == b[i] {
				continue
			}
			if rows += max(a[i].rows, b[i].rows); rows > maxFound && len(suspects) > 0 {
				c.more = true
				return suspects
			}
			suspects[bucket{table, uint64(i)}] = true
		}
	}
	return suspects
}

// keep keeps a row to be held against the other side's.
func (s *side) keep(r builder.Row, scratch *bytes.Buffer, suspects map[bucket]bool) {
	i := identify(r)
	if !suspects[bucketOf(i)] {
		return
	}
	if s.found == nil {
		s.found = map[string]found{}
	}
	f := found{identity: i, digest: digest(i, r, scratch)}
	if r.Draft != nil {
		f.revision = r.Draft.Revision
	}
	s.found[i.key()] = f
}

// name lists the rows that differ.
func (c *comparison) name() {
	var named []found
	problems := map[string]string{}
	note := func(f found, problem string) {
		named = append(named, f)
		problems[f.key()] = problem
	}
	for key, a := range c.source.found {
		switch b, there := c.target.found[key]; {
		case !there:
			note(a, cmp.Or(c.refused[key], "is only in the source"))
		case a.revision != b.revision:
			note(a, fmt.Sprintf("is at revision %d in the source and %d in the target", a.revision, b.revision))
		case a.digest != b.digest:
			note(a, cmp.Or(c.refused[key], "differs between source and target"))
		}
	}
	inOrder := func(a, b found) int {
		return cmp.Or(cmp.Compare(slices.Index(tables, a.table), slices.Index(tables, b.table)), cmp.Compare(a.key(), b.key()))
	}
	slices.SortFunc(named, inOrder)
	// Rows of others in the target come last: they may be so many that those
	// that were to be copied would not be listed.
	ours := len(named)
	for key, b := range c.target.found {
		if _, there := c.source.found[key]; !there {
			note(b, cmp.Or(c.refused[key], "is only in the target"))
		}
	}
	slices.SortFunc(named[ours:], inOrder)
	if len(named) > MaxDifferences {
		named, c.more = named[:MaxDifferences], true
	}
	for _, f := range named {
		c.differences = append(c.differences, Difference{f.table, f.name, f.owner, problems[f.key()]})
	}
}
