package forge_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/forge"
)

// enter lets two to four clients open a session.
func (w *shared) enter(rt *rapid.T) []*client {
	clients := make([]*client, rapid.IntRange(2, 4).Draw(rt, "clients"))
	for i := range clients {
		clients[i] = &client{shared: w, turn: w.begun}
	}
	return clients
}

// Whatever several clients do to one session, in whatever order and however
// stale what they show: nothing acknowledged is lost, nobody overrules what
// they have not seen, and all come to the same end.
func TestDoors(t *testing.T) {
	rapid.Check(t, inFolder(t, func(w *shared, rt *rapid.T) {
		clients := w.enter(rt)
		watch := newWatch(w)
		for i, m := range moves(rt, 0, 40) {
			c := clients[rapid.IntRange(0, len(clients)-1).Draw(rt, "client")]
			did, err := c.make(m)
			if err != nil {
				rt.Fatalf("move %d: %v", i, err)
			}
			watch.check(m, did)
		}
		w.checkKept(clients)
		w.converge(rt, clients)
		w.checkEnd(clients)
	}))
}

// converge has every client do what it is asked for, in any order, until it is
// finished. None of them may go round in circles.
func (w *shared) converge(rt *rapid.T, clients []*client) {
	for n := range 100 * len(clients) {
		going := clients[:0:0]
		for _, c := range clients {
			if c.turn.Kind != forge.Finished {
				going = append(going, c)
			}
		}
		if len(going) == 0 {
			return
		}
		w.must(going[rapid.IntRange(0, len(going)-1).Draw(rt, "going on")].goOn(n))
	}
	for i, c := range clients {
		rt.Logf("client %d is at %+v", i, c.turn)
	}
	rt.Fatal("no end is in sight")
}

// watch compares a session before and after each move.
type watch struct {
	*shared
	before  builder.State
	changed map[string]builder.Revision // when what stands in a field was last changed
}

func newWatch(w *shared) *watch { return &watch{w, w.state(), map[string]builder.Revision{}} }

// about is what has been said of a field.
func about(s *builder.State, field string) string {
	text := ""
	for _, e := range s.Conversation {
		if e.Field == field {
			text += fmt.Sprintf("%q %v\n", e.Answer, e.Superseded)
		}
	}
	return text
}

// check makes sure that a move did what it may do: an answer decides its field
// alone, and neither it nor going back touches what its client has not seen.
func (w *watch) check(m move, did made) {
	after := w.state()
	d, err := w.LoadDraft(context.Background(), after.SessionID)
	if err != nil {
		return // finished; checkEnd looks at that
	}
	changes := 0
	for _, field := range builder.Fields() {
		if about(&w.before, field) == about(&after, field) {
			continue
		}
		changes++
		was, decided := w.before.LastAnswer(field)
		decided = decided && !was.Superseded
		seen := w.changed[field] <= did.at
		w.changed[field] = d.Revision
		switch {
		case did.err != nil || did.turn.Unsaved:
			w.t.Fatalf("%+v changed %s and said that it did not: %+v", m, field, did)
		case did.field != "" && field != did.field:
			w.t.Fatalf("an answer to %s changed %s", did.field, field)
		case m.Does == "rest" && decided:
			w.t.Fatalf("the rest took %s, which was decided", field)
		case decided && !seen && was.Answer != did.value.String():
			w.t.Fatalf("%+v overruled the %s of revision %d, and had seen revision %d", m, field, w.changed[field], did.at)
		}
	}
	if m.Does != "rest" && changes > 1 {
		w.t.Fatalf("%+v changed %d fields", m, changes)
	}
	w.checkContest(did)
	w.before = after
}

// checkContest makes sure that a contest shows both answers and loses none.
func (w *watch) checkContest(did made) {
	if did.turn.Question == nil || did.turn.Question.Contest == nil {
		return
	}
	contest, s := did.turn.Question.Contest, w.state()
	stored, _ := s.Config.Value(did.field)
	pending, err := w.LoadPending(context.Background(), s.SessionID)
	w.must(err)
	if !did.turn.Unsaved || contest.Stored != stored || contest.Yours != did.value || !did.value.IsZero() && pending[did.field] != did.value.String() {
		w.t.Fatalf("%+v of %s meets %s: %+v, pending %q", did.value, did.field, stored, contest, pending)
	}
}

// The same, with all clients at work at once.
func TestDoorsAtOnce(t *testing.T) {
	rapid.Check(t, inFolder(t, func(w *shared, rt *rapid.T) {
		clients := w.enter(rt)
		plans := make([][]move, len(clients))
		for i := range plans {
			plans[i] = moves(rt, i, 15)
		}
		failed := make([]error, len(clients))
		var all sync.WaitGroup
		for i, c := range clients {
			all.Go(func() { failed[i] = c.run(plans[i]) })
		}
		all.Wait()
		for _, err := range failed {
			w.must(err)
		}
		w.checkEnd(clients)
	}))
}

// run makes the moves and goes on to the end.
func (c *client) run(plan []move) error {
	for _, m := range plan {
		if _, err := c.make(m); err != nil {
			return err
		}
	}
	for n := range 400 {
		if c.turn.Kind == forge.Finished {
			return nil
		}
		if err := c.goOn(n); err != nil {
			return err
		}
	}
	return fmt.Errorf("no end is in sight from %+v", c.turn)
}
