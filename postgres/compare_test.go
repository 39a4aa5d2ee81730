package postgres

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/memstore"
	"github.com/boternity/boternity/sqlite"
)

// stores are the same calls' three answers.
type stores struct {
	names []string
	dbs   []builder.Database
	now   time.Time
}

func newStores(t *testing.T) *stores {
	t.Helper()
	s := &stores{now: testMoment}
	clock := func() time.Time { return s.now }
	file, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "builder.db"), sqlite.Options{Now: clock, History: 20})
	noError(t, err)
	t.Cleanup(func() { noError(t, file.Close()) })
	s.names = []string{"memory", "SQLite", "PostgreSQL"}
	s.dbs = []builder.Database{memstore.New(memstore.Options{Now: clock, History: 20}), file, opened(t, newURL(t), Options{Now: clock, History: 20})}
	return s
}

// same makes a call on every store and compares what each gives, errors by
// what they say.
func same[R any](t *testing.T, s *stores, owner, what string, call func(builder.Store) (R, error)) (first R) {
	t.Helper()
	type answer struct {
		Gives R
		Error string
	}
	var want answer
	for i, db := range s.dbs {
		r, err := call(db.Owner(owner))
		got := answer{Gives: r}
		if err != nil {
			got.Error = err.Error()
		}
		if i == 0 {
			want, first = got, r
		} else if diff := cmp.Diff(want, got, cmpopts.EquateEmpty(), cmp.Exporter(func(reflect.Type) bool { return true })); diff != "" {
			t.Fatalf("%s: %s gives other than %s:\n%s", what, s.names[i], s.names[0], diff)
		}
	}
	return first
}

// words are what descriptions are made of: odd texts, and common and rare ones.
var words = []string{"bot", "bot", "bot", "reviews", "reviews", "code", "writes", "poems", "Zürich", "données", "отчёты", "料理", "รีวิว", "🤖", "it's", "%", "_", "NULL"}

func description(r *rand.Rand) string {
	var b bytes.Buffer
	for range 1 + r.IntN(8) {
		fmt.Fprintf(&b, "%s%d ", words[r.IntN(len(words))], r.IntN(3))
	}
	return b.String()
}

func categories() []builder.PurposeCategory {
	return append(builder.FixedCategories(), builder.Unknown, builder.Custom("game-master"), builder.Custom("a'b\"c"), builder.Custom("\u2028"))
}

// Every store gives the same for the same data, entry by entry and page by
// page, whatever collation the server has.
func TestStoresAgree(t *testing.T) {
	t.Parallel()
	s := newStores(t)
	r := rand.New(rand.NewPCG(5, 6))
	owners := []string{"", "alice", "Alice", "älter", "z"}
	for i := range 400 {
		if r.IntN(3) > 0 {
			s.now = s.now.Add(time.Duration(r.IntN(5000)) * time.Microsecond)
		}
		owner := owners[r.IntN(len(owners))]
		// Owners have the same ids.
		id := uuid.UUID{0: byte(r.IntN(40)), 1: 7, 6: 0x70, 8: 0x80}
		switch r.IntN(6) {
		case 0:
			e := testEntry(id, description(r))
			e.Category = categories()[r.IntN(len(categories()))]
			same(t, s, owner, fmt.Sprint("record ", i), func(b builder.Store) (any, error) { return nil, b.RecordMemory(context.Background(), e) })
		case 1:
			text := description(r)
			same(t, s, owner, fmt.Sprint("pending ", i), func(b builder.Store) (any, error) {
				return nil, b.SavePending(context.Background(), id, builder.FieldTone, text)
			})
		case 2:
			if r.IntN(6) == 0 {
				same(t, s, owner, fmt.Sprint("delete ", i), func(b builder.Store) (bool, error) { return b.DeleteDraft(context.Background(), id) })
			}
		default:
			d := testDraft(id, description(r), r.IntN(6))
			d.Revision = builder.AnyRevision
			same(t, s, owner, fmt.Sprint("save ", i), func(b builder.Store) (builder.Draft, error) { return b.SaveDraft(context.Background(), d) })
		}
	}
	for _, owner := range append(owners, "nobody") {
		s.compare(t, owner, r, 3)
	}
	s.compareRows(t)
}

// compare compares everything an owner can ask for.
func (s *stores) compare(t *testing.T, owner string, r *rand.Rand, size int) {
	t.Helper()
	var drafts []builder.DraftSummary
	for from := builder.Cursor(""); ; {
		page := same(t, s, owner, "drafts", func(b builder.Store) (builder.DraftPage, error) {
			return b.ListDrafts(context.Background(), builder.DraftQuery{Limit: size, Cursor: from})
		})
		drafts = append(drafts, page.Drafts...)
		if from = page.Next; from == "" {
			break
		}
	}
	for _, d := range drafts {
		id := d.SessionID
		same(t, s, owner, "a draft", func(b builder.Store) (builder.Draft, error) { return b.LoadDraft(context.Background(), id) })
		same(t, s, owner, "pending text", func(b builder.Store) (map[string]string, error) { return b.LoadPending(context.Background(), id) })
		page := same(t, s, owner, "a history", func(b builder.Store) (builder.HistoryPage, error) {
			return b.DraftHistory(context.Background(), id, builder.PageQuery{Limit: 100})
		})
		for _, kept := range page.Revisions {
			same(t, s, owner, "a revision", func(b builder.Store) (builder.Draft, error) {
				return b.LoadRevision(context.Background(), id, kept.Revision)
			})
		}
	}
	kinds := []*builder.PurposeCategory{nil}
	for _, c := range categories() {
		kinds = append(kinds, &c)
	}
	for _, kind := range kinds {
		for from := builder.Cursor(""); ; {
			page := same(t, s, owner, "entries", func(b builder.Store) (builder.MemoryPage, error) {
				return b.Recall(context.Background(), builder.MemoryQuery{Category: kind, Limit: size, Cursor: from})
			})
			if from = page.Next; from == "" {
				break
			}
		}
	}
	for range 40 {
		s.compareSimilar(t, owner, description(r))
	}
	same(t, s, owner, "preferences", func(b builder.Store) (builder.Preferences, error) { return b.Preferences(context.Background()) })
}

func (s *stores) compareSimilar(t *testing.T, owner, text string) {
	t.Helper()
	for _, limit := range []int{1, 5, 40} {
		same(t, s, owner, "similar entries", func(b builder.Store) ([]builder.MemoryEntry, error) {
			return b.RecallSimilar(context.Background(), builder.Terms(text), limit)
		})
	}
}

func (s *stores) compareRows(t *testing.T) {
	t.Helper()
	want := allRows(t, s.dbs[0])
	for _, db := range s.dbs[1:] {
		sameRows(t, allRows(t, db), want)
	}
}

// Real descriptions, where they are at hand.
func TestStoresAgreeOnRealMemories(t *testing.T) {
	t.Parallel()
	file, err := os.Open("../../shared/data/recall_dev.jsonl")
	if errors.Is(err, fs.ErrNotExist) {
		t.Log("no real descriptions are at hand; nothing is compared")
		return
	}
	noError(t, err)
	defer file.Close()
	s := newStores(t)
	var texts []string
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var record struct {
			Owner       string `json:"source_repo"`
			Description string `json:"description"`
			Model       string `json:"model_norm"`
		}
		noError(t, json.Unmarshal(lines.Bytes(), &record))
		s.now = s.now.Add(time.Second)
		n := len(texts)
		e := testEntry(uuid.UUID{0: byte(n >> 8), 1: byte(n), 6: 0x70, 8: 0x80}, builder.CutRunes(record.Description, 10000))
		e.Category = categories()[n%4]
		if record.Model != "" {
			e.Choices[builder.FieldModel] = builder.Choice{Value: builder.Text(record.Model), Source: builder.Chosen}
		}
		texts = append(texts, record.Description)
		// Once as its own history, once as all of one owner's.
		for _, owner := range []string{record.Owner, ""} {
			same(t, s, owner, "record", func(b builder.Store) (any, error) { return nil, b.RecordMemory(context.Background(), e) })
		}
		s.compareSimilar(t, record.Owner, record.Description)
	}
	noError(t, lines.Err())
	for i := 0; i < len(texts); i += 4 { // all of them take most of a minute
		s.compareSimilar(t, "", texts[i])
	}
	s.compare(t, "", rand.New(rand.NewPCG(7, 8)), 50)
	s.compareRows(t)
}
