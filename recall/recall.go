// Package recall turns what is remembered of finished sessions into
// suggestions for the next one. It classifies descriptions, ranks memory
// entries and says why it suggests what it does.
//
// It is pure: nothing is read or stored, and the same entries, in whatever
// order they come, give the same suggestions.
package recall

import (
	"time"

	"github.com/boternity/boternity/builder"
	"github.com/go-json-experiment/json"
	"github.com/google/uuid"
)

// Query is the session that suggestions are for.
type Query struct {
	Description string
	Category    builder.PurposeCategory // classified from the description where unknown
	Now         time.Time               // for ages and dates, which are told in its location; where zero, the newest entry's time
}

// Suggestion is a proposed value for one config field.
type Suggestion struct {
	Field    string
	Value    builder.Value // of a list field, the list of all items that are suggested
	Reason   string        // plain words: "formal in 3 of your 4 coding bots, last on 3 May"
	Support  int           // bots for which someone chose the value, or at least one of its items
	Of       int           // bots of the same kind for which someone chose a value of the field
	Taken    int           // further bots that took the value when it was suggested; they are no evidence
	LastUsed time.Time     // when it was last chosen or taken
	Evidence []uuid.UUID   // those that support it, newest first

	// Confidence, from 0 to 1, grows with every choice that someone made, and
	// fades with its age. Taking a suggestion does not raise it.
	Confidence float64
}

// MarshalJSON writes the suggestion as every door shows it.
func (s Suggestion) MarshalJSON() ([]byte, error) {
	evidence := s.Evidence
	if evidence == nil {
		evidence = []uuid.UUID{}
	}
	return json.Marshal(struct {
		Field    string        `json:"field"`
		Value    builder.Value `json:"value"`
		Reason   string        `json:"reason"`
		Support  int           `json:"support"`
		Of       int           `json:"of"`
		Taken    int           `json:"taken"`
		LastUsed string        `json:"last_used"`
		Evidence []uuid.UUID   `json:"evidence"`
	}{s.Field, s.Value, s.Reason, s.Support, s.Of, s.Taken, builder.FormatTime(s.LastUsed), evidence})
}

// suggestible are the fields that a suggestion can be about, in the order of
// the guide. Name, purpose and description say what one bot is, so another
// bot's are no use.
var suggestible = []struct {
	field string
	asked scope
}{
	{builder.FieldCategory, likes},
	{builder.FieldTags, likes},
	{builder.FieldTone, likesFirst},
	{builder.FieldTraits, likes},
	{builder.FieldBoundaries, likes},
	{builder.FieldModel, everyone},
	{builder.FieldTemperature, likes},
	{builder.FieldMaxTokens, likes},
	{builder.FieldSkills, everyone},
}

// Suggest proposes values from memory entries, at most one for each field.
//
// For model and skills all bots speak, the nearest most. For the other fields
// the bots of the same category speak; where none of them has decided on it, those with a
// similar description do; and for the tone, where there are none of these
// either, all others. Nothing is suggested that no one decided for, that prefs
// rule out, or that was declined three times since it was last taken. Entries
// that could not be read count for nothing.
//
// Where a value was only ever taken as a suggestion, and what it was suggested
// by is forgotten, the newest bot that took it is its support.
func Suggest(entries []builder.MemoryEntry, prefs builder.Preferences, q Query) []Suggestion {
	suggestions := []Suggestion{}
	candidates := rank(entries, &q)
	for _, s := range suggestible {
		g, ok := groupFor(candidates, s.field, s.asked)
		if !ok {
			continue
		}
		if suggestion, ok := g.suggest(prefs, q); ok {
			suggestions = append(suggestions, suggestion)
		}
	}
	return suggestions
}
