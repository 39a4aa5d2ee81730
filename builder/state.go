package builder

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"
)

// State is what a session has gathered so far. Members that this program does
// not know are kept at every depth, whoever wrote them. Encode and DecodeState
// are its way to JSON and back; other packages would drop those members.
type State struct {
	SessionID    uuid.UUID         `json:"session_id"`
	Phase        Phase             `json:"phase"`
	Description  string            `json:"initial_description"`
	Purpose      purposeMember     `json:"purpose_category"`
	Conversation []Exchange        `json:"conversation"`
	Config       Config            `json:"config"`
	PhaseHistory []Phase           `json:"phase_history"`
	Sources      map[string]Source `json:"sources,omitempty"`   // by config field
	Declined     []Decline         `json:"declined,omitempty"`  // suggestions shown and not taken
	Confirmed    map[string]Value  `json:"confirmed,omitempty"` // values chosen although the catalogue had retired them
	BotSlug      *string           `json:"bot_slug,omitzero"`   // settled when finishing starts
	Replaces     *Replaced         `json:"replaces,omitzero"`   // the bot that the session changes; nil where it makes a new one
	Unknown      jsontext.Value    `json:",embed,unknown"`
}

// Exchange is a question and its answer.
type Exchange struct {
	Question   string         `json:"question"`
	Answer     string         `json:"answer"`
	Phase      Phase          `json:"phase"`
	Field      string         `json:"field,omitempty"`     // the config field it decided; empty in sessions begun elsewhere
	Value      Value          `json:"value,omitzero"`      // the answer where its text does not tell it whole: lists, numbers
	Superseded bool           `json:"superseded,omitzero"` // taken back, or answered again later
	Unknown    jsontext.Value `json:",embed,unknown"`
}

// Replaced is a bot that was there before the session, and whose place the
// session's bot takes. Where it lies is not part of a state: its folder is that
// of the name in the bots folder of whoever goes on with the session.
type Replaced struct {
	Slug      string           `json:"slug"`                // the name of its folder, see CheckFolderName
	SessionID uuid.UUID        `json:"session_id,omitzero"` // of the session that made it; nil of a bot that no session made
	Values    map[string]Value `json:"values,omitempty"`    // by config field, as they were read from its files
	Unknown   jsontext.Value   `json:",embed,unknown"`
}

// Decline is a suggestion that was shown and not taken.
type Decline struct {
	Field   string         `json:"field"`
	Value   Value          `json:"value"`
	Unknown jsontext.Value `json:",embed,unknown"`
}

// purposeMember is a category with the unknown members that another program
// may have put beside a custom text. They belong to that text, so they go when
// the category changes; see Category and SetCategory.
type purposeMember struct {
	PurposeCategory
	unknown jsontext.Value
}

func (p purposeMember) MarshalJSON() ([]byte, error) {
	text := []byte(p.JSONText())
	if len(p.unknown) > 2 {
		text = append(append(text[:len(text)-1], ','), p.unknown[1:]...)
	}
	return text, nil
}

// NewState is a session that has just begun.
func NewState(id uuid.UUID, description string, category PurposeCategory) State {
	return State{
		SessionID: id, Phase: PhaseBasics, Description: description,
		Purpose:      purposeMember{PurposeCategory: category},
		Conversation: []Exchange{}, Config: Config{Skills: []Skill{}}, PhaseHistory: []Phase{},
	}
}

// Category is what the bot is for.
func (s *State) Category() PurposeCategory { return s.Purpose.PurposeCategory }

// SetCategory changes what the bot is for.
func (s *State) SetCategory(c PurposeCategory) {
	if c != s.Category() {
		s.Purpose = purposeMember{PurposeCategory: c}
	}
}

// Record sets a field and keeps the exchange that decided it. An earlier
// exchange about the same field is marked superseded. A value that CheckValue
// refuses changes nothing.
func (s *State) Record(e Exchange, v Value, source Source) error {
	if err := CheckValue(e.Field, v); err != nil {
		return err
	}
	if err := checkText(e.Field, e.Answer, MaxAnswer); err != nil {
		return err
	}
	if err := checkText("question", e.Question, MaxAnswer); err != nil {
		return err
	}
	s.adoptExchange(e.Field)
	s.supersede(e.Field)
	s.Declined = slices.DeleteFunc(s.Declined, func(d Decline) bool { return d.Field == e.Field && d.Value == v })
	if _, isText := v.AsText(); !isText {
		e.Value = v
	}
	if err := s.Config.SetValue(e.Field, v); err != nil {
		return err
	}
	s.Conversation = append(s.Conversation, e)
	s.setSource(e.Field, source)
	return nil
}

// RecordNone keeps an exchange in which nothing was chosen for its field: the
// field counts as decided and has no value.
func (s *State) RecordNone(e Exchange, source Source) {
	s.TakeBack(e.Field)
	s.Conversation = append(s.Conversation, e)
	s.setSource(e.Field, source)
}

// Set sets a field that no question decided: a default, an imported value.
func (s *State) Set(field string, v Value, source Source) error {
	if err := s.Config.SetValue(field, v); err != nil {
		return err
	}
	s.setSource(field, source)
	return nil
}

// Decided reports whether a field has been decided: it has a value, or the
// source says that having none was the answer.
func (s *State) Decided(field string) bool {
	if _, has := s.Config.Value(field); has {
		return true
	}
	_, has := s.Sources[field]
	return has
}

// Source is how a field's value came to be. A value that nothing explains was
// written by another program, so someone chose it elsewhere.
func (s *State) Source(field string) Source {
	if source, ok := s.Sources[field]; ok {
		return source
	}
	if slices.ContainsFunc(s.Conversation, func(e Exchange) bool { return e.Field == field && !e.Superseded }) {
		return Chosen
	}
	return Imported
}

// TakeBack undoes the answer to a field: the field is undecided again, and the
// exchange stays, marked. It returns that exchange, and false when no exchange
// decided the field (its value is cleared all the same).
func (s *State) TakeBack(field string) (Exchange, bool) {
	s.adoptExchange(field)
	s.Config.Clear(field)
	delete(s.Sources, field)
	return s.supersede(field)
}

// adoptExchange names the field of an exchange that another program recorded
// without one: the newest whose answer is the field's value.
func (s *State) adoptExchange(field string) {
	v, has := s.Config.Value(field)
	if _, named := s.LastAnswer(field); named || !has {
		return
	}
	for i, e := range slices.Backward(s.Conversation) {
		if e.Field == "" && e.Answer == v.String() {
			s.Conversation[i].Field = field
			return
		}
	}
}

// LastAnswer is the newest exchange about a field, superseded or not: what to
// propose when the field is asked again.
func (s *State) LastAnswer(field string) (Exchange, bool) {
	for _, e := range slices.Backward(s.Conversation) {
		if e.Field == field {
			return e, true
		}
	}
	return Exchange{}, false
}

// MoveTo makes p the session's phase. Going forward records the phase that was
// left; going back forgets the phases from p on.
func (s *State) MoveTo(p Phase) {
	switch {
	case p == s.Phase:
		return
	case s.Phase.Before(p):
		s.PhaseHistory = append(s.PhaseHistory, s.Phase)
	default:
		if at := slices.IndexFunc(s.PhaseHistory, func(left Phase) bool { return !left.Before(p) }); at >= 0 {
			s.PhaseHistory = s.PhaseHistory[:at]
		}
	}
	s.Phase = p
}

// recentExchanges is how many exchanges Recent tells.
const recentExchanges = 5

// Recent tells the last five answers that stand, oldest first, one question
// and answer a line.
func (s *State) Recent() string {
	var lines []string
	for _, e := range slices.Backward(s.Conversation) {
		if e.Superseded {
			continue
		}
		lines = append(lines, fmt.Sprintf("Q: %s A: %s", e.Question, e.Answer))
		if len(lines) == recentExchanges {
			break
		}
	}
	slices.Reverse(lines)
	return strings.Join(lines, "\n")
}

// Missing returns those of the given fields that are undecided, in the order
// given; a session is complete when none of those it needs is missing.
func (s *State) Missing(fields []string) []string {
	return slices.DeleteFunc(slices.Clone(fields), s.Decided)
}

// Decline remembers a suggestion that was shown and not taken, the newest
// MaxDeclined of them.
func (s *State) Decline(field string, v Value) {
	if !v.IsZero() && !slices.ContainsFunc(s.Declined, func(d Decline) bool { return d.Field == field && d.Value == v }) {
		s.Declined = append(s.Declined, Decline{Field: field, Value: v})
	}
	if extra := len(s.Declined) - MaxDeclined; extra > 0 {
		s.Declined = s.Declined[extra:]
	}
}

// Choices returns every field that has a value, with its source, as a memory
// entry keeps them. No skills at all is a choice too, where it was decided.
func (s *State) Choices() map[string]Choice {
	choices := map[string]Choice{}
	for _, field := range fields {
		v, has := s.Config.Value(field)
		if !has && field == FieldSkills && s.Decided(field) {
			v, has = List(), true
		}
		if has {
			choices[field] = Choice{Value: v, Source: s.Source(field)}
		}
	}
	return choices
}

// Clone returns a state that shares nothing with s that either may change.
func (s *State) Clone() State {
	c := *s
	c.Conversation = slices.Clone(s.Conversation)
	c.PhaseHistory = slices.Clone(s.PhaseHistory)
	c.Declined = slices.Clone(s.Declined)
	c.Sources = maps.Clone(s.Sources)
	c.Confirmed = maps.Clone(s.Confirmed)
	c.Config.Skills = slices.Clone(s.Config.Skills)
	if s.Replaces != nil {
		replaced := *s.Replaces
		replaced.Values = maps.Clone(replaced.Values)
		c.Replaces = &replaced
	}
	return c
}

// Encode writes the state as a draft stores it, with the version of its schema.
// Where it cannot be written the error is an *InvalidError.
func (s *State) Encode() (state []byte, schemaVersion uint32, err error) {
	c := *s
	// These three are required arrays: null would make the state unreadable.
	c.Conversation = notNil(c.Conversation)
	c.PhaseHistory = notNil(c.PhaseHistory)
	c.Config.Skills = notNil(c.Config.Skills)
	state, err = json.Marshal(c, json.FormatNilSliceAsNull(true), json.Deterministic(true))
	if err != nil {
		// The encoder's own error could repeat users' words.
		if err := checkLimits(s); err != nil {
			return nil, 0, err
		}
		return nil, 0, &InvalidError{Field: "state", Problem: "cannot be written as JSON"}
	}
	return state, CurrentSchemaVersion, nil
}

func (s *State) supersede(field string) (Exchange, bool) {
	for i, e := range slices.Backward(s.Conversation) {
		if e.Field == field && !e.Superseded {
			s.Conversation[i].Superseded = true
			return e, true
		}
	}
	return Exchange{}, false
}

func (s *State) setSource(field string, source Source) {
	if s.Sources == nil {
		s.Sources = map[string]Source{}
	}
	s.Sources[field] = source
}

func notNil[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}
