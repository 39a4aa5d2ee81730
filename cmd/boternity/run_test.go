package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/catalog"
	"github.com/boternity/boternity/recall"
	"github.com/boternity/boternity/sqlite"
)

// binaryDir is where a test has built the program, if one has.
var binaryDir string

// tidied removes what tests have built when all have run.
type tidied struct{ *testing.M }

func (m tidied) Run() int {
	code := m.M.Run()
	if binaryDir != "" {
		if err := os.RemoveAll(binaryDir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return exitFailed
		}
	}
	return code
}

// descriptions are what people ask for, one for each category.
var descriptions = map[string]string{
	"coding":           "A bot that reviews Go code and explains what it would change",
	"simple_utility":   "A bot that converts units between metric and imperial",
	"complex_analyst":  "A bot that analyses quarterly sales figures and finance metrics and reports what changed",
	"creative":         "A bot that writes short stories for children before they go to sleep",
	"research":         "A research assistant that finds papers and summarises them with their sources",
	"customer_service": "A support bot that answers our customers' tickets about orders and refunds",
	"custom":           "A game master for a dungeon crawl with four players",
}

// typedAnswers are what tests type for each field, and what that decides.
var typedAnswers = map[string]struct {
	line  string
	value builder.Value
}{
	builder.FieldName:        {"Wren: \"the\" bot", builder.Text("Wren: \"the\" bot")},
	builder.FieldPurpose:     {"It does what Wren's people ask of it.", builder.Text("It does what Wren's people ask of it.")},
	builder.FieldTone:        {"brisk and dry", builder.Text("brisk and dry")},
	builder.FieldTraits:      {"patient, exact", builder.List("patient", "exact")},
	builder.FieldBoundaries:  {"It never guesses.", builder.Text("It never guesses.")},
	builder.FieldModel:       {"claude-opus-5-5", builder.Text("claude-opus-5-5")},
	builder.FieldTemperature: {"0.45", builder.Number(0.45)},
	builder.FieldMaxTokens:   {"3333", builder.Number(3333)},
	builder.FieldSkills:      {"bird-watching, summarize", builder.List("bird-watching", "summarize")},
}

// fieldsAsked are the fields that a build from the description asks about.
func fieldsAsked(t *testing.T, description string) []string {
	t.Helper()
	var fields []string
	for _, q := range catalog.Default().Questions(recall.Classify(description).Category) {
		if _, known := typedAnswers[q.Field]; !known {
			t.Fatalf("the test has no answer about %s", q.Field)
		}
		fields = append(fields, q.Field)
	}
	return fields
}

// typed is the input that answers the given fields.
func typed(fields []string) string {
	var lines strings.Builder
	for _, field := range fields {
		lines.WriteString(typedAnswers[field].line + "\n")
	}
	return lines.String()
}

// result is how a command ended.
type result struct {
	code           int
	stdout, stderr string
}

// runCommand runs a command line in this process, over a data folder.
func runCommand(data, stdin string, args ...string) result {
	var stdout, stderr bytes.Buffer
	a := &app{
		stdin: strings.NewReader(stdin), stdout: &stdout, stderr: &stderr,
		getenv: func(name string) string { return map[string]string{"BOTERNITY_DATA_DIR": data}[name] },
	}
	code := a.run(context.Background(), args)
	return result{code, stdout.String(), stderr.String()}
}

var (
	savedMark   = regexp.MustCompile(`saved \(revision (\d+)\)`)
	sessionMark = regexp.MustCompile(`[Ss]ession ([0-9a-f]{8}-[0-9a-f-]{27})`)
)

func sessionIn(t *testing.T, text string) uuid.UUID {
	t.Helper()
	match := sessionMark.FindStringSubmatch(text)
	if match == nil {
		t.Fatalf("no session is named in %q", text)
	}
	return uuid.MustParse(match[1])
}

// withData opens a data folder's database for looking at.
func withData(t *testing.T, data string, look func(store builder.Store)) {
	t.Helper()
	db, err := sqlite.Open(t.Context(), filepath.Join(data, "builder.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	look(db.Owner(""))
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

// storedState is a session's draft as it is stored.
func storedState(t *testing.T, data string, id uuid.UUID) (state builder.State, revision builder.Revision) {
	t.Helper()
	withData(t, data, func(store builder.Store) {
		d, err := store.LoadDraft(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if state, err = builder.DecodeState(d); err != nil {
			t.Fatal(err)
		}
		revision = d.Revision
	})
	return state, revision
}

// checkAnswered reports every one of the fields that does not have the answer
// that was typed.
func checkAnswered(t *testing.T, state *builder.State, fields []string) {
	t.Helper()
	for _, field := range fields {
		if got, ok := state.Config.Value(field); !ok || got != typedAnswers[field].value {
			t.Errorf("%s is %s, want the acknowledged %s", field, got, typedAnswers[field].value)
		}
	}
}
