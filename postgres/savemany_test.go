package postgres

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/boternity/boternity/builder"
)

// Whatever becomes of saves one after the other becomes of them in a batch:
// they are trimmed, refused, make revisions whole and remove what was answered,
// and neighbours of one that is refused do not notice.
func TestBatchesSaveWhatSingleSavesSave(t *testing.T) {
	t.Parallel()
	for name, how := range map[string]struct {
		settings string
		parts    int
	}{
		"prepared":       {},
		"partitioned":    {parts: 3},
		"cache_describe": {settings: "?default_query_exec_mode=cache_describe"},
		"describe_exec":  {settings: "?default_query_exec_mode=describe_exec"},
		"exec":           {settings: "?default_query_exec_mode=exec"},
		"simple":         {settings: "?default_query_exec_mode=simple_protocol"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			seed := rand.Uint64()
			t.Logf("seed %d", seed)
			together := newBatches(t, how.settings, how.parts, rand.New(rand.NewPCG(seed, 1)))
			single := newBatches(t, "", 0, rand.New(rand.NewPCG(seed, 1)))
			for round := range 20 {
				got := heldUp(together.db, together.saves(t)...)
				var want []error
				for _, save := range single.saves(t) {
					want = append(want, save())
				}
				for i := range want {
					if outcome(got[i]) != outcome(want[i]) {
						t.Errorf("round %d, save %d: %v, alone %v", round, i, got[i], want[i])
					}
				}
			}
			sameRows(t, allRows(t, together.db), allRows(t, single.db))
			if got, want := found(t, together.db), found(t, single.db); !slices.Equal(got, want) {
				t.Errorf("found\n%s\nwant\n%s", got, want)
			}
			// Rows no longer kept go when none is a difference from them.
			if got, want := together.stored(t), single.stored(t); got != want {
				t.Errorf("revisions stored are\n%s\nwant\n%s", got, want)
			}
			var most int
			one(t, together.url, `SELECT max(together) FROM (SELECT count(*) AS together FROM builder_draft_revisions GROUP BY xmin::text) AS commits`, &most)
			if most < 2 {
				t.Errorf("no two saves shared a commit")
			}
		})
	}
}

func outcome(err error) string {
	for _, known := range []error{builder.ErrConflict, builder.ErrGone, builder.ErrInvalid} {
		if errors.Is(err, known) {
			return known.Error()
		}
	}
	return fmt.Sprint(err)
}

// batches makes the same saves for every store that it is made for with the same
// random numbers.
type batches struct {
	url       string
	db        *Database
	elsewhere *Database
	direct    *pgx.Conn
	r         *rand.Rand
	owners    []string
	ids       []uuid.UUID // of drafts of each owner in turn
}

func newBatches(t *testing.T, settings string, parts int, r *rand.Rand) *batches {
	url := newURL(t)
	if parts > 0 {
		noError(t, Partition(t.Context(), url, parts))
	}
	o := testOptions()
	o.History = 3
	b := &batches{url: url, db: opened(t, url+settings, o), elsewhere: opened(t, url, o), r: r, owners: []string{"", "alice", "Ünï'\"{}\\"}}
	var err error
	b.direct, err = pgx.Connect(t.Context(), url)
	noError(t, err)
	t.Cleanup(func() { b.direct.Close(context.Background()) })
	for n := range byte(24) {
		b.ids = append(b.ids, saved(t, b.owner(int(n)), testDraft(testID(n/3+1), "hello", 2)).SessionID)
	}
	return b
}

// stored are the rows of the history.
func (b *batches) stored(t *testing.T) (all string) {
	one(t, b.url, `SELECT string_agg(format('%s %s %s %s', owner, session_id, revision, encoding), E'\n' ORDER BY owner, session_id, revision)
		FROM builder_draft_revisions`, &all)
	return all
}

func (b *batches) owner(n int) builder.Store { return b.db.Owner(b.owners[n%len(b.owners)]) }

// saves are some to make at once. Each is of another draft, or which comes first
// would be for chance to say.
func (b *batches) saves(t *testing.T) (calls []func() error) {
	for _, n := range b.r.Perm(len(b.ids))[:8] {
		s, other := b.owner(n), b.elsewhere.Owner(b.owners[n%len(b.owners)])
		d, err := s.LoadDraft(t.Context(), b.ids[n])
		if errors.Is(err, builder.ErrNotFound) {
			d, err = saved(t, s, testDraft(b.ids[n], "anew", 1)), nil
		}
		noError(t, err)
		next := d
		next.State = testState(d.SessionID, fmt.Sprintf("%q {a,NULL} \\ %d", strings.Repeat("é", b.r.IntN(3)), b.r.Uint32()), 1+b.r.IntN(40))
		var answered []string
		for _, field := range []string{builder.FieldTone, builder.FieldModel, builder.FieldName} {
			noError(t, s.SavePending(t.Context(), d.SessionID, field, "half"))
			if b.r.IntN(2) == 0 {
				answered = append(answered, field)
			}
		}
		switch b.r.IntN(20) {
		case 0: // another program saves first
			faster := d
			faster.State = testState(d.SessionID, "faster", 3)
			_, err := other.SaveDraft(t.Context(), faster)
			noError(t, err)
		case 1:
			_, err := other.DeleteDraft(t.Context(), d.SessionID)
			noError(t, err)
		case 2: // the history loses what the difference was made from
			_, err := b.direct.Exec(t.Context(), `DELETE FROM builder_draft_revisions WHERE owner = $1 AND session_id = $2 AND revision = $3`,
				b.owners[n%len(b.owners)], d.SessionID, int64(d.Revision))
			noError(t, err)
		case 3:
			_, err := b.direct.Exec(t.Context(), `UPDATE builder_gone SET ended = 1 WHERE key = $1`, goneKey(b.owners[n%len(b.owners)], d.SessionID))
			noError(t, err)
		case 4:
			noError(t, other.RecordMemory(t.Context(), testEntry(d.SessionID, "finished elsewhere")))
		case 5: // as pruning does
			_, err := b.direct.Exec(t.Context(), `UPDATE builder_drafts SET oldest = oldest + 1, kept = kept - 1
				WHERE owner = $1 AND session_id = $2 AND kept > 1 AND oldest < revision`, b.owners[n%len(b.owners)], d.SessionID)
			noError(t, err)
		case 6: // another draft's revisions fit into no difference
			random := make([]byte, 4<<10)
			for i := range random {
				random[i] = byte('a' + b.r.IntN(26))
			}
			next.State = testState(d.SessionID, string(random), 0)
		}
		calls = append(calls, func() error {
			_, err := s.SaveDraft(t.Context(), next, answered...)
			if errors.Is(err, builder.ErrGone) {
				b.ids[n] = uuid.NewSHA1(b.ids[n], nil) // of the next session
			}
			return err
		})
	}
	return calls
}

// A batch looks its rows up by their keys and in its order, whatever is known of
// the tables: two batches of the same drafts would else wait for each other.
func TestBatchPlan(t *testing.T) {
	t.Parallel()
	for name, prepare := range map[string]func(t *testing.T, url string){
		"empty": func(*testing.T, string) {},
		"few":   func(t *testing.T, url string) { rawly(t, url, "ANALYZE") },
		"many": func(t *testing.T, url string) {
			fill(t, url, "other", 0, 10, 100)
			rawly(t, url, "ANALYZE")
		},
		"partitioned": func(t *testing.T, url string) {
			fill(t, url, "other", 0, 10, 100)
			noError(t, Partition(t.Context(), url, 3))
			rawly(t, url, "ANALYZE")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := newURL(t)
			for _, owner := range []string{"", "alice"} { // a batch is of two at least
				furnish(t, opened(t, url, testOptions()).Owner(owner), "hello")
			}
			prepare(t, url)
			conn, err := pgx.Connect(t.Context(), url)
			noError(t, err)
			defer conn.Close(t.Context())
			_, err = conn.Exec(t.Context(), strings.ReplaceAll(manySettings, "true", "false")) // for the session
			noError(t, err)
			// The arrays of a batch of none.
			args := slices.Repeat([]any{"{}"}, 24)
			args[stepArgs] = 200
			plan := explain(t, conn, manyGiven+manyDrop+manyAnswered+manyEnd, args)
			for _, want := range []string{
				"Index Cond: ((owner = (g.owner)::text) AND (session_id = g.session_id))", "Index Cond: (key = g.gone)",
				"Index Cond: ((owner = s.owner) AND (session_id = s.session_id) AND (revision < s.oldest))",
			} {
				if !strings.Contains(plan, want) {
					t.Errorf("plan has no %s:\n%s", want, plan)
				}
			}
			_, update, _ := strings.Cut(plan, "Update on builder_drafts")
			given, draft := strings.Index(update, "CTE Scan on given g"), strings.Index(update, "Index Scan using builder_drafts")
			if given < 0 || draft < given || strings.Contains(plan, "Seq Scan on") || strings.Contains(plan, "Hash Join") || strings.Contains(plan, "Merge Join") {
				t.Errorf("rows are not looked up one after the other:\n%s", plan)
			}
		})
	}
}
