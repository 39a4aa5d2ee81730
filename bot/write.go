package bot

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/google/uuid"
)

// Write puts a bot into the folder and returns where it is and its files. When
// it returns nil the bot survives a power cut; whenever it stops before that,
// there is either no folder of the bot's name or the complete one.
//
// Writing the same spec again changes nothing, even where the user has edited
// the files since. When the session's folder holds another rendering, because
// answers have changed between two attempts to finish, the new one takes its
// place and the old one is kept under a hidden name, for it may have been
// edited.
//
// Errors: what Render says; ErrTaken; those of the file system, after which it
// may be tried again.
func (f *Folder) Write(spec Spec) (dir string, files []string, err error) {
	rendered, err := Render(spec)
	if err != nil {
		return "", nil, err
	}
	f.writing.Lock()
	defer f.writing.Unlock()
	if err := f.place(spec.Slug, spec.SessionID, rendered); err != nil {
		return "", nil, fmt.Errorf("write the bot of session %s: %w", spec.SessionID, cause(err))
	}
	for _, file := range rendered {
		files = append(files, file.Path)
	}
	return filepath.Join(f.dir, spec.Slug), files, nil
}

func (f *Folder) place(slug string, id uuid.UUID, files []File) error {
	there, err := f.find(slug, id, files)
	if err != nil {
		return err
	}
	if there != whole {
		if err := f.make(slug, id, files, there); err != nil {
			// Another program may have finished the same session meanwhile.
			if again, findErr := f.find(slug, id, files); findErr != nil || again != whole {
				return err
			}
		}
	}
	if err := f.before("sync the bots folder"); err != nil {
		return err
	}
	if err := syncDir(f.root, ".", f.sync); err != nil {
		return err
	}
	f.clean(id)
	return nil
}

// presence is what stands under a bot's name.
type presence int

const (
	nothing presence = iota
	other            // the session's own, of another rendering or with files missing
	whole            // the session's own, of this rendering, with all its files
)

func (f *Folder) find(slug string, id uuid.UUID, files []File) (presence, error) {
	front, err := f.own(slug, id)
	if errors.Is(err, fs.ErrNotExist) {
		return nothing, nil
	}
	if err != nil {
		return nothing, err
	}
	wanted, err := fingerprintOf(files)
	if err != nil {
		return nothing, err
	}
	if front.Fingerprint != wanted {
		return other, nil
	}
	for _, file := range files {
		info, err := f.root.Lstat(inFolder(slug, file.Path))
		switch {
		case errors.Is(err, fs.ErrNotExist), err == nil && !info.Mode().IsRegular():
			return other, nil
		case err != nil:
			return nothing, err
		}
	}
	return whole, nil
}

func fingerprintOf(files []File) (text, error) {
	at := slices.IndexFunc(files, func(file File) bool { return file.Path == identityName })
	var front identityFront
	_, err := parseMarkdown(files[at].Content, &front)
	return front.Fingerprint, err
}

// make writes the files under a hidden name, durably, and then gives them the
// bot's.
func (f *Folder) make(slug string, id uuid.UUID, files []File, there presence) error {
	return f.staged(id, func(staging string) error {
		if err := f.fill(staging, files); err != nil {
			return err
		}
		return f.publish(staging, slug, id, there)
	})
}

// staged makes a folder under a hidden name and calls do, which fills it and
// gives it another name. When that fails, what was made is taken away.
func (f *Folder) staged(id uuid.UUID, do func(staging string) error) error {
	staging := stagingName(id) + f.unique()
	if err := f.before("make the staging folder"); err != nil {
		return err
	}
	if err := f.root.Mkdir(staging, dirMode); err != nil {
		return err
	}
	if err := do(staging); err != nil {
		return errors.Join(err, f.root.RemoveAll(staging))
	}
	return nil
}

func (f *Folder) fill(staging string, files []File) (err error) {
	root, err := f.root.OpenRoot(staging)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, root.Close()) }()
	dirs := []string{"."}
	for _, file := range files {
		for dir := path.Dir(file.Path); !slices.Contains(dirs, dir); dir = path.Dir(dir) {
			dirs = append(dirs, dir)
		}
		if err := f.writeFile(root, file); err != nil {
			return err
		}
	}
	// The deepest first: a folder is durable once its names are.
	slices.SortStableFunc(dirs, func(a, b string) int { return depth(b) - depth(a) })
	for _, dir := range dirs {
		if err := f.before("sync folder " + dir); err != nil {
			return err
		}
		if err := syncDir(root, dir, f.sync); err != nil {
			return err
		}
	}
	return nil
}

func depth(dir string) int {
	if dir == "." {
		return 0
	}
	return 1 + strings.Count(dir, "/")
}

func (f *Folder) writeFile(root *os.Root, file File) (err error) {
	name := filepath.FromSlash(file.Path)
	if err := f.before("write " + file.Path); err != nil {
		return err
	}
	if err := root.MkdirAll(filepath.Dir(name), dirMode); err != nil {
		return err
	}
	opened, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, fileMode)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, opened.Close()) }()
	if _, err := opened.Write(file.Content); err != nil {
		return err
	}
	if err := f.before("sync " + file.Path); err != nil {
		return err
	}
	return f.sync(opened)
}

// publish gives the staged folder its name. The name is looked at once more
// right before, since renaming would replace an empty folder.
func (f *Folder) publish(staging, slug string, id uuid.UUID, there presence) error {
	aside := ""
	if there == other {
		aside = f.asideName(id)
		if err := f.before("set the old folder aside"); err != nil {
			return err
		}
		if err := f.root.Rename(slug, aside); err != nil {
			return err
		}
	}
	err := f.rename(staging, slug)
	if err != nil && aside != "" {
		return errors.Join(err, f.root.Rename(aside, slug))
	}
	return err
}

func (f *Folder) rename(staging, slug string) error {
	if err := f.before("rename"); err != nil {
		return err
	}
	_, err := f.root.Lstat(slug)
	if err == nil {
		return ErrTaken
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return f.root.Rename(staging, slug)
}

// clean removes what crashed attempts of the session have left. It comes last:
// now that the bot is there, another program that is still preparing it needs
// its staging folder no more. A failure leaves litter that nobody sees, and
// must not turn a finished bot into an error; the next Write tries again.
func (f *Folder) clean(id uuid.UUID) {
	entries, err := fs.ReadDir(f.root.FS(), ".")
	if err != nil {
		return
	}
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name(), stagingName(id)) {
			_ = f.root.RemoveAll(entry.Name())
		}
	}
}

// Withdraw takes the session's own folder from under a name that it is no
// longer to have, and keeps it under a hidden one, for it may have been edited.
// What is not the session's own stays.
func (f *Folder) Withdraw(slug string, id uuid.UUID) error {
	f.writing.Lock()
	defer f.writing.Unlock()
	_, err := f.own(slug, id)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, ErrTaken) {
		return nil
	}
	if err == nil {
		err = f.root.Rename(slug, f.asideName(id))
	}
	if err == nil {
		err = syncDir(f.root, ".", f.sync)
	}
	if err != nil {
		return fmt.Errorf("withdraw the bot of session %s: %w", id, cause(err))
	}
	return nil
}

// Aside returns where the earlier folders of a session's bot are, which Write,
// Replace and Withdraw have kept because they may have been edited.
func (f *Folder) Aside(id uuid.UUID) ([]string, error) {
	entries, err := fs.ReadDir(f.root.FS(), ".")
	if err != nil {
		return nil, fmt.Errorf("list the bots folder: %w", cause(err))
	}
	var kept []string
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name(), asidePrefix(id)) {
			kept = append(kept, filepath.Join(f.dir, entry.Name()))
		}
	}
	return kept, nil
}

func (f *Folder) asideName(id uuid.UUID) string { return asidePrefix(id) + f.unique() }

func asidePrefix(id uuid.UUID) string { return ".replaced-" + id.String() + "-" }

func stagingName(id uuid.UUID) string { return ".staging-" + id.String() + "-" }
