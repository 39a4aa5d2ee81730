package transfer

import (
	"context"
	"errors"

	"github.com/boternity/boternity/builder"
)

// descends reports whether the stored draft that a given one differs from has
// gone on from it: the kept revision of that number is the same. Where it is
// no longer kept, or damaged, the later of two drafts that began at one
// microsecond under one id has gone on from the earlier.
func descends(ctx context.Context, store builder.Store, given builder.Draft, same func(a, b builder.Draft) bool) (bool, error) {
	stored, err := store.LoadDraft(ctx, given.SessionID)
	if err != nil || same(stored, given) {
		return err == nil, err
	}
	kept, err := store.LoadRevision(ctx, given.SessionID, given.Revision)
	if errors.Is(err, builder.ErrNotFound) || errors.Is(err, builder.ErrUnreadable) {
		return stored.Revision > given.Revision && stored.CreatedAt.Equal(given.CreatedAt), nil
	}
	return err == nil && same(kept, given), err
}

// sameState compares what drafts hold, whatever their times.
func sameState(a, b builder.Draft) bool {
	return a.SchemaVersion == b.SchemaVersion && string(a.State) == string(b.State)
}

// sameDraft compares everything.
func sameDraft(a, b builder.Draft) bool {
	return a.SessionID == b.SessionID && a.Revision == b.Revision && sameState(a, b) &&
		a.CreatedAt.Equal(b.CreatedAt) && a.UpdatedAt.Equal(b.UpdatedAt)
}
