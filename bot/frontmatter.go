package bot

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
)

// text is a string that is always written in double quotes. The library leaves
// plain, or writes as a block, many strings that it then reads back as others:
// line breaks at the ends, carriage returns, ".inf". In double quotes all of
// them survive, in every YAML version.
type text string

// MarshalYAML writes the text in double quotes. Go's escapes are YAML's too, as
// long as the text is valid UTF-8.
func (t text) MarshalYAML() ([]byte, error) { return []byte(strconv.Quote(string(t))), nil }

// texts is a list that may be undecided; an empty list is not.
func texts(list []string) *[]text {
	if list == nil {
		return nil
	}
	items := make([]text, len(list))
	for i, item := range list {
		items[i] = text(item)
	}
	return &items
}

func stringsOf(list *[]text) []string {
	if list == nil {
		return nil
	}
	items := make([]string, len(*list))
	for i, item := range *list {
		items[i] = string(item)
	}
	return items
}

const fence = "---\n"

// markdown is a file of front matter and a body.
func markdown(path string, front any, body string) (File, error) {
	encoded, err := yaml.MarshalWithOptions(front, yaml.IndentSequence(true))
	if err != nil {
		return File{}, fmt.Errorf("write the front matter of %s: %w", path, err)
	}
	var b bytes.Buffer
	b.WriteString(fence)
	b.Write(encoded)
	b.WriteString(fence)
	b.WriteByte('\n')
	b.WriteString(body)
	return File{Path: path, Content: b.Bytes()}, nil
}

// parts are the pieces of a Markdown file, byte for byte: joined again they are
// the file.
type parts struct {
	open  string // all up to the end of the line that begins the front matter; empty where there is none
	front string
	close string // the line that ends the front matter; empty where none does
	body  string
}

// splitMarkdown takes a file apart. A byte order mark, blank lines before the
// front matter, and any line ends are people's to choose.
func splitMarkdown(content string) parts {
	var p parts
	at := 0
	for line := range strings.Lines(content) {
		bare := strings.TrimRight(line, " \t\r\n")
		at += len(line)
		switch {
		case p.open == "" && strings.TrimPrefix(bare, byteOrderMark) == "---":
			p.open = content[:at]
		case p.open == "" && strings.TrimPrefix(bare, byteOrderMark) != "":
			return parts{body: content}
		case p.open != "" && bare == "---":
			p.front, p.close, p.body = content[len(p.open):at-len(line)], line, content[at:]
			return p
		}
	}
	if p.open == "" {
		return parts{body: content}
	}
	p.front = content[len(p.open):]
	return p
}

// parseMarkdown reads the front matter of a file, which people may have edited,
// and returns the body. The error is one of words for a person, without any of
// the file's.
func parseMarkdown(content []byte, front any) (body string, err error) {
	p := splitMarkdown(string(content))
	switch {
	case p.open == "":
		return "", errors.New("has no front matter")
	case p.close == "":
		return "", errors.New("has front matter that does not end")
	}
	encoded := "\n" + strings.ReplaceAll(p.front, "\r\n", "\n")
	if err := checkSimple(encoded); err != nil {
		return "", err
	}
	if err := unmarshalYAML([]byte(encoded), front); err != nil {
		return "", err
	}
	return strings.TrimPrefix(strings.ReplaceAll(p.body, "\r\n", "\n"), "\n"), nil
}

// unmarshalYAML says where reading failed; the library's own texts quote the
// file.
func unmarshalYAML(encoded []byte, into any) error {
	err := yaml.Unmarshal(encoded, into)
	var located yaml.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &located) && located.GetToken() != nil && located.GetToken().Position != nil:
		return fmt.Errorf("has front matter that cannot be read, at line %d", located.GetToken().Position.Line)
	}
	return errors.New("has front matter that cannot be read")
}
