package bot

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestBlocksAreTheTextAgain(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		text := rapid.StringOf(rapid.SampledFrom([]rune("ab#`~> \t\r\n\n\n-"))).Draw(rt, "text")
		lead, blocks := splitBlocks(text)
		if got := joinBlocks(lead, blocks); got != text {
			rt.Fatalf("%q came back as %q", text, got)
		}
		p := splitMarkdown(text)
		if got := p.open + p.front + p.close + p.body; got != text {
			rt.Fatalf("%q came back as %q", text, got)
		}
		if got := joinEntries(entriesOf(text)); got != text {
			rt.Fatalf("%q came back as %q", text, got)
		}
		var chunks strings.Builder
		for _, c := range chunksOf(text) {
			chunks.WriteString(c.text)
		}
		if chunks.String() != text {
			rt.Fatalf("%q came back as %q", text, chunks.String())
		}
	})
}

func TestFencedBlocksStayWhole(t *testing.T) {
	_, blocks := splitBlocks("a\n\n```go\nb\n\nc\n```\n\n~~~~\n\n~~~\n\n~~~~\nd\n\ne\n")
	var texts []string
	for _, b := range blocks {
		texts = append(texts, b.text)
	}
	mustEqual(t, []string{"a", "```go\nb\n\nc\n```", "~~~~\n\n~~~\n\n~~~~\nd", "e"}, texts)
}

// merged merges texts whose blocks are words.
func merged(base, theirs, ours string) (string, int) {
	split := func(text string) []block {
		_, blocks := splitBlocks(strings.ReplaceAll(text, " ", "\n\n"))
		return blocks
	}
	blocks, beside := mergeBlocks(digests(split(base)), split(theirs), split(ours), "\n")
	var words []string
	for _, b := range blocks {
		words = append(words, b.text)
	}
	return strings.Join(words, " "), beside
}

func TestMergeBlocks(t *testing.T) {
	for _, c := range []struct {
		what, base, theirs, ours, want string
		beside                         int
	}{
		{"nothing edited", "a b c", "a b c", "a x c d", "a x c d", 0},
		{"added between", "a b c", "a 1 b 2 c 3", "a x c", "a 1 x 2 c 3", 0},
		{"added at the ends", "a", "1 a 2", "x y", "1 x y 2", 0},
		{"edited, and not changed", "a b c", "a B c", "a b x", "a B x", 0},
		{"edited, and changed", "a b c", "a B c", "a x c", "a x B c", 1},
		{"deleted, and not changed", "a b c", "a c", "a b x", "a x", 0},
		{"deleted, and changed", "a b c", "a c", "a x c", "a x c", 1},
		{"moved", "a b c d", "c d a b", "a x c y", "c y a x", 0},
		{"generated no more", "a b c d", "a 1 b 2 c d", "a d", "a 1 2 d", 0},
		{"edited, and generated no more", "a b c", "a B c", "a c", "a B c", 0},
		{"new, and there already", "a b", "a x b", "a x b", "a x b", 0},
		{"everything is theirs", "a b", "1 2", "a b", "1 2", 0},
		{"everything is theirs, and changed", "a b", "1 2", "x y", "x y 1 2", 2},
		{"an empty file", "a b", "", "x b", "x", 1},
		{"no record", "", "1 2", "a", "a 1 2", 0},
		{"new, below what went", "a b c", "a b", "a c x", "a x", 0},
		{"twice the same", "a b a", "a b a", "a b c", "a b c", 0},
	} {
		if got, beside := merged(c.base, c.theirs, c.ours); got != c.want || beside != c.beside {
			t.Errorf("%s: %q and %d, want %q and %d", c.what, got, beside, c.want, c.beside)
		}
	}
}

// Whatever is generated before and now, words that were not generated stay, in
// their order; and where nobody has added any, the new text is all there is.
func TestMergeLosesNoWords(t *testing.T) {
	words := func(letters string, most int) *rapid.Generator[string] {
		return rapid.Map(rapid.SliceOfN(rapid.SampledFrom(strings.Split(letters, "")), 0, most), func(list []string) string { return strings.Join(list, " ") })
	}
	rapid.Check(t, func(rt *rapid.T) {
		base, ours := words("abcdef", 8).Draw(rt, "base"), words("abcdefg", 8).Draw(rt, "ours")
		if got, _ := merged(base, base, ours); got != ours {
			rt.Fatalf("untouched %q became %q, not %q", base, got, ours)
		}
		theirs := strings.Fields(base)
		for range rapid.IntRange(0, 5).Draw(rt, "edits") {
			at := rapid.IntRange(0, len(theirs)).Draw(rt, "at")
			theirs = slices.Insert(theirs, at, rapid.SampledFrom([]string{"1", "2", "3", "4"}).Draw(rt, "word"))
			if gone := rapid.IntRange(0, 3*len(theirs)).Draw(rt, "gone"); gone < len(theirs) && strings.Contains("abcdef", theirs[gone]) {
				theirs = slices.Delete(theirs, gone, gone+1)
			}
		}
		got, _ := merged(base, strings.Join(theirs, " "), ours)
		if a, b := onlyDigits(theirs), onlyDigits(strings.Fields(got)); !slices.Equal(a, b) {
			rt.Fatalf("%v became %q", theirs, got)
		}
	})
}

func onlyDigits(words []string) []string {
	return slices.DeleteFunc(slices.Clone(words), func(w string) bool { return strings.Contains("abcdefg", w) })
}

func TestMergeFrontMatter(t *testing.T) {
	for _, c := range []struct{ what, theirs, ours, want string }{
		{"same", "model: \"a\"\n", "model: \"a\"\n", "model: \"a\"\n"},
		{"another spelling", "temperature: 0.20 # cool\ntags: [a, 'b']\n", "tags:\n  - \"a\"\n  - \"b\"\ntemperature: 0.2\n", "temperature: 0.20 # cool\ntags: [a, 'b']\n"},
		{"changed", "model: \"a\"\n", "model: \"b\"\n", "model: \"b\"\n"},
		{"changed, with a comment", "model: \"a # b\" # mine\n", "model: \"b\"\n", "model: \"b\" # mine\n"},
		{"changed, without quotes", "model: a\n", "model: \"b\"\n", "model: b\n"},
		{"changed, needs quotes", "model: a\n", "model: \"b: c\"\n", "model: \"b: c\"\n"},
		{"changed to a number's looks", "model: a\n", "model: \"# c\"\n", "model: \"# c\"\n"},
		{"unknown names and comments", "# top\nowner: me\nmodel: \"a\"\n\n# end\n", "model: \"b\"\n", "# top\nowner: me\nmodel: \"b\"\n\n# end\n"},
		{"no more", "model: \"a\" # mine\nowner: me\n", "", "# mine\nowner: me\n"},
		{"new", "model: \"a\"\nowner: me\n", "slug: \"x\"\nmodel: \"a\"\ntemperature: 1\n", "slug: \"x\"\nmodel: \"a\"\ntemperature: 1\nowner: me\n"},
		{"a list with comments", "tags:\n  - a # first\n  # between\n  - b\nowner: me\n", "tags:\n  - \"c\"\n", "tags:\n  - \"c\"\n# first\n# between\nowner: me\n"},
		{"a list at the margin", "tags:\n- a\n- b\nowner: me\n", "tags:\n  - \"a\"\n  - \"b\"\n", "tags:\n- a\n- b\nowner: me\n"},
		{"a block", "description: |\n  a\n\n  b\nowner: me\n", "description: \"a\\n\\nb\\n\"\n", "description: |\n  a\n\n  b\nowner: me\n"},
		{"a block, changed", "description: |\n  a\n\n  b\nowner: me\n", "description: \"c\"\n", "description: \"c\"\nowner: me\n"},
		{"not YAML", "model: a: b\nowner: me\n", "model: \"a: b\"\n", "model: \"a: b\"\nowner: me\n"},
		{"a name in quotes", "\"model\": a\n", "model: \"b\"\n", "model: b\n"},
	} {
		m := newFrontMerge(func() any { return new(identityFront) }, "\n")
		if got := joinEntries(m.merge(entriesOf(c.theirs), entriesOf(c.ours))); got != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", c.what, got, c.want)
		}
	}
}

// placed is a folder with a bot as it was written.
func placed(t *testing.T, spec Spec) (f *Folder, dir string) {
	t.Helper()
	f = openFolder(t)
	f.sync = noSync
	dir = filepath.Join(f.Dir(), spec.Slug)
	putFiles(t, dir, spec)
	return f, dir
}

// changedSpec is richSpec in a later session, with other values.
func changedSpec() Spec {
	s := richSpec()
	s.SessionID = another
	s.Config.Name, s.Config.Tone, s.ToneSentence = ptr("Lexi"), ptr("warm"), "It is warm."
	s.Config.Purpose, s.Config.Temperature = ptr("explain Go code"), ptr(0.7)
	return s
}

func contents(files []File) map[string]string {
	all := map[string]string{}
	for _, f := range files {
		all[f.Path] = string(f.Content)
	}
	return all
}

func mustMerge(t testing.TB, f *Folder, spec Spec) map[string]string {
	t.Helper()
	m, err := f.Merge(spec, richSpec())
	if err != nil {
		t.Fatal(err)
	}
	return contents(m.Files)
}

func TestMergeOfUntouchedFilesIsTheNewText(t *testing.T) {
	f, _ := placed(t, richSpec())
	spec := changedSpec()
	got, want := mustMerge(t, f, spec), mustRender(t, spec)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-rendered +merged):\n%s", diff)
	}
}

// With nothing changed, only what says who made the bot differs.
func TestMergeWithoutAChange(t *testing.T) {
	f, dir := placed(t, richSpec())
	putFile(t, filepath.Join(dir, userName), "my own page\n")
	before := filesOf(tree(t, dir))
	spec := richSpec()
	spec.SessionID = another
	got := mustMerge(t, f, spec)
	for name, content := range got {
		if name == identityName {
			continue
		}
		if content != before[name] {
			t.Errorf("%s:\n%s", name, cmp.Diff(before[name], content))
		}
	}
	for i, line := range strings.Split(before[identityName], "\n") {
		now := strings.Split(got[identityName], "\n")[i]
		if line != now && !strings.HasPrefix(line, "session_id:") && !strings.HasPrefix(line, "fingerprint:") {
			t.Errorf("%q became %q", line, now)
		}
	}
}

// The record tells generated text from people's even when the catalogue, or
// this program, would generate another today, and when front matter was edited.
func TestMergeKnowsOldText(t *testing.T) {
	f, dir := placed(t, richSpec())
	identity := strings.Replace(mustRender(t, richSpec())[identityName], "temperature: 0.2", "temperature: 0.9", 1)
	putFile(t, filepath.Join(dir, identityName), identity)
	putFile(t, filepath.Join(dir, soulName), mustRender(t, richSpec())[soulName]+"\nmine\n")
	spec := richSpec()
	spec.SessionID, spec.Config.Temperature, spec.ToneSentence = another, ptr(0.9), "It is formal, as of a later catalogue."
	got := mustMerge(t, f, spec)
	if strings.Contains(got[identityName], "temperature of 0.2") || !strings.Contains(got[identityName], "temperature of 0.9") {
		t.Errorf("the sentence about the temperature is stale:\n%s", got[identityName])
	}
	if want := mustRender(t, spec)[soulName] + "\nmine\n"; got[soulName] != want {
		t.Errorf("(-want +got):\n%s", cmp.Diff(want, got[soulName]))
	}
}

// Without a record, what would be generated from the old values is taken for
// generated.
func TestMergeWithoutARecord(t *testing.T) {
	f, dir := placed(t, richSpec())
	identity := mustRender(t, richSpec())[identityName]
	from, to := strings.Index(identity, "generated:"), strings.LastIndex(identity, "---\n")
	putFile(t, filepath.Join(dir, identityName), identity[:from]+identity[to:])
	putFile(t, filepath.Join(dir, soulName), mustRender(t, richSpec())[soulName]+"\nmine\n")
	got := mustMerge(t, f, changedSpec())
	if want := mustRender(t, changedSpec())[soulName] + "\nmine\n"; got[soulName] != want {
		t.Errorf("(-want +got):\n%s", cmp.Diff(want, got[soulName]))
	}
}

// Files that an editor has saved with other line ends keep them throughout, and
// their byte order mark, edited otherwise or not.
func TestMergeKeepsLineEnds(t *testing.T) {
	for mark, mine := range map[string]string{"": "", "\ufeff": "\n## Mine\n\nmy words\n"} {
		f, dir := placed(t, richSpec())
		files := mustRender(t, richSpec())
		windows := func(name string) string {
			return mark + strings.ReplaceAll(files[name]+mine, "\n", "\r\n")
		}
		for _, name := range []string{soulName, identityName, userName, "skills/code-review/SKILL.md"} {
			putFile(t, filepath.Join(dir, name), windows(name))
		}
		spec := changedSpec()
		spec.Skills[0].Instructions = "# Code review\n\nOtherwise.\n"
		got, want := mustMerge(t, f, spec), mustRender(t, spec)
		for _, name := range []string{soulName, identityName, userName, "skills/code-review/SKILL.md"} {
			if name == identityName { // its fingerprint is that of the rendering
				if strings.Count(got[name], "\r\n") != strings.Count(got[name], "\n") {
					t.Errorf("%s has mixed line ends: %q", name, got[name])
				}
				continue
			}
			if whole := mark + strings.ReplaceAll(want[name]+mine, "\n", "\r\n"); got[name] != whole {
				t.Errorf("%s (-want +got):\n%s", name, cmp.Diff(whole, got[name]))
			}
		}
	}
}
