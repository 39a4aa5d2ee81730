package postgres

import (
	"context"
	"errors"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/internal/pgtest"
	"github.com/boternity/boternity/storetest"
)

// A pooler gives a transaction whatever session is free, and may know no
// prepared statements: here a session forgets everything after every call. The
// cases take turns with the ways in which the driver does without.
func TestNothingHangsOnASession(t *testing.T) {
	t.Parallel()
	modes := []string{"cache_describe", "exec", "simple_protocol"}
	var databases atomic.Int64
	throughPooler(t, func(t storetest.T, o storetest.Options) func() builder.Database {
		url := newURL(t) + "?default_query_exec_mode=" + modes[databases.Add(1)%3]
		return func() builder.Database {
			c, err := config(url)
			if err != nil {
				t.Fatalf("settings: %v", err)
			}
			c.AfterRelease = func(conn *pgx.Conn) bool {
				_, err := conn.Exec(context.Background(), "DISCARD ALL")
				return err == nil
			}
			pool, err := pgxpool.NewWithConfig(t.Context(), c)
			if err != nil {
				t.Fatalf("connect: %v", err)
			}
			return newDatabase(pool, Options{Now: o.Now, History: o.History, CacheBytes: -1})
		}
	})
}

// PgBouncer, with a pool that is smaller than those who want a session of it.
func TestPgBouncer(t *testing.T) {
	shortens(t)
	t.Parallel()
	pooler, err := pgtest.Running().Pooler()
	if errors.Is(err, pgtest.ErrNoPooler) && os.Getenv("CI") != "true" {
		t.Skip(err)
	}
	noError(t, err)
	t.Cleanup(func() { noError(t, pooler.Stop()) })
	throughPooler(t, func(t storetest.T, o storetest.Options) func() builder.Database {
		name, err := pgtest.Running().Create(t.Context(), "")
		if err == nil {
			_, err = Migrate(t.Context(), pooler.URL(name))
		}
		if err != nil {
			t.Fatalf("migrate: %v", err)
		}
		return func() builder.Database {
			db, err := Open(t.Context(), pooler.URL(name)+"&pool_max_conns=12", Options{Now: o.Now, History: o.History})
			if err != nil {
				t.Fatalf("open: %v", err)
			}
			return db
		}
	})
}

// throughPooler runs the cases of the suite that make every call of a store, or
// many at once; all of them where BOTERNITY_POOLER=whole.
func throughPooler(t *testing.T, open func(storetest.T, storetest.Options) func() builder.Database) {
	t.Helper()
	whole, ran := os.Getenv("BOTERNITY_POOLER") == "whole", 0
	for _, c := range storetest.Cases() {
		if whole || strings.Contains(c.Name, "sixteen") || strings.Contains(c.Name, "every") || strings.Contains(c.Name, "a thousand random calls") {
			ran++
			t.Run(c.Name, func(t *testing.T) { c.Run(t, open) })
		}
	}
	if ran < 10 {
		t.Errorf("%d cases have the names that were looked for", ran)
	}
}
