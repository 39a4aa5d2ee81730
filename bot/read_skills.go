package bot

import (
	"fmt"
	"slices"

	"github.com/boternity/boternity/builder"
)

// readSkills reads skills.toml and the skills it names. A bot that Forge has not
// made may do without either.
func (f *Folder) readSkills(slug string, b *Bot) error {
	content, err := f.readFile(inFolder(slug, skillsName), skillsName)
	if isMissing(err) && !b.Ours {
		return nil
	}
	if err != nil {
		return err
	}
	b.Files = append(b.Files, File{skillsName, content})
	tables, byName, err := parseTables(content)
	if err != nil {
		return err
	}
	for _, t := range tables {
		if err := f.readSkill(slug, b, t, byName); err != nil {
			return err
		}
	}
	return nil
}

func (f *Folder) readSkill(slug string, b *Bot, t tableOf, byName bool) error {
	table, wrong := t.skill, func(problem string) error {
		return &FileError{File: skillsName, Problem: "is wrong: " + problem}
	}
	if err := builder.CheckSkillName(t.field+".name", table.Name); err != nil {
		if byName {
			b.Notes = append(b.Notes, Note{skillsName, "The skill " + t.field + " has a name that no skill may have here. It is left as it is."})
			return nil
		}
		return wrong(err.Error())
	}
	skill := Skill{Name: table.Name, Type: table.Type, Disabled: table.Enabled != nil && !*table.Enabled}
	if table.Path != skill.dir() {
		return wrong(t.field + ".path is not the folder of that name")
	}
	if slices.ContainsFunc(b.Skills, func(earlier Skill) bool { return earlier.Name == skill.Name }) {
		return wrong(t.field + ".name is that of an earlier skill")
	}
	path := skill.path()
	whole, err := f.readFile(inFolder(slug, path), t.field+"/"+skillFile)
	switch {
	case isMissing(err) && !b.Ours:
		b.Notes = append(b.Notes, Note{skillsName, fmt.Sprintf("The skill %s has no %s in the bot's folder; finishing writes one.", t.field, skillFile)})
	case err != nil:
		return err
	default:
		var front skillFront
		body, err := parseMarkdown(whole, &front)
		if err != nil {
			return &FileError{File: t.field + "/" + skillFile, Problem: err.Error()}
		}
		b.Files = append(b.Files, File{path, whole})
		skill.Description, skill.Instructions = string(front.Description), body
	}
	b.Skills = append(b.Skills, skill)
	b.Config.Skills = append(b.Config.Skills, builder.Skill{Name: skill.Name, Description: skill.Description, SkillType: skill.Type})
	return nil
}
