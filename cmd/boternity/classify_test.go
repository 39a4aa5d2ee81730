package main

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"github.com/boternity/boternity/builder"
)

func TestReadLine(t *testing.T) {
	whole := strings.Repeat("x", builder.MaxDescription)
	endless := strings.Repeat("y", 20*builder.MaxDescription)
	in := bufio.NewReader(strings.NewReader("one\n\ntwo\r\n" + whole + "\n" + endless + "\nthree\n\r\nlast"))
	for _, want := range []string{"one", "", "two", whole, "", "three", "", "last"} {
		got, err := readLine(in)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(got, "y") {
			if builder.CheckDescription(got) == nil || len(got) > builder.MaxDescription+10 {
				t.Errorf("of an endless line %d bytes are kept", len(got))
			}
			continue
		}
		if got != want {
			t.Errorf("got %.20q (%d bytes), want %.20q (%d)", got, len(got), want, len(want))
		}
	}
	if got, err := readLine(in); !errors.Is(err, io.EOF) {
		t.Errorf("after the end: %q, %v", got, err)
	}
}

// TestClassifyLinesAnswersAtOnce gives the next line only when the result of
// the one before has come.
func TestClassifyLinesAnswersAtOnce(t *testing.T) {
	input, give := io.Pipe()
	take, output := io.Pipe()
	a := &app{stdin: input, stdout: output, stderr: io.Discard, json: true}
	done := make(chan error, 1)
	go func() { done <- errors.Join(a.classifyLines(t.Context()), output.Close()) }()
	results := bufio.NewScanner(take)
	for _, line := range []string{"a bot that reviews Go code\n", "\n", "\xff\n"} {
		if _, err := io.WriteString(give, line); err != nil {
			t.Fatal(err)
		}
		if !results.Scan() {
			t.Fatalf("no result for %q: %v", line, results.Err())
		}
		var result classifiedJSON
		if err := json.Unmarshal(results.Bytes(), &result); err != nil {
			t.Fatal(err)
		}
		if (result.Problem == "") != (result.Category == builder.Coding) {
			t.Errorf("%q gives %s", line, results.Text())
		}
	}
	if err := give.Close(); err != nil {
		t.Fatal(err)
	}
	if results.Scan() {
		t.Errorf("more results than lines: %q", results.Text())
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestClassifyLinesReportsAFailedRead(t *testing.T) {
	failed := errors.New("the pipe broke")
	var stdout bytes.Buffer
	input := io.MultiReader(strings.NewReader("a bot that reviews Go code\n"), brokenReader{failed})
	a := &app{stdin: input, stdout: &stdout, stderr: io.Discard}
	if err := a.classifyLines(t.Context()); !errors.Is(err, failed) {
		t.Errorf("got %v", err)
	}
	if stdout.String() != "coding\n" {
		t.Errorf("the results before it are %q", &stdout)
	}
}

type brokenReader struct{ err error }

func (r brokenReader) Read([]byte) (int, error) { return 0, r.err }
