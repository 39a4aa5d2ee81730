//go:build unix

package main

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/boternity/boternity/forge"
)

var endings = []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP}

// A signal while a question waits stops with the draft saved and says how to
// go on.
func TestSignalWhileAsking(t *testing.T) {
	description := descriptions["creative"]
	fields := fieldsAsked(t, description)
	for _, signal := range endings {
		t.Run(signal.String(), func(t *testing.T) {
			t.Parallel()
			data := t.TempDir()
			p := start(t, data, nil, "build", description, "--json")
			p.await("Enter takes")
			p.write(lineOf(fields[0]) + "\n")
			p.await("Question 2 of")
			p.await("> ")
			p.signal(signal)
			end := p.drain()
			if end.code != exitStopped {
				t.Fatalf("exit %d: %s", end.code, end.stderr)
			}
			id := sessionIn(t, end.stderr)
			if want := "Go on with: boternity resume " + id.String() + "\n"; !strings.Contains(end.stderr, want) {
				t.Errorf("%q is not in %q", want, end.stderr)
			}
			for _, want := range []string{`"done": false`, `"session_id": "` + id.String(), `"field": "` + fields[1] + `"`, `"revision": 2`} {
				if !strings.Contains(end.stdout, want) {
					t.Errorf("%s is not in %s", want, end.stdout)
				}
			}
			state, _ := storedState(t, data, id)
			checkAnswered(t, &state, fields[:1])
		})
	}
}

// Before there is a session there is no draft to speak of.
func TestSignalBeforeAnythingIsBegun(t *testing.T) {
	for _, signal := range endings {
		t.Run(signal.String(), func(t *testing.T) {
			t.Parallel()
			p := start(t, t.TempDir(), nil, "build")
			p.await("> ")
			p.signal(signal)
			if end := p.drain(); end.code != exitFailed || !strings.Contains(end.stderr, "nothing was started") {
				t.Errorf("exit %d: %s", end.code, end.stderr)
			}
		})
	}
}

// Answers that are still being read when a signal comes decide nothing.
func TestSignalWhileReadingAnswers(t *testing.T) {
	ended := make(chan struct{})
	close(ended)
	r, w := io.Pipe()
	defer w.Close() // it lets the reading goroutine go
	b := &build{ended: ended, input: newInput(r, ended), buildOptions: buildOptions{answers: "-", yes: true, description: "a bot"}}
	if err := b.readAnswers(); !errors.Is(err, errNothingStarted) {
		t.Errorf("before there is a session: %v", err)
	}
	b.description, b.resume = "", "0190a1b2"
	if err := b.readAnswers(); err != nil || len(b.given) != 0 {
		t.Fatalf("with a session to go on with: %v, %v", b.given, err)
	}
	turn := forge.Turn{Kind: forge.Ask, Revision: 7}
	if got, err := b.lead(t.Context(), turn); !errors.Is(err, errEnded) || got.Revision != 7 {
		t.Errorf("it goes on to %+v, %v", got, err)
	}
}

// When nobody reads the questions any more, the build stops; what was answered
// before is saved.
func TestNobodyReadsTheQuestions(t *testing.T) {
	t.Parallel()
	description := descriptions["creative"]
	fields := fieldsAsked(t, description)
	data := t.TempDir()
	p := start(t, data, nil, "build", description)
	p.await("> ")
	id := sessionIn(t, string(p.seen))
	p.stderr.Close() // what is to be seen is what comes of it
	p.write(typed(fields) + "yes\n")
	if err := p.cmd.Wait(); p.cmd.ProcessState.ExitCode() != exitStopped {
		t.Fatalf("the process ends with %v", err)
	}
	state, revision := storedState(t, data, id)
	if revision != 2 {
		t.Errorf("the draft is at revision %d: answers were taken that nobody saw being asked for", revision)
	}
	checkAnswered(t, &state, fields[:1])
}

// A result that nobody reads is a failure to tell it, not to build.
func TestNobodyReadsTheResult(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	r.Close() // nobody reads
	cmd := exec.Command(binary(t), "build", descriptions["creative"], "--yes", "--json")
	cmd.Env = append(os.Environ(), "BOTERNITY_DATA_DIR="+data, "BOTERNITY_DB=")
	cmd.Stdout = w
	err = cmd.Run()
	w.Close() // the process has ended
	if cmd.ProcessState.ExitCode() != exitFailed {
		t.Errorf("the process ends with %v", err)
	}
	bots, err := os.ReadDir(filepath.Join(data, "bots"))
	if err != nil || len(bots) == 0 {
		t.Errorf("the bots are %v, %v", bots, err)
	}
}

func (p *process) signal(s syscall.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		p.t.Fatal(err)
	}
}
