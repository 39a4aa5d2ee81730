package main

import (
	"os"
	"os/signal"
	"syscall"
)

// watchSignals returns a channel that the first request to end closes: Ctrl-C,
// SIGTERM, or SIGHUP from a terminal that goes away. Later ones change nothing,
// because a closing terminal sends several and the first is enough. It is no
// context on purpose: a save that is under way is to finish.
//
// From then on, writing to a pipe that nobody reads any more is an error, where
// it would have ended the program.
func watchSignals() (ended <-chan struct{}, release func()) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)

	closed, released := make(chan struct{}), make(chan struct{})
	go func() {
		select {
		case <-signals:
			close(closed)
		case <-released:
		}
	}()
	return closed, func() {
		signal.Stop(signals)
		close(released)
	}
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
