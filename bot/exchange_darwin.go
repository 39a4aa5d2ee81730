package bot

import "golang.org/x/sys/unix"

func exchangeAt(fd int, a, b string) error {
	return unix.RenameatxNp(fd, a, fd, b, unix.RENAME_SWAP)
}
