package bot

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
)

func TestReadWhatWasWritten(t *testing.T) {
	spec := richSpec()
	b := read(t, spec)
	checkReadBack(t, spec, b)
	want, err := spec.skills()
	if err != nil {
		t.Fatal(err)
	}
	for i := range want {
		want[i].Instructions = strings.TrimRight(want[i].Instructions, "\n") + "\n"
	}
	mustEqual(t, want, b.Skills)
	mustEqual(t, []string{"code-review", "web-search", "release-notes"}, b.Config.SkillNames())
	contents := map[string]string{}
	for _, file := range b.Files {
		contents[file.Path] = string(file.Content)
	}
	mustEqual(t, mustRender(t, spec), contents)
}

func TestReadWhatPeopleHaveEdited(t *testing.T) {
	f := openFolder(t)
	at := filepath.Join(f.Dir(), "My Bot")
	putFile(t, filepath.Join(at, soulName), "\ufeff---\r\nname: Bo\r\ntraits: [kind, dry wit]\r\nmood: any\r\n---\r\n# Bo\r\n")
	putFile(t, filepath.Join(at, identityName), "---\ndescription: |\n  two\n  lines\ntemperature: 1\nmax_tokens: 10\n---")
	putFile(t, filepath.Join(at, skillsName), "[[skills]]\nname = \"search\"\ntype = \"local\"\npath = \"skills/search\"\n")
	putFile(t, filepath.Join(at, "skills/search/SKILL.md"), "---\nname: search\ndescription: Searches.\n---\nSearch.\n")
	b, err := f.Read("My Bot")
	if err != nil {
		t.Fatal(err)
	}
	want := builder.Config{
		Name: ptr("Bo"), Traits: []string{"kind", "dry wit"}, Description: ptr("two\nlines\n"), Temperature: ptr(1.0), MaxTokens: ptr(uint32(10)),
		Skills: []builder.Skill{{Name: "search", Description: "Searches.", SkillType: "local"}},
	}
	mustEqual(t, want, b.Config)
	mustEqual(t, []Skill{{Name: "search", Description: "Searches.", Type: "local", Instructions: "Search.\n"}}, b.Skills)
	if b.Slug != "My Bot" || b.SessionID != uuid.Nil || !b.CreatedAt.IsZero() || !b.Purpose.IsUnknown() || len(b.Files) != 4 {
		t.Errorf("got %+v", b)
	}
}

func TestReadNothing(t *testing.T) {
	f := openFolder(t)
	putFile(t, filepath.Join(f.Dir(), ".staging-x", identityName), "---\n---\n")
	for _, slug := range []string{"", ".", "..", "bo", "../" + filepath.Base(f.Dir()), "/etc", "a/b", `a\b`, "a\x00", ".staging-x"} {
		if _, err := f.Read(slug); !errors.Is(err, builder.ErrNotFound) {
			t.Errorf("%q: got %v, want ErrNotFound", slug, err)
		}
	}
}

// broken are ways to break a bot's folder. Each is a problem of its own to
// Read; where list is set, to List too.
var broken = map[string]struct {
	spoil   func(t *testing.T, dir string)
	problem string
	list    bool
}{
	"no identity":     {remove(identityName), "IDENTITY.md is missing", true},
	"no soul":         {remove(soulName), "SOUL.md is missing", false},
	"no table":        {remove(skillsName), "skills.toml is missing", false},
	"no skill":        {remove("skills/web-search/SKILL.md"), "skills[1]/SKILL.md is missing", false},
	"no front matter": {put(identityName, "# Lex\n"), "IDENTITY.md has no front matter", true},
	"open front":      {put(identityName, "---\nslug: lex\n"), "IDENTITY.md has front matter that does not end", true},
	"not YAML":        {put(identityName, "---\nslug: lex\ntags: [a\n---\n"), "IDENTITY.md has front matter that cannot be read, at line 3", true},
	"wrong type":      {put(identityName, "---\nslug: lex\n\ntemperature: warm\n---\n"), "IDENTITY.md has front matter that cannot be read, at line 4", true},
	"name twice":      {put(identityName, "---\nslug: lex\nslug: lex\n---\n"), "IDENTITY.md has front matter that cannot be read, at line 3", true},
	"not a number":    {put(identityName, "---\nslug: lex\ntemperature: .nan\n---\n"), "IDENTITY.md has a temperature that is not a number", true},
	"tokens below 0":  {put(identityName, "---\nslug: lex\nmax_tokens: -1\n---\n"), "IDENTITY.md has front matter that cannot be read", true},
	"not an id":       {put(identityName, "---\nsession_id: lex\n---\n"), "IDENTITY.md has a session_id that is not a UUID", true},
	"not a time":      {put(identityName, "---\ncreated_at: lex\n---\n"), "IDENTITY.md has a created_at that is not an RFC 3339 time", true},
	"not a category":  {put(identityName, "---\npurpose_category: lex\n---\n"), "IDENTITY.md has a purpose_category that is not a purpose category", true},
	"not TOML":        {put(skillsName, "\n= lex"), "skills.toml cannot be read, at line 2", false},
	"skill that leads out": {put(skillsName, "[[skills]]\nname = '../lex'\n"),
		"skills.toml is wrong: skills[0].name holds something other than a-z, 0-9 and hyphens", false},
	"path that leads out": {put(skillsName, "[[skills]]\nname = 'lex'\npath = '../../lex'\n"),
		"skills.toml is wrong: skills[0].path is not the folder of that name", false},
	"skill twice": {put(skillsName, strings.Repeat("[[skills]]\nname = 'web-search'\npath = 'skills/web-search'\n", 2)),
		"skills.toml is wrong: skills[1].name is that of an earlier skill", false},
	"too large":       {put(identityName, "---\n---\n"+strings.Repeat("x", MaxFile)), "IDENTITY.md is larger than 1048576 bytes", true},
	"too many skills": {put(skillsName, strings.Repeat("#", MaxSkillsFile+1)), "skills.toml is larger than 65536 bytes", false},
	"a folder": {func(t *testing.T, dir string) {
		remove(identityName)(t, dir)
		putFile(t, filepath.Join(dir, identityName, "x"), "")
	}, "IDENTITY.md is not a regular file", true},
	"linked file": {func(t *testing.T, dir string) {
		remove(identityName)(t, dir)
		link(t, soulName, filepath.Join(dir, identityName))
	}, "IDENTITY.md is not a regular file", true},
	"linked skills": {func(t *testing.T, dir string) {
		outside := t.TempDir()
		if err := os.Rename(filepath.Join(dir, skillsDir), filepath.Join(outside, skillsDir)); err != nil {
			t.Fatal(err)
		}
		link(t, filepath.Join(outside, skillsDir), filepath.Join(dir, skillsDir))
	}, "skills[0]/SKILL.md cannot be read: path escapes from parent", false},
	"linked folder": {func(t *testing.T, dir string) {
		outside := filepath.Join(t.TempDir(), "moved")
		if err := os.Rename(dir, outside); err != nil {
			t.Fatal(err)
		}
		link(t, outside, dir)
	}, "the folder is a file or a symbolic link", true},

	// These would keep the parser busy for minutes or take all memory.
	"lists in lists":   {put(identityName, "---\ntags: "+strings.Repeat("[", 30_000)+"\n---\n"), complexFront, true},
	"items in items":   {put(identityName, "---\n"+strings.Repeat("- ", 30_000)+"\n---\n"), complexFront, true},
	"keys in keys":     {put(identityName, "---\n"+strings.Repeat("? ", 30_000)+"\n---\n"), complexFront, true},
	"aliases":          {put(identityName, "---\na: &a [x, x]\nb: [*a, *a]\n---\n"), complexFront, true},
	"anchors":          {put(identityName, "---\na: "+strings.Repeat("&x ", 20_000)+"\n---\n"), complexFront, true},
	"tags of types":    {put(identityName, "---\na: "+strings.Repeat("!x ", 20_000)+"\n---\n"), complexFront, true},
	"a thousand names": {put(identityName, "---\n"+strings.Repeat("a: \"\"\n", 1000)+"---\n"), complexFront, true},
	"much loose text":  {put(identityName, "---\ndescription: >\n"+strings.Repeat("\n", maxLoose)+"---\n"), complexFront, true},
}

const complexFront = "IDENTITY.md has front matter that is too complex"

func remove(name string) func(*testing.T, string) {
	return func(t *testing.T, dir string) {
		if err := os.Remove(filepath.Join(dir, filepath.FromSlash(name))); err != nil {
			t.Fatal(err)
		}
	}
}

func put(name, content string) func(*testing.T, string) {
	return func(t *testing.T, dir string) { putFile(t, filepath.Join(dir, name), content) }
}

func TestBrokenBots(t *testing.T) {
	for name, c := range broken {
		t.Run(name, func(t *testing.T) {
			f := openFolder(t)
			dir := filepath.Join(f.Dir(), "lex")
			putFiles(t, dir, richSpec())
			putFiles(t, filepath.Join(f.Dir(), "bo"), bareSpec())
			c.spoil(t, dir)
			_, err := f.Read("lex")
			if !errors.Is(err, builder.ErrUnreadable) || !strings.HasPrefix(err.Error(), c.problem) {
				t.Errorf("Read says %v, want %s", err, c.problem)
			}
			bots, err := f.List()
			if err != nil || len(bots) != 2 || bots[0].Slug != "bo" || bots[0].Problem != "" || bots[1].Slug != "lex" {
				t.Fatalf("the list is %+v, %v", bots, err)
			}
			want := ""
			if c.list {
				want = c.problem
			}
			if got := bots[1].Problem; got == "" != (want == "") || !strings.HasPrefix(got, want) {
				t.Errorf("List says %q, want %q", got, want)
			}
		})
	}
}

func TestList(t *testing.T) {
	f := openFolder(t)
	bots, err := f.List()
	if err != nil || bots == nil || len(bots) != 0 {
		t.Errorf("an empty folder has %v, %v", bots, err)
	}
	spec := richSpec()
	putFiles(t, filepath.Join(f.Dir(), spec.Slug), spec)
	putFiles(t, filepath.Join(f.Dir(), "bo"), bareSpec())
	putFiles(t, filepath.Join(f.Dir(), ".staging-x"), bareSpec())
	putFile(t, filepath.Join(f.Dir(), "README"), "no bot")
	bots, err = f.List()
	if err != nil {
		t.Fatal(err)
	}
	want := []Summary{
		{Slug: "bo", Name: "Bo", SessionID: session},
		{Slug: spec.Slug, Name: *spec.Config.Name, Description: *spec.Config.Description, Category: "work", Tags: spec.Config.Tags,
			Model: "sonnet-4.5", Purpose: builder.Coding, SessionID: session, CreatedAt: spec.CreatedAt},
	}
	if diff := cmp.Diff(want, bots, cmp.Comparer(func(a, b builder.PurposeCategory) bool { return a == b })); diff != "" {
		t.Errorf("(-want +listed):\n%s", diff)
	}
}

// FuzzReadIdentity reads what anybody may have written: it never panics, and
// its errors have nothing of the file in them.
func FuzzReadIdentity(f *testing.F) {
	for _, s := range awkward {
		f.Add("description: " + s + "\ntags:\n  - " + s + "\n---\nbody")
	}
	f.Add("a: [b: {c}]\ndescription: >-\n x\n\n y\ntemperature: 1e3 # x\ntags: ['a', \"b\"]")
	f.Fuzz(func(t *testing.T, content string) {
		var front identityFront
		if _, err := parseMarkdown([]byte(fence+content+"\n"+fence), &front); err != nil {
			if !strings.HasPrefix(err.Error(), "has ") || len(err.Error()) > 80 {
				t.Errorf("got %v", err)
			}
			return
		}
		if summary, err := front.summary("lex"); err != nil && !errors.Is(err, builder.ErrUnreadable) {
			t.Errorf("got %v and %v", summary, err)
		}
	})
}
