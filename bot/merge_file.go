package bot

import (
	"reflect"
	"slices"
	"strings"
)

// Note is something about a file that a person should know.
type Note struct {
	File string // relative to the bot's folder
	Text string // a whole sentence, without the person's words
}

// mergeMarkdown is a file as it is on disk with what has changed from was to
// ours, both generated. fresh makes the front matter to decode into; it is nil
// of a file that has none.
func mergeMarkdown(theirs []byte, ours File, was record, fresh func() any) (File, []Note, error) {
	eol := lineEnd(string(theirs))
	if was.whole != "" && was.whole == digestOf(string(theirs)) && eol == "\n" {
		return ours, nil, nil // nobody has touched it
	}
	mine, there := splitMarkdown(string(ours.Content)), splitMarkdown(string(theirs))
	if fresh == nil { // whatever it begins with is theirs
		there = parts{body: string(theirs)}
	} else if there.open == "" {
		there = parts{open: "---" + eol, close: "---" + eol, body: eol + strings.TrimPrefix(there.body, byteOrderMark)}
	}
	_, generated := splitBlocks(mine.body)
	lead, blocks := splitBlocks(there.body)
	if len(blocks) == 0 && lead == "" && fresh != nil {
		lead = eol
	}
	beside := 0
	if !slices.Equal(digests(blocks), digests(generated)) {
		blocks, beside = mergeBlocks(was.blocks, blocks, generated, eol)
	}
	there.body = joinBlocks(lead, blocks)
	if fresh != nil {
		if err := checkSimple(there.front); err != nil {
			return File{}, nil, &FileError{File: ours.Path, Problem: err.Error()}
		}
		m := newFrontMerge(fresh, eol)
		there.front = joinEntries(m.merge(entriesOf(there.front), entriesOf(mine.front)))
		if !strings.HasSuffix(there.close, "\n") {
			there.close += eol
		}
	}
	file := File{Path: ours.Path, Content: []byte(there.open + there.front + there.close + there.body)}
	if fresh != nil && !readsAs(file.Content, ours.Content, fresh) {
		return File{}, nil, &FileError{File: ours.Path, Problem: "has front matter in a form that cannot be changed in place; write it as one name and value a line"}
	}
	var notes []Note
	if beside > 0 {
		notes = append(notes, Note{ours.Path, "New text of Forge's stands beside what you have written or removed there; look whether both are right."})
	}
	return file, notes, nil
}

// readsAs reports whether the front matter of two files reads as the same.
func readsAs(a, b []byte, fresh func() any) bool {
	left, right := fresh(), fresh()
	_, errA := parseMarkdown(a, left)
	_, errB := parseMarkdown(b, right)
	return errA == nil && errB == nil && reflect.DeepEqual(left, right)
}

// lineEnd is what most lines of a text end in.
func lineEnd(text string) string {
	if windows := strings.Count(text, "\r\n"); windows > 0 && windows*2 >= strings.Count(text, "\n") {
		return "\r\n"
	}
	return "\n"
}
