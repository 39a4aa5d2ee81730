package catalog

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/boternity/boternity/builder"
)

// required are the fields that every category asks about.
var required = []string{builder.FieldName, builder.FieldTone, builder.FieldModel}

// check makes sure that what results from a file hangs together.
func (c *Catalog) check() error {
	for _, m := range c.models {
		if m.Name == "" || m.Fits == "" {
			return invalid(place("models", m.ID), "lacks a name or a line on when it fits")
		}
	}
	for _, t := range c.tones {
		if err := checkSpoken(place("tones", t.Value), t.Fits, t.Sentence); err != nil {
			return err
		}
	}
	for _, t := range c.traits {
		if err := checkSpoken(place("traits", t.Value), t.Fits, t.Sentence); err != nil {
			return err
		}
	}
	for _, s := range c.skills {
		if err := checkSkill(place("skills", s.Name), s); err != nil {
			return err
		}
	}
	return cmp.Or(
		checkEntries("models", builder.FieldModel, c.models), checkEntries("tones", builder.FieldTone, c.tones),
		checkEntries("traits", builder.FieldTraits, c.traits), checkEntries("skills", builder.FieldSkills, c.skills),
		c.checkQuestions(), c.checkCategories(),
	)
}

// place names an entry of the catalogue.
func place(list, key string) string { return list + "." + printable(key) }

func checkSpoken(at, fits, sentence string) error {
	if fits == "" {
		return invalid(at+".fits", "is missing")
	}
	if !wholeSentence(sentence) {
		return invalid(at+".sentence", "is not a whole sentence: it starts with a capital and ends with a full stop")
	}
	return nil
}

// wholeSentence accepts scripts without capitals, and their full stops.
func wholeSentence(s string) bool {
	first, _ := utf8.DecodeRuneInString(s)
	last, _ := utf8.DecodeLastRuneInString(s)
	return s != "" && !unicode.IsLower(first) && !unicode.IsSpace(first) && strings.ContainsRune(".!?…。！？।", last)
}

func checkSkill(at string, s Skill) error {
	if err := cmp.Or(builder.CheckSkillName(at+".name", s.Name), builder.CheckSkillDescription(at+".description", s.Description)); err != nil {
		return err
	}
	switch {
	case s.Fits == "":
		return invalid(at, "has no line on when it fits")
	case strings.TrimSpace(s.Instructions) == "":
		return invalid(at, "has no instructions")
	}
	return nil
}

// checkEntries looks at what only the list as a whole shows.
func checkEntries[T entry](list, field string, entries []T) error {
	for _, e := range entries {
		at := place(list, e.key())
		value := e.option().Value
		if field == builder.FieldTraits || field == builder.FieldSkills {
			value = builder.List(e.key())
		}
		if err := builder.CheckValue(field, value); err != nil {
			return invalid(at, "cannot be the value of a bot")
		}
		retired, replacedBy := e.retirement()
		if !retired && replacedBy != "" {
			return invalid(at+".replaced_by", "is there although the entry is not retired")
		}
		if replacedBy == "" {
			continue
		}
		for range entries {
			next, ok := find(entries, replacedBy)
			if !ok {
				return invalid(at+".replaced_by", "is not in the catalogue")
			}
			if retired, replacedBy = next.retirement(); !retired || replacedBy == "" {
				break
			}
		}
		if retired && replacedBy != "" {
			return invalid(at+".replaced_by", "leads in a circle")
		}
	}
	return nil
}

func (c *Catalog) checkQuestions() error {
	for _, field := range builder.Fields() {
		if _, ok := findQuestion(c.questions, field); !ok {
			return invalid("questions", "lacks the question about "+field)
		}
	}
	for _, q := range c.questions {
		at := place("questions", q.Field)
		if !q.Phase.Valid() || q.Phase == builder.PhaseReview {
			return invalid(at+".phase", "is not a phase that asks")
		}
		if q.Text == "" {
			return invalid(at+".text", "is missing")
		}
		if err := c.checkOptions(at, q, q.Many); err != nil {
			return err
		}
	}
	return nil
}

func (c *Catalog) checkOptions(at string, q questionEntry, many bool) error {
	if !builder.IsField(q.Field) {
		return invalid(at, "is not about a field of a bot")
	}
	for i, o := range q.Options {
		at := fmt.Sprintf("%s.options[%d]", at, i)
		value := o.Value
		if many {
			item, ok := value.AsText()
			if !ok {
				return invalid(at+".value", "is not a text")
			}
			value = builder.List(item)
		}
		if err := builder.CheckValue(q.Field, value); err != nil {
			return invalid(at+".value", "cannot be the value of this field")
		}
		known, _ := c.entryOption(q.Field, o.Value)
		if or(o.Fits, known.Fits) == "" {
			return invalid(at, "is not in the catalogue, and has no line of its own on when it fits")
		}
	}
	return nil
}

func (c *Catalog) checkCategories() error {
	names := []string{customCategory}
	for _, category := range builder.FixedCategories() {
		names = append(names, category.Name())
	}
	for _, name := range names {
		if !slices.ContainsFunc(c.categories, func(e categoryEntry) bool { return e.Category == name }) {
			return invalid("categories", "lacks "+name)
		}
	}
	for _, e := range c.categories {
		if !slices.Contains(names, e.Category) {
			return invalid(place("categories", e.Category), "is not a purpose category; use "+strings.Join(names, ", "))
		}
		category := place("categories", e.Category)
		for _, q := range e.Questions {
			at := place(category+".questions", q.Field)
			if q.Phase != "" || q.FreeText || q.Many || q.Optional {
				return invalid(at, "may set text, hint and options; the rest belongs to the common question")
			}
			common, _ := findQuestion(c.questions, q.Field)
			if err := c.checkOptions(at, q, common.Many); err != nil {
				return err
			}
		}
		if err := c.checkAsk(category+".ask", e.Category, e.Ask); err != nil {
			return err
		}
		if err := c.checkDefaults(category+".defaults", e.Defaults); err != nil {
			return err
		}
	}
	return nil
}

func (c *Catalog) checkAsk(list, name string, ask []string) error {
	category, err := builder.CategoryFromString(name)
	if err != nil {
		return err
	}
	var last builder.Phase
	for i, field := range ask {
		at := fmt.Sprintf("%s[%d]", list, i)
		q, ok := c.Question(category, field)
		switch {
		case !ok:
			return invalid(at, "is not a field of a bot")
		case !q.FreeText && len(q.Options) == 0:
			return invalid(at, "has nothing left to answer: no option and no free text")
		case slices.Contains(ask[:i], field):
			return invalid(at, "is there twice")
		case q.Phase.Before(last):
			return invalid(at, "belongs to an earlier phase than the question before it")
		}
		last = q.Phase
	}
	for _, field := range required {
		if !slices.Contains(ask, field) {
			return invalid(list, "lacks "+field)
		}
	}
	return nil
}

func (c *Catalog) checkDefaults(at string, d Defaults) error {
	if active(c.models, d.Model) == "" {
		return invalid(at+".model", "is not in the catalogue, or retired without a replacement")
	}
	if active(c.tones, d.Tone) == "" {
		return invalid(at+".tone", "is not in the catalogue, or retired without a replacement")
	}
	for i, key := range d.Traits {
		if _, ok := find(c.traits, key); !ok {
			return invalid(fmt.Sprintf("%s.traits[%d]", at, i), "is not in the catalogue")
		}
	}
	for i, key := range d.Skills {
		if _, ok := find(c.skills, key); !ok {
			return invalid(fmt.Sprintf("%s.skills[%d]", at, i), "is not in the catalogue")
		}
	}
	if !wholeSentence(d.Boundaries) {
		return invalid(at+".boundaries", "is not a whole sentence")
	}
	return cmp.Or(
		checkDefault(at, builder.FieldTemperature, builder.Number(d.Temperature)),
		checkDefault(at, builder.FieldMaxTokens, builder.Number(float64(d.MaxTokens))),
		checkDefault(at, builder.FieldCategory, builder.Text(d.Category)),
		checkDefault(at, builder.FieldTags, builder.List(d.Tags...)),
	)
}

func checkDefault(at, field string, v builder.Value) error {
	if err := builder.CheckValue(field, v); err != nil {
		return invalid(at+"."+field, "cannot be the value of this field")
	}
	return nil
}
