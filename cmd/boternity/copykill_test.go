//go:build unix

package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/sqlite"
)

// copiedDrafts is how many drafts are copied: few by default, as many as
// BOTERNITY_COPY_DRAFTS says in the long form.
func copiedDrafts(t *testing.T) int {
	t.Helper()
	text := os.Getenv("BOTERNITY_COPY_DRAFTS")
	if text == "" {
		return 2000
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 100 {
		t.Fatalf("BOTERNITY_COPY_DRAFTS is %q, not a number of drafts", text)
	}
	return n
}

// Killed twice while it copies a store with history, and told to again, the
// program comes to an equal one: every row to the byte, unreadable and newer
// drafts among them, with the same status and history.
func TestKilledWhileCopying(t *testing.T) {
	t.Parallel()
	data, target := t.TempDir(), filepath.Join(t.TempDir(), "copy.db")
	odd := makeStore(t, filepath.Join(data, "builder.db"), copiedDrafts(t))
	source := digestsOf(t, filepath.Join(data, "builder.db"))
	parts, before := 0, 0
	for _, percent := range []int{20, 55} {
		term := atTerminal(t, data, 100, 10, "db", "copy", "--to", target)
		for least := 1; least <= percent; least++ { // each within the patience of until
			term.until(fmt.Sprintf("%d %% copied", least), func(screen string) bool { return percentCopied(screen) >= least })
		}
		term.signal(syscall.SIGKILL)
		if code := term.ends(); code != -1 {
			t.Fatalf("it exits %d before it is killed:\n%s", code, term.shown())
		}
		there := digestsOf(t, target)
		for row := range there {
			if !source[row] {
				t.Fatal("killed, there is a row that is none of the source's")
			}
		}
		if len(there) < before {
			t.Fatalf("killed, there are %d rows; %d were there before", len(there), before)
		}
		if before = len(there); before > 0 && before < len(source) {
			parts++
		}
	}
	if parts == 0 {
		t.Errorf("no kill left a part: %d of %d rows", before, len(source))
	}
	began := time.Now()
	end := start(t, data, nil, "db", "copy", "--to", target, "--json").wait()
	if end.code != exitDone || !strings.Contains(end.stdout, `"verified": true`) || !strings.Contains(end.stdout, fmt.Sprintf(`"already_there": %d`, before)) {
		t.Fatalf("resumed with %d rows there it exits %d: %s%s", before, end.code, end.stdout, end.stderr)
	}
	t.Logf("%d of %d rows were there; the rest, and comparing all, took %s", before, len(source), time.Since(began).Round(time.Millisecond))
	if copied := digestsOf(t, target); len(copied) != len(source) {
		t.Errorf("%d rows are copied, want %d", len(copied), len(source))
	} else if !cmp.Equal(copied, source) {
		t.Error("the rows are not the same")
	}
	sameViews(t, filepath.Join(data, "builder.db"), target, odd)
}

var copyingBar = regexp.MustCompile(`Copying \[[#.]*\] (\d+)\.\d % of`)

// percentCopied is what the bar of a copy shows; all once it compares.
func percentCopied(screen string) int {
	if strings.Contains(screen, "Comparing") || strings.Contains(screen, "Added") {
		return 100
	}
	match := copyingBar.FindStringSubmatch(screen)
	if match == nil {
		return 0
	}
	percent, _ := strconv.Atoi(match[1]) // digits, as the expression says
	return percent
}

// makeStore makes a database with so many drafts of several owners, each with
// a history, and returns those that are unreadable or newer.
func makeStore(t *testing.T, path string, drafts int) (odd []builder.Row) {
	t.Helper()
	db, err := sqlite.Open(t.Context(), path, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var rows []builder.Row
	put := func() {
		puts, err := db.PutRows(context.Background(), rows, builder.PutOptions{})
		if err != nil {
			t.Fatal(err)
		}
		for i, put := range puts {
			if put != builder.PutAdded {
				t.Fatalf("%+v: %s", rows[i], put)
			}
		}
		rows = rows[:0]
	}
	for n := range drafts {
		of := rowsOf(t, n)
		if n%50 == 13 || n%50 == 14 {
			odd = append(odd, of[0])
		}
		if rows = append(rows, of...); len(rows) > 2000 {
			put()
		}
	}
	for n := range storeOwners {
		rows = append(rows, builder.Row{Owner: ownerOf(storeOwners - n), Preference: &builder.Preference{Field: builder.FieldTone, Value: builder.Text("rude"), Never: true}})
	}
	put()
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return odd
}

const storeOwners = 7

func ownerOf(n int) string { return fmt.Sprintf("owner %d", n%storeOwners) }

// rowsOf are the nth draft, its history, and what else there may be of it.
func rowsOf(t *testing.T, n int) []builder.Row {
	t.Helper()
	owner := ownerOf(n)
	id := uuid.UUID{0: 1, 6: 0x70, 8: 0x80, 12: byte(n >> 24), 13: byte(n >> 16), 14: byte(n >> 8), 15: byte(n)}
	at := time.Date(2026, 5, 3, 9, 0, n, 0, time.UTC)
	d := builder.Draft{SessionID: id, SchemaVersion: 1, CreatedAt: at}
	rows := []builder.Row{{Owner: owner, Draft: &d}}
	for r := range storeRevisions {
		at = at.Add(time.Second)
		d.Revision, d.UpdatedAt, d.State = builder.Revision(r+1), at, stateWith(t, id, n, 3*r+2)
		switch n % 50 {
		case 13:
			d.SchemaVersion, d.State = 9, fmt.Appendf(nil, ` {"of":%d.%d, "a":1.50 } `, n, r)
		case 14:
			d.State = fmt.Appendf(nil, "\x00not a state %d.%d\xff", n, r)
		}
		if revision := d; r < storeRevisions-1 {
			rows = append(rows, builder.Row{Owner: owner, Revision: &revision})
		}
	}
	id[0] = 2 // of another session
	switch n % 4 {
	case 1:
		rows = append(rows, builder.Row{Owner: owner, Pending: &builder.Pending{SessionID: d.SessionID, Field: builder.FieldTone, Text: fmt.Sprint("half typed ", n)}})
	case 2:
		b, err := builder.EncodeEntry(builder.MemoryEntry{ID: id, Category: builder.Coding, Description: fmt.Sprintf("a bot that reviews part %d of the code", n), CreatedAt: at})
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, builder.Row{Owner: owner, Memory: &builder.StoredEntry{ID: id, CreatedAt: at, Entry: b}})
	case 3:
		rows = append(rows, builder.Row{Gone: &builder.Gone{Key: builder.MakeGoneKey(owner, id), Finished: n%8 == 3, At: at}})
	}
	return rows
}

const storeRevisions = 6 // of a draft

// stateWith is a state with so many answers, of 100 to 300 bytes each.
func stateWith(t *testing.T, id uuid.UUID, n, answers int) []byte {
	t.Helper()
	s := builder.NewState(id, fmt.Sprintf("a bot that does the work of number %d", n), builder.Coding)
	for i := range answers {
		s.Conversation = append(s.Conversation, builder.Exchange{
			Question: "What should it do then, and what should it leave alone?", Phase: builder.PhaseBasics,
			Answer: fmt.Sprintf("answer %d of %d: %x %x", i, n, sha256.Sum256(fmt.Append(nil, n, i)), sha256.Sum256(fmt.Append(nil, i, n))),
		})
	}
	b, _, err := s.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// digestsOf are the rows of a database, each as a digest of all that is in it.
func digestsOf(t *testing.T, path string) map[[sha256.Size]byte]bool {
	t.Helper()
	db, err := sqlite.Open(t.Context(), path, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows := map[[sha256.Size]byte]bool{}
	for r, err := range db.Rows(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		var text bytes.Buffer
		for _, part := range []any{r.Owner, r.Draft, r.Revision, r.Pending, r.Memory, r.Preference, r.Gone} {
			fmt.Fprintf(&text, "%+v\n", part)
		}
		sum := sha256.Sum256(text.Bytes())
		if rows[sum] {
			t.Fatalf("twice there is %.300s", text.String())
		}
		rows[sum] = true
	}
	return rows
}

// sameViews expects drafts to look alike in two databases: in lists, when they
// are loaded, and their histories.
func sameViews(t *testing.T, pathA, pathB string, drafts []builder.Row) {
	t.Helper()
	var views [2]string
	for i, path := range []string{pathA, pathB} {
		db, err := sqlite.OpenReadOnly(t.Context(), path, sqlite.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		var view strings.Builder
		for _, r := range drafts[:min(len(drafts), 200)] {
			s, id := db.Owner(r.Owner), r.Draft.SessionID
			history, err := s.DraftHistory(t.Context(), id, builder.PageQuery{Limit: 100})
			if err != nil || len(history.Revisions) != storeRevisions {
				t.Fatalf("%d revisions of %s: %v", len(history.Revisions), id, err)
			}
			fmt.Fprintf(&view, "%+v\n", history)
			for _, kept := range history.Revisions {
				d, err := s.LoadRevision(t.Context(), id, kept.Revision)
				if err != nil {
					t.Fatal(err)
				}
				status, problem := builder.StatusOf(d)
				fmt.Fprintf(&view, "%+v %s %s\n", d, status, problem)
			}
		}
		for n := range storeOwners {
			q := builder.DraftQuery{Limit: builder.MaxPage}
			for {
				page, err := db.Owner(ownerOf(n)).ListDrafts(t.Context(), q)
				if err != nil {
					t.Fatal(err)
				}
				for _, d := range page.Drafts {
					fmt.Fprintf(&view, "%+v %s\n", d, d.Status())
				}
				if q.Cursor = page.Next; q.Cursor == "" {
					break
				}
			}
		}
		views[i] = view.String()
	}
	if views[0] != views[1] {
		t.Error("drafts look otherwise in the copy")
	}
}
