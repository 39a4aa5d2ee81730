package postgres

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/internal/pgtest"
)

const secret = "s3cr3tXanadu"

// Whatever is wrong with a connection string, no error says what is in it.
func TestErrorsHoldNoPassword(t *testing.T) {
	closed := closedPort(t)
	for _, hostile := range []string{
		"postgres://user:" + secret + "@127.0.0.1:" + closed + "/db",
		"postgres://user:" + secret + "@nowhere.invalid/db",
		"postgres://user:" + secret + "@127.0.0.1:notaport/db",
		"postgres://user:" + secret + "@127.0.0.1:99999999/db",
		"postgres://user:" + secret + "/" + secret + "@127.0.0.1/db",
		"postgres://user:1?" + secret + "@127.0.0.1/db",
		"postgres://user:1#" + secret + "@127.0.0.1/db",
		"postgres://user:%zz" + secret + "@127.0.0.1/db",
		"postgres://user:a b" + secret + "@127.0.0.1/db",
		"postgres://user:\x7f" + secret + "@127.0.0.1/db",
		"postgres://" + secret + "@127.0.0.1:" + closed + "/" + secret,
		"postgres://user@127.0.0.1:" + closed + "/db?password=" + secret,
		"postgres://user@127.0.0.1:" + closed + "/db?sslmode=" + secret,
		"postgres://user@127.0.0.1:" + closed + "/db?pool_max_conns=" + secret,
		"postgres://user@127.0.0.1:" + closed + "/db?sslrootcert=/" + secret,
		"postgres://user@127.0.0.1:" + closed + "/db?sslpassword=" + secret + "&sslkey=/none&sslcert=/none",
		"host=127.0.0.1 port=" + closed + " user=user password=" + secret + " dbname=db",
		"host=127.0.0.1 user=user password='" + secret + " dbname=db",
		"host=127.0.0.1 user=user password=a " + secret,
		"host=" + secret + ".invalid",
		secret, "://" + secret, "mysql://user:" + secret + "@h/db",
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		_, opened := Open(ctx, hostile, testOptions())
		_, migrated := Migrate(ctx, hostile)
		_, looked := ReadSchema(ctx, hostile)
		for _, err := range []error{opened, migrated, looked, Partition(ctx, hostile, 4)} {
			for e := err; e != nil; e = errors.Unwrap(e) {
				if text := fmt.Sprintf("%v %+v %#v", e, e, e); strings.Contains(text, "Xanadu") {
					t.Errorf("%q: the error is %s", hostile, text)
				}
			}
			var ours *ServerError
			if !errors.As(err, &ours) {
				t.Errorf("%q: the error is %v", hostile, err)
			}
		}
		cancel()
	}
}

// A wrong password is told from a server that is away.
func TestErrorsSayWhatIsWrong(t *testing.T) {
	server, err := url.Parse(newURL(t))
	noError(t, err)
	noError(t, pgtest.Running().Exec(t.Context(), "postgres", "CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1'",
		"CREATE DATABASE hasty", "ALTER DATABASE hasty SET synchronous_commit = off"))
	at := func(database string) string {
		u := *server
		u.Path = "/" + database
		return u.String()
	}
	for url, want := range map[string]error{
		"postgres://user@127.0.0.1:" + closedPort(t) + "/db":   ErrUnreachable,
		"postgres://user@nowhere.invalid/db":                   ErrUnreachable,
		at("nosuchdatabase"):                                   ErrRefused,
		strings.Replace(at("postgres"), "tester", "nobody", 1): ErrRefused,
		at("postgres") + "?nosuchsetting=1":                    ErrSetting,
		at("postgres") + "?lock_timeout=soon":                  ErrSetting,
		at("postgres") + "?sslmode=require":                    ErrUnreachable,
		at("latin"):                                            ErrEncoding,
		at("hasty"):                                            ErrNotDurable,
		"host=nobody":                                          ErrUnreachable,
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		if _, err := Open(ctx, url, testOptions()); !errors.Is(err, want) {
			t.Errorf("%s: error is %v, want %v", url, err, want)
		}
		cancel()
	}
	for url, want := range map[string]string{
		at("nosuchdatabase"): "no such database",
		strings.Replace(at("postgres"), "tester", "nobody", 1): "does not exist",
		at("postgres") + "?sslmode=require":                    "may not offer the TLS",
		at("postgres") + "?target_session_attrs=standby":       "target_session_attrs",
		"postgres://u@h/db?sslmode=disable&pool_max_conns=x":   "its setting pool_max_conns",
		"postgres://u@h/db?sslmode=maybe":                      "its setting sslmode",
		"postgres://u@h/db?sslmode=require&sslrootcert=/none":  "its setting sslrootcert",
	} {
		if _, err := Open(t.Context(), url, testOptions()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error is %v, want it to say %q", url, err, want)
		}
	}
	// Nor does migrating leave tables where they could not be used.
	if _, err := Migrate(t.Context(), at("latin")); !errors.Is(err, ErrEncoding) || schema(t, at("latin")) != "" {
		t.Errorf("migrate: %v, and there are %q", err, schema(t, at("latin")))
	}
}

// Who gives no password is told where to put one, and whose role has too few
// rights what it should own.
func TestRefusalsSayWhatToDo(t *testing.T) {
	t.Setenv("PGPASSWORD", "")
	t.Setenv("PGPASSFILE", filepath.Join(t.TempDir(), "none"))
	const database, password = "guardeddatabase", "right"
	server := pgtest.Running()
	noError(t, server.Exec(t.Context(), "postgres", "CREATE DATABASE "+database+" TEMPLATE template0 ENCODING 'UTF8'",
		"CREATE ROLE guarded LOGIN PASSWORD '"+password+"'"))
	rules := filepath.Join(server.Dir, "data", "pg_hba.conf")
	before, err := os.ReadFile(rules)
	noError(t, err)
	noError(t, os.WriteFile(rules, append([]byte("host all guarded 127.0.0.1/32 scram-sha-256\n"), before...), 0o600))
	noError(t, server.Exec(t.Context(), "postgres", "SELECT pg_reload_conf()"))

	refused := func(user string) string {
		url := strings.Replace(server.URL(database), "tester@", user+"@", 1)
		_, err := Migrate(t.Context(), url)
		if !errors.Is(err, ErrRefused) {
			t.Fatalf("%s: error is %v, want %v", user, err, ErrRefused)
		}
		return err.Error()
	}
	// Until the server has read its rules again, no password is needed.
	for deadline := time.Now().Add(30 * time.Second); !strings.Contains(refused("guarded"), "$PGPASSWORD"); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("without a password: error is %s", refused("guarded"))
		}
	}
	for user, want := range map[string]string{
		"guarded:wrong":       "the password is wrong",
		"guarded:" + password: "should own the database",
	} {
		if got := refused(user); !strings.Contains(got, want) {
			t.Errorf("%s: error is %s, want it to say %q", user, got, want)
		}
	}
}

// A database is known again by whatever name, and told from every other.
func TestIdentity(t *testing.T) {
	url, other := newURL(t), newURL(t)
	identity := func(url string) string {
		id, err := opened(t, url, testOptions()).Identity(t.Context())
		noError(t, err)
		return id
	}
	id := identity(url)
	if again := identity(strings.Replace(url, "127.0.0.1", "localhost", 1) + "?application_name=other"); id == "" || again != id {
		t.Errorf("it is %q, and by another name %q", id, again)
	}
	if other := identity(other); other == id {
		t.Errorf("another database is %q as well", other)
	}
}

func closedPort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	noError(t, err)
	_, port, err := net.SplitHostPort(listener.Addr().String())
	noError(t, errors.Join(err, listener.Close()))
	return port
}

// Operators set the pool in the connection string, as they know it.
func TestSettings(t *testing.T) {
	c, err := config("postgres://u@h1:1,h2:2/db?target_session_attrs=read-write&pool_max_conns=7&pool_min_conns=2&pool_max_conn_lifetime=1h&connect_timeout=3&sslmode=disable&default_query_exec_mode=cache_describe&application_name=mine")
	noError(t, err)
	if c.MaxConns != 7 || c.MinConns != 2 || c.MaxConnLifetime != time.Hour || c.ConnConfig.ConnectTimeout != 3*time.Second ||
		c.ConnConfig.Host != "h1" || len(c.ConnConfig.Fallbacks) != 1 || c.ConnConfig.ValidateConnect == nil || c.ConnConfig.RuntimeParams["application_name"] != "mine" {
		t.Errorf("the settings are %+v", c.ConnConfig)
	}
	c, err = config("postgres://u@h/db?sslmode=verify-full")
	noError(t, err)
	if c.ConnConfig.TLSConfig == nil || c.ConnConfig.TLSConfig.InsecureSkipVerify || c.ConnConfig.ConnectTimeout != connectTimeout || c.ConnConfig.RuntimeParams["application_name"] != "boternity" {
		t.Errorf("the defaults are %+v", c.ConnConfig)
	}
}

// Several hosts are tried until one takes writes.
func TestSecondHost(t *testing.T) {
	u, err := url.Parse(newURL(t))
	noError(t, err)
	u.Host = "127.0.0.1:" + closedPort(t) + "," + u.Host
	s := opened(t, u.String()+"?target_session_attrs=read-write", testOptions()).Owner("")
	loads(t, s, saved(t, s, testDraft(testID(1), "hello", 1)))
}

// A server that takes no writes any more is left; one that comes back is used.
func TestServerThatTakesNoWrites(t *testing.T) {
	url := newURL(t)
	o := testOptions()
	o.BusyTimeout = 2 * time.Second
	db := opened(t, url, o)
	s := db.Owner("")
	d := saved(t, s, testDraft(testID(1), "hello", 1))
	var name string
	one(t, url, "SELECT current_database()", &name)
	rawly(t, url, "ALTER DATABASE "+name+" SET default_transaction_read_only = on")
	db.pool.Reset()
	d.State = testState(d.SessionID, "hello again", 2)
	before := allRows(t, db)
	var calls sync.WaitGroup
	for name, write := range map[string]func(context.Context) error{
		"save": func(ctx context.Context) error { _, err := s.SaveDraft(ctx, d); return err },
		"create": func(ctx context.Context) error {
			_, err := s.SaveDraft(ctx, testDraft(testID(2), "new", 1))
			return err
		},
		"delete": func(ctx context.Context) error { _, err := s.DeleteDraft(ctx, d.SessionID); return err },
		"record": func(ctx context.Context) error { return s.RecordMemory(ctx, testEntry(testID(3), "new")) },
		"finish": func(ctx context.Context) error {
			_, err := s.FinishSession(ctx, d.SessionID, d.Revision, testEntry(d.SessionID, "hello"))
			return err
		},
		"erase": func(ctx context.Context) error { _, err := db.Erase(ctx, ""); return err },
		"prune": func(ctx context.Context) error {
			_, err := db.Prune(ctx, builder.PrunePolicy{DraftsBefore: testMoment.Add(time.Hour)})
			return err
		},
		"put": func(ctx context.Context) error {
			_, err := db.PutRows(ctx, []builder.Row{{Gone: &builder.Gone{At: testMoment}}}, builder.PutOptions{})
			return err
		},
	} {
		calls.Go(func() {
			if err := write(t.Context()); !errors.Is(err, ErrReadOnly) {
				t.Errorf("%s: error is %v", name, err)
			}
		})
	}
	calls.Wait()
	sameRows(t, allRows(t, db), before)
	rawly(t, url+"?default_transaction_read_only=off", "ALTER DATABASE "+name+" RESET default_transaction_read_only")
	loads(t, s, saved(t, s, d))
}

// A statement that was not begun before time was up leaves nothing in doubt, and
// does not hide what the server said before.
func TestStatementNeverBegun(t *testing.T) {
	target := newURL(t)
	proxy, through := newProxy(t, target)
	o := testOptions()
	o.BusyTimeout = 3 * time.Second
	db := opened(t, through, o)
	s := db.Owner("")
	d := saved(t, s, testDraft(testID(1), "hello", 1))
	var name string
	one(t, target, "SELECT current_database()", &name)
	rawly(t, target, "ALTER DATABASE "+name+" SET default_transaction_read_only = on")
	db.pool.Reset()
	var prepared atomic.Int64
	proxy.lose(1, true, func(kind byte, message []byte) bool {
		if kind == 'P' && bytes.Contains(message, []byte("UPDATE builder_drafts")) && prepared.Add(1) == 2 {
			time.Sleep(o.BusyTimeout) // until time is up, which began before
		}
		return false
	})
	d.State = testState(d.SessionID, "hello again", 2)
	if _, err := s.SaveDraft(t.Context(), d); !errors.Is(err, ErrReadOnly) {
		t.Errorf("error is %v", err)
	}
	if n := prepared.Load(); n != 2 {
		t.Errorf("it was prepared %d times", n)
	}
}

// What others hold is waited for, for a bounded time.
func TestBusyIsBounded(t *testing.T) {
	url := newURL(t)
	o := testOptions()
	o.BusyTimeout = 300 * time.Millisecond
	db := opened(t, url, o)
	s := db.Owner("")
	d := saved(t, s, testDraft(testID(1), "hello", 1))
	other := opened(t, url, testOptions())
	hold, held := make(chan struct{}), make(chan struct{})
	ended := make(chan error)
	go func() {
		ended <- other.change(context.Background(), func(c *call) error {
			_, _, err := lockDraft(c, "", d.SessionID)
			close(held)
			<-hold
			return err
		})
	}()
	<-held
	next := d
	next.State = testState(d.SessionID, "hello again", 2)
	if _, err := s.SaveDraft(t.Context(), next); !errors.Is(err, builder.ErrBusy) {
		t.Errorf("save: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := s.DeleteDraft(ctx, d.SessionID); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("delete: %v", err)
	}
	loads(t, s, d)
	close(hold)
	noError(t, <-ended)
	loads(t, s, saved(t, s, next))
}

func TestClosed(t *testing.T) {
	db := opened(t, newURL(t), testOptions())
	noError(t, db.Close())
	if _, err := db.Owner("").LoadDraft(t.Context(), testID(1)); !errors.Is(err, ErrClosed) {
		t.Errorf("error is %v", err)
	}
	noError(t, db.Close())
}

// Connections that are lost while they are made leave their places in the pool,
// also where nobody says that they are lost.
func TestConnectionsLostWhileMade(t *testing.T) {
	proxy, through := newProxy(t, newURL(t))
	db := opened(t, through+"&pool_max_conns=2&connect_timeout=1", testOptions())
	mended := make(chan struct{})
	defer close(mended)
	var frozen atomic.Bool
	var lost atomic.Int64
	proxy.lose(1, true, func(_ byte, message []byte) bool {
		if frozen.Load() && bytes.Contains(message, []byte("repeat(")) {
			lost.Add(1)
			<-mended
		}
		return false
	})
	db.pool.Reset()
	frozen.Store(true)
	load := func(patience time.Duration) error {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		_, err := db.Owner("").LoadDraft(ctx, testID(1))
		return err
	}
	for lost.Load() < 2 {
		if err := load(300 * time.Millisecond); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("with a frozen network: %v", err)
		}
	}
	frozen.Store(false)
	if err := load(20 * time.Second); !errors.Is(err, builder.ErrNotFound) {
		t.Fatalf("after it was mended: %v", err)
	}
}
