package recall

import (
	"bytes"
	"cmp"
	"slices"
	"time"

	"github.com/boternity/boternity/builder"
	"github.com/google/uuid"
)

// What a value weighs by its source. A source that is not known counts as a
// default does.
const (
	acceptedWeight = 0.35
	defaultWeight  = 0.02
)

// declinesToStop is how many times in a row a value has to be declined before
// it is no longer suggested.
const declinesToStop = 3

// kind is how the bots that speak for a field relate to the one being built.
type kind int

const (
	sameCategory kind = iota
	similar
	other
)

// maxItems is how many items of one list vote.
const maxItems = 64

// group is the candidates that speak for one field, newest first.
type group struct {
	field   string
	kind    kind
	members []member
	decided int // members in which someone decided on the field
}

// member is what one candidate has to say about the field.
type member struct {
	*candidate
	values   []builder.Value // its value, or the items of its list
	holds    bool            // it has a value, if only an empty list
	decided  bool            // and someone decided on it
	source   builder.Source
	declined []builder.Value // what was suggested for the field and not taken
}

// groupFor picks the nearest candidates of which at least one has decided on
// the field.
func groupFor(candidates []candidate, field string, general bool) (*group, bool) {
	belongs := []func(candidate) bool{
		sameCategory: func(c candidate) bool { return c.sameCategory },
		similar:      func(c candidate) bool { return c.similar },
		other:        func(candidate) bool { return general },
	}
	for k, in := range belongs {
		g := &group{field: field, kind: kind(k)}
		for i, c := range candidates {
			if !in(c) {
				continue
			}
			m := newMember(&candidates[i], field)
			g.members = append(g.members, m)
			if m.decided {
				g.decided++
			}
		}
		if g.decided > 0 {
			return g, true
		}
	}
	return nil, false
}

func newMember(c *candidate, field string) member {
	m := member{candidate: c}
	for _, d := range c.Declined {
		if d.Field == field {
			m.declined = append(m.declined, votables(d.Value)...)
		}
	}
	choice, ok := c.Choices[field]
	// A value that the field cannot take may come from another program.
	if !ok || builder.CheckValue(field, choice.Value) != nil {
		return m
	}
	m.values, m.holds, m.source, m.decided = votables(choice.Value), true, choice.Source, choice.Source.Decided()
	return m
}

// votables are what a value is voted on by: itself, or its items where it is a
// list.
func votables(v builder.Value) []builder.Value {
	items, isList := v.AsList()
	if !isList {
		return []builder.Value{v}
	}
	var values []builder.Value
	for _, item := range items[:min(len(items), maxItems)] {
		if v := builder.Text(item); !slices.Contains(values, v) {
			values = append(values, v)
		}
	}
	return values
}

// suggest lets the group vote. For a list every item stands for itself.
func (g *group) suggest(prefs builder.Preferences, q Query) (Suggestion, bool) {
	tallies := g.count()
	tallies = slices.DeleteFunc(tallies, func(t *tally) bool {
		return len(t.support) == 0 || prefs.Never(g.field, t.value) || g.stopped(t.value)
	})
	if isListField(g.field) {
		tallies = slices.DeleteFunc(tallies, func(t *tally) bool { return t.inFavour.weight() < t.against.weight() })
	}
	if len(tallies) == 0 {
		return Suggestion{}, false
	}
	slices.SortFunc(tallies, compareTallies)
	s := Suggestion{Field: g.field, Of: g.decided}
	supporting := map[uuid.UUID]bool{}
	if isListField(g.field) {
		items := make([]string, len(tallies))
		s.Confidence = 1
		for i, t := range tallies {
			items[i], _ = t.value.AsText()
			s.Confidence = min(s.Confidence, t.confidence())
		}
		s.Value = builder.List(items...)
	} else {
		tallies = tallies[:1]
		s.Value, s.Confidence = tallies[0].value, tallies[0].confidence()
	}
	for _, t := range tallies {
		for _, id := range t.support {
			supporting[id] = true
		}
	}
	for _, m := range g.members {
		if supporting[m.ID] {
			s.Evidence = append(s.Evidence, m.ID)
			s.LastUsed = later(s.LastUsed, m.CreatedAt)
		}
	}
	s.Support = len(s.Evidence)
	s.Reason = g.reason(tallies, s, q)
	return s, true
}

// tally is what speaks for a value and against it.
type tally struct {
	value    builder.Value
	inFavour votes
	against  votes
	support  []uuid.UUID // of the bots that someone decided so for, newest first
	lastUsed time.Time
}

// votes adds up choices, and keeps only the best of what was merely accepted
// and of what nobody decided. A suggestion that is taken again and again so
// keeps a choice from fading, but is never another vote for it; otherwise
// suggestions would feed on themselves.
type votes struct{ chosen, accepted, defaulted float64 }

func (v *votes) add(m member) {
	switch m.source {
	case builder.Chosen, builder.Imported:
		v.chosen += m.weight
	case builder.Accepted:
		v.accepted = max(v.accepted, acceptedWeight*m.weight)
	default:
		v.defaulted = max(v.defaulted, defaultWeight*m.weight)
	}
}

func (v votes) weight() float64 { return max(v.chosen, v.accepted, v.defaulted) }

func (t *tally) confidence() float64 {
	return t.inFavour.weight() / (1 + t.inFavour.weight() + t.against.weight())
}

// compareTallies orders by weight, then by what was used last, then by the
// value's text.
func compareTallies(a, b *tally) int {
	if order := cmp.Compare(b.inFavour.weight(), a.inFavour.weight()); order != 0 {
		return order
	}
	if order := b.lastUsed.Compare(a.lastUsed); order != 0 {
		return order
	}
	return bytes.Compare(valueText(a.value), valueText(b.value))
}

func (g *group) count() []*tally {
	var tallies []*tally
	holders := map[builder.Value]map[uuid.UUID]bool{}
	for _, m := range g.members {
		for _, v := range m.values {
			if holders[v] == nil {
				holders[v] = map[uuid.UUID]bool{}
				tallies = append(tallies, &tally{value: v})
			}
			holders[v][m.ID] = true
		}
	}
	for _, t := range tallies {
		for _, m := range g.members {
			switch {
			case !m.holds:
			case !holders[t.value][m.ID]:
				t.against.add(m)
			default:
				t.inFavour.add(m)
				if m.decided {
					t.support = append(t.support, m.ID)
					t.lastUsed = later(t.lastUsed, m.CreatedAt)
				}
			}
		}
	}
	return tallies
}

// stopped reports whether a value was declined so often, since someone last
// decided for it, that it is not to be suggested. Bots in which it came up
// neither way do not interrupt the row: it was not shown there.
func (g *group) stopped(v builder.Value) bool {
	declines := 0
	for _, m := range g.members {
		if m.decided && slices.Contains(m.values, v) {
			return false
		}
		if slices.Contains(m.declined, v) {
			if declines++; declines == declinesToStop {
				return true
			}
		}
	}
	return false
}

func isListField(field string) bool {
	return field == builder.FieldTags || field == builder.FieldTraits || field == builder.FieldSkills
}

func valueText(v builder.Value) []byte {
	b, _ := v.MarshalJSON() // it never fails
	return b
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
