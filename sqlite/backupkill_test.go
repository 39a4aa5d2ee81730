package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func init() { children["back up"] = backUp }

// backUp says of every step that it is done, and waits for a word to go on.
func backUp(path string) error {
	line := make([]byte, 1)
	return BackupFile(context.Background(), path, path+".backup", func(done, total int64) {
		fmt.Println(done, "of", total)
		os.Stdin.Read(line) //nolint:errcheck // nobody says a word once this is to be killed
	})
}

// Killed at any step, a backup leaves nothing under its name, and what it leaves
// is removed by a later one.
func TestKilledWhileBackingUp(t *testing.T) {
	path, stored := large(t)
	folder := filepath.Dir(path)
	for step := 1; ; step++ {
		c := child(t, "back up", path)
		in, err := c.StdinPipe()
		noError(t, err)
		out, err := c.StdoutPipe()
		noError(t, err)
		noError(t, c.Start())
		said := make([]byte, 64)
		var n int
		for range step {
			if n, err = out.Read(said); err != nil {
				break
			}
			io.WriteString(in, "\n") //nolint:errcheck // it may have ended
		}
		c.Process.Kill() //nolint:errcheck // it may have ended
		c.Wait()         //nolint:errcheck // see above
		_, err = os.Lstat(path + ".backup")
		if err == nil {
			db := opened(t, path+".backup", testOptions())
			for _, d := range stored {
				loads(t, db.Owner(""), d)
			}
			if step == 1 {
				t.Fatal("no kill came in time")
			}
			break
		}
		if !errors.Is(err, fs.ErrNotExist) || n == 0 {
			t.Fatalf("step %d: it said %q: %v", step, said[:n], err)
		}
	}
	isPartial := func(name string) bool { return strings.HasPrefix(name, partialName) }
	left := slices.DeleteFunc(names(t, folder), func(name string) bool { return !isPartial(name) })
	if len(left) == 0 {
		t.Fatal("nothing was left behind to remove")
	}
	noError(t, os.WriteFile(filepath.Join(folder, partialName+"mine"), nil, 0o600))
	for i, name := range append(left, partialName+"mine") {
		if i > 0 { // the first may be one that goes on
			old := time.Now().Add(-2 * partialFor)
			noError(t, os.Chtimes(filepath.Join(folder, name), old, old))
		}
	}
	noError(t, BackupFile(t.Context(), path, path+".second", nil))
	still := slices.DeleteFunc(names(t, folder), func(name string) bool { return !isPartial(name) })
	if want := []string{left[0], partialName + "mine"}; !slices.Equal(still, want) {
		t.Errorf("left are %v, want %v", still, want)
	}
}
