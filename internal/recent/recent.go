// Package recent keeps what a store saved last, so that the next save of it
// needs no read: the difference is made from what is kept here, and the
// compare-and-swap shows whether that is still what is stored.
package recent

import (
	"container/list"
	"sync"

	"github.com/google/uuid"
)

// Cache keeps the values of the sessions that were used last, up to a number
// of bytes.
type Cache[V any] struct {
	mu       sync.Mutex
	limit    int
	bytes    int
	order    *list.List // of *kept, newest first
	sessions map[session]*list.Element
	drops    Mark
}

// Mark is how much had been dropped at some moment.
type Mark uint64

type session struct {
	owner string
	id    uuid.UUID
}

type kept[V any] struct {
	session
	value V
	bytes int
}

// New returns a cache of so many bytes; without any it keeps nothing.
func New[V any](limit int) *Cache[V] {
	return &Cache[V]{limit: limit, order: list.New(), sessions: map[session]*list.Element{}}
}

// Get returns a session's value. What it points to is not to be changed.
func (c *Cache[V]) Get(owner string, id uuid.UUID) (value V, found bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.sessions[session{owner, id}]
	if e == nil {
		return value, false
	}
	c.order.MoveToFront(e)
	return e.Value.(*kept[V]).value, true
}

// overhead is what an entry takes beside its state.
const overhead = 1024

// Now is a mark for Put, made before the value is stored.
func (c *Cache[V]) Now() Mark {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.drops
}

// Put keeps a value of so many bytes, whose memory nobody else may change,
// unless something was dropped since: it may have been this. One that takes up
// much of the room is not worth those that it would drive out.
func (c *Cache[V]) Put(since Mark, owner string, id uuid.UUID, value V, bytes int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	key := session{owner, id}
	c.remove(c.sessions[key])
	if bytes += overhead; bytes > c.limit/8 || since != c.drops {
		return
	}
	c.sessions[key] = c.order.PushFront(&kept[V]{key, value, bytes})
	c.bytes += bytes
	for c.bytes > c.limit {
		c.remove(c.order.Back())
	}
}

// Drop forgets a session.
func (c *Cache[V]) Drop(owner string, id uuid.UUID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.drops++
	c.remove(c.sessions[session{owner, id}])
}

// DropOwner forgets an owner's sessions. What other programs erase stays until
// there is no room for it.
func (c *Cache[V]) DropOwner(owner string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.drops++
	for key, e := range c.sessions {
		if key.owner == owner {
			c.remove(e)
		}
	}
}

// Clear forgets everything.
func (c *Cache[V]) Clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.drops++
	c.order.Init()
	clear(c.sessions)
	c.bytes = 0
}

func (c *Cache[V]) remove(e *list.Element) {
	if e == nil {
		return
	}
	old := c.order.Remove(e).(*kept[V])
	c.bytes -= old.bytes
	delete(c.sessions, old.session)
}
