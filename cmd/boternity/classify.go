package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/spf13/cobra"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/recall"
)

func (a *app) classifyCommand() *cobra.Command {
	var lines bool
	cmd := &cobra.Command{
		Use:   "classify [DESCRIPTION]",
		Short: "Say what a bot of a description is for",
		Long: `Says which purpose category a description belongs to: simple_utility,
complex_analyst, creative, coding, research, customer_service or custom:TEXT.
Without DESCRIPTION it is read from standard input.

With --lines every line of standard input is a description, and every result is
one line, as soon as it is known; with --json each is a JSON object. A line that
no session could start from is "unknown", with the problem beside it in JSON and
on standard error otherwise.`,
		Example: `  boternity classify "a bot that reviews Go code"
  boternity classify --lines --json < descriptions.txt`,
		Args: takes(0, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if lines {
				if len(args) > 0 {
					return &usageError{errors.New("--lines reads descriptions from standard input and takes none as an argument")}
				}
				return a.classifyLines(cmd.Context())
			}
			description, err := a.givenDescription(args)
			if err != nil {
				return err
			}
			return a.classifyOne(description)
		},
	}
	cmd.Flags().BoolVar(&lines, "lines", false, "classify each line of standard input")
	return cmd
}

type classifiedJSON struct {
	Category builder.PurposeCategory `json:"category"`
	Evidence []string                `json:"evidence"`
	Problem  string                  `json:"problem,omitempty"`
}

func (a *app) givenDescription(args []string) (string, error) {
	if len(args) == 1 {
		return args[0], nil
	}
	if isTerminal(a.stdin) {
		a.say("Type what the bot should do; Ctrl-D on a line of its own ends it.")
	}
	// One byte over the limit is enough to be refused for it.
	text, err := io.ReadAll(io.LimitReader(a.stdin, builder.MaxDescription+2))
	return strings.TrimSuffix(string(text), "\n"), err
}

func (a *app) classifyOne(description string) error {
	if err := builder.CheckDescription(description); err != nil {
		return err
	}
	c := recall.Classify(description)
	if a.json {
		return a.printJSON(classifiedJSON{Category: c.Category, Evidence: c.Evidence})
	}
	_, err := fmt.Fprintln(a.stdout, plain(c.Category.String()))
	return err
}

// classifyLines writes a result for each line. Results are held back only
// while more input is there already.
func (a *app) classifyLines(ctx context.Context) error {
	in, out := bufio.NewReader(a.stdin), bufio.NewWriter(a.stdout)
	for number := 1; ; number++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		line, err := readLine(in)
		if err != nil {
			if errors.Is(err, io.EOF) {
				err = nil
			}
			return errors.Join(err, out.Flush())
		}
		if err := a.writeClassified(out, number, line); err != nil {
			return err
		}
		if in.Buffered() == 0 {
			if err := out.Flush(); err != nil {
				return err
			}
		}
	}
}

// readLine reads up to a line's end, which may be missing from the last one.
// Of a line over the limit it keeps enough to be over it, so that no input
// fills the memory.
func readLine(in *bufio.Reader) (string, error) {
	var line []byte
	for read := false; ; read = true {
		part, err := in.ReadSlice('\n')
		if room := builder.MaxDescription + 3 - len(line); len(part) > room {
			line = append(line, part[:room]...)
		} else {
			line = append(line, part...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case errors.Is(err, io.EOF) && (read || len(part) > 0):
			err = nil
		case err != nil:
			return "", err
		}
		return strings.TrimSuffix(strings.TrimSuffix(string(line), "\n"), "\r"), err
	}
}

func (a *app) writeClassified(out *bufio.Writer, number int, line string) error {
	result := classifiedJSON{Evidence: []string{}}
	if err := builder.CheckDescription(line); err != nil {
		result.Problem = err.Error()
	} else {
		c := recall.Classify(line)
		result.Category, result.Evidence = c.Category, c.Evidence
	}
	if a.json {
		text, err := json.Marshal(result, json.Deterministic(true))
		if err != nil {
			return err
		}
		_, err = out.Write(append(escapeJSON(text), '\n'))
		return err
	}
	if result.Problem != "" {
		a.say("line %d: %s", number, result.Problem)
	}
	_, err := fmt.Fprintln(out, plain(result.Category.String()))
	return err
}
