package bot

import (
	"errors"
	"regexp"
	"strings"

	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/token"
)

// The parser takes time and memory that grow with the square of the input, or
// without bound, for lists in lists, aliases of aliases and thousands of names.
// Front matter needs none of that, and a folder may come from anybody. So what
// is not written as we write it is kept short, and deep structure out.
const (
	maxLoose = 64 << 10 // bytes on lines that people have written
	maxNames = 500
)

var ourLine = regexp.MustCompile(`^(?:[a-z_]+:|  -) "(?:[^"\\]|\\.)*"$`)

var errComplex = errors.New("has front matter that is too complex")

// checkSimple refuses front matter that is not a plain list of names and
// values, before the parser sees it.
func checkSimple(encoded string) error {
	loose := 0
	for line := range strings.Lines(encoded) {
		if !ourLine.MatchString(strings.TrimSuffix(line, "\n")) {
			loose += len(line)
		}
	}
	if loose > maxLoose {
		return errComplex
	}
	depth, names := 0, 0
	var before token.Type
	for _, t := range lexer.Tokenize(encoded) {
		switch t.Type {
		case token.AnchorType, token.AliasType, token.TagType, token.MappingKeyType, token.MergeKeyType:
			return errComplex
		case token.SequenceStartType, token.MappingStartType:
			depth++
		case token.SequenceEndType, token.MappingEndType:
			depth--
		case token.SequenceEntryType:
			if before == token.SequenceEntryType {
				return errComplex
			}
		case token.MappingValueType:
			names++
		}
		if depth > 2 || names > maxNames {
			return errComplex
		}
		before = t.Type
	}
	return nil
}
