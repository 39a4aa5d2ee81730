package forge

import (
	"context"
	"errors"
	"slices"

	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/catalog"
)

// Ask returns a turn that asks about a field again, whether it is decided or
// not, and also when the session would not ask about it. It changes nothing;
// Open leads back to where the session stands. A session that does not go on is
// returned as Open returns it. Errors: as Open; builder.ErrInvalid for a field
// that no question is about.
func (g *Guide) Ask(ctx context.Context, id uuid.UUID, field string) (Turn, error) {
	return g.open(ctx, id, func(s *session) (Turn, error) { return g.ask(ctx, s, field) })
}

// ask is the turn that asks about a field out of its order.
func (g *Guide) ask(ctx context.Context, s *session, field string) (Turn, error) {
	again, ok := g.question(&s.state, field)
	if !ok {
		return Turn{}, builder.CheckValue(field, builder.Value{}) // says that it is none, quoted safely
	}
	q := &Question{Question: again, Again: true}
	t := Turn{
		SessionID: s.draft.SessionID, Revision: s.draft.Revision, Kind: Ask,
		Phase: q.Phase, Category: s.state.Category(), Question: q, Preview: g.preview(&s.state),
	}
	if notice, stale := g.stale(&s.state, field); stale {
		t.Notices = []Notice{notice}
	} else if decided(&s.state, field) {
		q.Current, q.CurrentSource = valueOf(&s.state, field), sourceOf(&s.state, field)
	}
	err := g.dress(ctx, s, q)
	if begun := s.unfinishedDescription(); field == FieldInitialDescription && !begun.IsZero() {
		q.Current, q.Unfinished = begun, true // what stands is only how far auto-save had come
	}
	return t, err
}

// opened is the turn of a session that someone comes back to. What they had
// typed about a field that the questions in line would not come to is asked
// about first, or it would never be seen again.
func (g *Guide) opened(ctx context.Context, s *session) (Turn, error) {
	t, err := g.turn(ctx, s)
	if err != nil || t.Kind == Ask && t.Question.Number == 0 {
		return t, err
	}
	pending, err := g.pending(ctx, s)
	if err != nil {
		return t, err
	}
	asked := g.catalog.Questions(s.state.Category())
	for _, field := range answerable() {
		inLine := slices.ContainsFunc(asked, func(q catalog.Question) bool { return q.Field == field })
		if pending[field] != "" && (decided(&s.state, field) || !inLine) {
			return g.ask(ctx, s, field)
		}
	}
	return t, nil
}

func (g *Guide) pending(ctx context.Context, s *session) (map[string]string, error) {
	if s.pending == nil {
		pending, err := g.store.LoadPending(ctx, s.draft.SessionID)
		if err != nil {
			return nil, err
		}
		s.pending = pending
	}
	return s.pending, nil
}

// Restore makes a kept revision the session's next one, such as a turn's
// LastReadable, and returns where the session stands then. at is the revision
// that the session is at. Errors: those of builder.DraftStore.RestoreRevision,
// with nothing changed.
func (g *Guide) Restore(ctx context.Context, id uuid.UUID, r, at builder.Revision) (Turn, error) {
	d, err := g.store.RestoreRevision(ctx, id, r, at)
	if err != nil {
		return Turn{}, err
	}
	state, err := builder.DecodeState(d)
	if err != nil {
		return g.viewOnly(ctx, d, err)
	}
	t, err := g.opened(ctx, &session{draft: d, state: state})
	if err != nil {
		t.Notices = append(t.Notices, unread(err))
	}
	return t, nil
}

// viewOnly is the turn of a draft that cannot be gone on with. A revision that
// is damaged as well is passed over. The newest may be the one to restore: a
// store can have it twice, and only one of the two damaged.
func (g *Guide) viewOnly(ctx context.Context, d builder.Draft, reason error) (Turn, error) {
	t := Turn{SessionID: d.SessionID, Revision: d.Revision, Kind: ViewOnly, Reason: reason}
	if !errors.Is(reason, builder.ErrUnreadable) {
		return t, nil
	}
	page, err := g.store.DraftHistory(ctx, d.SessionID, builder.PageQuery{Limit: builder.MaxPage})
	if err != nil && !isUnknown(err) {
		return t, err
	}
	for _, kept := range page.Revisions {
		switch found, _, err := g.revision(ctx, d.SessionID, kept.Revision); {
		case isUnknown(err):
		case err != nil:
			return t, err
		case mayBeRestored(found, d):
			t.LastReadable, t.ReadableAt = kept.Revision, found.UpdatedAt
			return t, nil
		}
	}
	return t, nil
}

// mayBeRestored reports whether a revision that can be read may replace d.
func mayBeRestored(kept, d builder.Draft) bool {
	_, err := builder.CheckSave(kept)
	return err == nil && kept.SchemaVersion >= d.SchemaVersion
}
