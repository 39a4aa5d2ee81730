package bot

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
)

func ptr[T any](v T) *T { return &v }

var (
	session = uuid.MustParse("01933b5e-7c00-7000-8000-00000000000a")
	another = uuid.MustParse("01933b5e-7c00-7000-8000-00000000000b")
)

// richSpec has every answer, two skills with texts and one without.
func richSpec() Spec {
	return Spec{
		SessionID: session, Slug: "lex-the-reviewer",
		CreatedAt:          time.Date(2026, 5, 3, 9, 30, 0, 123456000, time.UTC),
		Category:           builder.Coding,
		InitialDescription: "a bot that reviews Go code",
		Config: builder.Config{
			Name:        ptr(`Lex: the "Reviewer" 🦉`),
			Description: ptr("Reviews pull requests before people do"),
			Category:    ptr("work"),
			Tags:        []string{"go", "code review"},
			Tone:        ptr("formal"),
			Traits:      []string{"precise", "patient", "dry humour"},
			Purpose:     ptr("review Go code before people do:\n# first the tests\n- then the rest"),
			Boundaries:  ptr("never approve a change that was not read"),
			Model:       ptr("sonnet-4.5"),
			Temperature: ptr(0.2),
			MaxTokens:   ptr(uint32(4096)),
			Skills: []builder.Skill{
				{Name: "code-review", Description: "Reads a change and says what is wrong with it.", SkillType: "local"},
				{Name: "release-notes", SkillType: "local"},
			},
		},
		ToneSentence:   "It speaks formally, in complete sentences.",
		TraitSentences: map[string]string{"precise": "It says exactly what it means.", "patient": "It explains things as often as needed"},
		Skills: []Skill{
			{Name: "code-review", Instructions: "# Code review\n\n1. Read the tests.\n2. Read the change.\n"},
			{Name: "web-search", Description: "Looks things up: with sources.", Type: "built-in", Instructions: "Search, then cite.", Disabled: true},
		},
	}
}

// bareSpec has a name and nothing else.
func bareSpec() Spec {
	return Spec{SessionID: session, Slug: "bo", Config: builder.Config{Name: ptr("Bo"), Skills: []builder.Skill{}}}
}

func mustRender(t *testing.T, s Spec) map[string]string {
	t.Helper()
	files, err := Render(s)
	if err != nil {
		t.Fatal(err)
	}
	contents := map[string]string{}
	for _, file := range files {
		contents[file.Path] = string(file.Content)
	}
	return contents
}

// putFiles writes a bot's files to dir, plainly.
func putFiles(t *testing.T, dir string, s Spec) {
	t.Helper()
	for name, content := range mustRender(t, s) {
		putFile(t, filepath.Join(dir, filepath.FromSlash(name)), content)
	}
}

func putFile(t *testing.T, at, content string) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(at), 0o755), os.WriteFile(at, []byte(content), 0o644)); err != nil {
		t.Fatal(err)
	}
}

// tree is every file below dir with its content, folders with a slash, links
// with their target.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	entries := map[string]string{}
	err := filepath.WalkDir(dir, func(at string, entry fs.DirEntry, err error) error {
		if err != nil || at == dir {
			return err
		}
		name, _ := filepath.Rel(dir, at)
		switch name = filepath.ToSlash(name); {
		case entry.IsDir():
			entries[name+"/"] = ""
		case entry.Type()&fs.ModeSymlink != 0:
			target, err := os.Readlink(at)
			entries[name] = "-> " + target
			return err
		default:
			content, err := os.ReadFile(at)
			entries[name] = string(content)
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return entries
}
