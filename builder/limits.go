package builder

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// The limits of what is accepted, in bytes unless said otherwise.
const (
	MaxState       = 16 << 20 // one state
	MaxDescription = 64 << 10 // what a bot should do
	MaxAnswer      = 64 << 10 // one answer, one pending text, one memory value
	MaxEntry       = 16 << 20 // one memory entry, as JSON: what any state can end in
	MaxOwner       = 255      // an owner's name
	MaxField       = 64       // a field's name
	MaxFolderName  = 255      // the name of a bot's folder
	MaxDeclined    = 100      // declined suggestions a session remembers; the newest stay
	MaxPage        = 500      // rows on one page of any list; a larger limit is cut to it

	// SummaryRunes is how much of a description a listing shows, in runes.
	SummaryRunes = 200
	// DefaultHistory is how many revisions of a draft a store keeps.
	DefaultHistory = 200
)

// PageSize is the number of rows a store returns for a requested limit: none
// for zero and less, at most MaxPage.
func PageSize(limit int) int { return min(max(limit, 0), MaxPage) }

// checkText refuses what no text may hold: invalid UTF-8, NUL, too many bytes.
func checkText(field, s string, limit int) error {
	switch {
	case len(s) > limit:
		return &InvalidError{Field: field, Problem: "is too long", Limit: int64(limit), Got: int64(len(s))}
	case !utf8.ValidString(s):
		return &InvalidError{Field: field, Problem: "is not valid UTF-8"}
	case strings.ContainsRune(s, 0):
		return &InvalidError{Field: field, Problem: "holds a NUL character"}
	}
	return nil
}

func indexed(field string, i int) string { return field + "[" + strconv.Itoa(i) + "]" }

// CheckDescription refuses a description that a session may not start from.
func CheckDescription(s string) error {
	if strings.TrimSpace(s) == "" {
		return &InvalidError{Field: "initial_description", Problem: "is empty; say in a sentence what the bot should do"}
	}
	return checkText("initial_description", s, MaxDescription)
}

// CheckFolderName refuses a name that is not that of a visible entry of a
// folder: empty, hidden, leading elsewhere, or longer than any entry's. field is
// what the error calls it.
func CheckFolderName(field, name string) error {
	switch {
	case name == "":
		return &InvalidError{Field: field, Problem: "is empty"}
	case name[0] == '.':
		return &InvalidError{Field: field, Problem: "begins with a dot"}
	case strings.ContainsAny(name, "/\\"):
		return &InvalidError{Field: field, Problem: "holds a slash or a backslash"}
	}
	return checkText(field, name, MaxFolderName)
}

// CheckOwner refuses names that could not be told apart or stored everywhere.
func CheckOwner(name string) error { return checkText("owner", name, MaxOwner) }

// CheckPending refuses pending text that a store may not keep.
func CheckPending(field, text string) error {
	if field == "" {
		return &InvalidError{Field: "field", Problem: "is empty"}
	}
	if err := checkText("field", field, MaxField); err != nil {
		return err
	}
	return checkText("text", text, MaxAnswer)
}
