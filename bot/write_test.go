package bot

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func mustEqual[T any](t *testing.T, want, got T) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// names lists the entries of a folder.
func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, entry := range entries {
		list = append(list, entry.Name())
	}
	return list
}

// files are the plain files of a tree.
func filesOf(entries map[string]string) map[string]string {
	files := map[string]string{}
	for name, content := range entries {
		if !strings.HasSuffix(name, "/") {
			files[name] = content
		}
	}
	return files
}

func TestWrite(t *testing.T) {
	f := openFolder(t)
	spec := richSpec()
	dir, files, err := f.Write(spec)
	if err != nil {
		t.Fatal(err)
	}
	if want := filepath.Join(f.Dir(), spec.Slug); dir != want {
		t.Errorf("it is at %s, not %s", dir, want)
	}
	want := mustRender(t, spec)
	mustEqual(t, want, filesOf(tree(t, dir)))
	mustEqual(t, []string{spec.Slug}, names(t, f.Dir()))
	if len(files) != len(want) || files[0] != soulName {
		t.Errorf("it says %v", files)
	}
	err = filepath.WalkDir(dir, func(at string, entry fs.DirEntry, err error) error {
		info, statErr := os.Lstat(at)
		if perm := info.Mode().Perm(); perm&0o077 != 0 {
			t.Errorf("%s has mode %v", entry.Name(), perm)
		}
		return errors.Join(err, statErr)
	})
	if err != nil {
		t.Error(err)
	}
}

func TestWritingAgainChangesNothing(t *testing.T) {
	f := openFolder(t)
	dir, files, err := f.Write(richSpec())
	if err != nil {
		t.Fatal(err)
	}
	putFile(t, filepath.Join(dir, userName), "my own notes")
	putFile(t, filepath.Join(dir, "diary.txt"), "more of them")
	before := tree(t, f.Dir())
	for _, step := range traced(t, f, richSpec()) {
		if step != "sync the bots folder" && step != "synced ." {
			t.Errorf("the second write did %q", step)
		}
	}
	again, filesAgain, err := f.Write(richSpec())
	if err != nil || again != dir || !slices.Equal(files, filesAgain) {
		t.Errorf("got %s, %v, %v", again, filesAgain, err)
	}
	mustEqual(t, before, tree(t, f.Dir()))
}

// Answers may have changed between a crash and the retry; a file may be gone.
func TestAnotherRenderingTakesItsPlace(t *testing.T) {
	changed := richSpec()
	changed.Config.Tone = ptr("warm")
	for name, c := range map[string]struct {
		spec   Spec
		damage func(dir string) error
	}{
		"changed answers": {changed, func(string) error { return nil }},
		"a file missing":  {richSpec(), func(dir string) error { return os.Remove(filepath.Join(dir, soulName)) }},
	} {
		t.Run(name, func(t *testing.T) {
			f := openFolder(t)
			dir, _, err := f.Write(richSpec())
			if err != nil {
				t.Fatal(err)
			}
			putFile(t, filepath.Join(dir, userName), "my own notes")
			if err := c.damage(dir); err != nil {
				t.Fatal(err)
			}
			before := tree(t, dir)
			if _, _, err := f.Write(c.spec); err != nil {
				t.Fatal(err)
			}
			mustEqual(t, mustRender(t, c.spec), filesOf(tree(t, dir)))
			list := names(t, f.Dir())
			if len(list) != 2 || !strings.HasPrefix(list[0], ".replaced-"+session.String()) {
				t.Fatalf("the folder has %v", list)
			}
			kept, err := f.Aside(session)
			if err != nil || len(kept) != 1 || kept[0] != filepath.Join(f.Dir(), list[0]) {
				t.Fatalf("kept aside: %v, %v", kept, err)
			}
			mustEqual(t, before, tree(t, kept[0]))
		})
	}
}

// traced writes a spec and returns the steps it took, and every sync.
func traced(t *testing.T, f *Folder, spec Spec) []string {
	t.Helper()
	var steps []string
	f.before = func(step string) error {
		steps = append(steps, step)
		return nil
	}
	f.sync = func(file *os.File) error {
		steps = append(steps, "synced "+filepath.Base(file.Name()))
		return file.Sync()
	}
	defer func() { f.before, f.sync = func(string) error { return nil }, (*os.File).Sync }()
	if _, _, err := f.Write(spec); err != nil {
		t.Fatal(err)
	}
	return steps
}

func TestSyncOrder(t *testing.T) {
	f := openFolder(t)
	want := []string{"make the staging folder"}
	files, err := Render(richSpec())
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		want = append(want, "write "+file.Path, "sync "+file.Path, "synced "+path.Base(file.Path))
	}
	for _, dir := range []string{"skills/code-review", "skills/web-search", "skills/release-notes", "skills"} {
		want = append(want, "sync folder "+dir, "synced "+path.Base(dir))
	}
	want = append(want, "sync folder .", "synced .", "rename", "sync the bots folder", "synced .")
	mustEqual(t, want, traced(t, f, richSpec()))
}

var errStopped = errors.New("stopped")

// interrupted writes a spec and stops before the nth step, either by an error
// or as a crash does, after which nothing of the program runs any more.
func interrupted(f *Folder, spec Spec, n int, crash bool) (err error) {
	f.before = func(string) error {
		if n--; n > 0 {
			return nil
		}
		if crash {
			panic(errStopped)
		}
		return errStopped
	}
	defer func() {
		if recovered := recover(); recovered != nil {
			err = recovered.(error)
		}
		f.before = func(string) error { return nil }
	}()
	_, _, err = f.Write(spec)
	return err
}

// noSync keeps a test of many writes short. What is durable is not its matter.
func noSync(*os.File) error { return nil }

func TestInterruptedAtEveryStep(t *testing.T) {
	older := richSpec()
	older.Config.Tone = ptr("warm")
	for _, crash := range []bool{false, true} {
		for _, replacing := range []bool{false, true} {
			t.Run(fmt.Sprintf("crash=%t,replacing=%t", crash, replacing), func(t *testing.T) {
				spec := richSpec()
				want := mustRender(t, spec)
				for n := 1; ; n++ {
					f := openFolder(t)
					dir := filepath.Join(f.Dir(), spec.Slug)
					complete := []map[string]string{nil, want}
					if replacing {
						putFiles(t, dir, older)
						complete = append(complete, mustRender(t, older))
						if !crash {
							complete = complete[1:] // an error puts the old one back
						}
					}
					f.sync = noSync
					err := interrupted(f, spec, n, crash)
					if err == nil {
						if n < 10 {
							t.Fatalf("it took %d steps only", n-1)
						}
						return
					}
					if !errors.Is(err, errStopped) {
						t.Fatalf("step %d: %v", n, err)
					}
					checkWhole(t, dir, complete)
					if list := names(t, f.Dir()); !crash && slices.ContainsFunc(list, func(name string) bool { return strings.HasPrefix(name, ".staging") }) {
						t.Errorf("step %d left %v", n, list)
					}
					retry := openAt(t, f.Dir())
					retry.sync = noSync
					if slug, err := retry.SettleSlug(*spec.Config.Name, session); err != nil || slug != spec.Slug {
						t.Errorf("step %d: settled %q, %v", n, slug, err)
					}
					if _, _, err := retry.Write(spec); err != nil {
						t.Fatalf("step %d: the retry: %v", n, err)
					}
					checkWhole(t, dir, []map[string]string{want})
					for _, name := range names(t, f.Dir()) {
						if name != spec.Slug && !strings.HasPrefix(name, ".replaced-") {
							t.Errorf("step %d: the retry left %s", n, name)
						}
					}
				}
			})
		}
	}
}

// checkWhole makes sure that a folder is one of those that are complete, or
// where nil is among them, not there.
func checkWhole(t *testing.T, dir string, complete []map[string]string) {
	t.Helper()
	var got map[string]string
	if _, err := os.Lstat(dir); err == nil {
		got = filesOf(tree(t, dir))
	}
	if !slices.ContainsFunc(complete, func(want map[string]string) bool { return cmp.Equal(want, got) }) {
		t.Errorf("the folder is not complete: %d files", len(got))
	}
}

// Two programs may finish one session at once, each with its own handle.
func TestManyFinishOneSession(t *testing.T) {
	dir := t.TempDir()
	var group sync.WaitGroup
	for range 8 {
		f := openAt(t, dir)
		group.Go(func() {
			if _, _, err := f.Write(richSpec()); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	mustEqual(t, []string{richSpec().Slug}, names(t, dir))
	mustEqual(t, mustRender(t, richSpec()), filesOf(tree(t, filepath.Join(dir, richSpec().Slug))))
}

// The texts of errors have no names in them: they are made of users' words.
func TestErrorsTellNoNames(t *testing.T) {
	f := openFolder(t)
	putFile(t, filepath.Join(f.Dir(), "lex-the-reviewer"), "")
	_, _, taken := f.Write(richSpec())
	f.before = func(step string) error {
		if step == "write SOUL.md" {
			return &fs.PathError{Op: "open", Path: "lex-the-reviewer/SOUL.md", Err: fs.ErrPermission}
		}
		return nil
	}
	if err := os.Remove(filepath.Join(f.Dir(), "lex-the-reviewer")); err != nil {
		t.Fatal(err)
	}
	_, _, failed := f.Write(richSpec())
	if !errors.Is(failed, fs.ErrPermission) {
		t.Errorf("got %v", failed)
	}
	for _, err := range []error{taken, failed} {
		if err == nil || strings.Contains(err.Error(), "lex") || !strings.Contains(err.Error(), session.String()) {
			t.Errorf("got %v", err)
		}
	}
}
