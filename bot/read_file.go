package bot

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/boternity/boternity/builder"
)

// checkDir makes sure that slug is a folder right here.
func (f *Folder) checkDir(slug string) error {
	if !plainName(slug) {
		return builder.ErrNotFound
	}
	info, err := f.root.Lstat(slug)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return builder.ErrNotFound
	case err != nil:
		return &FileError{File: "the folder", Problem: "cannot be read: " + cause(err).Error(), Err: cause(err)}
	case !info.IsDir():
		return &FileError{File: "the folder", Problem: "is a file or a symbolic link"}
	}
	return nil
}

// plainName reports whether a name is that of a visible entry of the folder.
func plainName(name string) bool {
	return name != "" && name[0] != '.' && !strings.ContainsAny(name, "/\\\x00")
}

// markdownFile is a file with front matter, as it is and what follows that.
type markdownFile struct {
	whole []byte
	body  string
}

func (f *Folder) readMarkdown(slug, name string, front any) (markdownFile, error) {
	return f.readMarkdownAs(inFolder(slug, name), name, front)
}

func (f *Folder) readMarkdownAs(at, name string, front any) (markdownFile, error) {
	content, err := f.readFile(at, name)
	if err != nil {
		return markdownFile{}, err
	}
	body, err := parseMarkdown(content, front)
	if err != nil {
		return markdownFile{}, &FileError{File: name, Problem: err.Error()}
	}
	return markdownFile{content, body}, nil
}

// readFile reads a regular file of bounded size. It is looked at before it is
// opened, since opening a pipe would wait for somebody to write to it.
func (f *Folder) readFile(at, name string) ([]byte, error) {
	info, err := f.root.Lstat(at)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &FileError{File: name, Problem: "is missing", missing: true}
	}
	if err == nil && !info.Mode().IsRegular() {
		return nil, &FileError{File: name, Problem: "is not a regular file"}
	}
	var content []byte
	if err == nil {
		content, err = f.readBounded(at, limitOf(name))
	}
	switch {
	case err != nil:
		return nil, &FileError{File: name, Problem: "cannot be read: " + cause(err).Error(), Err: cause(err)}
	case len(content) > limitOf(name):
		return nil, &FileError{File: name, Problem: fmt.Sprintf("is larger than %d bytes", limitOf(name))}
	}
	return content, nil
}

func (f *Folder) readBounded(at string, limit int) (content []byte, err error) {
	opened, err := f.root.Open(at)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, opened.Close()) }()
	return io.ReadAll(io.LimitReader(opened, int64(limit)+1))
}
