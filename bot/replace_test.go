package bot

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// edited is a bot's folder as a person has worked in it.
func edited(t *testing.T) (f *Folder, dir string) {
	t.Helper()
	f, dir = placed(t, richSpec())
	files := mustRender(t, richSpec())
	putFile(t, filepath.Join(dir, soulName), files[soulName]+"\n## Mine\n\nmy words\n")
	putFile(t, filepath.Join(dir, userName), strings.Replace(files[userName], "- What to call you:", "- What to call you: Ada", 1))
	putFile(t, filepath.Join(dir, "notes.txt"), "my notes\r\n\x00")
	putFile(t, filepath.Join(dir, "skills/code-review/scripts/run.sh"), "#!/bin/sh\n")
	putFile(t, filepath.Join(dir, "skills/someone-elses/SKILL.md"), "no front matter")
	link(t, "../elsewhere", filepath.Join(dir, "link"))
	if err := os.Mkdir(filepath.Join(dir, "empty"), 0o750); err != nil {
		t.Fatal(err)
	}
	return f, dir
}

func mustReplace(t *testing.T, f *Folder, spec Spec) Merged {
	t.Helper()
	_, m, err := f.Replace(spec, richSpec())
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestReplace(t *testing.T) {
	f, dir := edited(t)
	run := filepath.Join(dir, "skills/code-review/scripts/run.sh")
	old := time.Date(2020, 1, 2, 3, 4, 5, 0, time.UTC)
	if err := errors.Join(os.Chmod(run, 0o751), os.Chtimes(run, old, old), os.Chmod(filepath.Join(dir, soulName), 0o640), os.Chmod(dir, 0o710)); err != nil {
		t.Fatal(err)
	}
	before := tree(t, dir)
	m := mustReplace(t, f, changedSpec())
	after := tree(t, dir)
	for name, content := range before {
		if _, generated := contentOf(m.Files, name); !generated && after[name] != content {
			t.Errorf("%s was %q and is %q", name, content, after[name])
		}
	}
	for _, file := range m.Files {
		if after[file.Path] != string(file.Content) {
			t.Errorf("%s is not what was merged", file.Path)
		}
	}
	if soul := after[soulName]; !strings.Contains(soul, "my words") || !strings.Contains(soul, "explain Go code") || strings.Contains(soul, "first the tests") {
		t.Errorf("SOUL.md is\n%s", soul)
	}
	if !strings.Contains(after[userName], "- What to call you: Ada") {
		t.Errorf("USER.md is\n%s", after[userName])
	}
	for name, mode := range map[string]fs.FileMode{".": 0o710, soulName: 0o640, "empty": 0o750, "skills/code-review/scripts/run.sh": 0o751} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || info.Mode().Perm() != mode {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
	if info, err := os.Stat(run); err != nil || !info.ModTime().Equal(old) {
		t.Errorf("run.sh has another time: %v", err)
	}
	list := names(t, f.Dir())
	if len(list) != 2 || !strings.HasPrefix(list[0], ".replaced-"+another.String()) {
		t.Fatalf("the folder has %v", list)
	}
	mustEqual(t, before, tree(t, filepath.Join(f.Dir(), list[0])))
	b, err := f.Read(richSpec().Slug)
	if err != nil || b.SessionID != another || b.Config.Name == nil || *b.Config.Name != "Lexi" || !b.Skills[1].Disabled {
		t.Errorf("read %+v, %v", b, err)
	}
}

func TestReplacingAgainChangesNothing(t *testing.T) {
	f, dir := edited(t)
	first := mustReplace(t, f, changedSpec())
	putFile(t, filepath.Join(dir, userName), "edited since")
	before := tree(t, f.Dir())
	again := mustReplace(t, f, changedSpec())
	mustEqual(t, before, tree(t, f.Dir()))
	if len(first.Files) != len(again.Files) {
		t.Errorf("first %d files, then %d", len(first.Files), len(again.Files))
	}
}

// unsupported is a file system that cannot exchange folders.
func unsupported(*os.Root, string, string) error { return errors.ErrUnsupported }

// interruptedReplace stops before the nth step, as interrupted does.
func interruptedReplace(f *Folder, spec Spec, n int, crash bool) (err error) {
	f.before = func(string) error {
		if n--; n != 0 {
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
	_, _, err = f.Replace(spec, richSpec())
	if n > 0 || err != nil {
		return err
	}
	return errTold
}

// errTold is a replace that was interrupted after it had succeeded.
var errTold = errors.New("succeeded all the same")

func TestReplaceInterruptedAtEveryStep(t *testing.T) {
	spec := changedSpec()
	g, want := edited(t)
	mustReplace(t, g, spec)
	done := tree(t, want)
	for _, crash := range []bool{false, true} {
		for _, steps := range []bool{false, true} {
			t.Run(fmt.Sprintf("crash=%t,in steps=%t", crash, steps), func(t *testing.T) {
				for n := 1; ; n++ {
					f, dir := edited(t)
					before := tree(t, dir)
					retry := openAt(t, f.Dir())
					retry.sync = noSync
					if steps {
						f.exchange, retry.exchange = unsupported, unsupported
					}
					err := interruptedReplace(f, spec, n, crash)
					if err == nil {
						if n < 20 {
							t.Fatalf("it took %d steps only", n-1)
						}
						return
					}
					if !errors.Is(err, errStopped) && !errors.Is(err, errTold) {
						t.Fatalf("step %d: %v", n, err)
					}
					there := map[string]string(nil)
					if _, err := os.Lstat(dir); err == nil {
						there = tree(t, dir)
					}
					complete := cmp.Equal(there, before) || cmp.Equal(there, done)
					if between := crash && steps && there == nil; !complete && !between {
						t.Fatalf("step %d: the folder is neither the old nor the new one: %d entries", n, len(there))
					}
					if list := names(t, f.Dir()); !crash && !errors.Is(err, errTold) && slices.ContainsFunc(list, isHalf) {
						t.Errorf("step %d left %v", n, list)
					}
					if err := retry.Mend(spec.Slug, spec.SessionID); err != nil {
						t.Fatal(err)
					}
					if now := tree(t, dir); !cmp.Equal(now, before) && !cmp.Equal(now, done) {
						t.Fatalf("step %d: mended to something else", n)
					}
					if _, _, err := retry.Replace(spec, richSpec()); err != nil {
						t.Fatalf("step %d: the retry: %v", n, err)
					}
					mustEqual(t, done, tree(t, dir))
					kept := false
					for _, name := range names(t, f.Dir()) {
						if isHalf(name) {
							t.Errorf("step %d: the retry left %s", n, name)
						}
						kept = kept || strings.HasPrefix(name, ".replaced-") && cmp.Equal(tree(t, filepath.Join(f.Dir(), name)), before)
					}
					if !kept {
						t.Errorf("step %d: the old folder was not kept: %v", n, names(t, f.Dir()))
					}
				}
			})
		}
	}
}

func isHalf(name string) bool {
	return strings.HasPrefix(name, ".staging-") || strings.HasPrefix(name, ".swapping-")
}

// Everything in the new folder is durable before it gets its name.
func TestReplaceSyncsBeforeItSwaps(t *testing.T) {
	f, _ := edited(t)
	var steps []string
	f.before = func(step string) error {
		steps = append(steps, step)
		return nil
	}
	synced := map[string]bool{}
	f.sync = func(file *os.File) error {
		synced[filepath.Base(file.Name())] = true
		steps = append(steps, "synced")
		return file.Sync()
	}
	mustReplace(t, f, changedSpec())
	at := slices.Index(steps, "name the staged folder")
	for _, name := range []string{soulName, identityName, userName, skillsName, skillFile, "notes.txt", "run.sh", "scripts", "skills", "empty", "."} {
		if !synced[name] {
			t.Errorf("%s was not synced", name)
		}
	}
	if last := steps[len(steps)-2:]; !slices.Equal(last, []string{"sync the bots folder", "synced"}) {
		t.Errorf("it ended in %v", last)
	}
	if slices.Contains(steps[at:len(steps)-2], "synced") {
		t.Errorf("something was synced after the new folder was named: %v", steps[at:])
	}
}

// What somebody writes while the folder is copied is not lost.
func TestReplaceWhileSomebodyWrites(t *testing.T) {
	for _, times := range []int{1, replaceAttempts} {
		f, dir := edited(t)
		n := 0
		f.before = func(step string) error {
			if step == "look again" && n < times {
				n++
				putFile(t, filepath.Join(dir, "notes.txt"), strings.Repeat("more ", n))
			}
			return nil
		}
		_, _, err := f.Replace(changedSpec(), richSpec())
		if times == replaceAttempts {
			if !errors.Is(err, ErrChanging) {
				t.Errorf("got %v", err)
			}
		} else if err != nil {
			t.Error(err)
		}
		if got := tree(t, dir)["notes.txt"]; got != strings.Repeat("more ", times) {
			t.Errorf("notes.txt is %q", got)
		}
		if slices.ContainsFunc(names(t, f.Dir()), isHalf) {
			t.Errorf("left %v", names(t, f.Dir()))
		}
	}
}

// An error of exchanging the folders that comes after they were exchanged does
// not cost the old one.
func TestExchangedWithAnError(t *testing.T) {
	f, dir := edited(t)
	before := tree(t, dir)
	f.exchange = func(root *os.Root, a, b string) error {
		if err := exchange(root, a, b); err != nil {
			return err
		}
		return errStopped
	}
	if _, _, err := f.Replace(changedSpec(), richSpec()); !errors.Is(err, errStopped) {
		t.Fatalf("replaced: %v", err)
	}
	kept, err := filepath.Glob(filepath.Join(f.Dir(), ".replaced-*"))
	if err != nil || len(kept) != 1 {
		t.Fatalf("kept: %v, %v", kept, err)
	}
	mustEqual(t, before, tree(t, kept[0]))
}
