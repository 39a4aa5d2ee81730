package bot

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/boternity/boternity/builder"
)

// Merged is a bot's files as Replace writes them. What else is in the bot's
// folder stays as it is.
type Merged struct {
	Files []File // in the order of Render
	Notes []Note // what a person should look at

	rendered []File // as they would be without anybody's edits
	leaving  []string
}

// gone reports whether an entry of the old folder is not in the new one: a file
// that leaves, or a folder that held nothing else.
func (m *Merged) gone(e found, all []found) bool {
	if !e.mode.IsDir() {
		return slices.Contains(m.leaving, e.path)
	}
	leaves, within := false, e.path+"/"
	for _, other := range all {
		if strings.HasPrefix(other.path, within) {
			if !slices.Contains(m.leaving, other.path) {
				return false
			}
			leaves = true
		}
	}
	return leaves && !slices.ContainsFunc(m.Files, func(file File) bool { return strings.HasPrefix(file.Path, within) })
}

// Merge says what Replace would write, and writes nothing: the files of the bot
// in the folder spec.Slug, with what changes between was, the bot as those
// files have it, and spec. Only generated text is changed, told from people's
// by the record in IDENTITY.md, or by rendering was where there is none:
//
//   - What people have added, moved or deleted stays so.
//   - Where they have edited a text that changes, both are there, the new one
//     first, and a Note says so.
//   - In front matter and skills.toml, names that are not generated stay, and
//     so do comments and the spelling of values that do not change.
//   - A skill that is in the bot keeps its description, its switch and, with
//     Keep, its text. One that goes leaves its file where people have edited it.
//
// Errors: ErrNotFound; *FileError for a file that cannot be read or changed in
// place; what Render says.
func (f *Folder) Merge(spec, was Spec) (Merged, error) {
	m, err := f.merge(spec, was)
	if err != nil {
		return Merged{}, fmt.Errorf("change the bot of session %s: %w", spec.SessionID, told(err))
	}
	return m, nil
}

func (f *Folder) merge(spec, was Spec) (m Merged, err error) {
	old, err := f.Read(spec.Slug)
	if err != nil {
		return Merged{}, err
	}
	spec.follow(&old)
	if m.rendered, err = render(spec, checkPlaced); err != nil {
		return Merged{}, err
	}
	known := old.records
	if old.Ours && len(known) == 0 {
		if known, err = recordsOf(was); err != nil {
			return Merged{}, err
		}
	}
	for _, ours := range m.rendered {
		file, notes, err := f.mergeFile(spec, &old, ours, known)
		if err != nil {
			return Merged{}, err
		}
		m.Files, m.Notes = append(m.Files, file), append(m.Notes, notes...)
	}
	m.leave(&old, known)
	return m, nil
}

// follow takes over from the bot on disk what a session does not decide.
func (s *Spec) follow(old *Bot) {
	if !old.CreatedAt.IsZero() {
		s.CreatedAt = old.CreatedAt
	}
	if old.Ours && !s.Described && old.InitialDescription != "" {
		s.InitialDescription = old.InitialDescription
	}
	if old.Ours && !s.Described && !old.Purpose.IsUnknown() {
		s.Category = old.Purpose
	}
	s.Skills, s.recorded = slices.Clone(s.Skills), map[string]record{}
	for i := range s.Skills {
		at := slices.IndexFunc(old.Skills, func(k Skill) bool { return k.Name == s.Skills[i].Name })
		if at < 0 {
			continue
		}
		skill, was := &s.Skills[i], old.Skills[at]
		if was.Description != "" {
			skill.Description = was.Description
		}
		if was.Type != "" {
			skill.Type = was.Type
		}
		if skill.Keep && strings.TrimSpace(was.Instructions) != "" {
			skill.Instructions, s.recorded[skill.path()] = was.Instructions, old.records[skill.path()]
		}
	}
}

func (f *Folder) mergeFile(spec Spec, old *Bot, ours File, known map[string]record) (File, []Note, error) {
	theirs, there := contentOf(old.Files, ours.Path)
	if !there {
		var err error
		if theirs, err = f.readFile(inFolder(spec.Slug, ours.Path), ours.Path); isMissing(err) {
			return ours, nil, nil
		} else if err != nil {
			return File{}, nil, err
		}
	}
	switch ours.Path {
	case skillsName:
		skills, err := spec.skills()
		if err != nil {
			return File{}, nil, err
		}
		file, err := mergeTables(theirs, ours, skills)
		return file, nil, err
	case userName:
		return mergeMarkdown(theirs, ours, known[ours.Path], nil)
	case soulName:
		return mergeMarkdown(theirs, ours, known[ours.Path], func() any { return new(soulFront) })
	case identityName:
		return mergeMarkdown(theirs, ours, known[ours.Path], func() any { return new(identityFront) })
	}
	was, recorded := known[ours.Path]
	if !recorded { // it may all be somebody's: nothing of its text is changed
		was = record{blocks: recordOf(ours).blocks}
	}
	return mergeMarkdown(theirs, ours, was, func() any { return new(skillFront) })
}

// leave decides about the files of skills that the bot no longer has.
func (m *Merged) leave(old *Bot, known map[string]record) {
	for _, skill := range old.Skills {
		theirs, there := contentOf(old.Files, skill.path())
		if _, stays := contentOf(m.rendered, skill.path()); stays || !there {
			continue
		}
		if was := known[skill.path()].whole; was != "" && was == digestOf(string(theirs)) {
			m.leaving = append(m.leaving, skill.path())
			continue
		}
		m.Notes = append(m.Notes, Note{skill.path(), "The skill is no longer the bot's; its file stays, for somebody has edited or written it."})
	}
}

func contentOf(files []File, path string) ([]byte, bool) {
	at := slices.IndexFunc(files, func(file File) bool { return file.Path == path })
	if at < 0 {
		return nil, false
	}
	return files[at].Content, true
}

// recordsOf are the records of a bot whose IDENTITY.md has none.
func recordsOf(was Spec) (map[string]record, error) {
	files, err := render(was, checkPlaced)
	var invalid *builder.InvalidError
	if errors.As(err, &invalid) {
		return nil, nil // it could not be generated, so nothing in it was
	}
	all := map[string]record{}
	for _, file := range files {
		all[file.Path] = recordOf(file)
	}
	return all, err
}

// checkPlaced refuses names that are not that of a folder right here. Bots of
// other programs have names that Slug would not give.
func checkPlaced(slug string) error { return builder.CheckFolderName("slug", slug) }
