//go:build unix

package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/boternity/boternity/builder"
)

// theBinary is the program as it is shipped, built once for all tests that kill
// it or watch its system calls. The test binary would not do: it may carry the
// race detector, which no user runs.
var theBinary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "boternity-binary")
	if err != nil {
		return "", err
	}
	binaryDir = dir
	path := filepath.Join(dir, "boternity")
	if out, err := exec.Command("go", "build", "-o", path, ".").CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return path, nil
})

func binary(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("-short: the program as it is shipped has no race detector to run it under")
	}
	path, err := theBinary()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// process is a running boternity whose input a test types.
type process struct {
	t      *testing.T
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	stdout bytes.Buffer

	stderr io.ReadCloser
	seen   []byte // what standard error has shown
	looked int    // how much of it await has passed
}

// start runs a command line over a data folder. Words before it are the
// command that runs it, such as strace.
func start(t *testing.T, data string, under []string, args ...string) *process {
	t.Helper()
	words := append(append(under[:len(under):len(under)], binary(t)), args...)
	p := &process{t: t, cmd: exec.Command(words[0], words[1:]...)}
	p.cmd.Env = append(os.Environ(), "BOTERNITY_DATA_DIR="+data, "BOTERNITY_DB=", "TZ=UTC")
	p.cmd.Stdout = &p.stdout
	var err error
	if p.stdin, err = p.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if p.stderr, err = p.cmd.StderrPipe(); err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.kill() })
	return p
}

// write types a text. That nobody reads it any more is no failure here.
func (p *process) write(text string) { io.WriteString(p.stdin, text) } //nolint:errcheck // see above

// await reads standard error until it shows a text after what was awaited
// before.
func (p *process) await(text string) {
	p.t.Helper()
	chunk := make([]byte, 4096)
	for {
		if at := bytes.Index(p.seen[p.looked:], []byte(text)); at >= 0 {
			p.looked += at + len(text)
			return
		}
		n, err := p.stderr.Read(chunk)
		p.seen = append(p.seen, chunk[:n]...)
		if err != nil {
			p.t.Fatalf("standard error ends without %q: %s", text, p.seen)
		}
	}
}

// wait closes the input, reads the rest and returns how the process ended.
func (p *process) wait() result {
	p.stdin.Close() // it may be closed already
	return p.drain()
}

func (p *process) drain() result {
	rest, _ := io.ReadAll(p.stderr) // a killed process shows what it shows
	p.seen = append(p.seen, rest...)
	err := p.cmd.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		p.t.Errorf("wait for the process: %v", err)
	}
	return result{p.cmd.ProcessState.ExitCode(), p.stdout.String(), string(p.seen)}
}

// kill ends the process as a power cut would, and returns what it had shown.
func (p *process) kill() result {
	if p.cmd.ProcessState != nil {
		return result{p.cmd.ProcessState.ExitCode(), p.stdout.String(), string(p.seen)}
	}
	p.cmd.Process.Kill() //nolint:errcheck // it may have ended by itself
	return p.drain()
}

// acknowledged is the highest revision that a process has said is saved.
func acknowledged(stderr string) builder.Revision {
	var highest builder.Revision
	for _, match := range savedMark.FindAllStringSubmatch(stderr, -1) {
		n, err := strconv.ParseUint(match[1], 10, 32)
		if err == nil {
			highest = max(highest, builder.Revision(n))
		}
	}
	return highest
}

// rounds is how often a test of chance repeats: few by default, as many as
// BOTERNITY_CRASH_ROUNDS says in the long form.
func rounds(t *testing.T, few int) int {
	t.Helper()
	text := os.Getenv("BOTERNITY_CRASH_ROUNDS")
	switch {
	case text == "" && testing.Short():
		return (few + 4) / 5
	case text == "":
		return few
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("BOTERNITY_CRASH_ROUNDS is %q, not a number of rounds", text)
	}
	return n
}

// installed reports whether a tool is there that a test needs. Where the checks of
// a change are run it must be.
func installed(t *testing.T, tool string) bool {
	t.Helper()
	_, err := exec.LookPath(tool)
	if err != nil && os.Getenv("CI") == "true" {
		t.Fatalf("%s is not installed, and these checks must not pass without it", tool)
	}
	if err != nil {
		t.Logf("%s is not installed; nothing is checked", tool)
	}
	return err == nil
}

func answered(state *builder.State, fields []string) (n int) {
	return len(fields) - len(state.Missing(fields))
}

func lineOf(field string) string { return strings.TrimSuffix(typed([]string{field}), "\n") }
