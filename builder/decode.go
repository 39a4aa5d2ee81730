package builder

import (
	"bytes"
	"fmt"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"
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
			return nil, fmt.Errorf("upgrade from schema version %d: %w", i+1, err)
		}
		state = next
	}
	return state, nil
}

// The names of each object's members, the required ones first.
var (
	stateNames    = []string{"session_id", "phase", "initial_description", "conversation", "config", "phase_history", "purpose_category", "sources", "declined", "bot_slug"}
	exchangeNames = []string{"question", "answer", "phase", "field", "superseded"}
	skillNames    = []string{"name", "description", "skill_type"}
	declineNames  = []string{"field", "value"}
)

func readState(b []byte) (State, error) {
	r := newReader(b)
	var s State
	unknown, err := r.object("", stateNames, 6, func(name string) error { return r.stateMember(&s, name) })
	if err == nil {
		err = r.end()
	}
	s.Unknown = unknown
	if s.Config.Skills == nil {
		s.Config.Skills = []Skill{}
	}
	return s, err
}

func (r *reader) stateMember(s *State, name string) (err error) {
	switch name {
	case "session_id":
		s.SessionID, err = r.id(name)
	case "phase":
		s.Phase, err = r.phase(name)
	case "initial_description":
		s.Description, err = r.text(name)
	case "purpose_category":
		s.Purpose.PurposeCategory, s.Purpose.unknown, err = r.purpose(name)
	case "conversation":
		s.Conversation = []Exchange{}
		err = r.array(name, func(path string) error {
			e, err := r.exchange(path)
			s.Conversation = append(s.Conversation, e)
			return err
		})
	case "config":
		s.Config, err = r.config(name)
	case "phase_history":
		s.PhaseHistory = []Phase{}
		err = r.array(name, func(path string) error {
			p, err := r.phase(path)
			s.PhaseHistory = append(s.PhaseHistory, p)
			return err
		})
	case "sources":
		s.Sources, err = r.sources(name)
	case "declined":
		if !r.null() {
			err = r.array(name, func(path string) error {
				d, err := r.decline(path)
				s.Declined = append(s.Declined, d)
				return err
			})
		}
	case "bot_slug":
		s.BotSlug, err = r.optionalText(name)
	}
	return err
}

func (r *reader) exchange(path string) (Exchange, error) {
	var e Exchange
	unknown, err := r.object(path, exchangeNames, 3, func(name string) (err error) {
		at := join(path, name)
		switch name {
		case "question":
			e.Question, err = r.text(at)
		case "answer":
			e.Answer, err = r.text(at)
		case "phase":
			e.Phase, err = r.phase(at)
		case "field":
			e.Field, err = r.text(at)
		case "superseded":
			e.Superseded, err = r.bool(at)
		}
		return err
	})
	e.Unknown = unknown
	return e, err
}

func (r *reader) config(path string) (Config, error) {
	var c Config
	unknown, err := r.object(path, fields, 0, func(name string) (err error) {
		at := join(path, name)
		if t := c.text(name); t != nil {
			*t, err = r.optionalText(at)
			return err
		}
		if l := c.list(name); l != nil {
			*l, err = r.optionalTexts(at)
			return err
		}
		switch name {
		case FieldTemperature:
			c.Temperature, err = r.optionalFloat(at)
		case FieldMaxTokens:
			c.MaxTokens, err = r.optionalUint32(at)
		case FieldSkills:
			c.Skills = []Skill{}
			err = r.array(at, func(path string) error {
				skill, err := r.skill(path)
				c.Skills = append(c.Skills, skill)
				return err
			})
		}
		return err
	})
	c.Unknown = unknown
	return c, err
}

func (r *reader) skill(path string) (Skill, error) {
	var s Skill
	unknown, err := r.object(path, skillNames, 1, func(name string) (err error) {
		at := join(path, name)
		switch name {
		case "name":
			s.Name, err = r.text(at)
		case "description":
			s.Description, err = r.text(at)
		case "skill_type":
			s.SkillType, err = r.text(at)
		}
		return err
	})
	s.Unknown = unknown
	return s, err
}

func (r *reader) decline(path string) (Decline, error) {
	var d Decline
	unknown, err := r.object(path, declineNames, 2, func(name string) (err error) {
		at := join(path, name)
		if name == "field" {
			d.Field, err = r.text(at)
			return err
		}
		d.Value, err = r.value(at)
		return err
	})
	d.Unknown = unknown
	return d, err
}

// sources reads a map whose names are config fields, or fields of a program
// that knows more of them.
func (r *reader) sources(path string) (map[string]Source, error) {
	if r.null() {
		return nil, nil
	}
	sources := map[string]Source{}
	err := r.eachMember(path, func(name string) error {
		text, err := r.text(path)
		sources[name] = Source(text)
		return err
	})
	return sources, err
}

// checkObject is all that is asked of a version that this program does not
// know.
func checkObject(b []byte) error {
	dec := jsontext.NewDecoder(bytes.NewReader(b), jsontext.AllowDuplicateNames(true))
	r := &reader{dec}
	if err := r.expect("state", '{', "a JSON object"); err != nil {
		return err
	}
	if err := dec.SkipValue(); err != nil {
		return r.syntax("state", err)
	}
	return r.end()
}

// CheckID refuses the nil UUID, which nobody's session has.
func CheckID(id uuid.UUID) error {
	if id == uuid.Nil {
		return &InvalidError{Field: "session_id", Problem: "is the nil UUID"}
	}
	return nil
}
