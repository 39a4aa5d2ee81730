package bot

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/boternity/boternity/builder"
)

func TestReplaceRefuses(t *testing.T) {
	outside := t.TempDir()
	putFile(t, filepath.Join(outside, "precious"), "kept")
	for name, c := range map[string]struct {
		spoil   func(t *testing.T, dir string)
		problem string
	}{
		"damaged YAML":  {put(identityName, "---\nslug: x\ntags: [a\n---\n"), "IDENTITY.md has front matter that cannot be read"},
		"no SOUL.md":    {remove(soulName), "SOUL.md is missing"},
		"damaged table": {put(skillsName, "[[skills]\n"), "skills.toml cannot be read"},
		"a linked file": {func(t *testing.T, dir string) {
			remove(soulName)(t, dir)
			link(t, filepath.Join(outside, "precious"), filepath.Join(dir, soulName))
		}, "SOUL.md is not a regular file"},
		"linked skills": {func(t *testing.T, dir string) {
			if err := os.RemoveAll(filepath.Join(dir, "skills/release-notes")); err != nil {
				t.Fatal(err)
			}
			link(t, outside, filepath.Join(dir, "skills/release-notes"))
		}, "skills[2]/SKILL.md cannot be read"},
		"skills linked within": {func(t *testing.T, dir string) {
			if err := os.Rename(filepath.Join(dir, "skills"), filepath.Join(dir, "mine")); err != nil {
				t.Fatal(err)
			}
			link(t, "mine", filepath.Join(dir, "skills"))
		}, "SKILL.md cannot be written: a link or a file is in the place of a folder"},
		"a new skill's file is a bomb": {func(t *testing.T, dir string) {
			remove("skills/release-notes/SKILL.md")(t, dir)
			putFile(t, filepath.Join(dir, "skills/release-notes/SKILL.md"), "---\nname: release-notes\ndescription: "+strings.Repeat("[", 30_000)+"\n---\n")
			table := mustRender(t, richSpec())[skillsName]
			putFile(t, filepath.Join(dir, skillsName), table[:strings.LastIndex(table, "[[skills]]")])
		}, "skills/release-notes/SKILL.md has front matter that is too complex"},
		"a flow mapping": {func(t *testing.T, dir string) {
			putFile(t, filepath.Join(dir, soulName), "---\n{name: Lex, tone: formal}\n---\n")
		}, "SOUL.md has front matter in a form that cannot be changed in place"},
		"no bot": {func(t *testing.T, dir string) {
			remove(soulName)(t, dir)
			remove(identityName)(t, dir)
		}, "a bot in the folder (neither SOUL.md nor IDENTITY.md is there): not found"},
	} {
		t.Run(name, func(t *testing.T) {
			f, dir := edited(t)
			c.spoil(t, dir)
			before := tree(t, f.Dir())
			_, _, err := f.Replace(changedSpec(), richSpec())
			if err == nil || !strings.Contains(err.Error(), c.problem) {
				t.Errorf("got %v, want %s", err, c.problem)
			}
			mustEqual(t, before, tree(t, f.Dir()))
			mustEqual(t, map[string]string{"precious": "kept"}, tree(t, outside))
		})
	}
}

func TestReplaceRefusesTooMuch(t *testing.T) {
	f, dir := edited(t)
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	all, err := survey(root, maxEntries, maxBytes)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := survey(root, len(all), maxBytes); err != nil {
		t.Errorf("as many entries as there may be: %v", err)
	}
	if _, err := survey(root, len(all)-1, maxBytes); !errors.Is(err, builder.ErrUnreadable) {
		t.Errorf("one entry more: %v", err)
	}
	if err := os.Truncate(filepath.Join(dir, "notes.txt"), maxBytes+1); err != nil {
		t.Fatal(err)
	}
	if _, _, err := f.Replace(changedSpec(), richSpec()); !errors.Is(err, builder.ErrUnreadable) || !strings.Contains(err.Error(), "the folder holds more than") {
		t.Errorf("too many bytes: %v", err)
	}
	if list := names(t, f.Dir()); len(list) != 1 {
		t.Errorf("left %v", list)
	}
}

func TestReplaceStaysInTheFolder(t *testing.T) {
	f, _ := edited(t)
	for _, slug := range []string{"", ".", "..", "../x", "/etc", "a/b", ".hidden", "gone"} {
		spec := changedSpec()
		spec.Slug = slug
		if _, _, err := f.Replace(spec, richSpec()); !errors.Is(err, builder.ErrNotFound) {
			t.Errorf("%q: %v", slug, err)
		}
	}
}
