package recall

import (
	_ "embed"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/boternity/boternity/builder"
)

//go:embed vocabulary.txt
var vocabularyText string

// loadVocabulary parses the vocabulary when it is first needed, since most
// commands classify nothing.
var loadVocabulary = sync.OnceValue(func() *vocabulary {
	v, err := parseVocabulary(vocabularyText)
	if err != nil {
		panic("vocabulary.txt: " + err.Error()) // part of the program; its test parses it too
	}
	return v
})

// vocabulary is what vocabulary.txt says, found by an entry's first term.
type vocabulary struct {
	categories []builder.PurposeCategory // in the order of their sections
	byTerm     map[string][]vocabularyEntry
	common     map[string]bool
}

type vocabularyEntry struct {
	category int // index into categories
	weight   float64
	words    string   // as written in the file
	terms    []string // all of which a description has to hold
}

const commonSection = "common"

func parseVocabulary(text string) (*vocabulary, error) {
	v := &vocabulary{byTerm: map[string][]vocabularyEntry{}, common: map[string]bool{}}
	seen := map[string]bool{}
	section := ""
	number := 0
	for line := range strings.Lines(text) {
		number++
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if name, ok := strings.CutPrefix(line, "["); ok {
			section = strings.TrimSuffix(name, "]")
			if section == commonSection {
				continue
			}
			category, err := builder.CategoryFromString(strings.Replace(section, ": ", ":", 1))
			if err != nil || category.IsUnknown() {
				return nil, fmt.Errorf("line %d: not a purpose category", number)
			}
			v.categories = append(v.categories, category)
			continue
		}
		weightText, list, ok := strings.Cut(line, ":")
		weight, err := strconv.ParseFloat(weightText, 64)
		if !ok || err != nil || section == "" {
			return nil, fmt.Errorf("line %d: not a weight, a colon and words in a section", number)
		}
		for words := range strings.SplitSeq(list, ",") {
			words = strings.TrimSpace(words)
			terms := builder.Terms(words)
			key := strings.Join(terms, " ")
			if key == "" || (seen[key] && section != commonSection) {
				return nil, fmt.Errorf("line %d: %q says nothing, or is there already", number, words)
			}
			seen[key] = true
			if section == commonSection {
				v.common[key] = true
				continue
			}
			e := vocabularyEntry{len(v.categories) - 1, weight, words, terms}
			v.byTerm[terms[0]] = append(v.byTerm[terms[0]], e)
		}
	}
	return v, nil
}
