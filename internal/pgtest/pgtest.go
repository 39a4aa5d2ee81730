// Package pgtest gives tests a PostgreSQL server of their own: started from the
// installed binaries by an unprivileged user, in a temporary folder, reachable
// over a socket in it and on the loopback interface. It is stopped and removed
// when the tests end, however they end. Unless it is started with [Durable] it
// does not sync to disk, so it is not for tests of durability.
package pgtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
)

// ErrMissing is a machine without PostgreSQL.
var ErrMissing = errors.New("PostgreSQL is not installed: on Debian, apt-get install postgresql; elsewhere, have initdb and postgres in PATH")

// Main runs the tests of a package, which is given by its *testing.M, and
// returns the status to exit with. Where PostgreSQL is missing the tests do not
// run, which is a failure where CI=true.
func Main(m interface{ Run() int }) int {
	server, err := Start()
	switch {
	case errors.Is(err, ErrMissing) && os.Getenv("CI") != "true":
		fmt.Fprintf(os.Stderr, "\n*** SKIPPED: every test of this package. %v ***\n\n", err)
		// go test hides what passing packages print, but for this line it says so
		// beside their names.
		fmt.Println("testing: warning: no tests to run")
		return 0
	case err != nil:
		fmt.Fprintln(os.Stderr, "start PostgreSQL:", err)
		return 1
	}
	running = server
	status := m.Run()
	if err := server.Stop(); err != nil {
		fmt.Fprintln(os.Stderr, "stop PostgreSQL:", err)
		return 1
	}
	return status
}

// running is the server of the tests that Main runs.
var running *Server

// Running is the server of the tests that Main runs.
func Running() *Server { return running }

// Server is a private PostgreSQL server.
type Server struct {
	Dir  string // holds its data, its log, and its socket
	Port int

	bin     string // holds PostgreSQL's programs
	watcher *exec.Cmd
	leash   io.Closer
	made    atomic.Int64
}

// Binaries is the folder that PostgreSQL's programs are in, the newest where
// there are several, or ErrMissing.
func Binaries() (string, error) {
	var folders []string
	if path, err := exec.LookPath("initdb"); err == nil {
		if path, err = filepath.EvalSymlinks(path); err == nil { // the others need not be linked as well
			folders = append(folders, filepath.Dir(path))
		}
	}
	if path, err := exec.LookPath("pg_config"); err == nil {
		if out, err := exec.Command(path, "--bindir").Output(); err == nil {
			folders = append(folders, strings.TrimSpace(string(out)))
		}
	}
	installed, err := filepath.Glob("/usr/lib/postgresql/*/bin")
	if err != nil {
		return "", err
	}
	slices.Reverse(installed)
	for _, folder := range append(folders, installed...) {
		if has(folder, "initdb") && has(folder, "postgres") {
			return folder, nil
		}
	}
	return "", ErrMissing
}

func has(folder, program string) bool {
	info, err := os.Stat(filepath.Join(folder, program))
	return err == nil && info.Mode().Perm()&0o111 != 0
}

// watch runs the server for as long as its input is open, which is as long as
// the tests run: a test that panics or is killed leaves nothing behind.
const watch = `"$1/postgres" -D "$2/data" -k "$2" -p "$3" >"$2/log" 2>&1 &
server=$!
cat >/dev/null
kill -QUIT "$server" 2>/dev/null
wait "$server"
rm -rf "$2"`

// Durable are settings with which what is acknowledged is on disk.
var Durable = []string{"fsync=on", "full_page_writes=on"}

// Start starts a server with settings such as "max_connections=50".
func Start(settings ...string) (*Server, error) {
	return start(func(s *Server) error { return s.create(settings) })
}

// start starts a server on the data that prepare puts into its folder.
func start(prepare func(*Server) error) (*Server, error) {
	bin, err := Binaries()
	if err != nil {
		return nil, err
	}
	s := &Server{bin: bin}
	// A socket's path has to be short, so it is not in the tests' own folder.
	if s.Dir, err = os.MkdirTemp("", "pgtest"); err != nil {
		return nil, err
	}
	err = giveAway(s.Dir)
	if err == nil {
		err = prepare(s)
	}
	if err == nil {
		err = s.run()
	}
	if err != nil {
		return nil, errors.Join(err, s.Stop(), os.RemoveAll(s.Dir))
	}
	return s, nil
}

func (s *Server) data() string { return filepath.Join(s.Dir, "data") }

// tool runs one of PostgreSQL's programs to its end.
func (s *Server) tool(name string, args ...string) error {
	c := unprivileged(exec.Command(filepath.Join(s.bin, name), args...))
	c.Dir = s.Dir
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", name, err, out)
	}
	return nil
}

func (s *Server) create(settings []string) error {
	err := s.tool("initdb", "-D", s.data(), "-U", "tester", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
	if err != nil {
		return err
	}
	settings = append([]string{"fsync=off", "synchronous_commit=on", "full_page_writes=off", "listen_addresses='127.0.0.1'", "max_connections=200", "shared_buffers=64MB", "autovacuum=off"}, settings...)
	conf, err := os.OpenFile(filepath.Join(s.data(), "postgresql.conf"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(conf, "\n%s\n", strings.Join(settings, "\n"))
	return errors.Join(err, conf.Close())
}

// run starts the server on its data and waits until it answers.
func (s *Server) run() (err error) {
	if s.Port, err = freePort(); err != nil {
		return err
	}
	s.watcher = unprivileged(exec.Command("/bin/sh", "-c", watch, "sh", s.bin, s.Dir, fmt.Sprint(s.Port)))
	s.watcher.Dir = s.Dir
	if s.leash, err = s.watcher.StdinPipe(); err != nil {
		return err
	}
	if err := s.watcher.Start(); err != nil {
		return err
	}
	return answers(s.URL("postgres"), filepath.Join(s.Dir, "log"))
}

// answers waits until what logs into a file answers.
func answers(url, log string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for {
		conn, err := pgx.Connect(ctx, url)
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-ctx.Done():
			said, _ := os.ReadFile(log)
			return fmt.Errorf("%s does not answer: %w\n%s", url, err, bytes.TrimSpace(said))
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// Stop stops the server and removes its folder.
func (s *Server) Stop() error {
	if s.leash == nil {
		return nil
	}
	return errors.Join(s.leash.Close(), s.watcher.Wait())
}

// URL is the connection string of a database.
func (s *Server) URL(database string) string {
	return fmt.Sprintf("postgres://tester@127.0.0.1:%d/%s", s.Port, database)
}

// Create makes a database of its own for a test, from a template where one is
// named, and returns its name. Databases are removed with the server.
func (s *Server) Create(ctx context.Context, template string) (name string, err error) {
	name = fmt.Sprintf("test%d", s.made.Add(1))
	statement := "CREATE DATABASE " + name
	if template != "" {
		statement += " TEMPLATE " + template + " STRATEGY file_copy" // a log of what is not to last takes twice the time
	}
	return name, s.Exec(ctx, "postgres", statement)
}

// Exec runs statements on a database, as an operator does.
func (s *Server) Exec(ctx context.Context, database string, statements ...string) error {
	conn, err := pgx.Connect(ctx, s.URL(database))
	if err != nil {
		return err
	}
	for _, statement := range statements {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return errors.Join(fmt.Errorf("%s: %w", statement, err), conn.Close(ctx))
		}
	}
	return conn.Close(ctx)
}

func freePort() (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	return listener.Addr().(*net.TCPAddr).Port, listener.Close()
}
