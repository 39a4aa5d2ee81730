package postgres

import (
	"sync"
	"testing"
	"time"

	"github.com/boternity/boternity/builder"
)

// What is saved and recorded while its owner is erased either goes whole or
// stays whole. The erasure here has read what there is before it has to wait for
// counts that the new entry raises: of a term that an erased one has too, and of
// one that, by damage, none has.
func TestEraseBesideNewRows(t *testing.T) {
	for name, existing := range map[string]string{"they share a term": "common words", "they share none": "others"} {
		t.Run(name, func(t *testing.T) {
			url := newURL(t)
			db, other := opened(t, url, testOptions()), opened(t, url, testOptions())
			s := db.Owner("alice")
			furnish(t, s, "hello")
			noError(t, s.RecordMemory(t.Context(), testEntry(testID(4), existing)))
			// As damage may leave it.
			rawly(t, url, `INSERT INTO builder_term_counts (owner, term, entries) VALUES ('alice', 'zebra', 1) ON CONFLICT DO NOTHING`)

			first, second := testDraft(testID(5), "meanwhile", 1), testDraft(testID(5), "meanwhile", 2)
			first.Revision, second.Revision = 1, 2
			for _, d := range []*builder.Draft{&first, &second} {
				d.CreatedAt, d.UpdatedAt = testMoment, testMoment
			}
			entry, err := builder.EncodeEntry(testEntry(testID(6), "zebra common words"))
			noError(t, err)
			stored := builder.StoredEntry{ID: testID(6), CreatedAt: testMoment, Entry: entry}

			meanwhile(t, url, func(written func(), commit <-chan struct{}) error {
				return other.change(t.Context(), func(c *call) error {
					p := &putter{call: c, db: other}
					for _, r := range []builder.Row{
						{Owner: "alice", Draft: &second},
						{Owner: "alice", Revision: &first},
						{Owner: "alice", Pending: &builder.Pending{SessionID: testID(5), Field: builder.FieldTone, Text: "half"}},
						{Owner: "alice", Memory: &stored},
					} {
						if _, err := p.put(r); err != nil {
							return err
						}
					}
					err := p.send()
					written()
					<-commit
					return err
				})
			}, func() error {
				_, err := db.Erase(t.Context(), "alice")
				return err
			})

			loads(t, s, second)
			older, err := s.LoadRevision(t.Context(), testID(5), 1)
			noError(t, err)
			if string(older.State) != string(first.State) {
				t.Error("its first revision is another")
			}
			if pending, err := s.LoadPending(t.Context(), testID(5)); err != nil || pending[builder.FieldTone] != "half" {
				t.Errorf("pending text is %q, %v", pending, err)
			}
			for _, term := range builder.Terms("zebra common words") {
				entries, err := s.RecallSimilar(t.Context(), []string{term}, 10)
				noError(t, err)
				if len(entries) != 1 || entries[0].ID != testID(6) {
					t.Errorf("%d entries of a term, want the one that was recorded meanwhile", len(entries))
				}
			}
			for _, r := range allRows(t, db) {
				if r.Draft != nil && r.Draft.SessionID != testID(5) || r.Memory != nil && r.Memory.ID != testID(6) || r.Preference != nil {
					t.Errorf("not erased: %+v", described([]builder.Row{r}))
				}
			}
			rawly(t, url, `UPDATE builder_term_counts SET entries = 1 WHERE term = 'zebra'`) // the damage
			soundly(t, db)
		})
	}
}

// meanwhile runs a change up to where it has written but not committed, then
// another until it waits for a lock, and then lets both end.
func meanwhile(t *testing.T, url string, first func(written func(), commit <-chan struct{}) error, second func() error) {
	t.Helper()
	wrote, committing := make(chan struct{}), make(chan struct{})
	written, commit := sync.OnceFunc(func() { close(wrote) }), sync.OnceFunc(func() { close(committing) })
	defer commit() // else a failure here would leave it waiting
	ended := make(chan error, 2)
	go func() {
		defer written()
		ended <- first(written, committing)
	}()
	<-wrote
	go func() { ended <- second() }()
	waits := 0
	for until := time.Now().Add(20 * time.Second); waits == 0; {
		if time.Now().After(until) {
			t.Fatal("nothing waits for a lock")
		}
		one(t, url, `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`, &waits)
	}
	commit()
	noError(t, <-ended)
	noError(t, <-ended)
}
