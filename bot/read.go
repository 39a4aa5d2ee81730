package bot

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
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
	Notes              []Note // what could not be read as a value, or only in one of several ways
	Ours               bool   // Forge has made it, so what it does not say was left open

	records map[string]record // what of each file was generated
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

// Read returns a bot, one of Boternity's too. Errors: ErrNotFound; *FileError,
// which is an ErrUnreadable.
func (f *Folder) Read(slug string) (Bot, error) {
	if err := f.checkDir(slug); err != nil {
		return Bot{}, err
	}
	soul, soulErr := f.readFile(inFolder(slug, soulName), soulName)
	identity, identityErr := f.readFile(inFolder(slug, identityName), identityName)
	if isMissing(soulErr) && isMissing(identityErr) {
		return Bot{}, fmt.Errorf("a bot in the folder (neither %s nor %s is there): %w", soulName, identityName, builder.ErrNotFound)
	}
	for _, err := range []error{soulErr, identityErr} {
		if err != nil {
			return Bot{}, err
		}
	}
	user, err := f.readFile(inFolder(slug, userName), userName)
	if err != nil && !isMissing(err) { // nothing of the config has to be in it
		return Bot{}, err
	}
	b := Bot{Files: []File{{soulName, soul}, {identityName, identity}}}
	if !isMissing(err) {
		b.Files = append(b.Files, File{userName, user})
	}
	if err := b.read(slug, soul, identity, user); err != nil {
		return Bot{}, err
	}
	return b, f.readSkills(slug, &b)
}

// read takes the bot out of its three files.
func (b *Bot) read(slug string, soul, identity, user []byte) error {
	front, notes, ours, err := readIdentity(identity)
	if err != nil {
		return err
	}
	var its soulFront
	if ours {
		if _, err := parseMarkdown(soul, &its); err != nil {
			return &FileError{File: soulName, Problem: err.Error()}
		}
	} else {
		l, err := readLoose(soulName, soul)
		if err != nil {
			return err
		}
		its = l.soul()
		notes = append(notes, l.notes...)
	}
	if b.Summary, err = front.summary(slug); err != nil {
		return err
	}
	b.Ours, b.Notes, b.records = ours, notes, records(front.Generated)
	b.InitialDescription, b.Config = string(front.InitialDescription), front.config(its)
	b.settleName(slug, string(front.DisplayName), soul)
	if !ours {
		b.fromBody(soul, identity, user)
	}
	return nil
}

// settleName finds the name where SOUL.md does not have it in its front matter.
func (b *Bot) settleName(slug, shown string, soul []byte) {
	note := func(file, text string) { b.Notes = append(b.Notes, Note{file, text}) }
	switch {
	case *b.Config.Name != "" && (shown == *b.Config.Name || shown == ""):
	case *b.Config.Name != "":
		note(identityName, "Its display_name is another name than that of "+soulName+", which is taken.")
	case shown != "":
		b.Config.Name = &shown
	default:
		name := slug
		_, blocks := splitBlocks(splitMarkdown(string(soul)).body)
		for _, block := range blocks {
			if title, ok := block.title(); ok && block.level() == 1 && !strings.EqualFold(title, "personality") && title != "" {
				name = title
				break
			}
		}
		note(soulName, "It has no name in its front matter; the first heading is taken, or else the name of the folder.")
		b.Config.Name = &name
	}
	b.Name = cmp.Or(shown, *b.Config.Name)
}

func isMissing(err error) bool {
	var unreadable *FileError
	return errors.As(err, &unreadable) && unreadable.missing
}

// readIdentity reads the front matter of IDENTITY.md: strictly of a bot of
// ours, and else for what there is.
func readIdentity(content []byte) (front identityFront, notes []Note, ours bool, err error) {
	p := splitMarkdown(string(content))
	if p.open == "" || isOurs(entriesOf(strings.ReplaceAll(p.front, "\r\n", "\n"))) {
		if _, err := parseMarkdown(content, &front); err != nil {
			return front, nil, true, &FileError{File: identityName, Problem: err.Error()}
		}
		return front, nil, true, nil
	}
	l, err := readLoose(identityName, content)
	if err != nil {
		return front, nil, false, err
	}
	front = l.identity()
	return front, l.notes, false, nil
}

func (f *Folder) summary(slug string) (Summary, error) {
	if err := f.checkDir(slug); err != nil {
		return Summary{}, err
	}
	content, err := f.readFile(inFolder(slug, identityName), identityName)
	if err != nil {
		return Summary{}, err
	}
	front, _, _, err := readIdentity(content)
	if err != nil {
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
