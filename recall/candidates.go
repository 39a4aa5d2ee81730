package recall

import (
	"bytes"
	"math"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/boternity/boternity/builder"
	"github.com/google/uuid"
)

// What a memory entry weighs.
const (
	halfLife   = 90 * 24 * time.Hour // after it an entry weighs half as much
	baseWeight = 0.6                 // of an entry whose description has nothing in common; an equal one adds 1

	// similarEnough is the similarity from which descriptions of different
	// categories are told to be alike. Two short sentences reach it with two
	// words in common.
	similarEnough = 0.25
)

// candidate is a memory entry with what it is worth to the query.
type candidate struct {
	builder.MemoryEntry
	sameCategory bool
	similar      bool
	weight       float64
}

// rank drops what cannot count, weighs the rest and orders it newest first. It
// fills in what the query leaves open.
func rank(entries []builder.MemoryEntry, q *Query) []candidate {
	entries = distinct(entries)
	if q.Now.IsZero() && len(entries) > 0 {
		q.Now = entries[0].CreatedAt
	}
	asked := builder.Terms(q.Description)
	q.Category = categoryOf(q.Category, q.Description, asked)

	terms := make([][]string, len(entries))
	rarity := rarities{}
	rarity.add(asked)
	for i, e := range entries {
		terms[i] = builder.Terms(e.Description)
		rarity.add(terms[i])
	}
	candidates := make([]candidate, len(entries))
	for i, e := range entries {
		category := categoryOf(e.Category, e.Description, terms[i])
		similarity := rarity.similarity(asked, terms[i], len(entries)+1)
		candidates[i] = candidate{
			MemoryEntry:  e,
			sameCategory: category == q.Category && !category.IsUnknown(),
			similar:      similarity >= similarEnough,
			weight:       (baseWeight + similarity) * freshness(q.Now.Sub(e.CreatedAt)),
		}
	}
	return candidates
}

// distinct returns the readable entries, each once, in the order of every
// list: by time, then id, both descending.
func distinct(entries []builder.MemoryEntry) []builder.MemoryEntry {
	entries = slices.DeleteFunc(slices.Clone(entries), func(e builder.MemoryEntry) bool { return e.Problem != "" })
	slices.SortFunc(entries, func(a, b builder.MemoryEntry) int {
		if !a.CreatedAt.Equal(b.CreatedAt) {
			return b.CreatedAt.Compare(a.CreatedAt)
		}
		if a.ID != b.ID {
			return bytes.Compare(b.ID[:], a.ID[:])
		}
		return bytes.Compare(encoded(a), encoded(b))
	})
	seen := map[uuid.UUID]bool{}
	return slices.DeleteFunc(entries, func(e builder.MemoryEntry) bool {
		known := seen[e.ID]
		seen[e.ID] = true
		return known
	})
}

// encoded orders entries of one id, should they ever differ. One that cannot
// be written comes first.
func encoded(e builder.MemoryEntry) []byte {
	b, err := builder.EncodeEntry(e)
	if err != nil {
		return nil
	}
	return b
}

// echoRunes is how much of a description a custom category has to repeat
// before it is taken for an echo of it.
const echoRunes = 30

// categoryOf classifies a description that has no category yet. Older programs
// wrote the beginning of the description into a custom category when they knew
// no better; that is none either, and no two bots would ever share it.
func categoryOf(category builder.PurposeCategory, description string, terms []string) builder.PurposeCategory {
	text, custom := category.CustomText()
	echo := custom && (text == description || utf8.RuneCountInString(text) >= echoRunes && strings.HasPrefix(description, text))
	if category.IsUnknown() || echo {
		return classifyTerms(terms, description).Category
	}
	return category
}

// freshness is 1 for what is new and halves with every half-life.
func freshness(age time.Duration) float64 {
	return math.Exp2(-max(age, 0).Hours() / halfLife.Hours())
}

// rarities counts in how many descriptions a term occurs.
type rarities map[string]int

func (r rarities) add(terms []string) {
	for _, term := range terms {
		r[term]++
	}
}

// similarity is how much two descriptions have in common, from 0 to 1: the
// cosine of their terms, each weighing the more the fewer of the n
// descriptions have it. Words that any description may hold weigh nothing.
func (r rarities) similarity(a, b []string, n int) float64 {
	in := make(map[string]bool, len(a))
	for _, term := range a {
		in[term] = true
	}
	var shared, sumB float64
	for _, term := range b {
		w := r.weight(term, n)
		sumB += w
		if in[term] {
			shared += w
		}
	}
	if shared == 0 {
		return 0
	}
	var sumA float64
	for _, term := range a {
		sumA += r.weight(term, n)
	}
	return shared / math.Sqrt(sumA*sumB)
}

func (r rarities) weight(term string, n int) float64 {
	if loadVocabulary().common[term] {
		return 0
	}
	w := math.Log1p(float64(n) / float64(r[term]))
	return w * w
}

func isBlank(s string) bool { return strings.TrimSpace(s) == "" }
