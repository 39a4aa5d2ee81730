package bot

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
)

// MaxFile is the largest file that is written or read, in bytes.
const MaxFile = 1 << 20

// MaxSkillsFile is the largest skills.toml, in bytes: some 400 skills. Reading
// it takes time that grows with the square of its length.
const MaxSkillsFile = 64 << 10

func limitOf(file string) int {
	if file == skillsName {
		return MaxSkillsFile
	}
	return MaxFile
}

// Spec is everything that a bot's files are made from. Equal specs give equal
// files, so a retry must bring the CreatedAt of the first attempt.
type Spec struct {
	SessionID          uuid.UUID
	Slug               string // as SettleSlug gave it
	CreatedAt          time.Time
	Category           builder.PurposeCategory
	InitialDescription string
	Described          bool              // the session says anew what a bot is for that was there before
	Config             builder.Config    // needs a name; what else is undecided is left out
	ToneSentence       string            // says the tone in a whole sentence; may be empty
	TraitSentences     map[string]string // by trait; those without one are named in quotes
	Skills             []Skill           // texts for the skills of Config, and further ones

	recorded map[string]record // by file, of skills whose text is left as it is
}

// Skill is one skill of a bot.
type Skill struct {
	Name         string
	Description  string // one is made from the name where empty
	Type         string // builder.SkillLocal where empty
	Instructions string // Markdown; made from the description where empty
	Disabled     bool   // switched off in skills.toml
	Keep         bool   // Merge leaves the text that the bot has of it as it is
}

// File is one file of a bot.
type File struct {
	Path    string // relative to the bot's folder, with slashes
	Content []byte
}

// check refuses what could not be written and read back the same.
func (s *Spec) check() error {
	if err := builder.CheckID(s.SessionID); err != nil {
		return err
	}
	if s.Config.Name == nil || inline(*s.Config.Name) == "" {
		return &builder.InvalidError{Field: builder.FieldName, Problem: "is empty; a bot needs a name"}
	}
	if t := s.Config.Temperature; t != nil && (math.IsNaN(*t) || math.IsInf(*t, 0)) {
		return &builder.InvalidError{Field: builder.FieldTemperature, Problem: "is not a number"}
	}
	custom, _ := s.Category.CustomText()
	texts := []struct {
		field string
		text  *string
	}{
		{"initial_description", &s.InitialDescription},
		{"purpose_category", &custom},
		{builder.FieldName, s.Config.Name},
		{builder.FieldDescription, s.Config.Description},
		{builder.FieldCategory, s.Config.Category},
		{builder.FieldTone, s.Config.Tone},
		{builder.FieldPurpose, s.Config.Purpose},
		{builder.FieldBoundaries, s.Config.Boundaries},
		{builder.FieldModel, s.Config.Model},
	}
	for _, t := range texts {
		if t.text == nil {
			continue
		}
		if err := checkText(t.field, *t.text); err != nil {
			return err
		}
	}
	if err := checkTexts(builder.FieldTags, s.Config.Tags); err != nil {
		return err
	}
	return checkTexts(builder.FieldTraits, s.Config.Traits)
}

// skills returns the bot's skills with their texts filled in: those given, and
// those that only the config names.
func (s *Spec) skills() ([]Skill, error) {
	skills := slices.Clone(s.Skills)
	for _, decided := range s.Config.Skills {
		at := slices.IndexFunc(skills, func(skill Skill) bool { return skill.Name == decided.Name })
		if at < 0 {
			at = len(skills)
			skills = append(skills, Skill{Name: decided.Name})
		}
		if skills[at].Description == "" {
			skills[at].Description = decided.Description
		}
		if skills[at].Type == "" {
			skills[at].Type = decided.SkillType
		}
	}
	for i := range skills {
		skills[i].complete()
		field := fmt.Sprintf("skills[%d]", i)
		if err := skills[i].check(field); err != nil {
			return nil, err
		}
		if slices.ContainsFunc(skills[:i], func(earlier Skill) bool { return earlier.Name == skills[i].Name }) {
			return nil, &builder.InvalidError{Field: field + ".name", Problem: "is that of an earlier skill"}
		}
	}
	return skills, nil
}

func checkTexts(field string, texts []string) error {
	for i, text := range texts {
		if err := checkText(fmt.Sprintf("%s[%d]", field, i), text); err != nil {
			return err
		}
	}
	return nil
}

// checkText refuses what YAML and TOML cannot carry.
func checkText(field, text string) error {
	switch {
	case !utf8.ValidString(text):
		return &builder.InvalidError{Field: field, Problem: "is not valid UTF-8"}
	case strings.ContainsRune(text, 0):
		return &builder.InvalidError{Field: field, Problem: "holds a NUL character"}
	}
	return nil
}
