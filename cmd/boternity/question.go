package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/forge"
)

// questionText is a turn's question as numbered plain text.
func questionText(turn forge.Turn) string {
	q := turn.Question
	var out strings.Builder
	out.WriteString(noticesText(turn))
	out.WriteByte('\n')
	switch {
	case q.Number > 0:
		fmt.Fprintf(&out, "Question %d of %d (%s)\n", q.Number, q.Of, q.Phase)
	case q.Again:
		fmt.Fprintf(&out, "Once more: %s (%s)\n", q.Field, q.Phase)
	default:
		fmt.Fprintf(&out, "Once more (%s)\n", q.Phase)
	}
	fmt.Fprintln(&out, plain(q.Text))
	if q.Hint != "" {
		fmt.Fprintln(&out, plain(q.Hint))
	}
	for i, o := range q.Options {
		fmt.Fprintf(&out, "  %d. %s", i+1, plain(o.Label))
		if o.Fits != "" {
			fmt.Fprintf(&out, " - %s", plain(o.Fits))
		}
		out.WriteByte('\n')
	}
	if s := q.Suggestion; s != nil {
		fmt.Fprintf(&out, "  * suggested: %s (%s)\n", excerpt(s.Value.String()), plain(s.Reason))
	}
	switch {
	case q.Contest != nil:
		fmt.Fprintf(&out, "  Answered elsewhere: %s\n  Your answer: %s\n", valueText(q.Contest.Stored), valueText(q.Contest.Yours))
	case q.Pending != "":
		fmt.Fprintf(&out, "  You had begun to type:\n%s\n", indented(q.Pending, "    "))
	}
	leaving := "b back"
	if q.Again {
		leaving = "b leaves it as it is"
	}
	fmt.Fprintf(&out, "%s; %s, q quit, ? help\n", waysToAnswer(q), leaving)
	return out.String()
}

func noticesText(turn forge.Turn) string {
	var out strings.Builder
	for _, n := range turn.Notices {
		fmt.Fprintf(&out, "\nNote: %s\n", plain(n.Text))
	}
	return out.String()
}

// waysToAnswer says in one line what may be typed.
func waysToAnswer(q *forge.Question) string {
	ways := "Type your answer"
	switch {
	case len(q.Options) > 0 && q.Many && q.FreeText:
		ways = "Numbers or your own words, separated by commas"
	case len(q.Options) > 0 && q.Many:
		ways = "Numbers, separated by commas"
	case len(q.Options) > 0 && q.FreeText:
		ways = "A number or your own words"
	case len(q.Options) > 0:
		ways = "A number"
	case q.Many:
		ways = "Your own words, separated by commas"
	}
	if q.Optional {
		ways += ", - for none"
	}
	switch {
	case q.Contest != nil:
		ways += "; " + pendingMark + " takes your answer"
	case q.Pending != "":
		ways += "; " + pendingMark + " takes what you had begun to type"
	}
	return ways + "; Enter takes [" + proposalText(q) + "]"
}

// proposalText is what an empty line takes, and whose idea it is.
func proposalText(q *forge.Question) string {
	value, source := q.Proposal()
	switch {
	case q.Contest != nil:
		return valueText(value) + ", answered elsewhere"
	case q.CurrentSource != "":
		return valueText(value) + ", as it stands"
	case value.IsZero() && q.Optional:
		return "none"
	case value.IsZero():
		return "nothing: this needs an answer"
	case !q.Previous.IsZero():
		return excerpt(value.String()) + ", your earlier answer"
	case source == builder.Accepted:
		return excerpt(value.String()) + ", suggested"
	case value.String() == "":
		return "none"
	}
	return excerpt(value.String()) + ", the default"
}

func valueText(v builder.Value) string {
	if v.String() == "" {
		return "none"
	}
	return excerpt(v.String())
}

// excerptRunes is how much of a value is shown within a line.
const excerptRunes = 120

func excerpt(s string) string {
	short := builder.CutRunes(plain(s), excerptRunes)
	if len(short) < len(plain(s)) {
		short += "…"
	}
	return short
}

func helpText(q *forge.Question) string {
	leaving := "takes the last answer back and asks that question again"
	if q.Again {
		leaving = "leaves " + q.Field + " as it is, and drops what was begun for it"
	}
	text := `  Enter alone takes what stands in the brackets.
  b or back      ` + leaving + `
  q or quit      stops; everything answered so far is saved
  A backslash before the answer takes it as it is: \back is the answer "back",
  \2 is the answer "2" and not the second option.
`
	switch {
	case q.Contest != nil:
		text += "  " + pendingMark + " alone answers with what you had answered; " + q.Field + " was answered elsewhere meanwhile.\n"
	case q.Pending != "":
		text += "  " + pendingMark + " alone answers with the whole of what you had begun to type.\n"
	}
	if numeric(q) {
		text += "  A whole number picks that option; write 1.0 for the value 1.\n"
	}
	return text
}

// readAnswer reads a line as the answer to a question. What it refuses is
// builder.ErrInvalid; whether the value makes sense is for the guide to say.
func readAnswer(q *forge.Question, line string) (forge.Answer, error) {
	a := forge.Answer{Field: q.Field, Source: builder.Chosen, Shown: q.Suggestion != nil}
	var err error
	if takesPending(q, line) {
		line = q.Pending
		if q.Contest != nil {
			a.Value = q.Contest.Yours
			return a, nil
		}
	}
	switch line = strings.TrimSpace(line); {
	case line == pendingMark && q.Pending == "":
		err = &builder.InvalidError{Field: q.Field, Problem: "has nothing that was begun and that " + pendingMark + " could take; put a backslash before a text that is meant as it is"}
	case line == "":
		a.Value, a.Source = q.Proposal()
	case q.Optional && (line == "-" || strings.EqualFold(line, "none")):
		// No value is the answer.
	case q.Many:
		a.Value, err = readMany(q, line)
	default:
		a.Value, err = readOne(q, line)
	}
	return a, err
}

func readOne(q *forge.Question, text string) (builder.Value, error) {
	if len(q.Options) > 0 && !numeric(q) && (severalNumbers(text) || text == "-") {
		return builder.Value{}, onlyOne(q)
	}
	option, found, err := findOption(q, text)
	if err != nil || found {
		return option, err
	}
	if !q.FreeText {
		return builder.Value{}, notAnOption(q)
	}
	if yesOrNo(text) {
		return builder.Value{}, noYesOrNo(q)
	}
	return forge.Parse(q.Field, literal(text))
}

func readMany(q *forge.Question, line string) (builder.Value, error) {
	var items []string
	for part := range strings.SplitSeq(line, ",") {
		part = strings.TrimSpace(part)
		if part == "" {
			continue
		}
		option, found, err := findOption(q, part)
		if err != nil {
			return builder.Value{}, err
		}
		if !found && !q.FreeText {
			return builder.Value{}, notAnOption(q)
		}
		if !found && yesOrNo(part) {
			return builder.Value{}, noYesOrNo(q)
		}
		item := literal(part)
		if found {
			item = option.String()
		}
		if !slices.Contains(items, item) {
			items = append(items, item)
		}
	}
	if len(items) == 0 {
		return builder.Value{}, &builder.InvalidError{Field: q.Field, Problem: "has nothing between the commas"}
	}
	return builder.List(items...), nil
}

// findOption finds the option that a text means, by its number, value or
// label. A number that no option has is an error, except where a number is a
// value as well.
func findOption(q *forge.Question, text string) (v builder.Value, found bool, err error) {
	if strings.HasPrefix(text, `\`) {
		return builder.Value{}, false, nil
	}
	if n, err := strconv.Atoi(text); err == nil && len(q.Options) > 0 {
		if n >= 1 && n <= len(q.Options) {
			return q.Options[n-1].Value, true, nil
		}
		if !numeric(q) {
			return builder.Value{}, false, notAnOption(q)
		}
	}
	for _, o := range q.Options {
		if strings.EqualFold(text, o.Value.String()) || strings.EqualFold(text, o.Label) {
			return o.Value, true, nil
		}
	}
	return builder.Value{}, false, nil
}

func notAnOption(q *forge.Question) error {
	problem := fmt.Sprintf("has the options 1 to %d", len(q.Options))
	if q.FreeText {
		problem += `; put a backslash before a number that is meant as it is`
	}
	return &builder.InvalidError{Field: q.Field, Problem: problem}
}

// severalNumbers reports whether a line picks options as only a question with
// several answers allows.
func severalNumbers(text string) bool {
	return strings.Contains(text, ",") && !strings.ContainsFunc(text, func(r rune) bool {
		return r != ',' && r != ' ' && (r < '0' || r > '9')
	})
}

func onlyOne(q *forge.Question) error {
	return &builder.InvalidError{Field: q.Field, Problem: fmt.Sprintf("takes one answer, such as one of the options 1 to %d; put a backslash before a text that is meant as it is", len(q.Options))}
}

// yesOrNo reports whether a text looks like the answer to another question: by
// mistake it would be stored, and suggested ever after.
func yesOrNo(text string) bool {
	return slices.Contains([]string{"y", "yes", "n", "no", "ok", "okay"}, strings.ToLower(text))
}

func noYesOrNo(q *forge.Question) error {
	return &builder.InvalidError{Field: q.Field, Problem: "is not a matter of yes or no; Enter takes what stands in brackets; put a backslash before a text that is meant as it is"}
}

// numeric reports whether a question's values are numbers themselves.
func numeric(q *forge.Question) bool {
	if len(q.Options) == 0 {
		return false
	}
	_, is := q.Options[0].Value.AsNumber()
	return is
}

// literal takes away the backslash that says "as it is".
func literal(text string) string { return strings.TrimPrefix(text, `\`) }
