package sqlite

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

func init() { trials["disk"] = trial{mountSmall, removeFiller, []error{ErrFull}} }

// mountSmall makes a file system of two megabytes that only this program sees,
// and fills most of it.
func mountSmall(path string) (string, error) {
	disk := filepath.Join(filepath.Dir(path), "disk")
	if err := errors.Join(
		syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""),
		os.Mkdir(disk, 0o700),
		syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=2m"),
	); err != nil {
		return "", err
	}
	for n := range 15 {
		if err := os.WriteFile(filler(disk, n), make([]byte, 128<<10), 0o600); err != nil {
			return "", err
		}
	}
	return filepath.Join(disk, filepath.Base(path)), nil
}

func filler(disk string, n int) string { return filepath.Join(disk, fmt.Sprint("filler", n)) }

// removeFiller makes some room.
func removeFiller(path string) error {
	for n := range 15 {
		if err := os.Remove(filler(filepath.Dir(path), n)); !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return errors.New("there is no more room to make")
}

// A program whose disk is full says so, changes nothing, and goes on once there
// is room. Where no file system may be mounted, TestFilesThatMayNotGrow shows
// the same with a limit.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	c := child(t, "endure", newPath(t))
	c.Env = append(c.Env, enduring+"=disk")
	c.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS}
	if os.Getuid() != 0 {
		c.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		c.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}}
		c.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}}
	}
	out, err := c.CombinedOutput()
	if errors.Is(err, os.ErrPermission) || c.ProcessState != nil && c.ProcessState.ExitCode() == exitNotPermitted {
		t.Logf("no file system may be mounted here: %v", err)
		return
	}
	var failures int
	if _, scanned := fmt.Sscan(string(out), &failures); err != nil || scanned != nil || failures == 0 {
		t.Fatalf("%v: %s", err, out)
	}
	t.Logf("%d attempts failed", failures)
}
