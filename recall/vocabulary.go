package recall

import (
	"embed"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/boternity/boternity/builder"
)

//go:embed vocabulary
var vocabularyFiles embed.FS

// vocabularyNames are the files of the vocabulary; where categories score the
// same, the one that comes first here wins.
var vocabularyNames = []string{
	"simple_utility", "complex_analyst", "creative", "coding", "research", "customer_service", "custom", "common",
}

// loadVocabulary parses the vocabulary when it is first needed, since most
// commands classify nothing.
var loadVocabulary = sync.OnceValue(func() *vocabulary {
	v := newVocabulary()
	for _, name := range vocabularyNames {
		text, err := vocabularyFiles.ReadFile("vocabulary/" + name + ".txt")
		if err == nil {
			err = v.parse(string(text))
		}
		if err != nil {
			panic("vocabulary of " + name + ": " + err.Error()) // part of the program; its test parses it too
		}
	}
	return v
})

// vocabulary is what the files in vocabulary say; vocabulary/README.md tells
// how they are written.
type vocabulary struct {
	sections []section
	words    map[string]*entry   // of one word, by its term
	stems    map[string]*entry   // of the beginning of a word, by that
	phrases  map[string][]*entry // of several words, by the first one's term
	common   map[string]bool
}

// section is a purpose category, or a family of custom ones.
type section struct {
	category builder.PurposeCategory
	prior    float64 // the points that every description has
}

// entry is a word, a stem or a phrase with the points it gives.
type entry struct {
	written string
	terms   []string
	points  []points
}

type points struct {
	section int // index into sections
	points  float64
}

func newVocabulary() *vocabulary {
	return &vocabulary{words: map[string]*entry{}, stems: map[string]*entry{}, phrases: map[string][]*entry{}, common: map[string]bool{}}
}

const (
	commonSection = "common"
	everyText     = "*" // the entry that every description holds
)

// parse adds a file. Its errors name the line.
func (v *vocabulary) parse(text string) error {
	common, number, opened := false, 0, len(v.sections)
	for line := range strings.Lines(text) {
		number++
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		var err error
		if name, ok := strings.CutPrefix(line, "["); ok {
			name = strings.TrimSuffix(name, "]")
			if common = name == commonSection; !common {
				err = v.open(name)
			}
		} else if !common && len(v.sections) == opened {
			err = fmt.Errorf("words before a section")
		} else {
			err = v.addLine(line, common)
		}
		if err != nil {
			return fmt.Errorf("line %d: %w", number, err)
		}
	}
	return nil
}

func (v *vocabulary) open(name string) error {
	category, err := builder.CategoryFromString(strings.Replace(name, ": ", ":", 1))
	if err != nil || category.IsUnknown() || slices.ContainsFunc(v.sections, func(s section) bool { return s.category == category }) {
		return fmt.Errorf("not a purpose category, or there already")
	}
	v.sections = append(v.sections, section{category: category})
	return nil
}

func (v *vocabulary) addLine(line string, common bool) error {
	number, list, ok := strings.Cut(line, ":")
	n, err := strconv.Atoi(number)
	if !ok || err != nil || n < 0 {
		return fmt.Errorf("not points, a colon and words")
	}
	for written := range strings.SplitSeq(list, ",") {
		written = strings.TrimSpace(written)
		switch {
		case common:
			v.common[strings.Join(builder.Terms(written), " ")] = true
		case written == everyText:
			v.sections[len(v.sections)-1].prior = float64(n)
		default:
			if err := v.add(written, float64(n)); err != nil {
				return err
			}
		}
	}
	return nil
}

// add gives the open section points for what is written.
func (v *vocabulary) add(written string, n float64) error {
	here := len(v.sections) - 1
	e := v.entry(written)
	if e == nil || slices.ContainsFunc(e.points, func(p points) bool { return v.name(p.section) == v.name(here) }) {
		return fmt.Errorf("%q says nothing, or is there already", written)
	}
	e.points = append(e.points, points{here, n})
	return nil
}

// name is the category that a section's points are for, custom for every
// family.
func (v *vocabulary) name(section int) string { return v.sections[section].category.Name() }

// entry returns the entry of what is written, a new one where there is none
// yet, and nil where it has no term.
func (v *vocabulary) entry(written string) *entry {
	if stem, ok := strings.CutSuffix(written, "*"); ok {
		stem = withoutArticle(strings.ToLower(stem))
		if utf8.RuneCountInString(stem) < shortestStem {
			return nil
		}
		if v.stems[stem] == nil {
			v.stems[stem] = &entry{written: written, terms: []string{stem}}
		}
		return v.stems[stem]
	}
	terms := termsOf(written)
	switch len(terms) {
	case 0:
		return nil
	case 1:
		if v.words[terms[0]] == nil {
			v.words[terms[0]] = &entry{written: written, terms: terms}
		}
		return v.words[terms[0]]
	}
	for _, e := range v.phrases[terms[0]] {
		if slices.Equal(e.terms, terms) {
			return e
		}
	}
	e := &entry{written: written, terms: terms}
	v.phrases[terms[0]] = append(v.phrases[terms[0]], e)
	return e
}

const shortestStem = 2 // characters: two syllables of Hangul are a word

// ofWord finds the entry of a term: its own, or that of the longest stem that
// it begins with.
func (v *vocabulary) ofWord(term string) *entry {
	if e := v.words[term]; e != nil {
		return e
	}
	for i := len(term); i > 0; {
		_, size := utf8.DecodeLastRuneInString(term[:i])
		if e := v.stems[term[:i]]; e != nil {
			return e
		}
		i -= size
	}
	return nil
}

// termsOf are the terms of a text as the vocabulary knows them.
func termsOf(text string) []string { return withoutArticles(builder.Terms(text)) }

func withoutArticles(terms []string) []string {
	terms = slices.Clone(terms)
	for i, term := range terms {
		terms[i] = withoutArticle(term)
	}
	return terms
}

// arabicArticles are written together with the word they belong to, longest
// first.
var arabicArticles = []string{"وال", "بال", "كال", "فال", "لل", "ال"}

// withoutArticle cuts the article from an Arabic word of which a word is left.
func withoutArticle(term string) string {
	if r, _ := utf8.DecodeRuneInString(term); !unicode.Is(unicode.Arabic, r) {
		return term
	}
	for _, article := range arabicArticles {
		if word, ok := strings.CutPrefix(term, article); ok && utf8.RuneCountInString(word) >= 3 {
			return word
		}
	}
	return term
}
