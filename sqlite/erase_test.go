package sqlite

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/boternity/boternity/builder"
)

// holds reports whether any of a database's files has the bytes of a word.
func holds(t *testing.T, path, word string) (in []string) {
	t.Helper()
	for _, end := range []string{"", "-wal", "-journal"} {
		b, err := os.ReadFile(path + end)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		noError(t, err)
		if bytes.Contains(b, []byte(word)) {
			in = append(in, "file"+end)
		}
	}
	return in
}

// crowd fills a database for two owners such that removed words are left in
// pages, free ones too.
func crowd(t *testing.T, db *Database) {
	t.Helper()
	furnish(t, db.Owner("secretive"), "clandestine")
	furnish(t, db.Owner("open"), "harmless")
	var rows []builder.Row
	for i := range 60 {
		d := testDraft(testID(byte(i+10)), fmt.Sprintf("clandestine %d", i), 10+i)
		d.Revision, d.CreatedAt, d.UpdatedAt = 1, moment, moment
		rows = append(rows, builder.Row{Owner: "secretive", Draft: &d})
		e, err := builder.EncodeEntry(testEntry(testID(byte(i+100)), fmt.Sprintf("clandestine entry %d", i)))
		noError(t, err)
		rows = append(rows, builder.Row{Owner: "secretive", Memory: &builder.StoredEntry{ID: testID(byte(i + 100)), CreatedAt: moment, Entry: e}})
	}
	_, err := db.PutRows(t.Context(), rows, builder.PutOptions{})
	noError(t, err)
	for i := range 20 {
		_, err := db.Owner("secretive").DeleteDraft(t.Context(), testID(byte(i+10)))
		noError(t, err)
	}
}

func TestErasedWordsAreNowhere(t *testing.T) {
	path := newPath(t)
	db := opened(t, path, testOptions())
	crowd(t, db)
	if in := holds(t, path, "clandestine"); len(in) == 0 {
		t.Fatal("the words were never there")
	}
	receipt, err := db.Erase(t.Context(), "secretive")
	noError(t, err)
	if len(receipt.Remaining) != 0 {
		t.Fatalf("remaining: %q", receipt.Remaining)
	}
	for table, want := range map[string]int64{builder.TableDrafts: 41, builder.TablePending: 1, builder.TablePreferences: 1, builder.TableMemory: 62} {
		if got := receipt.Counts[table]; got != want {
			t.Errorf("%s: %d, want %d", table, got, want)
		}
	}
	for _, word := range []string{"clandestine", "clandestin", "secretive"} {
		if in := holds(t, path, word); len(in) > 0 {
			t.Errorf("%q is still in %v", word, in)
		}
	}
	for _, id := range []byte{1, 3, 15, 40} {
		if _, err := db.Owner("secretive").SaveDraft(t.Context(), testDraft(testID(id), "late", 1)); !errors.Is(err, builder.ErrGone) {
			t.Errorf("a late save of session %d: %v", id, err)
		}
	}
	if _, err := db.Owner("open").LoadDraft(t.Context(), testID(1)); err != nil {
		t.Errorf("the other owner: %v", err)
	}
	soundly(t, db)
}

func TestEraseSaysWhatStoodInItsWay(t *testing.T) {
	path := newPath(t)
	o := impatient()
	o.BusyTimeout *= 10
	db, err := Open(t.Context(), path, o)
	noError(t, err)
	crowd(t, db)
	reader := rawHandle(t, path)
	_, err = reader.Exec("BEGIN; SELECT count(*) FROM builder_drafts")
	noError(t, err)

	receipt, err := db.Erase(t.Context(), "secretive")
	noError(t, err)
	if len(receipt.Remaining) == 0 || !strings.Contains(strings.Join(receipt.Remaining, " "), "log") {
		t.Fatalf("remaining: %q", receipt.Remaining)
	}
	if in := holds(t, path, "clandestine"); len(in) == 0 {
		t.Fatal("nothing stood in its way")
	}
	if page, err := db.Owner("secretive").ListDrafts(t.Context(), builder.DraftQuery{Limit: 5}); err != nil || len(page.Drafts) != 0 {
		t.Fatalf("%d drafts are left: %v", len(page.Drafts), err)
	}
	_, err = reader.Exec("ROLLBACK")
	noError(t, err)
	noError(t, reader.Close())
	// As the receipt says: closing finishes it.
	noError(t, db.Close())
	if in := holds(t, path, "clandestine"); len(in) > 0 {
		t.Fatalf("the words are still in %v", in)
	}
}

func TestEraseAgainScrubsWhatWasLeft(t *testing.T) {
	path := newPath(t)
	db := opened(t, path, testOptions())
	crowd(t, db)
	_, err := db.Erase(t.Context(), "secretive")
	noError(t, err)
	receipt, err := db.Erase(t.Context(), "secretive")
	noError(t, err)
	for table, n := range receipt.Counts {
		if n != 0 {
			t.Errorf("%s: %d removed again", table, n)
		}
	}
}
