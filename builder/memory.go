package builder

import (
	"slices"
	"time"

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
	b, err := EncodeEntry(e)
	if err != nil {
		return err
	}
	if len(b) > MaxEntry {
		return &InvalidError{Field: "entry", Problem: "is too large", Limit: MaxEntry, Got: int64(len(b))}
	}
	// Whatever else is wrong with it would make the stored entry unreadable.
	var back MemoryEntry
	return back.UnmarshalJSON(b)
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
		return notField(p.Field)
	}
	if p.Value.IsZero() {
		return &InvalidError{Field: "value", Problem: "is empty"}
	}
	return p.Value.check("value")
}
