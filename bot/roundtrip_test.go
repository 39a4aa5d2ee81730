package bot

import (
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/boternity/boternity/builder"
)

// awkward are texts that YAML, TOML, Markdown or file names treat as something
// else than themselves.
var awkward = []string{
	"Lex", `"Lex"`, "'Lex'", `it's "so"`, `C:\new`, `\x00`, "a: b", "a:", ":", "a #b", "#", "- a", "-", "---", "...", "--- a\n---\nb: c\n---\n",
	"? a", "| a", "> a", "|", ">-", "&a", "*a", "!a", "%a", "@a", "`a`", "{a}", "[a]", "a, b", "<<", "=", "~", "null", "Null", "yes", "no", "On", "true",
	"1.0", "007", "0x1f", "1e3", "1_000", "12:30:00", ".inf", ".nan", "2001-01-01", "", " ", " a", "a ", "a\t", "\ta", "\n", "\na", "a\n", "a\n\n", "a\nb",
	"a\r\nb", "a\rb", "\r", "\r\n", "a\u2028b", "\u2029", "\u0085", "\u00a0a", "\ufeffa", "\x01", "\x1b[31m", "\x7f", "\u200d", "🤖", "👩‍💻", "é", "e\u0301",
	"日本語。", "नमस्ते", "\U0010ffff", "\ufffe", "\ufffd", "${a}", "{{a}}", "'''", `"""`, "[[skills]]", "enabled = false", "# Boundaries", "](x)", "<!--",
}

// specOf puts one text everywhere that a text may stand.
func specOf(s string) Spec {
	list := []string{s, "x", s}
	spec := bareSpec()
	spec.CreatedAt = time.UnixMicro(1_800_000_000_000_001).UTC()
	spec.InitialDescription = s
	spec.Category = builder.Custom(s)
	spec.Config = builder.Config{
		Name: ptr("x" + s), Description: &s, Category: &s, Tags: list, Tone: &s, Traits: list, Purpose: &s, Boundaries: &s, Model: &s,
		Skills: []builder.Skill{{Name: "a-skill", Description: "x" + s, SkillType: "t" + s}},
	}
	spec.Skills = []Skill{{Name: "a-skill", Instructions: "x\n" + s}}
	return spec
}

// read takes a rendered bot back from the disk. The files are put there
// without the syncs of Write, which take long.
func read(t *testing.T, spec Spec) Bot {
	t.Helper()
	f := openFolder(t)
	putFiles(t, filepath.Join(f.Dir(), spec.Slug), spec)
	b, err := f.Read(spec.Slug)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func checkReadBack(t *testing.T, spec Spec, b Bot) {
	t.Helper()
	if diff := cmp.Diff(spec.Config, b.Config, cmpopts.IgnoreFields(builder.Config{}, "Unknown", "Skills")); diff != "" {
		t.Errorf("config (-given +read):\n%s", diff)
	}
	want := Summary{
		Slug: spec.Slug, Name: *spec.Config.Name, Description: valueOf((*text)(spec.Config.Description)), Category: valueOf((*text)(spec.Config.Category)),
		Tags: spec.Config.Tags, Model: valueOf((*text)(spec.Config.Model)), Purpose: spec.Category, SessionID: spec.SessionID, CreatedAt: spec.CreatedAt,
	}
	if diff := cmp.Diff(want, b.Summary, cmp.Comparer(func(a, b builder.PurposeCategory) bool { return a == b })); diff != "" {
		t.Errorf("summary (-given +read):\n%s", diff)
	}
	if b.InitialDescription != spec.InitialDescription {
		t.Errorf("initial description %q, want %q", b.InitialDescription, spec.InitialDescription)
	}
}

func TestAwkwardTextsComeBack(t *testing.T) {
	for _, s := range awkward {
		spec := specOf(s)
		b := read(t, spec)
		checkReadBack(t, spec, b)
		if diff := cmp.Diff(spec.Config.Skills, b.Config.Skills); diff != "" {
			t.Errorf("%q: skills (-given +read):\n%s", s, diff)
		}
		if !strings.HasPrefix(b.Skills[0].Instructions, "x\n") {
			t.Errorf("%q: instructions %q", s, b.Skills[0].Instructions)
		}
		for name, content := range mustRender(t, spec) {
			checkBody(t, name, content)
		}
	}
}

func TestUndecidedIsNotEmpty(t *testing.T) {
	undecided := bareSpec()
	empty := bareSpec()
	empty.Config = builder.Config{
		Name: ptr("Bo"), Description: ptr(""), Category: ptr(""), Tags: []string{}, Tone: ptr(""), Traits: []string{}, Purpose: ptr(""),
		Boundaries: ptr(""), Model: ptr(""), Temperature: ptr(0.0), MaxTokens: ptr(uint32(0)),
	}
	for _, spec := range []Spec{undecided, empty} {
		checkReadBack(t, spec, read(t, spec))
	}
}

func TestNumbersComeBack(t *testing.T) {
	for _, f := range []float64{0, 0.1, 1, 2, 0.30000000000000004, 1e-7, 5e-324, 1.7976931348623157e308, -1e21} {
		spec := bareSpec()
		spec.Config.Temperature, spec.Config.MaxTokens = &f, ptr(^uint32(0))
		checkReadBack(t, spec, read(t, spec))
	}
}

// checkBody makes sure that nobody's words add a heading of ours or reach the
// terminal as commands.
func checkBody(t *testing.T, name, content string) {
	t.Helper()
	if name == skillsName || strings.HasPrefix(name, skillsDir+"/") {
		return // TOML, and instructions, which are Markdown of their own
	}
	body := content
	if after, ok := strings.CutPrefix(content, fence); ok {
		_, body, _ = strings.Cut(after, "\n"+fence)
	}
	var headings []string
	for line := range strings.Lines(body) {
		if strings.HasPrefix(line, "#") {
			headings = append(headings, line[:strings.IndexByte(line, ' ')])
		}
	}
	want := map[string]string{soulName: "# ## ## ##", identityName: "#", userName: "# ##"}[name]
	if got := strings.Join(headings, " "); got != want {
		t.Errorf("%s has headings %q, want %q:\n%s", name, got, want, body)
	}
	if strings.ContainsFunc(body, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }) {
		t.Errorf("%s has a control character in its prose: %q", name, body)
	}
}

// FuzzRender makes bots of arbitrary texts: they are refused with a reason or
// come back exactly.
func FuzzRender(f *testing.F) {
	for i, s := range awkward {
		f.Add(s, awkward[(i+7)%len(awkward)], 0.5, uint32(i))
	}
	f.Fuzz(func(t *testing.T, a, b string, temperature float64, maxTokens uint32) {
		spec := specOf(a)
		spec.Config.Purpose, spec.Config.Tags, spec.Config.Tone = &b, []string{b, a}, &b
		spec.Config.Temperature, spec.Config.MaxTokens = &temperature, &maxTokens
		files, err := Render(spec)
		if err != nil {
			if legal := checkText("", a) == nil && checkText("", b) == nil && len(a)+len(b) < 500 && temperature-temperature == 0; legal {
				t.Fatalf("refused: %v", err)
			}
			return
		}
		var identity identityFront
		var soul soulFront
		for _, file := range files {
			var err error
			switch file.Path {
			case identityName:
				_, err = parseMarkdown(file.Content, &identity)
			case soulName:
				_, err = parseMarkdown(file.Content, &soul)
			}
			if err != nil {
				t.Fatalf("%s %v:\n%s", file.Path, err, file.Content)
			}
			checkBody(t, file.Path, string(file.Content))
		}
		summary, err := identity.summary(spec.Slug)
		if err != nil {
			t.Fatal(err)
		}
		checkReadBack(t, spec, Bot{Summary: summary, Config: identity.config(soul), InitialDescription: string(identity.InitialDescription)})
	})
}
