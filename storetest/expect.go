package storetest

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
)

func (f *fixture) noError(what string, err error) {
	f.Helper()
	if err != nil {
		f.Fatalf("%s: %v", what, err)
	}
}

// fails expects an error to branch on.
func (f *fixture) fails(what string, err, want error) {
	f.Helper()
	if !errors.Is(err, want) {
		f.Fatalf("%s: error is %v, want %q", what, err, want)
	}
}

// failsFor expects an error that names the session.
func (f *fixture) failsFor(id uuid.UUID, what string, err, want error) {
	f.Helper()
	f.fails(what, err, want)
	if !strings.Contains(err.Error(), id.String()) {
		f.Errorf("%s: the error %q does not name session %s", what, err, id)
	}
}

// same expects a draft to be exactly another.
func (f *fixture) same(what string, got, want builder.Draft) {
	f.Helper()
	if got.SessionID != want.SessionID || got.Revision != want.Revision || got.SchemaVersion != want.SchemaVersion {
		f.Errorf("%s: session %s revision %d version %d, want %s, %d, %d", what,
			got.SessionID, got.Revision, got.SchemaVersion, want.SessionID, want.Revision, want.SchemaVersion)
	}
	f.sameTime(what+": created", got.CreatedAt, want.CreatedAt)
	f.sameTime(what+": updated", got.UpdatedAt, want.UpdatedAt)
	if !bytes.Equal(got.State, want.State) {
		f.Errorf("%s: the state has other bytes: %s, want %s", what, excerpt(got.State), excerpt(want.State))
	}
}

// sameTime expects a time as stores give it: to the microsecond, in UTC.
func (f *fixture) sameTime(what string, got, want time.Time) {
	f.Helper()
	if !got.Equal(want) || got.Location() != time.UTC {
		f.Errorf("%s at %s, want %s", what, got, want.UTC())
	}
}

// sameEntry expects a memory entry to be exactly another.
func (f *fixture) sameEntry(what string, got, want builder.MemoryEntry) {
	f.Helper()
	f.sameTime(what+": created", got.CreatedAt, want.CreatedAt)
	a, errA := builder.EncodeEntry(got)
	b, errB := builder.EncodeEntry(want)
	if errA != nil || errB != nil || !bytes.Equal(a, b) || got.Problem != want.Problem {
		f.Errorf("%s: entry is %s (problem %q, error %v), want %s (problem %q, error %v)", what, a, got.Problem, errA, b, want.Problem, errB)
	}
}

// equal expects two values to be the same.
func equal[V comparable](f *fixture, what string, got, want V) {
	f.Helper()
	if got != want {
		f.Errorf("%s: %v, want %v", what, got, want)
	}
}

// excerpt bounds what a failure shows of a state.
func excerpt(b []byte) string {
	if len(b) <= 600 {
		return string(b)
	}
	return string(b[:300]) + " … " + string(b[len(b)-300:])
}

func entryIDs(entries []builder.MemoryEntry) []uuid.UUID {
	var ids []uuid.UUID
	for _, e := range entries {
		ids = append(ids, e.ID)
	}
	return ids
}

func draftIDs(drafts []builder.DraftSummary) []uuid.UUID {
	var ids []uuid.UUID
	for _, d := range drafts {
		ids = append(ids, d.SessionID)
	}
	return ids
}

func sameIDs(f *fixture, what string, got, want []uuid.UUID) {
	f.Helper()
	if !slices.Equal(got, want) {
		f.Errorf("%s: %v, want %v", what, got, want)
	}
}
