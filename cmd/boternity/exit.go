package main

import (
	"errors"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/postgres"
)

// The exit codes, as docs promise them.
const (
	exitDone       = 0
	exitFailed     = 1
	exitUsage      = 2
	exitStopped    = 3
	exitConflict   = 4
	exitNotFound   = 5
	exitNewer      = 6
	exitUnreadable = 7
)

// stoppedError ends a build whose draft is saved and can be resumed. The
// command has told the person already.
type stoppedError struct{ sessionID uuid.UUID }

func (e *stoppedError) Error() string {
	return fmt.Sprintf("session %s: stopped with the draft saved", e.sessionID)
}

// toldError ends a command whose result has been printed and is a failure.
type toldError struct{ err error }

func (e *toldError) Error() string { return e.err.Error() }
func (e *toldError) Unwrap() error { return e.err }

// notTakenError is an import of which so many lines contradict what is stored.
type notTakenError int

func (e notTakenError) Error() string { return count(int64(e), "line") + " not taken" }

func (e notTakenError) Is(target error) bool { return target == builder.ErrConflict }

// usageError is a command line that cannot be meant.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

// classify is the one place where an error becomes an exit code and the code
// of a JSON error.
func classify(err error) (exit int, code string) {
	var usage *usageError
	switch {
	case errors.Is(err, builder.ErrConflict), errors.Is(err, builder.ErrEntryExists):
		return exitConflict, "conflict"
	case errors.Is(err, builder.ErrGone):
		return exitNotFound, "gone"
	case errors.Is(err, builder.ErrNotFound):
		return exitNotFound, "not_found"
	case errors.Is(err, builder.ErrNewer):
		return exitNewer, "newer"
	case errors.Is(err, builder.ErrUnreadable):
		return exitUnreadable, "unreadable"
	case errors.Is(err, builder.ErrInvalid), errors.Is(err, builder.ErrBadCursor), errors.As(err, &usage), errors.Is(err, postgres.ErrURL):
		return exitUsage, "invalid"
	case errors.Is(err, builder.ErrBusy):
		return exitFailed, "busy"
	}
	return exitFailed, "failed"
}

// failure is the JSON shape of an error.
type failure struct {
	Code      string            `json:"code"`
	Message   string            `json:"message"`
	Field     string            `json:"field,omitempty"`
	SessionID *uuid.UUID        `json:"session_id,omitempty"`
	Revision  *builder.Revision `json:"revision,omitempty"`
}

// report tells an error, in JSON where that was asked for, and returns the exit
// code.
func (a *app) report(err error) int {
	if err == nil {
		return exitDone
	}
	message := withoutSecrets(err.Error())
	var stopped *stoppedError
	if errors.As(err, &stopped) {
		if err != error(stopped) { //nolint:errorlint // being wrapped is what this looks for
			a.say("boternity: %s", message) // something else failed on the way out
		}
		return exitStopped
	}
	var told *toldError
	if errors.As(err, &told) {
		a.say("boternity: %s", message)
		exit, _ := classify(told.err)
		return exit
	}
	exit, code := classify(err)
	f := failure{Code: code, Message: message}
	var invalid *builder.InvalidError
	if errors.As(err, &invalid) {
		f.Field = invalid.Field
	}
	var session *builder.SessionError
	if errors.As(err, &session) {
		f.SessionID = &session.SessionID
	}
	var unreadable *builder.UnreadableError
	if errors.As(err, &unreadable) {
		f.SessionID = &unreadable.SessionID
	}
	var viewOnly *viewOnlyError
	if errors.As(err, &viewOnly) {
		f.SessionID = &viewOnly.sessionID
	}
	var conflict *builder.ConflictError
	if errors.As(err, &conflict) {
		f.SessionID, f.Revision = &conflict.Stored.SessionID, &conflict.Stored.Revision
	}
	if !a.json {
		a.say("boternity: %s", f.Message)
		return exit
	}
	if err := a.printJSON(map[string]failure{"error": f}); err != nil {
		a.say("boternity: %s", f.Message)
	}
	return exit
}

// wantsJSON looks for --json before the flags are parsed.
func wantsJSON(args []string) bool {
	if at := slices.Index(args, "--"); at >= 0 {
		args = args[:at]
	}
	return slices.Contains(args, "--json") || slices.Contains(args, "--json=true")
}
