package forge_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"

	"github.com/boternity/boternity/bot"
	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/catalog"
	"github.com/boternity/boternity/forge"
)

var update = flag.Bool("update", false, "write the golden files anew")

// depth is how many questions each category asks, as the design sets it.
var depth = map[string][2]int{
	"simple_utility": {3, 5}, "creative": {4, 7}, "coding": {5, 8}, "customer_service": {5, 8}, "custom": {5, 8},
	"research": {6, 10}, "complex_analyst": {6, 10},
}

// One build per category: its questions and its files are golden.
func TestGoldenBuilds(t *testing.T) {
	seen := map[string]bool{}
	for _, description := range descriptions {
		h := newHouse(t, nil)
		turn := h.start(description)
		category := turn.Category.Name()
		seen[category] = true
		t.Run(category, func(t *testing.T) {
			var transcript strings.Builder
			fmt.Fprintf(&transcript, "%s\ncategory %s\n", description, turn.Category)
			questions := 0
			for turn.Kind == forge.Ask {
				questions++
				writeQuestion(&transcript, turn.Question)
				turn = h.answerOne(turn)
				e := h.state(turn.SessionID).Conversation
				fmt.Fprintf(&transcript, "  > %s\n", e[len(e)-1].Answer)
			}
			if limits := depth[category]; questions < limits[0] || questions > limits[1] {
				t.Errorf("%d questions, not %d to %d", questions, limits[0], limits[1])
			}
			done := h.finish(turn)
			e, err := h.store.LoadMemory(t.Context(), done.SessionID)
			if err != nil {
				t.Fatal(err)
			}
			files := readBot(t, done.Bot)
			checkValues(t, e, files)
			checkFrontMatter(t, e, files)
			for _, file := range done.Bot.Files {
				fmt.Fprintf(&transcript, "\n-- %s --\n%s", file, files[file])
			}
			golden(t, category+".txt", transcript.String())
		})
	}
	if len(seen) != len(depth) {
		t.Errorf("built for %d categories: %v", len(seen), seen)
	}
}

func writeQuestion(w *strings.Builder, q *forge.Question) {
	fmt.Fprintf(w, "\n%d of %d (%s) %s\n", q.Number, q.Of, q.Phase, q.Text)
	if q.Hint != "" {
		fmt.Fprintf(w, "  %s\n", q.Hint)
	}
	for _, o := range q.Options {
		fmt.Fprintf(w, "  - %s: %s\n", o.Value, o.Fits)
	}
	fmt.Fprintf(w, "  [%s]\n", q.Default)
}

func readBot(t *testing.T, made *forge.FinishedBot) map[string]string {
	t.Helper()
	files := map[string]string{}
	for _, name := range made.Files {
		b, err := os.ReadFile(filepath.Join(made.Dir, filepath.FromSlash(name)))
		if err != nil {
			t.Fatal(err)
		}
		files[name] = string(b)
	}
	for _, name := range []string{"SOUL.md", "IDENTITY.md", "USER.md", "skills.toml"} {
		if files[name] == "" {
			t.Errorf("there is no %s", name)
		}
	}
	return files
}

// checkValues makes sure that every value of the config is somewhere in the
// files, as a YAML parser reads it where it stands in front matter.
func checkValues(t *testing.T, e builder.MemoryEntry, files map[string]string) {
	t.Helper()
	var all strings.Builder
	for _, content := range files {
		all.WriteString(content)
		fmt.Fprint(&all, frontMatter(t, content))
	}
	for _, field := range builder.Fields() {
		choice, ok := e.Choices[field]
		if !ok {
			continue
		}
		values := []string{choice.Value.String()}
		if items, isList := choice.Value.AsList(); isList {
			values = items
		}
		for _, v := range values {
			if !strings.Contains(all.String(), v) {
				t.Errorf("%s %q is in none of the files", field, v)
			}
		}
	}
}

func frontMatter(t *testing.T, content string) map[string]any {
	t.Helper()
	rest, ok := strings.CutPrefix(content, "---\n")
	if !ok {
		return nil
	}
	head, _, ok := strings.Cut(rest, "\n---\n")
	if !ok {
		t.Fatalf("front matter without an end")
	}
	m := map[string]any{}
	if err := yaml.Unmarshal([]byte(head), &m); err != nil {
		t.Fatalf("front matter: %v", err)
	}
	return m
}

func checkFrontMatter(t *testing.T, e builder.MemoryEntry, files map[string]string) {
	t.Helper()
	name, _ := e.Choices[builder.FieldName].Value.AsText()
	model, _ := e.Choices[builder.FieldModel].Value.AsText()
	tone, _ := e.Choices[builder.FieldTone].Value.AsText()
	soul, identity := frontMatter(t, files["SOUL.md"]), frontMatter(t, files["IDENTITY.md"])
	if soul["name"] != name || soul["tone"] != tone || soul["traits"] == nil {
		t.Errorf("SOUL.md front matter = %v, name %q", soul, name)
	}
	if identity["model"] != model || identity["temperature"] == nil || identity["max_tokens"] == nil {
		t.Errorf("IDENTITY.md front matter = %v", identity)
	}
	skills, _ := e.Choices[builder.FieldSkills].Value.AsList()
	for _, skill := range skills {
		head := frontMatter(t, files["skills/"+skill+"/SKILL.md"])
		description, _ := head["description"].(string)
		if head["name"] != skill {
			t.Errorf("skill %s: front matter = %v", skill, head)
		}
		if err := bot.CheckSkill(skill, description); err != nil {
			t.Errorf("skill %s: %v", skill, err)
		}
	}
	for _, section := range []string{"Personality", "Purpose", "Boundaries"} {
		if !strings.Contains(files["SOUL.md"], "# "+section) {
			t.Errorf("SOUL.md has no section %s", section)
		}
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", "golden", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(want, []byte(got)) {
		t.Errorf("%s differs (run the tests with -update to accept):\n%s", path, cmp.Diff(string(want), got))
	}
}

// Names that break careless front matter come back whole from every file.
func TestHostileNamesInFrontMatter(t *testing.T) {
	for _, name := range []string{
		`He said: "hi"`, `it's # not a comment`, `- dash`, `--- rule`, "Ada 🤖 愛", "yes", "null", "1.50", "007", "a: b: c", `C:\bots`, "{x}", "[x]", "&a *b !c", "tab\there", "line\nbreak", "  spaces  ",
	} {
		h := newHouse(t, nil)
		turn := h.answerAll(h.answer(h.start("A bot that reviews Go code"), builder.Text(name)))
		done := h.finish(turn)
		files := readBot(t, done.Bot)
		if got := frontMatter(t, files["SOUL.md"])["name"]; got != name {
			t.Errorf("name %q reads back as %q", name, got)
		}
		if filepath.Dir(done.Bot.Dir) != filepath.Clean(h.dir) {
			t.Errorf("name %q was written to %s", name, done.Bot.Dir)
		}
	}
}

// Every category of the catalogue keeps to its depth, custom texts and the
// unknown category included.
func TestDepthOfEveryCategory(t *testing.T) {
	categories := append(builder.FixedCategories(), builder.Custom("game-master"), builder.Custom(""), builder.Unknown)
	for _, c := range categories {
		name := c.Name()
		if c.IsUnknown() {
			name = "custom"
		}
		n, limits := len(catalog.Default().Questions(c)), depth[name]
		if n < limits[0] || n > limits[1] {
			t.Errorf("%s: %d questions, not %d to %d", c, n, limits[0], limits[1])
		}
	}
}
