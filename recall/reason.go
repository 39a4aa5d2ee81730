package recall

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/boternity/boternity/builder"
)

// The most of a reason that values may take up: a boundary can be a page.
const (
	reasonItems = 3
	reasonRunes = 60
)

// reason says who speaks for the values, how many of how many, and when last.
func (g *group) reason(tallies []*tally, s Suggestion, q Query) string {
	var chosen time.Time
	for _, m := range g.voters {
		if slices.Contains(s.Evidence, m.ID) {
			chosen = later(chosen, m.CreatedAt)
		}
	}
	last := "last on"
	if s.Support == 1 {
		last = "on"
	}
	reason := fmt.Sprintf("%s, %s %s", g.counted(tallies, s, q.Category), last, date(chosen, q.Now))
	if s.Taken > 0 {
		reason += fmt.Sprintf("; taken as suggested in %d more", s.Taken)
	}
	return reason
}

func (g *group) counted(tallies []*tally, s Suggestion, category builder.PurposeCategory) string {
	some := len(g.members) > len(g.voters) && !g.cut // the others left it open
	if s.Of == 1 {
		if some {
			return fmt.Sprintf("%s in the one %s you chose it for", names(tallies, false), g.bots(category, "bot"))
		}
		return fmt.Sprintf("%s in your one %s", names(tallies, false), g.bots(category, "bot"))
	}
	of := func(bots string) string {
		if some {
			return fmt.Sprintf("of the %d %s you chose it for", s.Of, bots)
		}
		return fmt.Sprintf("of your %d %s", s.Of, bots)
	}
	bots := g.bots(category, "bots")
	if g.cut {
		bots = "nearest " + bots
	}
	for _, t := range tallies {
		if len(t.support) != len(tallies[0].support) {
			more := ""
			if len(tallies) > reasonItems {
				more = " in some"
			}
			return fmt.Sprintf("%s%s %s", names(tallies, true), more, of(bots))
		}
	}
	return fmt.Sprintf("%s in %d %s", names(tallies, false), len(tallies[0].support), of(bots))
}

// names joins the values: "a, b and c", each with its count where they differ.
func names(tallies []*tally, counts bool) string {
	var parts []string
	for i, t := range tallies {
		if i == reasonItems {
			parts = append(parts, fmt.Sprintf("%d more", len(tallies)-reasonItems))
			break
		}
		name := cut(t.value.String())
		if counts {
			name = fmt.Sprintf("%s in %d", name, len(t.support))
		}
		parts = append(parts, name)
	}
	if len(parts) == 1 {
		return parts[0]
	}
	return strings.Join(parts[:len(parts)-1], ", ") + " and " + parts[len(parts)-1]
}

// bots names the bots of the group; noun is "bot" or "bots".
func (g *group) bots(category builder.PurposeCategory, noun string) string {
	switch g.kind {
	case similar:
		return "similar " + noun
	case other:
		return "other " + noun
	case mixed:
		return noun
	}
	return categoryName(category) + " " + noun
}

func categoryName(category builder.PurposeCategory) string {
	switch category {
	case builder.SimpleUtility:
		return "utility"
	case builder.ComplexAnalyst:
		return "analyst"
	case builder.CustomerService:
		return "customer service"
	}
	if text, custom := category.CustomText(); custom {
		if isBlank(text) {
			text = "custom"
		}
		return cut(text)
	}
	return category.Name()
}

// date is the day in now's location, with the year where it is another.
func date(at, now time.Time) string {
	at = at.In(now.Location())
	if at.Year() == now.Year() {
		return at.Format("2 January")
	}
	return at.Format("2 January 2006")
}

// cut puts a text on one line and shortens it.
func cut(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if runes := []rune(s); len(runes) > reasonRunes {
		return string(runes[:reasonRunes-1]) + "…"
	}
	return s
}
