package forge

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/boternity/boternity/bot"
	"github.com/boternity/boternity/builder"
)

// fallbackName is for descriptions without a single word to make a name of.
const fallbackName = "My Bot"

// nameWords is how many words of a description make a name, and nameRunes how
// long one gets in a script that sets no spaces.
const (
	nameWords = 4
	nameRunes = 24
)

// nameFrom makes a name of a description's first words, without those that only
// lead up to it ("I want a bot that …") and those it would end on in mid-air.
func nameFrom(description string) string {
	var words []string
	for word := range strings.FieldsFuncSeq(description, betweenWords) {
		if len(words) == nameWords {
			break
		}
		if len(words) > 0 || !slices.Contains(leadingWords, strings.ToLower(word)) {
			words = append(words, capital(builder.CutRunes(word, nameRunes)))
		}
	}
	for len(words) > 1 && slices.Contains(joiningWords, strings.ToLower(words[len(words)-1])) {
		words = words[:len(words)-1]
	}
	name := strings.Join(words, " ")
	if _, err := bot.Slug(name); err != nil {
		return fallbackName
	}
	return name
}

var (
	leadingWords = strings.Fields("a an the i i'd i’d we want need would like to make build create me my please " +
		"bot chatbot assistant agent that which who for can you are is this helps help")
	joiningWords = strings.Fields("a an the and or but with without for from of on in at to into by as that which who my your our their every")
)

func betweenWords(r rune) bool {
	return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) && !strings.ContainsRune("'’+#", r)
}

func capital(word string) string {
	r, size := utf8.DecodeRuneInString(word)
	return string(unicode.ToUpper(r)) + word[size:]
}
