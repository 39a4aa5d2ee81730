package builder

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/google/uuid"
)

// The errors to branch on with errors.Is. Their texts, and those of the types
// below, hold ids, field names and numbers; never users' words.
var (
	ErrNotFound    = errors.New("not found")
	ErrConflict    = errors.New("changed since it was read")
	ErrGone        = errors.New("deleted or finished")
	ErrInvalid     = errors.New("not valid")
	ErrUnreadable  = errors.New("not readable")
	ErrNewer       = errors.New("written by a newer program")
	ErrEntryExists = errors.New("another memory entry has this id")
	ErrBadCursor   = errors.New("not a cursor of this list")
	ErrBusy        = errors.New("the database is busy; nothing was saved")
)

// ConflictError is a save that was based on a stale revision. Nothing was
// written; Stored is what a new attempt has to start from.
type ConflictError struct {
	Based  Revision // what the refused save was based on
	Stored Draft
}

func (e *ConflictError) Error() string {
	return fmt.Sprintf("session %s is at revision %d, not %d", e.Stored.SessionID, e.Stored.Revision, e.Based)
}

// Is makes the error an ErrConflict.
func (e *ConflictError) Is(target error) bool { return target == ErrConflict }

// SessionError is one of the sentinel errors for one session.
type SessionError struct {
	SessionID uuid.UUID
	Err       error
}

func (e *SessionError) Error() string { return fmt.Sprintf("session %s: %v", e.SessionID, e.Err) }

func (e *SessionError) Unwrap() error { return e.Err }

// ForSession names the session in an error to branch on.
func ForSession(id uuid.UUID, err error) error { return &SessionError{id, err} }

// InvalidError is input that was refused, with the field at fault and, where
// one was passed, the limit and what was given.
type InvalidError struct {
	Field   string // "config.max_tokens", "conversation[3].answer"
	Problem string // completes "FIELD …"
	Limit   int64  // 0 where no limit was passed
	Got     int64
}

func (e *InvalidError) Error() string {
	text := e.Problem
	if e.Field != "" {
		text = e.Field + " " + text
	}
	if e.Limit != 0 {
		text += fmt.Sprintf(": %d, the limit is %d", e.Got, e.Limit)
	}
	return text
}

// Is makes the error an ErrInvalid.
func (e *InvalidError) Is(target error) bool { return target == ErrInvalid }

// quoteField names a field that came from outside: its length is bounded and
// what could upset a terminal is escaped.
func quoteField(name string) string {
	if len(name) > MaxField {
		name = strings.ToValidUTF8(name[:MaxField], "") + "…"
	}
	return strconv.QuoteToGraphic(name)
}

// UnreadableError is a stored draft that does not decode. Its bytes are kept.
type UnreadableError struct {
	SessionID uuid.UUID
	Problem   string
}

func (e *UnreadableError) Error() string {
	return fmt.Sprintf("session %s is not readable: %s", e.SessionID, e.Problem)
}

// Is makes the error an ErrUnreadable.
func (e *UnreadableError) Is(target error) bool { return target == ErrUnreadable }

// NewerError is a draft or a database of a version above what was expected:
// above what this program knows, or above what a save would replace it with.
type NewerError struct {
	What  string // "session 0190…", "database"
	Found uint64
	Known uint64
}

func (e *NewerError) Error() string {
	return fmt.Sprintf("%s has version %d; this program knows versions up to %d", e.What, e.Found, e.Known)
}

// Is makes the error an ErrNewer.
func (e *NewerError) Is(target error) bool { return target == ErrNewer }
