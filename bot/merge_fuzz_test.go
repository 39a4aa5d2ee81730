package bot

import (
	"errors"
	"strings"
	"testing"

	"github.com/boternity/boternity/builder"
)

// FuzzMergeMarkdown merges whatever somebody may have written: it is refused as
// unreadable, or reads as the new values with every line of the body still
// there.
func FuzzMergeMarkdown(f *testing.F) {
	for _, content := range []string{
		created[soulName], assembled[soulName], "", "---\n---\n", "---\n{name: x}\n---\n", "\ufeff---\r\nname: a # b\r\n\r\n---\r\n# X\r\n", "words\n\n```\n\nx",
		"---\nname: >\n a\n\n b\ntraits:\n- 'x'\n# y\n- \"z\"\n---\nend", "---\n? a\n: b\n---\n", "---\nname:\n  - a\n 'x': y\n---\n", "---\n\"name\": \"a\"\n'tone' : b\n---\n",
	} {
		f.Add(content)
	}
	files, err := Render(richSpec())
	if err != nil {
		f.Fatal(err)
	}
	fresh := func() any { return new(soulFront) }
	f.Fuzz(func(t *testing.T, content string) {
		if len(content) > 4096 {
			return
		}
		l, err := readLoose(soulName, []byte(content))
		if err != nil {
			if !errors.Is(err, builder.ErrUnreadable) || len(err.Error()) > 120 {
				t.Errorf("got %v", err)
			}
			return
		}
		l.soul()
		merged, _, err := mergeMarkdown([]byte(content), files[0], record{}, fresh)
		if err != nil {
			if !errors.Is(err, builder.ErrUnreadable) || len(err.Error()) > 150 {
				t.Errorf("got %v", err)
			}
			return
		}
		if !readsAs(merged.Content, files[0].Content, fresh) {
			t.Errorf("%q reads otherwise", merged.Content)
		}
		_, before := splitBlocks(splitMarkdown(content).body)
		_, after := splitBlocks(splitMarkdown(string(merged.Content)).body)
		for _, b := range after {
			if len(before) > 0 && b.text == before[0].text {
				before = before[1:]
			}
		}
		if len(before) > 0 && !strings.Contains(string(merged.Content), before[0].text) {
			t.Errorf("%q is gone from %q", before[0].text, merged.Content)
		}
	})
}
