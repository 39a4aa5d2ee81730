package builder

import (
	"context"
	"crypto/sha256"
	"fmt"
	"iter"
	"time"

	"github.com/google/uuid"
)

// Database is what crosses owners: the operator's view.
type Database interface {
	// Owner returns one owner's view; the empty name is the single local user.
	// A name that CheckOwner refuses makes every call on the view fail with
	// that error.
	Owner(name string) Store

	// Rows yields everything, as stored, from a row's Next on; the empty cursor
	// is the beginning. An error ends it.
	Rows(ctx context.Context, from Cursor) iter.Seq2[Row, error]

	// PutRows stores rows as they are given, whatever their bytes, all of them
	// or none, and says for each what became of it. It never replaces a row by
	// another: what is already there stays.
	PutRows(ctx context.Context, rows []Row, opts PutOptions) ([]Put, error)

	// Check looks at every row and changes nothing. It yields a finding for
	// each draft, and for other rows where something is wrong with them. An
	// error ends it.
	Check(ctx context.Context) iter.Seq2[Finding, error]

	// Prune removes what the policy names.
	Prune(ctx context.Context, p PrunePolicy) (Receipt, error)

	// Erase removes everything of an owner, search terms and write-ahead log
	// included. The sessions stay gone. What others save while it runs goes or
	// stays, each session and entry whole.
	Erase(ctx context.Context, owner string) (Receipt, error)

	// Close waits for calls under way. The database is not used after it.
	Close() error
}

// The tables, by the names they have in receipts, findings and every database.
const (
	TableDrafts      = "builder_drafts"
	TableRevisions   = "builder_draft_revisions"
	TablePending     = "builder_pending"
	TableMemory      = "builder_memory"
	TableTerms       = "builder_memory_terms"
	TablePreferences = "builder_preferences"
	TableGone        = "builder_gone"
)

// Row is one stored row: exactly one of the pointers is set.
type Row struct {
	Owner      string
	Draft      *Draft
	Revision   *Draft // a kept revision that is not the draft's newest; UpdatedAt is when it was saved
	Pending    *Pending
	Memory     *StoredEntry
	Preference *Preference
	Gone       *Gone
	Next       Cursor // where Rows goes on after this row; PutRows ignores it
}

// Pending is the pending text of one field.
type Pending struct {
	SessionID uuid.UUID
	Field     string
	Text      string
}

// StoredEntry is a memory entry as its bytes (see EncodeEntry), readable or
// not. The category and the terms are taken from them.
type StoredEntry struct {
	ID        uuid.UUID
	CreatedAt time.Time
	Entry     []byte
}

// Gone remembers that a session was deleted or finished, and nothing else of
// it: neither its id nor its owner can be read from the key.
type Gone struct {
	Key      GoneKey
	Finished bool
	At       time.Time
}

// GoneKey is a digest of an owner and a session id.
type GoneKey [16]byte

// MakeGoneKey returns the key of an owner's session.
func MakeGoneKey(owner string, id uuid.UUID) GoneKey {
	sum := sha256.Sum256(append(append([]byte(owner), 0), id[:]...))
	return GoneKey(sum[:16])
}

// PutOptions are the choices of PutRows.
type PutOptions struct {
	// Revive lets rows of a deleted draft and of a forgotten entry come back,
	// because someone asks for just that. A draft whose session has finished
	// stays gone all the same.
	Revive bool
}

// Put is what became of a row given to PutRows.
type Put string

// The outcomes.
const (
	PutAdded   Put = "added"
	PutAlready Put = "already there" // the same row, or a later revision that grew out of it
	PutDiffers Put = "differs"       // another row is there; it was left as it is
	PutGone    Put = "gone"          // its session was deleted or has finished here
	PutOrphan  Put = "orphan"        // a revision or pending text without its draft
)

// Finding is what Check saw of one row.
type Finding struct {
	Owner     string
	Table     string
	Row       string    // the row's key, as the database has it
	SessionID uuid.UUID // of a draft
	Status    Status    // of a draft; empty for other rows
	Problem   string    // what is wrong, or what would keep the draft from being saved; empty when nothing
}

// PrunePolicy names what Prune removes. The zero time removes nothing. Owner
// and GoneBefore exclude each other: a trace does not say whose it is.
type PrunePolicy struct {
	Owner           *string   // nil for every owner
	DraftsBefore    time.Time // drafts not updated since, with history and pending text
	RevisionsBefore time.Time // kept revisions saved before, oldest first up to one that was not; never a draft's newest
	MemoryBefore    time.Time // entries recorded before
	GoneBefore      time.Time // traces of deleted and finished sessions; their late saves are no longer refused
	DryRun          bool      // count only
}

// Receipt says what was removed, by table, and what could not be.
type Receipt struct {
	Counts    map[string]int64
	Remaining []string // plain sentences: what still holds erased bytes, and why
}

// CheckRow refuses a row that is not exactly one row, of an impossible owner,
// without an id, or with a time outside the years 1 to 9999, which not every
// store could keep. Its bytes may be anything.
func CheckRow(r Row) error {
	if err := CheckOwner(r.Owner); err != nil {
		return err
	}
	set := 0
	for _, is := range []bool{r.Draft != nil, r.Revision != nil, r.Pending != nil, r.Memory != nil, r.Preference != nil, r.Gone != nil} {
		if is {
			set++
		}
	}
	if set != 1 {
		return &InvalidError{Field: "row", Problem: fmt.Sprintf("holds %d rows, not one", set)}
	}
	switch {
	case r.Draft != nil:
		return checkDraftRow(r.Draft)
	case r.Revision != nil:
		return checkDraftRow(r.Revision)
	case r.Pending != nil:
		return CheckID(r.Pending.SessionID)
	case r.Memory != nil:
		if r.Memory.ID == uuid.Nil {
			return &InvalidError{Field: "id", Problem: "is the nil UUID"}
		}
		return checkTime("created_at", r.Memory.CreatedAt)
	case r.Gone != nil:
		return checkTime("at", r.Gone.At)
	}
	return nil
}

func checkDraftRow(d *Draft) error {
	if err := CheckID(d.SessionID); err != nil {
		return err
	}
	if d.Revision == 0 || d.Revision == AnyRevision {
		return &InvalidError{Field: "revision", Problem: "is not that of a stored draft"}
	}
	if err := checkTime("created_at", d.CreatedAt); err != nil {
		return err
	}
	return checkTime("updated_at", d.UpdatedAt)
}

// checkTime refuses what RFC 3339 cannot write.
func checkTime(field string, t time.Time) error {
	if year := t.UTC().Year(); year < 0 || year > 9999 {
		return &InvalidError{Field: field, Problem: "is outside the years 0 to 9999"}
	}
	return nil
}
