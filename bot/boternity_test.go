package bot

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
)

// assembled is a bot as Boternity's builder writes it.
var assembled = map[string]string{
	soulName: "---\nname: Luna: the 2nd\ntraits:\n  - precise\n  - dry: very\ntone: calm # and slow\n---\n\n# Personality\n\n" +
		"You embody a calm # and slow personality with these core traits: precise, dry: very.\n\n" +
		"You bring these qualities into every interaction, adapting your approach to match\nthe needs of the conversation while staying true to your core character.\n\n" +
		"# Purpose\n\nHelp people\nwith Rust.\n\n## In short\n\nHelp.\n\n# Boundaries\n\nOnly programming.\n",
	identityName: "---\nmodel: claude-sonnet-4-20250514\ntemperature: 0.30000000000000004\nmax_tokens: 4096\n---\n",
	userName: "# User Context for Luna: the 2nd\n\nThis bot was created with the following purpose: A Rust helper\n\n" +
		"## Preferences\n(Add your preferences here to help Luna: the 2nd serve you better)\n\n## Important Context\n(Share relevant background information)\n",
	"skills/code-review/SKILL.md": "---\nname: code-review\ndescription: Reviews code\nmetadata:\n  version: \"0.1.0\"\n  skill-type: prompt\n  author: builder\n---\n\n# code-review\n\nReviews code\n",
	skillsName: "[skills.code-review]\nskill_name = \"code-review\"\nenabled = false\ntrust_tier = \"local\"\nversion = \"0.1.0\"\n" +
		"capabilities = [\"read_file\"]\n\n[skills.code-review.overrides]\norigin = \"builder-created\"\n\n" +
		"[skills.global-one]\nskill_name = \"global-one\"\nenabled = true\n\n[skills.global-one.overrides]\n\n" +
		"[skills.\"Odd_Name\"]\nskill_name = \"Odd_Name\"\nenabled = true\n\n[skills.Odd_Name.overrides]\n",
}

// created is a bot as Boternity makes it from a name alone.
var created = map[string]string{
	soulName: "---\nname: Luna\ntraits:\n  - curious\n  - warm\ntone: conversational and genuine\n---\n\n# Luna\n\nYou are Luna.\n\n## Personality\n\nYou approach everything with curiosity.\n\n" +
		"## Boundaries\n\n- You are honest\n- You push back\n\n## What Makes You, You\n\n<!-- Customize this section -->\n",
	identityName: "---\ndisplay_name: Luna\ncategory: assistant\nmodel: claude-sonnet-4-20250514\nprovider: anthropic\ntemperature: 0.7\nmax_tokens: 4096\n---\n\n" +
		"# Luna - Identity Configuration\n\n## Visual Identity\n\n<!-- emoji: an owl -->\n\n## Notes\n\n<!-- Any notes -->\n",
	userName: "# Luna - User Briefing\n\n<!-- yours -->\n\n## Preferences\n\nshort answers\n",
}

func putAll(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, content := range files {
		putFile(t, filepath.Join(dir, filepath.FromSlash(name)), content)
	}
}

func readAll(t *testing.T, files map[string]string) (*Folder, string, Bot) {
	t.Helper()
	f := openFolder(t)
	f.sync = noSync
	dir := filepath.Join(f.Dir(), "lùna")
	putAll(t, dir, files)
	b, err := f.Read("lùna")
	if err != nil {
		t.Fatal(err)
	}
	return f, dir, b
}

func notesOf(b Bot) string {
	var all strings.Builder
	for _, n := range b.Notes {
		all.WriteString(n.File + ": " + n.Text + "\n")
	}
	return all.String()
}

func TestReadAssembledBot(t *testing.T) {
	_, _, b := readAll(t, assembled)
	want := builder.Config{
		Name: ptr("Luna: the 2nd"), Traits: []string{"precise", "dry: very"}, Tone: ptr("calm # and slow"),
		Purpose: ptr("Help people\nwith Rust.\n\n## In short\n\nHelp."), Boundaries: ptr("Only programming."), Description: ptr("A Rust helper"),
		Model: ptr("claude-sonnet-4-20250514"), Temperature: ptr(0.30000000000000004), MaxTokens: ptr(uint32(4096)),
		Skills: []builder.Skill{{Name: "code-review", Description: "Reviews code"}, {Name: "global-one"}},
	}
	mustEqual(t, want, b.Config)
	if b.Ours || b.SessionID != uuid.Nil || !b.Skills[0].Disabled || b.Skills[1].Disabled || b.Skills[0].Instructions != "# code-review\n\nReviews code\n" {
		t.Errorf("got %+v", b)
	}
	wantNotes := "SOUL.md: The items of traits are taken to be the whole rest of their lines, as Boternity reads them.\n" +
		"SOUL.md: The value of tone is taken to be the whole rest of its line, as Boternity reads it.\n" +
		"SOUL.md: The value of name is taken to be the whole rest of its line, as Boternity reads it.\n" +
		"skills.toml: The skill skills[1] has no SKILL.md in the bot's folder; finishing writes one.\n" +
		"skills.toml: The skill skills[2] has a name that no skill may have here. It is left as it is.\n"
	mustEqual(t, wantNotes, notesOf(b))
}

func TestReadCreatedBot(t *testing.T) {
	f, _, b := readAll(t, created)
	want := builder.Config{
		Name: ptr("Luna"), Traits: []string{"curious", "warm"}, Tone: ptr("conversational and genuine"), Category: ptr("assistant"),
		Boundaries: ptr("- You are honest\n- You push back"),
		Model:      ptr("claude-sonnet-4-20250514"), Temperature: ptr(0.7), MaxTokens: ptr(uint32(4096)), Skills: []builder.Skill{},
	}
	mustEqual(t, want, b.Config)
	if len(b.Notes) != 0 {
		t.Errorf("notes: %s", notesOf(b))
	}
	list, err := f.List()
	if err != nil || len(list) != 1 || list[0].Name != "Luna" || list[0].Problem != "" {
		t.Errorf("listed %+v, %v", list, err)
	}
}

// Variants that people and other programs write. What is not a value is noted,
// and only what is broken is an error.
func TestReadLooseVariants(t *testing.T) {
	with := func(name, content string) map[string]string {
		files := map[string]string{soulName: created[soulName], identityName: created[identityName]}
		files[name] = content
		return files
	}
	for what, c := range map[string]struct {
		files map[string]string
		check func(b Bot) bool
		note  string
	}{
		"no front matter": {with(soulName, "# Nova\n\nWords.\n"), func(b Bot) bool { return *b.Config.Name == "Luna" && b.Config.Tone == nil }, "SOUL.md: It has no front matter."},
		"no name":         {map[string]string{soulName: "---\ntone: dry\n---\n# Nova\n", identityName: "---\nmodel: m\n---\n"}, func(b Bot) bool { return *b.Config.Name == "Nova" }, "SOUL.md: It has no name"},
		"not a name at all": {map[string]string{soulName: "---\ntone: dry\n---\n", identityName: "---\nmodel: m\n---\n"},
			func(b Bot) bool { return *b.Config.Name == "lùna" }, "SOUL.md: It has no name"},
		"another display name": {with(identityName, "---\ndisplay_name: Other\n---\n"), func(b Bot) bool { return *b.Config.Name == "Luna" && b.Name == "Other" }, "IDENTITY.md: Its display_name is another"},
		"quotes":               {with(identityName, "---\nmodel: \"m: 1\" # mine\n---\n"), func(b Bot) bool { return *b.Config.Model == "m: 1" }, ""},
		"inline list":          {with(soulName, "---\nname: Luna\ntraits: [a, 'b, c']\n---\n"), func(b Bot) bool { return cmp.Equal(b.Config.Traits, []string{"a", "b, c"}) }, ""},
		"no list":              {with(soulName, "---\nname: Luna\ntraits: calm\n---\n"), func(b Bot) bool { return b.Config.Traits == nil }, "SOUL.md: The value of traits cannot be read as a list of texts."},
		"empty list":           {with(soulName, "---\nname: Luna\ntraits:\n\ntone: x\n---\n"), func(b Bot) bool { return b.Config.Traits == nil && *b.Config.Tone == "x" }, ""},
		"not a number":         {with(identityName, "---\ntemperature: warm\n---\n"), func(b Bot) bool { return b.Config.Temperature == nil }, "IDENTITY.md: The value of temperature cannot be read as a number."},
		"infinite":             {with(identityName, "---\ntemperature: .inf\n---\n"), func(b Bot) bool { return b.Config.Temperature == nil }, "IDENTITY.md: The value of temperature cannot be read as a number."},
		"negative":             {with(identityName, "---\nmax_tokens: -1\n---\n"), func(b Bot) bool { return b.Config.MaxTokens == nil }, "IDENTITY.md: The value of max_tokens cannot be read as a number."},
		"almost a name":        {with(identityName, "---\nmaxTokens: 12\nModel: m\n---\n"), func(b Bot) bool { return b.Config.MaxTokens == nil && b.Config.Model == nil }, "IDENTITY.md: A name that is almost max_tokens is not read"},
		"Windows": {with(soulName, strings.ReplaceAll("\ufeff"+created[soulName], "\n", "\r\n")),
			func(b Bot) bool {
				return *b.Config.Boundaries == "- You are honest\n- You push back" && len(b.Config.Traits) == 2
			}, ""},
		"blank lines first":     {with(soulName, "\n\n"+created[soulName]), func(b Bot) bool { return *b.Config.Name == "Luna" }, ""},
		"prose in front matter": {with(identityName, "---\npurpose: of its own\n---\n"), func(b Bot) bool { return *b.Config.Purpose == "of its own" }, ""},
	} {
		t.Run(what, func(t *testing.T) {
			_, _, b := readAll(t, c.files)
			if !c.check(b) {
				t.Errorf("read %+v", b.Config)
			}
			if !strings.Contains(notesOf(b), c.note) || c.note == "" && len(b.Notes) > 0 {
				t.Errorf("notes: %q, want %q", notesOf(b), c.note)
			}
		})
	}
}

func TestBrokenBoternityBots(t *testing.T) {
	for what, c := range map[string]struct{ name, content, problem string }{
		"no end":         {soulName, "---\nname: Luna\n", "SOUL.md has front matter that does not end"},
		"identity":       {identityName, "# Luna\n", "IDENTITY.md has no front matter"},
		"twice":          {soulName, "---\nname: Luna\nname: Lune\n---\n", "SOUL.md has a name twice in its front matter"},
		"lists in lists": {soulName, "---\nname: " + strings.Repeat("[", 30_000) + "\n---\n", "SOUL.md has front matter that is too complex"},
		"aliases":        {soulName, "---\na: &a [x, x]\nb: [*a, *a]\n---\n", "SOUL.md has front matter that is too complex"},
		"too large":      {soulName, strings.Repeat("x", MaxFile+1), "SOUL.md is larger than"},
		"not TOML":       {skillsName, "[skills\n", "skills.toml cannot be read, at line 1"},
		"not a table":    {skillsName, "skills = 7\n", "skills.toml cannot be read"},
		"skill":          {"skills/code-review/SKILL.md", "words\n", "skills[0]/SKILL.md has no front matter"},
	} {
		t.Run(what, func(t *testing.T) {
			f := openFolder(t)
			dir := filepath.Join(f.Dir(), "luna")
			putAll(t, dir, assembled)
			putFile(t, filepath.Join(dir, filepath.FromSlash(c.name)), c.content)
			if _, err := f.Read("luna"); !errors.Is(err, builder.ErrUnreadable) || !strings.HasPrefix(err.Error(), c.problem) {
				t.Errorf("got %v, want %s", err, c.problem)
			}
		})
	}
}

// specFrom is a session that takes a bot over as it is.
func specFrom(b Bot) Spec {
	spec := Spec{SessionID: another, Slug: b.Slug, CreatedAt: richSpec().CreatedAt, InitialDescription: "a Rust helper", Config: b.Config, Category: builder.Coding}
	for _, s := range b.Skills {
		s.Keep, s.Instructions = true, ""
		spec.Skills = append(spec.Skills, s)
	}
	return spec
}

func TestReplaceAssembledBot(t *testing.T) {
	files := map[string]string{}
	for name, content := range assembled {
		files[name] = content
	}
	files[userName] += "\nI write Rust at night.\n"
	files[soulName] = strings.Replace(files[soulName], "# Purpose", "Luna never shouts.\n\n# Purpose", 1)
	files["skills/code-review/src/lib.rs"] = "fn main() {}"
	f, dir, b := readAll(t, files)
	spec := specFrom(b)
	m := mustReplace(t, f, spec)
	if len(m.Notes) != 0 {
		t.Errorf("notes: %+v", m.Notes)
	}
	after := tree(t, dir)
	for name, words := range map[string][]string{
		soulName:     {"name: \"Luna: the 2nd\"", "tone: \"calm # and slow\"", "\nLuna never shouts.\n", "> ## In short"},
		userName:     {"I write Rust at night.", "## Preferences\n(Add your", "# Who Luna: the 2nd is for"},
		identityName: {"temperature: 0.30000000000000004\n", "model: claude-sonnet-4-20250514\n", "session_id: \"" + another.String()},
	} {
		for _, w := range words {
			if !strings.Contains(after[name], w) {
				t.Errorf("%s lacks %q:\n%s", name, w, after[name])
			}
		}
	}
	for _, gone := range []string{"You embody", "You bring these", "This bot was created"} {
		if strings.Contains(after[soulName]+after[userName], gone) {
			t.Errorf("%q is still there", gone)
		}
	}
	for _, same := range []string{skillsName, "skills/code-review/SKILL.md", "skills/code-review/src/lib.rs"} {
		mustEqual(t, files[same], after[same])
	}
	again, err := f.Read(b.Slug)
	if err != nil || !again.Ours {
		t.Fatal(again.Ours, err)
	}
	want := b.Config
	want.Skills = []builder.Skill{{Name: "code-review", Description: "Reviews code"}, {Name: "global-one", Description: "Use this skill when “global one” is asked for."}}
	mustEqual(t, want, again.Config)

	// Changed once more, it gains and loses skills in its own form.
	spec = specFrom(again)
	spec.SessionID = session
	spec.Skills = append(spec.Skills[:1:1], Skill{Name: "new-one", Description: "New."})
	spec.Config.Skills = nil
	mustReplace(t, f, spec)
	wantTable := "[skills.code-review]\nskill_name = \"code-review\"\nenabled = false\ntrust_tier = \"local\"\nversion = \"0.1.0\"\n" +
		"capabilities = [\"read_file\"]\n\n[skills.code-review.overrides]\norigin = \"builder-created\"\n\n" +
		"[skills.new-one]\nskill_name = \"new-one\"\nenabled = true\ntrust_tier = \"local\"\n\n" +
		"[skills.\"Odd_Name\"]\nskill_name = \"Odd_Name\"\nenabled = true\n\n[skills.Odd_Name.overrides]\n"
	mustEqual(t, wantTable, tree(t, dir)[skillsName])
	if again, err = f.Read(b.Slug); err != nil || !cmp.Equal(again.Config.SkillNames(), []string{"code-review", "new-one"}) {
		t.Errorf("read %v, %v", again.Config.SkillNames(), err)
	}
}

// Text of which it cannot be said that Boternity has generated it stays.
func TestReplaceCreatedBot(t *testing.T) {
	f, dir, b := readAll(t, created)
	spec := specFrom(b)
	spec.Config.Tone, spec.Config.Purpose = ptr("dry"), ptr("Talk.")
	mustReplace(t, f, spec)
	after := tree(t, dir)
	for name, words := range map[string][]string{
		soulName:     {"You are Luna.", "You approach everything with curiosity.", "<!-- Customize this section -->", "tone: dry\n", "The tone of Luna is “dry”.", "> - You push back"},
		identityName: {"provider: anthropic\n", "## Visual Identity", "<!-- emoji: an owl -->", "# Luna\n"},
		userName:     {"<!-- yours -->", "short answers"},
		skillsName:   {"# The skills of this bot"},
	} {
		for _, w := range words {
			if !strings.Contains(after[name], w) {
				t.Errorf("%s lacks %q:\n%s", name, w, after[name])
			}
		}
	}
	again, err := f.Read(b.Slug)
	if err != nil {
		t.Fatal(err)
	}
	mustEqual(t, spec.Config, again.Config)
}
