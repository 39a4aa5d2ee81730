package bot

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// What a bot's folder may hold at most for the bot to be changed: all of it is
// copied.
const (
	maxEntries = 10_000
	maxBytes   = 1 << 30
)

// found is an entry of a bot's folder as it was seen. Two that are equal are
// taken for the same entry with the same content.
type found struct {
	path     string // relative to the bot's folder, with slashes
	mode     fs.FileMode
	size     int64
	modified time.Time
}

// survey lists a bot's folder, itself first, as ".". It refuses what cannot be
// copied.
func survey(dir *os.Root, entries int, bytes int64) ([]found, error) {
	var all []found
	total := int64(0)
	err := fs.WalkDir(dir.FS(), ".", func(at string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		entryOf := found{path: at, mode: info.Mode(), modified: info.ModTime()}
		if mode := info.Mode(); mode.IsRegular() {
			entryOf.size = info.Size()
		} else if !mode.IsDir() && mode&fs.ModeSymlink == 0 {
			return &FileError{File: "the folder", Problem: "holds something that is no file, folder or link; move it away first"}
		}
		all, total = append(all, entryOf), total+entryOf.size
		if len(all) > entries || total > bytes {
			return &FileError{File: "the folder", Problem: fmt.Sprintf("holds more than %d entries or %d bytes", entries, bytes)}
		}
		return nil
	})
	return all, err
}

// copier fills a new folder with entries of an old one.
type copier struct {
	f        *Folder
	from, to *os.Root
}

// keep copies an entry as it is: content, mode and time. A link is made again
// and never followed.
func (c *copier) keep(e found) error {
	name := filepath.FromSlash(e.path)
	if err := c.f.before("copy " + e.path); err != nil {
		return err
	}
	switch {
	case e.mode.IsDir():
		return c.to.MkdirAll(name, dirMode)
	case e.mode&fs.ModeSymlink != 0:
		target, err := c.from.Readlink(name)
		if err != nil {
			return err
		}
		return c.to.Symlink(target, name)
	}
	return c.copy(name, e)
}

func (c *copier) copy(name string, e found) (err error) {
	from, err := c.from.Open(name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	to, err := c.to.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, fileMode)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, to.Close()) }()
	if _, err := io.Copy(to, io.LimitReader(from, maxBytes)); err != nil {
		return err
	}
	if err := to.Chmod(permissions(e.mode)); err != nil {
		return err
	}
	if err := c.to.Chtimes(name, e.modified, e.modified); err != nil {
		return err
	}
	return c.f.sync(to)
}

// settle gives the folders the modes of the old ones and makes all names
// durable, the deepest first.
func (c *copier) settle(dirs map[string]fs.FileMode) error {
	var names []string
	for dir := range dirs {
		names = append(names, dir)
	}
	slices.SortFunc(names, func(a, b string) int {
		if d := depth(b) - depth(a); d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
	for _, dir := range names {
		if err := c.f.before("sync folder " + dir); err != nil {
			return err
		}
		if err := syncDir(c.to, dir, c.f.sync); err != nil {
			return err
		}
		if err := c.to.Chmod(filepath.FromSlash(dir), permissions(dirs[dir])); err != nil {
			return err
		}
	}
	return nil
}

func permissions(mode fs.FileMode) fs.FileMode {
	return mode & (fs.ModePerm | fs.ModeSetuid | fs.ModeSetgid | fs.ModeSticky)
}

// parents are the folders that a file is in, the nearest first.
func parents(file string) []string {
	var dirs []string
	for dir := path.Dir(file); dir != "."; dir = path.Dir(dir) {
		dirs = append(dirs, dir)
	}
	return dirs
}
