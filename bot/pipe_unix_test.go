//go:build unix

package bot

import (
	"errors"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/boternity/boternity/builder"
)

// Copying a pipe would wait for somebody to write to it.
func TestReplaceRefusesPipes(t *testing.T) {
	f, dir := edited(t)
	if err := unix.Mkfifo(filepath.Join(dir, "pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := f.Replace(changedSpec(), richSpec()); !errors.Is(err, builder.ErrUnreadable) {
		t.Errorf("got %v", err)
	}
	if list := names(t, f.Dir()); len(list) != 1 {
		t.Errorf("left %v", list)
	}
}
