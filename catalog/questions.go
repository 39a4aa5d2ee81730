package catalog

import (
	"slices"

	"github.com/boternity/boternity/builder"
)

// Question is one question of the guide. Its field is the config field that
// the answer decides.
type Question struct {
	Field    string
	Phase    builder.Phase
	Text     string
	Hint     string
	Options  []Option
	FreeText bool // an answer outside the options is allowed
	Many     bool // the answer is a list; each option is one item of it
	Optional bool // no answer is an answer too
}

// Option is one offered answer.
type Option struct {
	Value builder.Value
	Label string
	Fits  string // one line on when it fits
}

// Questions returns what a session of the category asks, in order. No option
// is retired.
func (c *Catalog) Questions(category builder.PurposeCategory) []Question {
	entry := c.category(category)
	questions := make([]Question, 0, len(entry.Ask))
	for _, field := range entry.Ask {
		q, _ := c.Question(category, field)
		questions = append(questions, q)
	}
	return questions
}

// Question returns the question about any config field, also about one that
// the category does not ask; false where field is none.
func (c *Catalog) Question(category builder.PurposeCategory, field string) (Question, bool) {
	common, ok := findQuestion(c.questions, field)
	if !ok {
		return Question{}, false
	}
	q := Question{
		Field: field, Phase: common.Phase, Text: common.Text, Hint: common.Hint,
		FreeText: common.FreeText, Many: common.Many, Optional: common.Optional,
	}
	options := common.Options
	if own, ok := findQuestion(c.category(category).Questions, field); ok {
		q.Text, q.Hint = or(own.Text, q.Text), or(own.Hint, q.Hint)
		if own.Options != nil {
			options = own.Options
		}
	}
	q.Options = c.options(field, options)
	return q, true
}

// options fills in what entries say of themselves, leaves out what is retired
// and adds what the user's file added.
func (c *Catalog) options(field string, listed []optionEntry) []Option {
	options := []Option{}
	offer := func(o optionEntry) {
		known, retired := c.entryOption(field, o.Value)
		if retired || slices.ContainsFunc(options, func(p Option) bool { return p.Value == o.Value }) {
			return
		}
		options = append(options, Option{
			Value: o.Value,
			Label: or(o.Label, or(known.Label, o.Value.String())),
			Fits:  or(o.Fits, known.Fits),
		})
	}
	for _, o := range listed {
		offer(o)
	}
	for _, key := range c.added[field] {
		offer(optionEntry{Value: builder.Text(key)})
	}
	return options
}

// entryOption is an option as the entry it stands for describes it; the zero
// option for fields without entries.
func (c *Catalog) entryOption(field string, v builder.Value) (o Option, retired bool) {
	key, _ := v.AsText()
	switch field {
	case builder.FieldModel:
		return describe(c.models, key)
	case builder.FieldTone:
		return describe(c.tones, key)
	case builder.FieldTraits:
		return describe(c.traits, key)
	case builder.FieldSkills:
		return describe(c.skills, key)
	}
	return Option{}, false
}

func describe[T entry](entries []T, key string) (o Option, retired bool) {
	e, ok := find(entries, key)
	if !ok {
		return Option{}, false
	}
	retired, _ = e.retirement()
	return e.option(), retired
}

func findQuestion(questions []questionEntry, field string) (questionEntry, bool) {
	for _, q := range questions {
		if q.Field == field {
			return q, true
		}
	}
	return questionEntry{}, false
}

func or(s, otherwise string) string {
	if s != "" {
		return s
	}
	return otherwise
}
