package bot

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/uuid"
)

func openFolder(t *testing.T) *Folder {
	t.Helper()
	return openAt(t, t.TempDir())
}

func openAt(t *testing.T, dir string) *Folder {
	t.Helper()
	f, err := OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	return f
}

func link(t *testing.T, target, at string) {
	t.Helper()
	if err := os.Symlink(target, at); err != nil {
		t.Fatal(err)
	}
}

func TestOpenFolderMakesIt(t *testing.T) {
	base := t.TempDir()
	f := openAt(t, filepath.Join(base, "data", "bots"))
	if want := filepath.Join(base, "data", "bots"); f.Dir() != want {
		t.Errorf("it is at %s, not %s", f.Dir(), want)
	}
	for _, dir := range []string{"data", "data/bots"} {
		info, err := os.Stat(filepath.Join(base, filepath.FromSlash(dir)))
		if err != nil || info.Mode().Perm() != dirMode {
			t.Errorf("%s: %v, %v", dir, info, err)
		}
	}
	putFile(t, filepath.Join(base, "file"), "")
	for _, dir := range []string{"file", "file/bots"} {
		if f, err := OpenFolder(filepath.Join(base, filepath.FromSlash(dir))); err == nil {
			t.Errorf("%s was opened: %v", dir, f.Close())
		}
	}
}

func TestSettleSlug(t *testing.T) {
	f := openFolder(t)
	at := func(name string) string { return filepath.Join(f.Dir(), name) }
	settle := func(id uuid.UUID, want string) {
		t.Helper()
		before := tree(t, f.Dir())
		if got, err := f.SettleSlug("Lex", id); err != nil || got != want {
			t.Errorf("got %q, %v; want %q", got, err, want)
		}
		if after := tree(t, f.Dir()); len(after) != len(before) {
			t.Errorf("settling changed the folder: %v", after)
		}
	}
	settle(session, "lex")

	mine := bareSpec()
	mine.Slug = "lex"
	putFiles(t, at("lex"), mine)
	settle(session, "lex")
	settle(another, "lex-2")

	putFile(t, at("lex-2"), "a file")
	settle(another, "lex-3")
	link(t, t.TempDir(), at("lex-3"))
	settle(another, "lex-4")
	link(t, "lex", at("lex-4")) // even to the session's own folder
	settle(another, "lex-5")
	settle(session, "lex")
	if err := os.Mkdir(at("lex-5"), 0o700); err != nil {
		t.Fatal(err)
	}
	settle(another, "lex-6")
	putFile(t, at("lex-6/IDENTITY.md"), "---\nsession_id: [\n---\n")
	settle(another, "lex-7")
	putFile(t, at("lex-7/IDENTITY.md"), "---\nsession_id: "+another.String()+"\n---\n")
	settle(another, "lex-7")

	if _, err := f.SettleSlug("🤖", session); err == nil {
		t.Error("a name without letters was settled")
	}
}

func TestFoldersOfOthersAreLeftAlone(t *testing.T) {
	outside := t.TempDir()
	putFile(t, filepath.Join(outside, "IDENTITY.md"), "---\nsession_id: "+session.String()+"\n---\n")
	theirs := bareSpec()
	theirs.SessionID = another
	for name, put := range map[string]func(t *testing.T, at string){
		"another session's": func(t *testing.T, at string) { putFiles(t, at, theirs) },
		"a person's":        func(t *testing.T, at string) { putFile(t, filepath.Join(at, "notes.txt"), "mine") },
		"an empty folder": func(t *testing.T, at string) {
			putFile(t, filepath.Join(at, "x"), "")
			_ = os.Remove(filepath.Join(at, "x"))
		},
		"a file":          func(t *testing.T, at string) { putFile(t, at, "mine") },
		"a link outside":  func(t *testing.T, at string) { link(t, outside, at) },
		"a dangling link": func(t *testing.T, at string) { link(t, filepath.Join(outside, "new"), at) },
		"a linked identity": func(t *testing.T, at string) {
			putFile(t, filepath.Join(at, "notes.txt"), "mine")
			link(t, filepath.Join(outside, "IDENTITY.md"), filepath.Join(at, "IDENTITY.md"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := openFolder(t)
			put(t, filepath.Join(f.Dir(), "bo"))
			before, beyond := tree(t, f.Dir()), tree(t, outside)
			if _, _, err := f.Write(bareSpec()); !errors.Is(err, ErrTaken) {
				t.Errorf("got %v, want ErrTaken", err)
			}
			mustEqual(t, before, tree(t, f.Dir()))
			mustEqual(t, beyond, tree(t, outside))
		})
	}
}

// What takes the name between the last look and the rename stays, too.
func TestNameTakenWhileWriting(t *testing.T) {
	f := openFolder(t)
	f.before = func(step string) error {
		if step == "rename" {
			return os.Mkdir(filepath.Join(f.Dir(), "bo"), 0o700)
		}
		return nil
	}
	if _, _, err := f.Write(bareSpec()); !errors.Is(err, ErrTaken) {
		t.Errorf("got %v, want ErrTaken", err)
	}
	mustEqual(t, map[string]string{"bo/": ""}, tree(t, f.Dir()))
}

func TestLinkAtTheStagingName(t *testing.T) {
	outside := t.TempDir()
	f := openFolder(t)
	f.unique = func() string { return "guessed" }
	link(t, outside, filepath.Join(f.Dir(), stagingName(session)+"guessed"))
	if _, _, err := f.Write(bareSpec()); !errors.Is(err, fs.ErrExist) {
		t.Errorf("got %v, want fs.ErrExist", err)
	}
	mustEqual(t, map[string]string{}, tree(t, outside))
}

func TestCleaningStaysInside(t *testing.T) {
	outside := t.TempDir()
	putFile(t, filepath.Join(outside, "precious"), "kept")
	f := openFolder(t)
	link(t, outside, filepath.Join(f.Dir(), stagingName(session)+"link"))
	putFile(t, filepath.Join(f.Dir(), stagingName(session)+"crashed", "SOUL.md"), "half")
	link(t, outside, filepath.Join(f.Dir(), stagingName(session)+"crashed", "skills"))
	putFile(t, filepath.Join(f.Dir(), stagingName(another)+"crashed", "SOUL.md"), "theirs")
	if _, _, err := f.Write(bareSpec()); err != nil {
		t.Fatal(err)
	}
	mustEqual(t, map[string]string{"precious": "kept"}, tree(t, outside))
	left := names(t, f.Dir())
	mustEqual(t, []string{stagingName(another) + "crashed", "bo"}, left)
}
