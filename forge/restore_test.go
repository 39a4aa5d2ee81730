package forge_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/forge"
	"github.com/boternity/boternity/memstore"
)

// putHistory stores a draft with its history, as it is given; the last state is the
// draft's.
func putHistory(t *testing.T, db *memstore.Database, id uuid.UUID, states ...builder.Draft) {
	t.Helper()
	begun := time.Date(2026, 5, 3, 9, 0, 0, 0, time.UTC)
	var rows []builder.Row
	for i, d := range states {
		d.SessionID, d.Revision, d.CreatedAt = id, builder.Revision(i+1), begun
		d.UpdatedAt = begun.Add(time.Duration(i) * time.Hour)
		if i == len(states)-1 {
			rows = append([]builder.Row{{Draft: &d}}, rows...)
		} else {
			rows = append(rows, builder.Row{Revision: &d})
		}
	}
	puts, err := db.PutRows(t.Context(), rows, builder.PutOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for i, put := range puts {
		if put != builder.PutAdded {
			t.Fatalf("row %d: %s", i, put)
		}
	}
}

// damaging is a store that cannot read some of the kept revisions.
type damaging struct {
	builder.Store
	damaged builder.Revision
	err     error
}

func (s *damaging) LoadRevision(ctx context.Context, id uuid.UUID, r builder.Revision) (builder.Draft, error) {
	if r == s.damaged {
		return builder.Draft{}, s.err
	}
	return s.Store.LoadRevision(ctx, id, r)
}

func TestUnreadableDraftOffersItsLastReadableRevision(t *testing.T) {
	id := uuid.MustParse("0190a000-0000-7000-8000-00000000dddd")
	s := builder.NewState(id, coding, builder.Coding)
	must(t, s.Record(builder.Exchange{Question: "?", Answer: "Gopher", Phase: builder.PhaseBasics, Field: builder.FieldName}, builder.Text("Gopher"), builder.Chosen))
	text, version, err := s.Encode()
	must(t, err)
	good := builder.Draft{SchemaVersion: version, State: text}
	bad := builder.Draft{SchemaVersion: version, State: []byte(`{"phase":"basics"`)}

	for name, c := range map[string]struct {
		history []builder.Draft
		damaged error
		want    builder.Revision
	}{
		"the one before":            {[]builder.Draft{good, good, bad}, nil, 2},
		"past unreadable ones":      {[]builder.Draft{good, bad, bad, bad}, nil, 1},
		"past damaged ones":         {[]builder.Draft{good, good, bad}, &builder.UnreadableError{SessionID: id, Problem: "x"}, 1},
		"past missing ones":         {[]builder.Draft{good, good, bad}, builder.ErrNotFound, 1},
		"none":                      {[]builder.Draft{bad, bad}, nil, 0},
		"none that may replace it":  {[]builder.Draft{{SchemaVersion: 0, State: text}, bad}, nil, 0},
		"newer ones are not of use": {[]builder.Draft{good, {SchemaVersion: version + 1, State: text}, bad}, nil, 1},
	} {
		t.Run(name, func(t *testing.T) {
			db := memstore.New(memstore.Options{})
			putHistory(t, db, id, c.history...)
			h := newHouse(t, func(builder.Store) builder.Store { return &damaging{db.Owner(""), 2, c.damaged} })
			if c.damaged == nil {
				h.store.(*damaging).damaged = 0
			}
			turn, err := h.Open(t.Context(), id)
			if err != nil || turn.Kind != forge.ViewOnly || !errors.Is(turn.Reason, builder.ErrUnreadable) {
				t.Fatalf("turn = %+v, %v", turn, err)
			}
			if turn.LastReadable != c.want || turn.ReadableAt.IsZero() != (c.want == 0) {
				t.Fatalf("offers revision %d of %v, want %d", turn.LastReadable, turn.ReadableAt, c.want)
			}
			if c.want == 0 {
				return
			}
			if _, err := h.Restore(t.Context(), id, turn.LastReadable, turn.Revision-1); !errors.Is(err, builder.ErrConflict) {
				t.Errorf("restoring over what was not seen: %v", err)
			}
			must(t, h.store.SavePending(t.Context(), id, builder.FieldName, "Gord"))
			restored, err := h.Restore(t.Context(), id, turn.LastReadable, turn.Revision)
			if err != nil || restored.Kind != forge.Ask || restored.Revision != turn.Revision+1 || restored.Question.Pending != "Gord" {
				t.Fatalf("restored: %+v, %v", restored, err)
			}
			h.finish(h.answerAll(restored))
		})
	}
}

// A database that is busy is no reason to say that nothing can be restored.
func TestLookingForARevisionSaysWhenItCannot(t *testing.T) {
	id := uuid.MustParse("0190a000-0000-7000-8000-00000000dddd")
	db := memstore.New(memstore.Options{})
	bad := builder.Draft{SchemaVersion: 1, State: []byte(`{`)}
	putHistory(t, db, id, bad, bad)
	h := newHouse(t, func(builder.Store) builder.Store { return &damaging{db.Owner(""), 1, builder.ErrBusy} })
	turn, err := h.Open(t.Context(), id)
	if !errors.Is(err, builder.ErrBusy) || turn.Kind != forge.ViewOnly {
		t.Errorf("turn = %+v, %v", turn, err)
	}
}
