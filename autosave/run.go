package autosave

import (
	"context"
	"time"
)

// start sees to it that run is running.
func (s *Saver[T]) start() {
	if !s.running {
		s.running = true
		go s.run()
	}
}

// run saves until there is nothing left that it could.
func (s *Saver[T]) run() {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		wait, more := s.next()
		switch {
		case !more:
			return
		case wait <= 0:
			s.attempt()
		default:
			timer.Reset(wait)
			select {
			case <-timer.C:
			case <-s.wake:
			}
		}
	}
}

// idle reports whether there is nothing to save, or nothing that could be.
func (s *Saver[T]) idle() bool {
	return s.durable == s.given || s.refused == s.given || s.stopped || s.abandoned
}

// next returns how long it is until a save is due. Where none is, run ends.
func (s *Saver[T]) next() (wait time.Duration, more bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.idle() {
		s.running = false
		return 0, false
	}
	if s.urgent > max(s.durable, s.refused) {
		return 0, true
	}
	due := s.retryAt
	if due.IsZero() {
		due = s.last.Add(s.opts.Delay)
		if latest := s.first.Add(s.opts.Ceiling); latest.Before(due) {
			due = latest
		}
	}
	return time.Until(due), true
}

// attempt saves the newest value there is.
func (s *Saver[T]) attempt() {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	s.mu.Lock()
	if s.idle() { // a Close has given up since it was due
		s.mu.Unlock()
		return
	}
	v, taken := s.value, s.given
	s.saving, s.cancel = true, cancel
	s.urgent, s.first = 0, time.Time{}
	s.announce()
	s.mu.Unlock()

	err := s.save(ctx, v)
	verdict := Retry
	if err != nil {
		verdict = s.opts.Judge(err)
	}

	s.mu.Lock()
	defer s.mu.Unlock()
	s.saving, s.cancel, s.err, s.retryAt = false, nil, err, time.Time{}
	switch {
	case err == nil:
		s.saved(taken)
	case verdict == Stop:
		s.stopped = true
	case verdict == Refuse:
		s.refused, s.failures = taken, 0
	default:
		s.retryAt = time.Now().Add(s.backoff())
		s.failures++
	}
	s.announce()
}

// saved notes that a value is durable, and forgets it unless there is a newer
// one.
func (s *Saver[T]) saved(taken counter) {
	s.durable, s.failures, s.since = taken, 0, s.first
	if s.durable == s.given {
		var none T
		s.value = none
	}
}

// backoff is how long to wait after so many failures and one more.
func (s *Saver[T]) backoff() time.Duration {
	d := s.opts.Backoff
	for i := 0; i < s.failures && d < s.opts.MaxBackoff; i++ {
		d *= 2
	}
	d = min(d, s.opts.MaxBackoff)
	if s.opts.Jitter != nil {
		d = min(s.opts.Jitter(d), s.opts.MaxBackoff)
	}
	return d
}

// abandon gives up what is unsaved.
func (s *Saver[T]) abandon() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.idle() {
		return
	}
	s.abandoned = true
	if s.cancel != nil {
		s.cancel()
	}
	s.urge() // run is to see it
	s.announce()
}
