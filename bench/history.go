package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
)

const (
	workGrow     = "save of a growing session"
	workWritten  = "bytes written for a growing session"
	workFile     = "file of a growing session"
	workRevision = "load a kept revision"
	workRestore  = "restore a kept revision"

	growingAnswers = 200 // of 400 bytes: 80 KB
)

// measureHistory saves a session after each of its 200 answers and closes the
// file; what that wrote and left is counted, and every revision is read back.
func (b *bench) measureHistory(ctx context.Context) error {
	id := idOf(1)
	states, err := growingStates(id, 1, growingAnswers)
	if err != nil {
		return err
	}
	dir, err := b.newFolder("history")
	if err != nil {
		return err
	}
	c := contest{name: "growing sessions", rounds: b.rounds}
	counted := map[string]*growth{}
	for _, kind := range kindsOfStores {
		if kind.name == floorFour {
			continue // a lone saver needs one
		}
		g := &growth{name: kind.name, dir: dir, open: kind.open, id: id, states: states}
		counted[kind.name] = g
		c.sides = append(c.sides, side{series: series{Work: workGrow, Side: kind.name, At: growingAnswers, Unit: inSeconds}, round: g.round})
	}
	if err := b.compete(ctx, c); err != nil {
		return err
	}
	for _, s := range c.sides {
		b.found.Series = append(b.found.Series, counted[s.Side].series()...)
	}
	return b.measureRestoring(ctx, counted[ours].path, id)
}

// growth saves a session on a new file in each round.
type growth struct {
	name, dir string
	open      func(path string) (saver, error)
	id        uuid.UUID
	states    [][]byte

	path           string // of the last round's file
	written, files []float64
}

func (g *growth) round(ctx context.Context, n int) (sample, error) {
	g.path = filepath.Join(g.dir, fmt.Sprintf("%s-%d.db", g.name, n))
	s, err := g.open(g.path)
	if err != nil {
		return sample{}, err
	}
	before, counts, err := written()
	if err != nil {
		return sample{}, errors.Join(err, s.Close())
	}
	w := savingSession{id: g.id, states: g.states, times: make([]time.Duration, len(g.states))}
	start := time.Now()
	for i, state := range g.states {
		begun := time.Now()
		if err := s.save(ctx, g.id, i, state); err != nil {
			return sample{}, errors.Join(err, s.Close())
		}
		w.times[i] = time.Since(begun)
	}
	took := time.Since(start)
	if err := s.Close(); err != nil {
		return sample{}, err
	}
	if err := g.count(n, before, counts); err != nil {
		return sample{}, err
	}
	if g.name == ours {
		if err := g.readBack(ctx); err != nil {
			return sample{}, err
		}
	}
	return sample{took.Seconds() / float64(len(g.states)), w.times}, nil
}

// count leaves out the first round, as contests do.
func (g *growth) count(round int, before int64, counts bool) error {
	if round == 0 {
		return nil
	}
	file, err := os.Stat(g.path)
	if err != nil {
		return err
	}
	g.files = append(g.files, float64(file.Size()))
	if !counts {
		return nil
	}
	after, _, err := written()
	g.written = append(g.written, float64(after-before))
	return err
}

// readBack fails unless every revision gives the bytes that were saved.
func (g *growth) readBack(ctx context.Context) (err error) {
	store, err := openOurs(g.path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	for i, state := range g.states {
		d, err := store.LoadRevision(ctx, g.id, builder.Revision(i+1))
		if err != nil {
			return err
		}
		if !bytes.Equal(d.State, state) {
			return fmt.Errorf("revision %d of session %s is not what was saved", i+1, g.id)
		}
	}
	return nil
}

func (g *growth) series() []series {
	found := []series{{Work: workFile, Side: g.name, At: len(g.states), Unit: inBytes, Rounds: g.files}}
	if len(g.written) > 0 {
		found = append(found, series{Work: workWritten, Side: g.name, At: len(g.states), Unit: inBytes, Rounds: g.written})
	}
	return found
}

// measureRestoring reads revisions of the grown session, and makes them its
// next ones.
func (b *bench) measureRestoring(ctx context.Context, path string, id uuid.UUID) (err error) {
	store, err := openOurs(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	latest := builder.Revision(growingAnswers)
	// Restoring adds revisions, and the oldest go; the upper half stays.
	kept := func(n int) builder.Revision { return latest - builder.Revision(n*7919%(growingAnswers/2)) }
	return b.compete(ctx, contest{name: "restoring", rounds: b.rounds, sides: []side{
		{series: series{Work: workRevision, Side: ours, At: growingAnswers, Unit: inSeconds},
			round: b.repeat(50, func(ctx context.Context, n int) error {
				_, err := store.LoadRevision(ctx, id, kept(n))
				return err
			})},
		{series: series{Work: workRestore, Side: ours, At: growingAnswers, Unit: inSeconds},
			round: b.repeat(10, func(ctx context.Context, n int) error {
				d, err := store.RestoreRevision(ctx, id, kept(n), latest)
				latest = d.Revision
				return err
			})},
	}})
}
