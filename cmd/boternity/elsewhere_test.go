//go:build unix

package main

import (
	"bytes"
	"strconv"
	"strings"
	"testing"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/forge"
)

// A session that two terminals have open loses no answer: the later one to
// decide a field chooses between the two, and its choice is the bot's.
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
	p.await("This session has gone on elsewhere, and that was not saved")
	p.await("Once more: " + fields[0])
	p.await("Answered elsewhere: " + typedAnswers[fields[0]].value.String())
	p.await("Your answer: Another name")
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
	p.write("\n") // what stands
	p.await("Question 2 of")

	if other := runCommand(data, typed(fields[1:])+"yes\n", "resume", id.String()); other.code != exitDone {
		t.Fatalf("the other terminal exits %d: %s", other.code, other.stderr)
	}
	p.write("too late\n")
	if end := p.wait(); end.code != exitDone || !strings.Contains(end.stdout, "SOUL.md") || !strings.Contains(end.stderr, "has been finished elsewhere") {
		t.Errorf("exit %d: %s%s", end.code, end.stdout, end.stderr)
	}
	checkFinished(t, data, id, fields)
}

// Two terminals that answer different questions get in nobody's way, and each
// is told what the other has done.
func TestAnswersElsewhereAreMerged(t *testing.T) {
	t.Parallel()
	description := descriptions["simple_utility"]
	fields := fieldsAsked(t, description)
	data := t.TempDir()
	p := start(t, data, nil, "build", description)
	p.await("Question 1 of")
	id := sessionIn(t, string(p.seen))
	withData(t, data, func(store builder.Store) {
		g := forge.New(store, forge.Options{})
		for i, field := range fields[1:] {
			if turn, err := g.Answer(t.Context(), id, 1, forge.Answer{Field: field, Value: typedAnswers[field].value}); err != nil || turn.Unsaved {
				t.Fatalf("answer %d: %+v, %v", i, turn, err)
			}
		}
	})
	p.write(typed(fields[:1]))
	p.await("saved (revision " + strconv.Itoa(len(fields)+1) + ")")
	p.await("Note: Answered elsewhere meanwhile: ")
	p.await("Write this bot?")
	p.write("yes\n")
	if end := p.wait(); end.code != exitDone {
		t.Errorf("exit %d: %s", end.code, end.stderr)
	}
	checkFinished(t, data, id, fields)
}

// atAnotherWindow is what happens there while this one shows a turn.
func atAnotherWindow(t *testing.T, b *build, turn forge.Turn, field, value string) {
	t.Helper()
	if _, err := b.guide.Answer(t.Context(), turn.SessionID, builder.AnyRevision, forge.Answer{Field: field, Value: builder.Text(value)}); err != nil {
		t.Fatal(err)
	}
}

func config(t *testing.T, b *build, turn forge.Turn) builder.Config {
	t.Helper()
	d, err := b.store.LoadDraft(t.Context(), turn.SessionID)
	if err != nil {
		t.Fatal(err)
	}
	state, err := builder.DecodeState(d)
	if err != nil {
		t.Fatal(err)
	}
	return state.Config
}

// Each way to answer a contested question, and what it leaves standing.
func TestContestedQuestion(t *testing.T) {
	for line, want := range map[string]string{"": "Greta", "+": "7", "Gordon": "Gordon", "b": "Greta"} {
		b, _, turn := beginTroubled(t, "\\7\n"+line+"\n")
		atAnotherWindow(t, b, turn, builder.FieldName, "Greta")
		contested, err := b.askQuestion(t.Context(), turn)
		if err != nil || contested.Question.Contest == nil {
			t.Fatalf("%+v, %v", contested, err)
		}
		next, err := b.askQuestion(t.Context(), contested)
		if err != nil || next.Question.Field != builder.FieldPurpose {
			t.Errorf("%q: goes on with %+v, %v", line, next.Question, err)
		}
		if got := config(t, b, turn); *got.Name != want {
			t.Errorf("%q: the name is %s, want %s", line, *got.Name, want)
		}
		pending, err := b.store.LoadPending(t.Context(), turn.SessionID)
		if err != nil || len(pending) != 0 {
			t.Errorf("%q: pending %v, %v", line, pending, err)
		}
	}
}

// A yes to a bot that has become another one is asked for again.
func TestReviewGoesOnElsewhere(t *testing.T) {
	b, _, turn := beginTroubled(t, "yes\nyes\n")
	turn, err := b.guide.AnswerRest(t.Context(), turn.SessionID, turn.Revision)
	if err != nil {
		t.Fatal(err)
	}
	atAnotherWindow(t, b, turn, builder.FieldTone, "formal")
	turn, err = b.review(t.Context(), turn)
	if err != nil || turn.Kind != forge.Ready || len(turn.Notices) != 1 {
		t.Fatalf("%+v, %v", turn, err)
	}
	if turn, err = b.review(t.Context(), turn); err != nil || turn.Kind != forge.Finished {
		t.Errorf("%+v, %v", turn, err)
	}
}

func TestFieldsAreChangedAtTheReview(t *testing.T) {
	b, _, turn := beginTroubled(t, "Tone\nformal\nchange tone\nb\ntemperature\n1.0\nchange colour\nyes\n")
	turn, err := b.guide.AnswerRest(t.Context(), turn.SessionID, turn.Revision)
	if err != nil {
		t.Fatal(err)
	}
	done, err := b.converse(t.Context(), turn)
	if err != nil || done.Kind != forge.Finished {
		t.Fatalf("%+v, %v", done, err)
	}
	e, err := b.store.LoadMemory(t.Context(), turn.SessionID)
	if err != nil {
		t.Fatal(err)
	}
	tone, temperature := e.Choices[builder.FieldTone], e.Choices[builder.FieldTemperature]
	if tone.Value != builder.Text("formal") || tone.Source != builder.Chosen || temperature.Value != builder.Number(1) {
		t.Errorf("tone %+v, temperature %+v", tone, temperature)
	}
	shown := b.stderr.(*bytes.Buffer).String()
	for _, want := range []string{"Once more: tone (personality)", "[formal, as it stands]", "b leaves it as it is", "tone stays as it is", "a field to change, such as"} {
		if !strings.Contains(shown, want) {
			t.Errorf("%q is not in %s", want, shown)
		}
	}
}

// A file of answers overrules nothing that was decided after the session was
// opened for it, and says so.
func TestAnswersFileMeetsAnotherWindow(t *testing.T) {
	b, _, turn := beginTroubled(t, "")
	b.given = answers{builder.FieldName: builder.Text("Gopher"), builder.FieldTone: builder.Text("direct")}
	atAnotherWindow(t, b, turn, builder.FieldTone, "formal")
	atAnotherWindow(t, b, turn, builder.FieldPurpose, "It reviews.")
	_, err := b.lead(t.Context(), turn)
	if code, _ := classify(err); code != exitConflict || !strings.Contains(err.Error(), "tone was answered elsewhere") {
		t.Errorf("exit %d: %v", code, err)
	}
	if got := config(t, b, turn); *got.Tone != "formal" || *got.Name != "Gopher" {
		t.Errorf("config = %+v", got)
	}

	b, _, turn = beginTroubled(t, "")
	b.given = answers{builder.FieldName: builder.Text("Gopher")}
	now, err := b.guide.AnswerRest(t.Context(), turn.SessionID, turn.Revision)
	if err != nil {
		t.Fatal(err)
	}
	if _, err = b.guide.Finish(t.Context(), turn.SessionID, now.Revision, true); err != nil {
		t.Fatal(err)
	}
	_, err = b.lead(t.Context(), turn)
	if code, name := classify(err); code != exitNotFound || name != "gone" {
		t.Errorf("after the end: exit %d, %v", code, err)
	}
}
