package recall

import (
	"bytes"
	"cmp"
	"math"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
)

// What a memory entry weighs as evidence: how sure its choices make us.
const (
	halfLife   = 90 * 24 * time.Hour // after it an entry weighs half as much
	baseWeight = 0.6                 // of an entry whose description has nothing in common; an equal one adds 1

	// similarEnough is the similarity from which descriptions of different
	// categories are told to be alike. Two short sentences reach it with two
	// words in common.
	similarEnough = 0.25
)

// How near an entry is to the bot being built, which decides whose choice is
// proposed: the similarity of the descriptions and these parts are added up, and
// nearness grows by a factor of e with every nearnessStep, so that a few very
// near entries prevail over many far ones. docs/recall.md tells how the numbers
// were found.
const (
	openingPart  = 0.1  // for descriptions that begin with the same words: they were written after one template
	lengthPart   = 0.1  // for descriptions of the same length, which tells the same
	sittingPart  = 0.05 // for entries of just now, halved every sittingHalf: they were made in one go
	orderPart    = 0.05 // for the newest entries, halved with every orderHalf newer ones
	agePart      = 0.05 // for new entries, halved every ageHalf
	categoryPart = 0.1  // for entries of the same category
	nearnessStep = 0.1

	sittingHalf = 24 * time.Hour
	ageHalf     = 365 * 24 * time.Hour
	orderHalf   = 10
	openingSize = 24 // characters
	lengthBase  = 20 // characters added to both, so that two short texts do not differ by much
)

// candidate is a memory entry with what it is worth to the query.
type candidate struct {
	builder.MemoryEntry
	sameCategory bool
	similar      bool
	weight       float64 // of its evidence, at most 1.6
	nearness     float64
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
		age := max(q.Now.Sub(e.CreatedAt), 0)
		c := candidate{
			MemoryEntry:  e,
			sameCategory: category == q.Category && !category.IsUnknown(),
			similar:      similarity >= similarEnough,
			weight:       (baseWeight + similarity) * halved(age, halfLife),
		}
		near := similarity +
			openingPart*sameOpening(q.Description, e.Description) + lengthPart*sameLength(q.Description, e.Description) +
			sittingPart*halved(age, sittingHalf) + agePart*halved(age, ageHalf) + orderPart*math.Exp2(-float64(i)/orderHalf)
		if c.sameCategory {
			near += categoryPart
		}
		c.nearness = math.Exp(near / nearnessStep)
		candidates[i] = c
	}
	return candidates
}

// distinct returns the readable entries, each once, in the order of every
// list: by time, then id, both descending. Lists overlap, so that most entries
// come several times.
func distinct(entries []builder.MemoryEntry) []builder.MemoryEntry {
	var kept []builder.MemoryEntry
	at := map[uuid.UUID]int{}
	for _, e := range entries {
		i, known := at[e.ID]
		switch {
		case e.Problem != "":
		case !known:
			at[e.ID] = len(kept)
			kept = append(kept, e)
		case !reflect.DeepEqual(e, kept[i]) && before(e, kept[i]):
			kept[i] = e
		}
	}
	slices.SortFunc(kept, newerFirst)
	changed(kept)
	return kept
}

// changed lets a bot that was changed since speak once, with what it is now:
// each change leaves an entry of its own. What was declined stays declined.
func changed(newestFirst []builder.MemoryEntry) {
	seen := map[string]bool{}
	for i, e := range newestFirst {
		if e.BotSlug == nil {
			continue
		}
		if seen[*e.BotSlug] {
			newestFirst[i].Choices = nil
		}
		seen[*e.BotSlug] = true
	}
}

// before orders entries of one id, should they ever differ, so that it does not
// matter in which order they come.
func before(a, b builder.MemoryEntry) bool {
	return cmp.Or(newerFirst(a, b), bytes.Compare(encoded(a), encoded(b))) < 0
}

func newerFirst(a, b builder.MemoryEntry) int {
	return cmp.Or(b.CreatedAt.Compare(a.CreatedAt), bytes.Compare(b.ID[:], a.ID[:]))
}

// encoded is the entry as it is written, and nothing for one that cannot be.
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

// halved is 1 at no age and halves with every half.
func halved(age, half time.Duration) float64 { return math.Exp2(-age.Hours() / half.Hours()) }

// sameOpening is how much of the first characters two texts share.
func sameOpening(a, b string) float64 {
	shared := 0
	for shared < openingSize && a != "" && b != "" {
		r, size := utf8.DecodeRuneInString(a)
		other, otherSize := utf8.DecodeRuneInString(b)
		if unicode.ToLower(r) != unicode.ToLower(other) {
			break
		}
		a, b = a[size:], b[otherSize:]
		shared++
	}
	return float64(shared) / openingSize
}

// sameLength is 1 for texts of equal length and falls with their ratio.
func sameLength(a, b string) float64 {
	x, y := float64(utf8.RuneCountInString(a)+lengthBase), float64(utf8.RuneCountInString(b)+lengthBase)
	return min(x, y) / max(x, y)
}

// rarities counts in how many descriptions a term occurs.
type rarities map[string]int

func (r rarities) add(terms []string) {
	for _, term := range terms {
		r[term]++
	}
}

// What a term weighs more among the first of its description, which say what
// the bot is.
const (
	openingTerms  = 8
	openingWeight = 2
	rarityPower   = 1.5
)

// similarity is how much two descriptions have in common, from 0 to 1: the
// cosine of their terms, each weighing the more the fewer of the n
// descriptions have it. Words that any description may hold weigh nothing.
func (r rarities) similarity(a, b []string, n int) float64 {
	in := make(map[string]float64, len(a))
	var shared, sumA, sumB float64
	for i, term := range a {
		place := placeWeight(i)
		in[term] = place
		sumA += place * place * r.weight(term, n)
	}
	for i, term := range b {
		place, w := placeWeight(i), r.weight(term, n)
		sumB += place * place * w
		shared += place * in[term] * w
	}
	if shared == 0 {
		return 0
	}
	return shared / math.Sqrt(sumA*sumB)
}

func placeWeight(i int) float64 {
	if i < openingTerms {
		return openingWeight
	}
	return 1
}

func (r rarities) weight(term string, n int) float64 {
	if loadVocabulary().common[term] {
		return 0
	}
	return math.Pow(math.Log1p(float64(n)/float64(r[term])), rarityPower)
}

func isBlank(s string) bool { return strings.TrimSpace(s) == "" }
