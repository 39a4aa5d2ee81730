package bot

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/boternity/boternity/builder"
)

func TestSkillsThatGoAndCome(t *testing.T) {
	f, dir := edited(t)
	putFile(t, filepath.Join(dir, "skills/web-search/SKILL.md"), mustRender(t, richSpec())["skills/web-search/SKILL.md"]+"\nmine\n")
	table := strings.Replace(mustRender(t, richSpec())[skillsName], "name = 'code-review'\n", "name = 'code-review'\nlevel = 9 # mine\n", 1)
	putFile(t, filepath.Join(dir, skillsName), "# top\n"+table+"\n[other]\nx = 1\n")
	spec := changedSpec()
	spec.Config.Skills = []builder.Skill{{Name: "brand-new", SkillType: "own"}, {Name: "someone-elses-2", SkillType: "own"}, {Name: "code-review", SkillType: "local"}}
	spec.Skills = spec.Skills[:1]
	putFile(t, filepath.Join(dir, "skills/someone-elses-2/SKILL.md"), "---\nname: someone-elses-2\ndescription: \"made from the name\"\nlicence: MIT\n---\nTheir words.\n")
	m := mustReplace(t, f, spec)
	after := tree(t, dir)
	if _, there := after["skills/release-notes/"]; there {
		t.Error("the skill that nobody edited is still there")
	}
	if !strings.HasSuffix(after["skills/web-search/SKILL.md"], "\nmine\n") {
		t.Error("the edited skill is gone")
	}
	if !strings.Contains(after["skills/someone-elses-2/SKILL.md"], "licence: MIT\n---\nTheir words.\n") {
		t.Errorf("the skill that was there is\n%s", after["skills/someone-elses-2/SKILL.md"])
	}
	if len(m.Notes) != 1 || m.Notes[0].File != "skills/web-search/SKILL.md" {
		t.Errorf("notes: %+v", m.Notes)
	}
	want := "# top\n# The skills of this bot, a table each. A skill with enabled = false stays unused.\n\n" +
		"[[skills]]\nname = 'code-review'\nlevel = 9 # mine\ntype = 'local'\npath = 'skills/code-review'\nenabled = true\n\n" +
		"[[skills]]\nname = 'brand-new'\ntype = 'own'\npath = 'skills/brand-new'\nenabled = true\n\n" +
		"[[skills]]\nname = 'someone-elses-2'\ntype = 'own'\npath = 'skills/someone-elses-2'\nenabled = true\n\n" +
		"[other]\nx = 1\n"
	mustEqual(t, want, after[skillsName])
}

// A skill whose text stays keeps it, however often the bot is changed, and its
// record with it.
func TestKeptSkills(t *testing.T) {
	f, dir := edited(t)
	at := filepath.Join(dir, "skills/code-review/SKILL.md")
	putFile(t, at, "---\nname: code-review\ndescription: mine\nversion: 2\n---\n\nMy own steps.\n")
	before := tree(t, dir)
	for _, id := range []string{"01933b5e-7c00-7000-8000-00000000001a", "01933b5e-7c00-7000-8000-00000000001b"} {
		spec := changedSpec()
		spec.SessionID, _ = builder.ParseID(id)
		spec.Config.Tone = ptr("tone of " + id)
		for i := range spec.Skills {
			spec.Skills[i].Keep, spec.Skills[i].Instructions, spec.Skills[i].Disabled = true, "other text", false
		}
		mustReplace(t, f, spec)
		if b, err := f.Read(spec.Slug); err != nil || !b.Skills[1].Disabled {
			t.Errorf("the skill was switched on: %v", err)
		}
		for _, name := range []string{"code-review", "web-search"} {
			mustEqual(t, before["skills/"+name+"/SKILL.md"], tree(t, dir)["skills/"+name+"/SKILL.md"])
		}
	}
	spec := changedSpec()
	spec.SessionID = session
	spec.Skills, spec.Config.Skills = nil, nil
	mustReplace(t, f, spec)
	after := tree(t, dir)
	if _, there := after["skills/web-search/SKILL.md"]; there {
		t.Error("the skill that nobody edited was not known for that any more")
	}
	mustEqual(t, before["skills/code-review/SKILL.md"], after["skills/code-review/SKILL.md"])
}
