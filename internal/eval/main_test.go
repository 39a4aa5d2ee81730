package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// write puts lines into a file.
func write(t *testing.T, lines ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "records.jsonl")
	if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func output(t *testing.T, args ...string) string {
	t.Helper()
	var out strings.Builder
	if err := run(t.Context(), args, &out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestPurposes(t *testing.T) {
	out := output(t, "-mistakes", "-purpose", write(t,
		`{"description":"reviews Go code","primary":"coding","also":[],"non_latin":false}`,
		`{"description":"reviews Rust code","primary":"research","also":["coding"],"non_latin":false}`,
		`{"description":"写小说的助手","primary":"creative","also":[],"non_latin":true}`,
		`{"description":"writes poems","primary":"coding","also":[],"non_latin":true}`,
	))
	for _, want := range []string{
		"primary                               0.500 of 4\n",
		"primary or also                       0.750 of 4\n",
		"primary or also, not in Latin script  0.500 of 2\n",
		"  1 coding taken for creative\n",
		`creative, not coding (poem, write): "writes poems"`,
	} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
}

// Two authors: the model follows what the bot is for, and the tools never
// change but for one.
func TestChoicesArePredictedFromEarlierOnes(t *testing.T) {
	var lines []string
	for n := range 12 {
		kind, model, tools := "reviews Go code of our services", "large", `["Read","Grep"]`
		if n%2 == 1 {
			kind, model, tools = "tells stories about dragons", "small", `["Read"]`
		}
		lines = append(lines, fmt.Sprintf(`{"source_repo":"ada","seq":%d,"added_at":"2026-05-%02dT12:00:00Z","description":%q,"model_norm":%q,"tools":%s}`,
			n, n+1, kind, model, tools))
	}
	lines = append(lines,
		`{"source_repo":"bob","seq":1,"added_at":"2026-05-02T12:00:00Z","description":"sorts mail","model_norm":"large"}`,
		`{"source_repo":"bob","seq":0,"added_at":"2026-05-01T12:00:00Z","description":"sorts mail","model_norm":"large","tools":[]}`)
	out := output(t, "-recall", write(t, lines...), "-shuffles", "2")
	for _, want := range []string{
		// The first has nothing to be predicted from, and the second was never seen.
		"boternity                            0.909 of 11  0.970 of 11\n",
		// Who always takes the last is always wrong, and bob never varied.
		"most recent                          0.000 of 11  0.667 of 11\n",
		"bob                    none         none\n",
		"method, mean of 2 shuffled orders",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
}

func TestWordsTellCategoriesApart(t *testing.T) {
	var lines []string
	for n := range 10 {
		lines = append(lines,
			fmt.Sprintf(`{"description":"debugs code number%d","source_category":"programming"}`, n),
			fmt.Sprintf(`{"description":"writes poems number%d","source_category":"poetry"}`, n))
	}
	out := output(t, "-words", write(t, lines...))
	if want := "programming (10): code debug\n"; !strings.Contains(out, want) {
		t.Errorf("no %q in\n%s", want, out)
	}
}

func TestRefusals(t *testing.T) {
	for _, args := range [][]string{
		{}, {"-purpose", "nowhere.jsonl"}, {"-recall", write(t, "{")}, {"-unknown"},
	} {
		var out strings.Builder
		if err := run(t.Context(), args, &out); err == nil {
			t.Errorf("%q is accepted: %s", args, out.String())
		}
	}
}

func TestSkillNames(t *testing.T) {
	for tool, want := range map[string]string{"Read": "read", "WebSearch": "websearch", "mcp__git.log*": "mcp-git-log", "*": ""} {
		if got := skill(tool); got != want {
			t.Errorf("%q is %q, want %q", tool, got, want)
		}
	}
}
