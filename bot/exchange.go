//go:build linux || darwin

package bot

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// exchange swaps two entries of a folder in one step. Where the kernel or the
// file system cannot, it is errors.ErrUnsupported and nothing was done.
func exchange(root *os.Root, a, b string) error {
	dir, err := root.Open(".")
	if err != nil {
		return err
	}
	defer dir.Close() //nolint:errcheck // it was only a place to name the two from
	err = exchangeAt(int(dir.Fd()), a, b)
	if errors.Is(err, unix.ENOSYS) || errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOTSUP) {
		return errors.ErrUnsupported
	}
	return err
}
