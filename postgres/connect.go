package postgres

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
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
		return nil, &ServerError{Err: ErrURL, Reason: culprit(url)}
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
	c.AfterConnect = keepMemory
	return c, nil
}

// keepMemory has a session of a server on glibc give memory back less often.
// Until it has freed a large piece once, it may return what a statement needed
// to the system after each and ask for it again, which can double the time of a
// save; whether it does depends on no more than where the pieces happen to lie.
//
// It belongs to connecting and may take as long; the pool sets it no end. A
// session in which it fails is as good as before.
func keepMemory(ctx context.Context, conn *pgx.Conn) error {
	ctx, cancel := context.WithTimeout(ctx, conn.Config().ConnectTimeout)
	defer cancel()
	if _, err := conn.Exec(ctx, `SELECT octet_length(repeat(' ', 1 << 20))`); conn.IsClosed() {
		return err
	}
	return nil
}

// ownSettings are those whose values the driver reads itself.
var ownSettings = []string{
	"connect_timeout", "default_query_exec_mode", "description_cache_capacity", "krbspn", "krbsrvname", "max_protocol_version",
	"min_protocol_version", "passfile", "port", "channel_binding", "require_auth", "service", "servicefile", "sslcert", "sslkey",
	"sslmode", "sslnegotiation", "sslpassword", "sslrootcert", "sslsni", "statement_cache_capacity", "target_session_attrs",
	"pool_health_check_period", "pool_max_conn_idle_time", "pool_max_conn_lifetime", "pool_max_conn_lifetime_jitter",
	"pool_max_conns", "pool_min_conns", "pool_min_idle_conns",
}

// culprit names the setting without which a URL could be read. No other word of
// it is told: misread, it may be part of a password.
func culprit(url string) string {
	rest, query, _ := strings.Cut(url, "?")
	settings := strings.Split(query, "&")
	for i, setting := range settings {
		name, _, _ := strings.Cut(setting, "=")
		if !slices.Contains(ownSettings, name) {
			continue
		}
		others := slices.Delete(slices.Clone(settings), i, i+1)
		if _, err := pgxpool.ParseConfig(rest + "?" + strings.Join(others, "&")); err == nil {
			return "its setting " + name
		}
	}
	return ""
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
