// Package waiting is a line of calls that wait to be made together.
package waiting

import (
	"slices"
	"sync"
)

// Line is of those who wait, in the order in which they came.
type Line[T comparable] struct {
	mu  sync.Mutex
	all []T
}

// Join puts one at the end.
func (l *Line[T]) Join(one T) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, one)
}

// Leave takes one out, unless it has been taken.
func (l *Line[T]) Leave(one T) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	i := slices.Index(l.all, one)
	if i < 0 {
		return false
	}
	l.all = slices.Delete(l.all, i, i+1)
	return true
}

// Take takes those who have waited longest, so many at most.
func (l *Line[T]) Take(most int) []T {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := min(len(l.all), most)
	taken := slices.Clone(l.all[:n])
	l.all = slices.Delete(l.all, 0, n)
	return taken
}

// Len is how many wait.
func (l *Line[T]) Len() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.all)
}
