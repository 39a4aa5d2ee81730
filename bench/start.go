package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/boternity/boternity/builder"
)

const (
	workStart  = "start to first save" // on a new file
	workResume = "start to next save"  // on the file that is there
)

// exitUnfinished is that of a build which stopped with its draft saved.
const exitUnfinished = 3

// measureStart runs programs: ours begins a session on a new file and goes on
// with one, the floor's opens a file and upserts a row, once where there is none
// and once where there is. What is timed is the whole program, its end included.
func (b *bench) measureStart(ctx context.Context) error {
	dir, err := b.newFolder("start")
	if err != nil {
		return err
	}
	programs := map[string]string{"boternity": "./cmd/boternity", "floor": "./bench/floor"}
	for name, source := range programs {
		if programs[name], err = compile(ctx, dir, name, source); err != nil {
			return err
		}
	}
	answers := filepath.Join(dir, "answers.json")
	if err := os.WriteFile(answers, []byte(`{"name": "Gopher"}`), 0o600); err != nil {
		return err
	}
	started := func(n int) string { return filepath.Join(dir, fmt.Sprintf("ours-%d.db", n)) }
	plain := func(n int) string { return filepath.Join(dir, fmt.Sprintf("floor-%d.db", n)) }
	ourProgram := func(db string, args ...string) error {
		return execute(ctx, dir, exitUnfinished, programs["boternity"], append(args, "--db", db)...)
	}
	at := func(work, name string) series { return series{Work: work, Side: name, At: 1, Unit: inSeconds} }
	empty := filepath.Join(dir, "empty.json")
	if err := os.WriteFile(empty, []byte(`{}`), 0o600); err != nil {
		return err
	}
	// Sides that go on with a file make it themselves: rounds begin with any.
	return b.compete(ctx, contest{name: "programs", rounds: 3 * b.rounds, sides: []side{
		{series: at(workStart, ours), round: func(_ context.Context, n int) (sample, error) {
			return timed(func() error {
				return ourProgram(started(n), "build", "A bot that reviews Go code", "--answers", empty)
			})
		}},
		{series: at(workStart, floorOne), round: func(_ context.Context, n int) (sample, error) {
			return timed(func() error { return execute(ctx, dir, 0, programs["floor"], plain(n)) })
		}},
		{series: at(workResume, ours), round: func(_ context.Context, n int) (sample, error) {
			db := started(-1 - n)
			if err := makeDraft(ctx, db); err != nil {
				return sample{}, err
			}
			return timed(func() error { return ourProgram(db, "resume", idOf(1).String(), "--answers", answers) })
		}},
		{series: at(workResume, floorOne), round: func(_ context.Context, n int) (sample, error) {
			db := plain(-1 - n)
			if err := execute(ctx, dir, 0, programs["floor"], db); err != nil {
				return sample{}, err
			}
			return timed(func() error { return execute(ctx, dir, 0, programs["floor"], db) })
		}},
	}})
}

func timed(do func() error) (sample, error) {
	start := time.Now()
	err := do()
	took := time.Since(start)
	return sample{took.Seconds(), []time.Duration{took}}, err
}

// makeDraft stores the first revision of session 1.
func makeDraft(ctx context.Context, path string) error {
	store, err := openOurs(path)
	if err != nil {
		return err
	}
	s := builder.NewState(idOf(1), "A bot that reviews Go code", builder.Coding)
	state, _, err := s.Encode()
	if err == nil {
		err = store.save(ctx, idOf(1), 0, state)
	}
	return errors.Join(err, store.Close())
}

// compile builds a program of this module as it is released.
func compile(ctx context.Context, dir, name, source string) (string, error) {
	where, err := exec.CommandContext(ctx, "go", "env", "GOMOD").Output()
	if err != nil {
		return "", fmt.Errorf("go env GOMOD: %w", err)
	}
	path := filepath.Join(dir, name+".exe")
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-o", path, source)
	build.Dir = filepath.Dir(strings.TrimSpace(string(where)))
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build %s, in this module: %w\n%s", source, err, out)
	}
	return path, nil
}

// execute runs a program, which has to end with the given code. Its data folder
// is dir.
func execute(ctx context.Context, dir string, code int, program string, args ...string) error {
	command := exec.CommandContext(ctx, program, args...)
	command.Env = append(os.Environ(), "BOTERNITY_DATA_DIR="+dir)
	out, err := command.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return err
	}
	if got := command.ProcessState.ExitCode(); got != code {
		return fmt.Errorf("%s %s ended with code %d, not %d:\n%s", filepath.Base(program), strings.Join(args, " "), got, code, out)
	}
	return nil
}
