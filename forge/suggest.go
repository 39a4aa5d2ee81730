package forge

import (
	"context"
	"slices"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/recall"
)

// How many memory entries of each kind a suggestion is made from. Together
// they bound its cost, whatever the number of entries.
const (
	newestInCategory    = 50
	newestUncategorised = 20
	newestOverall       = 30
	mostSimilar         = 50
)

// Suggestions are what an owner's memory proposes for a description.
type Suggestions struct {
	Category    builder.PurposeCategory
	Suggestions []recall.Suggestion
}

// Suggest classifies a description and proposes values from the owner's
// memory, without a session. Errors: what builder.CheckDescription says.
func (g *Guide) Suggest(ctx context.Context, description string) (Suggestions, error) {
	if err := builder.CheckDescription(description); err != nil {
		return Suggestions{}, err
	}
	category := recall.Classify(description).Category
	suggestions, err := g.suggest(ctx, description, category)
	return Suggestions{category, suggestions}, err
}

func (g *Guide) sessionSuggestions(ctx context.Context, s *session) ([]recall.Suggestion, error) {
	if s.suggestions == nil {
		suggestions, err := g.suggest(ctx, s.state.Description, s.state.Category())
		if err != nil {
			return nil, err
		}
		s.suggestions = append([]recall.Suggestion{}, suggestions...)
	}
	return s.suggestions, nil
}

func (g *Guide) suggest(ctx context.Context, description string, category builder.PurposeCategory) ([]recall.Suggestion, error) {
	candidates, err := g.candidates(ctx, description, category)
	if err != nil {
		return nil, err
	}
	prefs, err := g.store.Preferences(ctx)
	if err != nil {
		return nil, err
	}
	all := recall.Suggest(candidates, prefs, recall.Query{Description: description, Category: category, Now: g.now()})
	offered := []recall.Suggestion{}
	for _, s := range all {
		if s.Value = g.offered(s.Field, s.Value); !s.Value.IsZero() {
			offered = append(offered, s)
		}
	}
	return offered, nil
}

// offered is what of a remembered value may be proposed today: not what the
// catalogue has retired, nor what would not do as an answer. No value is left
// where all of it is such.
func (g *Guide) offered(field string, v builder.Value) builder.Value {
	if items, isList := v.AsList(); isList {
		items = slices.DeleteFunc(items, func(item string) bool { return g.withdrawn(field, builder.List(item)) })
		if len(items) == 0 {
			return builder.Value{}
		}
		return builder.List(items...)
	}
	if g.withdrawn(field, v) {
		return builder.Value{}
	}
	return v
}

func (g *Guide) withdrawn(field string, v builder.Value) bool {
	if g.checkAnswer(Answer{Field: field, Value: v}) != nil {
		return true
	}
	if _, stale := g.staleValue(field, v, &builder.State{}); stale {
		return true
	}
	switch field {
	case builder.FieldTone:
		text, _ := v.AsText()
		tone, known := g.catalog.Tone(text)
		return known && tone.Retired
	case builder.FieldTraits:
		items, _ := v.AsList()
		return slices.ContainsFunc(items, func(item string) bool {
			trait, known := g.catalog.Trait(item)
			return known && trait.Retired
		})
	}
	return false
}

func (g *Guide) candidates(ctx context.Context, description string, category builder.PurposeCategory) ([]builder.MemoryEntry, error) {
	unknown := builder.Unknown
	queries := []builder.MemoryQuery{{Category: &category, Limit: newestInCategory}, {Limit: newestOverall}}
	if !category.IsUnknown() {
		queries = append(queries, builder.MemoryQuery{Category: &unknown, Limit: newestUncategorised})
	}
	var candidates []builder.MemoryEntry
	for _, q := range queries {
		page, err := g.store.Recall(ctx, q)
		if err != nil {
			return nil, err
		}
		candidates = append(candidates, page.Entries...)
	}
	similar, err := g.store.RecallSimilar(ctx, builder.Terms(description), mostSimilar)
	if err != nil {
		return nil, err
	}
	return append(candidates, similar...), nil
}
