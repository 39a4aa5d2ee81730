package builder

import (
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/clipperhouse/uax29/v2/words"
	"github.com/kljensen/snowball/english"
	"github.com/kljensen/snowball/russian"
)

// MaxTerms is how many terms a text has at most; the first ones count.
const MaxTerms = 64

// maxTermBytes bounds a term; what is longer is no word that anyone repeats.
const maxTermBytes = 48

// Terms returns what a text is found by: its distinct words in the order they
// come, in lower case and stemmed, without the commonest English ones. Scripts
// that set no spaces between words give pairs of neighbouring characters. Terms
// are made here, not by a database, so that every store finds the same entries.
func Terms(text string) []string {
	var terms []string
	seen := map[string]bool{}
	add := func(term string) {
		if term != "" && len(term) <= maxTermBytes && !seen[term] && len(terms) < MaxTerms {
			seen[term] = true
			terms = append(terms, term)
		}
	}
	var run []rune // neighbouring characters of a script without spaces
	flush := func() {
		if len(run) == 1 {
			add(string(run))
		}
		for i := range max(len(run)-1, 0) {
			add(string(run[i : i+2]))
		}
		run = run[:0]
	}
	tokens := words.FromString(strings.ToLower(text))
	for len(terms) < MaxTerms && tokens.Next() {
		word := tokens.Value()
		first, _ := utf8.DecodeRuneInString(word)
		if unspaced(first) {
			run = append(run, []rune(word)...)
			continue
		}
		flush()
		if unicode.IsLetter(first) || unicode.IsDigit(first) {
			add(stem(word, first))
		}
	}
	flush()
	return terms
}

// unspaced reports whether r is of a script that sets no spaces between words.
func unspaced(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
}

// stem cuts a word's ending by its script: Latin words as English ones, the
// language most descriptions are in, Cyrillic as Russian; others stay whole.
func stem(word string, first rune) string {
	switch {
	case english.IsStopWord(word) || len(word) < 2:
		return ""
	case unicode.Is(unicode.Latin, first):
		return stems.of(word, english.Stem)
	case unicode.Is(unicode.Cyrillic, first):
		return stems.of(word, russian.Stem)
	}
	return word
}

// stems remembers the stems of words seen lately: finding them is most of the
// work of Terms, and a suggestion needs the terms of a hundred descriptions.
var stems = stemCache{known: map[string]string{}}

const rememberedStems = 1 << 13 // half a megabyte

type stemCache struct {
	mu    sync.RWMutex
	known map[string]string
}

func (c *stemCache) of(word string, find func(word string, stemStopWords bool) string) string {
	if len(word) > maxTermBytes {
		return find(word, false) // not worth the memory
	}
	c.mu.RLock()
	stem, ok := c.known[word]
	c.mu.RUnlock()
	if ok {
		return stem
	}
	stem = strings.Clone(find(word, false))
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.known) >= rememberedStems {
		clear(c.known)
	}
	c.known[strings.Clone(word)] = stem // alone, not with the text it was cut from
	return stem
}
