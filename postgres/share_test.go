package postgres

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/boternity/boternity/builder"
)

// heldUp makes calls so that the saves among them wait for each other, in that
// order, and are let go together.
func heldUp(db *Database, calls ...func() error) []error {
	errs := make([]error, len(calls))
	var all sync.WaitGroup
	patience := db.saves.patience
	db.saves.patience = time.Hour
	defer func() { db.saves.patience = patience }()
	db.saves.lane <- struct{}{}
	db.saves.beside <- struct{}{}
	for i, call := range calls {
		all.Go(func() { errs[i] = call() })
		for queued(db) <= i {
			runtime.Gosched()
		}
	}
	<-db.saves.beside
	db.saves.free()
	all.Wait()
	return errs
}

func queued(db *Database) int {
	return db.saves.queue.Len()
}

// follows is a draft that was just saved with a state that follows.
func follows(d builder.Draft, description string, answers int) builder.Draft {
	d.State = testState(d.SessionID, description, answers)
	return d
}

// oneCommit expects that all drafts of which a condition holds were last written
// by one transaction.
func oneCommit(t *testing.T, url, condition string) {
	t.Helper()
	var commits int
	one(t, url, `SELECT count(DISTINCT xmin::text) FROM builder_drafts WHERE `+condition, &commits)
	if commits != 1 {
		t.Errorf("%d commits", commits)
	}
}

func TestSavesThatWaitShareACommit(t *testing.T) {
	url := newURL(t)
	db := opened(t, url, testOptions())
	s, other := db.Owner(""), db.Owner("alice")
	begun := func(s builder.Store, n byte) builder.Draft { return saved(t, s, testDraft(testID(n), "hello", 1)) }
	a, b, deleted, raced := begun(s, 9), begun(other, 9), begun(s, 2), begun(s, 3)
	noError(t, s.SavePending(t.Context(), a.SessionID, builder.FieldTone, "half"))
	elsewhere := opened(t, url, testOptions()).Owner("")
	_, err := elsewhere.DeleteDraft(t.Context(), deleted.SessionID)
	noError(t, err)
	raced = follows(raced, "hello", 3)
	stored := saved(t, elsewhere, follows(raced, "faster", 2))

	var got [2]builder.Draft
	errs := heldUp(db,
		func() (err error) {
			got[0], err = s.SaveDraft(t.Context(), follows(a, "hello", 2), builder.FieldTone)
			return err
		},
		func() error { _, err := s.SaveDraft(t.Context(), follows(a, "second", 2)); return err },
		func() error { _, err := s.SaveDraft(t.Context(), follows(deleted, "late", 2)); return err },
		func() error { _, err := s.SaveDraft(t.Context(), raced); return err },
		func() (err error) { got[1], err = other.SaveDraft(t.Context(), follows(b, "hers", 2)); return err },
	)
	for i, want := range []error{nil, builder.ErrConflict, builder.ErrGone, builder.ErrConflict, nil} {
		if !errors.Is(errs[i], want) {
			t.Errorf("call %d: %v, want %v", i, errs[i], want)
		}
	}
	var conflict *builder.ConflictError
	if !errors.As(errs[3], &conflict) || conflict.Stored.Revision != stored.Revision {
		t.Errorf("the conflict is with %+v", conflict)
	}
	loads(t, s, got[0])
	loads(t, other, got[1])
	if got[0].Revision != 2 || got[1].Revision != 2 {
		t.Errorf("saved as revisions %d and %d", got[0].Revision, got[1].Revision)
	}
	if left, err := s.LoadPending(t.Context(), a.SessionID); err != nil || len(left) > 0 {
		t.Errorf("pending %v, %v", left, err)
	}
	oneCommit(t, url, `session_id = '`+a.SessionID.String()+`'`)
	soundly(t, db)
}

// A save that the server refuses takes none of the others with it.
func TestRefusalAmongSharers(t *testing.T) {
	url := newURL(t)
	db := opened(t, url, testOptions())
	s := db.Owner("")
	var drafts []builder.Draft
	for n := range byte(4) {
		drafts = append(drafts, saved(t, s, testDraft(testID(n+1), "hello", 1)))
	}
	rawly(t, url, `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
		IF NEW.description = 'refused' THEN RAISE EXCEPTION 'no'; END IF; RETURN NEW; END $$`,
		`CREATE TRIGGER refuse BEFORE UPDATE ON builder_drafts FOR EACH ROW EXECUTE FUNCTION refuse()`)
	words := []string{"one", "refused", "two", "three"}
	var calls []func() error
	for i, d := range drafts {
		calls = append(calls, func() error { _, err := s.SaveDraft(t.Context(), follows(d, words[i], 2)); return err })
	}
	for i, err := range heldUp(db, calls...) {
		if (err != nil) != (words[i] == "refused") {
			t.Errorf("%s: %v", words[i], err)
		}
		want := follows(drafts[i], words[i], 2)
		if want.Revision++; words[i] == "refused" {
			want = drafts[i]
		}
		loads(t, s, want)
	}
	soundly(t, db)
}

// The connection of a batch is lost before the server has it, and after it has
// committed.
func TestLostAnswerOfABatch(t *testing.T) {
	target := newURL(t)
	proxy, through := newProxy(t, target)
	db := opened(t, through, testOptions())
	s := db.Owner("")
	for round, before := range []bool{true, false} {
		var calls []func() error
		var want []builder.Draft
		for n := range byte(5) {
			d := follows(saved(t, s, testDraft(testID(byte(10*round)+n+1), "hello", 1)), "Xanadu again", 2)
			calls = append(calls, func() error { _, err := s.SaveDraft(t.Context(), d); return err })
			next := d
			next.Revision++
			want = append(want, next)
		}
		cuts := proxy.cuts.Load()
		proxy.lose(1, before, carries("Xanadu again"))
		for i, err := range heldUp(db, calls...) {
			noError(t, err)
			loads(t, s, want[i])
		}
		if proxy.cuts.Load() != cuts+1 {
			t.Error("nothing was lost")
		}
	}
	soundly(t, db)
}

// Where nobody can find out whether a batch was committed, each is told so.
func TestBatchInDoubt(t *testing.T) {
	target := newURL(t)
	proxy, through := newProxy(t, target)
	o := testOptions()
	o.BusyTimeout = time.Second
	db := opened(t, through, o)
	s := db.Owner("")
	var calls []func() error
	for n := range byte(3) {
		d := follows(saved(t, s, testDraft(testID(n+1), "hello", 1)), "Xanadu again", 2)
		calls = append(calls, func() error { _, err := s.SaveDraft(t.Context(), d); return err })
	}
	proxy.lose(1, false, carries("Xanadu again"))
	noError(t, proxy.listener.Close()) // there is no way back
	for _, err := range heldUp(db, calls...) {
		if !errors.Is(err, ErrUnknown) {
			t.Errorf("error is %v", err)
		}
	}
	sure := opened(t, target, testOptions()).Owner("")
	for n := range byte(3) {
		if d, err := sure.LoadDraft(t.Context(), testID(n+1)); err != nil || d.Revision != 2 {
			t.Errorf("revision %d is stored, %v", d.Revision, err)
		}
	}
}

// A caller may cease to wait, and nothing is saved. Who waits for too long goes
// alone.
func TestSharersThatDoNotWait(t *testing.T) {
	db := opened(t, newURL(t), testOptions())
	s := db.Owner("")
	d := saved(t, s, testDraft(testID(1), "hello", 1))
	db.saves.patience = time.Hour
	db.saves.lane <- struct{}{}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() {
		_, err := s.SaveDraft(ctx, follows(d, "cancelled", 2))
		ended <- err
	}()
	for queued(db) == 0 {
		runtime.Gosched()
	}
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v", err)
	}
	loads(t, s, d)

	db.saves.patience = time.Millisecond
	d = saved(t, s, follows(d, "alone", 3))
	db.saves.free()
	loads(t, s, d)
	soundly(t, db)
}

// Once enough wait they do not wait for what is under way, and fewer do.
func TestSecondBatchGoesBeside(t *testing.T) {
	url := newURL(t)
	db := opened(t, url, testOptions())
	s := db.Owner("")
	db.saves.patience = time.Hour
	db.saves.lane <- struct{}{}
	var drafts []builder.Draft
	for n := range byte(shareBeside) {
		drafts = append(drafts, follows(saved(t, s, testDraft(testID(n+1), "hello", 1)), "beside", 2))
	}
	ended := make(chan error)
	for i, d := range drafts {
		if i == shareBeside-1 && queued(db) != i {
			t.Errorf("%d of %d wait", queued(db), i)
		}
		go func() {
			_, err := s.SaveDraft(t.Context(), d)
			ended <- err
		}()
		for i < shareBeside-1 && queued(db) <= i {
			runtime.Gosched()
		}
	}
	for range drafts {
		noError(t, <-ended)
	}
	db.saves.free()
	oneCommit(t, url, `true`)
	soundly(t, db)
}

// A row that another program holds, and lets go, is judged as it is then.
func TestBatchThatWaitsForARow(t *testing.T) {
	url := newURL(t)
	db := opened(t, url, testOptions())
	s := db.Owner("")
	var drafts []builder.Draft
	for n := range byte(4) {
		drafts = append(drafts, follows(saved(t, s, testDraft(testID(n+1), "hello", 1)), "next", 2))
	}
	conn, err := pgx.Connect(t.Context(), url)
	noError(t, err)
	defer conn.Close(t.Context())
	tx, err := conn.Begin(t.Context())
	noError(t, err)
	_, err = tx.Exec(t.Context(), `UPDATE builder_drafts SET created_at = created_at WHERE session_id = $1`, drafts[1].SessionID)
	noError(t, err)
	_, err = tx.Exec(t.Context(), `UPDATE builder_drafts SET revision = 2, state = state || ' ' WHERE session_id = $1`, drafts[2].SessionID)
	noError(t, err)
	calls := []func() error{}
	for _, d := range drafts {
		calls = append(calls, func() error { _, err := s.SaveDraft(t.Context(), d); return err })
	}
	done := make(chan []error)
	go func() { done <- heldUp(db, calls...) }()
	for waits := false; !waits; {
		one(t, url, `SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')`, &waits)
	}
	noError(t, tx.Commit(t.Context()))
	for i, err := range <-done {
		if want := []error{nil, nil, builder.ErrConflict, nil}[i]; !errors.Is(err, want) {
			t.Errorf("save %d: %v, want %v", i, err, want)
		}
	}
	for _, i := range []int{0, 1, 3} {
		drafts[i].Revision++
		loads(t, s, drafts[i])
	}
}

// What is in a batch is in memory at once, so large states are not put together.
func TestBatchesAreBounded(t *testing.T) {
	url := newURL(t)
	db := opened(t, url, testOptions())
	s := db.Owner("")
	var calls []func() error
	for n := range byte(4) {
		d := saved(t, s, testDraft(testID(n+1), "hello", 1))
		state := builder.NewState(d.SessionID, "hello", builder.Coding)
		for range 45 {
			state.Conversation = append(state.Conversation, builder.Exchange{Question: "What?", Answer: strings.Repeat("a", 60<<10), Phase: builder.PhaseBasics})
		}
		var err error
		d.State, _, err = state.Encode()
		noError(t, err)
		calls = append(calls, func() error { _, err := s.SaveDraft(t.Context(), d); return err })
	}
	for _, err := range heldUp(db, calls...) {
		noError(t, err)
	}
	var largest int
	one(t, url, `SELECT max(together) FROM (SELECT count(*) AS together FROM builder_drafts GROUP BY xmin::text) AS commits`, &largest)
	if largest != 3 { // of 2.6 MiB each
		t.Errorf("%d are in a batch", largest)
	}
	soundly(t, db)
}
