package builder

import (
	"time"

	"github.com/google/uuid"
)

// Revision is how many times a draft has been saved; 0 is not stored yet.
type Revision uint32

// AnyRevision asks SaveDraft for a plain upsert.
const AnyRevision = ^Revision(0)

// Draft is the stored form of an unfinished session.
type Draft struct {
	SessionID     uuid.UUID
	Revision      Revision
	SchemaVersion uint32
	State         []byte    // exactly the bytes that were saved
	CreatedAt     time.Time // of the first save; set by the store
	UpdatedAt     time.Time // of this revision; set by the store
}

// Status is whether this program can go on with a draft.
type Status string

// The statuses.
const (
	StatusOK         Status = "ok"
	StatusNewer      Status = "newer"      // a schema version this program does not know: view and export only
	StatusUnreadable Status = "unreadable" // does not decode: view, export, restore, delete
)

// DraftSummary is what a listing shows of a draft. It never takes reading the
// state.
type DraftSummary struct {
	SessionID     uuid.UUID
	Revision      Revision
	SchemaVersion uint32
	CreatedAt     time.Time
	UpdatedAt     time.Time
	Bytes         int // length of the state
	Inspection
}

// Status is derived whenever it is asked for, because another program may know
// more versions than the one that saved.
func (s DraftSummary) Status() Status { return s.status(s.SchemaVersion) }

// DraftQuery asks for a page of drafts, newest update first.
type DraftQuery struct {
	Limit  int // none for 0 and less, at most MaxPage
	Cursor Cursor
}

// DraftPage is a page of drafts. Next is empty on the last one.
type DraftPage struct {
	Drafts []DraftSummary
	Next   Cursor
}

// PageQuery asks for a page of any other list.
type PageQuery struct {
	Limit  int
	Cursor Cursor
}

// RevisionSummary is what a listing shows of one kept revision.
type RevisionSummary struct {
	Revision      Revision
	SchemaVersion uint32
	SavedAt       time.Time
	Bytes         int
	Phase         Phase // empty where the revision's state could not be read
}

// HistoryPage is a page of kept revisions, newest first.
type HistoryPage struct {
	Revisions []RevisionSummary
	Next      Cursor
}
