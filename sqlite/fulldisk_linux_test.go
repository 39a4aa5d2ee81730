package sqlite

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
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
	out, err := mounting(c)
	if errors.Is(err, os.ErrPermission) {
		t.Logf("no file system may be mounted here: %v", err)
		return
	}
	var failures int
	if _, scanned := fmt.Sscan(string(out), &failures); err != nil || scanned != nil || failures == 0 {
		t.Fatalf("%v: %s", err, out)
	}
	t.Logf("%d attempts failed", failures)
}

// mounting runs a program that may mount file systems which nobody else sees.
func mounting(c *exec.Cmd) (out []byte, err error) {
	c.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS}
	if os.Getuid() != 0 {
		c.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		c.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}}
		c.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}}
	}
	out, err = c.CombinedOutput()
	if c.ProcessState != nil && c.ProcessState.ExitCode() == exitNotPermitted {
		err = errors.Join(os.ErrPermission, err)
	}
	return out, err
}

func init() { children["back up to a full disk"] = backUpToFullDisk }

// backUpToFullDisk expects a backup to fail for want of room, and to leave
// nothing of itself.
func backUpToFullDisk(path string) error {
	to, err := mountSmall(path)
	if err != nil {
		return err
	}
	before, err := os.ReadDir(filepath.Dir(to))
	if err != nil {
		return err
	}
	if err := BackupFile(context.Background(), path, to, nil); !errors.Is(err, ErrFull) || !strings.Contains(err.Error(), filepath.Dir(to)) {
		return fmt.Errorf("the backup: %w, want that the disk is full", err)
	}
	after, err := os.ReadDir(filepath.Dir(to))
	if err != nil || len(after) != len(before) {
		return fmt.Errorf("%d files were there, %d are: %w", len(before), len(after), err)
	}
	return nil
}

func TestBackupToAFullDisk(t *testing.T) {
	t.Parallel()
	path, _ := large(t)
	out, err := mounting(child(t, "back up to a full disk", path))
	if errors.Is(err, os.ErrPermission) {
		t.Logf("no file system may be mounted here: %v", err)
		return
	}
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}
