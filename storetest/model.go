package storetest

import (
	"errors"
	"fmt"
	"math/rand/v2"

	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/memstore"
)

var model = []Case{
	{"a thousand random calls give what the reference gives", withHistory(modelHistory, likeTheReference)},
}

const (
	modelHistory = 4
	modelSteps   = 1000
)

// likeTheReference makes the same calls on the store and on memstore. It
// chooses few ids and owners, so that calls meet each other.
func likeTheReference(f *fixture) {
	reference := *f
	reference.db = memstore.New(memstore.Options{Now: f.clock.Now, History: modelHistory})
	m := &randomCalls{Rand: rand.New(rand.NewPCG(2031, 3)), ids: []uuid.UUID{f.id(), f.id(), f.id(), f.id()}}
	for step := range modelSteps {
		if m.IntN(3) > 0 {
			f.tick()
		}
		if step%400 == 399 {
			f.reopen()
		}
		owner := []string{"", "alice"}[m.IntN(2)]
		name, do := m.call(f)
		got, want := do(f.as(owner)), do(reference.as(owner))
		if got != want {
			f.Fatalf("step %d, %s for %q:\n%s\nwant\n%s", step, name, owner, got, want)
		}
		if step%50 == 49 {
			// Traces may differ in how long they have been there.
			f.sameRows(fmt.Sprintf("after step %d", step), without(f.snapshot(), "gone"), without(reference.snapshot(), "gone"))
		}
	}
}

// randomCalls chooses calls and their arguments.
type randomCalls struct {
	*rand.Rand
	ids []uuid.UUID
}

// answer is a call and what it was answered, as text that compares.
type answer func(f *fixture) string

func (m *randomCalls) id() uuid.UUID { return m.ids[m.IntN(len(m.ids))] }

func (m *randomCalls) words() string {
	vocabulary := []string{"kilo", "lima", "zulu", "papa", "romeo", "tango"}
	return vocabulary[m.IntN(6)] + " " + vocabulary[m.IntN(6)]
}

func (m *randomCalls) category() builder.PurposeCategory {
	return []builder.PurposeCategory{builder.Coding, builder.Unknown, builder.Custom("x")}[m.IntN(3)]
}

func (m *randomCalls) revision() builder.Revision {
	if m.IntN(12) == 0 {
		return builder.AnyRevision
	}
	return builder.Revision(m.IntN(7))
}

func (m *randomCalls) call(f *fixture) (name string, do answer) {
	if m.IntN(6) == 0 {
		m.ids[m.IntN(len(m.ids))] = f.id() // most sessions are soon gone
	}
	id, words, size := m.id(), m.words(), 1+m.IntN(4)
	choices := []struct {
		weight int
		name   string
		make   func() answer
	}{
		{20, "save", func() answer { return m.save(id, words) }},
		{16, "read", func() answer { return m.read(id, words, size) }},
		{4, "restore", func() answer {
			back, at := builder.Revision(m.IntN(3)), m.revision()
			return func(f *fixture) string {
				at := f.current(id, at)
				return drafted(f.RestoreRevision(f.ctx, id, at-min(back, at), at))
			}
		}},
		{4, "save pending", func() answer {
			field, text := []string{"tone", "name"}[m.IntN(2)], []string{words, ""}[m.IntN(2)]
			return func(f *fixture) string { return class(f.SavePending(f.ctx, id, field, text)) }
		}},
		{2, "record", func() answer {
			e := entry(id, m.category(), words)
			return func(f *fixture) string { return class(f.RecordMemory(f.ctx, e)) }
		}},
		{3, "finish", func() answer {
			at, e := m.revision(), entry(id, m.category(), words)
			return func(f *fixture) string { return remembered(f.FinishSession(f.ctx, id, f.current(id, at), e)) }
		}},
		{2, "forget", func() answer {
			return func(f *fixture) string { done, err := f.ForgetMemory(f.ctx, id); return fmt.Sprint(done, class(err)) }
		}},
		{2, "delete", func() answer {
			return func(f *fixture) string { done, err := f.DeleteDraft(f.ctx, id); return fmt.Sprint(done, class(err)) }
		}},
		{3, "prefer", func() answer {
			p := builder.Preference{Field: builder.FieldTone, Value: builder.Text(words), Never: m.IntN(2) == 0}
			return func(f *fixture) string { return class(f.SetPreference(f.ctx, p)) }
		}},
		{6, "put", func() answer { return m.put(f, id, words) }},
		{1, "remove", func() answer { return m.remove(f) }},
	}
	n := m.IntN(63)
	for _, c := range choices {
		if n -= c.weight; n < 0 {
			return c.name, c.make()
		}
	}
	panic("the weights add up to less than is drawn")
}

// current is the draft's revision in place of one that was drawn, unless the
// draw was an odd one: what succeeds now and then tests more.
func (f *fixture) current(id uuid.UUID, drawn builder.Revision) builder.Revision {
	if drawn%2 == 1 {
		return drawn
	}
	stored, _ := f.LoadDraft(f.ctx, id) // at 0 where there is none
	return stored.Revision
}

func (m *randomCalls) save(id uuid.UUID, words string) answer {
	based, version := m.revision(), uint32(1)
	made := draft(id, words)
	if m.IntN(15) == 0 {
		version, made.State = 2, []byte(`{"later":"`+words+`"}`)
	}
	made.SchemaVersion = version
	answered := []string{"tone", "name"}[:m.IntN(3)]
	return func(f *fixture) string {
		d := made
		d.Revision = f.current(id, based)
		return drafted(f.SaveDraft(f.ctx, d, answered...))
	}
}

// read asks for everything that can be read.
func (m *randomCalls) read(id uuid.UUID, words string, size int) answer {
	category, r := m.category(), m.revision()
	return func(f *fixture) string {
		text := drafted(f.LoadDraft(f.ctx, id)) + "\n" + drafted(f.LoadRevision(f.ctx, id, r)) + "\n" + remembered(f.LoadMemory(f.ctx, id))
		text += fmt.Sprintf("\n%+v\n%q", f.drafts(size), f.pending(id))
		if _, err := f.DraftHistory(f.ctx, id, builder.PageQuery{Limit: 1}); err == nil {
			text += fmt.Sprintf("\n%+v", f.history(id, size))
		}
		wishes, err := f.Preferences(f.ctx)
		return text + fmt.Sprintf("\n%v\n%v\n%v\n%v%s", entryIDs(f.recall(nil, size)), entryIDs(f.recall(&category, size)), f.similar(words, size), wishes, class(err))
	}
}

// put puts drafts, some of them unreadable, revisions and pending texts.
func (m *randomCalls) put(f *fixture, id uuid.UUID, words string) answer {
	d := draft(id, words)
	d.Revision, d.CreatedAt, d.UpdatedAt = builder.Revision(1+m.IntN(5)), f.now(), f.now()
	if m.IntN(3) == 0 {
		d.State = broken[m.IntN(len(broken))]
	}
	batch := []builder.Row{{Draft: &d}, {Revision: &d}, {Pending: &builder.Pending{SessionID: id, Field: "tone", Text: words}}}
	from, options := m.IntN(3), builder.PutOptions{Revive: m.IntN(2) == 0}
	return func(f *fixture) string {
		owned := []builder.Row{}
		for _, r := range batch[from:] {
			r.Owner = f.owner
			owned = append(owned, r)
		}
		outcomes, err := f.db.PutRows(f.ctx, owned, options)
		return fmt.Sprint(outcomes, class(err))
	}
}

// remove prunes, or erases the owner.
func (m *randomCalls) remove(f *fixture) answer {
	before, erase := f.now().Add(-60e9), m.IntN(4) == 0
	return func(f *fixture) string {
		receipt, err := f.db.Prune(f.ctx, builder.PrunePolicy{DraftsBefore: before, MemoryBefore: before})
		if erase {
			receipt, err = f.db.Erase(f.ctx, f.owner)
		}
		c := receipt.Counts
		return fmt.Sprint(c[builder.TableDrafts], c[builder.TablePending], c[builder.TableMemory], c[builder.TablePreferences], class(err))
	}
}

func drafted(d builder.Draft, err error) string { return describeDraft(d) + " " + class(err) }

func remembered(e builder.MemoryEntry, err error) string {
	b, _ := builder.EncodeEntry(e) // an entry that cannot be encoded differs in its error
	return fmt.Sprintf("%s %s %s", b, e.Problem, class(err))
}

// class is the error as a caller branches on it.
func class(err error) string {
	for _, known := range []error{builder.ErrNotFound, builder.ErrConflict, builder.ErrGone, builder.ErrInvalid, builder.ErrUnreadable,
		builder.ErrNewer, builder.ErrEntryExists, builder.ErrBadCursor} {
		if errors.Is(err, known) {
			return known.Error()
		}
	}
	return fmt.Sprint(err)
}
