// Package rules is what stores decide alike: when a save is a retry, what may
// replace, finish or restore a draft, and what becomes of a row that is put.
package rules

import (
	"bytes"
	"fmt"
	"time"

	"github.com/boternity/boternity/builder"
)

// Stored is a draft as a store has it, with what the validator says of it.
type Stored struct {
	builder.Draft
	Problem string // empty when it can be read
}

// Saved reports whether d was saved before and its answer lost.
func (s Stored) Saved(d builder.Draft) bool {
	return d.Revision != builder.AnyRevision && s.Revision == d.Revision+1 &&
		s.SchemaVersion == d.SchemaVersion && bytes.Equal(s.State, d.State)
}

// MayReplace says why d must not become the next revision.
func (s Stored) MayReplace(d builder.Draft) error {
	if d.Revision != builder.AnyRevision && d.Revision != s.Revision {
		return &builder.ConflictError{Based: d.Revision, Stored: s.Draft}
	}
	if s.Problem != "" {
		return &builder.UnreadableError{SessionID: s.SessionID, Problem: s.Problem}
	}
	return s.mayFollow(d.SchemaVersion)
}

// mayFollow refuses to lower a draft's schema version, and to count its
// revision up to AnyRevision, which is none. Only rows that were put can be
// that high.
func (s Stored) mayFollow(version uint32) error {
	if err := s.checkVersion(version); err != nil {
		return err
	}
	if s.Revision+1 == builder.AnyRevision {
		return &builder.InvalidError{Field: "revision", Problem: "is the last one there can be"}
	}
	return nil
}

func (s Stored) checkVersion(known uint32) error {
	if s.SchemaVersion <= known {
		return nil
	}
	return &builder.NewerError{What: fmt.Sprintf("session %s", s.SessionID), Found: uint64(s.SchemaVersion), Known: uint64(known)}
}

// MayFinish says why the draft cannot be finished at a revision.
func (s Stored) MayFinish(at builder.Revision) error {
	switch {
	case s.Revision != at:
		return &builder.ConflictError{Based: at, Stored: s.Draft}
	case s.Problem != "":
		return &builder.UnreadableError{SessionID: s.SessionID, Problem: s.Problem}
	}
	return s.checkVersion(builder.CurrentSchemaVersion)
}

// MayRestore says why a kept revision cannot become the one after at, whatever
// the draft's own state looks like, or what a listing will show of it.
func (s Stored) MayRestore(kept builder.Draft, at builder.Revision) (builder.Inspection, error) {
	if s.Revision != at {
		return builder.Inspection{}, &builder.ConflictError{Based: at, Stored: s.Draft}
	}
	if _, problem := builder.StatusOf(kept); problem != "" {
		return builder.Inspection{}, &builder.UnreadableError{SessionID: s.SessionID, Problem: problem}
	}
	if err := s.mayFollow(kept.SchemaVersion); err != nil {
		return builder.Inspection{}, err
	}
	return builder.CheckSave(kept)
}

// SameRevision reports whether two are one revision of one draft.
func SameRevision(a, b builder.Draft) bool {
	return a.Revision == b.Revision && a.SchemaVersion == b.SchemaVersion &&
		bytes.Equal(a.State, b.State) && a.UpdatedAt.UnixMicro() == b.UpdatedAt.UnixMicro()
}

// AlreadyIf is what becomes of a put row where one is there.
func AlreadyIf(same bool) builder.Put {
	if same {
		return builder.PutAlready
	}
	return builder.PutDiffers
}

// CheckPrune refuses a policy that contradicts itself, and cuts its limits to
// how times are stored: one that is not would take in what was stored within
// its own microsecond.
func CheckPrune(p builder.PrunePolicy) (builder.PrunePolicy, error) {
	if p.Owner != nil {
		if err := builder.CheckOwner(*p.Owner); err != nil {
			return p, err
		}
		if !p.GoneBefore.IsZero() {
			return p, &builder.InvalidError{Field: "gone_before", Problem: "cannot be limited to one owner: a trace does not say whose it is"}
		}
	}
	for _, before := range []*time.Time{&p.DraftsBefore, &p.RevisionsBefore, &p.MemoryBefore, &p.GoneBefore} {
		*before = builder.StoredTime(*before)
	}
	return p, nil
}

// Judge adds to a finding, whose problem is the damage to a row's columns, what
// the row's own bytes have wrong. found is false where there is nothing to say.
// Drafts are all reported; what would keep a readable one from being saved is a
// problem too.
func Judge(f builder.Finding, r builder.Row) (_ builder.Finding, found bool) {
	switch {
	case r.Draft != nil:
		damage := f.Problem
		f.SessionID = r.Draft.SessionID
		f.Status, f.Problem = builder.StatusOf(*r.Draft)
		if _, err := builder.CheckSave(*r.Draft); err != nil && f.Problem == "" {
			f.Problem = err.Error()
		}
		if damage != "" {
			f.Status, f.Problem = builder.StatusUnreadable, damage
		}
		return f, true
	case f.Problem != "":
	case r.Revision != nil:
		_, f.Problem = builder.StatusOf(*r.Revision)
	case r.Memory != nil:
		f.Problem = builder.DecodeEntry(r.Memory.ID, r.Memory.CreatedAt, r.Memory.Entry).Problem
	}
	return f, f.Problem != ""
}
