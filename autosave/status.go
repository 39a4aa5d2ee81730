package autosave

import "time"

// State is how things stand with the newest value.
type State int

// The states.
const (
	Saved   State = iota // it is durable, or nothing was ever given
	Unsaved              // it waits for its turn, unless Close gave up
	Saving               // a save is under way
	Failed               // the last attempt failed and will be tried again, unless Close gave up
	Refused              // it cannot be saved; another value may be
	Stopped              // nothing will be saved any more
)

func (s State) String() string {
	return [...]string{"saved", "unsaved", "saving", "failed", "refused", "stopped"}[s]
}

// Status is a State with its circumstances.
type Status struct {
	State State
	Since time.Time // when the oldest change that is not durable was made; zero when Saved
	Err   error     // what the last attempt ended with: why it Failed, was Refused or Stopped
	Next  time.Time // when a Failed save will be tried again
	Final bool      // no other status follows: the saver has stopped, or is closed and done
}

// Status returns the status of this moment.
func (s *Saver[T]) Status() Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.status()
}

// Watch returns the status, and a channel that is closed once there may be
// another. Whoever calls Watch again each time that happens may miss a status
// that was soon followed by the next, but never the last one. After a Final
// status the channel stays open.
func (s *Saver[T]) Watch() (Status, <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.status(), s.changed
}

func (s *Saver[T]) status() Status {
	now := Status{State: s.state(), Since: s.since, Err: s.err, Final: (s.stopped || s.closed) && s.idle() && !s.saving}
	if now.State == Failed && !s.abandoned {
		now.Next = s.retryAt
	}
	return now
}

func (s *Saver[T]) state() State {
	switch {
	case s.stopped:
		return Stopped
	case s.saving:
		return Saving
	case s.durable == s.given:
		return Saved
	case s.refused == s.given:
		return Refused
	case !s.retryAt.IsZero():
		return Failed
	}
	return Unsaved
}

// announce tells everyone who watches that the status has changed.
func (s *Saver[T]) announce() {
	close(s.changed)
	s.changed = make(chan struct{})
}
