package main

import (
	"fmt"
	"strings"
)

// section is a table of the report.
type section struct {
	title  string
	header []string
	rows   [][]string
}

func (s *section) add(cells ...string) { s.rows = append(s.rows, cells) }

// sections are the tables of what was measured.
func (r *results) sections() (all []section) {
	for _, s := range []section{
		r.budgetSection(), r.savesSection(), r.growingSection(), r.loadSection(), r.startSection(), r.sizeSection(),
	} {
		if len(s.rows) > 0 {
			all = append(all, s)
		}
	}
	return all
}

func (m machine) String() string {
	engine := "SQLite " + m.SQLite
	if m.PostgreSQL != "" {
		engine = "PostgreSQL " + m.PostgreSQL
	}
	return fmt.Sprintf("%s, %d processors, %s, %s;\n%.0f synced appends of 4 KB a second before, %.0f after",
		m.System, m.Processors, m.Go, engine, m.SyncsBefore, m.SyncsAfter)
}

func (r *results) budgetSection() section {
	s := section{"Budgets", []string{"work", "measured", "half are", "budget", ""}, nil}
	for _, v := range r.verdicts() {
		limit, outcome := "≤ ", "met"
		if v.least {
			limit = "≥ "
		}
		if !v.met() {
			outcome = "NOT MET"
		}
		if v.close() {
			outcome += "?"
		}
		half := ""
		if v.measured.low < v.measured.high {
			half = fmt.Sprintf("%.2f–%.2f", v.measured.low, v.measured.high)
		}
		s.add(v.work, v.show(v.measured.median), half, limit+v.show(v.budget), outcome)
	}
	return s
}

func (r *results) savesSection() section {
	s := section{"Durable saves of 8 KB, all savers at once", []string{"savers", "side", "saves/s", "of the floor", "p50", "p90", "p99", "max"}, nil}
	for _, t := range together {
		for _, name := range []string{ours, floorOne, floorFour, plainPgx, peer} {
			if of := r.get(workSave, name, t.savers); of != nil {
				s.add(append([]string{number(t.savers), name, perSecond(of), compared(r.floor(workSave, t.savers), of)}, of.Latency.cells()...)...)
			}
		}
	}
	return s
}

func (r *results) growingSection() section {
	s := section{"A session of 200 answers, saved after each, growing to 80 KB",
		[]string{"side", "saves/s", "p50", "p99", "written", "of the floor", "file closed"}, nil}
	for _, kind := range kindsOfStores {
		if of := r.get(workGrow, kind.name, growingAnswers); of != nil {
			wrote, file := r.get(workWritten, kind.name, growingAnswers), r.get(workFile, kind.name, growingAnswers)
			s.add(kind.name, perSecond(of), duration(of.Latency.P50), duration(of.Latency.P99),
				size(wrote), compared(wrote, r.floor(workWritten, growingAnswers)), size(file))
		}
	}
	return s
}

func (r *results) loadSection() section {
	s := section{"One at a time", []string{"work", "side", "p50", "p90", "p99", "max"}, nil}
	for _, of := range r.Series {
		if of.Work == workLoad || of.Work == workRevision || of.Work == workRestore {
			s.add(append([]string{of.Work, of.Side}, of.Latency.cells()...)...)
		}
	}
	return s
}

func (r *results) startSection() section {
	s := section{"Programs, from start to end", []string{"program", "side", "p50", "p90", "max", "of the floor"}, nil}
	for _, work := range []string{workStart, workResume} {
		for _, name := range []string{ours, floorOne} {
			if of := r.get(work, name, 1); of != nil {
				s.add(work, name, duration(of.Latency.P50), duration(of.Latency.P90), duration(of.Latency.Max), compared(of, r.floor(work, 1)))
			}
		}
	}
	return s
}

func (r *results) sizeSection() section {
	s := section{"As the store grows", []string{"work", "of so many", "p50", "p90", "p99", "of the smallest"}, nil}
	for _, g := range []struct{ work, side, noun string }{
		{workFirst, ours, "drafts"}, {workDeep, ours, "drafts"}, {workList, peer, "drafts"},
		{workRecall, ours, "entries"}, {workSuggest, ours, "entries"}, {workOwners, ours, "owners"},
	} {
		name := g.work
		if g.side != ours {
			name += ", " + g.side
		}
		sizes := r.sizes(g.work, g.side)
		for _, at := range sizes {
			of := r.get(g.work, g.side, at)
			s.add(name, counted(at, g.noun), duration(of.Latency.P50), duration(of.Latency.P90), duration(of.Latency.P99),
				compared(of, r.get(g.work, g.side, sizes[0])))
		}
	}
	return s
}

func (l *latency) cells() []string {
	return []string{duration(l.P50), duration(l.P90), duration(l.P99), duration(l.Max)}
}

// counted is a number of things, named in the plural.
func counted(n int, things string) string {
	if n == 1 {
		things = strings.TrimSuffix(things, "s")
	}
	return number(n) + " " + things
}

// compared is how many times one is of another, by rounds.
func compared(a, b *series) string {
	if a == nil || b == nil {
		return "-"
	}
	return times(a.over(b).median)
}

func perSecond(s *series) string { return number(int(1 / s.median())) }

func size(s *series) string {
	if s == nil {
		return "-"
	}
	return kilobytes(s.median())
}

func times(n float64) string     { return fmt.Sprintf("%.2f×", n) }
func kilobytes(b float64) string { return number(int(b/1000+0.5)) + " KB" }

// duration has three figures: more would be noise.
func duration(s float64) string {
	switch {
	case s < 999.5e-6:
		return fmt.Sprintf("%.0f µs", s*1e6)
	case s < 9.995e-3:
		return fmt.Sprintf("%.2f ms", s*1e3)
	case s < 99.95e-3:
		return fmt.Sprintf("%.1f ms", s*1e3)
	case s < 999.5e-3:
		return fmt.Sprintf("%.0f ms", s*1e3)
	case s < 9.995:
		return fmt.Sprintf("%.2f s", s)
	}
	return fmt.Sprintf("%.0f s", s)
}

// number has its thousands set apart.
func number(n int) string {
	digits := fmt.Sprint(n)
	var parts []string
	for len(digits) > 3 {
		parts = append([]string{digits[len(digits)-3:]}, parts...)
		digits = digits[:len(digits)-3]
	}
	return strings.Join(append([]string{digits}, parts...), ",")
}
