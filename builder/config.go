package builder

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// The config fields, as they are named in states, answers and suggestions.
const (
	FieldName        = "name"
	FieldDescription = "description"
	FieldCategory    = "category"
	FieldTags        = "tags"
	FieldTone        = "tone"
	FieldTraits      = "traits"
	FieldPurpose     = "purpose"
	FieldBoundaries  = "boundaries"
	FieldModel       = "model"
	FieldTemperature = "temperature"
	FieldMaxTokens   = "max_tokens"
	FieldSkills      = "skills"
)

var fields = []string{
	FieldName, FieldDescription, FieldCategory, FieldTags, FieldTone, FieldTraits, FieldPurpose,
	FieldBoundaries, FieldModel, FieldTemperature, FieldMaxTokens, FieldSkills,
}

// Fields returns the names of the config fields, in the order of the config.
func Fields() []string { return slices.Clone(fields) }

// IsField reports whether name is a config field.
func IsField(name string) bool { return slices.Contains(fields, name) }

// MaxTemperature is the highest temperature an answer may set; 0 is the lowest.
const MaxTemperature = 2.0

func notField(name string) error {
	return &InvalidError{Field: quoteField(name), Problem: "is not a field of a bot; it has " + strings.Join(fields, ", ")}
}

// Config is the bot so far. A nil member has not been decided.
type Config struct {
	Name        *string        `json:"name"`
	Description *string        `json:"description"`
	Category    *string        `json:"category"`
	Tags        []string       `json:"tags"`
	Tone        *string        `json:"tone"`
	Traits      []string       `json:"traits"`
	Purpose     *string        `json:"purpose"`
	Boundaries  *string        `json:"boundaries"`
	Model       *string        `json:"model"`
	Temperature *float64       `json:"temperature"`
	MaxTokens   *uint32        `json:"max_tokens"`
	Skills      []Skill        `json:"skills"`
	Unknown     jsontext.Value `json:",embed,unknown"` // members of other programs, kept
}

// texts and lists are where Value and SetValue find the members by name.
func (c *Config) text(field string) **string {
	switch field {
	case FieldName:
		return &c.Name
	case FieldDescription:
		return &c.Description
	case FieldCategory:
		return &c.Category
	case FieldTone:
		return &c.Tone
	case FieldPurpose:
		return &c.Purpose
	case FieldBoundaries:
		return &c.Boundaries
	case FieldModel:
		return &c.Model
	}
	return nil
}

func (c *Config) list(field string) *[]string {
	switch field {
	case FieldTags:
		return &c.Tags
	case FieldTraits:
		return &c.Traits
	}
	return nil
}

// Value returns a field's value, and false where there is none. Skills are the
// list of their names; an empty list of them is no value, because a state
// always carries the list.
func (c *Config) Value(field string) (Value, bool) {
	if t := c.text(field); t != nil {
		if *t == nil {
			return Value{}, false
		}
		return Text(**t), true
	}
	if l := c.list(field); l != nil {
		if *l == nil {
			return Value{}, false
		}
		return List(*l...), true
	}
	switch {
	case field == FieldTemperature && c.Temperature != nil:
		return Number(*c.Temperature), true
	case field == FieldMaxTokens && c.MaxTokens != nil:
		return Number(float64(*c.MaxTokens)), true
	case field == FieldSkills && len(c.Skills) > 0:
		return List(c.SkillNames()...), true
	}
	return Value{}, false
}

// SkillNames returns the names of the skills, in order.
func (c *Config) SkillNames() []string {
	names := make([]string, len(c.Skills))
	for i, s := range c.Skills {
		names[i] = s.Name
	}
	return names
}

// CheckValue refuses a value of the wrong type for the field, or out of its
// range, and a field that is not one.
func CheckValue(field string, v Value) error {
	var scratch Config
	return scratch.SetValue(field, v)
}

// SetValue sets a field. Skills that are already there keep their description
// and type; others are local ones with no description yet. What CheckValue
// refuses changes nothing.
func (c *Config) SetValue(field string, v Value) error {
	if !IsField(field) {
		return notField(field)
	}
	if err := v.check(field); err != nil {
		return err
	}
	if t := c.text(field); t != nil {
		s, ok := v.AsText()
		if !ok {
			return &InvalidError{Field: field, Problem: "must be a text"}
		}
		*t = &s
		return nil
	}
	switch field {
	case FieldTemperature:
		f, ok := v.AsNumber()
		if !ok || f < 0 || f > MaxTemperature {
			return &InvalidError{Field: field, Problem: fmt.Sprintf("must be a number from 0 to %g", MaxTemperature)}
		}
		c.Temperature = &f
		return nil
	case FieldMaxTokens:
		f, ok := v.AsNumber()
		if !ok || f < 1 || f > math.MaxUint32 || f != math.Trunc(f) {
			return &InvalidError{Field: field, Problem: fmt.Sprintf("must be a whole number from 1 to %d", uint32(math.MaxUint32))}
		}
		n := uint32(f)
		c.MaxTokens = &n
		return nil
	}
	return c.setList(field, v)
}

func (c *Config) setList(field string, v Value) error {
	items, ok := v.AsList()
	if !ok {
		return &InvalidError{Field: field, Problem: "must be a list of texts"}
	}
	if l := c.list(field); l != nil {
		*l = items
		return nil
	}
	skills := make([]Skill, len(items))
	for i, name := range items {
		skills[i] = Skill{Name: name, SkillType: SkillLocal}
		if at := slices.IndexFunc(c.Skills, func(s Skill) bool { return s.Name == name }); at >= 0 {
			skills[i] = c.Skills[at]
		}
	}
	c.Skills = skills
	return nil
}

// Clear makes a field undecided again.
func (c *Config) Clear(field string) {
	if t := c.text(field); t != nil {
		*t = nil
	}
	if l := c.list(field); l != nil {
		*l = nil
	}
	switch field {
	case FieldTemperature:
		c.Temperature = nil
	case FieldMaxTokens:
		c.MaxTokens = nil
	case FieldSkills:
		c.Skills = []Skill{}
	}
}
