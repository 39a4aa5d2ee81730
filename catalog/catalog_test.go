package catalog_test

import (
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/catalog"
)

// categories are all that questions and defaults are keyed by, and two that
// fall back on custom.
var categories = append(builder.FixedCategories(),
	builder.Custom("game-master"), builder.Custom(""), builder.Unknown)

func TestQuestionCounts(t *testing.T) {
	tests := []struct {
		category builder.PurposeCategory
		min, max int
	}{
		{builder.SimpleUtility, 3, 5},
		{builder.Creative, 4, 7},
		{builder.Coding, 5, 8},
		{builder.CustomerService, 5, 8},
		{builder.Custom("game-master"), 5, 8},
		{builder.Unknown, 5, 8},
		{builder.Research, 6, 10},
		{builder.ComplexAnalyst, 6, 10},
	}
	for _, test := range tests {
		t.Run(test.category.String(), func(t *testing.T) {
			if n := len(catalog.Default().Questions(test.category)); n < test.min || n > test.max {
				t.Errorf("asks %d questions, want %d to %d", n, test.min, test.max)
			}
		})
	}
}

func TestQuestionsAreInOrderAndComplete(t *testing.T) {
	for _, category := range categories {
		t.Run(category.String(), func(t *testing.T) {
			var asked []string
			last := builder.PhaseBasics
			for _, q := range catalog.Default().Questions(category) {
				if q.Phase.Before(last) {
					t.Errorf("%s (%s) comes after %s", q.Field, q.Phase, last)
				}
				last = q.Phase
				if slices.Contains(asked, q.Field) {
					t.Errorf("%s is asked twice", q.Field)
				}
				asked = append(asked, q.Field)
			}
			for _, field := range []string{builder.FieldName, builder.FieldTone, builder.FieldModel} {
				if !slices.Contains(asked, field) {
					t.Errorf("%s is not asked", field)
				}
			}
		})
	}
}

// Every question can be asked in every category, to redo an answer or to take
// one that the guide does not ask for.
func TestEveryFieldHasAQuestionWithValidOptions(t *testing.T) {
	c := catalog.Default()
	for _, category := range categories {
		for _, field := range builder.Fields() {
			q, ok := c.Question(category, field)
			if !ok {
				t.Errorf("%s: no question about %s", category, field)
				continue
			}
			if q.Field != field || q.Text == "" || q.Hint == "" || !strings.HasSuffix(q.Text, "?") {
				t.Errorf("%s: the question about %s is %+v", category, field, q)
			}
			if !q.FreeText && len(q.Options) == 0 {
				t.Errorf("%s: %s cannot be answered", category, field)
			}
			for i, o := range q.Options {
				checkOption(t, c, category, q, o)
				if slices.ContainsFunc(q.Options[:i], func(p catalog.Option) bool { return p.Value == o.Value || p.Label == o.Label }) {
					t.Errorf("%s: %s offers %s twice", category, field, o.Value)
				}
			}
		}
	}
	if _, ok := c.Question(builder.Coding, "colour"); ok {
		t.Error("there is a question about a field that is none")
	}
}

func checkOption(t *testing.T, c *catalog.Catalog, category builder.PurposeCategory, q catalog.Question, o catalog.Option) {
	t.Helper()
	value := o.Value
	text, _ := value.AsText()
	if q.Many {
		value = builder.List(text)
	}
	if err := builder.CheckValue(q.Field, value); err != nil {
		t.Errorf("%s: option %s: %v", category, o.Value, err)
	}
	if o.Label == "" || o.Fits == "" || strings.Contains(o.Fits, "\n") {
		t.Errorf("%s: option %s of %s has no label or no line on when it fits", category, o.Value, q.Field)
	}
	known, retired := true, false
	switch q.Field {
	case builder.FieldModel:
		m, ok := c.Model(text)
		known, retired = ok, m.Retired
	case builder.FieldTone:
		e, ok := c.Tone(text)
		known, retired = ok, e.Retired
	case builder.FieldTraits:
		e, ok := c.Trait(text)
		known, retired = ok, e.Retired
	case builder.FieldSkills:
		s, ok := c.Skill(text)
		known, retired = ok, s.Retired
	case builder.FieldPurpose, builder.FieldBoundaries:
		if !wholeSentence(text) {
			t.Errorf("%s: option %q of %s is not a whole sentence", category, text, q.Field)
		}
	}
	if !known || retired {
		t.Errorf("%s: option %s of %s: known %t, retired %t", category, o.Value, q.Field, known, retired)
	}
}

// A question fits its category: what a person reads is not the same for a
// coding bot and for a support desk.
func TestQuestionsDifferByCategory(t *testing.T) {
	c := catalog.Default()
	for _, field := range []string{builder.FieldName, builder.FieldPurpose, builder.FieldTone, builder.FieldSkills} {
		texts := map[string]builder.PurposeCategory{}
		for _, category := range append(builder.FixedCategories(), builder.Custom("")) {
			q, _ := c.Question(category, field)
			if other, same := texts[q.Text]; same {
				t.Errorf("%s and %s are asked %q alike", other, category, q.Text)
			}
			texts[q.Text] = category
		}
	}
	contains := func(category builder.PurposeCategory, field, word string) {
		t.Helper()
		q, _ := c.Question(category, field)
		if !strings.Contains(strings.ToLower(q.Text+" "+q.Hint), word) {
			t.Errorf("%s: the question about %s says nothing of %q: %s", category, field, word, q.Text)
		}
	}
	contains(builder.Coding, builder.FieldPurpose, "languages")
	contains(builder.Coding, builder.FieldBoundaries, "code")
	contains(builder.CustomerService, builder.FieldBoundaries, "hand over")
	contains(builder.Research, builder.FieldPurpose, "sources")
	contains(builder.ComplexAnalyst, builder.FieldPurpose, "data")
	contains(builder.Creative, builder.FieldPurpose, "create")
}

func TestDefaults(t *testing.T) {
	tests := []struct {
		category    builder.PurposeCategory
		temperature float64
		maxTokens   uint32
		tone        string
	}{
		{builder.SimpleUtility, 0.3, 2048, "direct"},
		{builder.ComplexAnalyst, 0.5, 4096, "analytical"},
		{builder.Creative, 0.9, 4096, "expressive"},
		{builder.Coding, 0.2, 4096, "technical"},
		{builder.Research, 0.5, 4096, "scholarly"},
		{builder.CustomerService, 0.4, 2048, "empathetic"},
		{builder.Custom("game-master"), 0.7, 4096, "adaptive"},
		{builder.Unknown, 0.7, 4096, "adaptive"},
	}
	c := catalog.Default()
	for _, test := range tests {
		t.Run(test.category.String(), func(t *testing.T) {
			d := c.Defaults(test.category)
			if d.Temperature != test.temperature || d.MaxTokens != test.maxTokens || d.Tone != test.tone {
				t.Errorf("got %g, %d, %s; want %g, %d, %s", d.Temperature, d.MaxTokens, d.Tone, test.temperature, test.maxTokens, test.tone)
			}
			if m, ok := c.Model(d.Model); !ok || m.Retired {
				t.Errorf("model %s: known %t, retired %t", d.Model, ok, m.Retired)
			}
			if e, ok := c.Tone(d.Tone); !ok || e.Retired {
				t.Errorf("tone %s: known %t, retired %t", d.Tone, ok, e.Retired)
			}
			for _, value := range d.Traits {
				if e, ok := c.Trait(value); !ok || e.Retired {
					t.Errorf("trait %s: known %t, retired %t", value, ok, e.Retired)
				}
			}
			for _, name := range d.Skills {
				if s, ok := c.Skill(name); !ok || s.Retired {
					t.Errorf("skill %s: known %t, retired %t", name, ok, s.Retired)
				}
			}
			if !wholeSentence(d.Boundaries) {
				t.Errorf("boundaries %q are not a whole sentence", d.Boundaries)
			}
			q, _ := c.Question(test.category, builder.FieldCategory)
			if !slices.ContainsFunc(q.Options, func(o catalog.Option) bool { return o.Value == builder.Text(d.Category) }) {
				t.Errorf("shelf %s is not one of those offered", d.Category)
			}
		})
	}
}

func TestDefaultTraitsAndToneAreOffered(t *testing.T) {
	c := catalog.Default()
	for _, category := range append(builder.FixedCategories(), builder.Custom("")) {
		d := c.Defaults(category)
		for _, want := range []struct{ field, value string }{
			{builder.FieldTone, d.Tone}, {builder.FieldModel, d.Model}, {builder.FieldBoundaries, d.Boundaries},
			{builder.FieldTraits, d.Traits[0]}, {builder.FieldTraits, d.Traits[1]},
		} {
			q, _ := c.Question(category, want.field)
			if !slices.ContainsFunc(q.Options, func(o catalog.Option) bool { return o.Value == builder.Text(want.value) }) {
				t.Errorf("%s: the default %s %q is not among the options", category, want.field, want.value)
			}
		}
	}
}

func TestSentencesAreWhole(t *testing.T) {
	for _, e := range catalog.Default().Tones() {
		if !wholeSentence(e.Sentence) || !strings.HasPrefix(e.Sentence, "It ") {
			t.Errorf("tone %s: %q", e.Value, e.Sentence)
		}
	}
	for _, e := range catalog.Default().Traits() {
		if !wholeSentence(e.Sentence) || !strings.HasPrefix(e.Sentence, "It ") {
			t.Errorf("trait %s: %q", e.Value, e.Sentence)
		}
	}
}

func TestSkillsFollowTheFormat(t *testing.T) {
	skills := catalog.Default().Skills()
	if len(skills) < 12 || len(skills) > 16 {
		t.Errorf("there are %d skills", len(skills))
	}
	for _, s := range skills {
		if err := builder.CheckSkillName("name", s.Name); err != nil {
			t.Errorf("%s: %v", s.Name, err)
		}
		if n := len(s.Description); n < 1 || n > builder.MaxSkillDescription || !strings.Contains(s.Description, " Use ") {
			t.Errorf("%s: the description has %d bytes, or does not say when to use it", s.Name, n)
		}
		if lines := strings.Count(s.Instructions, "\n"); lines < 5 || lines > 12 || !strings.HasPrefix(s.Instructions, "# ") {
			t.Errorf("%s: the instructions have %d lines", s.Name, lines)
		}
	}
	// Names that finished bots of earlier programs carry.
	for _, name := range []string{"code-review", "code-generation", "web-search", "summarize", "knowledge-base",
		"data-analysis", "calendar", "text-generation", "dice-roller"} {
		if _, ok := catalog.Default().Skill(name); !ok {
			t.Errorf("skill %s is missing", name)
		}
	}
}

// Models that stored drafts and bots name must be found, with what replaces
// them.
func TestRetiredModels(t *testing.T) {
	c := catalog.Default()
	for id, want := range map[string]string{
		"claude-sonnet-4-20250514":  "claude-sonnet-4-6",
		"claude-opus-4-20250514":    "claude-opus-4-8",
		"claude-3-5-haiku-20241022": "claude-haiku-4-5-20251001",
	} {
		m, ok := c.Model(id)
		if !ok || !m.Retired || m.ReplacedBy != want {
			t.Errorf("%s: known %t, retired %t, replaced by %q; want %q", id, ok, m.Retired, m.ReplacedBy, want)
		}
		if next, ok := c.Model(m.ReplacedBy); !ok || next.Retired {
			t.Errorf("%s is replaced by %s: known %t, retired %t", id, m.ReplacedBy, ok, next.Retired)
		}
	}
	if _, ok := c.Model("no-such-model"); ok {
		t.Error("a model that is not there is found")
	}
}

func TestCallersCannotChangeTheCatalogue(t *testing.T) {
	c := catalog.Default()
	c.Models()[0].ID = "spoilt"
	c.Defaults(builder.Coding).Skills[0] = "spoilt"
	c.Questions(builder.Coding)[2].Options[0].Label = "spoilt"
	if c.Models()[0].ID == "spoilt" || c.Defaults(builder.Coding).Skills[0] == "spoilt" || c.Questions(builder.Coding)[2].Options[0].Label == "spoilt" {
		t.Error("a caller's change reached the catalogue")
	}
}

func wholeSentence(s string) bool {
	return s != "" && unicode.IsUpper([]rune(s)[0]) && strings.HasSuffix(s, ".") && !strings.Contains(s, "\n")
}

func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		if _, err := catalog.Load([]byte(`{}`)); err != nil {
			b.Fatal(err)
		}
	}
}
