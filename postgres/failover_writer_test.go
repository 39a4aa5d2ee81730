//go:build unix

package postgres

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
)

// writer works alone on the sessions of its owner, one after the other, so that
// nothing but its own work can come between.
type writer struct {
	owner    string
	store    builder.Store
	book     *ledger
	attempts int // so that it never sends the same bytes for two attempts
	sessions []*sitting
}

// sitting is a session as it was acknowledged.
type sitting struct {
	id     uuid.UUID
	states [][]byte // of revisions 1, 2 and so on
	ended  string   // finished or deleted
}

const (
	byFinishing = "finished"
	byDeleting  = "deleted"
)

func (s *sitting) revision() builder.Revision { return builder.Revision(len(s.states)) }

func newWriter(db *Database, owner string, book *ledger) *writer {
	return &writer{owner: owner, store: db.Owner(owner), book: book}
}

// work goes on until it has done some deeds after promoted is closed.
func (w *writer) work(ctx context.Context, promoted <-chan struct{}) error {
	for after := 0; after < deedsAfter; {
		select {
		case <-promoted:
			after++
		default:
		}
		if err := w.deed(ctx); err != nil {
			return fmt.Errorf("%s: %w", w.owner, err)
		}
	}
	return nil
}

// deed does one thing until it is acknowledged.
func (w *writer) deed(ctx context.Context) error {
	s := w.session()
	do := w.save
	if chance := rand.IntN(100); s.revision() > 0 && chance < 4 {
		do = w.finish
	} else if s.revision() > 0 && chance < 6 {
		do = w.remove
	}
	for {
		err := do(ctx, s)
		switch {
		case err == nil:
			w.book.acknowledge()
			return nil
		case ctx.Err() != nil || !isRefused(err):
			return err
		}
		w.book.count(&w.book.refused) // and nothing was saved: other bytes may come next
	}
}

// isRefused reports whether an error says that nothing was saved, for now.
func isRefused(err error) bool {
	return errors.Is(err, builder.ErrBusy) || errors.Is(err, ErrUnreachable) || errors.Is(err, ErrReadOnly)
}

func (w *writer) session() *sitting {
	if n := len(w.sessions); n > 0 && w.sessions[n-1].ended == "" {
		return w.sessions[n-1]
	}
	s := &sitting{id: testID(byte(len(w.sessions)))}
	s.id[14] = byte(len(w.sessions) >> 8)
	w.sessions = append(w.sessions, s)
	return s
}

func (w *writer) save(ctx context.Context, s *sitting) error {
	w.attempts++
	d := testDraft(s.id, fmt.Sprintf("attempt %d", w.attempts), len(s.states)%20)
	d.Revision = s.revision()
	stored, err := w.store.SaveDraft(ctx, d)
	if errors.Is(err, ErrUnknown) {
		w.book.count(&w.book.unknown)
		stored, err = w.lookUp(ctx, s, d)
	}
	if err != nil {
		return err
	}
	if stored.Revision != s.revision()+1 || !bytes.Equal(stored.State, d.State) {
		return fmt.Errorf("a save was acknowledged as revision %d with %d bytes, not %d with %d", stored.Revision, len(stored.State), s.revision()+1, len(d.State))
	}
	s.states = append(s.states, stored.State)
	return nil
}

// errNotSaved is what reading has shown of a change whose outcome was not
// known; it may be made again, in another way.
var errNotSaved = fmt.Errorf("%w: it was not saved", ErrUnreachable)

// lookUp finds out what became of a save. One that is found is saved again, as
// the contract has it, to hear that it is safe.
func (w *writer) lookUp(ctx context.Context, s *sitting, d builder.Draft) (builder.Draft, error) {
	for {
		stored, err := w.store.LoadDraft(ctx, s.id)
		switch {
		case err == nil && stored.Revision == d.Revision+1 && bytes.Equal(stored.State, d.State):
			stored, err = w.store.SaveDraft(ctx, d)
		case errors.Is(err, builder.ErrNotFound) && d.Revision == 0,
			err == nil && stored.Revision == d.Revision && bytes.Equal(stored.State, s.states[d.Revision-1]):
			return builder.Draft{}, errNotSaved
		case err == nil:
			err = fmt.Errorf("a session that was left at revision %d is at %d with %d bytes", d.Revision, stored.Revision, len(stored.State))
		}
		if err == nil || ctx.Err() != nil || !isRefused(err) && !errors.Is(err, ErrUnknown) {
			return stored, err
		}
	}
}

func (w *writer) finish(ctx context.Context, s *sitting) error {
	return w.end(ctx, s, byFinishing, func() error {
		_, err := w.store.FinishSession(ctx, s.id, s.revision(), testEntry(s.id, "finished"))
		return err
	})
}

func (w *writer) remove(ctx context.Context, s *sitting) error {
	return w.end(ctx, s, byDeleting, func() error {
		_, err := w.store.DeleteDraft(ctx, s.id)
		return err
	})
}

// end ends a session in a way that may be repeated.
func (w *writer) end(ctx context.Context, s *sitting, how string, do func() error) error {
	err := do()
	if errors.Is(err, ErrUnknown) {
		w.book.count(&w.book.unknown)
	}
	for errors.Is(err, ErrUnknown) && ctx.Err() == nil {
		_, err = w.store.LoadDraft(ctx, s.id)
		switch {
		case err == nil:
			return errNotSaved
		case errors.Is(err, builder.ErrNotFound):
			err = do()
		case isRefused(err):
			err = ErrUnknown
		}
	}
	if err == nil {
		s.ended = how
	}
	return err
}

// check compares what is stored with what was acknowledged.
func (w *writer) check(t *testing.T, s builder.Store) {
	t.Helper()
	for _, session := range w.sessions {
		if session.ended != "" {
			w.checkEnded(t, s, session)
		} else {
			w.checkStates(t, s, session)
		}
	}
}

func (w *writer) checkEnded(t *testing.T, s builder.Store, session *sitting) {
	t.Helper()
	_, err := s.LoadDraft(t.Context(), session.id)
	_, noEntry := s.LoadMemory(t.Context(), session.id)
	if !errors.Is(err, builder.ErrNotFound) || (noEntry == nil) != (session.ended == byFinishing) {
		t.Logf("%s: session %s was %s: the draft: %v, the entry: %v", w.owner, session.id, session.ended, err, noEntry)
		w.book.missing++
		return
	}
	for _, from := range []builder.Revision{0, session.revision(), builder.AnyRevision} {
		late := testDraft(session.id, "late", 1)
		late.Revision = from
		if _, err := s.SaveDraft(t.Context(), late); !errors.Is(err, builder.ErrGone) {
			t.Errorf("%s: a save of session %s after it was %s: %v", w.owner, session.id, session.ended, err)
		}
	}
}

func (w *writer) checkStates(t *testing.T, s builder.Store, session *sitting) {
	t.Helper()
	first := max(1, len(session.states)+1-builder.DefaultHistory)
	kept := map[builder.Revision]bool{}
	var page builder.HistoryPage
	for more := true; more; more = page.Next != "" {
		var err error
		page, err = s.DraftHistory(t.Context(), session.id, builder.PageQuery{Limit: builder.MaxPage, Cursor: page.Next})
		if errors.Is(err, builder.ErrNotFound) {
			break
		}
		noError(t, err)
		for _, r := range page.Revisions {
			kept[r.Revision] = true
		}
	}
	missing := int64(0)
	for r := first; r <= len(session.states); r++ {
		d, err := s.LoadRevision(t.Context(), session.id, builder.Revision(r))
		if err != nil || !bytes.Equal(d.State, session.states[r-1]) || !kept[builder.Revision(r)] {
			t.Logf("%s: revision %d of session %s: %d bytes, %d were acknowledged: %v", w.owner, r, session.id, len(d.State), len(session.states[r-1]), err)
			missing++
		}
		delete(kept, builder.Revision(r))
	}
	if len(kept) > 0 {
		t.Errorf("%s: session %s has revisions %v that nobody was told of", w.owner, session.id, kept)
	}
	if d, err := s.LoadDraft(t.Context(), session.id); missing == 0 && len(session.states) > 0 &&
		(err != nil || d.Revision != session.revision() || !bytes.Equal(d.State, session.states[len(session.states)-1])) {
		t.Errorf("%s: session %s is at revision %d, not %d: %v", w.owner, session.id, d.Revision, session.revision(), err)
	}
	w.book.missing += missing
}
