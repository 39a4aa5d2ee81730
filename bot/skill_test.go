package bot

import (
	"errors"
	"strings"
	"testing"

	"github.com/boternity/boternity/builder"
)

func TestCheckSkill(t *testing.T) {
	letters := strings.Repeat("a", builder.MaxSkillName)
	for _, c := range []struct {
		name, description string
		field             string
		limit             int64
	}{
		{"a", "x", "", 0},
		{"code-review-2", "x", "", 0},
		{"1", "x", "", 0},
		{letters, strings.Repeat("é", builder.MaxSkillDescription), "", 0},
		{"", "x", "skill.name", 0},
		{letters + "a", "x", "skill.name", builder.MaxSkillName},
		{"Code", "x", "skill.name", 0},
		{"code_review", "x", "skill.name", 0},
		{"code review", "x", "skill.name", 0},
		{"é", "x", "skill.name", 0},
		{"-a", "x", "skill.name", 0},
		{"a-", "x", "skill.name", 0},
		{"a--b", "x", "skill.name", 0},
		{"..", "x", "skill.name", 0},
		{"a/b", "x", "skill.name", 0},
		{"aux", "x", "skill.name", 0},
		{"a", "", "skill.description", 0},
		{"a", " \n", "skill.description", 0},
		{"a", "x\x00", "skill.description", 0},
		{"a", "\xff", "skill.description", 0},
		{"a", strings.Repeat("é", builder.MaxSkillDescription+1), "skill.description", builder.MaxSkillDescription},
	} {
		err := CheckSkill(c.name, c.description)
		var invalid *builder.InvalidError
		switch {
		case c.field == "" && err != nil:
			t.Errorf("%.20q is refused: %v", c.name, err)
		case c.field != "" && (!errors.As(err, &invalid) || invalid.Field != c.field || invalid.Limit != c.limit):
			t.Errorf("%.20q, %.20q: got %v, want %s with limit %d", c.name, c.description, err, c.field, c.limit)
		}
		if nameOK := builder.CheckSkillName("skill.name", c.name) == nil; nameOK != (c.field != "skill.name") {
			t.Errorf("CheckSkillName(%.20q) disagrees with CheckSkill", c.name)
		}
	}
}

// Whatever the skill is called, what is made up for it passes the format.
func TestSkillWithoutTexts(t *testing.T) {
	for _, name := range []string{"a", "code-review", "null", "1", strings.Repeat("a", builder.MaxSkillName)} {
		s := Skill{Name: name}
		s.complete()
		if err := CheckSkill(s.Name, s.Description); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if s.Type != builder.SkillLocal || strings.TrimSpace(s.Instructions) == "" {
			t.Errorf("%s: %+v", name, s)
		}
	}
}

func FuzzCheckSkill(f *testing.F) {
	for _, s := range awkward {
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, name, description string) {
		if CheckSkill(name, description) != nil {
			return
		}
		spec := bareSpec()
		spec.Skills = []Skill{{Name: name, Description: description}}
		files, err := Render(spec)
		if err != nil {
			t.Fatal(err)
		}
		file := files[len(files)-1]
		var front skillFront
		if _, err := parseMarkdown(file.Content, &front); err != nil {
			t.Fatal(err)
		}
		if file.Path != "skills/"+name+"/SKILL.md" || string(front.Name) != name || string(front.Description) != description {
			t.Errorf("%s has %q and %q", file.Path, front.Name, front.Description)
		}
	})
}
