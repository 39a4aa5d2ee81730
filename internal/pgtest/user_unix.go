//go:build unix

package pgtest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"syscall"
)

// unprivileged has a program run as an ordinary user where this one is root,
// whom PostgreSQL refuses.
func unprivileged(c *exec.Cmd) *exec.Cmd {
	// A signal to the tests, as from Ctrl-C, is not for the server: it ends with
	// its input.
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if uid, gid, err := ordinary(); err == nil && os.Geteuid() == 0 {
		c.SysProcAttr.Credential = &syscall.Credential{Uid: uid, Gid: gid}
	}
	return c
}

// giveAway makes a folder the ordinary user's.
func giveAway(dir string) error {
	if os.Geteuid() != 0 {
		return nil
	}
	uid, gid, err := ordinary()
	if err != nil {
		return err
	}
	return os.Chown(dir, int(uid), int(gid))
}

func ordinary() (uid, gid uint32, err error) {
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
		if err := errors.Join(err1, err2); err != nil {
			return 0, 0, err
		}
		return uint32(uid), uint32(gid), nil
	}
	return 0, 0, fmt.Errorf("neither the user postgres nor nobody is there to run PostgreSQL, which refuses root")
}
