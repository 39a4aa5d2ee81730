package main

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/boternity/boternity/sqlite"
)

const workSave = "save"

// together are the numbers of savers, and how many saves they make in a round,
// in times of -saves.
var together = []struct{ savers, times int }{{1, 1}, {4, 2}, {16, 3}, {64, 6}}

// measureSaves compares durable saves of 8 KB states. Ours checks revisions,
// and keeps the summary and the history.
func (b *bench) measureSaves(ctx context.Context) error {
	for _, t := range together {
		saves := max(b.saves*t.times/t.savers, 1)
		if err := b.withSavers(ctx, func(sides []contender) error {
			c := contest{name: "saves, " + number(t.savers) + " at once", rounds: b.rounds}
			for _, s := range sides {
				c.sides = append(c.sides, side{
					series: series{Work: workSave, Side: s.name, At: t.savers, Unit: inSeconds},
					round:  savesBy(s.saver, t.savers, saves),
				})
			}
			return b.compete(ctx, c)
		}); err != nil {
			return err
		}
	}
	return nil
}

// contender is a store with its name in the results.
type contender struct {
	name string
	saver
}

// withSavers opens each kind of store anew for do.
func (b *bench) withSavers(ctx context.Context, do func([]contender) error) (err error) {
	var sides []contender
	defer func() {
		for _, s := range sides {
			err = errors.Join(err, s.Close())
		}
	}()
	for _, k := range b.engine.kinds() {
		s, err := k.open(ctx)
		if err != nil {
			return err
		}
		sides = append(sides, contender{k.name, s})
	}
	return do(sides)
}

// kindsOfStores are those in a file.
var kindsOfStores = []struct {
	name string
	open func(path string) (saver, error)
}{
	{ours, func(path string) (saver, error) { return openOurs(path) }},
	{floorOne, func(path string) (saver, error) { return openPlain(path, 1) }},
	{floorFour, func(path string) (saver, error) { return openPlain(path, 4) }},
	{peer, func(path string) (saver, error) { return openWhole(path) }},
}

func openOurs(path string) (*ourStore, error) {
	// Whether the program is interrupted is seen between operations.
	db, err := sqlite.Open(context.Background(), path, sqlite.Options{})
	if err != nil {
		return nil, err
	}
	return openedOurs(db), nil
}

// savesBy is a round in which so many savers save so often each, all at once,
// every one a session of its own.
func savesBy(s saver, savers, saves int) func(context.Context, int) (sample, error) {
	return func(ctx context.Context, round int) (sample, error) {
		work := make([]savingSession, savers)
		for i := range work {
			var err error
			if work[i], err = begin(ctx, s, round*savers+i, saves); err != nil {
				return sample{}, err
			}
		}
		errs := make([]error, savers)
		start := make(chan struct{})
		var all sync.WaitGroup
		for i := range work {
			all.Go(func() {
				<-start
				errs[i] = work[i].run(ctx, s)
			})
		}
		begun := time.Now()
		close(start)
		all.Wait()
		took := time.Since(begun)

		var got sample
		got.figure = took.Seconds() / float64(savers*saves)
		for _, w := range work {
			got.latencies = append(got.latencies, w.times...)
		}
		return got, errors.Join(errs...)
	}
}

// savingSession is a session with the saves that are still to be made of it.
type savingSession struct {
	id     uuid.UUID
	states [][]byte
	times  []time.Duration
}

// begin stores the first state of a session; making the states and the first
// row is not what is measured.
func begin(ctx context.Context, s saver, n, saves int) (w savingSession, err error) {
	w.id, w.times = idOf(n), make([]time.Duration, saves)
	if w.states, err = usualStates(w.id, n, saves+1); err != nil {
		return w, err
	}
	return w, s.save(ctx, w.id, 0, w.states[0])
}

func (w *savingSession) run(ctx context.Context, s saver) error {
	for i := range w.times {
		start := time.Now()
		if err := s.save(ctx, w.id, i+1, w.states[i+1]); err != nil {
			return err
		}
		w.times[i] = time.Since(start)
	}
	return nil
}
