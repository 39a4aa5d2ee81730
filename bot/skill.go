package bot

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"github.com/boternity/boternity/builder"
)

// CheckSkill refuses a skill that is not of the agentskills.io format.
func CheckSkill(name, description string) error {
	return Skill{Name: name, Description: description}.check("skill")
}

func (s Skill) check(field string) error {
	if err := builder.CheckSkillName(field+".name", s.Name); err != nil {
		return err
	}
	for _, t := range []struct{ field, text string }{
		{".description", s.Description}, {".type", s.Type}, {".instructions", s.Instructions},
	} {
		if err := checkText(field+t.field, t.text); err != nil {
			return err
		}
	}
	return builder.CheckSkillDescription(field+".description", s.Description)
}

// complete fills in what a skill's files need and nobody gave.
func (s *Skill) complete() {
	if strings.TrimSpace(s.Description) == "" {
		s.Description = fmt.Sprintf("Use this skill when “%s” is asked for.", s.title())
	}
	if s.Type == "" {
		s.Type = builder.SkillLocal
	}
	if strings.TrimSpace(s.Instructions) == "" {
		s.Instructions = join(
			heading(1, strings.ToUpper(s.Name[:1])+s.title()[1:]),
			quotation(s.Description),
			"Before using this skill, make sure that it fits what was asked. Afterwards, say what was done and what is still open.",
		)
	}
}

// title is the name as words.
func (s *Skill) title() string { return strings.ReplaceAll(s.Name, "-", " ") }

func (s *Skill) dir() string { return skillsDir + "/" + s.Name }

func (s *Skill) path() string { return s.dir() + "/" + skillFile }

type skillFront struct {
	Name        text `yaml:"name"`
	Description text `yaml:"description"`
}

func (s *Skill) file() (File, error) {
	instructions := strings.TrimRight(s.Instructions, "\n") + "\n"
	return markdown(s.path(), skillFront{Name: text(s.Name), Description: text(s.Description)}, instructions)
}

// skillTable is a skill's table in skills.toml.
type skillTable struct {
	Name    string `toml:"name"`
	Type    string `toml:"type"`
	Path    string `toml:"path"`    // the skill's folder, relative to the bot's
	Enabled *bool  `toml:"enabled"` // true where someone has left it out
}

type skillTables struct {
	Skills []skillTable `toml:"skills,omitempty"`
}

func skillsFile(skills []Skill) (File, error) {
	var tables skillTables
	for _, s := range skills {
		enabled := !s.Disabled
		tables.Skills = append(tables.Skills, skillTable{Name: s.Name, Type: s.Type, Path: s.dir(), Enabled: &enabled})
	}
	encoded, err := toml.Marshal(tables)
	if err != nil {
		return File{}, fmt.Errorf("write %s: %w", skillsName, err)
	}
	var b bytes.Buffer
	b.WriteString("# The skills of this bot, a table each. A skill with enabled = false stays unused.\n")
	if len(encoded) > 0 {
		b.WriteByte('\n')
	}
	b.Write(encoded)
	return File{Path: skillsName, Content: b.Bytes()}, nil
}
