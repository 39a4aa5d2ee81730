//go:build unix && !aix && !solaris

package bot

import (
	"errors"
	"slices"
	"syscall"
)

// noLocks are what file systems say that have no locks on folders, such as some
// network ones. Bots can be written there all the same.
var noLocks = []error{syscall.ENOTSUP, syscall.EOPNOTSUPP, syscall.ENOSYS, syscall.ENOLCK, syscall.EBADF, syscall.EINVAL}

// lockDir locks the folder itself, so that no lock file is left behind.
func (f *Folder) lockDir() (unlock func(), held bool, err error) {
	opened, err := f.root.Open(".")
	if err != nil {
		return nil, false, err
	}
	unlock = func() { _ = opened.Close() } // it was only read; closing releases the lock
	for {
		err = syscall.Flock(int(opened.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	switch {
	case err == nil, slices.ContainsFunc(noLocks, func(target error) bool { return errors.Is(err, target) }):
		return unlock, true, nil
	case errors.Is(err, syscall.EWOULDBLOCK):
		unlock()
		return nil, false, nil
	}
	unlock()
	return nil, false, err
}
