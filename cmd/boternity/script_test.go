package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain makes this very test binary the boternity command of the scripts, and
// the tool that makes stores.
func TestMain(m *testing.M) {
	testscript.Main(tidied{m}, map[string]func(){"boternity": main, storeTool: runStoreTool})
}

func TestScripts(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: programs of one goroutine each, hundreds of them")
	}
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		Setup:               setUp,
		Cmds:                scriptCommands,
		RequireUniqueNames:  true,
		RequireExplicitExec: true,
	})
}

// setUp gives a script its own data folder, and the rows of testdata/common as
// files to import.
func setUp(env *testscript.Env) error {
	env.Setenv("BOTERNITY_DATA_DIR", filepath.Join(env.WorkDir, "data"))
	env.Setenv("TZ", "UTC")
	// Under the race detector every command would wait a second before it ends.
	env.Setenv("GORACE", "atexit_sleep_ms=0")
	return os.CopyFS(filepath.Join(env.WorkDir, "common"), os.DirFS(filepath.Join("testdata", "common")))
}

// exits runs a command that must end with an exit code: exits 5 boternity …
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND [ARGUMENT...]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// keep puts a member of the JSON value on standard output into a variable:
// keep ID /session_id
func keep(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: keep VARIABLE JSON-POINTER")
	}
	value := jsontext.Value(ts.ReadFile("stdout"))
	for name := range jsontext.Pointer(args[1]).Tokens() {
		member, err := memberOf(value, name)
		if err != nil {
			ts.Fatalf("%s: %v", args[1], err)
		}
		value = member
	}
	text := string(value)
	if value.Kind() == '"' {
		unquoted, err := jsontext.AppendUnquote(nil, value)
		ts.Check(err)
		text = string(unquoted)
	}
	ts.Setenv(args[0], text)
}

func memberOf(value jsontext.Value, name string) (jsontext.Value, error) {
	var object map[string]jsontext.Value
	var array []jsontext.Value
	switch value.Kind() {
	case '{':
		if err := json.Unmarshal(value, &object); err != nil {
			return nil, err
		}
		if member, ok := object[name]; ok {
			return member, nil
		}
	case '[':
		if err := json.Unmarshal(value, &array); err != nil {
			return nil, err
		}
		if i, err := strconv.Atoi(name); err == nil && i < len(array) {
			return array[i], nil
		}
	}
	return nil, fmt.Errorf("nothing is named %q", name)
}
