package builder

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// Skill is a skill the bot is to have.
type Skill struct {
	Name        string         `json:"name"`
	Description string         `json:"description"`
	SkillType   string         `json:"skill_type"`
	Unknown     jsontext.Value `json:",embed,unknown"`
}

// The types of a skill that this program writes.
const (
	SkillLocal = "local" // from a catalogue
	SkillOwn   = "own"   // named by the person
)

// The limits of the agentskills.io format, in characters.
const (
	MaxSkillName        = 64
	MaxSkillDescription = 1024
)

// CheckSkillName refuses a name that no skill may have: other than 1 to 64
// characters of a-z, 0-9 and single hyphens, none at either end. field is what
// the error calls it.
func CheckSkillName(field, name string) error {
	invalid := func(problem string) error { return &InvalidError{Field: field, Problem: problem} }
	switch {
	case name == "":
		return invalid("is empty")
	case len(name) > MaxSkillName:
		return &InvalidError{Field: field, Problem: "has too many characters", Limit: MaxSkillName, Got: int64(utf8.RuneCountInString(name))}
	case strings.ContainsFunc(name, notInSkillName):
		return invalid("holds something other than a-z, 0-9 and hyphens")
	case strings.HasPrefix(name, "-"), strings.HasSuffix(name, "-"):
		return invalid("begins or ends with a hyphen")
	case strings.Contains(name, "--"):
		return invalid("holds two hyphens in a row")
	case IsDeviceName(name):
		return invalid("is a device's name on Windows")
	}
	return nil
}

// CheckSkillDescription refuses a description that the format does not allow.
func CheckSkillDescription(field, text string) error {
	if strings.TrimSpace(text) == "" {
		return &InvalidError{Field: field, Problem: "is empty"}
	}
	if n := utf8.RuneCountInString(text); n > MaxSkillDescription {
		return &InvalidError{Field: field, Problem: "has too many characters", Limit: MaxSkillDescription, Got: int64(n)}
	}
	return nil
}

func notInSkillName(r rune) bool {
	return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-'
}

// IsDeviceName reports whether Windows keeps a lower-case name for itself, so
// that no folder may have it.
func IsDeviceName(name string) bool { return slices.Contains(devices, name) }

// devices are names that Windows keeps for itself, with any extension. A bot's
// folder may be copied there, so no folder of ours is called so.
var devices = []string{
	"con", "prn", "aux", "nul",
	"com0", "com1", "com2", "com3", "com4", "com5", "com6", "com7", "com8", "com9",
	"lpt0", "lpt1", "lpt2", "lpt3", "lpt4", "lpt5", "lpt6", "lpt7", "lpt8", "lpt9",
}
