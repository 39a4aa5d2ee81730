package main

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// scriptCommands are the commands that scripts have beside testscript's own.
var scriptCommands = map[string]func(*testscript.TestScript, bool, []string){
	"exits": exits, "keep": keep, "boternityfile": boternityFile,
	"refused": refused, "snapshot": snapshot, "unterminated": unterminated, "repeat": repeat,
}

// refused builds with an answers file that must be refused for a field:
// refused FILE FIELD MESSAGE, both regular expressions.
func refused(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: refused FILE FIELD MESSAGE")
	}
	exits(ts, false, []string{"2", "boternity", "build", "a bot that reviews Go code", "--answers", args[0], "--yes", "--json"})
	out := ts.ReadFile("stdout")
	for member, want := range map[string]string{"code": "invalid", "field": args[1], "message": args[2]} {
		if !regexp.MustCompile(`"` + member + `": ".*` + want).MatchString(out) {
			ts.Fatalf("the error's %s does not match %s", member, want)
		}
	}
}

// snapshot writes the name and digest of every file in a folder into a file:
// snapshot FOLDER FILE.
func snapshot(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: snapshot FOLDER FILE")
	}
	var list strings.Builder
	folder := os.DirFS(ts.MkAbs(args[0]))
	ts.Check(fs.WalkDir(folder, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(folder, path)
		fmt.Fprintf(&list, "%s %x\n", path, sha256.Sum256(content))
		return err
	}))
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(list.String()), 0o600))
}

// unterminated takes the last line end off a file, as when a line was begun and
// never ended.
func unterminated(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: unterminated FILE")
	}
	content := []byte(ts.ReadFile(args[0]))
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), bytes.TrimSuffix(content, []byte("\n")), 0o600))
}

// repeat writes a file of a text between two others: repeat FILE BEFORE TEXT
// COUNT AFTER.
func repeat(ts *testscript.TestScript, neg bool, args []string) {
	var count int
	if neg || len(args) != 5 {
		ts.Fatalf("usage: repeat FILE BEFORE TEXT COUNT AFTER")
	}
	_, err := fmt.Sscan(args[3], &count)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(args[1]+strings.Repeat(args[2], count)+args[4]), 0o600))
}
