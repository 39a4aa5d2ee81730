//go:build !linux

package main

import (
	"io"
	"time"
)

// drain gives what was typed before a signal a moment to be read: here there is
// no way to ask how much of it the terminal still holds.
func drain(io.Reader) { time.Sleep(50 * time.Millisecond) }
