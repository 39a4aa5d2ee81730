package sqlite

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/boternity/boternity/builder"
)

// laxSchema is the real one without what keeps stray values out, to see what
// happens should one get in all the same.
func laxSchema(t *testing.T) migrations {
	t.Helper()
	text := firstMigration(t)
	for _, guard := range []string{" NOT NULL", " STRICT, ", " STRICT", " CHECK (length(session_id) = 16)", " CHECK (length(id) = 16)"} {
		if !strings.Contains(text, guard) {
			t.Fatalf("the schema has no%s", guard)
		}
		text = strings.ReplaceAll(text, guard, " ")
	}
	return withFiles(t, map[string]string{"00001_builder.sql": text})
}

func TestStrayValuesAreKeptOut(t *testing.T) {
	path, _ := migrated(t, embedded())
	handle := rawHandle(t, path)
	for _, s := range []string{
		"UPDATE builder_drafts SET state = NULL",
		"UPDATE builder_drafts SET state = 'text'",
		"UPDATE builder_drafts SET updated_at = '2026-01-01'",
		"UPDATE builder_drafts SET session_id = x'00'",
		"UPDATE builder_draft_revisions SET content = NULL",
	} {
		if _, err := handle.Exec(s); err == nil {
			t.Errorf("%s: done", s)
		}
	}
	noError(t, handle.Close())
}

// damages are statements that damage draft 1 of two, and what it is still
// good for.
var damages = []struct {
	statement string
	listed    bool // else not even its id is known
	restored  bool // by its history
}{
	{"UPDATE builder_drafts SET state = NULL WHERE draft = 1", true, true},
	{"UPDATE builder_drafts SET state = 'not JSON' WHERE draft = 1", true, true},
	{"UPDATE builder_drafts SET state = x'7b7d' WHERE draft = 1", true, true},
	{"UPDATE builder_drafts SET state = 5, bytes = 'x' WHERE draft = 1", true, true},
	{"UPDATE builder_drafts SET state = 1.5, problem = NULL, inspected = NULL WHERE draft = 1", true, true},
	{"UPDATE builder_drafts SET updated_at = 'yesterday' WHERE draft = 1", true, false},
	{"UPDATE builder_drafts SET updated_at = x'00', created_at = NULL WHERE draft = 1", true, false},
	{"UPDATE builder_drafts SET updated_at = NULL WHERE draft = 1", false, false},
	{"UPDATE builder_drafts SET updated_at = 9223372036854775807 WHERE draft = 1", true, false},
	{"UPDATE builder_drafts SET created_at = -9223372036854775808 WHERE draft = 1", true, false},
	{"UPDATE builder_drafts SET schema_version = 'one' WHERE draft = 1", true, false},
	{"UPDATE builder_drafts SET schema_version = -1 WHERE draft = 1", true, false},
	{"UPDATE builder_drafts SET revision = NULL WHERE draft = 1", true, false},
	{"UPDATE builder_drafts SET revision = 99999999999 WHERE draft = 1", true, false},
	{"UPDATE builder_drafts SET oldest = 'x', kept = NULL WHERE draft = 1", false, false},
	{"UPDATE builder_drafts SET session_id = x'0102' WHERE draft = 1", false, false},
	{"UPDATE builder_drafts SET session_id = NULL WHERE draft = 1", false, false},
}

func TestDamagedDrafts(t *testing.T) {
	lax := laxSchema(t)
	for _, damage := range damages {
		t.Run(damage.statement, func(t *testing.T) {
			path := newPath(t)
			db, err := open(t.Context(), path, testOptions(), lax)
			noError(t, err)
			t.Cleanup(func() { noError(t, db.Close()) })
			s := db.Owner("")
			first := saved(t, s, testDraft(testID(1), "damaged", 2))
			db.now = func() time.Time { return moment.Add(time.Second) }
			second := saved(t, s, testDraft(testID(2), "sound", 2))
			rawly(t, path, damage.statement)

			listed := map[builder.Status]int{}
			page, err := s.ListDrafts(t.Context(), builder.DraftQuery{Limit: 1})
			for noError(t, err); ; {
				for _, d := range page.Drafts {
					listed[d.Status()]++
				}
				if page.Next == "" {
					break
				}
				page, err = s.ListDrafts(t.Context(), builder.DraftQuery{Limit: 1, Cursor: page.Next})
				noError(t, err)
			}
			if listed[builder.StatusUnreadable] != 1 && damage.listed || listed[builder.StatusOK] == 0 {
				t.Errorf("listed are %v", listed)
			}
			next := first
			next.State = testState(first.SessionID, "over it", 1)
			if damage.listed {
				for _, at := range []builder.Revision{0, 1, builder.AnyRevision} {
					next.Revision = at
					if _, err := s.SaveDraft(t.Context(), next); err == nil {
						t.Errorf("saved over it from revision %d", at)
					}
				}
				if _, err := s.LoadDraft(t.Context(), first.SessionID); err != nil {
					t.Errorf("load: %v", err)
				}
			}
			named(t, db, builder.TableDrafts)
			loads(t, s, second)
			if damage.restored {
				restored, err := s.RestoreRevision(t.Context(), first.SessionID, 1, 1)
				noError(t, err)
				if !bytes.Equal(restored.State, first.State) || restored.Revision != 2 {
					t.Fatal("restored something else")
				}
				soundly(t, db)
			}
		})
	}
}

func TestKeysOfTheWrongTypeEndAScan(t *testing.T) {
	path := newPath(t)
	db, err := open(t.Context(), path, testOptions(), laxSchema(t))
	noError(t, err)
	t.Cleanup(func() { noError(t, db.Close()) })
	furnish(t, db.Owner(""), "hello")
	rawly(t, path, "UPDATE builder_preferences SET field = x'00'")
	found := false
	for f, err := range db.Check(t.Context()) {
		if err != nil && !errors.Is(err, ErrDamaged) {
			t.Fatal(err)
		}
		found = found || f.Table == builder.TablePreferences
	}
	if !found {
		t.Error("check did not name the preference")
	}
}

// named expects Check to find something wrong in a table, and Rows to give or
// to miss every row, but not to pass one over in silence.
func named(t *testing.T, db *Database, table string) {
	t.Helper()
	found, rows := 0, 0
	for f, err := range db.Check(t.Context()) {
		if noError(t, err); f.Table == table && f.Problem != "" {
			found++
		}
	}
	if found == 0 {
		t.Errorf("check found nothing wrong in %s", table)
	}
	var missed error
	for r, err := range db.Rows(t.Context(), "") {
		if missed = err; err == nil && (r.Draft != nil || r.Revision != nil || r.Memory != nil || r.Preference != nil || r.Pending != nil || r.Gone != nil) {
			rows++
		}
	}
	if missed != nil && (!errors.Is(missed, ErrDamaged) || !strings.Contains(missed.Error(), table)) {
		t.Errorf("rows: %v", missed)
	}
	if rows == 0 {
		t.Error("no rows at all")
	}
}

func TestDamagedRevisions(t *testing.T) {
	lax := laxSchema(t)
	for _, statement := range []string{
		"UPDATE builder_draft_revisions SET content = x'00' WHERE key & 0xffffffff = 3",
		"UPDATE builder_draft_revisions SET content = NULL WHERE key & 0xffffffff = 3",
		"UPDATE builder_draft_revisions SET checksum = 1 WHERE key & 0xffffffff = 3",
		"UPDATE builder_draft_revisions SET bytes = 1099511627776 WHERE key & 0xffffffff = 3",
		"UPDATE builder_draft_revisions SET encoding = 77 WHERE key & 0xffffffff = 3",
		"DELETE FROM builder_draft_revisions WHERE key & 0xffffffff = 3",
	} {
		t.Run(statement, func(t *testing.T) {
			path := newPath(t)
			db, err := open(t.Context(), path, testOptions(), lax)
			noError(t, err)
			t.Cleanup(func() { noError(t, db.Close()) })
			s := db.Owner("")
			d := testDraft(testID(1), "hello", 0)
			for i := range 4 {
				d.State = testState(d.SessionID, "hello", i)
				d = saved(t, s, d)
			}
			rawly(t, path, statement)
			if _, err := s.LoadRevision(t.Context(), d.SessionID, 3); !errors.Is(err, builder.ErrUnreadable) && !errors.Is(err, builder.ErrNotFound) {
				t.Errorf("the damaged revision: %v", err)
			}
			newest, err := s.LoadRevision(t.Context(), d.SessionID, 4)
			if err != nil || !bytes.Equal(newest.State, d.State) {
				t.Errorf("the newest revision: %v", err)
			}
			second, err := s.LoadRevision(t.Context(), d.SessionID, 2)
			if err != nil || !bytes.Equal(second.State, testState(d.SessionID, "hello", 1)) {
				t.Errorf("the one before: %v", err)
			}
			if _, err := s.DraftHistory(t.Context(), d.SessionID, builder.PageQuery{Limit: 10}); err != nil {
				t.Errorf("history: %v", err)
			}
			named(t, db, map[bool]string{true: tableFile, false: builder.TableRevisions}[strings.HasPrefix(statement, "DELETE")])
			restored, err := s.RestoreRevision(t.Context(), d.SessionID, 2, 4)
			noError(t, err)
			loads(t, s, restored)
		})
	}
}

func TestDamagedOthers(t *testing.T) {
	lax := laxSchema(t)
	for _, c := range []struct{ statement, table string }{
		{"UPDATE builder_memory SET entry = NULL", builder.TableMemory},
		{"UPDATE builder_memory SET entry = '{}'", builder.TableMemory},
		{"UPDATE builder_memory SET created_at = 'then'", builder.TableMemory},
		{"UPDATE builder_memory SET category = 'x'", builder.TableMemory},
		{"UPDATE builder_memory SET id = NULL", builder.TableMemory},
		{"UPDATE builder_memory SET terms = NULL", builder.TableMemory},
		{"DELETE FROM builder_memory_terms", tableFile},
		{"UPDATE builder_term_counts SET entries = 7", tableFile},
		{"UPDATE builder_preferences SET value = 'x'", builder.TablePreferences},
		{"UPDATE builder_pending SET text = NULL", builder.TablePending},
		{"UPDATE builder_pending SET draft = 77", builder.TablePending},
		{"UPDATE builder_gone SET at = 'then'", builder.TableGone},
		{"UPDATE builder_gone SET key = x'01'", builder.TableGone},
		{"DELETE FROM builder_owners", builder.TableDrafts},
	} {
		t.Run(c.statement, func(t *testing.T) {
			path := newPath(t)
			db, err := open(t.Context(), path, testOptions(), lax)
			noError(t, err)
			t.Cleanup(func() { noError(t, db.Close()) })
			furnish(t, db.Owner(""), "hello")
			soundly(t, db)
			rawly(t, path, c.statement)
			s := db.Owner("")
			for name, list := range map[string]func() error{
				"list": func() error { _, err := s.ListDrafts(t.Context(), builder.DraftQuery{Limit: 5}); return err },
				"recall": func() error {
					_, err := s.Recall(t.Context(), builder.MemoryQuery{Limit: 5})
					return err
				},
				"similar":     func() error { _, err := s.RecallSimilar(t.Context(), []string{"hello"}, 5); return err },
				"preferences": func() error { _, err := s.Preferences(t.Context()); return err },
				"pending":     func() error { _, err := s.LoadPending(t.Context(), testID(1)); return err },
			} {
				if err := list(); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
			named(t, db, c.table)
			if _, err := s.ForgetMemory(t.Context(), testID(2)); err != nil {
				t.Errorf("forget: %v", err)
			}
			if _, err := s.DeleteDraft(t.Context(), testID(1)); err != nil {
				t.Errorf("delete: %v", err)
			}
		})
	}
}

// furnish gives an owner one row of every kind, with a word in all of them.
func furnish(t *testing.T, s builder.Store, word string) {
	t.Helper()
	d := saved(t, s, testDraft(testID(1), word+" session", 2))
	d.State = testState(d.SessionID, word+" session goes on", 3)
	d = saved(t, s, d)
	noError(t, s.SavePending(t.Context(), d.SessionID, builder.FieldTone, word))
	noError(t, s.RecordMemory(t.Context(), testEntry(testID(2), word+" entry")))
	noError(t, s.SetPreference(t.Context(), builder.Preference{Field: builder.FieldTone, Value: builder.Text(word), Never: true}))
	other := saved(t, s, testDraft(testID(3), word+" finished", 1))
	e := testEntry(other.SessionID, word+" finished")
	_, err := s.FinishSession(t.Context(), other.SessionID, other.Revision, e)
	noError(t, err)
}

// A newer validator may say something else of a state that was saved before.
func TestInspectionsOfOtherValidators(t *testing.T) {
	path := newPath(t)
	db := opened(t, path, testOptions())
	d := saved(t, db.Owner(""), testDraft(testID(1), "hello", 2))
	rawly(t, path, fmt.Sprintf("UPDATE builder_drafts SET inspected = %d, problem = 'once', description = 'once'", builder.InspectionVersion+1))
	page, err := db.Owner("").ListDrafts(t.Context(), builder.DraftQuery{Limit: 5})
	noError(t, err)
	if got := page.Drafts[0]; got.Status() != builder.StatusOK || got.Description != "hello" || got.Bytes != len(d.State) {
		t.Fatalf("listed is %+v", got)
	}
	d.State = testState(d.SessionID, "hello again", 2)
	saved(t, db.Owner(""), d)
}

// A state that was changed by hand is listed as what it is now.
func TestStatesChangedByHand(t *testing.T) {
	path := newPath(t)
	db := opened(t, path, testOptions())
	d := saved(t, db.Owner(""), testDraft(testID(1), "hello", 2))
	rawly(t, path, fmt.Sprintf("UPDATE builder_drafts SET state = x'%x'", testState(d.SessionID, "by hand", 1)))
	page, err := db.Owner("").ListDrafts(t.Context(), builder.DraftQuery{Limit: 5})
	noError(t, err)
	if got := page.Drafts[0]; got.Description != "by hand" {
		t.Fatalf("listed is %+v", got)
	}
	d.State = testState(d.SessionID, "goes on", 2)
	d = saved(t, db.Owner(""), d)
	loads(t, db.Owner(""), d)
	for r, want := range map[builder.Revision][]byte{1: testState(d.SessionID, "hello", 2), 2: d.State} {
		kept, err := db.Owner("").LoadRevision(t.Context(), d.SessionID, r)
		noError(t, err)
		if !bytes.Equal(kept.State, want) {
			t.Fatalf("revision %d has other bytes", r)
		}
	}
}
