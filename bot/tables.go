package bot

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"github.com/boternity/boternity/builder"
)

// tableOf is what skills.toml says of one skill, in either of two forms: an
// array of tables, [[skills]] with a name, or as Boternity has it a table for
// each name, [skills.NAME].
type tableOf struct {
	field string // how messages call it: "skills[2]"
	skill skillTable
}

// boternityTable is a skill as Boternity's skills.toml has it.
type boternityTable struct {
	Name    string `toml:"skill_name"`
	Enabled *bool  `toml:"enabled"`
}

// parseTables reads skills.toml. byName says that it is of Boternity's form.
func parseTables(content []byte) (tables []tableOf, byName bool, err error) {
	var form struct {
		Skills any `toml:"skills"`
	}
	if err := unmarshalTOML(content, &form); err != nil {
		return nil, false, err
	}
	if _, byName = form.Skills.(map[string]any); !byName {
		var array skillTables
		if err := unmarshalTOML(content, &array); err != nil {
			return nil, false, err
		}
		for i, table := range array.Skills {
			tables = append(tables, tableOf{fmt.Sprintf("skills[%d]", i), table})
		}
		return tables, false, nil
	}
	var named struct {
		Skills map[string]boternityTable `toml:"skills"`
	}
	if err := unmarshalTOML(content, &named); err != nil {
		return nil, true, err
	}
	for i, name := range namesInOrder(string(content), named.Skills) {
		table := named.Skills[name]
		if table.Name != "" {
			name = table.Name
		}
		skill := Skill{Name: name}
		tables = append(tables, tableOf{fmt.Sprintf("skills[%d]", i), skillTable{Name: name, Path: skill.dir(), Enabled: table.Enabled}})
	}
	return tables, true, nil
}

func unmarshalTOML(content []byte, into any) error {
	err := toml.Unmarshal(content, into)
	var at *toml.DecodeError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &at):
		line, _ := at.Position()
		return &FileError{File: skillsName, Problem: fmt.Sprintf("cannot be read, at line %d", line)}
	}
	return &FileError{File: skillsName, Problem: "cannot be read"}
}

// namesInOrder are the names of tables as they come in the file; those that no
// heading names come last, by name.
func namesInOrder(content string, tables map[string]boternityTable) []string {
	var names []string
	for _, c := range chunksOf(content) {
		if _, known := tables[c.name]; known && c.skill && !slices.Contains(names, c.name) {
			names = append(names, c.name)
		}
	}
	var others []string
	for name := range tables {
		if !slices.Contains(names, name) {
			others = append(others, name)
		}
	}
	slices.Sort(others)
	return append(names, others...)
}

// chunk is a table of skills.toml with the tables below it.
type chunk struct {
	text  string
	skill bool
	name  string // of [skills.NAME]; empty of [[skills]]
}

var (
	skillArray = regexp.MustCompile(`^[ \t]*\[\[[ \t]*skills[ \t]*\]\][ \t]*(?:#.*)?$`)
	skillName  = regexp.MustCompile(`^[ \t]*\[[ \t]*skills[ \t]*\.[ \t]*(?:([A-Za-z0-9_-]+)|"([^"\\]*)"|'([^']*)')[ \t]*([\].])`)
	anyTable   = regexp.MustCompile(`^[ \t]*\[`)
	ofSkills   = regexp.MustCompile(`^[ \t]*\[\[?[ \t]*skills[ \t]*\.`)
)

// chunksOf takes the file apart, byte for byte. The first chunk is what stands
// before any table.
func chunksOf(content string) []chunk {
	chunks := []chunk{{}}
	quotes := ""
	for line := range strings.Lines(content) {
		last := &chunks[len(chunks)-1]
		bare := strings.TrimRight(line, "\r\n")
		inside := quotes != ""
		quotes = quotesAfter(quotes, bare)
		if inside || !anyTable.MatchString(bare) {
			last.text += line
			continue
		}
		name := skillName.FindStringSubmatch(bare)
		switch {
		case skillArray.MatchString(bare):
			chunks = append(chunks, chunk{text: line, skill: true})
		case name != nil && last.skill && last.name == name[1]+name[2]+name[3]:
			last.text += line
		case ofSkills.MatchString(bare) && last.skill && last.name == "":
			last.text += line // of the array's last element
		case name != nil:
			chunks = append(chunks, chunk{text: line, skill: true, name: name[1] + name[2] + name[3]})
		default:
			chunks = append(chunks, chunk{text: line})
		}
	}
	return chunks
}

// quotesAfter is the mark of the text of several lines that is open after a
// line.
func quotesAfter(open, line string) string {
	for rest := line; ; {
		double, single := strings.Index(rest, `"""`), strings.Index(rest, `'''`)
		at := double
		if at < 0 || single >= 0 && single < double {
			at = single
		}
		if open != "" {
			at = strings.Index(rest, open)
		}
		if at < 0 || open == "" && strings.Contains(rest[:at], "#") {
			return open
		}
		if open == "" {
			open = rest[at : at+3]
		} else {
			open = ""
		}
		rest = rest[at+3:]
	}
}

// mergeTables is skills.toml on disk with the tables of skills that are no
// longer there taken out and those of new ones added. What else people have
// written stays.
func mergeTables(theirs []byte, ours File, skills []Skill) (File, error) {
	tables, byName, err := parseTables(theirs)
	if err != nil {
		return File{}, err
	}
	names, strange := namesOf(skills), strangeNames(tables)
	same := slices.Equal(managed(tables, strange), names)
	if same {
		return File{ours.Path, theirs}, nil
	}
	chunks := chunksOf(string(theirs))
	eol := lineEnd(string(theirs))
	merged := []chunk{chunks[0]}
	var others []chunk
	kept := map[string]chunk{}
	n := 0 // of the array's elements
	for _, c := range chunks[1:] {
		name := c.name
		if c.skill && name == "" && n < len(tables) {
			name, n = tables[n].skill.Name, n+1
		}
		if c.skill && byName {
			name = nameIn(tables, name, c)
		}
		switch {
		case !c.skill || slices.Contains(strange, name):
			others = append(others, c)
		case slices.Contains(names, name):
			kept[name] = chunk{text: kept[name].text + c.text}
		default:
			merged[0].text += commentsIn(c.text)
		}
	}
	for _, skill := range skills {
		c, there := kept[skill.Name]
		if !there {
			c.text = strings.ReplaceAll(newTable(skill, byName), "\n", eol)
		}
		merged = append(merged, c)
	}
	var b strings.Builder
	for _, c := range append(merged, others...) {
		if before := b.String(); before != "" && c.text != "" && !strings.HasSuffix(before, "\n"+eol) {
			if !strings.HasSuffix(before, "\n") {
				b.WriteString(eol)
			}
			b.WriteString(eol)
		}
		b.WriteString(c.text)
	}
	file := File{ours.Path, []byte(b.String())}
	again, _, err := parseTables(file.Content)
	if err != nil || !slices.Equal(managed(again, strange), names) {
		return File{}, &FileError{File: skillsName, Problem: "is written in a form that cannot be changed in place; write a table with a heading for each skill"}
	}
	return file, nil
}

// nameIn is the name of the skill that a table of Boternity's form is about.
func nameIn(tables []tableOf, heading string, c chunk) string {
	var only struct {
		Skills map[string]boternityTable `toml:"skills"`
	}
	if err := toml.Unmarshal([]byte(c.text), &only); err == nil && only.Skills[heading].Name != "" {
		heading = only.Skills[heading].Name
	}
	if slices.ContainsFunc(tables, func(t tableOf) bool { return t.skill.Name == heading }) {
		return heading
	}
	return ""
}

func newTable(s Skill, byName bool) string {
	if byName {
		return fmt.Sprintf("[skills.%s]\nskill_name = %q\nenabled = %t\ntrust_tier = \"local\"\n", s.Name, s.Name, !s.Disabled)
	}
	file, err := skillsFile([]Skill{s})
	if err != nil {
		return ""
	}
	_, table, _ := strings.Cut(string(file.Content), "\n\n")
	return table
}

func namesOf(skills []Skill) []string {
	names := []string{}
	for _, s := range skills {
		names = append(names, s.Name)
	}
	return names
}

// managed are the names of the skills, without those that nobody may have.
func managed(tables []tableOf, strange []string) []string {
	names := []string{}
	for _, t := range tables {
		if !slices.Contains(strange, t.skill.Name) {
			names = append(names, t.skill.Name)
		}
	}
	return names
}

// commentsIn are the lines of a table that are comments.
func commentsIn(table string) string {
	var kept strings.Builder
	for line := range strings.Lines(table) {
		if strings.HasPrefix(strings.TrimSpace(line), "#") {
			kept.WriteString(line)
		}
	}
	return kept.String()
}

// strangeNames are names of skills.toml that no skill of ours may have. Their
// tables are left alone.
func strangeNames(tables []tableOf) []string {
	var names []string
	for _, t := range tables {
		if builder.CheckSkillName("", t.skill.Name) != nil {
			names = append(names, t.skill.Name)
		}
	}
	return names
}
