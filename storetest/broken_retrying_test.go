package storetest_test

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/memstore"
)

var retryingDefects = []defect{
	{"clears pending text at a retry", "a retry clears no pending text that was typed since", brokenIn(func(v view) builder.Store { return clearsAtRetry{v} })},
	{"removes the draft of a recorded session", "finishing what is recorded changes nothing", brokenIn(func(v view) builder.Store { return finishesRecorded{v} })},
	{"calls the unreadable newer", "an unreadable draft of a later program is unreadable first", brokenIn(func(v view) builder.Store { return newerFirst{v} })},
	{"says that a revision was created when it was saved", "a put revision was created when its draft was", brokenIn(func(v view) builder.Store { return createsRevisions{v} })},
	{"takes an entry of another time for the same", "put never replaces a row", wholly(func(db *memstore.Database) builder.Database { return putsAnyTime{db} })},
	{"takes rows that it cannot keep", "rows that no store could keep are refused by field", wholly(func(db *memstore.Database) builder.Database { return putsImpossible{db} })},
	{"loses a revision that was put late", "a history that is put while its draft is saved stays whole", wholly(func(db *memstore.Database) builder.Database { return losesPut{db} })},
	{"prunes within the microsecond", "what was stored within a limit's own microsecond stays", pruning(func(p *builder.PrunePolicy) {
		for _, limit := range []*time.Time{&p.DraftsBefore, &p.MemoryBefore, &p.GoneBefore} {
			*limit = limit.Add(time.Microsecond - 1)
		}
	})},
}

type clearsAtRetry struct{ view }

func (s clearsAtRetry) SaveDraft(ctx context.Context, d builder.Draft, answered ...string) (builder.Draft, error) {
	saved, err := s.view.SaveDraft(ctx, d, answered...)
	if err != nil {
		return saved, err
	}
	for _, field := range answered {
		err = errors.Join(err, s.SavePending(ctx, d.SessionID, field, ""))
	}
	return saved, err
}

type finishesRecorded struct{ view }

func (s finishesRecorded) FinishSession(ctx context.Context, id uuid.UUID, at builder.Revision, e builder.MemoryEntry) (builder.MemoryEntry, error) {
	finished, err := s.view.FinishSession(ctx, id, at, e)
	if err == nil {
		_, err = s.DeleteDraft(ctx, id)
	}
	return finished, err
}

type newerFirst struct{ view }

func (s newerFirst) SaveDraft(ctx context.Context, d builder.Draft, answered ...string) (builder.Draft, error) {
	if stored, err := s.LoadDraft(ctx, d.SessionID); err == nil && stored.SchemaVersion > d.SchemaVersion {
		return builder.Draft{}, builder.ForSession(d.SessionID, builder.ErrNewer)
	}
	return s.view.SaveDraft(ctx, d, answered...)
}

type createsRevisions struct{ view }

func (s createsRevisions) LoadRevision(ctx context.Context, id uuid.UUID, r builder.Revision) (builder.Draft, error) {
	d, err := s.view.LoadRevision(ctx, id, r)
	d.CreatedAt = d.UpdatedAt
	return d, err
}

type putsAnyTime struct{ *memstore.Database }

func (db putsAnyTime) PutRows(ctx context.Context, rows []builder.Row, o builder.PutOptions) ([]builder.Put, error) {
	changed := append([]builder.Row(nil), rows...)
	for i, r := range changed {
		if r.Memory == nil {
			continue
		}
		e := *r.Memory
		if stored, err := db.Owner(r.Owner).LoadMemory(ctx, e.ID); err == nil {
			e.CreatedAt = stored.CreatedAt
		}
		changed[i].Memory = &e
	}
	return db.Database.PutRows(ctx, changed, o)
}

type putsImpossible struct{ *memstore.Database }

func (db putsImpossible) PutRows(ctx context.Context, rows []builder.Row, o builder.PutOptions) ([]builder.Put, error) {
	outcomes, err := db.Database.PutRows(ctx, rows, o)
	if errors.Is(err, builder.ErrInvalid) {
		return make([]builder.Put, len(rows)), nil
	}
	return outcomes, err
}

// losesPut acknowledges a second revision that it does not keep.
type losesPut struct{ *memstore.Database }

func (db losesPut) PutRows(ctx context.Context, rows []builder.Row, o builder.PutOptions) ([]builder.Put, error) {
	if len(rows) == 1 && rows[0].Revision != nil && rows[0].Revision.Revision == 2 {
		return []builder.Put{builder.PutAdded}, nil
	}
	return db.Database.PutRows(ctx, rows, o)
}
