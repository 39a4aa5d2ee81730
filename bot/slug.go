package bot

import (
	"strconv"
	"strings"

	"github.com/gosimple/slug"

	"github.com/boternity/boternity/builder"
)

// maxSlug is how long a bot's folder name may be, in bytes.
const maxSlug = 64

// Slug returns the folder name for a bot's name: lower-case Latin letters,
// digits, hyphens and underscores, at most 64 bytes. Other scripts are spelt in
// Latin letters. A name that leaves nothing is an error.
func Slug(name string) (string, error) {
	if strings.TrimSpace(name) == "" {
		return "", &builder.InvalidError{Field: builder.FieldName, Problem: "is empty; a bot needs a name"}
	}
	s := shorten(slug.Make(name), maxSlug)
	if s == "" {
		return "", &builder.InvalidError{Field: builder.FieldName, Problem: "has no letter or digit to make a folder name of"}
	}
	if builder.IsDeviceName(s) {
		s += "-bot"
	}
	return s, checkSlug(s)
}

// numbered is the nth slug to try: slug, slug-2, slug-3 and so on.
func numbered(slug string, n int) string {
	if n == 1 {
		return slug
	}
	suffix := "-" + strconv.Itoa(n)
	return shorten(slug, maxSlug-len(suffix)) + suffix
}

// shorten cuts s to limit bytes, between words where it can.
func shorten(s string, limit int) string {
	if len(s) > limit {
		cut := s[:limit]
		if at := strings.LastIndexByte(cut, '-'); at > 0 && s[limit] != '-' {
			cut = cut[:at]
		}
		s = cut
	}
	return strings.Trim(s, "-_")
}

func checkSlug(s string) error {
	invalid := func(problem string) error { return &builder.InvalidError{Field: "slug", Problem: problem} }
	switch {
	case s == "":
		return invalid("is empty")
	case len(s) > maxSlug:
		return &builder.InvalidError{Field: "slug", Problem: "is too long", Limit: maxSlug, Got: int64(len(s))}
	case strings.ContainsFunc(s, notInSlug):
		return invalid("holds something other than a-z, 0-9, hyphens and underscores")
	case s != strings.Trim(s, "-_"):
		return invalid("begins or ends with a hyphen or an underscore")
	case builder.IsDeviceName(s):
		return invalid("is a device's name on Windows")
	}
	return nil
}

func notInSlug(r rune) bool {
	return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' && r != '_'
}
