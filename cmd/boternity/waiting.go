package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"time"

	"github.com/boternity/boternity/forge"
)

// patiently saves, and says what is waited for where that takes long.
func (b *build) patiently(save func() (forge.Turn, error)) (forge.Turn, error) {
	over, told := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(told)
		select {
		case <-over:
		case <-time.After(5 * time.Second):
			b.say("Not saved yet: the database has not answered, or another program has the bot. Each is waited for for about half a minute.")
		}
	}()
	defer func() {
		close(over)
		<-told
	}()
	return save()
}

// tellWaiting says why a build that was told to end goes on, where the database
// takes long to answer, and gives that up when Ctrl-C is pressed again. The
// function it returns ends it.
func (b *build) tellWaiting(giveUp context.CancelFunc) func() {
	over, told := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(told)
		select {
		case <-over:
			return
		case <-b.ended:
		}
		select {
		case <-over:
			return
		case <-time.After(2 * time.Second):
		}
		again := make(chan os.Signal, 1)
		signal.Notify(again, os.Interrupt)
		defer signal.Stop(again)
		b.say("Ends as soon as the database has kept what you gave; it has not answered yet, and is given about half a minute for each thing. Ctrl-C again gives that up.")
		select {
		case <-over:
		case <-again:
			giveUp()
			// What was sent is still seen to its end, which may take as long as the
			// network does. Being killed harms nothing.
			signal.Reset(os.Interrupt)
		}
	}()
	return func() {
		close(over)
		<-told
		giveUp()
	}
}

// hurried says why nothing is stored, where that is that nobody waited, or not
// for longer.
func hurried(err error) error {
	switch {
	case errors.Is(err, context.Canceled):
		return errors.New("you did not wait for the database")
	case errors.Is(err, context.DeadlineExceeded):
		return errors.New("the database did not answer")
	}
	return err
}
