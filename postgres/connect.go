package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"
	"github.com/jackc/pgx/v5/pgxpool"
)

// How long a host may take to answer before the next one is tried, where the
// connection string does not say; and how long a cancelled statement may take
// to say how it ended.
const (
	connectTimeout = 5 * time.Second
	cancelTimeout  = 5 * time.Second
)

// config reads a connection string. What the driver says of one that it cannot
// read may quote it, the password too, so that goes no further.
func config(url string) (*pgxpool.Config, error) {
	c, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, &ServerError{Err: ErrURL}
	}
	if c.ConnConfig.ConnectTimeout == 0 {
		c.ConnConfig.ConnectTimeout = connectTimeout
	}
	if c.ConnConfig.RuntimeParams["application_name"] == "" {
		c.ConnConfig.RuntimeParams["application_name"] = "boternity"
	}
	c.ConnConfig.OnNotice = noteWarning
	// A connection that is merely closed leaves its statement running: it could
	// be committed after the caller was told that it was not.
	c.ConnConfig.BuildContextWatcherHandler = func(conn *pgconn.PgConn) ctxwatch.Handler {
		return &pgconn.CancelRequestContextWatcherHandler{Conn: conn, DeadlineDelay: cancelTimeout}
	}
	return c, nil
}

func connect(ctx context.Context, url string) (*pgxpool.Pool, error) {
	c, err := config(url)
	if err != nil {
		return nil, err
	}
	pool, err := pgxpool.NewWithConfig(ctx, c)
	if err != nil {
		return nil, translate(&driverError{err: err, harmless: true})
	}
	return pool, nil
}
