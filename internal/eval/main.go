// Command eval measures how well purposes are found and values are suggested,
// on files of real descriptions that are no part of the project, and prints the
// tables that docs/recall.md explains.
//
//	go run ./internal/eval -purpose purpose.jsonl -recall recall.jsonl
package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/go-json-experiment/json"
)

func main() {
	if err := run(context.Background(), os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "eval:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("eval", flag.ContinueOnError)
	purpose := flags.String("purpose", "", "JSON lines of {description, primary, also, non_latin}")
	recalled := flags.String("recall", "", "JSON lines of {source_repo, seq, added_at, description, model_norm, tools}")
	words := flags.String("words", "", "JSON lines of {description, source_category}: print the words that tell the categories apart")
	shuffles := flags.Int("shuffles", 5, "other orders to try -recall in")
	mistakes := flags.Bool("mistakes", false, "list what was wrong")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *purpose == "" && *recalled == "" && *words == "" {
		return fmt.Errorf("nothing to measure: give -purpose, -recall or -words a file")
	}
	measurements := []func(*strings.Builder) error{
		func(text *strings.Builder) error { return measurePurpose(*purpose, *mistakes, text) },
		func(text *strings.Builder) error { return measureRecall(ctx, *recalled, *shuffles, *mistakes, text) },
		func(text *strings.Builder) error { return listWords(*words, text) },
	}
	for i, path := range []string{*purpose, *recalled, *words} {
		if path == "" {
			continue
		}
		var text strings.Builder
		if err := measurements[i](&text); err != nil {
			return err
		}
		if _, err := io.WriteString(out, text.String()); err != nil {
			return err
		}
	}
	return nil
}

// readLines reads a file of JSON lines.
func readLines[T any](path string) ([]T, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var records []T
	for line := range bytes.Lines(data) {
		var record T
		if err := json.Unmarshal(line, &record); err != nil {
			return nil, fmt.Errorf("%s: line %d: %w", path, len(records)+1, err)
		}
		records = append(records, record)
	}
	return records, nil
}
