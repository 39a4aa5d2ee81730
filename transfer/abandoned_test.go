package transfer

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestCopiesOfKilledAdoptionsAreRemoved(t *testing.T) {
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
	own := made(temporaryName+"3", 48*time.Hour)
	if err := os.WriteFile(filepath.Join(own, "notes.txt"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(own, now.Add(-48*time.Hour), now.Add(-48*time.Hour)); err != nil {
		t.Fatal(err)
	}
	old, fresh, other := made(temporaryName+"1", 48*time.Hour), made(temporaryName+"2", time.Hour), made("else-1", 48*time.Hour)
	if err := removeAbandoned(now); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(old); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("an abandoned copy is still there: %v", err)
	}
	for _, folder := range []string{fresh, other, own} {
		if _, err := os.Stat(filepath.Join(folder, "copy.db")); err != nil {
			t.Error(err)
		}
	}
}
