//go:build linux

package main

import (
	"io"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// The bounds of drain: how often it looks, how long the terminal has to be
// silent, and how long it waits at most.
const (
	drainEvery  = 10 * time.Millisecond
	drainSilent = 20 // looks in a row
	drainLooks  = 200
)

// drain returns once what was typed into a terminal has been read: what comes
// before a signal counts, even where the terminal still holds it.
func drain(r io.Reader) {
	f, ok := r.(*os.File)
	if !ok {
		return
	}
	silent := 0
	for range drainLooks {
		waiting, err := unix.IoctlGetInt(int(f.Fd()), unix.TIOCINQ)
		switch {
		case err != nil: // the terminal has gone, and what it held with it
			return
		case waiting > 0:
			silent = 0
		default:
			silent++
		}
		if silent == drainSilent {
			return
		}
		time.Sleep(drainEvery)
	}
}
