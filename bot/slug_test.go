package bot

import (
	"errors"
	"strings"
	"testing"

	"github.com/boternity/boternity/builder"
)

func TestSlug(t *testing.T) {
	long := strings.Repeat("review ", 20)
	for name, want := range map[string]string{
		"Lex":                    "lex",
		"  Lex  the 2nd ":        "lex-the-2nd",
		`Lex: "the" # Reviewer`:  "lex-the-reviewer",
		"../../etc/passwd":       "etc-passwd",
		"/absolute":              "absolute",
		`C:\Windows`:             "c-windows",
		".hidden":                "hidden",
		"-rf":                    "rf",
		"snake_case":             "snake_case",
		"_x_":                    "x",
		"Łukasz Zażółć":          "lukasz-zazolc",
		"日本":                     "ri-ben",
		"Привет":                 "privet",
		"🦉 Owl 🦉":                "owl",
		"a\x00b\nc":              "a-b-c",
		"CON":                    "con-bot",
		"lpt9":                   "lpt9-bot",
		"con.txt":                "con-txt",
		long:                     strings.Repeat("review-", 8) + "review",
		strings.Repeat("x", 500): strings.Repeat("x", 64),
	} {
		got, err := Slug(name)
		if err != nil || got != want {
			t.Errorf("Slug(%.40q) = %q, %v; want %q", name, got, err, want)
		}
	}
}

func TestSlugRefuses(t *testing.T) {
	for _, name := range []string{"", " \t", ".", "..", "/", "---", "🤖", "🤖🦉", "!?", "\u200b", "\x00"} {
		slug, err := Slug(name)
		var invalid *builder.InvalidError
		if !errors.As(err, &invalid) || invalid.Field != builder.FieldName || slug != "" {
			t.Errorf("Slug(%q) = %q, %v; want an InvalidError of the name", name, slug, err)
		}
	}
}

func TestNumberedSlugsKeepTheLimit(t *testing.T) {
	slug := strings.Repeat("x", maxSlug)
	seen := map[string]bool{}
	for _, n := range []int{1, 2, 9, 10, maxNumber} {
		got := numbered(slug, n)
		if err := checkSlug(got); err != nil || seen[got] {
			t.Errorf("number %d is %q: %v", n, got, err)
		}
		seen[got] = true
	}
	if got := numbered("lex", 2); got != "lex-2" {
		t.Errorf("got %q", got)
	}
}

func FuzzSlug(f *testing.F) {
	for _, s := range awkward {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, name string) {
		slug, err := Slug(name)
		if err != nil {
			if !errors.Is(err, builder.ErrInvalid) {
				t.Fatal(err)
			}
			return
		}
		if err := checkSlug(slug); err != nil {
			t.Fatalf("%q: %v", slug, err)
		}
	})
}
