package bot

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
)

// Boternity writes front matter as a name and the rest of its line, without
// quotes, and reads it the same way. It keeps the purpose and the boundaries as
// sections of SOUL.md and the description as a sentence of USER.md. People edit
// those files as YAML, so both readings are tried.

// ourNames are names of IDENTITY.md that only a bot of ours has.
var ourNames = []string{"slug", "session_id", "fingerprint", "purpose_category", "initial_description", "created_at", "generated"}

// isOurs reports whether IDENTITY.md is of a bot that Forge has made.
func isOurs(entries []entry) bool {
	return slices.ContainsFunc(entries, func(e entry) bool { return slices.Contains(ourNames, e.name) })
}

// loose is front matter of a bot that Forge has not made.
type loose struct {
	file    string
	entries []entry
	notes   []Note
}

// readLoose takes front matter apart. None at all has no entries.
func readLoose(file string, content []byte) (*loose, error) {
	p := splitMarkdown(string(content))
	if p.open != "" && p.close == "" {
		return nil, &FileError{File: file, Problem: "has front matter that does not end"}
	}
	front := strings.ReplaceAll(p.front, "\r\n", "\n")
	if err := checkSimple(front); err != nil {
		return nil, &FileError{File: file, Problem: err.Error()}
	}
	l := &loose{file: file, entries: entriesOf(front)}
	for i, e := range l.entries {
		if e.name != "" && find(l.entries, e.name) != i {
			return nil, &FileError{File: file, Problem: "has a name twice in its front matter"}
		}
	}
	if p.open == "" {
		l.note("It has no front matter.")
	}
	return l, nil
}

func (l *loose) note(text string) { l.notes = append(l.notes, Note{l.file, text}) }

// decode reads the value of an entry; line is the rest of its line where it has
// no other, and no quotes or brackets.
func (l *loose) decode(name string, into any) (line string, err error) {
	at := find(l.entries, name)
	if at < 0 {
		return "", errAbsent
	}
	_, value, _ := strings.Cut(l.entries[at].text, ":")
	if strings.Count(value, "\n") <= 1 {
		if line = strings.TrimSpace(value); line != "" && strings.ContainsAny(line[:1], `"'|>[{`) {
			line = ""
		}
	}
	encoded := "value:" + value
	if err := checkSimple(encoded); err != nil {
		return line, err
	}
	return line, yaml.Unmarshal([]byte(encoded), into)
}

var errAbsent = errors.New("absent")

func (l *loose) text(name string) *text {
	var front struct {
		Value *text `yaml:"value"`
	}
	line, err := l.decode(name, &front)
	switch {
	case errors.Is(err, errAbsent):
		return nil
	case line != "" && line != "~" && line != "null" && (err != nil || front.Value == nil || string(*front.Value) != line):
		l.note("The value of " + name + " is taken to be the whole rest of its line, as Boternity reads it.")
		return (*text)(&line)
	case err != nil:
		l.note("The value of " + name + " cannot be read as a text.")
		return nil
	}
	return front.Value
}

func (l *loose) texts(name string) *[]text {
	var front struct {
		Value *[]text `yaml:"value"`
	}
	_, err := l.decode(name, &front)
	if errors.Is(err, errAbsent) {
		return nil
	}
	lines, plain := listLines(l.entries[find(l.entries, name)].text)
	switch {
	case plain && (err != nil || front.Value == nil || !slices.Equal(*front.Value, lines)):
		l.note("The items of " + name + " are taken to be the whole rest of their lines, as Boternity reads them.")
		return &lines
	case err != nil:
		l.note("The value of " + name + " cannot be read as a list of texts.")
		return nil
	}
	return front.Value
}

// listLines are the items of a list in lines, as they stand. plain says that it
// is one of nothing but such items, none of them quoted.
func listLines(entry string) (items []text, plain bool) {
	first := true
	for line := range strings.Lines(entry) {
		item := strings.TrimSpace(line)
		if first {
			first = false
			if !strings.HasSuffix(item, ":") {
				return nil, false
			}
			continue
		}
		item, ok := strings.CutPrefix(item, "- ")
		if item = strings.TrimSpace(item); !ok || item == "" || strings.ContainsAny(item[:1], `"'|>[{`) {
			return nil, false
		}
		items = append(items, text(item))
	}
	return items, len(items) > 0
}

// number reads a number of the type that into points to.
func number[T float64 | uint32](l *loose, name string) *T {
	var front struct {
		Value *T `yaml:"value"`
	}
	_, err := l.decode(name, &front)
	switch {
	case errors.Is(err, errAbsent):
		return nil
	case err != nil, front.Value != nil && (math.IsNaN(float64(*front.Value)) || math.IsInf(float64(*front.Value), 0)):
		l.note("The value of " + name + " cannot be read as a number.")
		return nil
	}
	return front.Value
}

func (l *loose) identity() identityFront {
	front := identityFront{
		Description: l.text("description"), Category: l.text("category"), Tags: l.texts("tags"), Model: l.text("model"),
		Temperature: number[float64](l, "temperature"), MaxTokens: number[uint32](l, "max_tokens"),
		Purpose: l.text("purpose"), Boundaries: l.text("boundaries"),
	}
	for _, name := range []string{"display_name", "name"} {
		if shown := l.text(name); shown != nil && front.DisplayName == "" {
			front.DisplayName = *shown
		}
	}
	l.lookAlikes("display_name", "description", "category", "tags", "model", "temperature", "max_tokens", "purpose", "boundaries")
	return front
}

func (l *loose) soul() soulFront {
	front := soulFront{Traits: l.texts("traits"), Tone: l.text("tone")}
	if name := l.text("name"); name != nil {
		front.Name = *name
	}
	l.lookAlikes("name", "traits", "tone")
	return front
}

// lookAlikes tells of names that are almost one that is read.
func (l *loose) lookAlikes(names ...string) {
	bare := func(s string) string {
		return strings.ToLower(strings.NewReplacer("-", "", "_", "", ".", "").Replace(s))
	}
	for _, name := range names {
		for _, e := range l.entries {
			if e.name != name && bare(e.name) == bare(name) {
				l.note("A name that is almost " + name + " is not read; spell it as here.")
			}
		}
	}
}

// What Boternity generates and gives no value to, by digest.
var boternitysOwn = []string{
	"S-LFXeSz", // SOUL.md, after the tone and traits
	digestOf("# Model Settings"),
	"BZOvl8l8", // IDENTITY.md, below that heading
	"AaGv0mKQ", // the table of the settings that a new bot has
}

// fromBody takes what Boternity keeps as prose, where the front matter does not
// have it, and records which blocks were generated.
func (b *Bot) fromBody(soul, identity, user []byte) {
	generated := slices.Clone(boternitysOwn)
	for _, title := range []string{"Personality", "Purpose", "Boundaries"} {
		generated = append(generated, digestOf("# "+title))
	}
	tone := ""
	if b.Config.Tone != nil {
		tone = *b.Config.Tone
	}
	name := *b.Config.Name
	generated = append(generated,
		digestOf(fmt.Sprintf("You embody a %s personality with these core traits: %s.", tone, strings.Join(b.Config.Traits, ", "))),
		digestOf("# User Context for "+name), digestOf("# "+name+" - User Briefing"), digestOf("# "+name+" - Identity Configuration"), digestOf("# "+name))
	_, blocks := splitBlocks(splitMarkdown(string(soul)).body)
	for _, section := range []struct {
		title string
		value **string
	}{{"purpose", &b.Config.Purpose}, {"boundaries", &b.Config.Boundaries}} {
		if found, words := sectionOf(blocks, section.title); found != "" && *section.value == nil {
			*section.value = &found
			generated = append(generated, digests(words)...)
		}
	}
	if _, blocks := splitBlocks(string(user)); b.Config.Description == nil {
		for _, block := range blocks {
			if said, ok := strings.CutPrefix(block.text, madeFor); ok && strings.TrimSpace(said) != "" {
				said = strings.ReplaceAll(strings.TrimSpace(said), "\r\n", "\n")
				b.Config.Description, generated = &said, append(generated, block.digest())
				break
			}
		}
	}
	b.records = map[string]record{}
	for path, content := range map[string][]byte{soulName: soul, identityName: identity, userName: user} {
		_, blocks := splitBlocks(splitMarkdown(string(content)).body)
		var was record
		for _, digest := range digests(blocks) {
			if slices.Contains(generated, digest) {
				was.blocks = append(was.blocks, digest)
			}
		}
		b.records[path] = was
	}
}

// madeFor begins the sentence of USER.md that has a bot's description.
const madeFor = "This bot was created with the following purpose: "

// sectionOf returns the words below a heading of that title, without comments,
// and the blocks they are in.
func sectionOf(blocks []block, title string) (words string, of []block) {
	level := 0
	for _, b := range blocks {
		heading, is := b.title()
		switch {
		case level == 0 && is && strings.EqualFold(heading, title):
			level = b.level()
		case level == 0:
		case is && b.level() <= level:
			return strings.TrimSpace(words), of
		case !strings.HasPrefix(b.text, "<!--"):
			words += strings.ReplaceAll(b.text, "\r\n", "\n") + "\n\n"
			of = append(of, b)
		}
	}
	return strings.TrimSpace(words), of
}
