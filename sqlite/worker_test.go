package sqlite

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
)

// deed is one call of a worker on a session, and what it has to come to.
type deed struct {
	verb     string
	hand     int // whose session it is
	session  int // the hand's how manyeth
	revision builder.Revision
	outcome  string
}

// The verbs. What they do is in hand.do, what is stored after them in
// sitting.after.
const (
	creates   = "creates"
	saves     = "saves" // clears the pending text
	types     = "types" // pending text
	isStale   = "is-stale"
	isLate    = "is-late"
	overwrite = "overwrites" // what cannot be read
	finishes  = "finishes"
	deletes   = "deletes"
)

var outcomes = map[string]string{isStale: "conflict", isLate: "gone", overwrite: "unreadable"}

func (d deed) begun() string {
	return fmt.Sprintln("begun", d.verb, d.hand, d.session, d.revision)
}

func (d deed) done() string { return fmt.Sprintln("done", d.hand, d.outcome) }

// sitting is where a hand stands: at a revision of a session, or at its end.
type sitting struct {
	session  int
	revision builder.Revision
	typed    builder.Revision // the pending text is textOf it; 0 for none
	ended    string           // finishes or deletes
}

// after is what is stored once a deed is done.
func (s sitting) after(d deed) sitting {
	switch d.verb {
	case creates:
		return sitting{session: d.session, revision: 1}
	case saves:
		s.revision, s.typed = d.revision, 0
	case types:
		s.typed = d.revision
	case finishes, deletes:
		return sitting{session: d.session, revision: d.revision, ended: d.verb}
	}
	return s
}

// next is what a hand might do where it stands.
func (s sitting) next(hand int) deed {
	d := deed{hand: hand, session: s.session, revision: s.revision}
	switch chance := rand.IntN(100); {
	case s.revision == 0 || s.ended != "" && chance < 50:
		d.verb, d.session, d.revision = creates, s.session+1, 1
	case s.ended != "":
		d.verb = isLate
	case chance < 55:
		d.verb, d.revision = saves, s.revision+1
	case chance < 75:
		d.verb, d.revision = types, builder.Revision(1+rand.IntN(1000))
	case chance < 85:
		d.verb = isStale
	case chance < 88:
		d.verb = overwrite
	case chance < 95:
		d.verb = finishes
	default:
		d.verb = deletes
	}
	return d
}

// What is stored follows from who stores it, so that a test knows every byte.

func sessionID(hand, session int) uuid.UUID {
	return uuid.UUID{0: byte(hand + 1), 6: 0x70, 8: 0x80, 14: byte(session >> 8), 15: byte(session)}
}

func draftAt(hand, session int, r builder.Revision) builder.Draft {
	id := sessionID(hand, session)
	d := testDraft(id, fmt.Sprintf("session %d of hand %d", session, hand), int(r))
	d.Revision = r
	return d
}

func entryOf(hand, session int) builder.MemoryEntry {
	return testEntry(sessionID(hand, session), fmt.Sprintf("session %d of hand %d", session, hand))
}

func textOf(typed builder.Revision) string { return fmt.Sprintf("half-typed text %d", typed) }

// unreadableState is stored in every file that workers share.
var unreadableState = []byte(`{"session_id":"half of a st`)

const unreadableHand = 99

// The hands of a worker, by the first one's number: workerHands of them.
const (
	workerHands = 2
	workerAt    = "SQLITE_TEST_AT" // hand, session, revision, typed and ended of each
)

// work lets its hands do what they might until it is killed, and says of every
// deed that it begins, and what it came to, once that is so. Now and then it
// closes the file and opens it again.
func work(path string) error {
	at, err := readSittings(os.Getenv(workerAt))
	if err != nil {
		return err
	}
	for {
		db, err := Open(context.Background(), path, Options{History: keptHistory, BusyTimeout: time.Minute})
		if err != nil {
			return err
		}
		var hands sync.WaitGroup
		errs := make(chan error, len(at))
		deeds := rand.IntN(60)
		for number, s := range at {
			h := &hand{number: number, sitting: *s, db: db}
			hands.Go(func() {
				errs <- h.work(deeds)
				*s = h.sitting
			})
		}
		hands.Wait()
		for range at {
			if err := <-errs; err != nil {
				return err
			}
		}
		if err := db.Close(); err != nil {
			return err
		}
	}
}

func readSittings(text string) (map[int]*sitting, error) {
	at := map[int]*sitting{}
	in := bytes.NewBufferString(text)
	for range workerHands {
		var number int
		s := &sitting{}
		if _, err := fmt.Fscan(in, &number, &s.session, &s.revision, &s.typed, &s.ended); err != nil {
			return nil, fmt.Errorf("%s is %q: %w", workerAt, text, err)
		}
		if s.ended == "-" {
			s.ended = ""
		}
		at[number] = s
	}
	return at, nil
}

// hand is one of those who work on sessions at the same time.
type hand struct {
	number int
	sitting
	db *Database
}

func (h *hand) work(deeds int) error {
	for range deeds {
		d := h.next(h.number)
		if _, err := os.Stdout.WriteString(d.begun()); err != nil {
			return err
		}
		err := h.do(d)
		d.outcome = outcomeOf(err)
		if _, err := os.Stdout.WriteString(d.done()); err != nil {
			return err
		}
		if want := outcomes[d.verb]; d.outcome != want {
			return fmt.Errorf("%s came to %w, not %q", d.begun(), err, want)
		}
		h.sitting = h.after(d)
	}
	return nil
}

func outcomeOf(err error) string {
	for text, sentinel := range map[string]error{"conflict": builder.ErrConflict, "gone": builder.ErrGone, "unreadable": builder.ErrUnreadable} {
		if errors.Is(err, sentinel) {
			return text
		}
	}
	if err != nil {
		return "failed"
	}
	return ""
}

func (h *hand) do(d deed) error {
	ctx, s, id := context.Background(), h.db.Owner(""), sessionID(h.number, d.session)
	save := func(given builder.Draft, based builder.Revision) error {
		given.Revision = based
		_, err := s.SaveDraft(ctx, given, builder.FieldTone)
		return err
	}
	switch d.verb {
	case creates, saves:
		return save(draftAt(h.number, d.session, d.revision), d.revision-1)
	case types:
		return s.SavePending(ctx, id, builder.FieldTone, textOf(d.revision))
	case isStale: // of a revision that has another state
		return save(draftAt(h.number, d.session, d.revision+7), d.revision-1)
	case isLate:
		return save(draftAt(h.number, d.session, d.revision+1), d.revision*builder.Revision(rand.IntN(2)))
	case overwrite:
		return save(draftAt(unreadableHand, 1, 1), 1)
	case finishes:
		_, err := s.FinishSession(ctx, id, d.revision, entryOf(h.number, d.session))
		return err
	case deletes:
		_, err := s.DeleteDraft(ctx, id)
		return err
	}
	return fmt.Errorf("nobody knows how to %q", d.verb)
}
