// Package scratch makes the temporary folders that databases are copied into.
// Such a copy holds what people wrote, so one that a killed program left behind
// is removed by a later one.
package scratch

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// CopyName is the name of the copy in its folder.
const CopyName = "copy.db"

// abandonedAfter is longer than anything with a copy takes.
const abandonedAfter = 24 * time.Hour

// Make makes a folder for a copy, whose name begins with prefix, that this user
// alone may read. It removes those that were left behind under the same prefix.
func Make(prefix string) (path string, err error) {
	if err := removeAbandoned(prefix, time.Now()); err != nil {
		return "", err
	}
	return os.MkdirTemp("", prefix)
}

// removeAbandoned removes the copies of this user's programs that were killed.
func removeAbandoned(prefix string, now time.Time) error {
	folders, err := filepath.Glob(filepath.Join(os.TempDir(), prefix+"[0-9]*"))
	if err != nil {
		return err
	}
	for _, folder := range folders {
		if !isTemporary(prefix, filepath.Base(folder)) {
			continue
		}
		info, err := os.Lstat(folder)
		if err != nil || !info.IsDir() || now.Sub(info.ModTime()) < abandonedAfter || !holdsCopy(folder) {
			continue // gone meanwhile, in use, or somebody's own
		}
		if err := os.RemoveAll(folder); err != nil && !errors.Is(err, fs.ErrPermission) {
			return err
		}
	}
	return nil
}

// isTemporary reports whether a folder's name is one that os.MkdirTemp gives.
func isTemporary(prefix, name string) bool {
	suffix, found := strings.CutPrefix(name, prefix)
	return found && suffix != "" && strings.Trim(suffix, "0123456789") == ""
}

// holdsCopy reports whether a folder holds a copy or what SQLite puts beside
// it, and nothing else.
func holdsCopy(folder string) bool {
	ours := []string{CopyName, CopyName + "-journal", CopyName + "-wal", CopyName + "-shm"}
	entries, err := os.ReadDir(folder)
	return err == nil && !slices.ContainsFunc(entries, func(e fs.DirEntry) bool {
		return !e.Type().IsRegular() || !slices.Contains(ours, e.Name())
	})
}
