package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
)

// storeTool is a command of this test binary that makes large stores and tells
// what is in them. It is built anew for that: under the race detector, which
// this very binary may carry, it would take minutes.
const storeTool = "boternity-store"

func runStoreTool() {
	verbs := map[string]func(db builder.Database, drafts int) error{"make": makeStore, "digests": printDigests, "views": printViews}
	if err := onStore(os.Args[2], append(os.Args, "0")[3], verbs[os.Args[1]]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func onStore(name, drafts string, do func(db builder.Database, drafts int) error) error {
	n, err := strconv.Atoi(drafts)
	if err != nil {
		return err
	}
	db, err := openDatabase(context.Background(), name, toUse)
	if err != nil {
		return err
	}
	return errors.Join(do(db, n), db.Close())
}

// makeStore stores so many drafts of several owners, each with a history, and
// what else there may be of a session. Some are unreadable or newer, see isOdd.
func makeStore(db builder.Database, drafts int) error {
	var rows []builder.Row
	put := func() error {
		puts, err := db.PutRows(context.Background(), rows, builder.PutOptions{})
		for i, put := range puts {
			if put != builder.PutAdded {
				return fmt.Errorf("%+v: %s", rows[i], put)
			}
		}
		rows = rows[:0]
		return err
	}
	for n := range drafts {
		of, err := rowsOf(n)
		if err != nil {
			return err
		}
		if rows = append(rows, of...); len(rows) > 2000 {
			if err := put(); err != nil {
				return err
			}
		}
	}
	for n := range storeOwners {
		rows = append(rows, builder.Row{Owner: ownerOf(storeOwners - n), Preference: &builder.Preference{Field: builder.FieldTone, Value: builder.Text("rude"), Never: true}})
	}
	return put()
}

// isNewer and isUnreadable say which drafts are odd.
func isNewer(n int) bool      { return n%50 == 13 }
func isUnreadable(n int) bool { return n%50 == 14 }

func draftID(n int) uuid.UUID {
	return uuid.UUID{0: 1, 6: 0x70, 8: 0x80, 12: byte(n >> 24), 13: byte(n >> 16), 14: byte(n >> 8), 15: byte(n)}
}

const storeOwners = 7

func ownerOf(n int) string { return fmt.Sprintf("owner %d", n%storeOwners) }

// rowsOf are the nth draft, its history, and what else there may be of it.
func rowsOf(n int) ([]builder.Row, error) {
	owner := ownerOf(n)
	id := draftID(n)
	at := time.Date(2026, 5, 3, 9, 0, n, 0, time.UTC)
	d := builder.Draft{SessionID: id, SchemaVersion: 1, CreatedAt: at}
	rows := []builder.Row{{Owner: owner, Draft: &d}}
	for r := range storeRevisions {
		at = at.Add(time.Second)
		state, err := stateWith(id, n, 3*r+2)
		if err != nil {
			return nil, err
		}
		d.Revision, d.UpdatedAt, d.State = builder.Revision(r+1), at, state
		switch {
		case isNewer(n):
			d.SchemaVersion, d.State = 9, fmt.Appendf(nil, ` {"of":%d.%d, "a":1.50 } `, n, r)
		case isUnreadable(n):
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
			return nil, err
		}
		rows = append(rows, builder.Row{Owner: owner, Memory: &builder.StoredEntry{ID: id, CreatedAt: at, Entry: b}})
	case 3:
		rows = append(rows, builder.Row{Gone: &builder.Gone{Key: builder.MakeGoneKey(owner, id), Finished: n%8 == 3, At: at}})
	}
	return rows, nil
}

const storeRevisions = 6 // of a draft

// stateWith is a state with so many answers, of 100 to 300 bytes each.
func stateWith(id uuid.UUID, n, answers int) ([]byte, error) {
	s := builder.NewState(id, fmt.Sprintf("a bot that does the work of number %d", n), builder.Coding)
	for i := range answers {
		s.Conversation = append(s.Conversation, builder.Exchange{
			Question: "What should it do then, and what should it leave alone?", Phase: builder.PhaseBasics,
			Answer: fmt.Sprintf("answer %d of %d: %x %x", i, n, sha256.Sum256(fmt.Append(nil, n, i)), sha256.Sum256(fmt.Append(nil, i, n))),
		})
	}
	b, _, err := s.Encode()
	return b, err
}

// printDigests prints a digest of all that is in a row, a line each.
func printDigests(db builder.Database, _ int) error {
	var out bytes.Buffer
	for r, err := range db.Rows(context.Background(), "") {
		if err != nil {
			return err
		}
		var row bytes.Buffer
		for _, part := range []any{r.Owner, r.Draft, r.Revision, r.Pending, r.Memory, r.Preference, r.Gone} {
			fmt.Fprintf(&row, "%+v\n", part)
		}
		fmt.Fprintf(&out, "%x\n", sha256.Sum256(row.Bytes()))
	}
	_, err := out.WriteTo(os.Stdout)
	return err
}

// printViews prints how drafts look: all in lists, and of the odd ones the first
// with their histories.
func printViews(db builder.Database, drafts int) error {
	var out bytes.Buffer
	for n := range storeOwners {
		q := builder.DraftQuery{Limit: builder.MaxPage}
		for more := true; more; more = q.Cursor != "" {
			page, err := db.Owner(ownerOf(n)).ListDrafts(context.Background(), q)
			if err != nil {
				return err
			}
			for _, d := range page.Drafts {
				fmt.Fprintf(&out, "%+v %s\n", d, d.Status())
			}
			q.Cursor = page.Next
		}
	}
	for n := range min(drafts, 2000) {
		if !isNewer(n) && !isUnreadable(n) {
			continue
		}
		s := db.Owner(ownerOf(n))
		history, err := s.DraftHistory(context.Background(), draftID(n), builder.PageQuery{Limit: 100})
		if err != nil || len(history.Revisions) != storeRevisions {
			return fmt.Errorf("%d revisions of draft %d: %v", len(history.Revisions), n, err) //nolint:errorlint // it may be nil
		}
		for _, kept := range history.Revisions {
			d, err := s.LoadRevision(context.Background(), draftID(n), kept.Revision)
			if err != nil {
				return err
			}
			status, problem := builder.StatusOf(d)
			fmt.Fprintf(&out, "%+v %+v %s %s\n", kept, d, status, problem)
		}
	}
	_, err := out.WriteTo(os.Stdout)
	return err
}
