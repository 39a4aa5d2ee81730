package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/boternity/boternity/bot"
	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/catalog"
	"github.com/boternity/boternity/forge"
)

// app is one invocation: its streams, its environment and the flags that every
// command shares. Tests call run with their own.
type app struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	getenv         func(string) string

	db    string // --db
	owner string // --owner
	json  bool   // --json
}

// run executes one command line and returns its exit code.
func (a *app) run(ctx context.Context, args []string) int {
	root := a.rootCommand()
	root.SetArgs(args)
	root.SetIn(a.stdin)
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	// The flag is looked up by hand because a usage error leaves it unparsed.
	a.json = wantsJSON(args)
	return a.report(root.ExecuteContext(ctx))
}

// dataDir is where everything lies that no flag names.
func (a *app) dataDir() (string, error) {
	if dir := a.getenv("BOTERNITY_DATA_DIR"); dir != "" {
		return dir, nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("find the data folder: %w; set BOTERNITY_DATA_DIR", err)
	}
	return filepath.Join(home, ".boternity"), nil
}

// withGuide is withStore with the guide over it. bots is the folder that bots
// go to; empty is the default one.
func (a *app) withGuide(ctx context.Context, what access, bots string, do func(g *forge.Guide, store builder.Store) error) error {
	known, err := a.loadCatalog()
	if err != nil {
		return err
	}
	folder, err := a.openBots(bots)
	if err != nil {
		return err
	}
	defer folder.Close() //nolint:errcheck // a folder that was only a starting point has nothing to lose
	return a.withStore(ctx, what, func(store builder.Store) error {
		return do(forge.New(store, forge.Options{Catalog: known, Bots: folder}), store)
	})
}

func (a *app) openBots(dir string) (*bot.Folder, error) {
	dir, err := a.botsDir(dir)
	if err != nil {
		return nil, err
	}
	return bot.OpenFolder(dir)
}

// botsDir is the folder that --bots names, or the default one.
func (a *app) botsDir(dir string) (string, error) {
	if dir != "" {
		return dir, nil
	}
	data, err := a.dataDir()
	return filepath.Join(data, "bots"), err
}

// loadCatalog is the built-in catalogue with the user's own laid over it, when
// there is a catalog.json in the data folder.
func (a *app) loadCatalog() (*catalog.Catalog, error) {
	dir, err := a.dataDir()
	if err != nil {
		return nil, err
	}
	own, err := os.ReadFile(filepath.Join(dir, "catalog.json"))
	if errors.Is(err, os.ErrNotExist) {
		return catalog.Default(), nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the catalogue: %w", err)
	}
	known, err := catalog.Load(own)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Join(dir, "catalog.json"), err)
	}
	return known, nil
}

// printJSON writes v as one JSON value on standard output.
func (a *app) printJSON(v any) error {
	b, err := json.Marshal(v, json.Deterministic(true), jsontext.WithIndent("  "))
	if err != nil {
		return fmt.Errorf("write the result as JSON: %w", err)
	}
	_, err = fmt.Fprintf(a.stdout, "%s\n", escapeJSON(b))
	return err
}

// say writes a message for the person, which is never part of a result.
func (a *app) say(format string, args ...any) {
	fmt.Fprintf(a.stderr, format+"\n", args...) //nolint:errcheck // nobody is left to tell when standard error is gone
}
