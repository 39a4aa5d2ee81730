package storetest_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/memstore"
)

var savingDefects = []defect{
	{"overwrites silently", "a stale save is refused with the stored draft", brokenIn(func(v view) builder.Store { return overwrites{v} })},
	{"a conflict tells nothing of what is stored", "a stale save is refused with the stored draft", brokenIn(func(v view) builder.Store { return bareConflict{v} })},
	{"creates over what exists", "creating a draft that exists is a conflict", brokenIn(func(v view) builder.Store { return createsOver{v} })},
	{"creates from a later revision", "a save of a draft that never was is gone", brokenIn(func(v view) builder.Store { return createsLate{v} })},
	{"loses one of two concurrent writers", "of sixteen saves from one revision exactly one wins", brokenIn(func(v view) builder.Store { return checksThenWrites{v} })},
	{"loses writers that try again", "sixteen writers that try again lose nothing", brokenIn(func(v view) builder.Store { return checksThenWrites{v} })},
	{"takes a retry for a conflict", "a retry after a lost answer is no conflict", brokenIn(func(v view) builder.Store { return noRetries{v} })},
	{"stores a retry once more", "a retry after a lost answer is no conflict", brokenIn(func(v view) builder.Store { return retriesTwice{v} })},
	{"takes any save of the same bytes for a retry", "only the next revision with the same bytes is a retry", brokenIn(func(v view) builder.Store { return retriesAlways{v} })},
	{"refuses AnyRevision for a new draft", "AnyRevision creates and overwrites", brokenIn(func(v view) builder.Store { return noUpsert{v} })},
	{"forgets the creation time", "the creation time is that of the first save for good", brokenIn(func(v view) builder.Store { return forgetsCreation{v} })},
	{"cuts times to seconds", "times are the store's, in UTC, cut to microseconds", withOptions(func(o memstore.Options) builder.Database {
		now := o.Now
		o.Now = func() time.Time { return now().Truncate(time.Second) }
		return memstore.New(o)
	})},
	{"has a clock of its own", "times are the store's, in UTC, cut to microseconds", withOptions(func(o memstore.Options) builder.Database {
		return memstore.New(memstore.Options{History: o.History})
	})},
	{"writes states in another way", "a state is never written in another way", brokenIn(func(v view) builder.Store { return reencodes{v} })},
	{"knows one schema version", "the schema version is kept as given", brokenIn(func(v view) builder.Store { return oneVersion{v} })},
	{"loads an older state than it says", "readers see whole drafts while they are written", wholly(func(db *memstore.Database) builder.Database {
		states := &sync.Map{}
		return database{db, func(v view) builder.Store { return cachesStates{v, states} }}
	})},
	{"drops the tail of long states", "states of every length come back whole", brokenIn(func(v view) builder.Store { return dropsTail{v} })},
	{"hands out its own bytes", "callers share no bytes with the store", wholly(func(db *memstore.Database) builder.Database {
		shared := map[uuid.UUID]builder.Draft{}
		return database{db, func(v view) builder.Store { return sharesBytes{v, shared} }}
	})},
	{"accepts what is over a limit", "descriptions and answers have a limit", brokenIn(func(v view) builder.Store { return acceptsInvalid{v} })},
	{"accepts a state that is too large", "a state of 16 MiB is accepted and one byte more refused", brokenIn(func(v view) builder.Store { return acceptsInvalid{v} })},
	{"accepts what it could not read again", "input that could not be read again is refused", brokenIn(func(v view) builder.Store { return acceptsInvalid{v} })},
	{"shows users' words in errors", "errors hold no words of a user", brokenIn(func(v view) builder.Store { return talkative{v} })},
	{"names no session in errors", "a draft that was never saved is not found", brokenIn(func(v view) builder.Store { return tightLipped{v} })},
	{"ignores cancellation", "a cancelled call fails and changes nothing", brokenIn(func(v view) builder.Store { return uncancellable{v} })},
}

type overwrites struct{ view }

func (s overwrites) SaveDraft(ctx context.Context, d builder.Draft, answered ...string) (builder.Draft, error) {
	saved, err := s.view.SaveDraft(ctx, d, answered...)
	if errors.Is(err, builder.ErrConflict) {
		d.Revision = builder.AnyRevision
		return s.view.SaveDraft(ctx, d, answered...)
	}
	return saved, err
}

type bareConflict struct{ view }

func (s bareConflict) SaveDraft(ctx context.Context, d builder.Draft, answered ...string) (builder.Draft, error) {
	saved, err := s.view.SaveDraft(ctx, d, answered...)
	if errors.Is(err, builder.ErrConflict) {
		err = &builder.ConflictError{Based: d.Revision, Stored: builder.Draft{SessionID: d.SessionID}}
	}
	return saved, err
}

type createsOver struct{ view }

func (s createsOver) SaveDraft(ctx context.Context, d builder.Draft, answered ...string) (builder.Draft, error) {
	if d.Revision == 0 {
		d.Revision = builder.AnyRevision
	}
	return s.view.SaveDraft(ctx, d, answered...)
}

type createsLate struct{ view }

func (s createsLate) SaveDraft(ctx context.Context, d builder.Draft, answered ...string) (builder.Draft, error) {
	if _, err := s.LoadDraft(ctx, d.SessionID); errors.Is(err, builder.ErrNotFound) {
		d.Revision = 0
	}
	return s.view.SaveDraft(ctx, d, answered...)
}

// checksThenWrites compares and swaps in two steps.
type checksThenWrites struct{ view }

func (s checksThenWrites) SaveDraft(ctx context.Context, d builder.Draft, answered ...string) (builder.Draft, error) {
	stored, err := s.LoadDraft(ctx, d.SessionID)
	if err != nil || stored.Revision != d.Revision {
		return s.view.SaveDraft(ctx, d, answered...)
	}
	for range 20 {
		runtime.Gosched()
	}
	d.Revision = builder.AnyRevision
	return s.view.SaveDraft(ctx, d, answered...)
}

type noRetries struct{ view }

func (s noRetries) SaveDraft(ctx context.Context, d builder.Draft, answered ...string) (builder.Draft, error) {
	stored, err := s.LoadDraft(ctx, d.SessionID)
	if err == nil && d.Revision != builder.AnyRevision && stored.Revision != d.Revision {
		return builder.Draft{}, &builder.ConflictError{Based: d.Revision, Stored: stored}
	}
	return s.view.SaveDraft(ctx, d, answered...)
}

type retriesTwice struct{ view }

func (s retriesTwice) SaveDraft(ctx context.Context, d builder.Draft, answered ...string) (builder.Draft, error) {
	stored, err := s.LoadDraft(ctx, d.SessionID)
	if err == nil && stored.Revision == d.Revision+1 && bytes.Equal(stored.State, d.State) {
		d.Revision = stored.Revision
	}
	return s.view.SaveDraft(ctx, d, answered...)
}

type retriesAlways struct{ view }

func (s retriesAlways) SaveDraft(ctx context.Context, d builder.Draft, answered ...string) (builder.Draft, error) {
	if stored, err := s.LoadDraft(ctx, d.SessionID); err == nil && bytes.Equal(stored.State, d.State) {
		return stored, nil
	}
	return s.view.SaveDraft(ctx, d, answered...)
}

type noUpsert struct{ view }

func (s noUpsert) SaveDraft(ctx context.Context, d builder.Draft, answered ...string) (builder.Draft, error) {
	if _, err := s.LoadDraft(ctx, d.SessionID); err != nil && d.Revision == builder.AnyRevision {
		return builder.Draft{}, builder.ForSession(d.SessionID, builder.ErrGone)
	}
	return s.view.SaveDraft(ctx, d, answered...)
}

type forgetsCreation struct{ view }

func (s forgetsCreation) SaveDraft(ctx context.Context, d builder.Draft, answered ...string) (builder.Draft, error) {
	saved, err := s.view.SaveDraft(ctx, d, answered...)
	saved.CreatedAt = saved.UpdatedAt
	return saved, err
}

type reencodes struct{ view }

func (s reencodes) SaveDraft(ctx context.Context, d builder.Draft, answered ...string) (builder.Draft, error) {
	if v := jsontext.Value(bytes.Clone(d.State)); v.Compact() == nil {
		d.State = v
	}
	return s.view.SaveDraft(ctx, d, answered...)
}

type dropsTail struct{ view }

func (s dropsTail) LoadDraft(ctx context.Context, id uuid.UUID) (builder.Draft, error) {
	d, err := s.view.LoadDraft(ctx, id)
	d.State = d.State[:min(len(d.State), 1<<16)]
	return d, err
}

type sharesBytes struct {
	view
	shared map[uuid.UUID]builder.Draft
}

func (s sharesBytes) LoadDraft(ctx context.Context, id uuid.UUID) (builder.Draft, error) {
	if d, ok := s.shared[id]; ok {
		return d, nil
	}
	d, err := s.view.LoadDraft(ctx, id)
	s.shared[id] = d
	return d, err
}

// acceptsInvalid acknowledges what the validator refused.
type acceptsInvalid struct{ view }

func (s acceptsInvalid) SaveDraft(ctx context.Context, d builder.Draft, answered ...string) (builder.Draft, error) {
	saved, err := s.view.SaveDraft(ctx, d, answered...)
	if errors.Is(err, builder.ErrInvalid) {
		return d, nil
	}
	return saved, err
}

type talkative struct{ view }

func (s talkative) SaveDraft(ctx context.Context, d builder.Draft, answered ...string) (builder.Draft, error) {
	saved, err := s.view.SaveDraft(ctx, d, answered...)
	if err != nil {
		err = fmt.Errorf("save %s: %w", d.State, err)
	}
	return saved, err
}

type tightLipped struct{ view }

func (s tightLipped) LoadDraft(ctx context.Context, id uuid.UUID) (builder.Draft, error) {
	d, err := s.view.LoadDraft(ctx, id)
	return d, errors.Unwrap(err)
}

type uncancellable struct{ view }

func (s uncancellable) SaveDraft(ctx context.Context, d builder.Draft, answered ...string) (builder.Draft, error) {
	return s.view.SaveDraft(context.WithoutCancel(ctx), d, answered...)
}

type oneVersion struct{ view }

func (s oneVersion) LoadDraft(ctx context.Context, id uuid.UUID) (builder.Draft, error) {
	d, err := s.view.LoadDraft(ctx, id)
	d.SchemaVersion = builder.CurrentSchemaVersion
	return d, err
}

// cachesStates never looks at a state again.
type cachesStates struct {
	view
	states *sync.Map
}

func (s cachesStates) LoadDraft(ctx context.Context, id uuid.UUID) (builder.Draft, error) {
	d, err := s.view.LoadDraft(ctx, id)
	if err == nil {
		state, _ := s.states.LoadOrStore(id, d.State)
		d.State = state.([]byte)
	}
	return d, err
}
