package builder

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"
)

// MemoryEntry is what is kept of a finished session. Its id is the session's.
type MemoryEntry struct {
	ID          uuid.UUID
	Category    PurposeCategory
	Description string
	Choices     map[string]Choice // by config field
	Declined    []Decline         // suggestions shown in that session and not taken
	BotSlug     *string
	CreatedAt   time.Time // UTC, microseconds; the store's clock where zero
	Unknown     jsontext.Value

	// Problem says why a stored entry could not be read whole; only stores set
	// it. Such an entry is listed, and supports no suggestion.
	Problem string
}

// Choice is one value that a session decided on, and how.
type Choice struct {
	Value   Value          `json:"value"`
	Source  Source         `json:"source"`
	Unknown jsontext.Value `json:",embed,unknown"`
}

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

// TimeFormat is how times are written: RFC 3339, UTC, microseconds.
const TimeFormat = "2006-01-02T15:04:05.000000Z07:00"

// FormatTime writes t as every door shows it.
func FormatTime(t time.Time) string { return t.UTC().Format(TimeFormat) }

// StoredTime is t as stores keep it: UTC, cut to microseconds.
func StoredTime(t time.Time) time.Time { return time.UnixMicro(t.UnixMicro()).UTC() }

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
// form without choices, whose chosen_ members then count as imported.
func (e *MemoryEntry) UnmarshalJSON(text []byte) error {
	r := newReader(text)
	parsed, err := r.entry()
	if err == nil {
		err = r.end()
	}
	if err != nil {
		return err
	}
	*e = parsed
	return nil
}

func (e MemoryEntry) chosenText(field string) *string {
	if s, ok := e.Choices[field].Value.AsText(); ok {
		return &s
	}
	return nil
}

var entryNames = []string{"id", "initial_description", "created_at", "purpose_category", "chosen_tone", "chosen_model",
	"chosen_skills", "bot_slug", "choices", "declined", "problem"}

func (r *reader) entry() (MemoryEntry, error) {
	var e MemoryEntry
	older := map[string]Choice{}
	unknown, err := r.object("", entryNames, 3, func(name string) (err error) {
		var text *string
		switch name {
		case "id":
			e.ID, err = r.id(name)
		case "purpose_category":
			e.Category, _, err = r.purpose(name)
		case "initial_description":
			e.Description, err = r.text(name)
		case "created_at":
			e.CreatedAt, err = r.time(name)
		case "bot_slug":
			e.BotSlug, err = r.optionalText(name)
		case "choices":
			e.Choices, err = r.choices(name)
		case "declined":
			if !r.null() {
				err = r.array(name, func(path string) error {
					d, err := r.decline(path)
					e.Declined = append(e.Declined, d)
					return err
				})
			}
		case "chosen_skills":
			var items []string
			if items, err = r.optionalTexts(name); items != nil {
				older[FieldSkills] = Choice{Value: List(items...), Source: Imported}
			}
		case "chosen_tone":
			if text, err = r.optionalText(name); text != nil {
				older[FieldTone] = Choice{Value: Text(*text), Source: Imported}
			}
		case "chosen_model":
			if text, err = r.optionalText(name); text != nil {
				older[FieldModel] = Choice{Value: Text(*text), Source: Imported}
			}
		case "problem":
			_, err = r.optionalText(name) // derived when stored, never imported
		}
		return err
	})
	if e.Choices == nil {
		e.Choices = older
	}
	e.Unknown = unknown
	return e, err
}

func (r *reader) choices(path string) (map[string]Choice, error) {
	if r.null() {
		return nil, nil
	}
	choices := map[string]Choice{}
	err := r.eachMember(path, func(name string) error {
		// The name may be one of a newer program, so it is not shown.
		var c Choice
		unknown, err := r.object(path, []string{"value", "source"}, 2, func(member string) (err error) {
			if member == "value" {
				c.Value, err = r.value(join(path, member))
				return err
			}
			source, err := r.text(join(path, member))
			c.Source = Source(source)
			return err
		})
		c.Unknown = unknown
		choices[name] = c
		return err
	})
	return choices, err
}

func (r *reader) time(path string) (time.Time, error) {
	s, err := r.text(path)
	if err != nil {
		return time.Time{}, err
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return time.Time{}, unreadable(path, "is not an RFC 3339 time")
	}
	return StoredTime(t), nil
}

// CheckEntry refuses an entry that a store may not record.
func CheckEntry(e MemoryEntry) error {
	if err := CheckID(e.ID); err != nil {
		return &InvalidError{Field: "id", Problem: "is the nil UUID"}
	}
	if err := checkText("initial_description", e.Description, MaxDescription); err != nil {
		return err
	}
	if text, ok := e.Category.CustomText(); ok {
		if err := checkText("purpose_category", text, MaxAnswer); err != nil {
			return err
		}
	}
	if e.BotSlug != nil {
		if err := checkText("bot_slug", *e.BotSlug, MaxAnswer); err != nil {
			return err
		}
	}
	b, err := json.Marshal(e)
	if err != nil {
		return &InvalidError{Field: "entry", Problem: "cannot be written as JSON"}
	}
	if len(b) > MaxEntry {
		return &InvalidError{Field: "entry", Problem: "is too large", Limit: MaxEntry, Got: int64(len(b))}
	}
	return nil
}

// EncodeEntry is the entry as stores keep it.
func EncodeEntry(e MemoryEntry) ([]byte, error) {
	e.CreatedAt, e.Problem = StoredTime(e.CreatedAt), ""
	return json.Marshal(e)
}

// DecodeEntry reads a stored entry. It never fails: bytes that cannot be read
// give an entry that says so, known by the id and time of its row.
func DecodeEntry(id uuid.UUID, createdAt time.Time, b []byte) MemoryEntry {
	var e MemoryEntry
	err := json.Unmarshal(b, &e)
	if err == nil && e.ID != id {
		err = &InvalidError{Field: "id", Problem: "is that of another entry"}
	}
	if err != nil {
		problem := "is not well-formed JSON"
		var invalid *InvalidError
		if errors.As(err, &invalid) {
			problem = invalid.Error()
		}
		return MemoryEntry{ID: id, CreatedAt: createdAt, Problem: problem}
	}
	return e
}

// SameEntry reports whether recording b where a is stored changes nothing. An
// entry without a time matches any time.
func SameEntry(stored, given MemoryEntry) (bool, error) {
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
	return stored.Problem == "" && string(a) == string(b), nil
}

// MemoryQuery asks for a page of memory entries, newest first: all of them, or
// those of one category, Unknown included.
type MemoryQuery struct {
	Category *PurposeCategory // nil for all
	Limit    int
	Cursor   Cursor
}

// MemoryPage is a page of memory entries. Next is empty on the last one.
type MemoryPage struct {
	Entries []MemoryEntry
	Next    Cursor
}

// Preference is a standing wish about one value of one field.
type Preference struct {
	Field string `json:"field"`
	Value Value  `json:"value"` // for lists, one item as a text
	Never bool   `json:"never"` // never suggest it; false takes the wish back
}

// Preferences are an owner's wishes, ordered by field and value.
type Preferences []Preference

// Never reports whether a value is not to be suggested.
func (p Preferences) Never(field string, v Value) bool {
	return slices.ContainsFunc(p, func(q Preference) bool { return q.Never && q.Field == field && q.Value == v })
}

// CheckPreference refuses a preference that a store may not keep.
func CheckPreference(p Preference) error {
	if !IsField(p.Field) {
		return &InvalidError{Field: quoteField(p.Field), Problem: "is not a field of a bot"}
	}
	if p.Value.IsZero() {
		return &InvalidError{Field: "value", Problem: "is empty"}
	}
	if len(p.Value.text) > MaxAnswer {
		return &InvalidError{Field: "value", Problem: "is too long", Limit: MaxAnswer, Got: int64(len(p.Value.text))}
	}
	return nil
}
