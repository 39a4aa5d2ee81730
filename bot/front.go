package bot

import (
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/token"
)

// entry is a name of front matter with its value, or where it has no name a
// comment or a blank line. Joined again, entries are the front matter byte for
// byte.
type entry struct{ name, text string }

var named = regexp.MustCompile(`^(?:([A-Za-z_][A-Za-z0-9_.-]*)|"([^"\\]+)"|'([^']+)')[ \t]*:(?:[ \t\r\n]|$)`)

// entriesOf takes front matter apart at the names that begin a line.
func entriesOf(front string) []entry {
	var entries []entry
	open := -1 // the entry that an indented line belongs to
	for line := range strings.Lines(front) {
		match := named.FindStringSubmatch(line)
		switch {
		case match != nil:
			open = len(entries)
			entries = append(entries, entry{match[1] + match[2] + match[3], line})
		case open >= 0 && (line[0] == ' ' || line[0] == '\t' || line[0] == '-') && strings.TrimSpace(line) != "":
			// With it come the blank lines and comments right before.
			for _, skipped := range entries[open+1:] {
				entries[open].text += skipped.text
			}
			entries[open].text += line
			entries = entries[:open+1]
		default:
			entries = append(entries, entry{"", line})
		}
	}
	return entries
}

func joinEntries(entries []entry) string {
	var b strings.Builder
	for _, e := range entries {
		b.WriteString(e.text)
	}
	return b.String()
}

func find(entries []entry, name string) int {
	return slices.IndexFunc(entries, func(e entry) bool { return e.name == name })
}

// read decodes an entry alone.
func (e entry) read(front any) error {
	encoded := strings.ReplaceAll(e.text, "\r\n", "\n")
	if err := checkSimple(encoded); err != nil {
		return err
	}
	return unmarshalYAML([]byte(encoded), front)
}

// comments are the comments within an entry, in one line each.
func (e entry) comments() []string {
	var list []string
	for _, t := range lexer.Tokenize(strings.ReplaceAll(e.text, "\r\n", "\n")) {
		if t.Type == token.CommentType {
			list = append(list, "#"+strings.TrimRight(t.Value, " \t\r\n"))
		}
	}
	return list
}

// frontMerge puts what is generated into front matter that people may have
// edited.
type frontMerge struct {
	fresh func() any // a new front matter to decode into
	names []string   // those that are generated, in their order; all others stay
	eol   string
}

// newFrontMerge merges front matter of the type that fresh returns a pointer to.
func newFrontMerge(fresh func() any, eol string) frontMerge {
	m := frontMerge{fresh: fresh, eol: eol}
	t := reflect.TypeOf(fresh()).Elem()
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("yaml"), ",")
		m.names = append(m.names, name)
	}
	return m
}

// merge returns theirs with the values of ours. A value that reads the same
// keeps its spelling, and a comment stays, whatever becomes of its value.
func (m frontMerge) merge(theirs, ours []entry) []entry {
	merged := slices.Clone(theirs)
	at := 0 // where the next generated name goes if it is new
	for _, name := range m.names {
		mine, there := find(ours, name), find(merged, name)
		switch {
		case mine < 0 && there >= 0:
			merged = slices.Replace(merged, there, there+1, m.ownLines(merged[there].comments())...)
		case mine >= 0 && there < 0:
			merged = slices.Insert(merged, at, m.native(ours[mine]))
			at++
		case mine >= 0:
			if !m.same(merged[there], ours[mine]) {
				changed := m.changed(merged[there], ours[mine])
				merged = slices.Replace(merged, there, there+1, changed...)
				there += len(changed) - 1
			}
			at = there + 1
		}
	}
	return merged
}

// same reports whether two entries read as the same value.
func (m frontMerge) same(a, b entry) bool {
	left, right := m.fresh(), m.fresh()
	return a.read(left) == nil && b.read(right) == nil && reflect.DeepEqual(left, right)
}

// changed is a new value in place of an old one, with the old one's comments.
func (m frontMerge) changed(old, ours entry) []entry {
	comments := old.comments()
	value := m.native(ours)
	oneLine := strings.Count(old.text, "\n") <= 1 && strings.Count(value.text, "\n") <= 1
	if oneLine {
		value = m.plainly(old, value)
	}
	if oneLine && len(comments) == 1 {
		value.text = strings.TrimRight(value.text, "\r\n") + " " + comments[0] + m.eol
		return []entry{value}
	}
	return append([]entry{value}, m.ownLines(comments)...)
}

// plainly writes a text without quotes where the old one had none and it reads
// the same: Boternity takes quotes for part of the text.
func (m frontMerge) plainly(old, ours entry) entry {
	_, was, _ := strings.Cut(old.text, ":")
	if was = strings.TrimSpace(was); was == "" || strings.ContainsAny(was[:1], `"'|>[{`) {
		return ours
	}
	name, _, _ := strings.Cut(ours.text, ":")
	_, quoted, _ := strings.Cut(strings.TrimRight(ours.text, "\r\n"), ": ")
	plain := entry{ours.name, name + ": " + strings.Trim(quoted, `"`) + m.eol}
	if len(plain.comments()) == 0 && m.same(plain, ours) {
		return plain
	}
	return ours
}

func (m frontMerge) ownLines(comments []string) []entry {
	lines := make([]entry, len(comments))
	for i, c := range comments {
		lines[i] = entry{"", c + m.eol}
	}
	return lines
}

func (m frontMerge) native(e entry) entry {
	if m.eol != "\n" {
		e.text = strings.ReplaceAll(e.text, "\n", m.eol)
	}
	return e
}
