package builder

import (
	"context"

	"github.com/google/uuid"
)

// DraftStore keeps the unfinished sessions of one owner.
//
// Every method may be called by many goroutines and, on a store that lives in
// a file or a server, by many processes at once. When one that changes
// something returns nil, the change survives a crash of the process and of the
// machine; when it returns an error, nothing was changed. A cancelled context
// is such an error, unless the change was already being committed: then the
// call reports the commit. Times are UTC with microseconds, from the store's
// clock.
//
// A session that was deleted or finished stays gone: nothing but PutRows with
// Revive brings it back.
type DraftStore interface {
	// SaveDraft stores d.State as the draft's next revision and returns the
	// draft as stored. d.Revision is the revision the state was made from: 0
	// creates the draft, AnyRevision overwrites whatever is there. The fields in
	// answered lose their pending text in the same step. CreatedAt and
	// UpdatedAt are the store's to set.
	//
	// A retry after a lost answer is not a conflict: where the stored revision
	// is the next one already, with these very bytes and schema version, it is
	// returned as saved.
	//
	// Errors: what CheckSave says; *ConflictError; ErrGone when the session was
	// deleted or has finished, and when d.Revision is above 0 and there is no
	// draft; ErrUnreadable when the stored state cannot be read, since
	// replacing it would destroy it; ErrNewer when the stored schema version is
	// above d.SchemaVersion.
	SaveDraft(ctx context.Context, d Draft, answered ...string) (Draft, error)

	// LoadDraft returns the draft with the bytes it was saved with, readable or
	// not. Errors: ErrNotFound.
	LoadDraft(ctx context.Context, id uuid.UUID) (Draft, error)

	// ListDrafts returns a page of drafts by UpdatedAt, then id, both
	// descending. It takes no longer for large states or many drafts. A draft
	// that nobody saves meanwhile appears exactly once over the pages. Errors:
	// ErrBadCursor.
	ListDrafts(ctx context.Context, q DraftQuery) (DraftPage, error)

	// DeleteDraft removes a draft with its history and pending text, and
	// reports whether there was one. There being none is no error.
	DeleteDraft(ctx context.Context, id uuid.UUID) (deleted bool, err error)

	// DraftHistory returns a page of the kept revisions, newest first; the
	// newest is the draft's own. Errors: ErrNotFound, ErrBadCursor.
	DraftHistory(ctx context.Context, id uuid.UUID, q PageQuery) (HistoryPage, error)

	// LoadRevision returns a kept revision; its UpdatedAt is when it was saved.
	// Errors: ErrNotFound for the draft or the revision.
	LoadRevision(ctx context.Context, id uuid.UUID, r Revision) (Draft, error)

	// RestoreRevision makes the bytes of kept revision r the draft's next
	// revision. It is the one way to replace a state that cannot be read.
	// Errors: as LoadRevision; *ConflictError when the draft is not at revision
	// at; ErrUnreadable when r cannot be read either; ErrInvalid when r is over
	// a limit; ErrNewer when the draft's schema version is above that of r;
	// ErrGone when an entry has ended the session.
	RestoreRevision(ctx context.Context, id uuid.UUID, r, at Revision) (Draft, error)

	// SavePending keeps what has been typed into a question and not yet
	// answered, in place of what was kept for that field; an empty text removes
	// it. It makes no revision and leaves UpdatedAt alone. Errors: ErrInvalid;
	// ErrGone when the session was deleted or has finished, ErrNotFound when
	// there is no such draft.
	SavePending(ctx context.Context, id uuid.UUID, field, text string) error

	// LoadPending returns the pending texts by field; none for a draft that
	// there is not.
	LoadPending(ctx context.Context, id uuid.UUID) (map[string]string, error)
}

// MemoryStore keeps what is remembered of one owner's finished sessions. What
// is said of DraftStore about concurrency, durability and time holds here too.
type MemoryStore interface {
	// RecordMemory keeps an entry. Recording the same entry again changes
	// nothing. Errors: what CheckEntry says; ErrEntryExists when another entry
	// has its id.
	RecordMemory(ctx context.Context, e MemoryEntry) error

	// LoadMemory returns an entry. Errors: ErrNotFound.
	LoadMemory(ctx context.Context, id uuid.UUID) (MemoryEntry, error)

	// Recall returns a page of entries by CreatedAt, then id, both descending.
	// Errors: ErrBadCursor.
	Recall(ctx context.Context, q MemoryQuery) (MemoryPage, error)

	// RecallSimilar returns at most limit entries that share terms with the
	// given ones (see Terms), newest first. Of the terms that the owner's
	// entries hold it considers the SimilarTerms rarest, equally rare ones in
	// the order of their text, and takes the newest entries of the rarest term
	// first, then of the next, until it has limit. So every store returns the
	// same entries, at a cost bounded by limit.
	RecallSimilar(ctx context.Context, terms []string, limit int) ([]MemoryEntry, error)

	// ForgetMemory removes an entry with its terms, and reports whether there
	// was one. The session stays finished.
	ForgetMemory(ctx context.Context, id uuid.UUID) (forgotten bool, err error)

	// Preferences returns the owner's preferences, by field, then value.
	Preferences(ctx context.Context) (Preferences, error)

	// SetPreference keeps a preference, or takes it back where Never is false.
	// Errors: ErrInvalid.
	SetPreference(ctx context.Context, p Preference) error
}

// SimilarTerms is how many terms RecallSimilar considers.
const SimilarTerms = 8

// Store is one owner's view of a database. No call on it reads, changes or
// reveals another owner's rows, even those with the same ids.
type Store interface {
	DraftStore
	MemoryStore

	// FinishSession records e, whose id is the session's, and removes the draft
	// with its history and pending text: both or neither. When the session has
	// finished before, it returns the entry stored then and changes nothing.
	// Errors: as RecordMemory; *ConflictError when the draft is not at revision
	// at; ErrGone when there is no draft; ErrUnreadable and ErrNewer when this
	// program cannot go on with it.
	FinishSession(ctx context.Context, id uuid.UUID, at Revision, e MemoryEntry) (MemoryEntry, error)
}
