package bot

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/boternity/boternity/builder"
)

// The names of a bot's files.
const (
	soulName     = "SOUL.md"
	identityName = "IDENTITY.md"
	userName     = "USER.md"
	skillsName   = "skills.toml"
	skillsDir    = "skills"
	skillFile    = "SKILL.md"
)

// Render makes a bot's files. It reads and writes nothing. Errors: ErrInvalid
// with the field at fault.
func Render(spec Spec) ([]File, error) { return render(spec, checkSlug) }

func render(spec Spec, checkName func(slug string) error) ([]File, error) {
	if err := spec.check(); err != nil {
		return nil, err
	}
	if err := checkName(spec.Slug); err != nil {
		return nil, err
	}
	skills, err := spec.skills()
	if err != nil {
		return nil, err
	}
	soul, err := soulFile(&spec)
	if err != nil {
		return nil, err
	}
	table, err := skillsFile(skills)
	if err != nil {
		return nil, err
	}
	files := []File{soul, userFile(&spec), table}
	for i := range skills {
		file, err := skills[i].file()
		if err != nil {
			return nil, err
		}
		files = append(files, file)
	}
	identity, err := identityFile(&spec, files)
	if err != nil {
		return nil, err
	}
	files = append([]File{soul, identity}, files[1:]...)
	for _, file := range files {
		if limit := limitOf(file.Path); len(file.Content) > limit {
			return nil, &builder.InvalidError{Field: file.Path, Problem: "would be too large", Limit: int64(limit), Got: int64(len(file.Content))}
		}
	}
	return files, nil
}

// fingerprint tells one rendering from another.
func fingerprint(files []File) string {
	digest := sha256.New()
	for _, file := range files {
		digest.Write(fmt.Appendf(nil, "%s %d\n", file.Path, len(file.Content)))
		digest.Write(file.Content)
	}
	return hex.EncodeToString(digest.Sum(nil))
}
