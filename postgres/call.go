package postgres

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/boternity/boternity/builder"
)

// call is one attempt at something, on one connection.
type call struct {
	ctx    context.Context
	conn   *pgxpool.Conn
	writes bool // what it sends now changes something
	inside bool // a transaction, so that nothing commits by itself
	doubt  bool // an attempt before this one may have been committed
}

// sent marks an error of the driver.
func (c *call) sent(err error) error {
	if err == nil {
		if c.writes && !c.inside {
			return c.committed()
		}
		return nil
	}
	return &driverError{err: err, harmless: !c.writes || c.inside}
}

// exec runs a statement and returns how many rows it changed.
func (c *call) exec(query string, args ...any) (int64, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err // here it is certain that nothing was sent
	}
	tag, err := c.conn.Exec(c.ctx, query, args...)
	return tag.RowsAffected(), c.sent(err)
}

// one reads the first row of a query, if there is one.
func (c *call) one(query string, args []any, dest ...any) (found bool, err error) {
	if err := c.ctx.Err(); err != nil {
		return false, err
	}
	err = c.conn.QueryRow(c.ctx, query, args...).Scan(dest...)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, nil
	}
	return err == nil, c.sent(err)
}

// is asks a question that a row answers.
func (c *call) is(query string, args ...any) (yes bool, err error) {
	return c.one(query, args, new(int64))
}

// each scans row after row into dest and calls row.
func (c *call) each(query string, args, dest []any, row func() error) error {
	rows, err := c.conn.Query(c.ctx, query, args...)
	if err != nil {
		return c.sent(err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := rows.Scan(dest...); err != nil {
			return c.sent(err)
		}
		if err := row(); err != nil {
			return err
		}
	}
	return c.sent(rows.Err())
}

// change runs do in a transaction, which is committed when do returns nil and
// durable when change does. What do reads may change before that, unless it
// locks it. do may be called again, and then must answer for a commit in doubt.
func (db *Database) change(ctx context.Context, do func(*call) error) error {
	return db.attempts(ctx, func(c *call) error { return c.transact(do) })
}

// changeAll is change for what takes as long as there are rows.
func (db *Database) changeAll(ctx context.Context, do func(*call) error) error {
	return db.bulk(ctx, func(c *call) error { return c.transact(do) })
}

// read runs reads that need not agree with each other, or only one.
func (db *Database) read(ctx context.Context, do func(*call) error) error {
	return db.attempts(ctx, do)
}

// snapshot runs reads that all see the database at one moment.
func (db *Database) snapshot(ctx context.Context, do func(*call) error) error {
	return db.attempts(ctx, func(c *call) error { return c.look(do) })
}

func (c *call) look(do func(*call) error) error {
	if _, err := c.exec("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"); err != nil {
		return err
	}
	return c.rolledBack(do(c))
}

// transact runs do in a transaction. Others' changes become visible between its
// statements, so do locks the rows it builds on. It does not ask for writing: a
// database that an operator has made read-only stays as it is.
func (c *call) transact(do func(*call) error) error {
	if _, err := c.exec("BEGIN ISOLATION LEVEL READ COMMITTED"); err != nil {
		return err
	}
	c.inside = true
	err := do(c)
	c.inside = false
	if err == nil {
		err = c.ctx.Err()
	}
	if err != nil {
		return c.rolledBack(err)
	}
	// A commit is not cancelled: it would only be harder to tell how it ended.
	commit, cancel := context.WithTimeout(context.WithoutCancel(c.ctx), cancelTimeout)
	defer cancel()
	tag, err := c.conn.Exec(commit, "COMMIT")
	if err != nil {
		return &driverError{err: err}
	}
	if tag.String() != "COMMIT" {
		return &driverError{err: errors.New("the transaction was rolled back"), harmless: true}
	}
	return c.committed()
}

// rolledBack ends a transaction. A connection on which that fails is given up,
// which ends it too.
func (c *call) rolledBack(err error) error {
	end, cancel := context.WithTimeout(context.WithoutCancel(c.ctx), cancelTimeout)
	defer cancel()
	if _, failed := c.conn.Exec(end, "ROLLBACK"); failed != nil {
		_ = c.conn.Conn().Close(end) // the caller's own error says what is wrong
	}
	return err
}

// attempts makes attempts until one succeeds, fails for good, or time is up.
func (db *Database) attempts(ctx context.Context, try func(*call) error) error {
	return db.attemptsAfter(ctx, nil, try)
}

// attemptsAfter is attempts where one has been made already that ended with an
// error.
func (db *Database) attemptsAfter(ctx context.Context, ended error, try func(*call) error) error {
	err := db.enter(func() error {
		if err := ctx.Err(); err != nil && ended == nil {
			return err
		}
		wait, cancel := context.WithTimeout(ctx, db.busy)
		defer cancel()
		return db.repeat(ctx, wait, wait, ended, try)
	})
	if errors.Is(err, ErrClosed) && fateOf(ended) == unknown {
		return &ServerError{Err: ErrUnknown} // there is no finding out any more
	}
	return err
}

// bulk is attempts for what takes as long as there are rows: only trying again
// is bounded.
func (db *Database) bulk(ctx context.Context, try func(*call) error) error {
	return db.enter(func() error {
		if err := ctx.Err(); err != nil {
			return err
		}
		wait, cancel := context.WithTimeout(ctx, db.busy)
		defer cancel()
		return db.repeat(ctx, ctx, wait, nil, try)
	})
}

// repeat makes attempts with the context work for as long as wait lasts. Once a
// commit is in doubt, the caller's cancellation no longer counts: it has to be
// told how that ended. The first attempt is made already where it ended with an
// error.
func (db *Database) repeat(ctx, work, wait context.Context, ended error, try func(*call) error) error {
	doubt := false
	var last error // that says more than that time is up
	for pause := time.Millisecond; ; pause = min(2*pause, 200*time.Millisecond) {
		err := ended
		if err == nil {
			err = db.attempt(work, doubt, try)
		}
		ended = nil
		fate := fateOf(err)
		switch {
		case err == nil, fate == final && !errors.Is(err, errRaced) && work.Err() == nil:
			return err
		case fate == unknown && !doubt:
			var cancel func()
			wait, cancel = context.WithTimeout(context.WithoutCancel(ctx), db.busy)
			defer cancel()
			doubt, work = true, wait
		}
		if last == nil || !cutOff(err, last) {
			last = err
		}
		if isReadOnly(err) {
			db.pool.Reset() // every connection leads to a server that was demoted
		}
		select {
		case <-wait.Done():
			return gaveUp(ctx, doubt, last)
		case <-time.After(pause/2 + rand.N(pause)):
		}
	}
}

func (db *Database) attempt(ctx context.Context, doubt bool, try func(*call) error) error {
	conn, err := db.pool.Acquire(ctx)
	if err != nil {
		return &driverError{err: err, harmless: true}
	}
	defer conn.Release()
	delete(conn.Conn().PgConn().CustomData(), warned)
	c := &call{ctx: ctx, conn: conn, doubt: doubt}
	if err := try(c); err != nil || !doubt {
		return err
	}
	return c.settle()
}

// cutOff reports whether an attempt says less than the last one did: no more than
// that time was up. A server may say that of a statement that waited for
// others, and also of one that it was about to refuse.
func cutOff(err, last error) bool {
	code, _ := serverCode(err)
	return errors.Is(err, context.DeadlineExceeded) || code == "57014" && isReadOnly(last)
}

func isReadOnly(err error) bool {
	code, _ := serverCode(err)
	return code == "25006"
}

// gaveUp is what a call fails with whose last attempt ended with err.
func gaveUp(ctx context.Context, doubt bool, err error) error {
	code, _ := serverCode(err)
	var failed *pgconn.ConnectError
	switch {
	case doubt:
		return &ServerError{Err: ErrUnknown, Code: code, Reason: reason(err)}
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &failed), isReadOnly(err):
		return err
	case code == "" && !errors.Is(err, errRaced) && !errors.Is(err, context.DeadlineExceeded):
		return err
	}
	return &ServerError{Err: builder.ErrBusy, Code: code}
}
