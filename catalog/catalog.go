// Package catalog is what Forge knows before anyone has told it anything: the
// models, tones, traits and skills it can offer, what each purpose category
// gets when nobody decides, and the questions it asks.
//
// All of it is read from catalog.json, which is part of the program. A user's
// file of the same form overlays it, see Load.
package catalog

import (
	_ "embed"
	"slices"
	"sync"

	"github.com/boternity/boternity/builder"
)

// Catalog is one set of entries and questions. It does not change once it is
// made and may be used by many goroutines.
type Catalog struct {
	models     []Model
	tones      []Tone
	traits     []Trait
	skills     []Skill
	questions  []questionEntry
	categories []categoryEntry
	added      map[string][]string // by field: what a user's file added; offered with every question about it
}

// Model is a language model, by the id its maker's interface takes.
type Model struct {
	ID         string `json:"id"`
	Name       string `json:"name"`
	Fits       string `json:"fits"` // one line on when it fits
	Retired    bool   `json:"retired,omitzero"`
	ReplacedBy string `json:"replaced_by,omitempty"` // of a retired entry: one that is not, or empty
}

// Tone is how a bot sounds. Sentence says so in its SOUL.md.
type Tone struct {
	Value      string `json:"value"`
	Fits       string `json:"fits"`
	Sentence   string `json:"sentence"`
	Retired    bool   `json:"retired,omitzero"`
	ReplacedBy string `json:"replaced_by,omitempty"`
}

// Trait is one feature of a bot's character. Sentence says so in its SOUL.md.
type Trait struct {
	Value      string `json:"value"`
	Fits       string `json:"fits"`
	Sentence   string `json:"sentence"`
	Retired    bool   `json:"retired,omitzero"`
	ReplacedBy string `json:"replaced_by,omitempty"`
}

// Skill is a skill in the format of agentskills.io: Name and Description are
// the front matter of its SKILL.md, Instructions are the Markdown below it.
type Skill struct {
	Name         string
	Description  string
	Fits         string
	Instructions string
	Retired      bool
	ReplacedBy   string
}

// Defaults are what a bot of a category gets where nobody decides.
type Defaults struct {
	Tone        string   `json:"tone"`
	Temperature float64  `json:"temperature"`
	MaxTokens   uint32   `json:"max_tokens"`
	Model       string   `json:"model"`
	Traits      []string `json:"traits"`
	Skills      []string `json:"skills"`
	Tags        []string `json:"tags"`
	Boundaries  string   `json:"boundaries"` // a whole sentence
	Category    string   `json:"category"`   // the shelf: assistant, creative, research, utility
}

// The model ids and the days they were switched off are those that their makers
// published, as of November 2026.
//
//go:embed catalog.json
var embedded []byte

var parseDefault = sync.OnceValue(func() *Catalog {
	c, err := parse(embedded)
	if err != nil {
		panic("catalog.json: " + err.Error()) // part of the program; its test reads it too
	}
	return c
})

// Default returns the catalogue that is part of the program.
func Default() *Catalog { return parseDefault() }

// Models returns all models, retired ones included, in catalogue order.
func (c *Catalog) Models() []Model { return slices.Clone(c.models) }

// Tones returns all tones, retired ones included, in catalogue order.
func (c *Catalog) Tones() []Tone { return slices.Clone(c.tones) }

// Traits returns all traits, retired ones included, in catalogue order.
func (c *Catalog) Traits() []Trait { return slices.Clone(c.traits) }

// Skills returns all skills, retired ones included, in catalogue order.
func (c *Catalog) Skills() []Skill { return slices.Clone(c.skills) }

// Model finds a model by its id, retired or not.
func (c *Catalog) Model(id string) (Model, bool) { return find(c.models, id) }

// Tone finds a tone by its value, retired or not.
func (c *Catalog) Tone(value string) (Tone, bool) { return find(c.tones, value) }

// Trait finds a trait by its value, retired or not.
func (c *Catalog) Trait(value string) (Trait, bool) { return find(c.traits, value) }

// Skill finds a skill by its name, retired or not.
func (c *Catalog) Skill(name string) (Skill, bool) { return find(c.skills, name) }

// Defaults returns what a category gets where nobody decides. An unknown
// category gets what a custom one does. None of it is retired: a retired entry
// gives way to what replaces it.
func (c *Catalog) Defaults(category builder.PurposeCategory) Defaults {
	d := c.category(category).Defaults
	d.Model = active(c.models, d.Model)
	d.Tone = active(c.tones, d.Tone)
	d.Traits = activeList(c.traits, d.Traits)
	d.Skills = activeList(c.skills, d.Skills)
	d.Tags = slices.Clone(d.Tags)
	return d
}

func (c *Catalog) category(category builder.PurposeCategory) categoryEntry {
	name := category.Name()
	if name == "" {
		name = customCategory
	}
	at := slices.IndexFunc(c.categories, func(e categoryEntry) bool { return e.Category == name })
	return c.categories[at] // check sees to it that every category is there
}

// entry is what models, tones, traits and skills have in common.
type entry interface {
	key() string
	option() Option
	retirement() (retired bool, replacedBy string)
}

func (m Model) key() string { return m.ID }
func (t Tone) key() string  { return t.Value }
func (t Trait) key() string { return t.Value }
func (s Skill) key() string { return s.Name }

func (m Model) option() Option { return Option{builder.Text(m.ID), m.Name, m.Fits} }
func (t Tone) option() Option  { return Option{builder.Text(t.Value), t.Value, t.Fits} }
func (t Trait) option() Option { return Option{builder.Text(t.Value), t.Value, t.Fits} }
func (s Skill) option() Option { return Option{builder.Text(s.Name), s.Name, s.Fits} }

func (m Model) retirement() (bool, string) { return m.Retired, m.ReplacedBy }
func (t Tone) retirement() (bool, string)  { return t.Retired, t.ReplacedBy }
func (t Trait) retirement() (bool, string) { return t.Retired, t.ReplacedBy }
func (s Skill) retirement() (bool, string) { return s.Retired, s.ReplacedBy }

func find[T entry](entries []T, key string) (T, bool) {
	for _, e := range entries {
		if e.key() == key {
			return e, true
		}
	}
	var none T
	return none, false
}

// active follows replacements from key to an entry that is not retired; empty
// where there is none.
func active[T entry](entries []T, key string) string {
	for range entries {
		e, ok := find(entries, key)
		if !ok {
			return ""
		}
		retired, replacedBy := e.retirement()
		if !retired {
			return key
		}
		key = replacedBy
	}
	return "" // they replace each other in a circle
}

func activeList[T entry](entries []T, keys []string) []string {
	list := []string{}
	for _, key := range keys {
		if key = active(entries, key); key != "" && !slices.Contains(list, key) {
			list = append(list, key)
		}
	}
	return list
}
