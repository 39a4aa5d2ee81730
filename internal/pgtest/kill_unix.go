//go:build unix

package pgtest

import (
	"bytes"
	"errors"
	"fmt"
	"os/exec"
	"syscall"
)

// Kill ends every process of the server with SIGKILL, as a machine that fails
// does.
func (s *Server) Kill() error {
	postmaster, err := s.postmaster()
	if err != nil {
		return err
	}
	// It is stopped first, so that it starts no more of them.
	if err := syscall.Kill(postmaster, syscall.SIGSTOP); err != nil {
		return err
	}
	children, err := childrenOf(postmaster)
	for _, pid := range append(children, postmaster) {
		if failed := syscall.Kill(pid, syscall.SIGKILL); failed != nil && !errors.Is(failed, syscall.ESRCH) {
			err = errors.Join(err, failed)
		}
	}
	return err
}

func childrenOf(parent int) (children []int, err error) {
	out, err := exec.Command("ps", "-A", "-o", "pid=", "-o", "ppid=").Output()
	if err != nil {
		return nil, fmt.Errorf("ps: %w", err)
	}
	for line := range bytes.Lines(out) {
		var pid, of int
		if _, err := fmt.Sscan(string(line), &pid, &of); err != nil {
			return nil, fmt.Errorf("ps said %q: %w", line, err)
		}
		if of == parent {
			children = append(children, pid)
		}
	}
	return children, nil
}
