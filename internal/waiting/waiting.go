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

// Next takes the one who has waited longest, unless that is not to be taken yet.
func (l *Line[T]) Next(take func(T) bool) (next T, found bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.all) == 0 || !take(l.all[0]) {
		return next, false
	}
	next = l.all[0]
	l.all = slices.Delete(l.all, 0, 1)
	return next, true
}

// Len is how many wait.
func (l *Line[T]) Len() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.all)
}
