package recall

import (
	"cmp"
	"slices"

	"github.com/boternity/boternity/builder"
)

// acceptedWeight is what a value weighs that was suggested and taken, where one
// that was chosen or imported weighs 1. What nobody decided has no vote, nor has
// a source that is not known.
const acceptedWeight = 0.35

// declinesToStop is how many times in a row a value has to be declined before
// it is no longer suggested.
const declinesToStop = 3

// scope is which bots are asked about a field.
type scope int

const (
	likes      scope = iota // those of the same category, else the similar ones
	likesFirst              // these, else the others
	everyone                // all at once
)

// kind is how the bots that speak for a field relate to the one being built.
type kind int

const (
	sameCategory kind = iota
	similar
	other
	mixed // several of these
)

const (
	maxItems  = 64 // of one list that vote
	maxVoters = 15 // nearest bots that vote on a field
)

// group is the bots that are asked about one field.
type group struct {
	field   string
	kind    kind
	members []member // newest first
	voters  []member // those of them that vote, newest first
	cut     bool     // there were more to vote
}

// member is what one candidate has to say about the field.
type member struct {
	*candidate
	values   []builder.Value // its value, or the items of its list
	source   builder.Source  // of its value; empty where it has none
	declined []builder.Value // what was suggested for the field and not taken
}

// groupFor picks those that are asked about a field; of the first kind of which
// someone decided on it.
func groupFor(candidates []candidate, field string, asked scope) (*group, bool) {
	if asked == everyone {
		g := newGroup(candidates, field, func(candidate) bool { return true })
		return g, len(g.voters) > 0
	}
	belongs := []func(candidate) bool{
		sameCategory: func(c candidate) bool { return c.sameCategory },
		similar:      func(c candidate) bool { return c.similar },
		other:        func(candidate) bool { return asked == likesFirst },
	}
	for _, in := range belongs {
		if g := newGroup(candidates, field, in); len(g.voters) > 0 {
			return g, true
		}
	}
	return nil, false
}

// kind is how the candidate relates to the bot being built.
func (c *candidate) kind() kind {
	switch {
	case c.sameCategory:
		return sameCategory
	case c.similar:
		return similar
	}
	return other
}

// newGroup lets the nearest of those that belong and for which someone chose a
// value of the field vote, and all that took one that was suggested: of these
// only the best counts.
func newGroup(candidates []candidate, field string, belongs func(candidate) bool) *group {
	g := &group{field: field}
	var chosen []member
	for i := range candidates {
		if !belongs(candidates[i]) {
			continue
		}
		m := newMember(&candidates[i], field)
		g.members = append(g.members, m)
		switch {
		case m.source == builder.Accepted:
			g.voters = append(g.voters, m)
		case m.source.Decided():
			chosen = append(chosen, m)
		}
	}
	slices.SortStableFunc(chosen, func(a, b member) int { return cmp.Compare(b.nearness, a.nearness) })
	g.cut = len(chosen) > maxVoters
	g.voters = append(g.voters, chosen[:min(len(chosen), maxVoters)]...)
	slices.SortFunc(g.voters, func(a, b member) int { return newerFirst(a.MemoryEntry, b.MemoryEntry) })
	g.kind = kindOf(g.voters)
	return g
}

func kindOf(voters []member) kind {
	for _, m := range voters {
		if m.kind() != voters[0].kind() {
			return mixed
		}
	}
	if len(voters) == 0 {
		return other
	}
	return voters[0].kind()
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
	m.values, m.source = votables(choice.Value), choice.Source
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

// stopped reports whether a value was declined so often, since someone last
// decided for it, that it is not to be suggested. Bots in which it came up
// neither way do not interrupt the row: it was not shown there.
func (g *group) stopped(v builder.Value) bool {
	declines := 0
	for _, m := range g.members {
		if m.source.Decided() && slices.Contains(m.values, v) {
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
