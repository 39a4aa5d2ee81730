package forge

import (
	"context"
	"errors"

	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
)

// advance calls step with a session as it is stored and with what was done to
// it since revision at, and again for as long as another door saves in between:
// then somebody has got further each time.
func (g *Guide) advance(ctx context.Context, id uuid.UUID, at builder.Revision, step func(*session, since) (Turn, error)) (Turn, error) {
	for {
		s, err := g.load(ctx, id)
		if err != nil {
			return g.late(ctx, id, at, err)
		}
		d, err := g.since(ctx, s, at)
		if err != nil {
			return Turn{}, err
		}
		t, err := step(s, d)
		switch {
		case err == nil:
			return t, nil
		case !errors.Is(err, builder.ErrConflict):
			return g.late(ctx, id, at, err)
		case ctx.Err() != nil:
			return Turn{}, ctx.Err()
		}
	}
}

// saveTurn saves a session and returns where it stands then.
func (g *Guide) saveTurn(ctx context.Context, s *session, d since, answered ...string) (Turn, error) {
	saved, err := g.save(ctx, &s.state, s.draft.Revision, answered...)
	if err != nil {
		return Turn{}, err
	}
	s.draft = saved
	return g.savedTurn(ctx, s, g.notices(d)...), nil
}
