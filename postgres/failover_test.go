//go:build unix

package postgres

import (
	"context"
	"crypto/rand"
	"fmt"
	mathrand "math/rand/v2"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/boternity/boternity/internal/pgtest"
)

// Several programs write through one connection string that names a server and
// its synchronous standby. Every process of the server is killed at a random
// moment and the standby promoted. The programs go on by themselves; what was
// acknowledged is there, to the byte, and what was not known is found out by
// reading. BOTERNITY_FAILOVER_ROUNDS repeats it.
func TestFailover(t *testing.T) {
	shortens(t)
	t.Parallel()
	rounds := 1
	if text := os.Getenv("BOTERNITY_FAILOVER_ROUNDS"); text != "" {
		var err error
		if rounds, err = strconv.Atoi(text); err != nil || rounds < 1 {
			t.Fatalf("BOTERNITY_FAILOVER_ROUNDS is %q, not a number of rounds", text)
		}
	}
	var table strings.Builder
	for n := range rounds {
		r := failOver(t)
		fmt.Fprintf(&table, "| %d | %d | %d | %d | %d | %.1f |\n", n+1, r.acknowledged, r.missing, r.refused, r.unknown, r.outage.Seconds())
	}
	t.Logf("\n| round | acknowledged | missing | said not to be saved | not known, then read | seconds without writes |\n| ---: | ---: | ---: | ---: | ---: | ---: |\n%s", &table)
}

// A patience is a program's BusyTimeout. The last one is over before a standby
// takes writes, so that its writers have to find out themselves.
var patiences = []time.Duration{0, 0, 100 * time.Millisecond}

const (
	writersEach = 4
	deedsAfter  = 10 // of each writer on the new server
)

// failOver is one round on servers of its own.
func failOver(t *testing.T) *ledger {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	c := newCluster(ctx, t)
	book := &ledger{killAt: 200 + mathrand.Int64N(800), kill: make(chan struct{})}
	promoted := make(chan struct{})
	var all []*writer
	var working sync.WaitGroup
	failed := make(chan error, len(patiences)*writersEach)
	for p, patience := range patiences {
		db := opened(t, c.url, Options{BusyTimeout: patience})
		for n := range writersEach {
			w := newWriter(db, fmt.Sprintf("writer %d of program %d", n, p), book)
			all = append(all, w)
			working.Go(func() { failed <- w.work(ctx, promoted) })
		}
	}
	select {
	case <-book.kill:
		noError(t, c.primary.Kill())
		noError(t, c.standby.Promote())
	case err := <-failed:
		t.Errorf("before the server was killed: %v", err)
		cancel()
	}
	close(promoted)
	working.Wait()
	close(failed)
	for err := range failed {
		if err != nil {
			t.Error(err)
		}
	}
	db := opened(t, c.url, Options{})
	for _, w := range all {
		w.check(t, db.Owner(w.owner))
	}
	soundly(t, db)
	if book.missing > 0 {
		t.Errorf("%d of %d acknowledged changes are missing", book.missing, book.acknowledged)
	}
	if t.Failed() {
		t.FailNow()
	}
	return book
}

// cluster is a server with a synchronous standby.
type cluster struct {
	primary, standby *pgtest.Server
	url              string // names both
}

func newCluster(ctx context.Context, t *testing.T) *cluster {
	t.Helper()
	c := &cluster{}
	var err error
	// A standby whose server is gone looks for another way to it only so often,
	// and is not promoted before that.
	c.primary, err = pgtest.Start(append(pgtest.Durable, "wal_retrieve_retry_interval=100ms")...)
	noError(t, err)
	t.Cleanup(func() { noError(t, c.primary.Stop()) })
	// Should another server get the port of the one that was killed, it has no
	// database of this name.
	name := "failover_" + strings.ToLower(rand.Text())
	noError(t, c.primary.Exec(ctx, "postgres", "CREATE DATABASE "+name))
	_, err = Migrate(ctx, c.primary.URL(name))
	noError(t, err)
	c.standby, err = c.primary.Standby()
	noError(t, err)
	t.Cleanup(func() { noError(t, c.standby.Stop()) })
	// Only now, and not in the file that the standby has a copy of: once it is
	// promoted there is nobody to wait for.
	noError(t, c.primary.Exec(ctx, "postgres", "ALTER SYSTEM SET synchronous_standby_names = '*'", "SELECT pg_reload_conf()"))
	noError(t, synchronous(ctx, c.primary.URL(name)))
	c.url = fmt.Sprintf("postgres://tester@%s,%s/%s?target_session_attrs=read-write", host(c.primary), host(c.standby), name)
	return c
}

func host(s *pgtest.Server) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(s.Port)) }

// synchronous waits until commits wait for a standby.
func synchronous(ctx context.Context, url string) error {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	for {
		var standbys int
		if err := conn.QueryRow(ctx, "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'").Scan(&standbys); err != nil || standbys > 0 {
			return err
		}
		time.Sleep(5 * time.Millisecond) // until the next question
	}
}

// ledger counts what writers were told.
type ledger struct {
	sync.Mutex
	killAt int64         // when so many changes have been acknowledged,
	kill   chan struct{} // this is closed

	acknowledged, refused, unknown, missing int64

	last   time.Time     // when something was acknowledged
	outage time.Duration // the longest time in which nothing was
}

func (l *ledger) acknowledge() {
	l.Lock()
	defer l.Unlock()
	now := time.Now()
	if !l.last.IsZero() {
		l.outage = max(l.outage, now.Sub(l.last))
	}
	l.last = now
	if l.acknowledged++; l.acknowledged == l.killAt {
		close(l.kill)
	}
}

func (l *ledger) count(of *int64) {
	l.Lock()
	defer l.Unlock()
	*of++
}
