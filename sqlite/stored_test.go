package sqlite

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
)

// storedRows is all that a file holds.
type storedRows struct {
	drafts    map[uuid.UUID]builder.Draft
	revisions map[uuid.UUID][]builder.Draft
	pending   map[uuid.UUID]string
	memory    map[uuid.UUID]builder.StoredEntry
	gone      map[builder.GoneKey]bool // whether finished
}

func readStored(db *Database) (*storedRows, error) {
	s := &storedRows{map[uuid.UUID]builder.Draft{}, map[uuid.UUID][]builder.Draft{}, map[uuid.UUID]string{},
		map[uuid.UUID]builder.StoredEntry{}, map[builder.GoneKey]bool{}}
	for r, err := range db.Rows(context.Background(), "") {
		if err != nil {
			return nil, err
		}
		switch {
		case r.Draft != nil:
			s.drafts[r.Draft.SessionID] = *r.Draft
		case r.Revision != nil:
			s.revisions[r.Revision.SessionID] = append(s.revisions[r.Revision.SessionID], *r.Revision)
		case r.Pending != nil:
			s.pending[r.Pending.SessionID] += r.Pending.Text
		case r.Memory != nil:
			s.memory[r.Memory.ID] = *r.Memory
		case r.Gone != nil:
			s.gone[r.Gone.Key] = r.Gone.Finished
		}
	}
	return s, nil
}

// trouble says what of a sitting is not stored as it should be.
func (s *storedRows) trouble(hand int, at sitting) string {
	id := sessionID(hand, at.session)
	d, found := s.drafts[id]
	e, remembered := s.memory[id]
	finished, gone := s.gone[builder.MakeGoneKey("", id)]
	live := at.revision > 0 && at.ended == ""
	switch {
	case found != live:
		return fmt.Sprintf("there is a draft: %t", found)
	case gone != (at.ended != "") || finished != (at.ended == finishes) || remembered != finished:
		return fmt.Sprintf("there is a trace: %t, of its end: %t, an entry: %t", gone, finished, remembered)
	case remembered:
		kept := builder.DecodeEntry(e.ID, time.Time{}, e.Entry)
		if same, err := builder.SameEntry(kept, entryOf(hand, at.session)); err != nil || !same {
			return fmt.Sprintf("the entry is another: %v", err)
		}
	case live && (d.Revision != at.revision || !bytes.Equal(d.State, draftAt(hand, at.session, at.revision).State)):
		return fmt.Sprintf("the draft is at revision %d with %d bytes", d.Revision, len(d.State))
	case live:
		return s.troubleBeside(hand, at)
	}
	if s.pending[id] != "" || len(s.revisions[id]) > 0 {
		return "it has ended, and has pending text or a history"
	}
	return ""
}

// troubleBeside is trouble with what hangs on a draft.
func (s *storedRows) troubleBeside(hand int, at sitting) string {
	id := sessionID(hand, at.session)
	want := ""
	if at.typed > 0 {
		want = textOf(at.typed)
	}
	if s.pending[id] != want {
		return fmt.Sprintf("%q is pending, not %q", s.pending[id], want)
	}
	kept := map[builder.Revision]bool{}
	for _, r := range s.revisions[id] {
		if !bytes.Equal(r.State, draftAt(hand, at.session, r.Revision).State) {
			return fmt.Sprintf("revision %d has other bytes", r.Revision)
		}
		kept[r.Revision] = true
	}
	for r := max(at.revision, keptHistory) - keptHistory + 1; r < at.revision; r++ {
		if !kept[r] {
			return fmt.Sprintf("revision %d is missing", r)
		}
	}
	return ""
}

// allRows is all that a file holds, as text.
func allRows(db *Database) (string, error) {
	var text strings.Builder
	for r, err := range db.Rows(context.Background(), "") {
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&text, "%q %+v %+v %+v\n", r.Owner, r.Pending, r.Preference, r.Gone)
		for _, d := range []*builder.Draft{r.Draft, r.Revision} {
			if d != nil {
				fmt.Fprintf(&text, "%t %v %d %d %v %v %s\n", d == r.Draft, d.SessionID, d.Revision, d.SchemaVersion, d.CreatedAt, d.UpdatedAt, d.State)
			}
		}
		if r.Memory != nil {
			fmt.Fprintf(&text, "%v %v %s\n", r.Memory.ID, r.Memory.CreatedAt, r.Memory.Entry)
		}
	}
	return text.String(), nil
}
