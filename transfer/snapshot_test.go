package transfer

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAdoptReadsTheLogAndChangesNothing(t *testing.T) {
	w := newBoternity(t)
	w.draft(testID(1).String(), "{}", 1, someTime, someTime)
	w.checkpoint()
	w.draft(testID(2).String(), "{}", 1, someTime, someTime)
	w.entry(testID(3).String(), nil)
	folder := copyFolder(t, filepath.Dir(w.path)) // while the writer has it open
	if err := os.Remove(filepath.Join(folder, "boternity.db-shm")); err != nil {
		t.Fatal(err)
	}
	before := folderSums(t, folder)
	if len(before) != 2 {
		t.Fatalf("the folder holds %v", before)
	}
	temporary := t.TempDir()
	t.Setenv("TMPDIR", temporary)
	if result := mustAdopt(t, newDatabase(), filepath.Join(folder, "boternity.db")); result.Drafts != 2 || result.Memory != 1 {
		t.Errorf("got %+v", result)
	}
	if after := folderSums(t, folder); !cmp.Equal(before, after) {
		t.Error(cmp.Diff(before, after))
	}
	if left := folderSums(t, temporary); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestAdoptFollowsALinkToTheLog(t *testing.T) {
	w := newBoternity(t)
	w.draft(testID(1).String(), "{}", 1, someTime, someTime)
	link := filepath.Join(t.TempDir(), "link.db")
	if err := os.Symlink(w.path, link); err != nil {
		t.Fatal(err)
	}
	if result := mustAdopt(t, newDatabase(), link); result.Drafts != 1 {
		t.Errorf("got %+v", result)
	}
}

func TestAdoptRollsBackAHotJournal(t *testing.T) {
	w := newBoternity(t)
	w.exec("PRAGMA journal_mode = DELETE")
	w.exec("PRAGMA cache_size = 1") // changed pages go to the file before the commit
	for n := range 50 {
		w.draft(testID(n).String(), strings.Repeat("before", 1000), 1, someTime, someTime)
	}
	w.exec("BEGIN")
	w.exec("UPDATE builder_drafts SET state_json = replace(state_json, 'before', 'behind')")
	folder := copyFolder(t, filepath.Dir(w.path))
	w.exec("ROLLBACK")
	if b, err := os.ReadFile(filepath.Join(folder, "boternity.db")); err != nil || !strings.Contains(string(b), "behind") {
		t.Fatal("nothing of the change is in the file", err)
	}
	before, db := folderSums(t, folder), newDatabase()
	if result := mustAdopt(t, db, filepath.Join(folder, "boternity.db")); result.Drafts != 50 {
		t.Errorf("got %+v", result)
	}
	for n := range 50 {
		if state := string(loadDraft(t, db, testID(n)).State); strings.Contains(state, "behind") {
			t.Errorf("draft %d is as it was never committed", n)
		}
	}
	if after := folderSums(t, folder); !cmp.Equal(before, after) {
		t.Error(cmp.Diff(before, after))
	}
}

// adoptBeside adopts while a writer acts after each copying.
func adoptBeside(t *testing.T, w *writer, act func(attempt int)) (Adoption, int, error) {
	t.Helper()
	attempts := 0
	s := snapshotter{attempts: 5, pause: func(context.Context) error { return nil }, copied: func() {
		attempts++
		act(attempts)
	}}
	result, err := adopt(t.Context(), newDatabase(), w.path, AdoptOptions{}, s)
	return result, attempts, err
}

func TestAdoptBesideAWriter(t *testing.T) {
	insert := func(w *writer, n int) { w.draft(testID(n).String(), "{}", 1, someTime, someTime) }
	for name, test := range map[string]struct {
		act              func(w *writer, attempt int)
		drafts, attempts int
	}{
		"commits to the log": {func(w *writer, attempt int) { insert(w, 10+attempt) }, 1, 1},
		"moves the log once": {func(w *writer, attempt int) {
			if attempt == 1 {
				w.checkpoint()
				insert(w, 11)
			}
		}, 2, 2},
		"starts the log anew": {func(w *writer, attempt int) {
			if attempt == 1 {
				w.exec("PRAGMA wal_checkpoint(RESTART)")
				insert(w, 11)
			}
		}, 2, 2},
		"replaces the file": {func(w *writer, attempt int) {
			if attempt == 1 {
				same, err := os.ReadFile(w.path)
				if err != nil {
					t.Fatal(err)
				}
				if err := errors.Join(os.WriteFile(w.path+"2", same, 0o600), os.Rename(w.path+"2", w.path)); err != nil {
					t.Fatal(err)
				}
			}
		}, 1, 2},
		"goes on with a journal": {func(w *writer, attempt int) {
			if attempt == 1 {
				if err := os.WriteFile(w.path+"-journal", make([]byte, 512), 0o600); err != nil {
					t.Fatal(err)
				}
			}
		}, 1, 2},
		"begins a journal": {func(w *writer, attempt int) {
			if attempt == 1 {
				if err := os.WriteFile(w.path+"-journal", nil, 0o600); err != nil {
					t.Fatal(err)
				}
			}
		}, 1, 2},
	} {
		w := newBoternity(t)
		insert(w, 1)
		if name == "goes on with a journal" {
			if err := os.WriteFile(w.path+"-journal", nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		result, attempts, err := adoptBeside(t, w, func(attempt int) { test.act(w, attempt) })
		if err != nil || result.Drafts != test.drafts || attempts != test.attempts {
			t.Errorf("%s: %d drafts after %d attempts, %v", name, result.Drafts, attempts, err)
		}
	}
}

func TestAdoptGivesUpOnAFileThatNeverRests(t *testing.T) {
	w := newBoternity(t)
	_, attempts, err := adoptBeside(t, w, func(attempt int) {
		w.draft(testID(attempt).String(), "{}", 1, someTime, someTime)
		w.checkpoint()
	})
	if err == nil || !strings.Contains(err.Error(), "changed during each of 5 attempts") || attempts != 5 {
		t.Errorf("after %d attempts: %v", attempts, err)
	}
}

// A file system's clock may stand still between two writes.
func TestAdoptNoticesAChangeWithinOneTick(t *testing.T) {
	w := newBoternity(t)
	w.draft(testID(1).String(), `{"a":"before"}`, 1, someTime, someTime)
	path := w.close()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	_, attempts, err := adoptBeside(t, w, func(attempt int) {
		if attempt > 1 {
			return
		}
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		changed := strings.Replace(string(b), "before", "behind", 1)
		if err := errors.Join(os.WriteFile(path, []byte(changed), 0o600), os.Chtimes(path, info.ModTime(), info.ModTime())); err != nil {
			t.Fatal(err)
		}
	})
	if err != nil || attempts != 2 {
		t.Errorf("after %d attempts: %v", attempts, err)
	}
}

func TestAdoptStopsWithItsContext(t *testing.T) {
	w := newBoternity(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Adopt(ctx, newDatabase(), w.path, AdoptOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if _, err := io.ReadAll(reading(ctx, strings.NewReader("a file to copy"))); !errors.Is(err, context.Canceled) {
		t.Errorf("copying: %v", err)
	}
}
