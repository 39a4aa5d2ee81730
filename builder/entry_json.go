package builder

import (
	"bytes"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"
)

// entryJSON is an entry as every door shows it and as stores keep it. The
// three chosen_ members repeat choices for readers of the older form.
type entryJSON struct {
	ID           uuid.UUID         `json:"id"`
	Category     PurposeCategory   `json:"purpose_category"`
	Description  string            `json:"initial_description"`
	ChosenTone   *string           `json:"chosen_tone"`
	ChosenModel  *string           `json:"chosen_model"`
	ChosenSkills []string          `json:"chosen_skills"`
	BotSlug      *string           `json:"bot_slug"`
	CreatedAt    string            `json:"created_at"`
	Choices      map[string]Choice `json:"choices"`
	Declined     []Decline         `json:"declined,omitempty"`
	Problem      string            `json:"problem,omitempty"`
	Unknown      jsontext.Value    `json:",embed,unknown"`
}

// MarshalJSON writes the entry in the shape that lists and exports show. Equal
// entries give equal bytes.
func (e MemoryEntry) MarshalJSON() ([]byte, error) {
	j := entryJSON{
		ID: e.ID, Category: e.Category, Description: e.Description, BotSlug: e.BotSlug,
		ChosenTone: e.chosenText(FieldTone), ChosenModel: e.chosenText(FieldModel), ChosenSkills: []string{},
		CreatedAt: FormatTime(e.CreatedAt), Choices: e.Choices, Declined: e.Declined, Problem: e.Problem, Unknown: e.Unknown,
	}
	if skills, ok := e.Choices[FieldSkills].Value.AsList(); ok {
		j.ChosenSkills = skills
	}
	return json.Marshal(j, json.Deterministic(true))
}

// UnmarshalJSON reads an entry: one that MarshalJSON wrote, or one in the older
// form without choices, whose chosen_ members then count as imported. What it
// refuses is an *InvalidError that names the place and repeats none of the
// words.
func (e *MemoryEntry) UnmarshalJSON(text []byte) error {
	r := newReader(text)
	parsed, err := r.entry()
	if err == nil {
		err = r.end()
	}
	if err != nil {
		return ofWhole("entry", err)
	}
	*e = parsed
	return nil
}

func (e *MemoryEntry) chosenText(field string) *string {
	if s, ok := e.Choices[field].Value.AsText(); ok {
		return &s
	}
	return nil
}

var (
	entryNames = []string{"id", "initial_description", "created_at", "purpose_category", "chosen_tone", "chosen_model",
		"chosen_skills", "bot_slug", "choices", "declined", "problem"}
	choiceNames = []string{"value", "source"}
)

func (r *reader) entry() (MemoryEntry, error) {
	var e MemoryEntry
	older := map[string]Choice{}
	unknown, err := r.object(entryNames, 3, func(name string) error { return r.entryMember(&e, older, name) })
	if e.Choices == nil {
		e.Choices = older
	}
	e.Unknown = unknown
	return e, err
}

func (r *reader) entryMember(e *MemoryEntry, older map[string]Choice, name string) (err error) {
	switch name {
	case "id":
		e.ID, err = r.id()
	case "purpose_category":
		e.Category, _, err = r.purpose()
	case "initial_description":
		e.Description, err = r.text()
	case "created_at":
		e.CreatedAt, err = r.time()
	case "bot_slug":
		e.BotSlug, err = r.optionalText()
	case "choices":
		e.Choices, err = r.choices()
	case "declined":
		e.Declined, err = r.declines()
	case "chosen_tone":
		err = r.olderChoice(older, FieldTone, r.textValue)
	case "chosen_model":
		err = r.olderChoice(older, FieldModel, r.textValue)
	case "chosen_skills":
		err = r.olderChoice(older, FieldSkills, r.listValue)
	case "problem":
		_, err = r.optionalText() // derived when stored, never imported
	}
	return err
}

// olderChoice reads a choice of the older form; null is none.
func (r *reader) olderChoice(older map[string]Choice, field string, value func() (Value, error)) error {
	if r.null() {
		return nil
	}
	v, err := value()
	older[field] = Choice{Value: v, Source: Imported}
	return err
}

func (r *reader) choices() (map[string]Choice, error) {
	if r.null() {
		return nil, nil
	}
	choices := map[string]Choice{}
	err := r.byField(func(name string) error {
		c, err := r.choice()
		choices[name] = c
		return err
	})
	return choices, err
}

func (r *reader) choice() (Choice, error) {
	var c Choice
	unknown, err := r.object(choiceNames, 2, func(name string) (err error) {
		switch name {
		case "value":
			c.Value, err = r.value()
		case "source":
			var source string
			source, err = r.text()
			c.Source = Source(source)
		}
		return err
	})
	c.Unknown = unknown
	return c, err
}

// EncodeEntry is the entry as stores keep it: its time cut to microseconds, and
// no Problem. Where it cannot be written the error is an *InvalidError.
func EncodeEntry(e MemoryEntry) ([]byte, error) {
	e.CreatedAt, e.Problem = StoredTime(e.CreatedAt), ""
	b, err := e.MarshalJSON()
	if err != nil {
		// The encoder's own error could repeat a name that a user gave.
		return nil, &InvalidError{Field: "entry", Problem: "cannot be written as JSON"}
	}
	return b, nil
}

// DecodeEntry reads a stored entry. It never fails: bytes that cannot be read
// give an entry that says so, known by the id and time of its row.
func DecodeEntry(id uuid.UUID, createdAt time.Time, b []byte) MemoryEntry {
	var e MemoryEntry
	err := e.UnmarshalJSON(b)
	if err == nil && e.ID != id {
		err = &InvalidError{Field: "id", Problem: "is that of another entry"}
	}
	if err != nil {
		return MemoryEntry{ID: id, CreatedAt: createdAt, Problem: err.Error()}
	}
	return e
}

// SameEntry reports whether recording the given entry where another is stored
// changes nothing. A given entry without a time matches any time.
func SameEntry(stored, given MemoryEntry) (bool, error) {
	if stored.Problem != "" {
		return false, nil
	}
	if given.CreatedAt.IsZero() {
		given.CreatedAt = stored.CreatedAt
	}
	a, err := EncodeEntry(stored)
	if err != nil {
		return false, fmt.Errorf("entry %s: %w", stored.ID, err)
	}
	b, err := EncodeEntry(given)
	if err != nil {
		return false, fmt.Errorf("entry %s: %w", given.ID, err)
	}
	return bytes.Equal(a, b), nil
}
