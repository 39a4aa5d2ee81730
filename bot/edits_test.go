package bot

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/boternity/boternity/builder"
)

var drawnSpec = rapid.Custom(func(t *rapid.T) Spec {
	text := rapid.SampledFrom([]string{"Lex", "a: b", "two\n\nparagraphs", "# heading", "- item", "none", "“quoted”", " spaced ", "a # b", "---", "日本語"})
	optional := func(name string) *string {
		if rapid.IntRange(0, 3).Draw(t, name+" is undecided") == 0 {
			return nil
		}
		return ptr(text.Draw(t, name))
	}
	spec := richSpec()
	spec.Config = builder.Config{
		Name: ptr("x " + text.Draw(t, "name")), Description: optional("description"), Category: optional("category"), Tone: optional("tone"),
		Purpose: optional("purpose"), Boundaries: optional("boundaries"), Model: optional("model"),
		Tags: rapid.SliceOfN(text, 0, 3).Draw(t, "tags"), Traits: rapid.SliceOfN(text, 0, 3).Draw(t, "traits"),
	}
	if rapid.Bool().Draw(t, "temperature is decided") {
		spec.Config.Temperature = ptr(rapid.Float64Range(0, 2).Draw(t, "temperature"))
	}
	spec.Category = rapid.SampledFrom(append(builder.FixedCategories(), builder.Custom("x"), builder.Unknown)).Draw(t, "category")
	spec.Skills = nil
	for _, name := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"a", "b", "c", "d"}), 0, 3, rapid.ID).Draw(t, "skills") {
		spec.Skills = append(spec.Skills, Skill{Name: name, Description: text.Draw(t, "skill"), Type: "local", Instructions: "# " + name + "\n\n" + text.Draw(t, "instructions")})
	}
	return spec
})

// Whatever lines a person adds, whatever their editor does to the line ends, and
// whatever values change then, every line they have added is there, in its
// order, and the values read back.
func TestAddedLinesSurvive(t *testing.T) {
	f := openFolder(t)
	f.sync = noSync
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		was := drawnSpec.Draw(rt, "was")
		was.Slug = fmt.Sprintf("bot-%d", n)
		dir := filepath.Join(f.Dir(), was.Slug)
		putFiles(t, dir, was)
		added := map[string][]string{}
		for _, path := range []string{soulName, identityName, userName, skillsName} {
			at := filepath.Join(dir, path)
			content, err := os.ReadFile(at)
			if err != nil {
				rt.Fatal(err)
			}
			edited, lines := addLines(rt, path, string(content))
			added[path] = lines
			if err := os.WriteFile(at, []byte(edited), 0o600); err != nil {
				rt.Fatal(err)
			}
		}
		now := drawnSpec.Draw(rt, "now")
		now.Slug, now.SessionID = was.Slug, another
		if _, _, err := f.Replace(now, was); err != nil {
			rt.Fatal(err)
		}
		for path, lines := range added {
			content, err := os.ReadFile(filepath.Join(dir, path))
			if err != nil {
				rt.Fatal(err)
			}
			var there []string
			for line := range strings.Lines(string(content)) {
				if line = strings.TrimSpace(strings.TrimPrefix(line, byteOrderMark)); strings.Contains(line, "mine-") {
					there = append(there, line)
				}
			}
			if path == skillsName { // a table that goes leaves its comments at the top
				slices.Sort(there)
				slices.Sort(lines)
			}
			if !slices.Equal(lines, there) {
				rt.Fatalf("%s: of %q there are %q in\n%s", path, lines, there, content)
			}
		}
		b, err := f.Read(now.Slug)
		if err != nil {
			rt.Fatal(err)
		}
		checkValuesOf(rt, now, b)
	})
}

func addLines(t *rapid.T, path, content string) (edited string, added []string) {
	p := splitMarkdown(content)
	if path == userName || path == skillsName {
		p = parts{body: content}
	}
	number := func() string { return fmt.Sprintf("mine-%d", len(added)+100) }
	if path == skillsName {
		chunks := chunksOf(content)
		for i := range chunks {
			if rapid.Bool().Draw(t, "comment") {
				added = append(added, "# "+number())
				chunks[i].text += added[len(added)-1] + "\n"
			}
			edited += chunks[i].text
		}
		return edited, added
	}
	if p.open != "" {
		var entries []entry
		for _, e := range entriesOf(p.front) {
			switch rapid.IntRange(0, 4).Draw(t, "front matter") {
			case 0:
				added = append(added, "# "+number())
				entries = append(entries, entry{"", added[len(added)-1] + "\n"})
			case 1:
				added = append(added, "my_"+number()+": x")
				entries = append(entries, entry{"", added[len(added)-1] + "\n"})
			}
			entries = append(entries, e)
		}
		p.front = joinEntries(entries)
	}
	lead, blocks := splitBlocks(p.body)
	var mixed []block
	for i := 0; i <= len(blocks); i++ {
		if rapid.Bool().Draw(t, "block") {
			added = append(added, rapid.SampledFrom([]string{"", "## ", "- ", "> ", "1. "}).Draw(t, "kind")+number())
			gap := rapid.SampledFrom([]string{"\n\n", "\n\n\n\n", "\n \n"}).Draw(t, "gap")
			mixed = append(mixed, block{added[len(added)-1], gap})
			if i == len(blocks) && i > 0 {
				mixed[len(mixed)-2].gap = "\n\n"
			}
		}
		if i < len(blocks) {
			mixed = append(mixed, blocks[i])
		}
	}
	p.body = joinBlocks(lead, mixed)
	edited = p.open + p.front + p.close + p.body
	if rapid.Bool().Draw(t, "windows") {
		edited = strings.ReplaceAll(edited, "\n", "\r\n")
	}
	if rapid.Bool().Draw(t, "byte order mark") {
		edited = "\uFEFF" + edited
	}
	return edited, added
}

// checkValuesOf compares what a session decided with what is read. Skills keep
// the description that they had.
func checkValuesOf(t *rapid.T, spec Spec, b Bot) {
	for _, field := range builder.Fields() {
		if field == builder.FieldSkills {
			continue
		}
		want, _ := spec.Config.Value(field)
		if got, _ := b.Config.Value(field); got != want {
			t.Fatalf("%s is %v, not %v", field, got, want)
		}
	}
	if got := b.Config.SkillNames(); !slices.Equal(got, namesOf(spec.Skills)) {
		t.Fatalf("skills are %v, not %v", got, namesOf(spec.Skills))
	}
	if b.SessionID != spec.SessionID {
		t.Fatalf("the session is %s", b.SessionID)
	}
}
