package bot

import (
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"strings"
)

// block is a piece of Markdown between blank lines, a fenced one as a whole.
type block struct {
	text string // without the end of its last line
	gap  string // that end and the blank lines that follow
}

// splitBlocks takes Markdown apart; joinBlocks gives the same bytes again. lead
// is the byte order mark and the blank lines it begins with.
func splitBlocks(body string) (lead string, blocks []block) {
	var text, gap strings.Builder
	fenced := ""
	if bare, marked := strings.CutPrefix(body, byteOrderMark); marked {
		lead, body = byteOrderMark, bare
	}
	flush := func() {
		if text.Len() == 0 {
			lead += gap.String()
		} else {
			whole := text.String()
			trimmed := strings.TrimRight(whole, "\r\n")
			blocks = append(blocks, block{trimmed, whole[len(trimmed):] + gap.String()})
		}
		text.Reset()
		gap.Reset()
	}
	for line := range strings.Lines(body) {
		if fenced == "" && strings.TrimSpace(line) == "" {
			gap.WriteString(line)
			continue
		}
		if gap.Len() > 0 {
			flush()
		}
		text.WriteString(line)
		fenced = fenceAfter(fenced, line)
	}
	flush()
	return lead, blocks
}

const byteOrderMark = "\uFEFF"

func joinBlocks(lead string, blocks []block) string {
	var b strings.Builder
	b.WriteString(lead)
	for _, block := range blocks {
		b.WriteString(block.text)
		b.WriteString(block.gap)
	}
	return b.String()
}

// fenceAfter is the fence of the code block that is open after a line, given
// the one open before it.
func fenceAfter(open, line string) string {
	line = strings.TrimSpace(line)
	mark := line[:len(line)-len(strings.TrimLeft(line, "`"))]
	if mark == "" {
		mark = line[:len(line)-len(strings.TrimLeft(line, "~"))]
	}
	switch {
	case len(mark) < 3:
		return open
	case open == "":
		return mark
	case mark == line && strings.HasPrefix(mark, open):
		return ""
	}
	return open
}

// title is the text of a block that is a heading, at whatever level.
func (b block) title() (string, bool) {
	title := strings.TrimLeft(b.text, "#")
	level := len(b.text) - len(title)
	if level == 0 || level > 6 || strings.Contains(title, "\n") || !strings.HasPrefix(title, " ") {
		return "", false
	}
	return strings.TrimSpace(title), true
}

func (b block) level() int { return len(b.text) - len(strings.TrimLeft(b.text, "#")) }

// digest is what a block is known by: line ends, spaces at the ends of lines
// and the level of a heading do not count.
func (b block) digest() string {
	if title, ok := b.title(); ok {
		return digestOf("# " + title)
	}
	return digestOf(b.text)
}

// digestOf tells texts of one bot apart, in few enough characters to be
// written into its files.
func digestOf(text string) string {
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " \t\r")
	}
	sum := sha256.Sum256([]byte(strings.Trim(strings.Join(lines, "\n"), "\n")))
	return base64.RawURLEncoding.EncodeToString(sum[:6])
}

func digests(blocks []block) []string {
	list := make([]string, len(blocks))
	for i, b := range blocks {
		list[i] = b.digest()
	}
	return list
}

// maxRecorded is how many blocks of a file are recorded. A file of more is one
// that somebody has written, and is left alone.
const maxRecorded = 200

// record is what was generated of one file: the digest of the whole, and of
// each block below the front matter. It is how people's words are told from
// generated ones later, whatever program and catalogue read them then.
type record struct {
	whole  string // empty of IDENTITY.md, which carries the records
	blocks []string
}

// recordOf describes a generated file.
func recordOf(file File) record {
	parsed := splitMarkdown(string(file.Content))
	_, blocks := splitBlocks(parsed.body)
	r := record{whole: digestOf(string(file.Content)), blocks: digests(blocks)}
	if len(blocks) > maxRecorded {
		r.blocks = nil
	}
	return r
}

// line is the record as IDENTITY.md has it.
func (r record) line(path string) text {
	whole := r.whole
	if whole == "" {
		whole = "-"
	}
	return text(strings.Join(append([]string{path, whole}, r.blocks...), " "))
}

// records reads the lines of IDENTITY.md. What is not such a line is no record:
// the file it was about counts as written by people.
func records(lines *[]text) map[string]record {
	all := map[string]record{}
	for _, line := range stringsOf(lines) {
		fields := strings.Fields(line)
		if len(fields) < 2 {
			continue
		}
		all[fields[0]] = record{strings.TrimPrefix(fields[1], "-"), slices.Clone(fields[2:])}
	}
	return all
}
