package postgres

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/internal/pgtest"
)

// A server whose standby is away commits without it when it is told to wait no
// longer, and calls that success. Such a commit is not acknowledged; nor is it
// when the same call finds it stored; and it is once the standby has it.
func TestCommitsThatNoStandbyHas(t *testing.T) {
	shortens(t)
	t.Parallel()
	server, err := pgtest.Start()
	noError(t, err)
	t.Cleanup(func() { noError(t, server.Stop()) })
	name, err := server.Create(t.Context(), "")
	noError(t, err)
	_, err = Migrate(t.Context(), server.URL(name))
	noError(t, err)
	o := testOptions()
	db := opened(t, server.URL(name), o)
	o.BusyTimeout = 2 * time.Second
	hasty := opened(t, server.URL(name)+"?pool_max_conns=30", o)
	for _, c := range changes() {
		c.prepare(t, db.Owner(c.name))
	}
	standby := func(statement string) {
		noError(t, server.Exec(t.Context(), "postgres", statement, "SELECT pg_reload_conf()"))
	}
	standby("ALTER SYSTEM SET synchronous_standby_names = 'away'")
	stop := impatient(t, server.URL(name))
	var all sync.WaitGroup
	for _, c := range changes() {
		all.Go(func() {
			for n := range 2 {
				err := builder.ErrBusy
				for errors.Is(err, builder.ErrBusy) { // on a busy machine, and nothing was saved
					err = c.do(t, hasty, c.name)
				}
				if !errors.Is(err, ErrUnknown) {
					t.Errorf("%s, for time %d: %v", c.name, n+1, err)
				}
			}
		})
	}
	all.Wait()
	stop()
	standby("ALTER SYSTEM RESET synchronous_standby_names")
	for _, c := range changes() {
		if err := c.do(t, db, c.name); err != nil {
			t.Errorf("%s, once the standby has it: %v", c.name, err)
		}
	}
}

// impatient is an operator who lets no commit wait for a standby, until stop.
func impatient(t *testing.T, url string) (stop func()) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	noError(t, err)
	stopped, ended := make(chan struct{}), make(chan error)
	go func() {
		var err error
		for err == nil {
			select {
			case <-stopped:
				ended <- conn.Close(context.Background())
				return
			default:
				_, err = conn.Exec(t.Context(), "SELECT pg_cancel_backend(pid), pg_sleep(0.002) FROM pg_stat_activity WHERE wait_event = 'SyncRep'")
			}
		}
		<-stopped
		ended <- err
	}()
	return func() {
		close(stopped)
		noError(t, <-ended)
	}
}

// change is a call that may be repeated, for an owner of its own.
type change struct {
	name    string
	prepare func(*testing.T, builder.Store)
	do      func(t *testing.T, db *Database, owner string) error
}

func changes() []change {
	id := testID(1)
	nothing := func(*testing.T, builder.Store) {}
	one := func(t *testing.T, s builder.Store) { saved(t, s, testDraft(id, "hello", 1)) }
	entry := func(t *testing.T, s builder.Store) { noError(t, s.RecordMemory(t.Context(), testEntry(id, "hello"))) }
	never := builder.Preference{Field: builder.FieldTone, Value: builder.Text("formal"), Never: true}
	return []change{
		{"create", nothing, func(t *testing.T, db *Database, owner string) error {
			_, err := db.Owner(owner).SaveDraft(t.Context(), testDraft(id, "hello", 1))
			return err
		}},
		{"save", one, func(t *testing.T, db *Database, owner string) error {
			d := testDraft(id, "hello again", 2)
			d.Revision = 1
			_, err := db.Owner(owner).SaveDraft(t.Context(), d)
			return err
		}},
		{"type", one, func(t *testing.T, db *Database, owner string) error {
			return db.Owner(owner).SavePending(t.Context(), id, builder.FieldTone, "form")
		}},
		{"clear", one, func(t *testing.T, db *Database, owner string) error {
			return db.Owner(owner).SavePending(t.Context(), id, builder.FieldTone, "")
		}},
		{"finish", one, func(t *testing.T, db *Database, owner string) error {
			_, err := db.Owner(owner).FinishSession(t.Context(), id, 1, testEntry(id, "hello"))
			return err
		}},
		{"delete", one, func(t *testing.T, db *Database, owner string) error {
			_, err := db.Owner(owner).DeleteDraft(t.Context(), id)
			return err
		}},
		{"record", nothing, func(t *testing.T, db *Database, owner string) error {
			return db.Owner(owner).RecordMemory(t.Context(), testEntry(id, "hello"))
		}},
		{"forget", entry, func(t *testing.T, db *Database, owner string) error {
			_, err := db.Owner(owner).ForgetMemory(t.Context(), id)
			return err
		}},
		{"prefer", nothing, func(t *testing.T, db *Database, owner string) error {
			return db.Owner(owner).SetPreference(t.Context(), never)
		}},
		{"take back", func(t *testing.T, s builder.Store) { noError(t, s.SetPreference(t.Context(), never)) }, func(t *testing.T, db *Database, owner string) error {
			return db.Owner(owner).SetPreference(t.Context(), builder.Preference{Field: never.Field, Value: never.Value})
		}},
		{"put", nothing, func(t *testing.T, db *Database, owner string) error {
			_, err := db.PutRows(t.Context(), []builder.Row{{Owner: owner, Preference: &never}}, builder.PutOptions{})
			return err
		}},
		{"erase", one, func(t *testing.T, db *Database, owner string) error {
			_, err := db.Erase(t.Context(), owner)
			return err
		}},
		{"prune", one, func(t *testing.T, db *Database, owner string) error {
			_, err := db.Prune(t.Context(), builder.PrunePolicy{Owner: &owner, DraftsBefore: testMoment.Add(time.Hour)})
			return err
		}},
	}
}

// What hides the warning of such a commit is refused.
func TestHiddenWarningsAreRefused(t *testing.T) {
	t.Parallel()
	_, err := Open(t.Context(), newURL(t)+"?client_min_messages=error", testOptions())
	if !errors.Is(err, ErrNoWarnings) {
		t.Fatalf("error is %v", err)
	}
}
