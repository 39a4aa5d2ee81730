package postgres

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/boternity/boternity/builder"
)

func TestStrayValuesAreKeptOut(t *testing.T) {
	url := newURL(t)
	furnish(t, opened(t, url, testOptions()).Owner(""), "hello")
	for _, s := range []string{
		"UPDATE builder_drafts SET state = NULL",
		"UPDATE builder_drafts SET revision = 0",
		"UPDATE builder_drafts SET revision = 4294967295",
		"UPDATE builder_drafts SET schema_version = -1",
		"UPDATE builder_drafts SET updated_at = 9223372036854775807",
		"UPDATE builder_drafts SET session_id = '00000000-0000-0000-0000-000000000000'",
		"UPDATE builder_drafts SET digest = 'x'",
		"UPDATE builder_drafts SET oldest = revision + 1",
		"UPDATE builder_draft_revisions SET content = NULL",
		"UPDATE builder_draft_revisions SET bytes = -1",
		"UPDATE builder_memory SET created_at = -9223372036854775808",
		"UPDATE builder_gone SET key = 'x'",
		"UPDATE builder_gone SET ended = 3",
	} {
		name := strings.TrimPrefix(s, "UPDATE ")
		if err := execute(t, url, s); err == nil {
			t.Errorf("%s: done", name)
		}
	}
}

// A state that was changed by hand is listed as what it is now, loads as it is,
// and no save takes it for what it was.
func TestStatesChangedByHand(t *testing.T) {
	for _, state := range []string{"not JSON", "", "{}", "\x00\xff"} {
		t.Run(fmt.Sprintf("%q", state), func(t *testing.T) {
			url := newURL(t)
			db := opened(t, url, testOptions())
			s := db.Owner("")
			d := saved(t, s, testDraft(testID(1), "hello", 2))
			sound := saved(t, s, testDraft(testID(2), "sound", 2))
			rawly(t, url, fmt.Sprintf(`UPDATE builder_drafts SET state = '\x%x' WHERE session_id = '%s'`, state, d.SessionID))
			page, err := s.ListDrafts(t.Context(), builder.DraftQuery{Limit: 5})
			noError(t, err)
			listed := map[builder.Status]int{}
			for _, l := range page.Drafts {
				listed[l.Status()]++
			}
			if listed[builder.StatusUnreadable] != 1 || listed[builder.StatusOK] != 1 {
				t.Errorf("listed are %v", listed)
			}
			over := d
			over.State = testState(d.SessionID, "over it", 1)
			for _, over.Revision = range []builder.Revision{1, builder.AnyRevision} {
				if _, err := s.SaveDraft(t.Context(), over); !errors.Is(err, builder.ErrUnreadable) {
					t.Errorf("saved over it from revision %d: %v", over.Revision, err)
				}
			}
			loads(t, s, builder.Draft{SessionID: d.SessionID, Revision: 1, State: []byte(state)})
			loads(t, s, sound)
			restored, err := s.RestoreRevision(t.Context(), d.SessionID, 1, 1)
			noError(t, err)
			if !bytes.Equal(restored.State, d.State) || restored.Revision != 2 {
				t.Fatal("restored something else")
			}
			soundly(t, db)
		})
	}
}

// What the cache holds is never taken for what is stored.
func TestSoundStatesChangedByHand(t *testing.T) {
	url := newURL(t)
	db := opened(t, url, testOptions())
	s := db.Owner("")
	d := saved(t, s, testDraft(testID(1), "hello", 2))
	rawly(t, url, fmt.Sprintf(`UPDATE builder_drafts SET state = '\x%x'`, testState(d.SessionID, "by hand", 1)))
	page, err := s.ListDrafts(t.Context(), builder.DraftQuery{Limit: 5})
	noError(t, err)
	if page.Drafts[0].Description != "by hand" {
		t.Errorf("listed is %+v", page.Drafts[0])
	}
	for _, description := range []string{"goes on", "and on"} {
		d.State = testState(d.SessionID, description, 2)
		d = saved(t, s, d)
		loads(t, s, d)
	}
	for r, want := range map[builder.Revision][]byte{1: testState(d.SessionID, "hello", 2), 2: testState(d.SessionID, "goes on", 2), 3: d.State} {
		kept, err := s.LoadRevision(t.Context(), d.SessionID, r)
		noError(t, err)
		if !bytes.Equal(kept.State, want) {
			t.Fatalf("revision %d has other bytes", r)
		}
	}
	soundly(t, db)
}

// A newer validator may say something else of a state that was saved before.
func TestInspectionsOfOtherValidators(t *testing.T) {
	url := newURL(t)
	db := opened(t, url, testOptions())
	d := saved(t, db.Owner(""), testDraft(testID(1), "hello", 2))
	rawly(t, url, fmt.Sprintf("UPDATE builder_drafts SET inspected = %d, problem = 'once', description = 'once'", builder.InspectionVersion+1))
	page, err := db.Owner("").ListDrafts(t.Context(), builder.DraftQuery{Limit: 5})
	noError(t, err)
	if got := page.Drafts[0]; got.Status() != builder.StatusOK || got.Description != "hello" || got.Bytes != len(d.State) {
		t.Fatalf("listed is %+v", got)
	}
	d.State = testState(d.SessionID, "hello again", 2)
	saved(t, db.Owner(""), d)
	soundly(t, db)
}

func TestDamagedRevisions(t *testing.T) {
	for _, statement := range []string{
		`UPDATE builder_draft_revisions SET content = '\x00' WHERE revision = 3`,
		`UPDATE builder_draft_revisions SET checksum = 1 WHERE revision = 3`,
		`UPDATE builder_draft_revisions SET bytes = 2147483647 WHERE revision = 3`,
		`UPDATE builder_draft_revisions SET encoding = 77 WHERE revision = 3`,
		`DELETE FROM builder_draft_revisions WHERE revision = 3`,
	} {
		t.Run(statement, func(t *testing.T) {
			url := newURL(t)
			db := opened(t, url, testOptions())
			s := db.Owner("")
			d := testDraft(testID(1), "hello", 0)
			for i := range 4 {
				d.State = testState(d.SessionID, "hello", i)
				d = saved(t, s, d)
			}
			rawly(t, url, statement)
			if _, err := s.LoadRevision(t.Context(), d.SessionID, 3); !errors.Is(err, builder.ErrUnreadable) && !errors.Is(err, builder.ErrNotFound) {
				t.Errorf("the damaged revision: %v", err)
			}
			newest, err := s.LoadRevision(t.Context(), d.SessionID, 4)
			if err != nil || !bytes.Equal(newest.State, d.State) {
				t.Errorf("the newest revision: %v", err)
			}
			if _, err := s.DraftHistory(t.Context(), d.SessionID, builder.PageQuery{Limit: 10}); err != nil {
				t.Errorf("history: %v", err)
			}
			missed := named(t, db, builder.TableRevisions)
			if !strings.HasPrefix(statement, "DELETE") && !errors.Is(missed, ErrDamaged) {
				t.Errorf("rows passed it over: %v", missed)
			}
			restored, err := s.RestoreRevision(t.Context(), d.SessionID, 2, 4)
			noError(t, err)
			loads(t, s, restored)
			restored.State = testState(d.SessionID, "goes on", 3)
			loads(t, s, saved(t, s, restored))
		})
	}
}

func TestDamagedOthers(t *testing.T) {
	for _, c := range []struct{ statement, table string }{
		{`UPDATE builder_memory SET entry = '{}'`, builder.TableMemory},
		{`UPDATE builder_memory SET category = 'x'`, builder.TableMemory},
		{`UPDATE builder_memory SET terms = '{}'`, builder.TableTerms},
		{`DELETE FROM builder_memory_terms`, builder.TableTerms},
		{`UPDATE builder_term_counts SET entries = 7`, builder.TableTerms},
		{`UPDATE builder_preferences SET value = 'x'`, builder.TablePreferences},
		{`UPDATE builder_pending SET session_id = gen_random_uuid()`, builder.TablePending},
		{`UPDATE builder_draft_revisions SET session_id = gen_random_uuid()`, builder.TableRevisions},
		{`UPDATE builder_drafts SET kept = 7`, builder.TableRevisions},
		{`DELETE FROM builder_gone`, builder.TableGone},
		{`UPDATE builder_drafts SET category = 'x'`, ""},
	} {
		t.Run(c.statement, func(t *testing.T) {
			url := newURL(t)
			db := opened(t, url, testOptions())
			furnish(t, db.Owner(""), "hello")
			soundly(t, db)
			rawly(t, url, c.statement)
			s := db.Owner("")
			for name, list := range map[string]func() error{
				"list":        func() error { _, err := s.ListDrafts(t.Context(), builder.DraftQuery{Limit: 5}); return err },
				"recall":      func() error { _, err := s.Recall(t.Context(), builder.MemoryQuery{Limit: 5}); return err },
				"similar":     func() error { _, err := s.RecallSimilar(t.Context(), []string{"hello"}, 5); return err },
				"preferences": func() error { _, err := s.Preferences(t.Context()); return err },
				"pending":     func() error { _, err := s.LoadPending(t.Context(), testID(1)); return err },
			} {
				if err := list(); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
			if c.table != "" {
				_ = named(t, db, c.table)
			}
			d, err := s.LoadDraft(t.Context(), testID(1))
			noError(t, err)
			d.State = testState(d.SessionID, "goes on", 4)
			saved(t, s, d)
			if _, err := s.ForgetMemory(t.Context(), testID(2)); err != nil {
				t.Errorf("forget: %v", err)
			}
			if _, err := s.DeleteDraft(t.Context(), testID(1)); err != nil {
				t.Errorf("delete: %v", err)
			}
		})
	}
}

// A session whose draft was removed by hand can be begun again: nobody ended
// it. One call must not wait for what never comes.
func TestDraftRemovedByHand(t *testing.T) {
	url := newURL(t)
	o := testOptions()
	o.BusyTimeout = 2 * time.Second
	s := opened(t, url, o).Owner("")
	d := testDraft(testID(1), "hello", 2)
	saved(t, s, d)
	rawly(t, url, "DELETE FROM builder_drafts", "DELETE FROM builder_draft_revisions")
	if got := saved(t, s, d); got.Revision != 1 {
		t.Errorf("saved as revision %d", got.Revision)
	}
}

// named expects Check to find something wrong in a table, and Rows to give
// what it can. It returns what Rows says it could not.
func named(t *testing.T, db *Database, table string) (missed error) {
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
	for _, err := range db.Rows(t.Context(), "") {
		if missed = err; err == nil {
			rows++
		}
	}
	if missed != nil && !errors.Is(missed, ErrDamaged) {
		t.Errorf("rows: %v", missed)
	}
	if rows == 0 {
		t.Error("no rows at all")
	}
	return missed
}
