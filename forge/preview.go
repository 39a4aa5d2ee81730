package forge

import (
	"strings"

	"github.com/boternity/boternity/builder"
)

// preview shows every field as it is or as it would be.
func (g *Guide) preview(s *builder.State) []Line {
	lines := make([]Line, 0, len(builder.Fields()))
	for _, field := range builder.Fields() {
		line := Line{Field: field, Decided: s.Decided(field)}
		if line.Decided {
			line.Value, _ = s.Config.Value(field)
			line.Source = s.Source(field)
		} else {
			line.Value, line.Source = g.defaultValue(s, field), builder.Default
		}
		lines = append(lines, line)
	}
	return lines
}

// fillDefaults decides what no question decided. A field that someone left
// open on purpose stays open.
func (g *Guide) fillDefaults(s *builder.State) error {
	for _, field := range builder.Fields() {
		if s.Decided(field) {
			continue
		}
		v := g.defaultValue(s, field)
		if v.IsZero() {
			continue
		}
		if err := s.Set(field, v, builder.Default); err != nil {
			return err
		}
	}
	g.describeSkills(s)
	return nil
}

// defaultValue is what a field gets when nobody decides: the category's
// default, or what the description gives.
func (g *Guide) defaultValue(s *builder.State, field string) builder.Value {
	d := g.catalog.Defaults(s.Category())
	switch field {
	case builder.FieldName:
		return builder.Text(nameFrom(s.Description))
	case builder.FieldDescription, builder.FieldPurpose:
		return builder.Text(strings.TrimSpace(s.Description))
	case builder.FieldCategory:
		return builder.Text(d.Category)
	case builder.FieldTags:
		return builder.List(d.Tags...)
	case builder.FieldTone:
		return builder.Text(d.Tone)
	case builder.FieldTraits:
		return builder.List(d.Traits...)
	case builder.FieldBoundaries:
		return builder.Text(d.Boundaries)
	case builder.FieldModel:
		return builder.Text(d.Model)
	case builder.FieldTemperature:
		return builder.Number(d.Temperature)
	case builder.FieldMaxTokens:
		return builder.Number(float64(d.MaxTokens))
	case builder.FieldSkills:
		return builder.List(d.Skills...)
	}
	return builder.Value{}
}
