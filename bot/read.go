package bot

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/boternity/boternity/builder"
	"github.com/google/uuid"
	"github.com/pelletier/go-toml/v2"
)

// Summary is what a list shows of a bot.
type Summary struct {
	Slug        string // the name of its folder
	Name        string
	Description string
	Category    string
	Tags        []string
	Model       string
	Purpose     builder.PurposeCategory
	SessionID   uuid.UUID // nil of a bot that no session made
	CreatedAt   time.Time // zero where the bot does not say
	Problem     string    // why the rest is missing; empty when nothing is wrong
}

// Bot is a bot as its files have it, with what people have edited.
type Bot struct {
	Summary
	InitialDescription string
	Config             builder.Config
	Skills             []Skill
	Files              []File // those of Render that are there, as they are
}

// FileError is a file of a bot that cannot be read. It is an ErrUnreadable; its
// text has nothing of the file in it.
type FileError struct {
	File    string // "IDENTITY.md", "skills[2]/SKILL.md"
	Problem string
	Err     error // of the file system; nil where the file is at fault

	missing bool
}

func (e *FileError) Error() string { return e.File + " " + e.Problem }

// Is makes the error an ErrUnreadable.
func (e *FileError) Is(target error) bool { return target == builder.ErrUnreadable }

func (e *FileError) Unwrap() error { return e.Err }

// List returns every bot by slug. One that cannot be read is there with its
// Problem. Plain files and hidden entries are no bots.
func (f *Folder) List() ([]Summary, error) {
	entries, err := fs.ReadDir(f.root.FS(), ".")
	if err != nil {
		return nil, fmt.Errorf("list the bots: %w", cause(err))
	}
	bots := []Summary{}
	for _, entry := range entries {
		slug := entry.Name()
		if !plainName(slug) || !entry.IsDir() && entry.Type()&fs.ModeSymlink == 0 {
			continue
		}
		summary, err := f.summary(slug)
		if errors.Is(err, builder.ErrNotFound) {
			continue // deleted since the folder was read
		}
		if err != nil {
			summary = Summary{Slug: slug, Problem: err.Error()}
		}
		bots = append(bots, summary)
	}
	return bots, nil
}

// Read returns a bot. Errors: ErrNotFound; *FileError, which is an
// ErrUnreadable.
func (f *Folder) Read(slug string) (Bot, error) {
	if err := f.checkDir(slug); err != nil {
		return Bot{}, err
	}
	var b Bot
	var identity identityFront
	var soul soulFront
	for _, part := range []struct {
		name  string
		front any
	}{{soulName, &soul}, {identityName, &identity}} {
		content, err := f.readMarkdown(slug, part.name, part.front)
		if err != nil {
			return Bot{}, err
		}
		b.Files = append(b.Files, File{part.name, content.whole})
	}
	var err error
	if b.Summary, err = identity.summary(slug); err != nil {
		return Bot{}, err
	}
	user, err := f.readFile(inFolder(slug, userName), userName)
	var unreadable *FileError
	switch {
	case err == nil:
		b.Files = append(b.Files, File{userName, user})
	case !errors.As(err, &unreadable) || !unreadable.missing: // nothing of the config is in it
		return Bot{}, err
	}
	b.InitialDescription = string(identity.InitialDescription)
	b.Config = identity.config(soul)
	if err := f.readSkills(slug, &b); err != nil {
		return Bot{}, err
	}
	return b, nil
}

func (f *Folder) summary(slug string) (Summary, error) {
	if err := f.checkDir(slug); err != nil {
		return Summary{}, err
	}
	var front identityFront
	if _, err := f.readMarkdown(slug, identityName, &front); err != nil {
		return Summary{}, err
	}
	return front.summary(slug)
}

func (i *identityFront) summary(slug string) (Summary, error) {
	s := Summary{Slug: slug, Name: string(i.DisplayName), Tags: stringsOf(i.Tags),
		Description: valueOf(i.Description), Category: valueOf(i.Category), Model: valueOf(i.Model)}
	wrong := func(member, problem string) (Summary, error) {
		return Summary{}, &FileError{File: identityName, Problem: "has a " + member + " that is not " + problem}
	}
	var err error
	if s.Purpose, err = builder.CategoryFromString(string(i.PurposeCategory)); err != nil {
		return wrong("purpose_category", "a purpose category")
	}
	if i.SessionID != "" {
		if s.SessionID, err = builder.ParseID(string(i.SessionID)); err != nil {
			return wrong("session_id", "a UUID")
		}
	}
	if i.CreatedAt != "" {
		if s.CreatedAt, err = time.Parse(time.RFC3339Nano, string(i.CreatedAt)); err != nil {
			return wrong("created_at", "an RFC 3339 time")
		}
		s.CreatedAt = builder.StoredTime(s.CreatedAt)
	}
	if t := i.Temperature; t != nil && (math.IsNaN(*t) || math.IsInf(*t, 0)) {
		return wrong("temperature", "a number")
	}
	return s, nil
}

func (i *identityFront) config(soul soulFront) builder.Config {
	name := string(soul.Name)
	return builder.Config{
		Name: &name, Traits: stringsOf(soul.Traits), Tone: (*string)(soul.Tone),
		Description: (*string)(i.Description), Category: (*string)(i.Category), Tags: stringsOf(i.Tags),
		Purpose: (*string)(i.Purpose), Boundaries: (*string)(i.Boundaries),
		Model: (*string)(i.Model), Temperature: i.Temperature, MaxTokens: i.MaxTokens,
		Skills: []builder.Skill{},
	}
}

func valueOf(t *text) string {
	if t == nil {
		return ""
	}
	return string(*t)
}

// readSkills reads skills.toml and the skills it names.
func (f *Folder) readSkills(slug string, b *Bot) error {
	content, err := f.readFile(inFolder(slug, skillsName), skillsName)
	if err != nil {
		return err
	}
	b.Files = append(b.Files, File{skillsName, content})
	var tables skillTables
	if err := toml.Unmarshal(content, &tables); err != nil {
		var at *toml.DecodeError
		if errors.As(err, &at) {
			line, _ := at.Position()
			return &FileError{File: skillsName, Problem: fmt.Sprintf("cannot be read, at line %d", line)}
		}
		return &FileError{File: skillsName, Problem: "cannot be read"}
	}
	for i, table := range tables.Skills {
		field := fmt.Sprintf("skills[%d]", i)
		if err := builder.CheckSkillName(field+".name", table.Name); err != nil {
			return &FileError{File: skillsName, Problem: "is wrong: " + err.Error()}
		}
		skill := Skill{Name: table.Name, Type: table.Type, Disabled: table.Enabled != nil && !*table.Enabled}
		if table.Path != skill.dir() {
			return &FileError{File: skillsName, Problem: "is wrong: " + field + ".path is not the folder of that name"}
		}
		if slices.ContainsFunc(b.Skills, func(earlier Skill) bool { return earlier.Name == skill.Name }) {
			return &FileError{File: skillsName, Problem: "is wrong: " + field + ".name is that of an earlier skill"}
		}
		var front skillFront
		read, err := f.readMarkdownAs(inFolder(slug, skill.path()), field+"/"+skillFile, &front)
		if err != nil {
			return err
		}
		b.Files = append(b.Files, File{skill.path(), read.whole})
		skill.Description, skill.Instructions = string(front.Description), read.body
		b.Skills = append(b.Skills, skill)
		b.Config.Skills = append(b.Config.Skills, builder.Skill{Name: skill.Name, Description: skill.Description, SkillType: skill.Type})
	}
	return nil
}

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
