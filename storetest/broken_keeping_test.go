package storetest_test

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/memstore"
)

var keepingDefects = []defect{
	{"revives the deleted", "a late save does not bring back a deleted draft", brokenIn(func(v view) builder.Store { return revives{v} })},
	{"revives the finished", "a late save does not bring back a finished session", brokenIn(func(v view) builder.Store { return revives{v} })},
	{"reopens what was forgotten", "a forgotten session stays finished", brokenIn(func(v view) builder.Store { return forgetsTraces{v} })},
	{"buries what was never there", "deleting what is not there is no error", brokenIn(func(v view) builder.Store { return buriesAll{v} })},
	{"lowers the schema version", "no save lowers a schema version", brokenIn(func(v view) builder.Store { return forces{v, builder.ErrNewer} })},
	{"replaces the unreadable", "no ordinary save replaces an unreadable draft", brokenIn(func(v view) builder.Store { return forces{v, builder.ErrUnreadable} })},
	{"calls a stale save over the unreadable unreadable", "a stale save over an unreadable draft is a conflict first", brokenIn(func(v view) builder.Store { return unreadableFirst{v} })},
	{"fails to load the unreadable", "an unreadable draft is listed, marked and loads as it is", brokenIn(func(v view) builder.Store { return loadsReadable{v} })},
	{"forgets the last revision it should keep", "only the last revisions are kept", withOptions(func(o memstore.Options) builder.Database {
		o.History = max(o.History-1, 1)
		return memstore.New(o)
	})},
	{"keeps every revision", "only the last revisions are kept", withOptions(func(o memstore.Options) builder.Database {
		return memstore.New(memstore.Options{Now: o.Now, History: 1 << 20})
	})},
	{"keeps fewer revisions than it should by default", "all of the default history of a growing state is there", withOptions(func(o memstore.Options) builder.Database {
		return memstore.New(memstore.Options{Now: o.Now, History: builder.DefaultHistory - 1})
	})},
	{"garbles old revisions", "all of the default history of a growing state is there", brokenIn(func(v view) builder.Store { return garblesHistory{v} })},
	{"restores the wrong bytes", "any kept revision can be restored", brokenIn(func(v view) builder.Store { return restoresNewest{v} })},
	{"restores whatever has been saved since", "a restore from a stale revision is a conflict", brokenIn(func(v view) builder.Store { return restoresStale{v} })},
	{"loses pending text on other answers", "a save clears the pending text of what it answers, and no other", brokenIn(func(v view) builder.Store { return clearsAllPending{v} })},
	{"keeps pending text of what was answered", "a save clears the pending text of what it answers, and no other", brokenIn(func(v view) builder.Store { return clearsNoPending{v} })},
	{"keeps pending text for drafts there are not", "pending text of a draft there is not", brokenIn(func(v view) builder.Store { return pendingForAll{v} })},
	{"says that it deleted what was not there", "deleting twice deletes once", brokenIn(func(v view) builder.Store { return deletesAlways{v} })},
	{"counts pending text as a save", "pending text is kept beside the draft", brokenIn(func(v view) builder.Store { return pendingSaves{v} })},
	{"keeps pending text after finishing", "deleting and finishing clear pending text", wholly(func(db *memstore.Database) builder.Database {
		texts := map[string]string{}
		return database{db, func(v view) builder.Store { return pendingStays{v, texts} }}
	})},
	{"records the entry and keeps the draft", "finishing records the entry and removes the draft", brokenIn(func(v view) builder.Store { return onlyRecords{v} })},
	{"removes the draft and records nothing", "finishing records the entry and removes the draft", brokenIn(func(v view) builder.Store { return onlyRemoves{v} })},
	{"changes the entry when finishing again", "finishing twice gives the first entry", brokenIn(func(v view) builder.Store { return finishesAnew{v} })},
	{"finishes whatever has been saved since", "finishing from a stale revision is a conflict", brokenIn(func(v view) builder.Store { return finishesStale{v} })},
	{"finishes with another session's entry", "the entry's id is the session's", brokenIn(func(v view) builder.Store { return finishesAny{v} })},
}

// late is a time after everything in a case.
var late = time.Date(3000, 1, 1, 0, 0, 0, 0, time.UTC)

// revives forgets that the session is gone, and its entry with it.
type revives struct{ view }

func (s revives) SaveDraft(ctx context.Context, d builder.Draft, answered ...string) (builder.Draft, error) {
	saved, err := s.view.SaveDraft(ctx, d, answered...)
	if !errors.Is(err, builder.ErrGone) {
		return saved, err
	}
	if _, err := s.ForgetMemory(ctx, d.SessionID); err != nil {
		return builder.Draft{}, err
	}
	if _, err := s.db.Prune(ctx, builder.PrunePolicy{GoneBefore: late}); err != nil {
		return builder.Draft{}, err
	}
	d.Revision = builder.AnyRevision
	return s.view.SaveDraft(ctx, d, answered...)
}

type forgetsTraces struct{ view }

func (s forgetsTraces) ForgetMemory(ctx context.Context, id uuid.UUID) (bool, error) {
	forgotten, err := s.view.ForgetMemory(ctx, id)
	if err == nil {
		_, err = s.db.Prune(ctx, builder.PrunePolicy{GoneBefore: late})
	}
	return forgotten, err
}

type buriesAll struct{ view }

func (s buriesAll) DeleteDraft(ctx context.Context, id uuid.UUID) (bool, error) {
	deleted, err := s.view.DeleteDraft(ctx, id)
	if err == nil && !deleted {
		_, err = s.db.PutRows(ctx, []builder.Row{{Gone: &builder.Gone{Key: builder.MakeGoneKey(s.owner, id)}}}, builder.PutOptions{})
	}
	return deleted, err
}

// forces replaces the draft where a save is refused for one reason.
type forces struct {
	view
	over error
}

func (s forces) SaveDraft(ctx context.Context, d builder.Draft, answered ...string) (builder.Draft, error) {
	saved, err := s.view.SaveDraft(ctx, d, answered...)
	if !errors.Is(err, s.over) {
		return saved, err
	}
	if _, err := s.DeleteDraft(ctx, d.SessionID); err != nil {
		return builder.Draft{}, err
	}
	d.Revision = 1
	_, err = s.db.PutRows(ctx, []builder.Row{{Owner: s.owner, Draft: &d}}, builder.PutOptions{Revive: true})
	return d, err
}

type unreadableFirst struct{ view }

func (s unreadableFirst) SaveDraft(ctx context.Context, d builder.Draft, answered ...string) (builder.Draft, error) {
	if stored, err := s.LoadDraft(ctx, d.SessionID); err == nil {
		if status, problem := builder.StatusOf(stored); status == builder.StatusUnreadable {
			return builder.Draft{}, &builder.UnreadableError{SessionID: d.SessionID, Problem: problem}
		}
	}
	return s.view.SaveDraft(ctx, d, answered...)
}

type loadsReadable struct{ view }

func (s loadsReadable) LoadDraft(ctx context.Context, id uuid.UUID) (builder.Draft, error) {
	d, err := s.view.LoadDraft(ctx, id)
	if status, problem := builder.StatusOf(d); err == nil && status == builder.StatusUnreadable {
		err = &builder.UnreadableError{SessionID: id, Problem: problem}
	}
	return d, err
}

type garblesHistory struct{ view }

func (s garblesHistory) LoadRevision(ctx context.Context, id uuid.UUID, r builder.Revision) (builder.Draft, error) {
	d, err := s.view.LoadRevision(ctx, id, r)
	if err == nil && r%64 == 63 {
		d.State = append(d.State[:len(d.State)/2], d.State[len(d.State)/2+1:]...)
	}
	return d, err
}

type restoresNewest struct{ view }

func (s restoresNewest) RestoreRevision(ctx context.Context, id uuid.UUID, _, at builder.Revision) (builder.Draft, error) {
	return s.view.RestoreRevision(ctx, id, at, at)
}

type restoresStale struct{ view }

func (s restoresStale) RestoreRevision(ctx context.Context, id uuid.UUID, r, _ builder.Revision) (builder.Draft, error) {
	stored, err := s.LoadDraft(ctx, id)
	if err != nil {
		return builder.Draft{}, err
	}
	return s.view.RestoreRevision(ctx, id, r, stored.Revision)
}

type clearsAllPending struct{ view }

func (s clearsAllPending) SaveDraft(ctx context.Context, d builder.Draft, answered ...string) (builder.Draft, error) {
	saved, err := s.view.SaveDraft(ctx, d, answered...)
	if err != nil {
		return saved, err
	}
	texts, err := s.LoadPending(ctx, d.SessionID)
	for field := range texts {
		err = errors.Join(err, s.SavePending(ctx, d.SessionID, field, ""))
	}
	return saved, err
}

type clearsNoPending struct{ view }

func (s clearsNoPending) SaveDraft(ctx context.Context, d builder.Draft, _ ...string) (builder.Draft, error) {
	return s.view.SaveDraft(ctx, d)
}

type pendingSaves struct{ view }

func (s pendingSaves) SavePending(ctx context.Context, id uuid.UUID, field, text string) error {
	d, err := s.LoadDraft(ctx, id)
	if err != nil {
		return err
	}
	if _, err := s.SaveDraft(ctx, d); err != nil {
		return err
	}
	return s.view.SavePending(ctx, id, field, text)
}

type pendingStays struct {
	view
	texts map[string]string
}

func (s pendingStays) SavePending(ctx context.Context, id uuid.UUID, field, text string) error {
	err := s.view.SavePending(ctx, id, field, text)
	if err == nil {
		s.texts[field] = text
	}
	return err
}

func (s pendingStays) LoadPending(context.Context, uuid.UUID) (map[string]string, error) {
	return s.texts, nil
}

type onlyRecords struct{ view }

func (s onlyRecords) FinishSession(ctx context.Context, _ uuid.UUID, _ builder.Revision, e builder.MemoryEntry) (builder.MemoryEntry, error) {
	if err := s.RecordMemory(ctx, e); err != nil {
		return builder.MemoryEntry{}, err
	}
	return s.LoadMemory(ctx, e.ID)
}

type onlyRemoves struct{ view }

func (s onlyRemoves) FinishSession(ctx context.Context, id uuid.UUID, at builder.Revision, e builder.MemoryEntry) (builder.MemoryEntry, error) {
	finished, err := s.view.FinishSession(ctx, id, at, e)
	if err == nil {
		_, err = s.ForgetMemory(ctx, id)
	}
	return finished, err
}

type finishesAnew struct{ view }

func (s finishesAnew) FinishSession(ctx context.Context, id uuid.UUID, at builder.Revision, e builder.MemoryEntry) (builder.MemoryEntry, error) {
	forgotten, err := s.ForgetMemory(ctx, id)
	if err != nil || !forgotten {
		return s.view.FinishSession(ctx, id, at, e)
	}
	if err := s.RecordMemory(ctx, e); err != nil {
		return builder.MemoryEntry{}, err
	}
	return s.LoadMemory(ctx, id)
}

type finishesStale struct{ view }

func (s finishesStale) FinishSession(ctx context.Context, id uuid.UUID, at builder.Revision, e builder.MemoryEntry) (builder.MemoryEntry, error) {
	if stored, err := s.LoadDraft(ctx, id); err == nil {
		at = stored.Revision
	}
	return s.view.FinishSession(ctx, id, at, e)
}

type finishesAny struct{ view }

func (s finishesAny) FinishSession(ctx context.Context, id uuid.UUID, at builder.Revision, e builder.MemoryEntry) (builder.MemoryEntry, error) {
	e.ID = id
	return s.view.FinishSession(ctx, id, at, e)
}

type pendingForAll struct{ view }

func (s pendingForAll) SavePending(ctx context.Context, id uuid.UUID, field, text string) error {
	err := s.view.SavePending(ctx, id, field, text)
	if errors.Is(err, builder.ErrNotFound) {
		return nil
	}
	return err
}

type deletesAlways struct{ view }

func (s deletesAlways) DeleteDraft(ctx context.Context, id uuid.UUID) (bool, error) {
	_, err := s.view.DeleteDraft(ctx, id)
	return true, err
}
