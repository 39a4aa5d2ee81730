package builder_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
)

func TestGoneKey(t *testing.T) {
	key := builder.MakeGoneKey("ann", sessionID)
	if key != builder.MakeGoneKey("ann", sessionID) {
		t.Error("the same session has two keys")
	}
	// Keys are stored: a change of how they are made would revive every session.
	if got := fmt.Sprintf("%x", key); got != "b98ecd2b3217d05035a22d644011ca6d" {
		t.Errorf("the key is %s", got)
	}
	seen := map[builder.GoneKey]string{}
	for _, owner := range []string{"", "ann", "ann ", "Ann", "an", "n"} {
		for _, id := range []uuid.UUID{sessionID, {1}, {2}} {
			k := builder.MakeGoneKey(owner, id)
			if other, ok := seen[k]; ok {
				t.Errorf("%q and %s share a key", owner, other)
			}
			seen[k] = owner
			if strings.Contains(string(k[:]), string(id[:4])) {
				t.Error("the id can be read from the key")
			}
		}
	}
}

func TestCheckRow(t *testing.T) {
	draft := &builder.Draft{SessionID: sessionID, Revision: 1, State: []byte("\xff")}
	for what, c := range map[string]struct {
		row  builder.Row
		want bool
	}{
		"draft":          {builder.Row{Draft: draft}, true},
		"revision":       {builder.Row{Owner: "ann", Revision: draft}, true},
		"pending":        {builder.Row{Pending: &builder.Pending{SessionID: sessionID}}, true},
		"memory":         {builder.Row{Memory: &builder.StoredEntry{ID: sessionID}}, true},
		"preference":     {builder.Row{Preference: &builder.Preference{}}, true},
		"gone":           {builder.Row{Gone: &builder.Gone{}}, true},
		"nothing":        {builder.Row{}, false},
		"two":            {builder.Row{Draft: draft, Gone: &builder.Gone{}}, false},
		"never saved":    {builder.Row{Draft: &builder.Draft{SessionID: sessionID}}, false},
		"any revision":   {builder.Row{Draft: &builder.Draft{SessionID: sessionID, Revision: builder.AnyRevision}}, false},
		"owner with NUL": {builder.Row{Owner: secret + "\x00", Draft: draft}, false},
	} {
		err := builder.CheckRow(c.row)
		if (err == nil) != c.want || err != nil && !errors.Is(err, builder.ErrInvalid) {
			t.Errorf("%s: %v", what, err)
		}
		wantNoSecret(t, err)
	}
}

func TestChecksOfInput(t *testing.T) {
	long := func(n int) string { return strings.Repeat("a", n) }
	for what, c := range map[string]struct {
		err  error
		want bool
	}{
		"description":             {builder.CheckDescription("A bot"), true},
		"longest description":     {builder.CheckDescription(long(builder.MaxDescription)), true},
		"long description":        {builder.CheckDescription(long(builder.MaxDescription + 1)), false},
		"empty description":       {builder.CheckDescription(" \n\u00a0"), false},
		"NUL in description":      {builder.CheckDescription(secret + "\x00"), false},
		"bytes in description":    {builder.CheckDescription(secret + "\xff"), false},
		"the local owner":         {builder.CheckOwner(""), true},
		"longest owner":           {builder.CheckOwner(long(builder.MaxOwner)), true},
		"long owner":              {builder.CheckOwner(long(builder.MaxOwner + 1)), false},
		"NUL in owner":            {builder.CheckOwner(secret + "\x00"), false},
		"pending":                 {builder.CheckPending("tone", long(builder.MaxAnswer)), true},
		"no pending":              {builder.CheckPending("tone", ""), true},
		"pending of nothing":      {builder.CheckPending("", "x"), false},
		"pending of a long field": {builder.CheckPending(long(builder.MaxField+1), "x"), false},
		"long pending":            {builder.CheckPending("tone", long(builder.MaxAnswer+1)), false},
		"NUL in pending":          {builder.CheckPending("tone", secret+"\x00"), false},
		"id":                      {builder.CheckID(sessionID), true},
		"nil id":                  {builder.CheckID(uuid.Nil), false},
	} {
		if (c.err == nil) != c.want || c.err != nil && !errors.Is(c.err, builder.ErrInvalid) {
			t.Errorf("%s: %v", what, c.err)
		}
		wantNoSecret(t, c.err)
	}
}

func TestParseID(t *testing.T) {
	plain := sessionID.String()
	for _, s := range []string{plain, strings.ToUpper(plain), "{" + plain + "}", "urn:uuid:" + plain, strings.ReplaceAll(plain, "-", "")} {
		if id, err := builder.ParseID(s); err != nil || id != sessionID {
			t.Errorf("%s: %v, %v", s, id, err)
		}
	}
	for _, s := range []string{"", secret, plain + "0", plain[1:], "[" + plain + "]", "urn:" + secret[:4] + ":" + plain, " " + plain, plain + "\n"} {
		id, err := builder.ParseID(s)
		if !errors.Is(err, builder.ErrInvalid) || id != uuid.Nil {
			t.Errorf("%q: %v, %v", s, id, err)
		}
		wantNoSecret(t, err)
	}
}

func TestPageSize(t *testing.T) {
	for limit, want := range map[int]int{-1: 0, 0: 0, 1: 1, builder.MaxPage: builder.MaxPage, builder.MaxPage + 1: builder.MaxPage} {
		if got := builder.PageSize(limit); got != want {
			t.Errorf("a page of %d has %d rows, want %d", limit, got, want)
		}
	}
}

func TestTimes(t *testing.T) {
	at := time.Date(2026, 5, 3, 12, 0, 0, 123456789, time.FixedZone("", 2*3600))
	if got := builder.FormatTime(at); got != "2026-05-03T10:00:00.123456Z" {
		t.Errorf("FormatTime: %s", got)
	}
	if got := builder.StoredTime(at); !got.Equal(at.Truncate(time.Microsecond)) || got.Location() != time.UTC {
		t.Errorf("StoredTime: %v", got)
	}
	if !builder.StoredTime(time.Time{}).IsZero() {
		t.Error("the zero time does not stay zero")
	}
	if before := time.Unix(0, -1500); builder.StoredTime(before).After(before) {
		t.Error("a time before 1970 is not cut down")
	}
}

func TestErrorsToBranchOn(t *testing.T) {
	sentinels := []error{builder.ErrConflict, builder.ErrInvalid, builder.ErrUnreadable, builder.ErrNewer, builder.ErrGone, builder.ErrNotFound}
	for i, err := range []error{ // in the same order
		&builder.ConflictError{Based: 1, Stored: builder.Draft{SessionID: sessionID, Revision: 3, State: []byte(secret)}},
		&builder.InvalidError{Field: "tone", Problem: "is too long", Limit: 5, Got: 6},
		&builder.UnreadableError{SessionID: sessionID, Problem: "phase is missing"},
		&builder.NewerError{What: "database", Found: 3, Known: 2},
		builder.ForSession(sessionID, builder.ErrGone),
		builder.ForSession(sessionID, builder.ErrNotFound),
	} {
		for j, sentinel := range sentinels {
			if is := errors.Is(fmt.Errorf("saving: %w", err), sentinel); is != (i == j) {
				t.Errorf("%v is %v: %v", err, sentinel, is)
			}
		}
		wantNoSecret(t, err)
	}
	for text, err := range map[string]error{
		"session " + sessionID.String() + " is at revision 3, not 1":  &builder.ConflictError{Based: 1, Stored: builder.Draft{SessionID: sessionID, Revision: 3}},
		"tone is too long: 6, the limit is 5":                         &builder.InvalidError{Field: "tone", Problem: "is too long", Limit: 5, Got: 6},
		"session " + sessionID.String() + ": not found":               builder.ForSession(sessionID, builder.ErrNotFound),
		"database has version 3; this program knows versions up to 2": &builder.NewerError{What: "database", Found: 3, Known: 2},
	} {
		if err.Error() != text {
			t.Errorf("%q, want %q", err, text)
		}
	}
}
