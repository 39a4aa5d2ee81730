package recall

import (
	"cmp"
	"slices"

	"github.com/boternity/boternity/builder"
)

// General is the custom category of a description that belongs to none of the
// families that the vocabulary knows.
var General = builder.Custom("general")

// Classification is what a description is for, and what says so.
type Classification struct {
	Category builder.PurposeCategory
	Evidence []string // the words of the vocabulary that speak for it, weightiest first; General may have none
}

// leading is how many of a description's first terms count more, since people
// say first what a bot is and then what it also does.
const (
	leading       = 8
	leadingFactor = 1.3
)

// Classify finds the purpose of a description by the words of the vocabulary,
// in any language that they cover. The same text always gives the same answer.
// A blank description is unknown.
func Classify(description string) Classification {
	return classifyTerms(builder.Terms(description), description)
}

func classifyTerms(terms []string, description string) Classification {
	if isBlank(description) {
		return Classification{Category: builder.Unknown}
	}
	v := loadVocabulary()
	hits := v.hits(withoutArticles(terms))
	given := make([]float64, len(v.sections)) // by the words of each section
	for _, h := range hits {
		given[h.section] += h.points
	}
	byName := make(map[string]float64, len(v.sections))
	for i, s := range v.sections {
		byName[s.category.Name()] += s.prior + given[i]
	}
	best := v.sections[0].category
	for _, s := range v.sections {
		if byName[s.category.Name()] > byName[best.Name()] {
			best = s.category
		}
	}
	evidence := v.evidence(hits, best.Name())
	if _, custom := best.CustomText(); custom {
		best = v.family(given)
	}
	return Classification{Category: best, Evidence: evidence}
}

// family is the custom category whose words give most; General where none of
// them occurs.
func (v *vocabulary) family(given []float64) builder.PurposeCategory {
	best, most := General, 0.0
	for i, s := range v.sections {
		if text, custom := s.category.CustomText(); custom && text != "" && given[i] > most {
			best, most = s.category, given[i]
		}
	}
	return best
}

// hit is an entry of the vocabulary that a description holds, for one section.
type hit struct {
	written string
	section int
	points  float64
}

// hits finds what a description with these terms holds, in their order and
// each entry once.
func (v *vocabulary) hits(terms []string) []hit {
	position := make(map[string]int, len(terms))
	for i, term := range terms {
		if _, ok := position[term]; !ok {
			position[term] = i
		}
	}
	var hits []hit
	seen := make(map[*entry]bool, len(terms))
	add := func(e *entry, at int) {
		if seen[e] {
			return
		}
		seen[e] = true
		for _, p := range e.points {
			if at < leading {
				p.points *= leadingFactor
			}
			hits = append(hits, hit{e.written, p.section, p.points})
		}
	}
	for i, term := range terms {
		if e := v.ofWord(term); e != nil {
			add(e, i)
		}
		for _, e := range v.phrases[term] {
			if last, ok := e.lastIn(position); ok {
				add(e, last)
			}
		}
	}
	return hits
}

// lastIn is where the last of a phrase's terms stands, and whether all of them
// occur.
func (e *entry) lastIn(position map[string]int) (last int, ok bool) {
	for _, term := range e.terms {
		at, ok := position[term]
		if !ok {
			return 0, false
		}
		last = max(last, at)
	}
	return last, true
}

// evidence are the words that gave a category its points.
func (v *vocabulary) evidence(hits []hit, name string) []string {
	hits = slices.DeleteFunc(hits, func(h hit) bool { return v.name(h.section) != name })
	slices.SortStableFunc(hits, func(a, b hit) int { return cmp.Compare(b.points, a.points) })
	words := make([]string, len(hits))
	for i, h := range hits {
		words[i] = h.written
	}
	return words
}
