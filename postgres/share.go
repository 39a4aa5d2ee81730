package postgres

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/boternity/boternity/internal/waiting"
)

// sharing lets saves that wait at the same time share a round trip and a
// commit.
//
// A save that finds none under way goes alone and waits for nobody; those that
// come meanwhile are the next batch, one transaction. Once many wait, a second
// batch goes beside what is under way: the server works on one while the other
// is made and sent. A save that others were faster than changes nothing in its
// batch and is decided by itself afterwards; where anything fails, each is made
// alone.
type sharing struct {
	lane     chan struct{} // holds what is under way
	beside   chan struct{} // holds the batch beside it
	patience time.Duration // sharePatience but in tests

	queue waiting.Line[*sharer]
}

// sharer is a save that waits.
type sharer struct {
	save *saver
	next step
	done chan struct{} // closed when the batch that it was in has ended
}

// size is about what a save sends.
func (w *sharer) size() int { return len(w.save.given.State) }

const (
	// What a batch sends is in memory at once, once more than its states are.
	shareMost  = 64 // saves
	shareBytes = 8 << 20
	// So many that wait are worth a batch beside another. Fewer save more by
	// waiting: what a transaction takes is shared by those in it.
	shareBeside = 5
	// After so long a save goes alone: what is under way may be waiting for
	// another program, or for a server that does not answer.
	sharePatience = 100 * time.Millisecond
)

func newSharing() *sharing {
	return &sharing{lane: make(chan struct{}, 1), beside: make(chan struct{}, 1), patience: sharePatience}
}

// shared makes a save that follows another, with those that wait or alone. What
// the former leaves open the latter finds out.
func (s *saver) shared(ctx context.Context, alone func() error) error {
	if s.row == nil || s.row.Revision == 0 {
		return alone()
	}
	q := s.db.saves
	if q.idle() {
		defer q.free()
		return alone()
	}
	next, err := s.step()
	if err != nil {
		return err
	}
	if err := s.db.share(ctx, &sharer{s, next, make(chan struct{})}); err != nil || s.saved != nil {
		return err
	}
	return alone()
}

// share waits until a save was made with others, by whomever. Where its saved is
// nil afterwards it is still to be made.
func (db *Database) share(ctx context.Context, w *sharer) error {
	q := db.saves
	q.queue.Join(w)
	patience := time.After(q.patience)
	if q.queue.Len() >= shareBeside {
		select {
		case q.beside <- struct{}{}:
			db.lead(q.beside)
		default:
		}
	}
	for {
		select {
		case <-w.done: // first of all: who has an answer leads no more of the others'
			return nil
		default:
		}
		var err error
		select {
		case <-w.done:
			return nil
		case q.lane <- struct{}{}:
			db.lead(q.lane)
			continue
		case <-patience:
		case <-ctx.Done():
			err = ctx.Err()
		}
		if q.queue.Leave(w) {
			return err
		}
		<-w.done
		return nil
	}
}

// lead makes the next batch in a lane that was taken.
func (db *Database) lead(lane chan struct{}) {
	defer func() { <-lane }()
	db.saveTogether(db.saves.take())
}

// idle takes the lane where it is free and nobody waits for it.
func (q *sharing) idle() bool {
	if q.queue.Len() > 0 {
		return false
	}
	select {
	case q.lane <- struct{}{}:
		return true
	default:
		return false
	}
}

func (q *sharing) free() { <-q.lane }

// take takes those who have waited longest, in the order of their sessions, so
// that no two transactions wait for each other's.
func (q *sharing) take() []*sharer {
	var batch []*sharer
	size := 0
	for len(batch) < shareMost {
		w, found := q.queue.Next(func(w *sharer) bool { return len(batch) == 0 || size+w.size() <= shareBytes })
		if !found {
			break
		}
		batch, size = append(batch, w), size+w.size()
	}
	slices.SortStableFunc(batch, func(a, b *sharer) int {
		return cmp.Or(strings.Compare(a.save.owner, b.save.owner), bytes.Compare(a.save.given.SessionID[:], b.save.given.SessionID[:]))
	})
	return batch
}

// saveTogether makes saves in one transaction and tells each what became of it.
func (db *Database) saveTogether(batch []*sharer) {
	if len(batch) == 0 {
		return
	}
	oldest := make([]int64, len(batch))
	var err error
	if closed := db.enter(func() error { err = db.sendTogether(batch, oldest); return nil }); closed != nil {
		err = closed
	}
	for i, w := range batch {
		switch {
		case err == nil && oldest[i] > 0:
			w.save.stands(w.next, oldest[i])
		case err == nil:
			w.save.row = nil // another was faster
		case fateOf(err) == unknown:
			w.save.tried, w.save.lost = &w.next.draft, err
		}
		close(w.done)
	}
}

// sendTogether reads the oldest kept revision of each that was saved; of others
// it stays 0. It is the callers' transaction, so it is not cancelled with one of them.
func (db *Database) sendTogether(batch []*sharer, oldest []int64) error {
	ctx, cancel := context.WithTimeout(context.Background(), db.busy)
	defer cancel()
	conn, err := db.pool.Acquire(ctx)
	if err != nil {
		return &driverError{err: err, harmless: true}
	}
	defer conn.Release()
	delete(conn.Conn().PgConn().CustomData(), warned)
	// Without a BEGIN of its own a batch is a transaction that ends with it.
	results := conn.SendBatch(ctx, together(batch, int64(db.history)))
	_, err = results.Exec()
	if err == nil {
		rows, _ := results.Query() // what failed is the rows' error, too
		var n, first int64
		_, err = pgx.ForEachRow(rows, []any{&n, &first}, func() error { oldest[n-1] = first; return nil })
	}
	if err = cmp.Or(err, results.Close()); err != nil {
		return &driverError{err: err}
	}
	return (&call{conn: conn}).committed()
}
