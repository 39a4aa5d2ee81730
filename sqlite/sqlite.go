// Package sqlite keeps the contract of package builder in one SQLite file.
//
// Several programs may have the file open at once: a terminal and a server,
// say. Writers take turns. A call that waits for a turn or a connection waits
// for at most [Options.BusyTimeout] each time, which is once or twice, and then
// fails with [builder.ErrBusy], having changed nothing. The write-ahead log is
// synced before a change is acknowledged.
package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/internal/recent"
)

// Options are what a database may be told. The zero value is good.
type Options struct {
	Now         func() time.Time // the clock; time.Now by default
	History     int              // revisions kept of a draft; builder.DefaultHistory where not above 0
	BusyTimeout time.Duration    // how long a call waits for others; DefaultBusyTimeout where not above 0
}

// DefaultBusyTimeout is long enough for others to write a few thousand drafts.
const DefaultBusyTimeout = 10 * time.Second

// cacheBytes is what the cache of drafts may take: a few hundred of usual size.
const cacheBytes = 8 << 20

// readers is how many calls may read at once; more wait.
const readers = 4

// Database is a builder.Database in one SQLite file.
type Database struct {
	path     string
	now      func() time.Time
	history  int
	busy     time.Duration
	readOnly bool

	handles []*sql.DB
	writer  *committer
	recent  *recent.Cache[draftRow] // the drafts that were saved last
	readers *pool

	closing sync.RWMutex
	closed  bool
}

var _ builder.Database = (*Database)(nil)

// Path is the absolute path of the file. Whoever means to read a file some
// other way has to know that it is not this one: closing it would drop the
// locks that SQLite holds on it for this process.
func (db *Database) Path() string { return db.path }

func newDatabase(path string, o Options) *Database {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.History <= 0 {
		o.History = builder.DefaultHistory
	}
	if o.BusyTimeout <= 0 {
		o.BusyTimeout = DefaultBusyTimeout
	}
	return &Database{path: path, now: o.Now, history: o.History, busy: o.BusyTimeout, recent: recent.New[draftRow](cacheBytes)}
}

// Owner returns one owner's view.
func (db *Database) Owner(name string) builder.Store { return &store{db: db, owner: name} }

// Close waits for calls under way. Where no other program has the file open,
// its write-ahead log is merged into it and removed.
func (db *Database) Close() error {
	db.closing.Lock()
	defer db.closing.Unlock()
	if db.closed {
		return nil
	}
	db.closed = true
	return db.translate(db.release())
}

// release closes every connection, the writer's last: only one that may write
// can clear the log away.
func (db *Database) release() error {
	var errs []error
	if db.readers != nil {
		errs = append(errs, db.readers.close())
	}
	if db.writer != nil {
		errs = append(errs, db.writer.close())
	}
	for _, h := range slices.Backward(db.handles) {
		errs = append(errs, h.Close())
	}
	return errors.Join(errs...)
}

// enter runs a call unless the database is closed; Close waits for it.
func (db *Database) enter(call func() error) error {
	db.closing.RLock()
	defer db.closing.RUnlock()
	if db.closed {
		return &FileError{Path: db.path, Err: ErrClosed}
	}
	return db.translate(call())
}

// clock is the store's time as it is stored.
func (db *Database) clock() time.Time { return builder.StoredTime(db.now()) }

// read runs reads that need not agree with each other, or only one.
func (db *Database) read(ctx context.Context, do func(*conn) error) error {
	return db.enter(func() error {
		c, err := db.readers.take(ctx, db.busy)
		if err != nil {
			return err
		}
		broken := true // unless do returns
		defer func() { db.readers.give(c, broken) }()
		err = do(c)
		broken = isFatal(err)
		return err
	})
}

// snapshot runs reads that all see the database at one moment.
func (db *Database) snapshot(ctx context.Context, do func(*conn) error) error {
	return db.read(ctx, func(c *conn) error {
		if _, err := c.exec("BEGIN"); err != nil {
			return err
		}
		err := do(c)
		if _, ended := c.exec("ROLLBACK"); ended != nil {
			// The next reader would go on in this snapshot.
			return &fatalError{cmp.Or(err, ended)}
		}
		return err
	})
}

// change runs do in a write transaction of its own, which is committed when do
// returns nil and durable when change does.
func (db *Database) change(ctx context.Context, do func(*conn) error) error {
	return db.write(func(w *committer) error { return w.alone(ctx, do) })
}

// write runs what needs the connection that writes.
func (db *Database) write(do func(*committer) error) error {
	return db.enter(func() error {
		if db.readOnly {
			return &FileError{Path: db.path, Err: ErrReadOnly}
		}
		return do(db.writer)
	})
}

// store is one owner's view.
type store struct {
	db    *Database
	owner string
}

func (s *store) read(ctx context.Context, do func(*conn) error) error {
	if err := builder.CheckOwner(s.owner); err != nil {
		return err
	}
	return s.db.read(ctx, do)
}

func (s *store) snapshot(ctx context.Context, do func(*conn) error) error {
	if err := builder.CheckOwner(s.owner); err != nil {
		return err
	}
	return s.db.snapshot(ctx, do)
}

// together is for one small change: it shares its transaction with others. do
// may be run twice, if the first time is undone.
func (s *store) together(ctx context.Context, do func(*conn) error) error {
	if err := builder.CheckOwner(s.owner); err != nil {
		return err
	}
	return s.db.write(func(w *committer) error { return w.together(ctx, do) })
}
