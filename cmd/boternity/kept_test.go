package main

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"

	"github.com/boternity/boternity/bot"
	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/forge"
	"github.com/boternity/boternity/memstore"
)

// troubled is a store that fails to save or to finish a number of times.
type troubled struct {
	builder.Store
	saving, finishing int
}

func (s *troubled) SaveDraft(ctx context.Context, d builder.Draft, answered ...string) (builder.Draft, error) {
	if s.saving--; s.saving >= 0 {
		return builder.Draft{}, builder.ErrBusy
	}
	return s.Store.SaveDraft(ctx, d, answered...)
}

func (s *troubled) FinishSession(ctx context.Context, id uuid.UUID, at builder.Revision, e builder.MemoryEntry) (builder.MemoryEntry, error) {
	if s.finishing--; s.finishing >= 0 {
		return builder.MemoryEntry{}, builder.ErrBusy
	}
	return s.Store.FinishSession(ctx, id, at, e)
}

// beginTroubled begins a build at a terminal, over a store in memory.
func beginTroubled(t *testing.T, typed string) (*build, *troubled, forge.Turn) {
	t.Helper()
	folder, err := bot.OpenFolder(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { folder.Close() }) // what was written is of no interest any more
	store := &troubled{Store: memstore.New(memstore.Options{}).Owner("")}
	b := &build{
		app: &app{stderr: &bytes.Buffer{}}, input: newInput(strings.NewReader(typed), make(chan struct{})), attended: true,
		store: store, guide: forge.New(store, forge.Options{Bots: folder}),
	}
	turn, err := b.guide.Start(t.Context(), descriptions["coding"])
	if err != nil {
		t.Fatal(err)
	}
	return b, store, turn
}

// An answer that a person gave up to save is shown with its question again, and
// answers it with one key.
func TestUnsavedAnswerIsKept(t *testing.T) {
	b, store, turn := beginTroubled(t, "Gopher\nq\n+\n")
	store.saving = 1
	if turn, err := b.askQuestion(t.Context(), turn); !errors.Is(err, builder.ErrBusy) {
		t.Fatalf("saved: %+v, %v", turn, err)
	}
	turn, err := b.guide.Open(t.Context(), turn.SessionID)
	if err != nil || turn.Question.Pending != "Gopher" {
		t.Fatalf("kept: %+v, %v", turn.Question, err)
	}
	if _, err := b.askQuestion(t.Context(), turn); err != nil {
		t.Fatal(err)
	}
	d, err := store.LoadDraft(t.Context(), turn.SessionID)
	if err != nil {
		t.Fatal(err)
	}
	if state, err := builder.DecodeState(d); err != nil || state.Config.Name == nil || *state.Config.Name != "Gopher" {
		t.Errorf("answered: %+v, %v", state.Config, err)
	}
}

// What a first try to finish has saved is where the next one goes on from, and
// what is told to a person who gives up.
func TestFinishesInTheEnd(t *testing.T) {
	b, store, turn := beginTroubled(t, "yes\n\n")
	turn, err := b.guide.AnswerRest(t.Context(), turn.SessionID, turn.Revision)
	if err != nil {
		t.Fatal(err)
	}
	store.finishing = 1
	if finished, err := b.review(t.Context(), turn); err != nil || finished.Kind != forge.Finished {
		t.Errorf("at the terminal: %+v, %v", finished, err)
	}

	b, store, turn = beginTroubled(t, "")
	store.finishing = 1
	stopped, err := b.finishNow(t.Context(), turn)
	d, loadErr := store.LoadDraft(t.Context(), turn.SessionID)
	if !errors.Is(err, builder.ErrBusy) || loadErr != nil || stopped.Revision != d.Revision || d.Revision < 3 {
		t.Errorf("with --yes: %v, revision %d of %d, %v", err, stopped.Revision, d.Revision, loadErr)
	}
}

// silent is a store whose database does not answer.
type silent struct{ builder.Store }

func (silent) SavePending(ctx context.Context, _ uuid.UUID, _, _ string) error {
	<-ctx.Done()
	return ctx.Err()
}

// Whoever waits for a database that does not answer is told, and not kept
// waiting as long again for what comes on top.
func TestDatabaseDoesNotAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stderr := &bytes.Buffer{}
		b := &build{app: &app{stderr: stderr}, store: silent{}}
		for after, told := range map[time.Duration]bool{4 * time.Second: false, 6 * time.Second: true} {
			stderr.Reset()
			if _, err := b.insist(notSaved, func() (forge.Turn, error) { time.Sleep(after); return forge.Turn{}, nil }); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			if got := strings.Contains(stderr.String(), "the database has not answered"); got != told {
				t.Errorf("after %v: %s", after, stderr)
			}
		}
		began := time.Now()
		b.keepUnsaved(t.Context(), forge.Turn{Kind: forge.Ask, Question: &forge.Question{}}, "Gardener")
		if took := time.Since(began); took > 5*time.Second || !strings.Contains(stderr.String(), "could not be kept either: the database did not answer.") {
			t.Errorf("after %v: %s", took, stderr)
		}
	})
}
