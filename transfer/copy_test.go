package transfer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
)

// furnished is a database that holds rows of every kind, readable or not, of
// several owners.
func furnished(t *testing.T) builder.Database {
	t.Helper()
	db, ctx := newDatabase(), t.Context()
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	put := func(rows ...builder.Row) {
		t.Helper()
		puts, err := db.PutRows(ctx, rows, builder.PutOptions{})
		if check(err); slices.ContainsFunc(puts, func(p builder.Put) bool { return p != builder.PutAdded }) {
			t.Fatalf("put: %v", puts)
		}
	}
	at := time.Date(2026, 1, 2, 3, 4, 5, 6000, time.UTC)
	for n, owner := range []string{"", "anna", "b%'日"} {
		s := db.Owner(owner)
		id := func(kind byte) uuid.UUID { return uuid.UUID{0: 1, 6: 0x70, 8: 0x80, 14: byte(n), 15: kind} }
		d := builder.Draft{SessionID: id(1), SchemaVersion: 1, State: stateOf(t, id(1), 0)}
		for i := range 4 {
			saved, err := s.SaveDraft(ctx, d)
			check(err)
			d.Revision, d.State = saved.Revision, stateOf(t, id(1), i+1)
		}
		check(s.SavePending(ctx, id(1), builder.FieldTone, "half"))
		check(s.SavePending(ctx, id(1), builder.FieldName, "a\x1b%"))
		check(s.RecordMemory(ctx, builder.MemoryEntry{ID: id(2), Category: builder.Coding, Description: "recorded"}))
		check(s.SetPreference(ctx, builder.Preference{Field: builder.FieldTone, Value: builder.Text("rude"), Never: true}))
		check(s.SetPreference(ctx, builder.Preference{Field: builder.FieldTone, Value: builder.List("a", "b"), Never: true}))
		deleted, err := s.SaveDraft(ctx, builder.Draft{SessionID: id(3), SchemaVersion: 1, State: stateOf(t, id(3), 0)})
		check(err)
		_, err = s.DeleteDraft(ctx, deleted.SessionID)
		check(err)
		finished, err := s.SaveDraft(ctx, builder.Draft{SessionID: id(4), SchemaVersion: 1, State: stateOf(t, id(4), 0)})
		check(err)
		_, err = s.FinishSession(ctx, id(4), finished.Revision, builder.MemoryEntry{ID: id(4), Description: "finished"})
		check(err)
		put(builder.Row{Owner: owner, Draft: &builder.Draft{SessionID: id(5), Revision: 7, SchemaVersion: 1, State: []byte("\x00unreadable\xff"), CreatedAt: at, UpdatedAt: at}},
			builder.Row{Owner: owner, Draft: &builder.Draft{SessionID: id(6), Revision: 3, SchemaVersion: 9, State: []byte(` {"b":1.50 } `), CreatedAt: at, UpdatedAt: at}},
			builder.Row{Owner: owner, Revision: &builder.Draft{SessionID: id(6), Revision: 1, SchemaVersion: 8, State: []byte("{"), CreatedAt: at, UpdatedAt: at}},
			builder.Row{Owner: owner, Memory: &builder.StoredEntry{ID: id(7), CreatedAt: at, Entry: []byte("\x00unreadable\xff")}})
	}
	return db
}

func stateOf(t *testing.T, id uuid.UUID, answers int) []byte {
	t.Helper()
	s := builder.NewState(id, "to be copied", builder.Coding)
	for i := range answers {
		s.Conversation = append(s.Conversation, builder.Exchange{Question: "What?", Answer: fmt.Sprint(i), Phase: builder.PhaseBasics})
	}
	b, _, err := s.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func allRows(t *testing.T, db builder.Database) (rows []builder.Row) {
	t.Helper()
	for r, err := range db.Rows(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		r.Next = ""
		rows = append(rows, r)
	}
	return rows
}

// copies copies and expects no error.
func copies(t *testing.T, from, to builder.Database) Copied {
	t.Helper()
	result, err := Copy(t.Context(), from, to, CopyOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// same expects two databases to hold the same rows.
func same(t *testing.T, got, want builder.Database) {
	t.Helper()
	if diff := cmp.Diff(allRows(t, want), allRows(t, got), cmp.AllowUnexported(builder.Value{})); diff != "" {
		t.Fatal(diff)
	}
}

func TestCopyEverything(t *testing.T) {
	from, to := furnished(t), newDatabase()
	rows := int64(len(allRows(t, from)))
	result := copies(t, from, to)
	same(t, to, from)
	want := Copied{Verified: true, Added: rows, Differences: []Difference{}, Counts: map[string]int64{
		builder.TableDrafts: 9, builder.TableRevisions: 12, builder.TablePending: 6,
		builder.TableMemory: 9, builder.TablePreferences: 6, builder.TableGone: 6,
	}}
	if diff := cmp.Diff(want, result); diff != "" {
		t.Error(diff)
	}
	want.Added, want.AlreadyThere = 0, rows
	if diff := cmp.Diff(want, copies(t, from, to)); diff != "" {
		t.Errorf("again: %s", diff)
	}
	same(t, to, from)
}

func TestCopyNothing(t *testing.T) {
	if result := copies(t, newDatabase(), newDatabase()); !result.Verified || result.Added != 0 || result.Counts[builder.TableDrafts] != 0 {
		t.Errorf("%+v", result)
	}
}

// dying is a database that dies at one of the calls that put rows, before or
// after it has done what it was told.
type dying struct {
	builder.Database
	at    int // the call
	after bool
}

var errDied = errors.New("died")

func (d *dying) PutRows(ctx context.Context, rows []builder.Row, opts builder.PutOptions) ([]builder.Put, error) {
	d.at--
	if d.at == 0 && !d.after {
		return nil, errDied
	}
	puts, err := d.Database.PutRows(ctx, rows, opts)
	if d.at == 0 {
		return nil, errDied
	}
	return puts, err
}

func TestCopyGoesOnWhereItDied(t *testing.T) {
	from := furnished(t)
	rows := allRows(t, from)
	const batch = 3
	calls := (len(rows) + batch - 1) / batch
	for _, after := range []bool{false, true} {
		for first := 1; first <= calls; first++ {
			to := newDatabase()
			died, err := copyIn(t.Context(), from, &dying{to, first, after}, CopyOptions{}, batch)
			if !errors.Is(err, errDied) || died.Verified || int(died.Added) != batch*(first-1) {
				t.Fatalf("died at call %d: %+v, %v", first, died, err)
			}
			there := len(allRows(t, to))
			// It dies again, at the call that follows what is there.
			if _, err := copyIn(t.Context(), from, &dying{to, min(there/batch+2, calls), !after}, CopyOptions{}, batch); !errors.Is(err, errDied) {
				t.Fatalf("died twice: %v", err)
			}
			there = len(allRows(t, to))
			result, err := copyIn(t.Context(), from, to, CopyOptions{}, batch)
			if err != nil || !result.Verified || int(result.AlreadyThere) != there || int(result.Added) != len(rows)-there {
				t.Fatalf("resumed with %d of %d rows there: %+v, %v", there, len(rows), result, err)
			}
			same(t, to, from)
		}
	}
}

// showing is a database that gives other rows than it holds.
type showing struct {
	builder.Database
	rows func() iter.Seq2[builder.Row, error]
}

func (s showing) Rows(context.Context, builder.Cursor) iter.Seq2[builder.Row, error] { return s.rows() }

func given(rows []builder.Row, end error) func() iter.Seq2[builder.Row, error] {
	return func() iter.Seq2[builder.Row, error] {
		return func(yield func(builder.Row, error) bool) {
			for _, r := range rows {
				if !yield(r, nil) {
					return
				}
			}
			if end != nil {
				yield(builder.Row{}, end)
			}
		}
	}
}

func TestCopyNamesWhatTheTargetRefuses(t *testing.T) {
	from, to := furnished(t), newDatabase()
	id := func(kind byte) uuid.UUID { return uuid.UUID{0: 1, 6: 0x70, 8: 0x80, 15: kind} }
	at := time.Date(2026, 1, 2, 3, 4, 5, 6000, time.UTC)
	gone := builder.MakeGoneKey("anna", uuid.UUID{0: 1, 6: 0x70, 8: 0x80, 14: 1, 15: 1})
	if _, err := to.PutRows(t.Context(), []builder.Row{
		{Draft: &builder.Draft{SessionID: id(5), Revision: 7, SchemaVersion: 1, State: []byte("of another"), CreatedAt: at, UpdatedAt: at}},
		{Gone: &builder.Gone{Key: gone, At: at}},
	}, builder.PutOptions{}); err != nil {
		t.Fatal(err)
	}
	orphan := builder.Row{Pending: &builder.Pending{SessionID: id(99), Field: "of the user's making", Text: "secret"}}
	impossible := builder.Row{Draft: &builder.Draft{SessionID: id(98), CreatedAt: at, UpdatedAt: at}}
	result := copies(t, showing{from, given(append(allRows(t, from), orphan, impossible), nil)}, to)
	if result.Verified || result.More {
		t.Errorf("%+v", result)
	}
	var got []string
	for _, d := range result.Differences {
		got = append(got, strings.Join([]string{d.Table, d.Owner, d.Row, d.Problem}, "|"))
	}
	const (
		annas   = "01000000-0000-7000-8000-000000000101"
		was     = "|the session was deleted or has finished in the target"
		another = "the target has it otherwise, or goes on with the session; it was left as it is"
	)
	want := []string{
		"builder_drafts||01000000-0000-7000-8000-000000000005|" + another,
		"builder_drafts||01000000-0000-7000-8000-000000000062|revision is not that of a stored draft",
		"builder_drafts|anna|" + annas + was,
		"builder_draft_revisions|anna|" + annas + " revision 1" + was,
		"builder_draft_revisions|anna|" + annas + " revision 2" + was,
		"builder_draft_revisions|anna|" + annas + " revision 3" + was,
		"builder_pending||01000000-0000-7000-8000-000000000063 of a field of another name|its draft is not in the target",
		"builder_pending|anna|" + annas + " of field name" + was,
		"builder_pending|anna|" + annas + " of field tone" + was,
		fmt.Sprintf("builder_gone||%x|is only in the target", gone),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if d, err := to.Owner("").LoadDraft(t.Context(), id(5)); err != nil || !bytes.Equal(d.State, []byte("of another")) {
		t.Errorf("the other draft: %+v, %v", d, err)
	}
}

// What is written to the source while it is copied is not called equal.
func TestCopyOfASourceThatChanges(t *testing.T) {
	from, to := furnished(t), newDatabase()
	rows := allRows(t, from)
	passes := 0
	moving := showing{from, func() iter.Seq2[builder.Row, error] {
		if passes++; passes == 1 {
			return given(rows, nil)()
		}
		d := *rows[0].Draft
		d.Revision++
		return given(append([]builder.Row{{Owner: rows[0].Owner, Draft: &d}}, rows[1:]...), nil)()
	}}
	result := copies(t, moving, to)
	want := []Difference{{Table: builder.TableDrafts, Row: rows[0].Draft.SessionID.String(), Owner: rows[0].Owner, Problem: "is at revision 5 in the source and 4 in the target"}}
	if diff := cmp.Diff(want, result.Differences); diff != "" || result.Verified {
		t.Errorf("verified %v: %s", result.Verified, diff)
	}
	// Where the difference is gone when it is looked for, it was there all the same.
	passes = 0
	settling := showing{from, func() iter.Seq2[builder.Row, error] {
		if passes++; passes == 2 {
			return given(rows[1:], nil)()
		}
		return given(rows, nil)()
	}}
	if result := copies(t, settling, to); result.Verified || len(result.Differences) != 1 || !strings.Contains(result.Differences[0].Problem, "changed while they were compared") {
		t.Errorf("%+v", result)
	}
}

// What is too damaged to be read is an error at the end; all else is copied and
// compared.
func TestCopyOfADamagedSource(t *testing.T) {
	from, to := furnished(t), newDatabase()
	damaged := errors.New("3 rows cannot be read")
	result, err := Copy(t.Context(), showing{from, given(allRows(t, from), damaged)}, to, CopyOptions{})
	if !errors.Is(err, damaged) || result.Verified || result.Unread == "" || len(result.Differences) > 0 || result.Counts[builder.TableDrafts] != 9 {
		t.Errorf("%+v, %v", result, err)
	}
	same(t, to, from)
	// One that ends with an error only when it is read again is not verified.
	passes := 0
	result, err = Copy(t.Context(), showing{from, func() iter.Seq2[builder.Row, error] {
		if passes++; passes == 1 {
			return given(allRows(t, from), nil)()
		}
		return given(allRows(t, from), damaged)()
	}}, to, CopyOptions{})
	if !errors.Is(err, damaged) || result.Verified {
		t.Errorf("%+v, %v", result, err)
	}
	result, err = Copy(t.Context(), from, showing{to, given(allRows(t, from), damaged)}, CopyOptions{})
	if !errors.Is(err, damaged) || result.Verified {
		t.Errorf("a damaged target: %+v, %v", result, err)
	}
}

func TestCopyIsCancelled(t *testing.T) {
	from := furnished(t)
	ctx, cancel := context.WithCancel(t.Context())
	result, err := copyIn(ctx, from, newDatabase(), CopyOptions{Progress: func(p CopyProgress) {
		if p.Verifying {
			t.Error("it goes on to verify")
		}
		cancel()
	}}, 3)
	if !errors.Is(err, context.Canceled) || result.Verified || result.Added != 3 {
		t.Errorf("%+v, %v", result, err)
	}
}

func TestCopyToItself(t *testing.T) {
	db := furnished(t)
	if _, err := Copy(t.Context(), db, db, CopyOptions{}); !errors.Is(err, builder.ErrInvalid) {
		t.Errorf("error is %v", err)
	}
}

// known is a database on a server.
type known struct {
	builder.Database
	id string
}

func (k known) Identity(context.Context) (string, error) { return k.id, nil }

// A copy of a database onto itself would prove nothing.
func TestCopyOntoItself(t *testing.T) {
	db := furnished(t)
	for _, names := range [][2]builder.Database{{db, db}, {&known{db, "a"}, &known{db, "a"}}} {
		result, err := Copy(t.Context(), names[0], names[1], CopyOptions{})
		if !errors.Is(err, builder.ErrInvalid) || result.Verified {
			t.Errorf("%+v, %v", result, err)
		}
	}
	for _, id := range []string{"", "b"} {
		if !copies(t, known{db, "a"}, known{newDatabase(), id}).Verified {
			t.Errorf("not copied to %q", id)
		}
	}
	if !copies(t, known{db, ""}, known{newDatabase(), ""}).Verified {
		t.Error("not copied where no server tells")
	}
}
