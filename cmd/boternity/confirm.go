package main

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// consent is how a command that destroys something gets the person's yes: from
// --yes, or by asking on the terminal.
type consent struct {
	app *app
	yes bool
}

func (a *app) consent(cmd *cobra.Command) *consent {
	c := &consent{app: a}
	cmd.Flags().BoolVarP(&c.yes, "yes", "y", false, "go ahead without asking")
	return c
}

var (
	errCannotAsk = &usageError{errors.New("this asks first, and standard input is not a terminal; give --yes to go ahead without being asked")}
	errDeclined  = errors.New("not confirmed; nothing was changed")
)

// possible refuses a command that could neither ask nor was told to go ahead.
func (c *consent) possible() error {
	if !c.yes && !isTerminal(c.app.stdin) {
		return errCannotAsk
	}
	return nil
}

// ask returns nil when the person agrees.
func (c *consent) ask(format string, args ...any) error {
	if c.yes {
		return nil
	}
	if err := c.possible(); err != nil {
		return err
	}
	fmt.Fprintf(c.app.stderr, format+" yes/no: ", args...) //nolint:errcheck // who cannot see the question does not answer yes
	line, err := bufio.NewReader(c.app.stdin).ReadString('\n')
	if err != nil {
		return errDeclined // the terminal went away in the middle of the answer
	}
	switch strings.ToLower(strings.TrimSpace(line)) {
	case "y", "yes":
		return nil
	}
	return errDeclined
}

// toReplace returns nil when a file may be written at path: there is none yet, or
// the person agrees to lose it.
func (c *consent) toReplace(path string) error {
	if _, err := os.Lstat(path); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	}
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return &usageError{fmt.Errorf("%s is not a file that could be replaced", plain(path))}
	}
	return c.ask("Replace the file %s?", plain(path))
}

// isTerminal reports whether a stream is a terminal.
func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
