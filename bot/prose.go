package bot

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// inline is a text as part of one line: without line breaks and control
// characters.
func inline(s string) string {
	return strings.Join(strings.Fields(strings.Map(visible, s)), " ")
}

// visible keeps control characters out of what people read; the exact text
// stands in the front matter.
func visible(r rune) rune {
	if unicode.IsControl(r) && r != '\n' && r != '\t' {
		return ' '
	}
	return r
}

// quoted names texts within a sentence: “a”, “b” and “c”. Empty and repeated
// ones are left out.
func quoted(list ...string) (text string, count int) {
	var items []string
	seen := map[string]bool{}
	for _, item := range list {
		if item = inline(item); item != "" && !seen[item] {
			seen[item] = true
			items = append(items, "“"+item+"”")
		}
	}
	switch count = len(items); count {
	case 0, 1:
		return strings.Join(items, ""), count
	}
	return strings.Join(items[:count-1], ", ") + " and " + items[count-1], count
}

// join puts blocks of Markdown under each other, leaving out empty ones.
func join(blocks ...string) string {
	var kept []string
	for _, block := range blocks {
		if block != "" {
			kept = append(kept, block)
		}
	}
	return strings.Join(kept, "\n\n")
}

// page is the Markdown of a whole file.
func page(blocks ...string) string { return join(blocks...) + "\n" }

func heading(level int, title string) string {
	return strings.Repeat("#", level) + " " + inline(title)
}

// paragraph is a paragraph of whole sentences, whatever they begin with.
func paragraph(sentences ...string) string {
	var kept []string
	for _, s := range sentences {
		if s = inline(s); s != "" {
			kept = append(kept, ended(s))
		}
	}
	return plain(strings.Join(kept, " "))
}

// plain keeps the first characters of a paragraph from making it a heading, a
// list, a quotation or HTML.
func plain(s string) string {
	if s == "" {
		return s
	}
	digits := len(s) - len(strings.TrimLeft(s, "0123456789"))
	switch {
	case strings.IndexByte("#>-+*=~|`<[_", s[0]) >= 0:
		return `\` + s
	case digits > 0 && digits < len(s) && (s[digits] == '.' || s[digits] == ')'):
		return s[:digits] + `\` + s[digits:]
	}
	return s
}

// quotation is somebody's words as a block of their own, so that nothing in
// them reaches beyond it. A single line is ended as a sentence.
func quotation(words string) string {
	words = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u2028", "\n", "\u2029", "\n\n").Replace(words)
	lines := strings.Split(strings.TrimSpace(strings.Map(visible, words)), "\n")
	if len(lines) == 1 {
		lines[0] = ended(lines[0])
	}
	for i, line := range lines {
		lines[i] = strings.TrimRightFunc("> "+line, unicode.IsSpace)
	}
	return strings.Join(lines, "\n")
}

// ended adds a full stop to a sentence that ends in a word: that of its script,
// and none where the script has none or the sentence ends in something else.
func ended(s string) string {
	last, _ := utf8.DecodeLastRuneInString(strings.TrimRight(s, "\"'”’»)]*_"))
	switch {
	case !unicode.IsLetter(last) && !unicode.IsDigit(last) && !unicode.IsMark(last):
		return s
	case strings.Contains(s[strings.LastIndexByte(s, ' ')+1:], "://"): // it would become part of the address
		return s
	case unicode.In(last, unicode.Han, unicode.Hiragana, unicode.Katakana):
		return s + "。"
	case unicode.In(last, unicode.Devanagari):
		return s + "।"
	case unicode.In(last, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar):
		return s
	}
	return s + "."
}

// said reports whether an answer says more than that there is nothing to say.
func said(answer *string) bool {
	if answer == nil {
		return false
	}
	switch strings.ToLower(strings.TrimRight(inline(*answer), ".!")) {
	case "", "-", "—", "none", "no", "nothing", "n/a", "na":
		return false
	}
	return true
}
