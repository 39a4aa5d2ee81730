package bot

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"sync"

	"github.com/google/uuid"
)

// ErrTaken is a folder of the bot's name that is not this session's. It was
// left as it is; SettleSlug finds another name.
var ErrTaken = errors.New("the name is taken by a folder of something else")

// Only the user may read their bots: answers may be private.
const (
	dirMode  fs.FileMode = 0o700
	fileMode fs.FileMode = 0o600
)

// Folder is a folder of bots. No name leads out of it, whether through dots,
// slashes or symbolic links. Its methods may be called by many goroutines, and
// several programs may use one folder.
//
// Entries whose names begin with a dot are not bots: a bot is prepared in one
// of them, and one holds what Write has set aside.
type Folder struct {
	root    *os.Root
	dir     string // absolute
	writing sync.Mutex
	holding sync.Mutex // see Hold

	unique func() string           // for names that nobody can foresee
	before func(step string) error // where a test interrupts a write
	sync   func(*os.File) error    // where it watches what becomes durable

	exchange func(root *os.Root, a, b string) error // or errors.ErrUnsupported
}

// OpenFolder opens the folder at dir, and makes it where there is none, durably
// and for the user's eyes only.
func OpenFolder(dir string) (*Folder, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("open the bots folder: %w", err)
	}
	if err := makeDirs(dir); err != nil {
		return nil, fmt.Errorf("make the bots folder: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("open the bots folder: %w", err)
	}
	return &Folder{root: root, dir: dir, unique: rand.Text, before: func(string) error { return nil }, sync: (*os.File).Sync, exchange: exchange}, nil
}

// Close releases the folder.
func (f *Folder) Close() error { return f.root.Close() }

// Dir is the absolute path of the folder.
func (f *Folder) Dir() string { return f.dir }

// maxNumber bounds the search for a free name.
const maxNumber = 10_000

// SettleSlug returns the name for a session's bot: the first of slug, slug-2,
// slug-3 and so on that is free or is the session's own. It reserves nothing:
// where another session takes the name before Write, Write says ErrTaken.
func (f *Folder) SettleSlug(name string, id uuid.UUID) (string, error) {
	slug, err := Slug(name)
	if err != nil {
		return "", err
	}
	for n := 1; n <= maxNumber; n++ {
		candidate := numbered(slug, n)
		switch _, err := f.own(candidate, id); {
		case err == nil, errors.Is(err, fs.ErrNotExist):
			return candidate, nil
		case !errors.Is(err, ErrTaken):
			return "", fmt.Errorf("settle the name of session %s: %w", id, cause(err))
		}
	}
	return "", fmt.Errorf("settle the name of session %s: %d names are taken", id, maxNumber)
}

// own returns the front matter of the session's own folder. The error is
// fs.ErrNotExist where the name is free, and ErrTaken where anything else has
// it.
func (f *Folder) own(slug string, id uuid.UUID) (identityFront, error) {
	info, err := f.root.Lstat(slug)
	if err != nil {
		return identityFront{}, err
	}
	if !info.IsDir() {
		return identityFront{}, ErrTaken
	}
	var front identityFront
	_, err = f.readMarkdown(slug, identityName, &front)
	var unreadable *FileError
	if errors.As(err, &unreadable) && (unreadable.Err == nil || errors.Is(err, fs.ErrPermission)) {
		return identityFront{}, ErrTaken
	}
	if err == nil && string(front.SessionID) != id.String() {
		return identityFront{}, ErrTaken
	}
	return front, err
}

// makeDirs is os.MkdirAll that survives a power cut.
func makeDirs(dir string) error {
	info, err := os.Stat(dir)
	switch {
	case err == nil && info.IsDir():
		return nil
	case err == nil:
		return errors.New("a file is in its place")
	case !errors.Is(err, fs.ErrNotExist) || filepath.Dir(dir) == dir:
		return cause(err)
	}
	parent := filepath.Dir(dir)
	if err := makeDirs(parent); err != nil {
		return err
	}
	if err := os.Mkdir(dir, dirMode); err != nil && !errors.Is(err, fs.ErrExist) {
		return cause(err)
	}
	opened, err := os.OpenRoot(parent)
	if err != nil {
		return cause(err)
	}
	return errors.Join(syncDir(opened, ".", (*os.File).Sync), opened.Close())
}

// syncDir makes the names in a directory durable. Windows has no such call;
// there the file system's journal keeps them.
func syncDir(root *os.Root, dir string, sync func(*os.File) error) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	opened, err := root.Open(filepath.FromSlash(dir))
	if err != nil {
		return err
	}
	return errors.Join(sync(opened), opened.Close())
}

// cause is an error of the file system without the paths, which are made of
// the user's words.
func cause(err error) error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var causes []error
		for _, err := range joined.Unwrap() {
			causes = append(causes, cause(err))
		}
		return errors.Join(causes...)
	}
	var atPath *fs.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &atPath):
		return atPath.Err
	case errors.As(err, &link):
		return link.Err
	}
	return err
}

func inFolder(slug, file string) string { return filepath.FromSlash(path.Join(slug, file)) }
