package postgres

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/boternity/boternity/builder"
)

// Whatever rows are put at once, in whatever order, and twice, each store takes
// the same of them.
func TestStoresAgreeOnPuts(t *testing.T) {
	t.Parallel()
	for seed := range uint64(16) {
		r := rand.New(rand.NewPCG(7, seed))
		s := newStores(t)
		for batch := range 5 {
			rows := hostileRows(t, r)
			options := builder.PutOptions{Revive: r.IntN(3) == 0}
			var want []builder.Put
			for i, db := range s.dbs {
				got, err := db.PutRows(t.Context(), rows, options)
				noError(t, err)
				if want == nil {
					want = got
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Fatalf("seed %d, batch %d: %s puts %s, other than %s:\n%s", seed, batch, s.names[i], described(rows), s.names[0], diff)
				}
			}
			s.compareRows(t)
		}
		soundly(t, s.dbs[2].(*Database))
	}
}

// hostileRows are rows of few sessions, of which many contradict each other.
func hostileRows(t *testing.T, r *rand.Rand) (rows []builder.Row) {
	t.Helper()
	for range 1 + r.IntN(40) {
		owner, id := []string{"", "alice"}[r.IntN(2)], testID(byte(1+r.IntN(8)))
		at := testMoment.Add(time.Duration(r.IntN(2)) * time.Second)
		d := builder.Draft{SessionID: id, Revision: builder.Revision(1 + r.IntN(5)), SchemaVersion: 1, CreatedAt: testMoment, UpdatedAt: at}
		d.State = testState(id, fmt.Sprintf("revision %d", d.Revision), int(d.Revision))
		row := builder.Row{Owner: owner}
		switch r.IntN(12) {
		case 0, 1:
			row.Draft = &d
		case 2:
			row.Pending = &builder.Pending{SessionID: id, Field: builder.FieldTone, Text: fmt.Sprint("half ", r.IntN(2))}
		case 3:
			e := testEntry(id, "reviews "+words[r.IntN(3)+3*int(id[15])%9])
			e.CreatedAt = at
			b, err := builder.EncodeEntry(e)
			noError(t, err)
			row.Memory = &builder.StoredEntry{ID: id, CreatedAt: at, Entry: b}
		case 4:
			row = builder.Row{Gone: &builder.Gone{Key: builder.MakeGoneKey(owner, id), Finished: r.IntN(2) == 0, At: at}}
		default:
			row.Revision = &d
		}
		rows = append(rows, row)
	}
	if r.IntN(2) == 0 { // in the order of a copy
		slices.SortStableFunc(rows, func(a, b builder.Row) int { return kindOf(a) - kindOf(b) })
	}
	return rows
}

func kindOf(r builder.Row) int {
	return slices.Index([]bool{r.Draft != nil, r.Revision != nil, r.Pending != nil, r.Memory != nil, r.Gone != nil}, true)
}

// A session that begins elsewhere while its draft or its entry is put is neither
// overwritten nor ended, and gets nothing of that draft's history.
func TestPutOfWhatIsBegunMeanwhile(t *testing.T) {
	theirs := testDraft(testID(1), "theirs", 1)
	theirs.Revision, theirs.CreatedAt, theirs.UpdatedAt = 1, testMoment, testMoment
	ours, older := theirs, theirs
	ours.Revision, ours.State = 2, testState(ours.SessionID, "ours", 2)
	older.State = testState(ours.SessionID, "ours", 1)
	entry, err := builder.EncodeEntry(testEntry(ours.SessionID, "reviews"))
	noError(t, err)
	for name, rows := range map[string][]builder.Row{
		"a draft with its history": {{Draft: &ours}, {Revision: &older}, {Revision: &ours}},
		"an entry":                 {{Memory: &builder.StoredEntry{ID: ours.SessionID, CreatedAt: testMoment, Entry: entry}}},
	} {
		t.Run(name, func(t *testing.T) { putWhileItBegins(t, rows, theirs) })
	}
}

func putWhileItBegins(t *testing.T, rows []builder.Row, theirs builder.Draft) {
	t.Helper()
	url := newURL(t)
	db, other := opened(t, url, testOptions()), opened(t, url, testOptions())
	var puts []builder.Put
	meanwhile(t, url, func(written func(), commit <-chan struct{}) error {
		return other.change(t.Context(), func(c *call) error {
			if _, err := enterSession(c, goneKey("", theirs.SessionID), testMoment); err != nil {
				return err
			}
			written()
			<-commit
			return addDraft(c, "", theirs, builder.Inspect(theirs))
		})
	}, func() (err error) {
		puts, err = db.PutRows(t.Context(), rows, builder.PutOptions{})
		return err
	})
	if diff := cmp.Diff(slices.Repeat([]builder.Put{builder.PutDiffers}, len(rows)), puts); diff != "" {
		t.Error(diff)
	}
	loads(t, db.Owner(""), theirs)
	soundly(t, db)
}
