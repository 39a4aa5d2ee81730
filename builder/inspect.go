package builder

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// InspectionVersion changes whenever Inspect would say something else of bytes
// it has seen before: a new schema version, a stricter or milder reader. Stores
// keep it beside what they listed, and inspect a row again whose inspection is
// of another version.
const InspectionVersion = 2

// Inspection is what the validator found in a state: the part of a listing
// that comes out of the bytes.
type Inspection struct {
	Description string // cut at SummaryRunes
	Phase       Phase
	Category    PurposeCategory
	Problem     string // empty when the state can be read, or is of a newer version
}

func (i Inspection) status(schemaVersion uint32) Status {
	switch {
	case i.Problem != "":
		return StatusUnreadable
	case schemaVersion > CurrentSchemaVersion:
		return StatusNewer
	}
	return StatusOK
}

// Inspect reads any bytes as far as they go. It never fails: what cannot be
// read has a Problem.
func Inspect(d Draft) Inspection {
	i, _ := inspect(d)
	return i
}

func inspect(d Draft) (Inspection, error) {
	if d.SchemaVersion > CurrentSchemaVersion {
		i := glance(d.State)
		if err := checkObject(d.State); err != nil {
			i.Problem = err.Error()
			return i, err
		}
		return i, nil
	}
	s, err := decodeState(d)
	if err != nil {
		i := glance(d.State)
		i.Problem = err.Error()
		return i, err
	}
	// Cloned, since they are parts of the whole state and would keep all of it.
	category := s.Category()
	category.custom = strings.Clone(category.custom)
	return Inspection{Description: strings.Clone(CutRunes(s.Description, SummaryRunes)), Phase: s.Phase, Category: category}, checkLimits(&s)
}

// StatusOf is the status of a whole draft.
func StatusOf(d Draft) (status Status, problem string) {
	i := Inspect(d)
	return i.status(d.SchemaVersion), i.Problem
}

// CheckSave is the one validator: what it refuses no store accepts, other than
// through PutRows. It returns what a listing will show. The error is an
// *InvalidError that names the field.
func CheckSave(d Draft) (Inspection, error) {
	if err := CheckID(d.SessionID); err != nil {
		return Inspection{}, err
	}
	if len(d.State) > MaxState {
		return Inspection{}, &InvalidError{Field: "state", Problem: "is too large", Limit: MaxState, Got: int64(len(d.State))}
	}
	return inspect(d)
}

// checkLimits refuses what may be read, because it is already stored, but not
// saved.
func checkLimits(s *State) error {
	if err := checkText("initial_description", s.Description, MaxDescription); err != nil {
		return err
	}
	if err := checkText("purpose_category", s.Purpose.custom, MaxAnswer); err != nil {
		return err
	}
	for i := range s.Conversation {
		if err := checkText("answer", s.Conversation[i].Answer, MaxAnswer); err != nil {
			return within(indexed("conversation", i), err)
		}
	}
	return within("config", checkConfigLimits(&s.Config))
}

func checkConfigLimits(c *Config) error {
	for _, field := range fields {
		if t := c.text(field); t != nil && *t != nil {
			if err := checkText(field, **t, MaxAnswer); err != nil {
				return err
			}
		}
		if l := c.list(field); l != nil {
			for i, item := range *l {
				if err := checkText("", item, MaxAnswer); err != nil {
					return within(indexed(field, i), err)
				}
			}
		}
	}
	for i := range c.Skills {
		if err := checkText("name", c.Skills[i].Name, MaxAnswer); err != nil {
			return within(indexed(FieldSkills, i), err)
		}
	}
	return nil
}

// glance finds what a person may know an unreadable or newer draft by: its
// description, even in a state that is cut short or broken further on. It is
// forgiving because nothing is saved from it.
func glance(state []byte) Inspection {
	if len(state) > MaxState {
		return Inspection{}
	}
	dec := jsontext.NewDecoder(bytes.NewBuffer(state), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if token, err := dec.ReadToken(); err != nil || token.Kind() != '{' {
		return Inspection{}
	}
	for dec.PeekKind() == '"' {
		name, err := dec.ReadToken()
		if err != nil {
			return Inspection{}
		}
		if name.String() == "initial_description" && dec.PeekKind() == '"' {
			text, err := dec.ReadToken()
			if err != nil {
				return Inspection{}
			}
			// Not every database can hold a NUL in a text.
			return Inspection{Description: CutRunes(strings.ReplaceAll(text.String(), "\x00", "\uFFFD"), SummaryRunes)}
		}
		if err := dec.SkipValue(); err != nil {
			return Inspection{}
		}
	}
	return Inspection{}
}

// CutRunes returns at most the first n runes of s.
func CutRunes(s string, n int) string {
	if len(s) <= n {
		return s
	}
	end := 0
	for range n {
		if end == len(s) {
			return s
		}
		_, size := utf8.DecodeRuneInString(s[end:])
		end += size
	}
	return s[:end]
}
