package sqlite

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/boternity/boternity/builder"
)

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
			if strings.HasPrefix(statement, "DELETE") {
				_ = named(t, db, tableFile)
			} else if missed := named(t, db, builder.TableRevisions); !errors.Is(missed, ErrDamaged) {
				t.Errorf("rows passed it over: %v", missed)
			}
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
			_ = named(t, db, c.table)
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

// A row whose time cannot be is given with one that can, so that it can be
// taken elsewhere.
func TestImpossibleTimesCanBeCopied(t *testing.T) {
	path := newPath(t)
	db := opened(t, path, testOptions())
	furnish(t, db.Owner(""), "hello")
	rawly(t, path, "UPDATE builder_drafts SET created_at = -9223372036854775808, updated_at = 9223372036854775807",
		"UPDATE builder_memory SET created_at = 9223372036854775807")
	_ = named(t, db, builder.TableDrafts)
	_ = named(t, db, builder.TableMemory)
	var rows []builder.Row
	for r, err := range db.Rows(t.Context(), "") {
		noError(t, err)
		rows = append(rows, r)
	}
	outcomes, err := opened(t, newPath(t), testOptions()).PutRows(t.Context(), rows, builder.PutOptions{})
	noError(t, err)
	for i, outcome := range outcomes {
		if outcome != builder.PutAdded {
			t.Errorf("row %d: %s", i, outcome)
		}
	}
}
