package catalog_test

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/catalog"
)

func load(t *testing.T, file string) *catalog.Catalog {
	t.Helper()
	c, err := catalog.Load([]byte(file))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func offered(c *catalog.Catalog, category builder.PurposeCategory, field string) []string {
	q, _ := c.Question(category, field)
	var values []string
	for _, o := range q.Options {
		values = append(values, o.Value.String())
	}
	return values
}

func TestLoadOfNothingIsTheDefault(t *testing.T) {
	c := load(t, `{}`)
	for _, category := range categories {
		if !reflect.DeepEqual(c.Questions(category), catalog.Default().Questions(category)) {
			t.Errorf("%s is asked otherwise", category)
		}
		if !reflect.DeepEqual(c.Defaults(category), catalog.Default().Defaults(category)) {
			t.Errorf("%s has other defaults", category)
		}
	}
	if !slices.Equal(c.Skills(), catalog.Default().Skills()) {
		t.Error("the skills differ")
	}
}

func TestLoadAdds(t *testing.T) {
	c := load(t, `{
		"models": [{"id": "llama-local", "name": "Our own Llama", "fits": "Nothing may leave the house."}],
		"tones":  [{"value": "gruff", "fits": "Pirates.", "sentence": "It growls."}],
		"traits": [{"value": "lazy", "fits": "Cats.", "sentence": "It does as little as it can."}],
		"skills": [{"name": "sailing", "fits": "At sea.", "description": "Sails. Use at sea.", "instructions": ["# Sailing", "", "1. Cast off."]}]
	}`)
	for field, value := range map[string]string{
		builder.FieldModel: "llama-local", builder.FieldTone: "gruff", builder.FieldTraits: "lazy", builder.FieldSkills: "sailing",
	} {
		for _, category := range categories {
			if !slices.Contains(offered(c, category, field), value) {
				t.Errorf("%s: the added %s %s is not offered", category, field, value)
			}
		}
		if slices.Contains(offered(catalog.Default(), builder.Coding, field), value) {
			t.Errorf("the default catalogue has learnt %s", value)
		}
	}
	s, ok := c.Skill("sailing")
	if want := "# Sailing\n\n1. Cast off."; !ok || s.Instructions != want {
		t.Errorf("the added skill's instructions are %q, want %q", s.Instructions, want)
	}
}

func TestLoadChangesOnlyWhatIsNamed(t *testing.T) {
	c := load(t, `{
		"models": [{"id": "claude-sonnet-5-5", "name": "House model"}],
		"skills": [{"name": "code-review", "fits": "Our rules."}],
		"questions": [{"field": "tone", "hint": "Mind the house style."}],
		"categories": [{"category": "coding",
			"ask": ["name", "tone", "traits", "model", "max_tokens", "skills"],
			"defaults": {"temperature": 0.1, "skills": ["test-writing"]},
			"questions": [{"field": "name", "text": "What is it called here?"}, {"field": "skills", "options": [{"value": "test-writing"}, {"value": "web-search"}]}]}]
	}`)
	before, _ := catalog.Default().Model("claude-sonnet-5-5")
	after, _ := c.Model("claude-sonnet-5-5")
	if after.Name != "House model" || after.Fits != before.Fits || after.Retired {
		t.Errorf("the model became %+v", after)
	}
	skillBefore, _ := catalog.Default().Skill("code-review")
	if s, _ := c.Skill("code-review"); s.Fits != "Our rules." || s.Instructions != skillBefore.Instructions || s.Description != skillBefore.Description {
		t.Errorf("the skill became %+v", s)
	}
	if q, _ := c.Question(builder.Creative, builder.FieldTone); q.Hint != "Mind the house style." || q.Text == "" || len(q.Options) == 0 {
		t.Errorf("the question about the tone became %+v", q)
	}

	var asked []string
	for _, q := range c.Questions(builder.Coding) {
		asked = append(asked, q.Field)
	}
	if want := []string{"name", "tone", "traits", "model", "max_tokens", "skills"}; !slices.Equal(asked, want) {
		t.Errorf("coding asks %v, want %v", asked, want)
	}
	d, was := c.Defaults(builder.Coding), catalog.Default().Defaults(builder.Coding)
	if d.Temperature != 0.1 || !slices.Equal(d.Skills, []string{"test-writing"}) || d.Tone != was.Tone || !slices.Equal(d.Traits, was.Traits) || d.Boundaries != was.Boundaries {
		t.Errorf("the defaults became %+v", d)
	}
	if got, want := offered(c, builder.Coding, builder.FieldSkills), []string{"test-writing", "web-search"}; !slices.Equal(got, want) {
		t.Errorf("coding offers the skills %v, want %v", got, want)
	}
	q, _ := c.Question(builder.Coding, builder.FieldSkills)
	if web, _ := c.Skill("web-search"); q.Options[1].Fits != web.Fits {
		t.Errorf("an option kept the line of the option it replaced: %q", q.Options[1].Fits)
	}
	wording, _ := c.Question(builder.Coding, builder.FieldBoundaries)
	if was, _ := catalog.Default().Question(builder.Coding, builder.FieldBoundaries); !reflect.DeepEqual(wording, was) {
		t.Error("a question that the file does not name has changed")
	}
	if !reflect.DeepEqual(c.Questions(builder.Research)[0], catalog.Default().Questions(builder.Research)[0]) {
		t.Error("another category has changed")
	}
}

func TestLoadRetires(t *testing.T) {
	c := load(t, `{
		"models": [
			{"id": "claude-sonnet-5-5", "retired": true, "replaced_by": "claude-opus-5-5"},
			{"id": "claude-opus-4-8", "retired": true, "replaced_by": "claude-opus-5-5"},
			{"id": "claude-sonnet-4-20250514", "retired": false, "replaced_by": ""}],
		"traits": [{"value": "thorough", "retired": true}],
		"skills": [{"name": "code-generation", "retired": true}]
	}`)
	d := c.Defaults(builder.Coding)
	if d.Model != "claude-opus-5-5" {
		t.Errorf("the default model is %s, not what replaces the retired one", d.Model)
	}
	if !slices.Equal(d.Traits, []string{"precise"}) || !slices.Equal(d.Skills, []string{"code-review"}) {
		t.Errorf("retired entries remain defaults: %v, %v", d.Traits, d.Skills)
	}
	for _, category := range categories {
		for field, value := range map[string]string{
			builder.FieldModel: "claude-sonnet-5-5", builder.FieldTraits: "thorough", builder.FieldSkills: "code-generation",
		} {
			if slices.Contains(offered(c, category, field), value) {
				t.Errorf("%s: the retired %s is offered", category, value)
			}
		}
	}
	if m, _ := c.Model("claude-opus-4-20250514"); m.ReplacedBy != "claude-opus-5-5" {
		t.Errorf("a replacement that was retired in turn is replaced by %q", m.ReplacedBy)
	}
	if m, _ := c.Model("claude-sonnet-4-20250514"); m.Retired {
		t.Error("an entry cannot be brought back")
	}
}

func TestLoadRefuses(t *testing.T) {
	tests := []struct{ name, file, place string }{
		{"nothing", ``, "the catalogue file"},
		{"no object", `[]`, "the catalogue file"},
		{"cut off", `{"models": [{"id": "a"`, "models[0]"},
		{"something after it", `{} {}`, "the catalogue file"},
		{"invalid UTF-8", "{\"models\": [{\"id\": \"\xff\"}]}", "models[0].id"},
		{"a duplicate name", `{"models": [], "models": []}`, "models"},
		{"a part that is none", `{"modells": []}`, "modells"},
		{"another case", `{"Models": []}`, "Models"},
		{"a member that is none", `{"models": [{"id": "a", "nmae": "A"}]}`, "models[0].nmae"},
		{"a terminal escape for a name", "{\"\\u001b[2J\": 1}", `"\x1b[2J"`},
		{"a wrong type", `{"tones": [{"value": "direct"}, {"value": "formal", "fits": 3}]}`, "tones[1].fits"},
		{"a wrong truth", `{"models": [{"id": "claude-opus-5-5", "retired": "yes"}]}`, "models[0].retired"},
		{"no id", `{"models": [{"name": "A"}]}`, "models[0].id"},
		{"an id twice", `{"tones": [{"value": "formal"}, {"value": "formal"}]}`, "tones[1].value"},
		{"a model without a name", `{"models": [{"id": "a", "fits": "It fits."}]}`, "models.a"},
		{"a tone without a sentence", `{"tones": [{"value": "gruff", "fits": "Pirates."}]}`, "tones.gruff.sentence"},
		{"half a sentence", `{"traits": [{"value": "lazy", "fits": "Cats.", "sentence": "lazy"}]}`, "traits.lazy.sentence"},
		{"a skill name against the format", `{"skills": [{"name": "Code Review", "fits": "x", "description": "x", "instructions": ["x"]}]}`, "skills.Code Review.name"},
		{"a skill without instructions", `{"skills": [{"name": "a", "fits": "x", "description": "x"}]}`, "skills.a"},
		{"a skill described at length", `{"skills": [{"name": "calendar", "description": "` + strings.Repeat("ä", 1025) + `"}]}`, "skills.calendar.description"},
		{"a replacement that is not there", `{"models": [{"id": "claude-opus-5-5", "retired": true, "replaced_by": "b"}]}`, "models.claude-opus-5-5.replaced_by"},
		{"replacements in a circle", `{"tones": [{"value": "formal", "retired": true, "replaced_by": "casual"}, {"value": "casual", "retired": true, "replaced_by": "formal"}]}`, "tones.casual.replaced_by"},
		{"a replacement of what is not retired", `{"tones": [{"value": "formal", "replaced_by": "casual"}]}`, "tones.formal.replaced_by"},
		{"a default that is retired", `{"tones": [{"value": "direct", "retired": true}]}`, "categories.simple_utility.defaults.tone"},
		{"a default that is not there", `{"categories": [{"category": "coding", "defaults": {"skills": ["b"]}}]}`, "categories.coding.defaults.skills[0]"},
		{"a temperature out of range", `{"categories": [{"category": "coding", "defaults": {"temperature": 3}}]}`, "categories.coding.defaults.temperature"},
		{"no tokens", `{"categories": [{"category": "coding", "defaults": {"max_tokens": 0}}]}`, "categories.coding.defaults.max_tokens"},
		{"tokens out of range", `{"categories": [{"category": "coding", "defaults": {"max_tokens": -1}}]}`, "categories[0].defaults.max_tokens"},
		{"a category that is none", `{"categories": [{"category": "gardening"}]}`, "categories.gardening"},
		{"a question about no field", `{"questions": [{"field": "colour", "phase": "basics", "text": "Which?"}]}`, "questions.colour"},
		{"asking about no field", `{"categories": [{"category": "coding", "ask": ["name", "tone", "colour", "model"]}]}`, "categories.coding.ask[2]"},
		{"asking twice", `{"categories": [{"category": "coding", "ask": ["name", "tone", "tone", "model"]}]}`, "categories.coding.ask[2]"},
		{"asking out of order", `{"categories": [{"category": "coding", "ask": ["tone", "name", "model"]}]}`, "categories.coding.ask[1]"},
		{"not asking for the model", `{"categories": [{"category": "coding", "ask": ["name", "tone"]}]}`, "categories.coding.ask"},
		{"an option of the wrong type", `{"questions": [{"field": "temperature", "options": [{"value": "hot", "fits": "x"}]}]}`, "questions.temperature.options[0].value"},
		{"an option without a value", `{"questions": [{"field": "tone", "options": [{"value": true}]}]}`, "questions[0].options[0].value"},
		{"an option that is not there", `{"questions": [{"field": "tone", "options": [{"value": "gruff"}]}]}`, "questions.tone.options[0]"},
		{"a list as an item", `{"questions": [{"field": "traits", "options": [{"value": ["precise"], "fits": "x"}]}]}`, "questions.traits.options[0].value"},
		{"nothing to answer", `{"questions": [{"field": "name", "free_text": false}]}`, "categories.simple_utility.ask[0]"},
		{"a phase in a category", `{"categories": [{"category": "coding", "questions": [{"field": "name", "phase": "model"}]}]}`, "categories.coding.questions.name"},
		{"a file too large", strings.Repeat(" ", catalog.MaxFile+1), "the catalogue file"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c, err := catalog.Load([]byte(test.file))
			if c != nil || !errors.Is(err, builder.ErrInvalid) {
				t.Fatalf("got %v, %v; want ErrInvalid", c, err)
			}
			var invalid *builder.InvalidError
			if errors.As(err, &invalid); invalid.Field != test.place {
				t.Errorf("the error names %q, want %q: %v", invalid.Field, test.place, err)
			}
		})
	}
}

func FuzzLoad(f *testing.F) {
	f.Add([]byte(`{"models": [{"id": "a", "name": "A", "fits": "It fits."}]}`))
	f.Add([]byte(`{"categories": [{"category": "coding", "ask": ["name", "tone", "model"], "questions": [{"field": "tone", "options": [{"value": "formal"}]}]}]}`))
	f.Add([]byte(`{"tones": [{"value": "formal", "retired": true, "replaced_by": "casual"}, null]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := catalog.Load(data)
		if err != nil {
			if !errors.Is(err, builder.ErrInvalid) {
				t.Fatalf("not ErrInvalid: %v", err)
			}
			return
		}
		for _, category := range categories {
			c.Questions(category)
			if d := c.Defaults(category); d.Model == "" || d.Tone == "" {
				t.Fatalf("%s has no default model or tone", category)
			}
		}
	})
}
