package main

import (
	"fmt"
	"slices"
)

// verdict is a figure held against its budget.
type verdict struct {
	work     string
	measured ratio
	least    bool // whether the budget is what there has to be at least
	budget   float64
	show     func(float64) string
}

func (v verdict) met() bool {
	if v.least {
		return v.measured.median >= v.budget
	}
	return v.measured.median <= v.budget
}

// close reports whether the middle half of the rounds lies on both sides of the
// budget.
func (v verdict) close() bool { return v.measured.low < v.budget && v.budget < v.measured.high }

// verdicts are the budgets that were measured. What decides is the median.
func (r *results) verdicts() (all []verdict) {
	add := func(work string, got, than *series, least bool, budget float64) {
		if got != nil && than != nil {
			all = append(all, verdict{work, got.over(than), least, budget, times})
		}
	}
	// faster is how many times the work of one is done in the time of another.
	faster := func(work string, got, than *series, budget float64) { add(work, than, got, true, budget) }
	slower := func(work string, got, than *series, budget float64) { add(work, got, than, false, budget) }
	of := func(work string, at int) *series { return r.get(work, ours, at) }

	if r.onPostgres() {
		faster("sequential durable saves, of plain pgx's", of(workSave, 1), r.floor(workSave, 1), 0.7)
		faster("16 durable savers at once, of plain pgx's", of(workSave, 16), r.floor(workSave, 16), 1)
	} else {
		faster("sequential durable saves, of the floor's", of(workSave, 1), r.floor(workSave, 1), 0.65)
		faster("16 durable savers at once, of the floor's", of(workSave, 16), r.floor(workSave, 16), 1.8)
		faster("64 durable savers at once, of the floor's", of(workSave, 64), r.floor(workSave, 64), 2.3)
		faster("load and decode, of encoding/json's", of(workLoad, usualExchanges), r.fastest(workLoad, usualExchanges, jsonStruct, jsonAny), 2)
	}
	for _, g := range []struct {
		work, sizes string
		from        int // the size that the largest is held against
		budget      float64
	}{
		{workFirst, "newest 50 drafts, %s against %s", leastDrafts, 1.3},
		{workDeep, "50 drafts further on, %s against %s", leastDrafts, 1.3},
		{workRecall, "newest 10 of a category, %s against %s", leastEntries, 1.3},
		{workSuggest, "suggest, %s entries against %s", leastEntries, 4},
		{workOwners, "suggest, %s owners against %s", 1, 1},
	} {
		sizes := r.sizes(g.work, ours)
		if len(sizes) < 2 {
			continue
		}
		small, large := sizes[0], sizes[len(sizes)-1]
		if g.from < large && slices.Contains(sizes, g.from) {
			small = g.from
		}
		slower(fmt.Sprintf(g.sizes, number(large), number(small)), of(g.work, large), of(g.work, small), g.budget)
	}
	if s := of(workFile, growingAnswers); s != nil {
		m := s.median()
		all = append(all, verdict{"80 KB session's file, all 200 revisions restorable", ratio{m, m, m}, false, 300_000, kilobytes})
	}
	slower("bytes written for it, of the floor's without history", of(workWritten, growingAnswers), r.floor(workWritten, growingAnswers), 1.25)
	slower("command start to first durable save, of the floor's", of(workStart, 1), r.floor(workStart, 1), 2)
	return all
}
