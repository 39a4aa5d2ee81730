package postgres

import (
	"container/list"
	"sync"

	"github.com/google/uuid"
)

// recent keeps the drafts that this program saved or loaded last, so that the
// next save of one needs no read: its difference is made from these bytes, and
// the compare-and-swap proves that they are what is stored.
type recent struct {
	mu    sync.Mutex
	limit int
	bytes int
	order *list.List // of *draftRow, newest first
	rows  map[recentKey]*list.Element
}

type recentKey struct {
	owner string
	id    uuid.UUID
}

type recentRow struct {
	key recentKey
	row draftRow
}

func newRecent(limit int) *recent {
	return &recent{limit: limit, order: list.New(), rows: map[recentKey]*list.Element{}}
}

// get returns a draft as it was last seen. Its state is not to be changed.
func (r *recent) get(owner string, id uuid.UUID) (draftRow, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	e := r.rows[recentKey{owner, id}]
	if e == nil {
		return draftRow{}, false
	}
	r.order.MoveToFront(e)
	return e.Value.(*recentRow).row, true
}

// put keeps a draft whose state nobody else holds. One that takes up much of
// the room is not worth all those it would drive out.
func (r *recent) put(owner string, row draftRow) {
	key := recentKey{owner, row.SessionID}
	r.mu.Lock()
	defer r.mu.Unlock()
	if e := r.rows[key]; e != nil {
		r.remove(e)
	}
	if size(row) > r.limit/8 {
		return
	}
	r.rows[key] = r.order.PushFront(&recentRow{key, row})
	r.bytes += size(row)
	for r.bytes > r.limit {
		r.remove(r.order.Back())
	}
}

// size is what a draft takes here, the summary and the way to it included.
func size(row draftRow) int { return len(row.State) + 1024 }

func (r *recent) remove(e *list.Element) {
	old := r.order.Remove(e).(*recentRow)
	r.bytes -= size(old.row)
	delete(r.rows, old.key)
}

// forget drops an owner's drafts, whose words are to be nowhere.
func (r *recent) forget(owner string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for key, e := range r.rows {
		if key.owner == owner {
			r.remove(e)
		}
	}
}
