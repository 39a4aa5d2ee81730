// Package forge is the guide: it asks what a bot needs to be finished, saves
// every answer before it asks the next question, and writes the finished bot.
//
// [Guide] is the one deep type. Every front door is thin over it: all policy
// about questions, defaults, suggestions and finishing is here, once. It keeps
// no session in memory, so any number of guides may serve the same store.
package forge

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/boternity/boternity/bot"
	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/catalog"
	"github.com/boternity/boternity/recall"
)

// Guide leads sessions of one owner. Its methods may be called by many
// goroutines.
type Guide struct {
	store   builder.Store
	catalog *catalog.Catalog
	bots    *bot.Folder
	now     func() time.Time
	newID   func() (uuid.UUID, error)
}

// Options are what a Guide works with besides its store.
type Options struct {
	Catalog *catalog.Catalog          // catalog.Default where nil
	Bots    *bot.Folder               // where Finish writes; without it Finish fails
	Now     func() time.Time          // time.Now where nil
	NewID   func() (uuid.UUID, error) // uuid.NewV7 where nil
}

// New returns a guide over one owner's store.
func New(store builder.Store, opts Options) *Guide {
	g := &Guide{store: store, catalog: opts.Catalog, bots: opts.Bots, now: opts.Now, newID: opts.NewID}
	if g.catalog == nil {
		g.catalog = catalog.Default()
	}
	if g.now == nil {
		g.now = time.Now
	}
	if g.newID == nil {
		g.newID = uuid.NewV7
	}
	return g
}

// Start begins a session from what the bot should do, in the person's words.
// The session is stored, at revision 1, when Start returns. Errors: what
// builder.CheckDescription says, and the store's.
func (g *Guide) Start(ctx context.Context, description string) (Turn, error) {
	if err := builder.CheckDescription(description); err != nil {
		return Turn{}, err
	}
	id, err := g.newID()
	if err != nil {
		return Turn{}, fmt.Errorf("make a session id: %w", err)
	}
	s := builder.NewState(id, description, recall.Classify(description).Category)
	d, err := g.save(ctx, &s, 0)
	if err != nil {
		return Turn{}, err
	}
	return g.savedTurn(ctx, &session{draft: d, state: s}), nil
}

// Open returns where a session stands: the next question, ready to finish, the
// finished bot, or for viewing only. Answers that today's catalogue no longer
// knows are asked again, each with a notice; then what was typed about a field
// that is decided, with its text pending. To leave such a question, a door
// removes the text by SavePending and opens the session again.
//
// A draft that cannot be read comes with the newest kept revision that can.
// Errors: builder.ErrNotFound, also for a session that was deleted, or finished
// and then forgotten.
func (g *Guide) Open(ctx context.Context, id uuid.UUID) (Turn, error) {
	return g.open(ctx, id, func(s *session) (Turn, error) {
		t, err := g.opened(ctx, s)
		t.Notices = append(g.onDisk(&s.state), t.Notices...)
		return t, err
	})
}

// open reads a session and, where it goes on, calls found.
func (g *Guide) open(ctx context.Context, id uuid.UUID, found func(*session) (Turn, error)) (Turn, error) {
	s, err := g.load(ctx, id)
	switch {
	case errors.Is(err, builder.ErrNewer), errors.Is(err, builder.ErrUnreadable):
		return g.viewOnly(ctx, s.draft, err)
	case errors.Is(err, builder.ErrNotFound):
		return g.finishedTurn(ctx, id, err)
	case err != nil:
		return Turn{}, err
	}
	return found(s)
}

// session is a draft with its state while one call works on it.
type session struct {
	draft builder.Draft
	state builder.State

	suggestions []recall.Suggestion // of this call; nil until asked for
	pending     map[string]string   // likewise
}

// load reads a session. With ErrNewer and ErrUnreadable the draft is returned
// as well.
func (g *Guide) load(ctx context.Context, id uuid.UUID) (*session, error) {
	d, err := g.store.LoadDraft(ctx, id)
	if err != nil {
		return nil, err
	}
	s, err := builder.DecodeState(d)
	if err != nil {
		return &session{draft: d}, err
	}
	return &session{draft: d, state: s}, nil
}

func (g *Guide) save(ctx context.Context, s *builder.State, at builder.Revision, answered ...string) (builder.Draft, error) {
	state, version, err := s.Encode()
	if err != nil {
		return builder.Draft{}, err
	}
	return g.store.SaveDraft(ctx, builder.Draft{SessionID: s.SessionID, Revision: at, SchemaVersion: version, State: state}, answered...)
}
