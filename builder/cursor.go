package builder

import (
	"encoding/base64"
	"encoding/binary"
	"time"

	"github.com/google/uuid"
)

// Cursor is where a list goes on. It is opaque to callers; the empty cursor is
// the beginning.
type Cursor string

// ListName tells the lists apart, so that a cursor of one is not taken for
// another's.
type ListName byte

// The lists.
const (
	ListOfDrafts ListName = iota + 1
	ListOfMemory
	ListOfRevisions
	ListOfRows
)

// Position is a place in a list that is ordered by time, then id, both
// descending: right after the row that has these.
type Position struct {
	At time.Time
	ID uuid.UUID
}

const positionLen = 1 + 8 + 16

// Cursor is the position as a list hands it out.
func (p Position) Cursor(list ListName) Cursor {
	b := make([]byte, 0, positionLen)
	b = append(b, byte(list))
	b = binary.BigEndian.AppendUint64(b, uint64(p.At.UnixMicro()))
	b = append(b, p.ID[:]...)
	return Cursor(base64.RawURLEncoding.EncodeToString(b))
}

// Before reports whether a row with this time and id comes after p in the list.
func (p Position) Before(at time.Time, id uuid.UUID) bool {
	if !at.Equal(p.At) {
		return at.Before(p.At)
	}
	return string(id[:]) < string(p.ID[:])
}

// ParsePosition reads a cursor of the list. ok is false at the beginning.
func ParsePosition(list ListName, c Cursor) (p Position, ok bool, err error) {
	if c == "" {
		return Position{}, false, nil
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(string(c))
	if err != nil || len(b) != positionLen || ListName(b[0]) != list {
		return Position{}, false, ErrBadCursor
	}
	p.At = time.UnixMicro(int64(binary.BigEndian.Uint64(b[1:]))).UTC()
	copy(p.ID[:], b[9:])
	return p, true, nil
}

// RevisionCursor is the place in a history right after revision r.
func RevisionCursor(r Revision) Cursor {
	b := binary.BigEndian.AppendUint32([]byte{byte(ListOfRevisions)}, uint32(r))
	return Cursor(base64.RawURLEncoding.EncodeToString(b))
}

// ParseRevisionCursor reads a cursor of a history; the beginning is AnyRevision,
// which is above every revision.
func ParseRevisionCursor(c Cursor) (Revision, error) {
	if c == "" {
		return AnyRevision, nil
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(string(c))
	if err != nil || len(b) != 5 || ListName(b[0]) != ListOfRevisions {
		return 0, ErrBadCursor
	}
	return Revision(binary.BigEndian.Uint32(b[1:])), nil
}
