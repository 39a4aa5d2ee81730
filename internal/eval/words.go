package main

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/boternity/boternity/builder"
)

// categorised is a description with its publisher's category.
type categorised struct {
	Description string `json:"description"`
	Category    string `json:"source_category"`
}

const (
	wordsListed = 40 // of each category
	seldom      = 5  // descriptions; a word in fewer tells nothing
)

// listWords prints for every category the words that are found there far more
// often than elsewhere, weighed by how sure that is: candidates for the
// vocabulary, for a person to choose from.
func listWords(path string, out *strings.Builder) error {
	records, err := readLines[categorised](path)
	if err != nil {
		return err
	}
	in := map[string]map[string]int{}
	total := map[string]int{}
	size := map[string]int{}
	for _, r := range records {
		if r.Category == "" {
			continue
		}
		if in[r.Category] == nil {
			in[r.Category] = map[string]int{}
		}
		size[r.Category]++
		for _, term := range builder.Terms(r.Description) {
			in[r.Category][term]++
			total[term]++
		}
	}
	all := 0
	for _, n := range size {
		all += n
	}
	for _, category := range slices.Sorted(maps.Keys(in)) {
		// The log-odds of the word, less their standard error.
		score := func(term string) float64 {
			here, elsewhere := float64(in[category][term])+0.5, float64(total[term]-in[category][term])+0.5
			without, others := float64(size[category])-here+1, float64(all-size[category])-elsewhere+1
			return math.Log(here*others/(without*elsewhere)) - math.Sqrt(1/here+1/without+1/elsewhere+1/others)
		}
		var terms []string
		for term := range in[category] {
			if total[term] >= seldom {
				terms = append(terms, term)
			}
		}
		slices.SortFunc(terms, func(a, b string) int {
			return cmp.Or(cmp.Compare(score(b), score(a)), strings.Compare(a, b))
		})
		fmt.Fprintf(out, "%s (%d): %s\n", category, size[category], strings.Join(terms[:min(len(terms), wordsListed)], " "))
	}
	return nil
}
