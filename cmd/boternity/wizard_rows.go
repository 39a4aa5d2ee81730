package main

import (
	"slices"
	"strings"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/catalog"
	"github.com/boternity/boternity/forge"
)

// answerRow is a row of the list: a value, no value at all, or one's own words.
type answerRow struct {
	item
	value builder.Value
	own   bool
}

// answerRows are the rows of a question's list: what two doors have answered,
// what is proposed and no option, the options, none, and one's own words.
func answerRows(q *forge.Question) []answerRow {
	var rows []answerRow
	add := func(row answerRow) {
		if !slices.ContainsFunc(rows, func(r answerRow) bool { return r.value == row.value }) {
			rows = append(rows, row)
		}
	}
	switch {
	case len(q.Options) == 0 && q.Contest == nil:
		return nil
	case q.Many:
		return itemRows(q)
	}
	if c := q.Contest; c != nil {
		add(answerRow{item: item{label: plain(c.Stored.String()), mark: "answered elsewhere"}, value: c.Stored})
		add(answerRow{item: item{label: plain(c.Yours.String()), mark: "your answer"}, value: c.Yours})
	}
	for _, v := range proposals(q) {
		if !isOption(q, v) && !v.IsZero() {
			add(answerRow{item: item{label: plain(v.String()), mark: markOf(q, v)}, value: v})
		}
	}
	for _, o := range q.Options {
		add(answerRow{item: item{label: plain(o.Label), fits: plain(o.Fits), mark: markOf(q, o.Value)}, value: o.Value})
	}
	if q.Optional {
		rows = append(rows, answerRow{item: item{label: "None", fits: "Leave it open."}})
	}
	if q.FreeText {
		rows = append(rows, ownRow)
	}
	return rows
}

// itemRows are the rows of a question with several answers, one an item.
func itemRows(q *forge.Question) []answerRow {
	var rows []answerRow
	suggested, _ := suggestion(q).AsList()
	add := func(row answerRow) {
		if slices.Contains(suggested, row.value.String()) {
			row.mark = "suggested"
		}
		rows = append(rows, row)
	}
	for _, o := range q.Options {
		add(answerRow{item: item{label: plain(o.Label), fits: plain(o.Fits)}, value: o.Value})
	}
	for _, v := range proposals(q) {
		items, _ := v.AsList()
		for _, name := range items {
			if !slices.ContainsFunc(rows, func(r answerRow) bool { return r.value.String() == name }) {
				add(answerRow{item: item{label: plain(name)}, value: builder.Text(name)})
			}
		}
	}
	if len(rows) == 0 {
		return nil
	}
	if q.FreeText {
		rows = append(rows, ownRow)
	}
	return rows
}

var ownRow = answerRow{item: item{label: "Other…", fits: "Your own words."}, own: true}

// proposals are the values that may be proposed, whether options or not.
func proposals(q *forge.Question) []builder.Value {
	proposed, _ := q.Proposal()
	values := []builder.Value{proposed, suggestion(q)}
	if q.Contest != nil {
		values = append(values, q.Contest.Stored, q.Contest.Yours)
	}
	return values
}

func suggestion(q *forge.Question) builder.Value {
	if q.Suggestion == nil {
		return builder.Value{}
	}
	return q.Suggestion.Value
}

// markOf says whose idea a value is.
func markOf(q *forge.Question, v builder.Value) string {
	switch {
	case v.IsZero():
		return ""
	case v == q.Current:
		return "as it stands"
	case v == suggestion(q):
		return "suggested"
	case v == q.Previous:
		return "your earlier answer"
	case v == q.Default:
		return "default"
	}
	return ""
}

func isOption(q *forge.Question, v builder.Value) bool {
	return slices.ContainsFunc(q.Options, func(o catalog.Option) bool { return o.Value == v })
}

func items(rows []answerRow) []item {
	list := make([]item, len(rows))
	for i, row := range rows {
		list[i] = row.item
	}
	return list
}

func (a *asking) rowOf(name string) (row int, found bool) {
	if v, option, err := findOption(a.q, name); err == nil && option {
		name = v.String()
	}
	row = slices.IndexFunc(a.rows, func(r answerRow) bool { return !r.own && strings.EqualFold(r.value.String(), name) })
	return row, row >= 0
}

// proposedRow is where the cursor begins: on half a number or word that names a
// row, else on what is proposed.
func (a *asking) proposedRow() int {
	if v, found, err := findOption(a.q, strings.TrimSpace(a.q.Pending)); err == nil && found {
		return slices.IndexFunc(a.rows, func(r answerRow) bool { return r.value == v })
	}
	proposed, _ := a.q.Proposal()
	if a.q.Contest != nil {
		proposed = a.q.Contest.Stored
	}
	return slices.IndexFunc(a.rows, func(r answerRow) bool { return !r.own && r.value == proposed })
}

// names are the rows that are ticked.
func (a *asking) names() []string {
	var names []string
	for _, row := range slices.Sorted(slices.Values(a.check.ticked)) {
		if !a.rows[row].own {
			names = append(names, a.rows[row].value.String())
		}
	}
	return names
}

// halfTyped is what there is to keep of an answer that is not given yet.
func (a *asking) halfTyped() string {
	switch {
	case a.q.Contest != nil && a.own.text == "" && (a.check == nil || !a.check.moved):
		return a.q.Pending // the later answer, until one of the two is taken
	case a.check == nil || !a.check.moved:
		return a.own.text
	}
	names := a.names()
	if a.own.text != "" {
		names = append(names, a.own.text)
	}
	return strings.Join(names, ", ")
}

// pendingWords is what of the half-typed text no row stands for.
func (a *asking) pendingWords() string {
	pending := a.q.Pending
	if a.q.Contest != nil {
		return "" // it is the later answer, which has a row
	}
	if !a.q.Many {
		if _, found, err := findOption(a.q, strings.TrimSpace(pending)); err == nil && found {
			return ""
		}
		return pending
	}
	var words []string
	for part := range strings.SplitSeq(pending, ",") {
		if _, found := a.rowOf(strings.TrimSpace(part)); !found && strings.TrimSpace(part) != "" {
			words = append(words, strings.TrimLeft(part, " "))
		}
	}
	return strings.Join(words, ", ")
}

// pendingTicks are the rows to tick: those that were ticked when the text was
// kept, else those proposed.
func (a *asking) pendingTicks() []int {
	var names []string
	if a.q.Pending == "" || a.q.Contest != nil {
		proposed, _ := a.q.Proposal()
		names, _ = proposed.AsList()
	} else {
		names = strings.Split(a.q.Pending, ",")
	}
	var ticks []int
	for _, name := range names {
		if row, found := a.rowOf(strings.TrimSpace(name)); found && !slices.Contains(ticks, row) {
			ticks = append(ticks, row)
		}
	}
	slices.Sort(ticks)
	return ticks
}
