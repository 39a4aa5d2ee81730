// Package autosave saves in the background what somebody is working on.
//
// A [Saver] takes value after value from a program that must not wait, a
// terminal or a page with a key just pressed, and sees to it that the newest
// is saved soon, that a failure is tried again, and that whoever has to know
// can: before a step that must not go wrong with [Saver.Flush], at the end with
// [Saver.Close], and on a screen with [Saver.Watch]. It knows nothing of what
// it saves or where.
package autosave

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// ErrClosed is the error of a Save after Close, and of a wait for a value that
// Close gave up.
var ErrClosed = errors.New("auto-save is closed")

// Options are what a Saver may be told. The zero value is good.
type Options struct {
	Delay   time.Duration // quiet time after a change; DefaultDelay where not above 0
	Ceiling time.Duration // the longest a change waits while more come; DefaultCeiling where not above 0

	// Judge says what an error of save means. Where nil, every error is one to
	// Retry.
	Judge func(error) Verdict

	Backoff    time.Duration                     // before the first retry, doubled before each one more; DefaultBackoff where not above 0
	MaxBackoff time.Duration                     // DefaultMaxBackoff where not above 0
	Jitter     func(time.Duration) time.Duration // what to wait in place of a backoff, at most MaxBackoff; may be nil
}

// The defaults.
const (
	DefaultDelay      = 100 * time.Millisecond
	DefaultCeiling    = 300 * time.Millisecond
	DefaultBackoff    = 100 * time.Millisecond
	DefaultMaxBackoff = 5 * time.Second
)

// Verdict is what an error of save means for what comes next.
type Verdict int

// The verdicts.
const (
	Retry  Verdict = iota // the same value may be saved later: the file is busy, the disk is full
	Refuse                // this value can never be saved, another may be: it is too long
	Stop                  // no value will be saved again: someone else has changed or deleted what is saved
)

// Saver saves the newest of the values it is given, in the background. Its
// methods may be called by many goroutines, but not by save itself.
//
// A value stands for all that there is to save: one that a newer one overtakes
// is not saved, and counts as durable when the newer one is. Save calls of one
// Saver never overlap, and never go back to an older value. A save begins once
// nothing has changed for Options.Delay, and no later than Options.Ceiling
// after the first change that is not durable, or when the save before it ends.
// What was given is the saver's until then: the caller does not change it.
//
// When save returns nil the value is durable. Any other error is judged by
// Options.Judge. After one to Retry, the newest value is tried again after a
// backoff, for as long as it takes. After Refuse the saver waits for another
// value. Stop is for good: whoever has settled the conflict begins with a new
// Saver. The newest value that is not durable is never dropped: Unsaved has it.
//
// The context that save is given ends when a Close gives up, and for no other
// reason before save returns. A Saver with nothing left to save holds no
// goroutine.
type Saver[T any] struct {
	save func(context.Context, T) error
	opts Options
	wake chan struct{} // tells run to look again

	mu      sync.Mutex
	value   T       // the newest, until it is durable
	given   counter // how many values were given
	durable counter // the newest that is durable
	refused counter // the newest that was refused; 0 for none

	since time.Time // when the oldest change that is not durable was made
	first time.Time // when the oldest change after the last attempt began was made
	last  time.Time // when the newest change was made

	running   bool // there is a goroutine
	saving    bool // and it is in save
	cancel    context.CancelFunc
	urgent    counter // someone waits for this value: the next attempt is due at once
	failures  int     // to retry, in a row
	retryAt   time.Time
	err       error // of the last attempt
	stopped   bool
	closed    bool
	abandoned bool // a Close gave up

	changed chan struct{} // closed when the status changes
}

// counter numbers the values in the order in which they were given, from 1.
type counter uint64

// New returns a saver that saves with save.
func New[T any](save func(context.Context, T) error, opts Options) *Saver[T] {
	orDefault := func(d *time.Duration, standard time.Duration) {
		if *d <= 0 {
			*d = standard
		}
	}
	orDefault(&opts.Delay, DefaultDelay)
	orDefault(&opts.Ceiling, DefaultCeiling)
	orDefault(&opts.Backoff, DefaultBackoff)
	orDefault(&opts.MaxBackoff, DefaultMaxBackoff)
	if opts.Judge == nil {
		opts.Judge = func(error) Verdict { return Retry }
	}
	return &Saver[T]{save: save, opts: opts, wake: make(chan struct{}, 1), changed: make(chan struct{})}
}

// Save gives the saver a value to save, and never waits. An error says that v
// will not be saved: ErrClosed after Close, or the error that stopped the
// saver, in which case v is kept for Unsaved.
func (s *Saver[T]) Save(v T) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return ErrClosed
	}
	now := time.Now()
	before := s.state()
	s.value, s.last = v, now
	s.given++
	if s.since.IsZero() {
		s.since = now
	}
	if s.stopped {
		return s.err
	}
	if s.first.IsZero() {
		s.first = now
	}
	s.start()
	if s.state() != before {
		s.announce()
	}
	return nil
}

// Flush saves at once what there is to save, without regard to delays, and
// returns nil when every value given before it is durable. Failures are retried
// as ever, from the shortest backoff on, for as long as ctx lasts. Other errors:
// that of save where it was judged Refuse or Stop, and ctx's together with the
// last failure. The value is kept and goes on being saved in the background.
func (s *Saver[T]) Flush(ctx context.Context) error {
	s.mu.Lock()
	upTo := s.given
	s.urge()
	s.mu.Unlock()
	return s.wait(ctx, upTo)
}

// Close is a last Flush: no value is taken after it. When ctx ends first, the
// saver gives up: the context of the save under way ends, and no other begins.
// A save that heeds its context no more than that may still be running when
// Close returns; a further Close waits for it and says how it ended.
func (s *Saver[T]) Close(ctx context.Context) error {
	s.mu.Lock()
	upTo := s.given
	before := s.status().Final
	s.closed = true
	if s.status().Final != before {
		s.announce()
	}
	if ctx.Err() == nil {
		s.urge()
	}
	s.mu.Unlock()
	err := s.wait(ctx, upTo)
	if err != nil && ctx.Err() != nil {
		s.abandon()
	}
	return err
}

// Unsaved returns the newest value, unless it is durable.
func (s *Saver[T]) Unsaved() (v T, unsaved bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.value, s.given > s.durable
}

// urge makes what is unsaved due now, after a failure too.
func (s *Saver[T]) urge() {
	if !s.running {
		return
	}
	s.urgent, s.failures = s.given, 0
	select {
	case s.wake <- struct{}{}:
	default: // it has been told already
	}
}

// wait returns when a value is durable or will not become so, or when ctx ends.
func (s *Saver[T]) wait(ctx context.Context, upTo counter) error {
	for {
		s.mu.Lock()
		settled, err := s.outcome(upTo)
		failure, changed := s.err, s.changed
		s.mu.Unlock()
		if settled {
			return err
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return because(ctx.Err(), failure)
		}
	}
}

// outcome says what has become of a value, once that is settled.
func (s *Saver[T]) outcome(upTo counter) (settled bool, err error) {
	switch {
	case s.durable >= upTo:
		return true, nil
	case s.stopped, s.refused == s.given:
		return true, s.err
	case s.abandoned && !s.saving:
		return true, because(ErrClosed, s.err)
	}
	return false, nil
}

// because is the end of a wait with the failure that it waited over.
func because(end, failure error) error {
	if failure == nil {
		return fmt.Errorf("not saved: %w", end)
	}
	return fmt.Errorf("not saved: %w; the last attempt: %w", end, failure)
}
