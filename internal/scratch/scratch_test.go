package scratch

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestCopiesOfKilledProgramsAreRemoved(t *testing.T) {
	const prefix = "boternity-test-"
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	t.Setenv("TMP", temp)
	now := time.Now()
	made := func(name string, age time.Duration) string {
		folder := filepath.Join(temp, name)
		if err := os.MkdirAll(folder, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, "copy.db"), []byte("words"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(folder, now.Add(-age), now.Add(-age)); err != nil {
			t.Fatal(err)
		}
		return folder
	}
	beside := func(folder, name string) string {
		if err := os.WriteFile(filepath.Join(folder, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(folder, now.Add(-48*time.Hour), now.Add(-48*time.Hour)); err != nil {
			t.Fatal(err)
		}
		return folder
	}
	notes := beside(made(prefix+"3", 48*time.Hour), "notes.txt")
	renamed := beside(made(prefix+"4", 48*time.Hour), "copy.db.mine")
	named := made(prefix+"5-mine", 48*time.Hour)
	withLog := beside(made(prefix+"6", 48*time.Hour), "copy.db-wal")
	old, fresh, other := made(prefix+"1", 48*time.Hour), made(prefix+"2", time.Hour), made("else-1", 48*time.Hour)
	if err := removeAbandoned(prefix, now); err != nil {
		t.Fatal(err)
	}
	for _, folder := range []string{old, withLog} {
		if _, err := os.Stat(folder); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("an abandoned copy is still there: %v", err)
		}
	}
	for _, folder := range []string{fresh, other, notes, renamed, named} {
		if _, err := os.Stat(filepath.Join(folder, "copy.db")); err != nil {
			t.Error(err)
		}
	}
}
