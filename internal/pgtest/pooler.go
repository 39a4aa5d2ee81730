package pgtest

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// ErrNoPooler is a machine without PgBouncer.
var ErrNoPooler = errors.New("PgBouncer is not installed: on Debian, apt-get install pgbouncer; elsewhere, have pgbouncer in PATH")

// Pooler is a PgBouncer before a server. A session is one's for a transaction
// alone, and is shared by all.
type Pooler struct {
	dir     string
	port    int
	watcher *exec.Cmd
	leash   io.Closer
}

// pool runs PgBouncer for as long as its input is open. It is killed: its signals
// mean other things from one version to the next, and it has nothing to lose.
const pool = `"$1" -q "$2/pgbouncer.ini" >"$2/log" 2>&1 &
pooler=$!
cat >/dev/null
kill -KILL "$pooler" 2>/dev/null
wait "$pooler"
rm -rf "$2"`

// Pooler starts a PgBouncer that leads to every database of the server.
func (s *Server) Pooler() (*Pooler, error) {
	program, err := exec.LookPath("pgbouncer")
	if err != nil {
		program = "/usr/sbin/pgbouncer" // Debian's, which not every user has in PATH
	}
	if _, err := os.Stat(program); err != nil {
		return nil, ErrNoPooler
	}
	p := &Pooler{}
	if p.port, err = freePort(); err != nil {
		return nil, err
	}
	if p.dir, err = os.MkdirTemp("", "pooler"); err != nil {
		return nil, err
	}
	if err = giveAway(p.dir); err == nil {
		err = p.run(program, s.Port)
	}
	if err != nil {
		return nil, errors.Join(err, p.Stop(), os.RemoveAll(p.dir))
	}
	return p, nil
}

func (p *Pooler) run(program string, server int) (err error) {
	settings := []string{
		"[databases]", fmt.Sprintf("* = host=127.0.0.1 port=%d user=tester", server), "[pgbouncer]",
		"listen_addr = 127.0.0.1", fmt.Sprintf("listen_port = %d", p.port), "unix_socket_dir =",
		"auth_type = any", "pool_mode = transaction", "default_pool_size = 4", "max_client_conn = 1000",
		"server_idle_timeout = 1", "server_lifetime = 2", "ignore_startup_parameters = extra_float_digits",
	}
	if err := os.WriteFile(filepath.Join(p.dir, "pgbouncer.ini"), []byte(strings.Join(settings, "\n")+"\n"), 0o644); err != nil {
		return err
	}
	p.watcher = unprivileged(exec.Command("/bin/sh", "-c", pool, "sh", program, p.dir))
	p.watcher.Dir = p.dir
	if p.leash, err = p.watcher.StdinPipe(); err != nil {
		return err
	}
	if err := p.watcher.Start(); err != nil {
		return err
	}
	return answers(p.URL("postgres"), filepath.Join(p.dir, "log"))
}

// URL leads to a database of the server.
func (p *Pooler) URL(database string) string {
	return fmt.Sprintf("postgres://tester@127.0.0.1:%d/%s?default_query_exec_mode=cache_describe", p.port, database)
}

// Stop ends it and removes its folder.
func (p *Pooler) Stop() error {
	if p.leash == nil {
		return nil
	}
	return errors.Join(p.leash.Close(), p.watcher.Wait())
}
