package main

import (
	"strings"
	"testing"

	"github.com/clipperhouse/displaywidth"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

func TestPlain(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"words stay", "a bot — для кода, 絵本 👩‍💻", "a bot — для кода, 絵本 👩‍💻"},
		{"white space becomes single spaces", " a\r\n\tb\u00a0 c ", "a b c"},
		{"escape sequences are spelt out", "\x1b[31mred\x1b[0m\x1b]0;title\x07", `\x1b[31mred\x1b[0m\x1b]0;title\x07`},
		{"C1 controls too", "\u009b31m", `\x9b31m`},
		{"a lone carriage return overwrites nothing", "good\rbad", `good\x0dbad`},
		{"what reorders text is spelt out", "\u202ecod\u2066", `\u202ecod\u2066`},
		{"bytes that are no text", "a\xffb", `a\xffb`},
		{"invisible tags", "a\U000e0041", `a\U000e0041`},
		{"line separators", "a\u2028b", `a\u2028b`},
	} {
		if got := plain(c.in); got != c.want {
			t.Errorf("%s: plain(%q) = %q, want %q", c.name, c.in, got, c.want)
		}
	}
}

func FuzzPlain(f *testing.F) {
	f.Add("\x1b[2J\u202e\r\n絵")
	f.Fuzz(func(t *testing.T, s string) {
		for _, r := range plain(s) {
			if r < 0x20 || r >= 0x7f && r < 0xa0 || r >= 0x202a && r <= 0x202e {
				t.Errorf("plain(%q) lets %U through", s, r)
			}
		}
	})
}

func TestEscapeJSON(t *testing.T) {
	for _, text := range []string{"\x7f\u009b31m\u202egnp\u2028", "\U000e0041 tag", "絵本 👩\u200d💻", "plain"} {
		in, err := json.Marshal([]string{text}, jsontext.WithIndent("  "))
		if err != nil {
			t.Fatal(err)
		}
		out := escapeJSON(in)
		for _, r := range string(out) {
			if r != '\n' && steers(r) {
				t.Errorf("%q lets %U through", out, r)
			}
		}
		var back []string
		if err := json.Unmarshal(out, &back); err != nil || back[0] != text {
			t.Errorf("%q reads back as %q: %v", text, back, err)
		}
	}
}

func TestIndentedKeepsLines(t *testing.T) {
	if got, want := indented("one\r\ntwo\x1b\n", "  "), "  one\n  two\\x1b"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestReasonIsShownWholeOnANarrowScreen(t *testing.T) {
	list := table{heading: []string{"FIELD", "REASON"}, whole: true}
	list.add("tone", "formal in 3 of your 4 coding bots, last on 3 May")
	var out strings.Builder
	if err := list.write(&out, 32); err != nil {
		t.Fatal(err)
	}
	want := "FIELD  REASON\ntone   formal in 3 of your 4\n       coding bots, last on 3\n       May\n"
	if out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
}

func TestTableFitsTheScreen(t *testing.T) {
	list := table{heading: []string{"ID", "BOT", "DESCRIPTION"}}
	list.add("1", "絵本", "ある日、森の中で熊に出会ったのでした。長い長い長い話。")
	list.add("22", "rusty", strings.Repeat("word ", 30))
	list.add("3", "-", "")

	var whole, narrow strings.Builder
	if err := list.write(&whole, 0); err != nil {
		t.Fatal(err)
	}
	if err := list.write(&narrow, 40); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(whole.String(), strings.TrimSpace(strings.Repeat("word ", 30))) {
		t.Error("without a screen a text was cut")
	}
	// The cut is by columns, whichever characters fill them.
	lines := strings.Split(narrow.String(), "\n")
	for i, line := range lines {
		if displaywidth.String(line) > 40 {
			t.Errorf("line %d is %d columns wide", i, displaywidth.String(line))
		}
	}
	for _, line := range lines[1:3] {
		if !strings.HasSuffix(line, "…") {
			t.Errorf("a cut text does not say so: %q", line)
		}
	}
	if lines[0] != "ID  BOT    DESCRIPTION" || lines[3] != "3   -" || !strings.HasPrefix(lines[1], "1   絵本   ある") {
		t.Errorf("columns are not aligned:\n%s", narrow.String())
	}
}

func TestTableOnTheNarrowestScreen(t *testing.T) {
	list := table{heading: []string{"ID", "DESCRIPTION"}}
	list.add(strings.Repeat("x", 36), strings.Repeat("y", 100))
	var out strings.Builder
	if err := list.write(&out, 10); err != nil {
		t.Fatal(err)
	}
	if want := strings.Repeat("y", leastText-1) + "…\n"; !strings.HasSuffix(out.String(), want) {
		t.Errorf("got %q", out.String())
	}
}
