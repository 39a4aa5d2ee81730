package sqlite

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/internal/history"
)

// talk is text as people write it: words from a small set, in any order.
func talk(random *rand.Rand, length int) string {
	words := strings.Fields(`the a bot should answer questions about orders refunds and shipping in a calm friendly tone
		never promise dates it cannot keep explain every step ask before it changes anything keep notes of what was said
		customers write late at night from many countries short sentences help summarise long threads name the file and line`)
	var b strings.Builder
	for b.Len() < length {
		fmt.Fprintf(&b, "%s ", words[random.IntN(len(words))])
		if random.IntN(12) == 0 {
			fmt.Fprintf(&b, "%d. ", random.IntN(1000))
		}
	}
	return b.String()
}

// growing returns the states of a session that grows to about 80 KB in 200
// saves, its phase changing now and then near the front.
func growing() [][]byte {
	random := rand.New(rand.NewPCG(1, 2))
	s := builder.NewState(testID(1), talk(random, 200), builder.CustomerService)
	phases := builder.Phases()
	var states [][]byte
	for i := range 200 {
		s.Phase = phases[i/40]
		s.Conversation = append(s.Conversation, builder.Exchange{Question: talk(random, 90), Answer: talk(random, 240), Phase: s.Phase, Field: builder.FieldPurpose})
		b, _, err := s.Encode()
		if err != nil {
			panic(err)
		}
		states = append(states, b)
	}
	return states
}

func TestHistoryIsSmallAndWhole(t *testing.T) {
	path := newPath(t)
	db, err := Open(t.Context(), path, testOptions())
	noError(t, err)
	states := growing()
	if last := len(states[199]); last < 76<<10 || last > 86<<10 {
		t.Fatalf("the session grew to %d bytes", last)
	}
	d := builder.Draft{SessionID: testID(1), SchemaVersion: builder.CurrentSchemaVersion}
	for _, state := range states {
		d.State = state
		d = saved(t, db.Owner(""), d)
	}
	for i, state := range states {
		kept, err := db.Owner("").LoadRevision(t.Context(), d.SessionID, builder.Revision(i+1))
		noError(t, err)
		if !bytes.Equal(kept.State, state) {
			t.Fatalf("revision %d has other bytes", i+1)
		}
	}
	noError(t, db.Close())
	info, err := os.Stat(path)
	noError(t, err)
	t.Logf("200 revisions up to %d bytes in a file of %d", len(states[199]), info.Size())
	if info.Size() > 300<<10 {
		t.Fatalf("the file has %d bytes", info.Size())
	}
	copiedHistory(t, path, states)
}

// copiedHistory expects a copy by rows to be as whole and nearly as small.
func copiedHistory(t *testing.T, path string, states [][]byte) {
	t.Helper()
	from, to := opened(t, path, testOptions()), newPath(t)
	copied, err := Open(t.Context(), to, testOptions())
	noError(t, err)
	var rows []builder.Row
	for r, err := range from.Rows(t.Context(), "") {
		noError(t, err)
		rows = append(rows, r)
	}
	for _, want := range []builder.Put{builder.PutAdded, builder.PutAlready} {
		outcomes, err := copied.PutRows(t.Context(), rows, builder.PutOptions{})
		noError(t, err)
		for i, got := range outcomes {
			if got != want {
				t.Fatalf("row %d: %s, want %s", i, got, want)
			}
		}
	}
	for i, state := range states {
		kept, err := copied.Owner("").LoadRevision(t.Context(), testID(1), builder.Revision(i+1))
		noError(t, err)
		if !bytes.Equal(kept.State, state) {
			t.Fatalf("copied revision %d has other bytes", i+1)
		}
	}
	noError(t, copied.Close())
	info, err := os.Stat(to)
	noError(t, err)
	if info.Size() > 330<<10 {
		t.Fatalf("the copied file has %d bytes", info.Size())
	}
}

func TestDifferences(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for _, size := range []int{0, 1, 100, 8 << 10, 300 << 10, 3 << 20, builder.MaxState} {
		before := []byte(talk(random, size))[:size]
		state := append(append(append([]byte{}, before[:size/3]...), `,"phase":"model"`...), before[size/3:]...)
		e, err := history.Encode(2, before, state)
		noError(t, err)
		if got, err := history.Decode(e, int64(len(state)), before); err != nil || !bytes.Equal(got, state) {
			t.Fatalf("%d bytes do not come back: %v", size, err)
		}
		if size >= 100 && len(e.Content) > 100+size/40 {
			t.Errorf("a small change of %d bytes takes %d", size, len(e.Content))
		}
		if size < 100 {
			continue
		}
		var broken *history.BrokenError
		if _, err := history.Decode(e, int64(len(state)), append(before, 'x')); !errors.As(err, &broken) {
			t.Errorf("%d bytes: decoded against other bytes: %v", size, err)
		}
	}
}

func TestTrimming(t *testing.T) {
	path := newPath(t)
	o := testOptions()
	o.History = 3
	db := opened(t, path, o)
	d := testDraft(testID(1), "hello", 0)
	for i := range 100 {
		d.State = testState(d.SessionID, "hello", i)
		d = saved(t, db.Owner(""), d)
		history, err := db.Owner("").DraftHistory(t.Context(), d.SessionID, builder.PageQuery{Limit: 10})
		noError(t, err)
		if want := min(i+1, 3); len(history.Revisions) != want {
			t.Fatalf("%d revisions after %d saves, want %d", len(history.Revisions), i+1, want)
		}
		for _, r := range history.Revisions {
			kept, err := db.Owner("").LoadRevision(t.Context(), d.SessionID, r.Revision)
			noError(t, err)
			if !bytes.Equal(kept.State, testState(d.SessionID, "hello", int(r.Revision)-1)) {
				t.Fatalf("revision %d has other bytes", r.Revision)
			}
		}
	}
	handle := rawHandle(t, path)
	var rows int
	noError(t, handle.QueryRow("SELECT count(*) FROM builder_draft_revisions").Scan(&rows))
	noError(t, handle.Close())
	if rows > 3+history.WholeEvery {
		t.Fatalf("%d rows for 3 revisions", rows)
	}
	if _, err := db.Owner("").LoadRevision(t.Context(), d.SessionID, 97); !errors.Is(err, builder.ErrNotFound) {
		t.Fatalf("a revision that is not kept any more: %v", err)
	}
}

// A revision below the oldest that is kept can be put back, though rows that
// were only built upon stood in its place.
func TestPuttingOlderRevisionsBack(t *testing.T) {
	o := testOptions()
	o.History = 3
	db := opened(t, newPath(t), o)
	d := testDraft(testID(1), "hello", 0)
	for i := range 20 {
		d.State = testState(d.SessionID, "hello", i)
		d = saved(t, db.Owner(""), d)
	}
	var rows []builder.Row
	for _, r := range []builder.Revision{9, 10, 15} {
		rows = append(rows, builder.Row{Revision: &builder.Draft{SessionID: d.SessionID, Revision: r, SchemaVersion: 1, State: testState(d.SessionID, "put", int(r)), UpdatedAt: moment}})
	}
	for _, want := range []builder.Put{builder.PutAdded, builder.PutAlready} {
		outcomes, err := db.PutRows(t.Context(), rows, builder.PutOptions{})
		noError(t, err)
		for i, got := range outcomes {
			if got != want {
				t.Fatalf("row %d: %s, want %s", i, got, want)
			}
		}
	}
	history, err := db.Owner("").DraftHistory(t.Context(), d.SessionID, builder.PageQuery{Limit: 10})
	noError(t, err)
	var listed []builder.Revision
	for _, r := range history.Revisions {
		listed = append(listed, r.Revision)
		if _, err := db.Owner("").LoadRevision(t.Context(), d.SessionID, r.Revision); err != nil {
			t.Errorf("revision %d: %v", r.Revision, err)
		}
	}
	if want := "[20 19 18 15 10 9]"; fmt.Sprint(listed) != want {
		t.Fatalf("kept are %v, want %s", listed, want)
	}
	soundly(t, db)
}

// soundly expects Check to find nothing wrong.
func soundly(t *testing.T, db *Database) {
	t.Helper()
	for f, err := range db.Check(t.Context()) {
		if noError(t, err); f.Problem != "" {
			t.Errorf("%s %s: %s", f.Table, f.Row, f.Problem)
		}
	}
}

// A difference is only made from a revision that is there, though the program
// that saved it remembers it.
func TestSaveAfterTheNewestRevisionWasLost(t *testing.T) {
	for _, damage := range []string{
		"DELETE FROM builder_draft_revisions WHERE key & 0xffffffff = 2",
		"UPDATE builder_draft_revisions SET checksum = 1 WHERE key & 0xffffffff = 2",
	} {
		path := newPath(t)
		s := opened(t, path, testOptions()).Owner("")
		d := saved(t, s, testDraft(testID(1), "hello", 20))
		for n := 21; n < 25; n++ {
			if d.State = testState(d.SessionID, "hello", n); d.Revision == 2 {
				rawly(t, path, damage)
			}
			d = saved(t, s, d)
		}
		for _, r := range []builder.Revision{1, 3, 4, 5} {
			if _, err := s.LoadRevision(t.Context(), d.SessionID, r); err != nil {
				t.Errorf("%s: revision %d: %v", damage, r, err)
			}
		}
	}
}
