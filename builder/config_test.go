package builder_test

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/boternity/boternity/builder"
)

func TestSetValue(t *testing.T) {
	for field, v := range map[string]builder.Value{
		"name": builder.Text(""), "description": builder.Text("d"), "category": builder.Text("c"), "tags": builder.List(), "tone": builder.Text("t"),
		"traits": builder.List("a", "b"), "purpose": builder.Text("p"), "boundaries": builder.Text("b"), "model": builder.Text("m"),
		"temperature": builder.Number(0), "max_tokens": builder.Number(math.MaxUint32), "skills": builder.List("s"),
	} {
		var c builder.Config
		if _, has := c.Value(field); has {
			t.Errorf("%s has a value before it is set", field)
		}
		if err := c.SetValue(field, v); err != nil {
			t.Errorf("%s: %v", field, err)
		}
		for _, other := range builder.Fields() {
			got, has := c.Value(other)
			if has != (other == field) || has && got != v || !has && !got.IsZero() {
				t.Errorf("after setting %s, %s is %v, %v", field, other, got, has)
			}
		}
		c.Clear(field)
		if _, has := c.Value(field); has {
			t.Errorf("%s has a value after it is cleared", field)
		}
	}
}

func TestSetValueLimits(t *testing.T) {
	full := strings.Repeat("\n", builder.MaxAnswer) // twice as long as JSON
	for _, c := range []struct {
		field   string
		value   builder.Value
		refused string // the field named in the error; empty when there is none
	}{
		{"tone", builder.Text(full), ""},
		{"tone", builder.Text(full + "\n"), "tone"},
		{"tone", builder.Text(secret + "\x00"), "tone"},
		{"tone", builder.Number(1), "tone"},
		{"tone", builder.List(secret), "tone"},
		{"tone", builder.Value{}, "tone"},
		{"traits", builder.List(strings.Repeat("a", builder.MaxAnswer-4)), ""},
		{"traits", builder.List(strings.Repeat("a", builder.MaxAnswer-3)), "traits"},
		{"traits", builder.List(slices.Repeat([]string{"abc"}, builder.MaxAnswer/4)...), "traits"},
		{"traits", builder.List("a", secret+"\x00"), "traits[1]"},
		{"traits", builder.Text(secret), "traits"},
		{"skills", builder.Text(secret), "skills"},
		{"skills", builder.List("a", "\x00"), "skills[1]"},
		{"temperature", builder.Number(0), ""},
		{"temperature", builder.Number(math.Copysign(0, -1)), ""},
		{"temperature", builder.Number(builder.MaxTemperature), ""},
		{"temperature", builder.Number(math.Nextafter(builder.MaxTemperature, 3)), "temperature"},
		{"temperature", builder.Number(-math.SmallestNonzeroFloat64), "temperature"},
		{"temperature", builder.Number(math.NaN()), "temperature"},
		{"temperature", builder.Text("0.5"), "temperature"},
		{"max_tokens", builder.Number(1), ""},
		{"max_tokens", builder.Number(math.MaxUint32), ""},
		{"max_tokens", builder.Number(math.MaxUint32 + 1), "max_tokens"},
		{"max_tokens", builder.Number(0), "max_tokens"},
		{"max_tokens", builder.Number(1.5), "max_tokens"},
		{"max_tokens", builder.Number(-1), "max_tokens"},
		{"max_tokens", builder.Text("1"), "max_tokens"},
		{"", builder.Text("x"), `""`},
		{"Tone", builder.Text("x"), `"Tone"`},
		{"to\x1bne", builder.Text("x"), `"to\x1bne"`},
		{strings.Repeat("é", 100), builder.Text("x"), `"` + strings.Repeat("é", 32) + `…"`},
	} {
		var config builder.Config
		err := config.SetValue(c.field, c.value)
		if c.refused == "" {
			if err != nil {
				t.Errorf("%s, %.40s: %v", c.field, c.value, err)
			}
			continue
		}
		var invalid *builder.InvalidError
		if !errors.As(err, &invalid) || invalid.Field != c.refused {
			t.Errorf("%s, %.40s: %v, want an InvalidError of %s", c.field, c.value, err, c.refused)
		}
		wantNoSecret(t, err)
		if err := builder.CheckValue(c.field, c.value); err == nil {
			t.Errorf("%s, %.40s: CheckValue lets it pass", c.field, c.value)
		}
		if _, has := config.Value(c.field); has {
			t.Errorf("%s was set all the same", c.field)
		}
	}
}

func TestSetValueKeepsKnownSkills(t *testing.T) {
	s := decode(t, everyMember)
	before := s.Clone()
	if err := s.Config.SetValue(builder.FieldSkills, builder.List("new", secret)); err != nil {
		t.Fatal(err)
	}
	kept := s.Config.Skills[1]
	if kept.Description != secret || string(kept.Unknown) != `{"Zanzibar":"Zanzibar"}` {
		t.Errorf("the skill that was there is now %+v", kept)
	}
	if n := s.Config.Skills[0]; n.Name != "new" || n.SkillType != builder.SkillLocal {
		t.Errorf("the new skill is %+v", n)
	}
	if len(before.Config.Skills) != 1 || before.Config.Skills[0].Name != secret {
		t.Errorf("the copy was changed too: %+v", before.Config.Skills)
	}
}

func TestFields(t *testing.T) {
	fields := builder.Fields()
	fields[0] = "changed"
	if builder.IsField("changed") || !builder.IsField(builder.FieldName) || builder.IsField("") || len(fields) != 12 {
		t.Error("the fields are not what they are")
	}
}
