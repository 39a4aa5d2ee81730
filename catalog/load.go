package catalog

import (
	"cmp"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/boternity/boternity/builder"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// MaxFile is the size of the largest catalogue file, in bytes.
const MaxFile = 4 << 20

// file is a catalogue file. Every part of it may be absent from a user's.
type file struct {
	Models     []jsontext.Value `json:"models"`
	Tones      []jsontext.Value `json:"tones"`
	Traits     []jsontext.Value `json:"traits"`
	Skills     []jsontext.Value `json:"skills"`
	Questions  []jsontext.Value `json:"questions"`
	Categories []jsontext.Value `json:"categories"`
}

// skillEntry is a skill in the file, its instructions line by line.
type skillEntry struct {
	Name         string   `json:"name"`
	Fits         string   `json:"fits"`
	Description  string   `json:"description"`
	Instructions []string `json:"instructions"`
	Retired      bool     `json:"retired"`
	ReplacedBy   string   `json:"replaced_by"`
}

// questionEntry is a question in the file. In a category it overrides the
// text, hint and options of the common question about its field.
type questionEntry struct {
	Field    string        `json:"field"`
	Phase    builder.Phase `json:"phase"`
	Text     string        `json:"text"`
	Hint     string        `json:"hint"`
	Options  []optionEntry `json:"options"`
	FreeText bool          `json:"free_text"`
	Many     bool          `json:"many"`
	Optional bool          `json:"optional"`
}

// optionEntry is an option in the file. Where its value is that of an entry,
// the entry's own label and line stand in for absent ones.
type optionEntry struct {
	Value builder.Value `json:"value"`
	Label string        `json:"label"`
	Fits  string        `json:"fits"`
}

// categoryEntry is a purpose category in the file. Ask names the fields that
// a session asks about, in order.
type categoryEntry struct {
	Category  string          `json:"category"`
	Ask       []string        `json:"ask"`
	Defaults  Defaults        `json:"defaults"`
	Questions []questionEntry `json:"-"`
}

const customCategory = "custom"

// Load returns the default catalogue overlaid with a user's file. An entry of
// a new id (name, value) is added, and offered with every question about its
// field. One of a known id changes that entry: members it leaves out stay as
// they are, so {"id": "…", "retired": true} is enough to retire one. Questions
// are known by their field, categories by their name; lists are replaced as a
// whole.
//
// Errors are ErrInvalid and name the place in the file, or in the catalogue
// that results from it.
func Load(data []byte) (*Catalog, error) {
	if len(data) > MaxFile {
		return nil, &builder.InvalidError{Field: "the catalogue file", Problem: "is too large", Limit: MaxFile, Got: int64(len(data))}
	}
	// Parsed anew, because overlaying writes into it.
	c, err := parse(embedded)
	if err != nil {
		return nil, err
	}
	known := *c
	if err := c.overlay(data); err != nil {
		return nil, err
	}
	c.added = map[string][]string{
		builder.FieldModel:  newKeys(known.models, c.models),
		builder.FieldTone:   newKeys(known.tones, c.tones),
		builder.FieldTraits: newKeys(known.traits, c.traits),
		builder.FieldSkills: newKeys(known.skills, c.skills),
	}
	if err := c.check(); err != nil {
		return nil, err
	}
	c.settleReplacements()
	return c, nil
}

func parse(data []byte) (*Catalog, error) {
	c := &Catalog{}
	if err := c.overlay(data); err != nil {
		return nil, err
	}
	if err := c.check(); err != nil {
		return nil, err
	}
	c.settleReplacements()
	return c, nil
}

func (c *Catalog) overlay(data []byte) error {
	var f file
	if err := decode(data, &f, ""); err != nil {
		return err
	}
	skills := make([]skillEntry, len(c.skills))
	for i, s := range c.skills {
		skills[i] = skillEntry{s.Name, s.Fits, s.Description, strings.Split(s.Instructions, "\n"), s.Retired, s.ReplacedBy}
	}
	err := cmp.Or(
		merge(&c.models, f.Models, "models", "id", Model.key),
		merge(&c.tones, f.Tones, "tones", "value", Tone.key),
		merge(&c.traits, f.Traits, "traits", "value", Trait.key),
		merge(&skills, f.Skills, "skills", "name", func(s skillEntry) string { return s.Name }),
		merge(&c.questions, f.Questions, "questions", "field", func(q questionEntry) string { return q.Field }),
		c.mergeCategories(f.Categories),
	)
	c.skills = make([]Skill, len(skills))
	for i, s := range skills {
		c.skills[i] = Skill{s.Name, s.Description, s.Fits, strings.Join(s.Instructions, "\n"), s.Retired, s.ReplacedBy}
	}
	return err
}

// mergeCategories takes a category's questions aside, since they are merged
// one by one while its other lists are replaced.
func (c *Catalog) mergeCategories(raws []jsontext.Value) error {
	type rawCategory struct {
		categoryEntry
		Questions []jsontext.Value `json:"questions"`
	}
	categories := make([]rawCategory, len(c.categories))
	for i, e := range c.categories {
		categories[i].categoryEntry = e
	}
	if err := merge(&categories, raws, "categories", "category", func(r rawCategory) string { return r.Category }); err != nil {
		return err
	}
	c.categories = make([]categoryEntry, len(categories))
	for i, r := range categories {
		place := fmt.Sprintf("categories.%s.questions", r.Category)
		if err := merge(&r.categoryEntry.Questions, r.Questions, place, "field", func(q questionEntry) string { return q.Field }); err != nil {
			return err
		}
		c.categories[i] = r.categoryEntry
	}
	return nil
}

// merge overlays entries, known by their key, with those of a file.
func merge[T any](into *[]T, raws []jsontext.Value, place, keyName string, key func(T) string) error {
	seen := map[string]bool{}
	for i, raw := range raws {
		at := fmt.Sprintf("%s[%d]", place, i)
		var e T
		if err := decode(raw, &e, at); err != nil {
			return err
		}
		k := key(e)
		switch {
		case k == "":
			return invalid(at+"."+keyName, "is missing")
		case seen[k]:
			return invalid(at+"."+keyName, "is there twice")
		}
		seen[k] = true
		known := slices.IndexFunc(*into, func(have T) bool { return key(have) == k })
		if known < 0 {
			*into = append(*into, e)
			continue
		}
		if err := decode(raw, &(*into)[known], at); err != nil {
			return err
		}
	}
	return nil
}

// settleReplacements points every retired entry to one that is not, however
// many replacements lie between.
func (c *Catalog) settleReplacements() {
	for i, m := range c.models {
		c.models[i].ReplacedBy = active(c.models, m.ReplacedBy)
	}
	for i, t := range c.tones {
		c.tones[i].ReplacedBy = active(c.tones, t.ReplacedBy)
	}
	for i, t := range c.traits {
		c.traits[i].ReplacedBy = active(c.traits, t.ReplacedBy)
	}
	for i, s := range c.skills {
		c.skills[i].ReplacedBy = active(c.skills, s.ReplacedBy)
	}
}

func newKeys[T entry](before, after []T) []string {
	var keys []string
	for _, e := range after {
		if _, known := find(before, e.key()); !known {
			keys = append(keys, e.key())
		}
	}
	return keys
}

func decode(data []byte, into any, place string) error {
	err := json.Unmarshal(data, into, json.RejectUnknownMembers(true))
	if err == nil {
		return nil
	}
	if semantic, ok := errors.AsType[*json.SemanticError](err); ok {
		return invalid(join(place, semantic.JSONPointer), problem(err, semantic))
	}
	if syntactic, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		at := join(place, syntactic.JSONPointer)
		if errors.Is(err, jsontext.ErrDuplicateName) {
			return invalid(at, "is there twice")
		}
		return invalid(at, fmt.Sprintf("is not well-formed JSON, at byte %d", syntactic.ByteOffset))
	}
	return invalid(join(place, ""), "is not well-formed JSON")
}

func problem(err error, semantic *json.SemanticError) string {
	if errors.Is(err, json.ErrUnknownName) {
		return "is not part of a catalogue"
	}
	if semantic.GoType == reflect.TypeFor[builder.Value]() {
		return "is not a text, a number or a list of texts"
	}
	switch semantic.GoType.Kind() {
	case reflect.String:
		return "is not a text"
	case reflect.Bool:
		return "is not true or false"
	case reflect.Slice:
		return "is not a list"
	case reflect.Struct:
		return "is not an object"
	case reflect.Uint32:
		return "is not a whole number in range"
	}
	return "is not a number in range"
}

// join writes a place in a file the way people do: models[3].name.
func join(place string, pointer jsontext.Pointer) string {
	for token := range pointer.Tokens() {
		switch _, err := strconv.Atoi(token); {
		case err == nil && place != "":
			place += "[" + token + "]"
		case place == "":
			place = printable(token)
		default:
			place += "." + printable(token)
		}
	}
	return or(place, "the catalogue file")
}

// printable bounds a name from a file and escapes what could upset a terminal.
func printable(name string) string {
	if len(name) > builder.MaxField {
		name = strings.ToValidUTF8(name[:builder.MaxField], "") + "…"
	}
	quoted := strconv.QuoteToGraphic(name)
	if quoted == `"`+name+`"` {
		return name
	}
	return quoted
}

func invalid(place, problem string) error {
	return &builder.InvalidError{Field: place, Problem: problem}
}
