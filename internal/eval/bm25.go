package main

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"unicode"
)

// The usual constants of BM25, and how many of the nearest vote.
const (
	bm25K1   = 1.2
	bm25B    = 0.75
	nearestN = 5
)

// nearestByBM25 picks the five choices whose descriptions match best, the
// newest of those that match equally; the oldest picked comes first.
func nearestByBM25(history []choice, c choice) []choice {
	counts := make([]map[string]float64, len(history))
	lengths := make([]float64, len(history))
	holding := map[string]float64{}
	var total float64
	for i, h := range history {
		counts[i] = map[string]float64{}
		for _, word := range plainWords(h.Description) {
			counts[i][word]++
			lengths[i]++
		}
		for word := range counts[i] {
			holding[word]++
		}
		total += lengths[i]
	}
	mean := total / float64(len(history))
	asked := plainWords(c.Description)
	slices.Sort(asked)
	asked = slices.Compact(asked)
	scores := make([]float64, len(history))
	order := make([]int, len(history))
	for i := range history {
		order[i] = i
		for _, word := range asked {
			n := counts[i][word]
			idf := math.Log1p((float64(len(history)) - holding[word] + 0.5) / (holding[word] + 0.5))
			scores[i] += idf * n * (bm25K1 + 1) / (n + bm25K1*(1-bm25B+bm25B*lengths[i]/mean))
		}
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Or(cmp.Compare(scores[b], scores[a]), b-a) })
	var picked []choice
	for _, i := range slices.Backward(order[:min(len(order), nearestN)]) {
		picked = append(picked, history[i])
	}
	return picked
}

func plainWords(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}
