package sqlite

import (
	"context"
	"errors"
	"runtime"
	"time"

	"github.com/boternity/boternity/internal/waiting"
)

// committer lets calls that wait for the disk at the same time share a
// transaction, and so a sync.
//
// There is no writer in the background. Of the calls that wait, the one that
// gets the connection leads: it begins a transaction, does what is queued, its
// own request included, commits, and tells the others. A call that is alone
// waits for nobody.
//
// A request that fails having changed nothing, with a conflict say, fails by
// itself. Where one fails after it has changed something, or SQLite itself
// fails, the whole batch is undone. A request that was alone in it is told so;
// several are done again, each alone. No outcome is told before the commit: a conflict may be with a
// neighbour whose change is undone after all.
type committer struct {
	*pool // of one connection
	busy  time.Duration
	full  time.Duration // after which a batch takes in no more; batchTime but in tests

	queue waiting.Line[*request]
}

// request is a call that waits for its turn.
type request struct {
	ctx  context.Context
	do   func(*conn) error // may be done twice, if the first time is undone
	done chan struct{}
	err  error // once done is closed; errUndone to do it again, alone
}

var errUndone = errors.New("undone with its batch")

// A batch is bounded, so that those who came first do not wait for ever more
// who come later.
const (
	batchCalls = 256
	batchTime  = 25 * time.Millisecond
)

// together does a call in a transaction that it may share.
func (w *committer) together(ctx context.Context, do func(*conn) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	r := &request{ctx: ctx, do: do, done: make(chan struct{})}
	w.queue.Join(r)
	if err := w.outcome(ctx, r); !errors.Is(err, errUndone) {
		return err
	}
	return w.alone(ctx, do)
}

// alone does a call in a transaction of its own.
func (w *committer) alone(ctx context.Context, do func(*conn) error) error {
	return w.use(ctx, func(c *conn) error { return transact(ctx, c, w.busy, do) })
}

// use lends out the connection.
func (w *committer) use(ctx context.Context, do func(*conn) error) error {
	c, err := w.take(ctx, w.busy)
	if err != nil {
		return err
	}
	broken := true // unless do returns
	defer func() { w.give(c, broken) }()
	err = do(c)
	broken = isFatal(err)
	return err
}

// outcome waits until a request that is queued is done, by whomever. The wait
// for its turn is bounded; once somebody does it there is an outcome.
func (w *committer) outcome(ctx context.Context, r *request) error {
	wait, cancel := context.WithTimeout(ctx, w.busy)
	defer cancel()
	for {
		select {
		case <-r.done:
			return r.err
		case w.slots <- struct{}{}:
			w.lead(ctx, wait, r)
		case <-wait.Done():
			if w.queue.Leave(r) {
				return waited(ctx, wait.Err())
			}
			<-r.done
			return r.err
		}
	}
}

// next takes the request that has waited longest.
func (w *committer) next() (r *request, found bool) {
	return w.queue.Next(func(*request) bool { return true })
}

// lead does what is queued, having got the slot, which it gives back. What
// keeps it from beginning is the outcome of its own request only: the others
// will try for themselves.
func (w *committer) lead(ctx, wait context.Context, own *request) {
	select {
	case <-own.done:
		<-w.slots
		return
	default:
	}
	c, err := w.connection(wait)
	if err == nil {
		if err = begin(wait, c); err != nil {
			w.give(c, isFatal(err))
		}
	}
	if err != nil {
		if w.queue.Leave(own) {
			own.err = waited(ctx, err)
			close(own.done)
		}
		return
	}
	var batch []*request
	err = errUndone // unless gather returns: what panics takes none of the others with it
	panics, broken := true, true
	defer func() {
		if panics {
			w.queue.Leave(own) // its caller leaves with the panic
		}
		w.give(c, broken)
		for _, r := range batch {
			switch {
			case err != nil && len(batch) == 1:
				r.err = err // it was alone
			case err != nil:
				r.err = errUndone
			}
			close(r.done)
		}
	}()
	err = end(c, w.gather(c, &batch))
	panics, broken = false, isFatal(err)
}

// gather does requests, which it adds to the batch, until none is waiting or
// the batch has its fill. With an error, what was done must not be committed.
func (w *committer) gather(c *conn, batch *[]*request) error {
	started := time.Now()
	for len(*batch) < batchCalls && time.Since(started) < w.full {
		r, found := w.next()
		if !found {
			// Those whom the last commit has answered are about to call again.
			runtime.Gosched()
			if r, found = w.next(); !found {
				break
			}
		}
		*batch = append(*batch, r)
		if r.err = r.ctx.Err(); r.err != nil {
			continue
		}
		before := c.changes
		if r.err = r.do(c); r.err != nil && (c.changes != before || extended(r.err) != 0) {
			return r.err
		}
	}
	return nil
}
