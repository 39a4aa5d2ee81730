package builder

import (
	"bytes"
	"fmt"

	"github.com/go-json-experiment/json/jsontext"
)

// CurrentSchemaVersion is the version that Encode writes. Optional members are
// added without raising it; a change that breaks a reader raises it and adds a
// step to upgrades.
const CurrentSchemaVersion uint32 = 1

// upgrades[i] turns the bytes of version i+1 into those of version i+2.
var upgrades = []func([]byte) ([]byte, error){}

// DecodeState reads a draft's bytes: upgrades of older versions first, then
// strictly, because whatever is overlooked here the next save would overwrite.
// A version that this program does not know is a *NewerError, anything else
// that cannot be read an *UnreadableError that names the place.
func DecodeState(d Draft) (State, error) {
	if d.SchemaVersion > CurrentSchemaVersion {
		return State{}, &NewerError{What: fmt.Sprintf("session %s", d.SessionID), Found: uint64(d.SchemaVersion), Known: uint64(CurrentSchemaVersion)}
	}
	s, err := decodeState(d)
	if err != nil {
		return State{}, &UnreadableError{SessionID: d.SessionID, Problem: err.Error()}
	}
	return s, nil
}

func decodeState(d Draft) (State, error) {
	if d.SchemaVersion == 0 {
		return State{}, &InvalidError{Field: "schema_version", Problem: "is 0; the first version is 1"}
	}
	state, err := upgrade(d.State, d.SchemaVersion, upgrades)
	if err != nil {
		return State{}, err
	}
	s, err := readState(state)
	if err != nil {
		return State{}, err
	}
	if s.SessionID != d.SessionID {
		// Going on with it would save the answers under the other session's id.
		return State{}, &InvalidError{Field: "session_id", Problem: "is that of another session"}
	}
	return s, nil
}

func upgrade(state []byte, from uint32, steps []func([]byte) ([]byte, error)) ([]byte, error) {
	for i := int(from) - 1; i < len(steps); i++ {
		next, err := steps[i](state)
		if err != nil {
			return nil, &InvalidError{Field: "state", Problem: fmt.Sprintf("cannot be upgraded from schema version %d: %v", i+1, err)}
		}
		state = next
	}
	return state, nil
}

// The names of each object's members, the required ones first.
var (
	stateNames    = []string{"session_id", "phase", "initial_description", "conversation", "config", "phase_history", "purpose_category", "sources", "declined", "confirmed", "bot_slug", "replaces"}
	exchangeNames = []string{"question", "answer", "phase", "field", "value", "superseded"}
	skillNames    = []string{"name", "description", "skill_type"}
	declineNames  = []string{"field", "value"}
	replacedNames = []string{"slug", "session_id", "values"}
)

func readState(b []byte) (State, error) {
	r := newReader(b)
	s := State{Config: Config{Skills: []Skill{}}}
	unknown, err := r.object(stateNames, 6, func(name string) error { return r.stateMember(&s, name) })
	if err == nil {
		err = r.end()
	}
	if err != nil {
		return State{}, ofWhole("state", err)
	}
	s.Unknown = unknown
	return s, nil
}

func (r *reader) stateMember(s *State, name string) (err error) {
	switch name {
	case "session_id":
		s.SessionID, err = r.id()
	case "phase":
		s.Phase, err = r.phase()
	case "initial_description":
		s.Description, err = r.text()
	case "purpose_category":
		s.Purpose.PurposeCategory, s.Purpose.unknown, err = r.purpose()
	case "conversation":
		s.Conversation, err = list(r, r.exchange)
	case "config":
		s.Config, err = r.config()
	case "phase_history":
		s.PhaseHistory, err = list(r, r.phase)
	case "sources":
		s.Sources, err = r.sources()
	case "declined":
		s.Declined, err = r.declines()
	case "confirmed":
		s.Confirmed, err = r.values()
	case "bot_slug":
		s.BotSlug, err = r.optionalText()
	case "replaces":
		s.Replaces, err = r.replaced()
	}
	return err
}

func (r *reader) exchange() (Exchange, error) {
	var e Exchange
	unknown, err := r.object(exchangeNames, 3, func(name string) (err error) {
		switch name {
		case "question":
			e.Question, err = r.text()
		case "answer":
			e.Answer, err = r.text()
		case "phase":
			e.Phase, err = r.phase()
		case "field":
			e.Field, err = r.text()
		case "value":
			if !r.null() {
				e.Value, err = r.value()
			}
		case "superseded":
			e.Superseded, err = r.bool()
		}
		return err
	})
	e.Unknown = unknown
	return e, err
}

func (r *reader) config() (Config, error) {
	c := Config{Skills: []Skill{}}
	unknown, err := r.object(fields, 0, func(name string) (err error) {
		if t := c.text(name); t != nil {
			*t, err = r.optionalText()
			return err
		}
		if l := c.list(name); l != nil {
			*l, err = r.optionalTexts()
			return err
		}
		switch name {
		case FieldTemperature:
			c.Temperature, err = r.optionalFloat()
		case FieldMaxTokens:
			c.MaxTokens, err = r.optionalUint32()
		case FieldSkills:
			c.Skills, err = list(r, r.skill)
		}
		return err
	})
	c.Unknown = unknown
	return c, err
}

func (r *reader) skill() (Skill, error) {
	var s Skill
	unknown, err := r.object(skillNames, 1, func(name string) (err error) {
		switch name {
		case "name":
			s.Name, err = r.text()
		case "description":
			s.Description, err = r.text()
		case "skill_type":
			s.SkillType, err = r.text()
		}
		return err
	})
	s.Unknown = unknown
	return s, err
}

func (r *reader) declines() ([]Decline, error) {
	if r.null() {
		return nil, nil
	}
	return list(r, r.decline)
}

func (r *reader) decline() (Decline, error) {
	var d Decline
	unknown, err := r.object(declineNames, 2, func(name string) (err error) {
		switch name {
		case "field":
			d.Field, err = r.text()
		case "value":
			d.Value, err = r.value()
		}
		return err
	})
	d.Unknown = unknown
	return d, err
}

func (r *reader) replaced() (*Replaced, error) {
	if r.null() {
		return nil, nil
	}
	var replaced Replaced
	unknown, err := r.object(replacedNames, 1, func(name string) (err error) {
		switch name {
		case "slug":
			if replaced.Slug, err = r.text(); err == nil {
				err = CheckFolderName("", replaced.Slug)
			}
		case "session_id":
			if !r.null() {
				replaced.SessionID, err = r.id()
			}
		case "values":
			replaced.Values, err = r.values()
		}
		return err
	})
	replaced.Unknown = unknown
	return &replaced, err
}

func (r *reader) sources() (map[string]Source, error) {
	if r.null() {
		return nil, nil
	}
	sources := map[string]Source{}
	err := r.byField(func(name string) error {
		text, err := r.text()
		sources[name] = Source(text)
		return err
	})
	return sources, err
}

func (r *reader) values() (map[string]Value, error) {
	if r.null() {
		return nil, nil
	}
	values := map[string]Value{}
	err := r.byField(func(name string) error {
		v, err := r.value()
		values[name] = v
		return err
	})
	return values, err
}

// byField reads an object whose names are config fields, or fields of a program
// that knows more of them.
func (r *reader) byField(value func(name string) error) error {
	return r.eachMember(func(name []byte) error {
		at, err := indexName(fields, name)
		if err != nil {
			return err
		}
		if at < 0 {
			return value(string(name))
		}
		return within(fields[at], value(fields[at]))
	})
}

// checkObject is all that is asked of a version that this program does not
// know.
func checkObject(b []byte) error {
	r := &reader{dec: jsontext.NewDecoder(bytes.NewBuffer(b), jsontext.AllowDuplicateNames(true))}
	err := r.expect('{', "an object")
	if err == nil {
		if err = r.dec.SkipValue(); err != nil {
			err = r.syntax(err)
		} else {
			err = r.end()
		}
	}
	return ofWhole("state", err)
}
