package recall

import (
	"bytes"
	"cmp"
	"slices"
	"time"

	"github.com/boternity/boternity/builder"
	"github.com/google/uuid"
)

// suggest lets the group vote. For a list every item stands for itself.
func (g *group) suggest(prefs builder.Preferences, q Query) (Suggestion, bool) {
	tallies := slices.DeleteFunc(g.count(), func(t *tally) bool {
		return prefs.Never(g.field, t.value) || g.stopped(t.value)
	})
	if isListField(g.field) {
		tallies = slices.DeleteFunc(tallies, func(t *tally) bool { return t.share() < itemShare })
	}
	if len(tallies) == 0 {
		return Suggestion{}, false
	}
	slices.SortFunc(tallies, compareTallies)
	s := Suggestion{Field: g.field}
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
	g.support(&s, tallies)
	s.Reason = g.reason(tallies, s, q)
	return s, true
}

// support says who is behind the values of a suggestion.
func (g *group) support(s *Suggestion, tallies []*tally) {
	supporting, taking := map[uuid.UUID]bool{}, map[uuid.UUID]bool{}
	for _, t := range tallies {
		for _, id := range t.support {
			supporting[id] = true
		}
		for _, id := range t.taken {
			taking[id] = true
		}
	}
	for _, m := range g.voters {
		switch {
		case supporting[m.ID]:
			s.Evidence = append(s.Evidence, m.ID)
			s.LastUsed = later(s.LastUsed, m.CreatedAt)
		case taking[m.ID]:
			s.Taken++
			s.LastUsed = later(s.LastUsed, m.CreatedAt)
		}
		if m.source != builder.Accepted || supporting[m.ID] {
			s.Of++
		}
	}
	s.Support = len(s.Evidence)
}

// tally is what speaks for a value and against it: by nearness, which decides,
// and by weight, which says how sure that is.
type tally struct {
	value             builder.Value
	near, nearAgainst votes
	inFavour, against votes
	support           []uuid.UUID // bots it was chosen for, newest first; where there are none, the newest that took it
	taken             []uuid.UUID // further bots that took it when it was suggested
	lastUsed          time.Time
}

// itemShare is the share of the votes from which an item of a list is proposed.
// A little below half is best where the lists that are proposed agree with those
// chosen in nine of ten items.
const itemShare = 0.45

func (t *tally) share() float64 {
	return t.near.deciding() / (t.near.deciding() + t.nearAgainst.deciding())
}

// votes adds up choices, and keeps only the best of what was merely accepted.
type votes struct{ chosen, accepted float64 }

func (v *votes) add(source builder.Source, amount float64) {
	if source == builder.Accepted {
		v.accepted = max(v.accepted, acceptedWeight*amount)
	} else {
		v.chosen += amount
	}
}

// deciding is what counts when values compete: what was accepted only where
// nothing that was chosen is known any more. Otherwise suggestions would feed on
// themselves, since they are taken for the bots that come next.
func (v votes) deciding() float64 {
	if v.chosen > 0 {
		return v.chosen
	}
	return v.accepted
}

// sure is what counts for how sure a value is. Taking it again and again keeps a
// choice from fading, and is never another vote for it.
func (v votes) sure() float64 { return max(v.chosen, v.accepted) }

func (t *tally) confidence() float64 {
	return t.inFavour.sure() / (1 + t.inFavour.sure() + t.against.sure())
}

func (t *tally) add(m member, holds bool) {
	if !holds {
		t.nearAgainst.add(m.source, m.nearness)
		t.against.add(m.source, m.weight)
		return
	}
	t.near.add(m.source, m.nearness)
	t.inFavour.add(m.source, m.weight)
	t.lastUsed = later(t.lastUsed, m.CreatedAt)
	if m.source == builder.Accepted {
		t.taken = append(t.taken, m.ID)
	} else {
		t.support = append(t.support, m.ID)
	}
}

// count gives every value that a voter has its tally.
func (g *group) count() []*tally {
	var tallies []*tally
	holders := map[builder.Value]map[uuid.UUID]bool{}
	for _, m := range g.voters {
		for _, v := range m.values {
			if holders[v] == nil {
				holders[v] = map[uuid.UUID]bool{}
				tallies = append(tallies, &tally{value: v})
			}
			holders[v][m.ID] = true
		}
	}
	for _, t := range tallies {
		for _, m := range g.voters {
			t.add(m, holders[t.value][m.ID])
		}
		if len(t.support) == 0 {
			t.support, t.taken = t.taken[:1], t.taken[1:]
		}
	}
	return tallies
}

// compareTallies orders by nearness, then by what was used last, then by the
// value's text.
func compareTallies(a, b *tally) int {
	return cmp.Or(
		cmp.Compare(b.near.deciding(), a.near.deciding()),
		b.lastUsed.Compare(a.lastUsed),
		bytes.Compare(valueText(a.value), valueText(b.value)),
	)
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
