package pgtest

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Standby starts a server that streams what is written to this one, and takes
// no writes itself until it is promoted.
func (s *Server) Standby() (*Server, error) {
	return start(func(standby *Server) error {
		return standby.tool("pg_basebackup", "-d", fmt.Sprintf("host=127.0.0.1 port=%d user=tester", s.Port),
			"-D", standby.data(), "-R", "-X", "stream", "-c", "fast", "--no-sync")
	})
}

// Promote makes a standby a server that takes writes, and returns once it does.
func (s *Server) Promote() error {
	return s.tool("pg_ctl", "promote", "-D", s.data(), "-w", "-t", "120")
}

// postmaster is the process that has started all others of the server.
func (s *Server) postmaster() (int, error) {
	file, err := os.ReadFile(filepath.Join(s.data(), "postmaster.pid"))
	if err != nil {
		return 0, err
	}
	line, _, _ := strings.Cut(string(file), "\n")
	return strconv.Atoi(line)
}
