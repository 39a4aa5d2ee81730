package transfer

import (
	"fmt"
	"math"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
)

// candidate is a row of the file that can be taken, as it would be stored.
type candidate struct {
	rowid int64
	row   builder.Row
	id    uuid.UUID
	notes []string // what was changed or could not be read; completes "the row …"
}

// problem says why a row cannot be taken, by column names only.
type problem string

func (p problem) Error() string { return string(p) }

func problemf(format string, args ...any) error { return problem(fmt.Sprintf(format, args...)) }

// draftFrom turns a row of builder_drafts into a draft. The state is taken
// whatever its bytes: whether they can be read is for listings to say.
func draftFrom(r record, fileTime time.Time) (candidate, error) {
	id, err := idFrom("session_id", r.values[0])
	if err != nil {
		return candidate{}, err
	}
	state, ok := r.values[1].(string)
	if !ok {
		return candidate{}, problemf("state_json is %s, not text", storageClass(r.values[1]))
	}
	version, ok := r.values[2].(int64)
	if !ok || version < 0 || version > math.MaxUint32 {
		return candidate{}, problemf("schema_version is not a whole number from 0 to %d", uint32(math.MaxUint32))
	}
	c := candidate{rowid: r.rowid, id: id}
	created := c.time("created_at", r.values[3], fileTime)
	updated := c.time("updated_at", r.values[4], fileTime)
	c.row.Draft = &builder.Draft{
		SessionID: id, Revision: 1, SchemaVersion: uint32(version), State: []byte(state),
		CreatedAt: created, UpdatedAt: updated,
	}
	return c, nil
}

// entryFrom turns a row of builder_memory into a memory entry.
func entryFrom(r record, fileTime time.Time) (candidate, error) {
	id, err := idFrom("id", r.values[0])
	if err != nil {
		return candidate{}, err
	}
	c := candidate{rowid: r.rowid, id: id}
	e := builder.MemoryEntry{ID: id}
	if e.Category, err = c.category(r.values[1]); err != nil {
		return candidate{}, err
	}
	description, err := textFrom("initial_description", r.values[2])
	if err != nil {
		return candidate{}, err
	}
	if description == nil {
		return candidate{}, problemf("initial_description is NULL")
	}
	e.Description = *description
	if e.Choices, err = choicesFrom(r.values[3], r.values[4], r.values[5]); err != nil {
		return candidate{}, err
	}
	if e.BotSlug, err = textFrom("bot_slug", r.values[6]); err != nil {
		return candidate{}, err
	}
	e.CreatedAt = c.time("created_at", r.values[7], fileTime)
	b, err := builder.EncodeEntry(e)
	if err != nil {
		return candidate{}, problemf("the row cannot be written as JSON")
	}
	if p := builder.DecodeEntry(id, e.CreatedAt, b).Problem; p != "" {
		c.note("%s; it is listed as an unreadable entry", p)
	}
	c.row.Memory = &builder.StoredEntry{ID: id, CreatedAt: e.CreatedAt, Entry: b}
	return c, nil
}

func choicesFrom(tone, model, skills any) (map[string]builder.Choice, error) {
	choices := map[string]builder.Choice{}
	for _, single := range []struct {
		column, field string
		value         any
	}{{"chosen_tone", builder.FieldTone, tone}, {"chosen_model", builder.FieldModel, model}} {
		text, err := textFrom(single.column, single.value)
		if err != nil {
			return nil, err
		}
		if text != nil {
			choices[single.field] = builder.Choice{Value: builder.Text(*text), Source: builder.Imported}
		}
	}
	text, err := textFrom("chosen_skills", skills)
	if err != nil {
		return nil, err
	}
	if text == nil {
		return nil, problemf("chosen_skills is NULL")
	}
	if jsontext.Value(*text).Kind() != '[' {
		return nil, problemf("chosen_skills is not a JSON list of texts")
	}
	list, err := builder.ParseValue("chosen_skills", []byte(*text))
	if err != nil {
		return nil, problem(err.Error())
	}
	choices[builder.FieldSkills] = builder.Choice{Value: list, Source: builder.Imported}
	return choices, nil
}

// category reads a purpose category; one that is not readable is unknown.
func (c *candidate) category(value any) (builder.PurposeCategory, error) {
	if value == nil || value == "" {
		return builder.Unknown, nil
	}
	text, ok := value.(string)
	if !ok {
		return builder.Unknown, problemf("purpose_category is %s, not text", storageClass(value))
	}
	category, err := builder.ParsePurposeCategory(text)
	if err != nil {
		c.note("purpose_category is not a known category; the entry has none")
	}
	return category, nil
}

// time reads a time; the file's time stands in for one that is not readable.
func (c *candidate) time(column string, value any, fileTime time.Time) time.Time {
	if text, ok := value.(string); ok {
		if t, ok := parseTime(text); ok {
			return t
		}
	}
	c.note("%s is not an RFC 3339 time; the file's time stands in for it", column)
	return builder.StoredTime(fileTime)
}

func (c *candidate) note(format string, args ...any) {
	c.notes = append(c.notes, fmt.Sprintf(format, args...))
}

func (c *candidate) noted() string { return strings.Join(c.notes, "; ") }

func idFrom(column string, value any) (uuid.UUID, error) {
	if value == nil {
		return uuid.Nil, problemf("%s is NULL", column)
	}
	text, ok := value.(string)
	if !ok {
		return uuid.Nil, problemf("%s is %s, not text", column, storageClass(value))
	}
	id, err := builder.ParseID(text)
	if err != nil {
		return uuid.Nil, problemf("%s is not a UUID", column)
	}
	if builder.CheckID(id) != nil {
		return uuid.Nil, problemf("%s is the nil UUID", column)
	}
	return id, nil
}

// textFrom reads a text that becomes part of an entry's JSON, or nil.
func textFrom(column string, value any) (*string, error) {
	if value == nil {
		return nil, nil
	}
	text, ok := value.(string)
	if !ok {
		return nil, problemf("%s is %s, not text", column, storageClass(value))
	}
	if !utf8.ValidString(text) {
		return nil, problemf("%s is not valid UTF-8", column)
	}
	return &text, nil
}

func storageClass(value any) string {
	switch value.(type) {
	case nil:
		return "NULL"
	case []byte:
		return "a BLOB"
	case int64, float64:
		return "a number"
	}
	return "text"
}
