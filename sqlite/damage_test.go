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
			for name, err := range map[string]error{
				"history": errorOf(s.DraftHistory(t.Context(), first.SessionID, builder.PageQuery{Limit: 5})),
				"kept":    errorOf(s.LoadRevision(t.Context(), first.SessionID, 1)),
			} {
				if err != nil && !errors.Is(err, builder.ErrNotFound) && !errors.Is(err, builder.ErrUnreadable) {
					t.Errorf("%s: %v", name, err)
				}
			}
			_ = named(t, db, builder.TableDrafts)
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

func errorOf[R any](_ R, err error) error { return err }

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
	if missed != nil && (!errors.Is(missed, ErrDamaged) || !strings.Contains(missed.Error(), table)) {
		t.Errorf("rows: %v", missed)
	}
	if rows == 0 {
		t.Error("no rows at all")
	}
	return missed
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
	for _, description := range []string{"goes on", "and on"} {
		d.State = testState(d.SessionID, description, 2)
		d = saved(t, db.Owner(""), d)
		loads(t, db.Owner(""), d)
	}
	for r, want := range map[builder.Revision][]byte{1: testState(d.SessionID, "hello", 2), 2: testState(d.SessionID, "goes on", 2), 3: d.State} {
		kept, err := db.Owner("").LoadRevision(t.Context(), d.SessionID, r)
		noError(t, err)
		if !bytes.Equal(kept.State, want) {
			t.Fatalf("revision %d has other bytes", r)
		}
	}
}
