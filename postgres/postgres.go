// Package postgres keeps the contract of package builder in PostgreSQL, 15 and
// later. It reads connection strings as libpq does, with the pool's settings
// among their parameters (pool_max_conns and the like, see [Open]).
//
// Open never migrates: a server on an older schema is [ErrOlder], and [Migrate]
// mends that. Every statement works behind a pooler that gives a connection out
// for a transaction at a time, such as PgBouncer; one that does not know
// prepared statements needs default_query_exec_mode=cache_describe, exec or
// simple_protocol in the connection string.
//
// What another session stands in the way of, and what is lost with a
// connection, is tried again for at most [Options.BusyTimeout]: so a program
// outlives a failover to another of several hosts (target_session_attrs=
// read-write). A commit whose answer was lost is looked up before it is called
// saved or not. Where even that is impossible the error is [ErrUnknown].
package postgres

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/internal/migration"
	"github.com/boternity/boternity/internal/recent"
)

// Options are what a database may be told. The zero value is good.
type Options struct {
	Now         func() time.Time // the clock; time.Now by default
	History     int              // revisions kept of a draft; builder.DefaultHistory where not above 0
	BusyTimeout time.Duration    // how long a call tries; DefaultBusyTimeout where not above 0
	CacheBytes  int              // states kept to save the next revision without a read; DefaultCacheBytes where 0, none below
}

// The defaults. The timeout outlasts the failover of a supervised cluster.
const (
	DefaultBusyTimeout = 30 * time.Second
	DefaultCacheBytes  = 32 << 20
)

// Database is a builder.Database in one PostgreSQL database.
type Database struct {
	now     func() time.Time
	history int
	busy    time.Duration
	pool    *pgxpool.Pool
	recent  *recent.Cache[draftRow]
	saves   *sharing

	closing sync.RWMutex
	closed  bool
}

var _ builder.Database = (*Database)(nil)

// Open opens a database whose schema is this program's. Its connection string
// is a URL or a list of settings as of libpq, TLS settings and several hosts
// included, with these of the pool: pool_max_conns, pool_min_conns,
// pool_max_conn_lifetime, pool_max_conn_idle_time, pool_health_check_period.
// No error holds any of it.
//
// A schema that is older is ErrOlder, one that is newer a *builder.NewerError,
// one that came about otherwise ErrEdited. A server that acknowledges commits
// before they are safe (synchronous_commit=off) or hides warnings
// (client_min_messages=error), and a database that is not in UTF-8, are refused.
//
// Where the server has a synchronous standby, what is acknowledged is on it.
func Open(ctx context.Context, url string, o Options) (*Database, error) {
	set, err := embedded()
	if err != nil {
		return nil, err
	}
	return open(ctx, url, o, set)
}

func open(ctx context.Context, url string, o Options, set migration.Set) (*Database, error) {
	pool, err := connect(ctx, url)
	if err != nil {
		return nil, err
	}
	if err := inspect(ctx, pool, set); err != nil {
		pool.Close()
		return nil, translate(err)
	}
	return newDatabase(pool, o), nil
}

func newDatabase(pool *pgxpool.Pool, o Options) *Database {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.History <= 0 {
		o.History = builder.DefaultHistory
	}
	if o.BusyTimeout <= 0 {
		o.BusyTimeout = DefaultBusyTimeout
	}
	if o.CacheBytes == 0 {
		o.CacheBytes = DefaultCacheBytes
	}
	return &Database{now: o.Now, history: o.History, busy: o.BusyTimeout, pool: pool, recent: recent.New[draftRow](o.CacheBytes), saves: newSharing()}
}

const utf8 = "UTF8" // as servers call it

// inspect refuses a database on which promises could not be kept.
func inspect(ctx context.Context, pool *pgxpool.Pool, set migration.Set) error {
	var encoding, commit, messages string
	err := pool.QueryRow(ctx, `SELECT current_setting('server_encoding'), current_setting('synchronous_commit'), current_setting('client_min_messages')`).Scan(&encoding, &commit, &messages)
	switch {
	case err != nil:
		return &driverError{err: err, harmless: true}
	case encoding != utf8:
		return ErrEncoding
	case commit == "off":
		return ErrNotDurable
	case messages == "error":
		return ErrNoWarnings
	}
	handle := stdlib.OpenDBFromPool(pool)
	pending, err := set.Pending(ctx, handle)
	if err == nil && len(pending) > 0 {
		err = ErrOlder
	}
	return errors.Join(ofDriver(err), handle.Close())
}

// Owner returns one owner's view.
func (db *Database) Owner(name string) builder.Store { return &store{db: db, owner: name} }

// Close waits for calls under way.
func (db *Database) Close() error {
	db.closing.Lock()
	defer db.closing.Unlock()
	if !db.closed {
		db.closed = true
		db.pool.Close()
	}
	return nil
}

// enter runs a call unless the database is closed; Close waits for it.
func (db *Database) enter(call func() error) error {
	db.closing.RLock()
	defer db.closing.RUnlock()
	if db.closed {
		return &ServerError{Err: ErrClosed}
	}
	return translate(call())
}

// clock is the store's time as it is stored.
func (db *Database) clock() time.Time { return builder.StoredTime(db.now()) }

// store is one owner's view.
type store struct {
	db    *Database
	owner string
}

// read runs statements that need not agree with each other, or only one.
func (s *store) read(ctx context.Context, do func(*call) error) error {
	if err := builder.CheckOwner(s.owner); err != nil {
		return err
	}
	return s.db.read(ctx, do)
}

func (s *store) snapshot(ctx context.Context, do func(*call) error) error {
	if err := builder.CheckOwner(s.owner); err != nil {
		return err
	}
	return s.db.snapshot(ctx, do)
}

func (s *store) change(ctx context.Context, do func(*call) error) error {
	if err := builder.CheckOwner(s.owner); err != nil {
		return err
	}
	return s.db.change(ctx, do)
}

// direct runs statements each of which is a transaction of its own, or begins
// one.
func (s *store) direct(ctx context.Context, do func(*call) error) error {
	if err := builder.CheckOwner(s.owner); err != nil {
		return err
	}
	return s.db.attempts(ctx, do)
}
