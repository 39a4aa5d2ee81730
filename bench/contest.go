package main

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"time"
)

// contest lets sides do the same work in turns. A round of each comes before
// the second of any, and each round begins with another side.
type contest struct {
	name   string
	rounds int
	sides  []side
}

// side is one way to do the work.
type side struct {
	series     // what its figures are of
	rounds int // at most; 0 for all of them. For sides whose rounds take seconds
	round  func(ctx context.Context, n int) (sample, error)
}

// sample is what came out of a round.
type sample struct {
	figure    float64         // seconds or bytes, as the series has it
	latencies []time.Duration // of every operation, where those are of interest
}

// run returns a series for each side. A first round warms everything up and is
// not counted.
func (c contest) run(ctx context.Context, p *progress) ([]series, error) {
	latencies := make([][]time.Duration, len(c.sides))
	for n := range c.rounds + 1 {
		for turn := range c.sides {
			i := (n + turn) % len(c.sides)
			s := &c.sides[i]
			if s.rounds > 0 && n > s.rounds {
				continue
			}
			p.at(c.name, n*len(c.sides)+turn, (c.rounds+1)*len(c.sides))
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			runtime.GC() // nobody pays for the garbage of the side before
			got, err := s.round(ctx, n)
			if err != nil {
				return nil, fmt.Errorf("%s by %s: %w", s.Work, s.Side, err)
			}
			if n > 0 {
				s.Rounds = append(s.Rounds, got.figure)
				latencies[i] = append(latencies[i], got.latencies...)
			}
		}
	}
	p.done()
	found := make([]series, len(c.sides))
	for i, s := range c.sides {
		found[i] = s.series
		found[i].Latency = summarise(latencies[i])
	}
	return found, nil
}

// repeat is a round of so many operations, one after the other, fewer where
// -saves is below its default. Its figure is the median of them: they take so
// little that what else the machine does would decide a mean.
func (b *bench) repeat(operations int, operation func(ctx context.Context, n int) error) func(context.Context, int) (sample, error) {
	operations = max(1, operations*min(b.saves, defaultSaves)/defaultSaves)
	return func(ctx context.Context, round int) (sample, error) {
		times := make([]time.Duration, operations)
		for i := range times {
			start := time.Now()
			if err := operation(ctx, round*operations+i); err != nil {
				return sample{}, err
			}
			times[i] = time.Since(start)
		}
		return sample{summarise(slices.Clone(times)).P50, times}, nil
	}
}

// latency is how long single operations took, in seconds.
type latency struct {
	P50 float64 `json:"p50"`
	P90 float64 `json:"p90"`
	P99 float64 `json:"p99"`
	Max float64 `json:"max"`
}

func summarise(times []time.Duration) *latency {
	if len(times) == 0 {
		return nil
	}
	slices.Sort(times)
	at := func(percent int) float64 { return times[(len(times)-1)*percent/100].Seconds() }
	return &latency{at(50), at(90), at(99), at(100)}
}
