package main

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
)

// The sides of contests.
const (
	ours       = "boternity"
	floorOne   = "floor, one connection"
	floorFour  = "floor, four connections"
	plainPgx   = "plain pgx"
	peer       = "whole states"
	jsonStruct = "same query, encoding/json (struct)"
	jsonAny    = "same query, encoding/json (any)"
	jsonPlain  = "floor's query, encoding/json"
)

// series are the figures of one side at one size, a round each.
type series struct {
	Work    string    `json:"work"`
	Side    string    `json:"side"`
	At      int       `json:"at"`   // savers, drafts, entries or owners
	Unit    string    `json:"unit"` // of the figures: seconds for an operation, or bytes
	Rounds  []float64 `json:"rounds"`
	Latency *latency  `json:"latency,omitempty"`
}

const (
	inSeconds = "s"
	inBytes   = "B"
)

// machine is what the figures depend on beside the code.
type machine struct {
	System      string  `json:"system"`
	Processors  int     `json:"processors"`
	Go          string  `json:"go"`
	SQLite      string  `json:"sqlite,omitempty"` // its version, where it was measured
	PostgreSQL  string  `json:"postgresql,omitempty"`
	SyncsBefore float64 `json:"syncs_before"` // appends of 4 KB that were synced, a second
	SyncsAfter  float64 `json:"syncs_after"`
}

// results are all that a report is made of.
type results struct {
	Machine machine  `json:"machine"`
	Series  []series `json:"series"`
}

func readResults(path string) (r results, err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return r, err
	}
	if err := json.Unmarshal(text, &r); err != nil {
		return r, fmt.Errorf("%s: %w", path, err)
	}
	return r, nil
}

func (r *results) write(path string) error {
	text, err := json.MarshalIndent(r, "", "\t")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o644)
}

// onPostgres reports whether the results are of PostgreSQL; else they are of
// files.
func (r *results) onPostgres() bool { return r.Machine.PostgreSQL != "" }

// get is nil where it was not measured.
func (r *results) get(work, side string, at int) *series {
	for i := range r.Series {
		if s := &r.Series[i]; s.Work == work && s.Side == side && s.At == at {
			return s
		}
	}
	return nil
}

// fastest is the quickest of some sides.
func (r *results) fastest(work string, at int, sides ...string) (best *series) {
	for _, side := range sides {
		if s := r.get(work, side, at); s != nil && (best == nil || s.median() < best.median()) {
			best = s
		}
	}
	return best
}

// floor is a plain program at its best.
func (r *results) floor(work string, at int) *series {
	return r.fastest(work, at, floorOne, floorFour, plainPgx)
}

// sizes are what a side's work was measured at, ascending.
func (r *results) sizes(work, side string) (sizes []int) {
	for _, s := range r.Series {
		if s.Work == work && s.Side == side {
			sizes = append(sizes, s.At)
		}
	}
	slices.Sort(sizes)
	return sizes
}

func (s *series) median() float64 { return quantile(s.Rounds, 0.5) }

// ratio is how many times s is of other, compared round by round: whatever the
// machine did in a round fell on both. low and high hold the middle half of the
// rounds.
type ratio struct{ low, median, high float64 }

func (s *series) over(other *series) ratio {
	rounds := make([]float64, min(len(s.Rounds), len(other.Rounds)))
	for i := range rounds {
		rounds[i] = s.Rounds[i] / other.Rounds[i]
	}
	return ratio{quantile(rounds, 0.25), quantile(rounds, 0.5), quantile(rounds, 0.75)}
}

// quantile interpolates between the two nearest.
func quantile(figures []float64, q float64) float64 {
	sorted := slices.Sorted(slices.Values(figures))
	place := q * float64(len(sorted)-1)
	below := int(place)
	above := min(below+1, len(sorted)-1)
	return sorted[below] + (place-float64(below))*(sorted[above]-sorted[below])
}
