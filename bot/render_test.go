package bot

import (
	"errors"
	"flag"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestRenderGolden(t *testing.T) {
	for name, spec := range map[string]Spec{"rich": richSpec(), "bare": bareSpec()} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join("testdata", name)
			files, err := Render(spec)
			if err != nil {
				t.Fatal(err)
			}
			if *update {
				if err := os.RemoveAll(dir); err != nil {
					t.Fatal(err)
				}
				putFiles(t, dir, spec)
			}
			var want []string
			err = filepath.WalkDir(dir, func(at string, entry os.DirEntry, err error) error {
				if err == nil && !entry.IsDir() {
					relative, _ := filepath.Rel(dir, at)
					want = append(want, filepath.ToSlash(relative))
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, file := range files {
				got = append(got, file.Path)
				golden, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(file.Path)))
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(string(golden), string(file.Content)); diff != "" {
					t.Errorf("%s (-golden +rendered):\n%s", file.Path, diff)
				}
			}
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Errorf("rendered %v, the golden files are %v", got, want)
			}
		})
	}
}

func TestRenderIsDeterministic(t *testing.T) {
	if diff := cmp.Diff(mustRender(t, richSpec()), mustRender(t, richSpec())); diff != "" {
		t.Error(diff)
	}
}

// Any change of the spec has to show in the fingerprint, or a retry would take
// the older files for its own.
func TestFingerprintCoversEveryFile(t *testing.T) {
	changes := map[string]func(*Spec){
		"soul":     func(s *Spec) { s.ToneSentence = "It shouts." },
		"identity": func(s *Spec) { s.Config.MaxTokens = ptr(uint32(1)) },
		"user":     func(s *Spec) { s.InitialDescription = "something else" },
		"skill":    func(s *Spec) { s.Skills[0].Instructions = "Do it." },
		"table":    func(s *Spec) { s.Skills[0].Disabled = true },
	}
	fingerprintIn := func(s Spec) string {
		_, after, _ := strings.Cut(mustRender(t, s)[identityName], "fingerprint: ")
		return after[:66]
	}
	for name, change := range changes {
		spec := richSpec()
		change(&spec)
		if fingerprintIn(spec) == fingerprintIn(richSpec()) {
			t.Errorf("%s: the fingerprint stayed", name)
		}
	}
}

func TestRenderRefuses(t *testing.T) {
	cases := map[string]struct {
		change func(*Spec)
		field  string
	}{
		"no session":            {func(s *Spec) { s.SessionID = uuid.Nil }, "session_id"},
		"no slug":               {func(s *Spec) { s.Slug = "" }, "slug"},
		"slug that leads out":   {func(s *Spec) { s.Slug = "../lex" }, "slug"},
		"absolute slug":         {func(s *Spec) { s.Slug = "/lex" }, "slug"},
		"hidden slug":           {func(s *Spec) { s.Slug = ".lex" }, "slug"},
		"slug of a device":      {func(s *Spec) { s.Slug = "nul" }, "slug"},
		"no name":               {func(s *Spec) { s.Config.Name = nil }, "name"},
		"blank name":            {func(s *Spec) { s.Config.Name = ptr(" \n\x01") }, "name"},
		"NUL":                   {func(s *Spec) { s.Config.Purpose = ptr("a\x00b") }, "purpose"},
		"invalid UTF-8":         {func(s *Spec) { s.Config.Tone = ptr("\xff") }, "tone"},
		"invalid UTF-8 in tags": {func(s *Spec) { s.Config.Tags = []string{"a", "\xff"} }, "tags[1]"},
		"NUL in the category":   {func(s *Spec) { s.Category = builder.Custom("\x00") }, "purpose_category"},
		"NaN":                   {func(s *Spec) { s.Config.Temperature = ptr(math.NaN()) }, "temperature"},
		"skill that leads out":  {func(s *Spec) { s.Skills[1].Name = "../x" }, "skills[1].name"},
		"skill of the config":   {func(s *Spec) { s.Config.Skills[1].Name = "Release Notes" }, "skills[2].name"},
		"skill twice":           {func(s *Spec) { s.Skills[1].Name = "code-review" }, "skills[1].name"},
		"long skill":            {func(s *Spec) { s.Skills[1].Description = strings.Repeat("é", 1025) }, "skills[1].description"},
		"NUL in instructions":   {func(s *Spec) { s.Skills[1].Instructions = "\x00" }, "skills[1].instructions"},
		"too large": {func(s *Spec) {
			s.Config.Traits = slices.Repeat([]string{strings.Repeat("x", builder.MaxAnswer)}, 20)
		}, "SOUL.md"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			spec := richSpec()
			c.change(&spec)
			_, err := Render(spec)
			var invalid *builder.InvalidError
			if !errors.As(err, &invalid) || invalid.Field != c.field {
				t.Errorf("got %v, want an InvalidError of %s", err, c.field)
			}
		})
	}
}
