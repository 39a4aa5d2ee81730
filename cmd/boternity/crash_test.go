//go:build unix

package main

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
)

// Killed between any two answers, a build goes on at the right question with
// every acknowledged answer, and ends in one whole bot.
func TestKilledBetweenAnswers(t *testing.T) {
	for category, description := range descriptions {
		t.Run(category, func(t *testing.T) {
			t.Parallel()
			fields := fieldsAsked(t, description)
			for answers := range len(fields) + 1 {
				t.Run(fmt.Sprintf("after_%d", answers), func(t *testing.T) {
					killAndGoOn(t, description, fields, answers)
				})
			}
		})
	}
}

func killAndGoOn(t *testing.T, description string, fields []string, answers int) {
	data := t.TempDir()
	p := start(t, data, nil, "build", description)
	p.await("saved (revision 1)")
	for i, field := range fields[:answers] {
		p.write(lineOf(field) + "\n")
		p.await(fmt.Sprintf("saved (revision %d)", i+2))
	}
	id := sessionIn(t, p.kill().stderr)
	state, revision := storedState(t, data, id)
	if int(revision) != answers+1 {
		t.Errorf("the draft is at revision %d after %d answers", revision, answers)
	}
	checkAnswered(t, &state, fields[:answers])
	goOn(t, data, id, fields, answers)
}

// goOn resumes a session in a new process at the question after so many
// answers, and finishes it.
func goOn(t *testing.T, data string, id uuid.UUID, fields []string, answers int) {
	t.Helper()
	p := start(t, data, nil, "resume", id.String())
	if answers < len(fields) {
		p.await(fmt.Sprintf("Question %d of %d", answers+1, len(fields)))
	} else {
		p.await(consentQuestion)
	}
	p.write(typed(fields[answers:]) + "yes\n")
	if end := p.wait(); end.code != exitDone {
		t.Fatalf("going on exits %d: %s", end.code, end.stderr)
	}
	checkFinished(t, data, id, fields)
}

// Killed while it saves, a build has every acknowledged answer, and of the one
// that was not acknowledged all or nothing.
func TestKilledWhileSaving(t *testing.T) {
	t.Parallel()
	description := descriptions["complex_analyst"]
	fields := fieldsAsked(t, description)
	data := t.TempDir()
	p := start(t, data, nil, "build", description)
	p.await("saved (revision 1)")
	id := sessionIn(t, p.kill().stderr)

	answers, known := 0, builder.Revision(1)
	for range rounds(t, 60) {
		if answers == len(fields) {
			goOn(t, data, id, fields, answers)
			data, answers, known = t.TempDir(), 0, 1
			p := start(t, data, nil, "build", description)
			p.await("saved (revision 1)")
			id = sessionIn(t, p.kill().stderr)
		}
		p := start(t, data, nil, "resume", id.String())
		p.await("Enter takes")
		p.write(lineOf(fields[answers]) + "\n")
		time.Sleep(rand.N(5 * time.Millisecond)) // where in the save this ends is left to chance
		told := max(known, acknowledged(p.kill().stderr))

		state, revision := storedState(t, data, id)
		if revision < told || revision > known+1 {
			t.Fatalf("the draft is at revision %d; %d was acknowledged, and one answer more was typed to %d", revision, told, known)
		}
		answers, known = int(revision)-1, revision
		checkAnswered(t, &state, fields[:answers])
		if got := answered(&state, fields); got != answers {
			t.Fatalf("%d fields are answered at revision %d", got, revision)
		}
	}
	goOn(t, data, id, fields, answers)
}

// Killed while it finishes, a build leaves a draft that finishes, or the
// finished bot: one folder and one memory entry either way.
func TestKilledWhileFinishing(t *testing.T) {
	t.Parallel()
	description := descriptions["simple_utility"]
	fields := fieldsAsked(t, description)
	for range rounds(t, 30) {
		data := t.TempDir()
		first := runCommand(data, typed(fields), "build", description)
		id := sessionIn(t, first.stderr)
		for range 2 {
			p := start(t, data, nil, "resume", id.String())
			p.await(": ") // it tells the bot it has finished, or asks for the yes
			p.write("yes\n")
			time.Sleep(rand.N(12 * time.Millisecond)) // where in finishing this ends is left to chance
			p.kill()
		}
		if end := runCommand(data, "", "resume", id.String(), "--yes"); end.code != exitDone {
			t.Fatalf("finishing again exits %d: %s", end.code, end.stderr)
		}
		checkFinished(t, data, id, fields)
	}
}
