package bot

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
)

// Replace puts spec's bot in the place of the one in the folder spec.Slug, with
// what people have written into its files, see Merge. The folder is exchanged
// for a new one in one step and the old one kept under a hidden name. Whatever
// stops it, the folder is the old one or the complete new one; where the file
// system cannot exchange two folders, there may be none of that name until
// Mend or Replace is called for the session again.
//
// Replacing again with the same spec changes nothing. Errors: as Merge;
// ErrChanging when somebody writes into the folder all the while; those of the
// file system, after which it may be tried again.
func (f *Folder) Replace(spec, was Spec) (dir string, m Merged, err error) {
	f.writing.Lock()
	defer f.writing.Unlock()
	for range replaceAttempts {
		m, err = f.replace(spec, was)
		if !errors.Is(err, ErrChanging) {
			break
		}
	}
	if err != nil {
		return "", Merged{}, fmt.Errorf("change the bot of session %s: %w", spec.SessionID, told(err))
	}
	return filepath.Join(f.dir, spec.Slug), m, nil
}

// ErrChanging is a folder that somebody writes into while it is replaced.
var ErrChanging = errors.New("the bot's files are being changed by somebody else; nothing was replaced")

const replaceAttempts = 3

// told is cause for errors that may be of a bot's files, which tell no names.
func told(err error) error {
	var unreadable *FileError
	if errors.As(err, &unreadable) {
		return err
	}
	return cause(err)
}

func (f *Folder) replace(spec, was Spec) (m Merged, err error) {
	id := spec.SessionID
	if err := f.mend(spec.Slug, id); err != nil {
		return Merged{}, err
	}
	if err := f.checkDir(spec.Slug); err != nil {
		return Merged{}, err
	}
	from, err := f.root.OpenRoot(spec.Slug)
	if err != nil {
		return Merged{}, err
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	before, err := survey(from, maxEntries, maxBytes)
	if err != nil {
		return Merged{}, err
	}
	if m, err = f.merge(spec, was); err != nil {
		return Merged{}, err
	}
	there, err := f.find(spec.Slug, id, m.rendered)
	if err != nil && !errors.Is(err, ErrTaken) {
		return Merged{}, err
	}
	if there != whole {
		if err := f.makeFrom(from, before, spec.Slug, id, m); err != nil {
			return Merged{}, err
		}
	}
	if err := f.before("sync the bots folder"); err != nil {
		return Merged{}, err
	}
	if err := syncDir(f.root, ".", f.sync); err != nil {
		return Merged{}, err
	}
	f.clean(id)
	return m, nil
}

// makeFrom prepares the new folder under a hidden name, durably, and exchanges
// it for the old one.
func (f *Folder) makeFrom(from *os.Root, before []found, slug string, id uuid.UUID, m Merged) error {
	return f.staged(id, func(staging string) error {
		if err := f.fillFrom(from, staging, before, m); err != nil {
			return err
		}
		if err := f.unchanged(from, before); err != nil {
			return err
		}
		return f.swap(staging, slug, id)
	})
}

// unchanged makes sure that nobody has written into the old folder while it was
// read: what they wrote would be missing from the new one.
func (f *Folder) unchanged(from *os.Root, before []found) error {
	if err := f.before("look again"); err != nil {
		return err
	}
	now, err := survey(from, maxEntries, maxBytes)
	if err != nil {
		return err
	}
	if !slices.EqualFunc(before, now, func(a, b found) bool {
		return a.path == b.path && a.mode == b.mode && a.size == b.size && a.modified.Equal(b.modified)
	}) {
		return ErrChanging
	}
	return nil
}

func (f *Folder) fillFrom(from *os.Root, staging string, before []found, m Merged) (err error) {
	to, err := f.root.OpenRoot(staging)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, to.Close()) }()
	c := &copier{f, from, to}
	dirs := map[string]fs.FileMode{".": dirMode}
	modes := map[string]fs.FileMode{}
	for _, e := range before {
		merged := slices.ContainsFunc(m.Files, func(file File) bool { return file.Path == e.path })
		switch {
		case e.path == ".":
			dirs["."] = e.mode
			continue
		case m.gone(e, before):
			continue
		case merged && e.mode.IsRegular():
			modes[e.path] = e.mode
			continue
		case merged:
			return &FileError{File: e.path, Problem: "is not a regular file"}
		case e.mode.IsDir():
			dirs[e.path] = e.mode
		}
		if err := c.keep(e); err != nil {
			return err
		}
	}
	for _, file := range m.Files {
		for _, dir := range parents(file.Path) {
			if _, known := dirs[dir]; known {
				continue
			}
			if slices.ContainsFunc(before, func(e found) bool { return e.path == dir }) {
				return &FileError{File: file.Path, Problem: "cannot be written: a link or a file is in the place of a folder"}
			}
			dirs[dir] = dirMode
		}
		if err := f.writeFile(to, file); err != nil {
			return err
		}
		if mode, was := modes[file.Path]; was {
			if err := to.Chmod(filepath.FromSlash(file.Path), permissions(mode)); err != nil {
				return err
			}
		}
	}
	return c.settle(dirs)
}

// swap gives the staged folder the bot's name and keeps the old one. Between its
// steps the staged folder has a name by which mend knows what became of it.
func (f *Folder) swap(staging, slug string, id uuid.UUID) error {
	swapping := swappingName(id) + f.unique()
	if err := f.before("name the staged folder"); err != nil {
		return err
	}
	if err := f.root.Rename(staging, swapping); err != nil {
		return err
	}
	if err := f.before("exchange"); err != nil {
		return errors.Join(err, f.root.Rename(swapping, staging))
	}
	err := f.exchange(f.root, swapping, slug)
	if errors.Is(err, errors.ErrUnsupported) {
		return f.swapInSteps(staging, swapping, slug, id)
	}
	if err != nil {
		// Only what is surely the new one may be removed.
		if _, ownErr := f.own(swapping, id); ownErr == nil {
			return errors.Join(err, f.root.Rename(swapping, staging))
		}
	}
	f.setAside(swapping, id)
	return err
}

// swapInSteps is swap where two folders cannot be exchanged at once.
func (f *Folder) swapInSteps(staging, swapping, slug string, id uuid.UUID) error {
	if err := f.root.Rename(swapping, staging); err != nil {
		return err
	}
	if err := f.before("take the old folder away"); err != nil {
		return err
	}
	if err := f.root.Rename(slug, swapping); err != nil {
		return err
	}
	err := f.before("rename")
	if err == nil {
		err = f.root.Rename(staging, slug)
	}
	if err != nil {
		return errors.Join(err, f.root.Rename(swapping, slug))
	}
	f.setAside(swapping, id)
	return nil
}

// setAside keeps the old folder. The new one has its place already, so that the
// swap has succeeded; where this fails, mend does it the next time.
func (f *Folder) setAside(swapping string, id uuid.UUID) {
	if f.before("set the old folder aside") == nil {
		_ = f.root.Rename(swapping, f.asideName(id))
	}
}

// Mend finishes what a Replace of the session that was killed has left half
// done, so that the bot can be read.
func (f *Folder) Mend(slug string, id uuid.UUID) error {
	f.writing.Lock()
	defer f.writing.Unlock()
	if err := f.mend(slug, id); err != nil {
		return fmt.Errorf("mend the bot of session %s: %w", id, told(err))
	}
	return nil
}

func (f *Folder) mend(slug string, id uuid.UUID) error {
	if !plainName(slug) {
		return builder.ErrNotFound
	}
	entries, err := fs.ReadDir(f.root.FS(), ".")
	if err != nil {
		return err
	}
	for _, entry := range entries {
		name := entry.Name()
		if !strings.HasPrefix(name, swappingName(id)) {
			continue
		}
		if _, err := f.root.Lstat(slug); errors.Is(err, fs.ErrNotExist) {
			if err := f.root.Rename(name, slug); err != nil {
				return err
			}
			continue
		}
		// It is the old folder, or the new one that never got its place. Which of
		// them does not matter: both are kept.
		if err := f.root.Rename(name, f.asideName(id)); err != nil {
			return err
		}
	}
	return nil
}

func swappingName(id uuid.UUID) string { return ".swapping-" + id.String() + "-" }
