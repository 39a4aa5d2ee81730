package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/internal/pgtest"
	"github.com/boternity/boternity/postgres"
)

// connections are those of a pool, on either side: a saver has its own as long
// as there are enough.
const connections = 16

// settings are those of the private server, which syncs. Its memory holds the
// largest tables; the log has room for a run, so that it is not the checkpoints
// that are measured.
var settings = append(slices.Clone(pgtest.Durable), "shared_buffers=4GB", "max_wal_size=8GB", "autovacuum_naptime=1min")

// server is PostgreSQL, every store in a database of its own.
type server struct {
	url     *url.URL       // of the database to connect to for making others
	private *pgtest.Server // nil where the server was there
	made    []string       // databases, which go at the end
}

// openServer connects to a server, or starts one where address is empty.
func openServer(ctx context.Context, address string) (*server, error) {
	s := &server{}
	var err error
	if address == "" {
		if s.private, err = pgtest.Start(settings...); err != nil {
			return nil, err
		}
		address = s.private.URL("postgres")
	}
	if s.url, err = url.Parse(address); err != nil || s.url.Scheme == "" {
		return nil, errors.Join(errors.New("not a URL such as postgres://user@host/database"), s.close()) // the error would quote it
	}
	if err := s.durable(ctx); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

// durable refuses a server that does not sync: it would be compared with itself
// alone.
func (s *server) durable(ctx context.Context) error {
	var sync, commit string
	err := s.row(ctx, `SELECT current_setting('fsync'), current_setting('synchronous_commit')`, &sync, &commit)
	if err == nil && (sync != "on" || commit == "off") {
		err = fmt.Errorf("the server does not make commits durable: fsync=%s, synchronous_commit=%s", sync, commit)
	}
	return err
}

func (s *server) row(ctx context.Context, query string, dest ...any) error {
	conn, err := pgx.Connect(ctx, s.url.String())
	if err != nil {
		return err
	}
	return errors.Join(conn.QueryRow(ctx, query).Scan(dest...), conn.Close(ctx))
}

func (s *server) describe(ctx context.Context, m *machine) error {
	return s.row(ctx, `SELECT split_part(current_setting('server_version'), ' ', 1)`, &m.PostgreSQL)
}

// database makes one and returns its URL, that of a pool.
func (s *server) database(ctx context.Context) (string, error) {
	name := fmt.Sprintf("boternity_bench_%d_%d", os.Getpid(), len(s.made))
	if err := s.exec(ctx, `CREATE DATABASE `+name+` TEMPLATE template0 ENCODING 'UTF8'`); err != nil {
		return "", err
	}
	s.made = append(s.made, name)
	u := *s.url
	u.Path = "/" + name
	query := u.Query()
	query.Set("pool_max_conns", strconv.Itoa(connections))
	u.RawQuery = query.Encode()
	return u.String(), nil
}

func (s *server) exec(ctx context.Context, statement string) error {
	conn, err := pgx.Connect(ctx, s.url.String())
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, statement)
	return errors.Join(err, conn.Close(ctx))
}

func (s *server) kinds() []kind {
	return []kind{
		{ours, func(ctx context.Context) (saver, error) { return s.ours(ctx) }},
		{plainPgx, func(ctx context.Context) (saver, error) { return s.plain(ctx) }},
	}
}

func (s *server) ours(ctx context.Context) (*ourStore, error) {
	db, _, err := s.open(ctx)
	if err != nil {
		return nil, err
	}
	return openedOurs(db), nil
}

// open returns a new database of ours and its URL.
func (s *server) open(ctx context.Context) (*postgres.Database, string, error) {
	address, err := s.database(ctx)
	if err != nil {
		return nil, "", err
	}
	if _, err := postgres.Migrate(ctx, address); err != nil {
		return nil, "", err
	}
	db, err := postgres.Open(ctx, address, postgres.Options{})
	return db, address, err
}

// filled leaves the database as it would be in a quiet hour: the server may
// have to look through many new rows, and would at any moment.
func (s *server) filled(ctx context.Context, _ string, fill func(builder.Database) error) (builder.Database, error) {
	db, address, err := s.open(ctx)
	if err != nil {
		return nil, err
	}
	err = fill(db)
	if err == nil {
		err = vacuum(ctx, address)
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

func vacuum(ctx context.Context, address string) error {
	pool, err := pgxpool.New(ctx, address)
	if err != nil {
		return err
	}
	defer pool.Close()
	_, err = pool.Exec(ctx, `VACUUM (ANALYZE)`)
	return err
}

// close stops the private server, or removes what was made on the one given.
func (s *server) close() error {
	if s.private != nil {
		return s.private.Stop()
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var errs []error
	for _, name := range s.made {
		errs = append(errs, s.exec(ctx, `DROP DATABASE `+name))
	}
	return errors.Join(errs...)
}

// pgxStore is the floor on PostgreSQL: a pool and a statement, which pgx
// prepares on each of its connections.
type pgxStore struct{ pool *pgxpool.Pool }

func (s *server) plain(ctx context.Context) (plainSaver, error) {
	address, err := s.database(ctx)
	if err != nil {
		return nil, err
	}
	pool, err := pgxpool.New(ctx, address)
	if err != nil {
		return nil, err
	}
	_, err = pool.Exec(ctx, `CREATE TABLE drafts (session_id uuid PRIMARY KEY, state bytea NOT NULL, updated_at timestamptz NOT NULL)`)
	if err != nil {
		pool.Close()
		return nil, err
	}
	return &pgxStore{pool}, nil
}

func (s *pgxStore) save(ctx context.Context, id uuid.UUID, _ int, state []byte) error {
	_, err := s.pool.Exec(ctx, `INSERT INTO drafts (session_id, state, updated_at) VALUES ($1, $2, $3)
		ON CONFLICT (session_id) DO UPDATE SET state = excluded.state, updated_at = excluded.updated_at`, id, state, time.Now())
	return err
}

func (s *pgxStore) loadInto(ctx context.Context, id uuid.UUID, v any) error {
	var state []byte
	if err := s.pool.QueryRow(ctx, `SELECT state FROM drafts WHERE session_id = $1`, id).Scan(&state); err != nil {
		return err
	}
	return json.Unmarshal(state, v)
}

func (s *pgxStore) Close() error {
	s.pool.Close()
	return nil
}
