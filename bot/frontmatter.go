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

// parseMarkdown reads the front matter of a file, which people may have edited,
// and returns the body. The error is one of words for a person, without any of
// the file's.
func parseMarkdown(content []byte, front any) (body string, err error) {
	rest := strings.ReplaceAll(strings.TrimPrefix(string(content), "\uFEFF"), "\r\n", "\n")
	rest, ok := strings.CutPrefix(rest, fence)
	if !ok {
		return "", errors.New("has no front matter")
	}
	encoded, body, ok := strings.Cut("\n"+rest, "\n"+fence)
	if !ok {
		encoded, ok = strings.CutSuffix("\n"+rest, "\n---")
	}
	if !ok {
		return "", errors.New("has front matter that does not end")
	}
	if err := checkSimple(encoded); err != nil {
		return "", err
	}
	if err := unmarshalYAML([]byte(encoded), front); err != nil {
		return "", err
	}
	return strings.TrimPrefix(body, "\n"), nil
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
