package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"time"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/internal/migration"
)

// conn is one connection with its prepared statements. Its statements run to
// their end: a context that can be cancelled costs a goroutine each, and they
// take microseconds. Callers look at theirs in between.
type conn struct {
	sql      *sql.Conn
	prepared map[string]*sql.Stmt
	changes  int64 // rows changed so far; no more than that the number grew is to be read from it
	schema   int64 // SQLite's count of schema changes when the schema was known last
	known    func(context.Context, migration.Querier) error
}

func (c *conn) statement(query string) (*sql.Stmt, error) {
	if s := c.prepared[query]; s != nil {
		return s, nil
	}
	s, err := c.sql.PrepareContext(context.Background(), query)
	if err != nil {
		return nil, err
	}
	c.prepared[query] = s
	return s, nil
}

// exec runs a statement and returns how many rows it changed.
func (c *conn) exec(query string, args ...any) (int64, error) {
	return c.execContext(context.Background(), query, args...)
}

func (c *conn) execContext(ctx context.Context, query string, args ...any) (int64, error) {
	s, err := c.statement(query)
	if err != nil {
		return 0, err
	}
	result, err := s.ExecContext(ctx, args...)
	if err != nil {
		return 0, err
	}
	changed, err := result.RowsAffected()
	c.changes += changed
	return changed, err
}

// insert adds a row and reads what the statement returns of it.
func (c *conn) insert(query string, args []any, dest ...any) error {
	c.changes++
	_, err := c.one(query, args, dest...)
	return err
}

// one reads the first row of a query, if there is one.
func (c *conn) one(query string, args []any, dest ...any) (found bool, err error) {
	err = c.each(query, args, dest, func() (bool, error) {
		found = true
		return false, nil
	})
	return found, err
}

// each scans row after row into dest and calls row, until that returns false.
func (c *conn) each(query string, args, dest []any, row func() (bool, error)) error {
	s, err := c.statement(query)
	if err != nil {
		return err
	}
	rows, err := s.QueryContext(context.Background(), args...)
	if err != nil {
		return err
	}
	for more := true; more && rows.Next(); {
		if err = rows.Scan(dest...); err != nil {
			break
		}
		if more, err = row(); err != nil {
			break
		}
	}
	return errors.Join(err, rows.Close(), rows.Err())
}

// close gives the connection back to its handle. Statements are not closed
// with it, and while there are any SQLite keeps the file open.
func (c *conn) close() error {
	return errors.Join(c.closeStatements(), c.sql.Close())
}

// discard closes the connection for good, whatever state it is in.
func (c *conn) discard() error {
	closed := c.closeStatements()
	err := c.sql.Raw(func(any) error { return driver.ErrBadConn })
	if errors.Is(err, driver.ErrBadConn) {
		err = nil
	}
	return errors.Join(closed, err)
}

func (c *conn) closeStatements() error {
	var errs []error
	for _, s := range c.prepared {
		errs = append(errs, s.Close())
	}
	clear(c.prepared)
	return errors.Join(errs...)
}

// transact runs do in a write transaction. It takes the write lock first, so
// that what do reads stays true until it is committed.
func transact(ctx context.Context, c *conn, busy time.Duration, do func(*conn) error) error {
	wait, cancel := context.WithTimeout(ctx, busy)
	defer cancel()
	if err := begin(wait, c); err != nil {
		return waited(ctx, err)
	}
	err := do(c)
	if err == nil {
		err = ctx.Err()
	}
	return end(c, err)
}

// begin takes the write lock. Where SQLite waits for it by itself it looks ever
// more seldom, and a program that writes without a pause would keep it waiting.
func begin(wait context.Context, c *conn) error {
	if err := untilFree(wait, func() error {
		_, err := c.exec("BEGIN IMMEDIATE")
		return err
	}); err != nil {
		return err
	}
	if err := c.checkSchema(wait); err != nil {
		return end(c, err)
	}
	return nil
}

// checkSchema looks whether the schema is still one that this program knows: a
// newer program may have migrated the file while it was open here, and SQLite
// would go on with the statements of this one.
func (c *conn) checkSchema(ctx context.Context) error {
	if c.known == nil {
		return nil
	}
	var now int64
	if _, err := c.one("PRAGMA schema_version", nil, &now); err != nil || now == c.schema {
		return err
	}
	if err := c.known(ctx, c.sql); err != nil {
		return err
	}
	c.schema = now
	return nil
}

// end commits what was done without an error, and undoes the rest.
func end(c *conn, err error) error {
	if err == nil {
		_, err = c.exec("COMMIT")
	}
	if err == nil {
		return nil
	}
	if _, undone := c.exec("ROLLBACK"); undone != nil {
		return &fatalError{err}
	}
	return err
}

// untilFree repeats do while others are in its way, until the context ends.
func untilFree(wait context.Context, do func() error) error {
	for {
		err := do()
		if !isBusy(err) {
			return err
		}
		select {
		case <-wait.Done():
			return wait.Err()
		case <-time.After(lookAgain):
		}
	}
}

const lookAgain = 500 * time.Microsecond

// waited tells a caller's own cancellation from the end of the bounded wait.
func waited(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return builder.ErrBusy
	}
	return err
}

// fatalError is an error after which a connection is not used again.
type fatalError struct{ error }

func (e *fatalError) Unwrap() error { return e.error }

// pool hands out a bounded number of connections, opened when first needed.
type pool struct {
	handle *sql.DB
	setUp  []string // pragmas for a new connection
	slots  chan struct{}
	idle   chan *conn
	known  func(context.Context, migration.Querier) error // asked before a transaction that writes; nil is not asked
}

func newPool(handle *sql.DB, size int, setUp ...string) *pool {
	return &pool{handle: handle, setUp: setUp, slots: make(chan struct{}, size), idle: make(chan *conn, size)}
}

// take waits for a connection, for a bounded time.
func (p *pool) take(ctx context.Context, busy time.Duration) (*conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	wait, cancel := context.WithTimeout(ctx, busy)
	defer cancel()
	select {
	case p.slots <- struct{}{}:
	case <-wait.Done():
		return nil, waited(ctx, wait.Err())
	}
	c, err := p.connection(wait)
	if err != nil {
		return nil, waited(ctx, err)
	}
	return c, nil
}

// connection is for whoever has a slot, and loses it with an error.
func (p *pool) connection(ctx context.Context) (*conn, error) {
	select {
	case c := <-p.idle:
		return c, nil
	default:
	}
	c, err := p.open(ctx)
	if err != nil {
		<-p.slots
	}
	return c, err
}

func (p *pool) open(ctx context.Context) (*conn, error) {
	opened, err := p.handle.Conn(ctx)
	if err != nil {
		return nil, err
	}
	c := &conn{sql: opened, prepared: map[string]*sql.Stmt{}, known: p.known}
	for _, pragma := range p.setUp {
		if err := c.set(pragma); err != nil {
			return nil, errors.Join(err, c.discard())
		}
	}
	return c, nil
}

// give takes a connection back, or gives it up.
func (p *pool) give(c *conn, broken bool) {
	if broken {
		// The call's own error says what is wrong; this one would repeat it.
		_ = c.discard()
	} else {
		p.idle <- c
	}
	<-p.slots
}

// close is called when no call is under way.
func (p *pool) close() error {
	var errs []error
	for len(p.idle) > 0 {
		errs = append(errs, (<-p.idle).close())
	}
	return errors.Join(errs...)
}
