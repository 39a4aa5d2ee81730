package sqlite

import (
	"context"
	"encoding/binary"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/internal/history"
)

// benchSteps is how often a session is saved before the next one begins, so
// that states grow as those of people do.
const benchSteps = 20

func benchID(n uint64) (id uuid.UUID) {
	binary.BigEndian.PutUint64(id[:8], n<<16|0x7000)
	id[8] = 0x80
	return id
}

func benchStore(b *testing.B) (*Database, builder.Store) {
	b.Helper()
	db, err := Open(b.Context(), filepath.Join(b.TempDir(), "builder.db"), Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := db.Close(); err != nil {
			b.Error(err)
		}
	})
	return db, db.Owner("")
}

// benchStates are those of session 1 as it grows to 8 KB and some more.
func benchStates() [][]byte {
	states := make([][]byte, benchSteps)
	for i := range states {
		states[i] = testState(benchID(1), "A bot that reviews Go code", 60+i)
	}
	return states
}

// benchSession saves a session step by step, then the next one.
type benchSession struct {
	store  builder.Store
	states [][]byte
	ids    *atomic.Uint64 // of sessions, shared by savers
	draft  builder.Draft
}

func (s *benchSession) save(ctx context.Context) error {
	if s.draft.Revision == 0 || int(s.draft.Revision) == len(s.states) {
		s.draft = builder.Draft{SessionID: benchID(s.ids.Add(1)), SchemaVersion: builder.CurrentSchemaVersion}
	}
	s.draft.State = benchStateOf(s.draft.SessionID, s.states[s.draft.Revision])
	saved, err := s.store.SaveDraft(ctx, s.draft)
	s.draft = saved
	return err
}

// benchStateOf is a state of session 1 as that of another.
func benchStateOf(id uuid.UUID, state []byte) []byte {
	const at = len(`{"session_id":"`)
	own := append([]byte{}, state...)
	copy(own[at:], id.String())
	return own
}

func BenchmarkSave(b *testing.B) {
	states := benchStates()
	b.Run("one", func(b *testing.B) {
		_, store := benchStore(b)
		s := benchSession{store: store, states: states, ids: new(atomic.Uint64)}
		b.ReportAllocs()
		for b.Loop() {
			if err := s.save(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("many", func(b *testing.B) {
		_, store := benchStore(b)
		ids := new(atomic.Uint64)
		b.SetParallelism(32)
		b.ReportAllocs()
		b.RunParallel(func(loop *testing.PB) {
			s := benchSession{store: store, states: states, ids: ids}
			for loop.Next() {
				if err := s.save(b.Context()); err != nil {
					b.Error(err)
					return
				}
			}
		})
	})
}

func BenchmarkLoadAndDecode(b *testing.B) {
	_, store := benchStore(b)
	id := benchID(1)
	if _, err := store.SaveDraft(b.Context(), builder.Draft{SessionID: id, SchemaVersion: builder.CurrentSchemaVersion, State: benchStates()[0]}); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		d, err := store.LoadDraft(b.Context(), id)
		if err == nil {
			_, err = builder.DecodeState(d)
		}
		if err != nil {
			b.Fatal(err)
		}
	}
}

// benchRows puts rows of sessions or entries a second apart, from 1970 on.
func benchRows(b *testing.B, db *Database, n int, row func(id uuid.UUID, at time.Time) builder.Row) {
	b.Helper()
	rows := make([]builder.Row, n)
	for i := range rows {
		rows[i] = row(benchID(uint64(i)+1), time.Unix(int64(i), 0))
	}
	if _, err := db.PutRows(b.Context(), rows, builder.PutOptions{}); err != nil {
		b.Fatal(err)
	}
}

func BenchmarkListDrafts(b *testing.B) {
	const drafts, size = 10_000, 50
	db, store := benchStore(b)
	benchRows(b, db, drafts, func(id uuid.UUID, at time.Time) builder.Row {
		d := testDraft(id, "A bot that reviews Go code", 2)
		d.Revision, d.CreatedAt, d.UpdatedAt = 1, at, at
		return builder.Row{Draft: &d}
	})
	middle := builder.Position{At: time.Unix(drafts/2, 0), ID: benchID(drafts / 2)}
	for name, cursor := range map[string]builder.Cursor{"first": "", "further": middle.Cursor(builder.ListOfDrafts)} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				page, err := store.ListDrafts(b.Context(), builder.DraftQuery{Limit: size, Cursor: cursor})
				if err != nil || len(page.Drafts) != size {
					b.Fatalf("%d drafts, %v", len(page.Drafts), err)
				}
			}
		})
	}
}

func BenchmarkRecall(b *testing.B) {
	db, store := benchStore(b)
	benchRows(b, db, 10_000, func(id uuid.UUID, at time.Time) builder.Row {
		encoded, err := builder.EncodeEntry(testEntry(id, "A bot that reviews Go code"))
		if err != nil {
			b.Fatal(err)
		}
		return builder.Row{Memory: &builder.StoredEntry{ID: id, CreatedAt: at, Entry: encoded}}
	})
	b.Run("category", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			page, err := store.Recall(b.Context(), builder.MemoryQuery{Category: &builder.Coding, Limit: 10})
			if err != nil || len(page.Entries) != 10 {
				b.Fatalf("%d entries, %v", len(page.Entries), err)
			}
		}
	})
	b.Run("similar", func(b *testing.B) {
		terms := builder.Terms("reviews Go code")
		b.ReportAllocs()
		for b.Loop() {
			entries, err := store.RecallSimilar(b.Context(), terms, 50)
			if err != nil || len(entries) != 50 {
				b.Fatalf("%d entries, %v", len(entries), err)
			}
		}
	})
}

func BenchmarkEncodeRevision(b *testing.B) {
	states := benchStates()
	for name, before := range map[string][]byte{"whole": nil, "difference": states[0]} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(states[1])))
			b.ReportAllocs()
			var kept int
			for b.Loop() {
				e, err := history.Encode(2, before, states[1])
				if err != nil {
					b.Fatal(err)
				}
				kept = len(e.Content)
			}
			b.ReportMetric(float64(kept), "B/revision")
		})
	}
}

// The revision before a whole one takes the most differences to restore.
func BenchmarkRestore(b *testing.B) {
	_, store := benchStore(b)
	d := builder.Draft{SessionID: benchID(1), SchemaVersion: builder.CurrentSchemaVersion}
	for i := range history.WholeEvery {
		d.State = testState(d.SessionID, "A bot that reviews Go code", i)
		var err error
		if d, err = store.SaveDraft(b.Context(), d); err != nil {
			b.Fatal(err)
		}
	}
	b.Run("load", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := store.LoadRevision(b.Context(), d.SessionID, history.WholeEvery); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("restore", func(b *testing.B) {
		b.ReportAllocs()
		for at := d.Revision; b.Loop(); at++ {
			// History keeps 200 revisions, so the newest but one is always there.
			if _, err := store.RestoreRevision(b.Context(), d.SessionID, at-1, at); err != nil {
				b.Fatal(err)
			}
		}
	})
}
