//go:build unix

package main

import (
	"strings"
	"testing"

	"github.com/boternity/boternity/builder"
)

// A session that two terminals have open takes no answer twice and loses none:
// the later one is shown where the session stands now.
func TestSessionGoesOnElsewhere(t *testing.T) {
	t.Parallel()
	description := descriptions["simple_utility"]
	fields := fieldsAsked(t, description)
	data := t.TempDir()
	p := start(t, data, nil, "build", description)
	p.await("Question 1 of")
	id := sessionIn(t, string(p.seen))

	if other := runCommand(data, typed(fields[:1]), "resume", id.String()); other.code != exitStopped {
		t.Fatalf("the other terminal exits %d: %s", other.code, other.stderr)
	}
	p.write("Another name\n")
	p.await("What you typed is no answer yet. It is kept with the draft")
	p.await("This session has gone on elsewhere, and that was not saved")
	p.await("Question 2 of")
	if state, revision := storedState(t, data, id); revision != 2 {
		t.Errorf("the draft is at revision %d", revision)
	} else {
		checkAnswered(t, &state, fields[:1])
	}

	withData(t, data, func(store builder.Store) {
		if pending, err := store.LoadPending(t.Context(), id); err != nil || pending[fields[0]] != "Another name" {
			t.Errorf("what was typed here is not kept: %v, %v", pending, err)
		}
	})

	if other := runCommand(data, typed(fields[1:])+"yes\n", "resume", id.String()); other.code != exitDone {
		t.Fatalf("the other terminal exits %d: %s", other.code, other.stderr)
	}
	p.write("too late\n")
	if end := p.wait(); end.code != exitDone || !strings.Contains(end.stdout, "SOUL.md") {
		t.Errorf("exit %d: %s%s", end.code, end.stdout, end.stderr)
	}
	checkFinished(t, data, id, fields)
}
