package storetest

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/boternity/boternity/builder"
)

var concurrent = []Case{
	{"of sixteen saves from one revision exactly one wins", fresh(oneWins)},
	{"of sixteen creations exactly one wins", fresh(oneCreates)},
	{"sixteen writers that try again lose nothing", fresh(nothingLost)},
	{"sixteen sessions are saved at once without a conflict", fresh(manySessions)},
	{"sixteen finish calls make one entry", fresh(oneFinishes)},
	{"sixteen saves and a deletion leave nothing behind", fresh(deletionWins)},
	{"a history that is put while its draft is saved stays whole", fresh(putWhileSaved)},
	{"readers see whole drafts while they are written", fresh(wholeReads)},
}

// writers is how many goroutines a case sets to work.
const writers = 16

// together runs do in so many goroutines that start at the same moment, and
// returns when all have ended. What do complains of it returns, because only
// the case's own goroutine may end it.
func (f *fixture) together(do func(writer int) error) {
	f.Helper()
	errs := make([]error, writers)
	start := make(chan struct{})
	var all sync.WaitGroup
	for w := range writers {
		all.Go(func() {
			defer func() {
				if p := recover(); p != nil {
					errs[w] = fmt.Errorf("panic: %v", p)
				}
			}()
			<-start
			errs[w] = do(w)
		})
	}
	close(start)
	all.Wait()
	if err := errors.Join(errs...); err != nil {
		f.Fatalf("%v", err)
	}
}

// rounds is how often a race is run.
const rounds = 12

func oneWins(f *fixture) {
	stored := f.save(draft(f.id(), "first"))
	for round := range rounds {
		var mu sync.Mutex
		var won []builder.Draft
		f.together(func(w int) error {
			d, err := f.SaveDraft(f.ctx, next(stored, fmt.Sprintf("round %d writer %d", round, w)))
			if errors.Is(err, builder.ErrConflict) {
				return nil
			}
			mu.Lock()
			defer mu.Unlock()
			won = append(won, d)
			return err
		})
		if len(won) != 1 {
			f.Fatalf("%d of %d saves from revision %d succeeded", len(won), writers, stored.Revision)
		}
		equal(f, "revision", won[0].Revision, stored.Revision+1)
		stored = f.load(stored.SessionID)
		f.same("stored", stored, won[0])
	}
	equal(f, "kept revisions", len(f.history(stored.SessionID, 100)), rounds+1)
}

func oneCreates(f *fixture) {
	for range rounds {
		id := f.id()
		var mu sync.Mutex
		var won []builder.Draft
		f.together(func(w int) error {
			d, err := f.SaveDraft(f.ctx, draft(id, fmt.Sprint("writer ", w)))
			if errors.Is(err, builder.ErrConflict) {
				return nil
			}
			mu.Lock()
			defer mu.Unlock()
			won = append(won, d)
			return err
		})
		if len(won) != 1 {
			f.Fatalf("%d of %d creations succeeded", len(won), writers)
		}
		f.same("stored", f.load(id), won[0])
	}
}

// nothingLost lets every writer add its marks to one session, starting again
// from what is stored whenever another was faster.
func nothingLost(f *fixture) {
	const marks = 4
	d := f.save(draft(f.id(), "first"))
	f.together(func(w int) error {
		mine := d
		for m := range marks {
			for attempt := 0; ; attempt++ {
				s, err := builder.DecodeState(mine)
				if err != nil {
					return err
				}
				s.Conversation = append(s.Conversation, builder.Exchange{Question: "?", Answer: fmt.Sprintf("mark %d of writer %d.", m, w), Phase: builder.PhaseBasics})
				if mine.State, _, err = s.Encode(); err != nil {
					return err
				}
				saved, err := f.SaveDraft(f.ctx, mine)
				var c *builder.ConflictError
				if errors.As(err, &c) && attempt < writers*marks {
					mine = c.Stored
					continue
				}
				if err != nil {
					return fmt.Errorf("attempt %d: %w", attempt, err)
				}
				mine = saved
				break
			}
		}
		return nil
	})
	stored := f.load(d.SessionID)
	equal(f, "revision", stored.Revision, 1+writers*marks)
	for w := range writers {
		for m := range marks {
			if mark := fmt.Sprintf("mark %d of writer %d.", m, w); !bytes.Contains(stored.State, []byte(mark)) {
				f.Errorf("%s is lost", mark)
			}
		}
	}
}

func manySessions(f *fixture) {
	made := make([]builder.Draft, writers)
	for w := range made {
		made[w] = draft(f.id(), fmt.Sprint("session ", w))
	}
	f.together(func(w int) error {
		for i := range 5 {
			d, err := f.SaveDraft(f.ctx, made[w])
			if err != nil {
				return err
			}
			made[w] = next(d, fmt.Sprintf("session %d answer %d", w, i))
			if err := f.SavePending(f.ctx, d.SessionID, "tone", fmt.Sprint(i)); err != nil {
				return err
			}
		}
		return nil
	})
	equal(f, "drafts", len(f.drafts(5)), writers)
	for w, d := range made {
		equal(f, "state", string(f.load(d.SessionID).State), string(state(d.SessionID, fmt.Sprintf("session %d answer 3", w))))
		equal(f, "pending text", f.pending(d.SessionID)["tone"], "4")
		equal(f, "kept revisions", len(f.history(d.SessionID, 10)), 5)
	}
}

func oneFinishes(f *fixture) {
	for range rounds {
		d := f.save(draft(f.id(), "to be finished"))
		got := make([]builder.MemoryEntry, writers)
		f.together(func(w int) (err error) {
			got[w], err = f.FinishSession(f.ctx, d.SessionID, d.Revision, entry(d.SessionID, builder.Coding, fmt.Sprint("writer ", w)))
			return err
		})
		stored, err := f.LoadMemory(f.ctx, d.SessionID)
		f.noError("load memory", err)
		for _, e := range got {
			f.sameEntry("entry of a finish call", e, stored)
		}
		f.noDraft(d.SessionID)
	}
	equal(f, "entries", len(f.recall(nil, 100)), rounds)
}

func deletionWins(f *fixture) {
	for range rounds {
		d := f.save(draft(f.id(), "first"))
		f.together(func(w int) error {
			if w == writers/2 {
				_, err := f.DeleteDraft(f.ctx, d.SessionID)
				return err
			}
			mine := next(d, fmt.Sprint("writer ", w))
			mine.Revision = builder.AnyRevision
			for range 4 {
				if _, err := f.SaveDraft(f.ctx, mine); err != nil && !errors.Is(err, builder.ErrGone) {
					return err
				}
			}
			return nil
		})
		f.noDraft(d.SessionID)
	}
}

// wholeReads makes every revision tell its number in its state, so that a
// reader can see whether what it was given belongs together.
func wholeReads(f *fixture) {
	d := f.save(draft(f.id(), "revision 1", noise(3000)))
	id := d.SessionID
	look := func() {
		f.noError("load", f.consistent(0, id))
		f.noError("list", f.consistent(1, id))
	}
	look()
	defer look()
	var written atomic.Bool
	f.together(func(w int) error {
		if w > 0 {
			for looks := 0; looks < 300 && !written.Load(); looks++ {
				if err := f.consistent(w, id); err != nil {
					return err
				}
			}
			return nil
		}
		defer written.Store(true)
		for i := range 40 {
			made := next(d, fmt.Sprintf("revision %d", d.Revision+1), noise(3000+i))
			saved, err := f.SaveDraft(f.ctx, made)
			if err != nil {
				return err
			}
			d = saved
		}
		return nil
	})
}

func (f *fixture) consistent(w int, id [16]byte) error {
	if w%2 == 0 {
		got, err := f.LoadDraft(f.ctx, id)
		if err == nil && !bytes.Contains(got.State, fmt.Appendf(nil, `"revision %d"`, got.Revision)) {
			err = fmt.Errorf("revision %d has the state %s", got.Revision, excerpt(got.State))
		}
		return err
	}
	page, err := f.ListDrafts(f.ctx, builder.DraftQuery{Limit: 10})
	if err != nil {
		return err
	}
	if slices.ContainsFunc(page.Drafts, func(s builder.DraftSummary) bool {
		return !strings.HasSuffix(s.Description, fmt.Sprintf(" %d", s.Revision))
	}) || len(page.Drafts) != 1 {
		return fmt.Errorf("listed: %+v", page.Drafts)
	}
	return nil
}

func putWhileSaved(f *fixture) {
	for range rounds {
		d := f.stored(f.id(), writers, "put")
		f.put(draftRow("", d))
		f.together(func(w int) error {
			if w == 0 {
				_, err := f.SaveDraft(f.ctx, next(d, "goes on"))
				return err
			}
			older := f.stored(d.SessionID, builder.Revision(w), fmt.Sprint("revision ", w))
			outcomes, err := f.db.PutRows(f.ctx, []builder.Row{revisionRow("", older)}, builder.PutOptions{})
			if err == nil && !slices.Equal(outcomes, []builder.Put{builder.PutAdded}) {
				err = fmt.Errorf("revision %d: %v", w, outcomes)
			}
			return err
		})
		equal(f, "kept revisions", len(f.history(d.SessionID, 100)), writers+1)
	}
}
