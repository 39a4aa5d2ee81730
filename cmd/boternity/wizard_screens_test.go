//go:build unix

package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite golden files")

// multiplexer is a build in a tmux window, as many people run it.
type multiplexer struct {
	t      *testing.T
	socket string
}

// inTmux runs a command line in a window of the given size.
func inTmux(t *testing.T, data string, columns, rows int, args ...string) *multiplexer {
	t.Helper()
	m := &multiplexer{t: t, socket: filepath.Join(t.TempDir(), "tmux")}
	command := shellQuote(binary(t))
	for _, arg := range args {
		command += " " + shellQuote(arg)
	}
	m.run("-f", os.DevNull, "new-session", "-d", "-x", fmt.Sprint(columns), "-y", fmt.Sprint(rows),
		"-e", "BOTERNITY_DATA_DIR="+data, "-e", "BOTERNITY_DB=", "-e", "TZ=UTC", command+"; read wait")
	t.Cleanup(func() {
		exec.Command("tmux", "-S", m.socket, "kill-server").Run() //nolint:errcheck // it may have ended
	})
	m.run("set-option", "-g", "escape-time", "0")
	return m
}

func (m *multiplexer) run(args ...string) string {
	m.t.Helper()
	cmd := exec.Command("tmux", append([]string{"-S", m.socket}, args...)...)
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8", "TMUX=")
	out, err := cmd.CombinedOutput()
	if err != nil {
		m.t.Fatalf("tmux %s: %v: %s", args[0], err, out)
	}
	return string(out)
}

// keys presses keys by their names.
func (m *multiplexer) keys(names ...string) { m.run(append([]string{"send-keys"}, names...)...) }

// types types a text.
func (m *multiplexer) types(text string) { m.run("send-keys", "-l", text) }

// shows waits until the screen shows all of some texts, and returns it.
func (m *multiplexer) shows(texts ...string) string {
	m.t.Helper()
	late := time.Now().Add(patience)
	for {
		screen := m.run("capture-pane", "-p")
		missing := ""
		for _, text := range texts {
			if !strings.Contains(screen, text) {
				missing = text
			}
		}
		switch {
		case missing == "":
			return screen
		case time.Now().After(late):
			m.t.Fatalf("it does not show %q:\n%s", missing, screen)
		}
		time.Sleep(20 * time.Millisecond) // tmux has no way to be told of a change
	}
}

// remembered is a memory entry of an earlier bot, so that there is something to
// suggest.
const remembered = `{"id":"0190a1b2-0000-7000-8000-000000000001","purpose_category":"coding","initial_description":"A bot that reviews Rust code","chosen_tone":"formal","chosen_model":"claude-opus-5-5","chosen_skills":["code-review"],"bot_slug":"crab","created_at":"2025-05-03T10:00:00Z","choices":{"tone":{"value":"formal","source":"chosen"},"model":{"value":"claude-opus-5-5","source":"chosen"},"skills":{"value":["code-review"],"source":"chosen"}}}
`

// step is one thing a person does, and what the screen shows then.
type step struct {
	says  string // what they do, for the transcript
	do    func(*multiplexer)
	shows []string
}

func press(names ...string) func(*multiplexer) {
	return func(m *multiplexer) { m.keys(names...) }
}

// aWholeBuild is how the wizard is driven for its transcripts: every kind of
// question, a suggestion, one's own words, back, an answer changed in the end,
// the files, the yes.
var aWholeBuild = []step{
	{"the first screen", func(*multiplexer) {}, []string{"What should your bot do?", "ctrl+c: stop"}},
	{"type a description", func(m *multiplexer) { m.types("a bot that reviews Go code") }, []string{"a bot that reviews Go code", "typing kept"}},
	{"Enter", press("Enter"), []string{"1 of 6", "saved"}},
	{"type a name", func(m *multiplexer) { m.types("Gopher") }, []string{"Gopher", "typing kept"}},
	{"Enter", press("Enter"), []string{"2 of 6", "> "}},
	{"3", press("3"), []string{"> 3 "}},
	{"Enter", press("Enter"), []string{"3 of 6", "formal"}},
	{"begin one's own words", func(m *multiplexer) { m.types("brisk") }, []string{"brisk", "typing kept"}},
	{"Escape", press("Escape"), []string{"as begun: brisk"}},
	{"Enter, which takes the suggestion", press("Enter"), []string{"4 of 6"}},
	{"Escape, which goes back", press("Escape"), []string{"3 of 6", "(suggested)"}},
	{"Enter", press("Enter"), []string{"4 of 6"}},
	{"Down, Enter", press("Down", "Enter"), []string{"5 of 6"}},
	{"Enter", press("Enter"), []string{"6 of 6", "[x]"}},
	{"Down, Space", press("Down", "Space"), []string{"> [x] 2", "typing kept"}},
	{"type a skill of one's own", func(m *multiplexer) { m.types("gopher-care") }, []string{"gopher-care", "typing kept"}},
	{"Enter", press("Enter"), []string{"[x] 7 gopher-care"}},
	{"Enter", press("Enter"), []string{"Write this bot?", "See the files"}},
	{"F1", press("F1"), []string{"close the help"}},
	{"any key", press("F1"), []string{"Write this bot?"}},
	{"2, Enter: change an answer", press("2", "Enter"), []string{"Which answer"}},
	{"Down, Enter", press("Down", "Enter"), []string{"called?", "Gopher"}},
	{"rename it", func(m *multiplexer) { m.types(" II") }, []string{"Gopher II", "typing kept"}},
	{"Enter", press("Enter"), []string{"Write this bot?", "Gopher II"}},
	{"Enter, which shows the files", press("Enter"), []string{"==> SOUL.md <=="}},
	{"Escape", press("Escape"), []string{"Write this bot?"}},
	{"1: yes", press("1"), []string{"> 1 Yes"}},
}

// A whole build looks right on a usual screen and on a small one. Its screens
// are golden files, to be read as people see them.
func TestWizardScreens(t *testing.T) {
	if !installed(t, "tmux") {
		return
	}
	for _, size := range []struct{ columns, rows int }{{80, 24}, {40, 20}} {
		name := fmt.Sprintf("%dx%d", size.columns, size.rows)
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			data := t.TempDir()
			if in := runCommand(data, remembered, "memory", "import", "-"); in.code != exitDone {
				t.Fatal(in.stderr)
			}
			m := inTmux(t, data, size.columns, size.rows, "build")
			var transcript strings.Builder
			for _, s := range aWholeBuild {
				s.do(m)
				screen := m.shows(s.shows...)
				fmt.Fprintf(&transcript, "## %s\n%s", s.says, framed(screen, size.columns))
				checkFits(t, screen, size.columns, size.rows)
			}
			checkGolden(t, filepath.Join("testdata", "wizard", name+".txt"), transcript.String())
			m.keys("Enter")
			m.shows("is finished", "SOUL.md")
			if _, err := os.Stat(filepath.Join(data, "bots", "gopher-ii", "SOUL.md")); err != nil {
				t.Error(err)
			}
		})
	}
}

// framed is a screen in a frame, so that a transcript shows its size.
func framed(screen string, columns int) string {
	var out strings.Builder
	edge := "+" + strings.Repeat("-", columns) + "+\n"
	out.WriteString(edge)
	for line := range strings.Lines(screen) {
		out.WriteString("|" + pad(strings.TrimRight(line, "\n"), columns) + "|\n")
	}
	out.WriteString(edge)
	return out.String()
}

// checkFits makes sure that nothing that matters has been cut off: the keys
// stand on the last line.
func checkFits(t *testing.T, screen string, columns, rows int) {
	t.Helper()
	all := strings.Split(strings.TrimSuffix(screen, "\n"), "\n")
	if len(all) != rows || !strings.Contains(all[rows-1], "ctrl+c: stop") {
		t.Errorf("the last line of %d is not the keys:\n%s", len(all), screen)
	}
	for _, line := range all {
		if displayWidth(line) > columns {
			t.Errorf("wider than %d columns: %q", columns, line)
		}
	}
}

func checkGolden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s is no longer what it shows (-want +got):\n%s", path, diff)
	}
}
