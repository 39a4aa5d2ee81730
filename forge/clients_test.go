package forge_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"sync"
	"testing"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"github.com/boternity/boternity/bot"
	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/catalog"
	"github.com/boternity/boternity/forge"
	"github.com/boternity/boternity/memstore"
)

// shared is one session that several clients have open, and everything around
// it. Its store keeps the state that finishing consumed.
type shared struct {
	builder.Store
	t       *rapid.T
	guide   *forge.Guide
	bots    *bot.Folder
	begun   forge.Turn
	retired string

	finishing sync.Mutex
	consumed  *builder.State
}

// FinishSession looks at what it is about to consume. A revision never changes,
// and nobody else finishes meanwhile, so that success means it was this one.
func (w *shared) FinishSession(ctx context.Context, id uuid.UUID, at builder.Revision, e builder.MemoryEntry) (builder.MemoryEntry, error) {
	w.finishing.Lock()
	defer w.finishing.Unlock()
	d, loadErr := w.LoadRevision(ctx, id, at)
	kept, err := w.Store.FinishSession(ctx, id, at, e)
	if err == nil && loadErr == nil {
		s, err := builder.DecodeState(d)
		if err != nil {
			return kept, err
		}
		w.consumed = &s
	}
	return kept, err
}

// share begins a session for clients. One in three has values that came from
// elsewhere, a retired model among them; some stores forget the revisions that
// clients are at.
func share(rt *rapid.T, dir string) *shared {
	w := &shared{t: rt, retired: "gpt-4o"}
	history := rapid.SampledFrom([]int{0, 0, 1, 3}).Draw(rt, "history")
	w.Store = memstore.New(memstore.Options{History: history}).Owner("")
	var err error
	w.bots, err = bot.OpenFolder(dir)
	w.must(err)
	w.guide = forge.New(w, forge.Options{Bots: w.bots})
	for _, m := range catalog.Default().Models() {
		if m.Retired {
			w.retired = m.ID
		}
	}
	w.begun, err = w.guide.Start(context.Background(), rapid.SampledFrom(descriptions).Draw(rt, "description"))
	w.must(err)
	if rapid.IntRange(0, 2).Draw(rt, "imported") == 0 {
		s := w.state()
		for _, field := range []string{builder.FieldModel, builder.FieldTone, builder.FieldTraits} {
			w.must(s.Set(field, w.value(field, 0), builder.Imported))
		}
		text, version, err := s.Encode()
		w.must(err)
		_, err = w.SaveDraft(context.Background(), builder.Draft{SessionID: s.SessionID, Revision: 1, SchemaVersion: version, State: text})
		w.must(err)
		w.begun, err = w.guide.Open(context.Background(), s.SessionID)
		w.must(err)
	}
	return w
}

func (w *shared) must(err error) {
	if err != nil {
		w.t.Fatal(err)
	}
}

// state is the session as it is stored, or as it was when it was finished.
func (w *shared) state() builder.State {
	d, err := w.LoadDraft(context.Background(), w.begun.SessionID)
	if errors.Is(err, builder.ErrNotFound) && w.consumed != nil {
		return *w.consumed
	}
	w.must(err)
	s, err := builder.DecodeState(d)
	w.must(err)
	return s
}

// value is the nth value of a field; few repeat.
func (w *shared) value(field string, n int) builder.Value {
	switch {
	case n < 0:
		return builder.Value{}
	case field == builder.FieldTemperature:
		return builder.Number(float64(n) / 10_000)
	case field == builder.FieldMaxTokens:
		return builder.Number(float64(n + 1))
	case field == builder.FieldTags, field == builder.FieldTraits, field == builder.FieldSkills:
		return builder.List(fmt.Sprintf("item-%d", n), "common")
	case field == builder.FieldModel && n%4 == 0:
		return builder.Text(w.retired)
	}
	return builder.Text(fmt.Sprintf("%s %d", field, n))
}

// move is what a client does next.
type move struct {
	Does   string
	Field  string // of an answer; empty for the question it was asked
	N      int
	Source builder.Source
	Shown  bool
}

// moves are drawn before they are made, so that clients may make them at once.
// Values are the client's own but for the first few.
func moves(rt *rapid.T, client, most int) []move {
	does := []string{"answer", "answer", "answer", "answer", "repeat", "back", "rest", "open", "ask", "type", "finish"}
	sources := []builder.Source{"", builder.Chosen, builder.Accepted, builder.Default}
	fields := append(builder.Fields(), "", "", "", "", "", "")
	list := make([]move, rapid.IntRange(1, most).Draw(rt, "moves"))
	for i := range list {
		list[i] = move{
			Does: rapid.SampledFrom(does).Draw(rt, "does"), Field: rapid.SampledFrom(fields).Draw(rt, "field"),
			N:      rapid.IntRange(-1, 3).Draw(rt, "value"),
			Source: rapid.SampledFrom(sources).Draw(rt, "source"), Shown: rapid.Bool().Draw(rt, "shown"),
		}
		if list[i].N > 1 {
			list[i].N = 1000*(client+1) + i
		}
	}
	return list
}

// given is an answer that was acknowledged.
type given struct {
	field string
	value builder.Value
}

// client is one door: the turn that it shows, which may be stale, and what it
// was told is saved.
type client struct {
	*shared
	turn   forge.Turn
	last   forge.Answer
	lastAt builder.Revision
	told   []given
}

// made is what a move did.
type made struct {
	at    builder.Revision
	turn  forge.Turn
	field string // of an answer
	value builder.Value
	err   error
}

// make makes a move based on the turn that the client shows, and shows the next.
func (c *client) make(m move) (made, error) {
	ctx, id := context.Background(), c.turn.SessionID
	did := made{at: c.turn.Revision}
	field := m.Field
	if field == "" && c.turn.Question != nil {
		field = c.turn.Question.Field
	}
	if field == "" {
		field = builder.FieldTone
	}
	switch m.Does {
	case "answer":
		c.last, c.lastAt = forge.Answer{Field: field, Value: c.value(field, m.N), Source: m.Source, Shown: m.Shown}, c.turn.Revision
		did.field, did.value = field, c.last.Value
		did.turn, did.err = c.guide.Answer(ctx, id, did.at, c.last)
	case "repeat": // as after a lost reply
		if c.last.Field == "" {
			return did, nil
		}
		did.at, did.field, did.value = c.lastAt, c.last.Field, c.last.Value
		did.turn, did.err = c.guide.Answer(ctx, id, did.at, c.last)
	case "back":
		did.turn, did.err = c.guide.Back(ctx, id, did.at)
	case "rest":
		did.turn, did.err = c.guide.AnswerRest(ctx, id, did.at)
	case "open":
		did.turn, did.err = c.guide.Open(ctx, id)
	case "ask":
		did.turn, did.err = c.guide.Ask(ctx, id, field)
	case "type":
		if err := c.SavePending(ctx, id, field, "half"); err != nil && !errors.Is(err, builder.ErrGone) {
			return did, err
		}
		return did, nil
	case "finish":
		did.turn, did.err = c.guide.Finish(ctx, id, did.at, true)
	}
	if did.err != nil && !errors.Is(did.err, builder.ErrInvalid) && (m.Does != "finish" || !errors.Is(did.err, builder.ErrConflict)) {
		return did, fmt.Errorf("%s: %w", m.Does, did.err)
	}
	c.note(m, did)
	if did.turn.Kind != "" {
		c.turn = did.turn
	}
	return did, nil
}

// note remembers what the client was told is saved.
func (c *client) note(m move, did made) {
	if did.err != nil || did.turn.Unsaved {
		return
	}
	if did.field != "" {
		c.told = append(c.told, given{did.field, did.value})
	}
	if m.Does != "rest" {
		return
	}
	for _, q := range catalog.Default().Questions(did.turn.Category) {
		for _, l := range did.turn.Preview {
			if l.Field == q.Field && l.Source != builder.Imported { // that one needed no answer
				c.told = append(c.told, given{l.Field, l.Value})
			}
		}
	}
}

// goOn does what the turn asks for, as a person who wants to be done.
func (c *client) goOn(n int) error {
	switch q := c.turn.Question; {
	case c.turn.Kind == forge.Finished:
		return nil
	case c.turn.Kind == forge.Ready:
		_, err := c.make(move{Does: "finish"})
		return err
	case q.Contest != nil && n%2 == 0:
		did, err := c.answer(q.Field, q.Contest.Yours)
		if err == nil && did.err != nil {
			err = did.err
		}
		return err
	default:
		v, _ := q.Proposal()
		did, err := c.answer(q.Field, v)
		if err == nil && did.err != nil {
			err = did.err
		}
		return err
	}
}

func (c *client) answer(field string, v builder.Value) (made, error) {
	did := made{at: c.turn.Revision, field: field, value: v}
	did.turn, did.err = c.guide.Answer(context.Background(), c.turn.SessionID, did.at, forge.Answer{Field: field, Value: v})
	if did.err == nil {
		c.note(move{}, did)
		c.turn = did.turn
	}
	return did, nil
}

// keeps reports whether a state has an exchange with an answer.
func keeps(s *builder.State, g given) bool {
	return slices.ContainsFunc(s.Conversation, func(e builder.Exchange) bool {
		v := e.Value
		if v.IsZero() && e.Answer != "" {
			v = builder.Text(e.Answer)
		}
		return e.Field == g.field && (v == g.value || v.String() == "" && g.value.String() == "") // an empty list is none
	})
}

// checkKept makes sure that everything acknowledged to anyone stands in the
// session, and that of each field only the last exchange may count.
func (w *shared) checkKept(clients []*client) {
	s := w.state()
	for i, c := range clients {
		for _, g := range c.told {
			if !keeps(&s, g) {
				w.t.Fatalf("client %d was told that %s %s is saved, and it is gone:\n%+v", i, g.field, g.value, s.Conversation)
			}
		}
	}
	last := map[string]builder.Exchange{}
	for _, e := range s.Conversation {
		if before, there := last[e.Field]; there && !before.Superseded {
			w.t.Fatalf("%s has been answered again, and the earlier exchange counts:\n%+v", e.Field, s.Conversation)
		}
		last[e.Field] = e
	}
	for field, e := range last {
		if v, _ := s.Config.Value(field); !e.Superseded && v.String() != e.Answer {
			w.t.Fatalf("%s is %s, and the exchange says %s", field, v, e.Answer)
		}
	}
}

// checkEnd makes sure that every client has come to the same end: one bot, one
// entry, made of what was stored, and that nothing comes after it.
func (w *shared) checkEnd(clients []*client) {
	if w.consumed == nil {
		w.t.Fatal("nobody finished it")
	}
	w.checkKept(clients)
	before := w.end()
	for i, c := range clients {
		if c.turn.Kind != forge.Finished || c.turn.Bot.Slug != *w.consumed.BotSlug {
			w.t.Fatalf("client %d ends at %+v", i, c.turn)
		}
		for _, does := range []string{"answer", "back", "rest", "finish"} {
			told := len(c.told)
			if did, err := c.make(move{Does: does, N: 77}); err != nil || did.err != nil || did.turn.Kind != forge.Finished || len(c.told) != told {
				w.t.Fatalf("after the end, %s gives client %d %+v, %v", does, i, did, err)
			}
		}
	}
	if after := w.end(); !reflect.DeepEqual(before, after) {
		w.t.Fatalf("what came late changed something:\n%+v\n%+v", before, after)
	}
}

// ending is all that is left of a finished session.
type ending struct {
	Entry builder.MemoryEntry
	Files map[string]string
}

func (w *shared) end() ending {
	ctx := context.Background()
	page, err := w.Recall(ctx, builder.MemoryQuery{Limit: 10})
	w.must(err)
	drafts, err := w.ListDrafts(ctx, builder.DraftQuery{Limit: 10})
	w.must(err)
	list, err := w.bots.List()
	w.must(err)
	if len(page.Entries) != 1 || len(drafts.Drafts) != 0 || len(list) != 1 {
		w.t.Fatalf("%d entries, %d drafts and %d bots are left", len(page.Entries), len(drafts.Drafts), len(list))
	}
	entry := page.Entries[0]
	if choices := w.consumed.Choices(); !reflect.DeepEqual(entry.Choices, choices) {
		w.t.Fatalf("the entry has %v of %v", entry.Choices, choices)
	}
	made, err := w.bots.Read(list[0].Slug)
	w.must(err)
	for _, field := range builder.Fields() {
		want, _ := w.consumed.Config.Value(field)
		if got, _ := made.Config.Value(field); got.String() != want.String() {
			w.t.Fatalf("the bot's %s is %s, and %s was finished", field, got, want)
		}
	}
	e := ending{Entry: entry, Files: map[string]string{}}
	for _, f := range made.Files {
		text, err := os.ReadFile(filepath.Join(w.bots.Dir(), list[0].Slug, filepath.FromSlash(f.Path)))
		w.must(err)
		e.Files[f.Path] = string(text)
	}
	return e
}

// inFolder calls check with a shared session, and removes what it wrote.
func inFolder(t *testing.T, check func(*shared, *rapid.T)) func(*rapid.T) {
	parent := t.TempDir()
	return func(rt *rapid.T) {
		dir, err := os.MkdirTemp(parent, "bots")
		if err != nil {
			rt.Fatal(err)
		}
		defer os.RemoveAll(dir)
		w := share(rt, dir)
		defer w.bots.Close()
		check(w, rt)
	}
}
