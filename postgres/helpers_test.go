package postgres

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/boternity/boternity/builder"
)

func noError(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// opened is a database, closed when the test ends.
func opened(t *testing.T, url string, o Options) *Database {
	t.Helper()
	db, err := Open(t.Context(), url, o)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	t.Cleanup(func() { noError(t, db.Close()) })
	return db
}

// rawly runs statements behind the store's back.
func rawly(t *testing.T, url string, statements ...string) {
	t.Helper()
	for _, s := range statements {
		if err := execute(t, url, s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

func execute(t *testing.T, url, statement string) error {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	noError(t, err)
	defer conn.Close(t.Context())
	_, err = conn.Exec(t.Context(), statement)
	return err
}

// one reads a row behind the store's back.
func one(t *testing.T, url, query string, dest ...any) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	noError(t, err)
	noError(t, conn.QueryRow(t.Context(), query).Scan(dest...))
	noError(t, conn.Close(t.Context()))
}

func testID(n byte) uuid.UUID { return uuid.UUID{0: 1, 6: 0x70, 8: 0x80, 15: n} }

// testState is a valid state with so many answers.
func testState(id uuid.UUID, description string, answers int) []byte {
	s := builder.NewState(id, description, builder.Coding)
	for i := range answers {
		s.Conversation = append(s.Conversation, builder.Exchange{
			Question: "What should it do then?", Answer: fmt.Sprintf("answer %d: %x", i, sha256.Sum256([]byte{byte(i), byte(i >> 8)})), Phase: builder.PhaseBasics,
		})
	}
	b, _, err := s.Encode()
	if err != nil {
		panic(err)
	}
	return b
}

func testDraft(id uuid.UUID, description string, answers int) builder.Draft {
	return builder.Draft{SessionID: id, SchemaVersion: builder.CurrentSchemaVersion, State: testState(id, description, answers)}
}

func testEntry(id uuid.UUID, description string) builder.MemoryEntry {
	return builder.MemoryEntry{ID: id, Category: builder.Coding, Description: description,
		Choices: map[string]builder.Choice{builder.FieldTone: {Value: builder.Text("formal"), Source: builder.Chosen}}}
}

func saved(t *testing.T, s builder.Store, d builder.Draft) builder.Draft {
	t.Helper()
	d, err := s.SaveDraft(context.Background(), d)
	if err != nil {
		t.Fatalf("save: %v", err)
	}
	return d
}

// loads expects a draft to be stored exactly so.
func loads(t *testing.T, s builder.Store, want builder.Draft) {
	t.Helper()
	got, err := s.LoadDraft(t.Context(), want.SessionID)
	noError(t, err)
	if got.Revision != want.Revision || !bytes.Equal(got.State, want.State) {
		t.Fatalf("revision %d with %d bytes, want %d with %d", got.Revision, len(got.State), want.Revision, len(want.State))
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
	_, err := s.FinishSession(t.Context(), other.SessionID, other.Revision, testEntry(other.SessionID, word+" finished"))
	noError(t, err)
}

// soundly expects Check to find nothing wrong.
func soundly(t *testing.T, db *Database) {
	t.Helper()
	for _, problem := range found(t, db) {
		t.Errorf("found %s", problem)
	}
}

// found is what Check says is wrong.
func found(t *testing.T, db *Database) (all []string) {
	t.Helper()
	for f, err := range db.Check(t.Context()) {
		noError(t, err)
		if f.Problem != "" {
			all = append(all, fmt.Sprintf("%+v", f))
		}
	}
	return all
}

func allRows(t *testing.T, db builder.Database) (rows []builder.Row) {
	t.Helper()
	for r, err := range db.Rows(t.Context(), "") {
		noError(t, err)
		r.Next = ""
		rows = append(rows, r)
	}
	return rows
}

func sameRows(t *testing.T, got, want []builder.Row) {
	t.Helper()
	a, b := described(got), described(want)
	if !slices.Equal(a, b) {
		t.Fatalf("rows are\n%s\nwant\n%s", a, b)
	}
}

// described are rows as texts, in an order that is the same for every store.
func described(rows []builder.Row) (all []string) {
	for _, r := range rows {
		switch {
		case r.Draft != nil:
			all = append(all, fmt.Sprintf("%q draft %+v", r.Owner, *r.Draft))
		case r.Revision != nil:
			all = append(all, fmt.Sprintf("%q revision %+v", r.Owner, *r.Revision))
		case r.Pending != nil:
			all = append(all, fmt.Sprintf("%q pending %+q", r.Owner, *r.Pending))
		case r.Memory != nil:
			all = append(all, fmt.Sprintf("%q memory %+v", r.Owner, *r.Memory))
		case r.Preference != nil:
			all = append(all, fmt.Sprintf("%q preference %+v", r.Owner, *r.Preference))
		case r.Gone != nil:
			all = append(all, fmt.Sprintf("gone %+v", *r.Gone))
		}
	}
	slices.Sort(all)
	return all
}
