package recall

import (
	"cmp"
	"slices"

	"github.com/boternity/boternity/builder"
)

// General is the custom category of a description in which no word says what
// it is for.
var General = builder.Custom("general")

// Classification is what a description is for, and what says so.
type Classification struct {
	Category builder.PurposeCategory
	Evidence []string // the words of the vocabulary that decided, weightiest first; none for General
}

// leading is how many of a description's first terms count more, since people
// say first what a bot is and then what it also does.
const (
	leading       = 8
	leadingFactor = 1.5
)

// Classify finds the purpose of a description by the words of vocabulary.txt,
// in any language that they cover. The same text always gives the same answer.
// A description whose words say nothing is General, a blank one is unknown.
func Classify(description string) Classification {
	return classifyTerms(builder.Terms(description), description)
}

func classifyTerms(terms []string, description string) Classification {
	if isBlank(description) {
		return Classification{Category: builder.Unknown}
	}
	v := loadVocabulary()
	position := make(map[string]int, len(terms))
	for i, term := range terms {
		position[term] = i
	}
	scores := make([]float64, len(v.categories))
	var hits []hit
	for _, term := range terms {
		for _, e := range v.byTerm[term] {
			if weight := e.weightIn(position); weight > 0 {
				scores[e.category] += weight
				hits = append(hits, hit{e, weight})
			}
		}
	}
	best := 0
	for i, score := range scores {
		if score > scores[best] {
			best = i
		}
	}
	if scores[best] == 0 {
		return Classification{Category: General}
	}
	return Classification{Category: v.categories[best], Evidence: evidence(hits, best)}
}

// hit is an entry of the vocabulary that a description holds.
type hit struct {
	entry  vocabularyEntry
	weight float64
}

// weightIn is what the entry counts in a description with terms at these
// positions; 0 unless all of its own are there.
func (e vocabularyEntry) weightIn(position map[string]int) float64 {
	last := 0
	for _, term := range e.terms {
		at, ok := position[term]
		if !ok {
			return 0
		}
		last = max(last, at)
	}
	if last < leading {
		return e.weight * leadingFactor
	}
	return e.weight
}

func evidence(hits []hit, category int) []string {
	hits = slices.DeleteFunc(hits, func(h hit) bool { return h.entry.category != category })
	slices.SortStableFunc(hits, func(a, b hit) int { return cmp.Compare(b.weight, a.weight) })
	words := make([]string, len(hits))
	for i, h := range hits {
		words[i] = h.entry.words
	}
	return words
}
