package main

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/forge"
)

// The end of input at any point leaves a draft with everything answered before
// it, and what comes next is the question that was open. Between them the two
// categories ask every kind of question; the tests that kill the program go
// through all categories.
func TestEndOfInputAtEveryQuestion(t *testing.T) {
	for _, category := range []string{"simple_utility", "complex_analyst"} {
		t.Run(category, func(t *testing.T) {
			t.Parallel()
			description := descriptions[category]
			fields := fieldsAsked(t, description)
			for answered := range len(fields) + 1 {
				t.Run(fmt.Sprintf("after_%d", answered), func(t *testing.T) {
					stopAndGoOn(t, description, fields, answered)
				})
			}
		})
	}
}

func stopAndGoOn(t *testing.T, description string, fields []string, answered int) {
	data := t.TempDir()
	first := runCommand(data, typed(fields[:answered]), "build", description)
	if first.code != exitStopped || first.stdout != "" {
		t.Fatalf("exit %d, stdout %q", first.code, first.stdout)
	}
	id := sessionIn(t, first.stderr)
	if want := "Go on with: boternity resume " + id.String(); !strings.Contains(first.stderr, want) {
		t.Errorf("%q is not in %q", want, first.stderr)
	}
	state, revision := storedState(t, data, id)
	if int(revision) != answered+1 {
		t.Errorf("the draft is at revision %d after %d answers", revision, answered)
	}
	checkAnswered(t, &state, fields[:answered])
	if missing := state.Missing(fields); len(missing) != len(fields)-answered {
		t.Errorf("%d answers left %v open", answered, missing)
	}

	second := runCommand(data, typed(fields[answered:])+"yes\n", "resume")
	if second.code != exitDone {
		t.Fatalf("going on exits %d: %s", second.code, second.stderr)
	}
	if answered < len(fields) {
		reminder, asked, _ := strings.Cut(second.stderr, "\nQuestion ")
		if want := fmt.Sprintf("%d of %d", answered+1, len(fields)); !strings.HasPrefix(asked, want) {
			t.Errorf("it goes on with %.40q, want %q", asked, want)
		}
		if got := strings.Count(reminder, "\n  "); got != answered {
			t.Errorf("it reminds of %d answers, not %d: %s", got, answered, reminder)
		}
	}
	checkFinished(t, data, id, fields)
}

// An answer that could not be saved is tried again for a person who waits, as
// often as they want; without one, and where trying again cannot help, it fails.
func TestTriesToSaveAgain(t *testing.T) {
	full := errors.New("the disk is full")
	tests := []struct {
		name     string
		attended bool
		typed    string
		fails    int
		err      error
		tries    int
		want     error
	}{
		{"saved_at_once", true, "", 0, full, 1, nil},
		{"saved_in_the_end", true, "\n\n", 2, full, 3, nil},
		{"given_up", true, "\nq\n", 9, full, 2, full},
		{"end_of_input", true, "\n", 9, full, 2, full},
		{"unattended", false, "\n\n", 2, full, 1, full},
		{"not_valid", true, "\n\n", 2, &builder.InvalidError{}, 1, builder.ErrInvalid},
		{"conflict", true, "\n\n", 2, &builder.ConflictError{}, 1, builder.ErrConflict},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var stderr bytes.Buffer
			b := &build{app: &app{stderr: &stderr}, input: newInput(strings.NewReader(test.typed), make(chan struct{})), attended: test.attended}
			tries := 0
			turn, err := b.insist(notSaved, func() (forge.Turn, error) {
				if tries++; tries <= test.fails {
					return forge.Turn{}, test.err
				}
				return forge.Turn{Revision: 7}, nil
			})
			if tries != test.tries || !errors.Is(err, test.want) {
				t.Errorf("%d tries end with %v, want %d and %v", tries, err, test.tries, test.want)
			}
			if test.want == nil && turn.Revision != 7 {
				t.Errorf("the turn is %+v", turn)
			}
		})
	}
}

// What was half typed in one sitting is not lost to what is half typed in the
// next.
func TestHalfTypedTextIsKeptTogether(t *testing.T) {
	data := t.TempDir()
	first := runCommand(data, "Gopher the", "build", descriptions["coding"])
	id := sessionIn(t, first.stderr)
	for _, sitting := range []struct{ typed, want string }{{"gopher", "Gopher the gopher"}, {"", "Gopher the gopher"}, {"+", "Gopher the gopher"}} {
		if end := runCommand(data, sitting.typed, "resume"); end.code != exitStopped {
			t.Fatalf("exit %d: %s", end.code, end.stderr)
		}
		withData(t, data, func(store builder.Store) {
			pending, err := store.LoadPending(t.Context(), id)
			if err != nil || pending[builder.FieldName] != sitting.want {
				t.Errorf("after %q: %q, %v", sitting.typed, pending, err)
			}
		})
	}
}
