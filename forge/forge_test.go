package forge_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/boternity/boternity/bot"
	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/catalog"
	"github.com/boternity/boternity/forge"
	"github.com/boternity/boternity/memstore"
)

// house is a guide with everything around it, on a clock that moves a minute
// with every look.
type house struct {
	*forge.Guide
	store builder.Store
	dir   string
	t     *testing.T
}

func newHouse(t *testing.T, wrap func(builder.Store) builder.Store) *house {
	t.Helper()
	now := time.Date(2026, 5, 3, 9, 0, 0, 0, time.UTC)
	tick := func() time.Time { now = now.Add(time.Minute); return now }
	h := &house{dir: t.TempDir(), t: t}
	h.store = memstore.New(memstore.Options{Now: tick}).Owner("")
	if wrap != nil {
		h.store = wrap(h.store)
	}
	bots, err := bot.OpenFolder(h.dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := bots.Close(); err != nil {
			t.Error(err)
		}
	})
	n := 0
	h.Guide = forge.New(h.store, forge.Options{Bots: bots, Now: tick, NewID: func() (uuid.UUID, error) {
		n++
		return uuid.Parse(fmt.Sprintf("0190a000-0000-7000-8000-%012d", n))
	}})
	return h
}

func (h *house) start(description string) forge.Turn {
	h.t.Helper()
	turn, err := h.Start(h.t.Context(), description)
	if err != nil {
		h.t.Fatal(err)
	}
	return turn
}

// answer gives the waiting question a value, the first option where it is none.
func (h *house) answer(turn forge.Turn, v builder.Value) forge.Turn {
	h.t.Helper()
	if turn.Kind != forge.Ask {
		h.t.Fatalf("turn is %s, not a question", turn.Kind)
	}
	if v.IsZero() {
		v = someAnswer(turn.Question)
	}
	next, err := h.Answer(h.t.Context(), turn.SessionID, turn.Revision, forge.Answer{Field: turn.Question.Field, Value: v, Shown: true})
	if err != nil {
		h.t.Fatal(err)
	}
	return next
}

func someAnswer(q *forge.Question) builder.Value {
	switch {
	case q.Field == builder.FieldName:
		return builder.Text("Ada: the \"careful\" 🤖")
	case len(q.Options) > 0:
		return q.Options[0].Value
	}
	return q.Default
}

func (h *house) answerAll(turn forge.Turn) forge.Turn {
	h.t.Helper()
	for turn.Kind == forge.Ask {
		v := builder.Value{}
		if q := turn.Question; q.Many && len(q.Options) > 0 {
			first, _ := q.Options[0].Value.AsText()
			v = builder.List(first)
		}
		turn = h.answer(turn, v)
	}
	return turn
}

func (h *house) finish(turn forge.Turn) forge.Turn {
	h.t.Helper()
	done, err := h.Finish(h.t.Context(), turn.SessionID, turn.Revision, true)
	if err != nil {
		h.t.Fatal(err)
	}
	return done
}

func (h *house) state(id uuid.UUID) builder.State {
	h.t.Helper()
	d, err := h.store.LoadDraft(h.t.Context(), id)
	if err != nil {
		h.t.Fatal(err)
	}
	s, err := builder.DecodeState(d)
	if err != nil {
		h.t.Fatal(err)
	}
	return s
}

func TestStartSavesBeforeItAsks(t *testing.T) {
	h := newHouse(t, nil)
	turn := h.start("A bot that reviews Go code")
	if turn.Revision != 1 || turn.Kind != forge.Ask || turn.Category != builder.Coding || turn.Question.Number != 1 {
		t.Fatalf("turn = %+v", turn)
	}
	s := h.state(turn.SessionID)
	if s.Description != "A bot that reviews Go code" || s.Category() != builder.Coding {
		t.Errorf("stored state = %+v", s)
	}
}

func TestStartRefusesBadDescriptions(t *testing.T) {
	for name, description := range map[string]string{
		"empty": " \n", "too long": strings.Repeat("x", builder.MaxDescription+1), "NUL": "a\x00b", "not UTF-8": "a\xffb",
	} {
		h := newHouse(t, nil)
		_, err := h.Start(t.Context(), description)
		var invalid *builder.InvalidError
		if !errors.As(err, &invalid) || invalid.Field != "initial_description" {
			t.Errorf("%s: error = %v", name, err)
		}
		if page, _ := h.store.ListDrafts(t.Context(), builder.DraftQuery{Limit: 10}); len(page.Drafts) != 0 {
			t.Errorf("%s: a draft was stored", name)
		}
	}
}

// Whatever answer a session is left after, opening it again asks the next
// question, with every earlier answer in its place.
func TestOpenResumesAfterEveryAnswer(t *testing.T) {
	for _, description := range descriptions {
		h := newHouse(t, nil)
		turn := h.start(description)
		var answers []string
		for turn.Kind == forge.Ask {
			reopened, err := h.Open(t.Context(), turn.SessionID)
			if err != nil {
				t.Fatal(err)
			}
			if reopened.Kind != forge.Ask || reopened.Question.Field != turn.Question.Field || reopened.Revision != turn.Revision {
				t.Fatalf("%s: reopened at %+v, left at %s", description, reopened.Question, turn.Question.Field)
			}
			var kept []string
			for _, e := range h.state(turn.SessionID).Conversation {
				kept = append(kept, e.Field)
			}
			if !slices.Equal(kept, answers) {
				t.Fatalf("%s: stored answers %v, given %v", description, kept, answers)
			}
			answers = append(answers, turn.Question.Field)
			turn = h.answerOne(turn)
		}
	}
}

func (h *house) answerOne(turn forge.Turn) forge.Turn {
	h.t.Helper()
	if q := turn.Question; q.Many && len(q.Options) > 0 {
		first, _ := q.Options[0].Value.AsText()
		return h.answer(turn, builder.List(first))
	}
	return h.answer(turn, builder.Value{})
}

func TestBackAsksAgainWithTheAnswerProposed(t *testing.T) {
	h := newHouse(t, nil)
	first := h.start("A bot that reviews Go code")
	second := h.answer(first, builder.Text("Gopher"))
	back, err := h.Back(t.Context(), second.SessionID, second.Revision)
	if err != nil {
		t.Fatal(err)
	}
	if back.Question.Field != first.Question.Field {
		t.Fatalf("back asks for %s", back.Question.Field)
	}
	if v, source := back.Question.Proposal(); v != builder.Text("Gopher") || source != builder.Chosen {
		t.Errorf("proposal = %v as %s", v, source)
	}
	again := h.answer(back, builder.Text("Gordon"))
	if again.Question.Field != second.Question.Field {
		t.Errorf("after answering again the question is %s", again.Question.Field)
	}
	s := h.state(again.SessionID)
	if len(s.Conversation) != 2 || !s.Conversation[0].Superseded || s.Conversation[1].Superseded || *s.Config.Name != "Gordon" {
		t.Errorf("conversation = %+v", s.Conversation)
	}
}

func TestBackAtTheFirstQuestion(t *testing.T) {
	h := newHouse(t, nil)
	turn := h.start("A bot that reviews Go code")
	if _, err := h.Back(t.Context(), turn.SessionID, turn.Revision); !errors.Is(err, builder.ErrInvalid) {
		t.Errorf("error = %v", err)
	}
}

func TestAnswerRefusals(t *testing.T) {
	h := newHouse(t, nil)
	turn := h.start("A bot that reviews Go code")
	for _, c := range []struct {
		answer forge.Answer
		field  string
	}{
		{forge.Answer{Field: "name", Value: builder.Text("🤖")}, "name"},
		{forge.Answer{Field: "name", Value: builder.Text("  ")}, "name"},
		{forge.Answer{Field: "name", Value: builder.Number(4)}, "name"},
		{forge.Answer{Field: "name"}, "name"},
		{forge.Answer{Field: "tone", Value: builder.Text("")}, "tone"},
		{forge.Answer{Field: "temperature", Value: builder.Number(2.5)}, "temperature"},
		{forge.Answer{Field: "max_tokens", Value: builder.Number(0.5)}, "max_tokens"},
		{forge.Answer{Field: "skills", Value: builder.List("code-review", "../up")}, "skills[1]"},
		{forge.Answer{Field: "skills", Value: builder.List("code-review", "code-review")}, "skills[1]"},
		{forge.Answer{Field: "colour", Value: builder.Text("red")}, `"colour"`},
		{forge.Answer{Field: "purpose", Value: builder.Text(strings.Repeat("x", builder.MaxAnswer+1))}, "purpose"},
		{forge.Answer{Field: "purpose", Value: builder.Text("a\x00b")}, "purpose"},
	} {
		_, err := h.Answer(t.Context(), turn.SessionID, turn.Revision, c.answer)
		var invalid *builder.InvalidError
		if !errors.As(err, &invalid) || invalid.Field != c.field {
			t.Errorf("%s: error = %v", c.answer.Field, err)
		}
	}
	if d, err := h.store.LoadDraft(t.Context(), turn.SessionID); err != nil || d.Revision != 1 {
		t.Errorf("after refused answers the draft is at revision %d, %v", d.Revision, err)
	}
}

func TestRetiredModelIsAskedAgainOnce(t *testing.T) {
	old, _ := catalog.Default().Model(retiredModel(t))
	h := newHouse(t, nil)
	turn := h.answerAll(h.start("A bot that reviews Go code"))
	// As if the model had been retired after it was chosen.
	s := h.state(turn.SessionID)
	if err := s.Set(builder.FieldModel, builder.Text(old.ID), builder.Chosen); err != nil {
		t.Fatal(err)
	}
	h.put(&s, turn.Revision)
	turn, err := h.Open(t.Context(), turn.SessionID)
	if err != nil {
		t.Fatal(err)
	}
	if turn.Kind != forge.Ask || turn.Question.Field != builder.FieldModel || len(turn.Notices) != 1 ||
		!strings.Contains(turn.Notices[0].Text, old.ID) || !strings.Contains(turn.Notices[0].Text, old.ReplacedBy) {
		t.Fatalf("turn = %+v", turn)
	}
	if v, _ := turn.Question.Proposal(); v != builder.Text(old.ReplacedBy) {
		t.Errorf("proposed instead: %v", v)
	}
	if _, err := h.Finish(t.Context(), turn.SessionID, turn.Revision, true); !errors.Is(err, builder.ErrInvalid) {
		t.Errorf("finishing with the question open: %v", err)
	}
	// Choosing it all the same is respected.
	turn = h.answer(turn, builder.Text(old.ID))
	if turn.Kind != forge.Ready {
		t.Errorf("after choosing it knowingly the turn is %s", turn.Kind)
	}
	if turn, err = h.Open(t.Context(), turn.SessionID); err != nil || turn.Kind != forge.Ready {
		t.Errorf("opened again: %s, %v", turn.Kind, err)
	}
}

func retiredModel(t *testing.T) string {
	t.Helper()
	for _, m := range catalog.Default().Models() {
		if m.Retired && m.ReplacedBy != "" {
			return m.ID
		}
	}
	t.Fatal("no model is retired")
	return ""
}

func TestMissingSkillIsAskedAgain(t *testing.T) {
	h := newHouse(t, nil)
	turn := h.answerAll(h.start("A bot that reviews Go code"))
	s := h.state(turn.SessionID)
	s.Config.Skills = []builder.Skill{{Name: "withdrawn", Description: "d", SkillType: builder.SkillLocal}}
	h.put(&s, turn.Revision)
	turn, err := h.Open(t.Context(), turn.SessionID)
	if err != nil || turn.Kind != forge.Ask || turn.Question.Field != builder.FieldSkills || !strings.Contains(turn.Notices[0].Text, "withdrawn") {
		t.Fatalf("turn = %+v, %v", turn, err)
	}
	turn = h.answer(turn, builder.List("my-own-skill"))
	if turn, err = h.Open(t.Context(), turn.SessionID); err != nil || turn.Kind != forge.Ready {
		t.Errorf("a skill of one's own is asked about again: %+v, %v", turn.Notices, err)
	}
}

func (h *house) put(s *builder.State, at builder.Revision) {
	h.t.Helper()
	b, version, err := s.Encode()
	if err != nil {
		h.t.Fatal(err)
	}
	if _, err := h.store.SaveDraft(h.t.Context(), builder.Draft{SessionID: s.SessionID, Revision: at, SchemaVersion: version, State: b}); err != nil {
		h.t.Fatal(err)
	}
}

func TestNewerDraftIsForViewingOnly(t *testing.T) {
	h := newHouse(t, nil)
	id := uuid.MustParse("0190a000-0000-7000-8000-00000000aaaa")
	d := builder.Draft{SessionID: id, SchemaVersion: builder.CurrentSchemaVersion + 1, State: []byte(`{"turns":[]}`)}
	if _, err := h.store.SaveDraft(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	turn, err := h.Open(t.Context(), id)
	if err != nil || turn.Kind != forge.ViewOnly || !errors.Is(turn.Reason, builder.ErrNewer) {
		t.Fatalf("turn = %+v, %v", turn, err)
	}
	for name, call := range map[string]func() error{
		"answer": func() error {
			_, err := h.Answer(t.Context(), id, 1, forge.Answer{Field: "name", Value: builder.Text("x")})
			return err
		},
		"back":   func() error { _, err := h.Back(t.Context(), id, 1); return err },
		"rest":   func() error { _, err := h.AnswerRest(t.Context(), id, 1); return err },
		"finish": func() error { _, err := h.Finish(t.Context(), id, 1, true); return err },
	} {
		if err := call(); !errors.Is(err, builder.ErrNewer) {
			t.Errorf("%s: error = %v", name, err)
		}
	}
	if kept, err := h.store.LoadDraft(t.Context(), id); err != nil || string(kept.State) != `{"turns":[]}` || kept.Revision != 1 {
		t.Errorf("the draft was changed: %+v, %v", kept, err)
	}
}

func TestUnknownSessions(t *testing.T) {
	h := newHouse(t, nil)
	id := uuid.MustParse("0190a000-0000-7000-8000-00000000bbbb")
	if _, err := h.Open(t.Context(), id); !errors.Is(err, builder.ErrNotFound) {
		t.Errorf("open: %v", err)
	}
	if _, err := h.Answer(t.Context(), id, builder.AnyRevision, forge.Answer{Field: "name", Value: builder.Text("x")}); !errors.Is(err, builder.ErrNotFound) {
		t.Errorf("answer: %v", err)
	}
}

func TestUnansweredFieldsGetTheirDefaults(t *testing.T) {
	h := newHouse(t, nil)
	turn := h.start("A bot that reviews Go code")
	turn, err := h.AnswerRest(t.Context(), turn.SessionID, turn.Revision)
	if err != nil || turn.Kind != forge.Ready || turn.Revision != 2 {
		t.Fatalf("turn = %+v, %v", turn, err)
	}
	done := h.finish(turn)
	e, err := h.store.LoadMemory(t.Context(), done.SessionID)
	if err != nil {
		t.Fatal(err)
	}
	for field, choice := range e.Choices {
		if choice.Source != builder.Default {
			t.Errorf("%s counts as %s", field, choice.Source)
		}
	}
	if v := e.Choices[builder.FieldTone].Value; v != builder.Text("technical") {
		t.Errorf("tone = %v", v)
	}
	if v := e.Choices[builder.FieldTemperature].Value; v != builder.Number(0.2) {
		t.Errorf("temperature = %v", v)
	}
}

func TestFinishNeedsTheYes(t *testing.T) {
	h := newHouse(t, nil)
	turn := h.answerAll(h.start("A bot that reviews Go code"))
	if s := h.state(turn.SessionID); s.Phase != builder.PhaseReview || turn.Phase != s.Phase {
		t.Errorf("with everything answered the phase is %s", s.Phase)
	}
	if _, err := h.Finish(t.Context(), turn.SessionID, turn.Revision, false); !errors.Is(err, builder.ErrInvalid) {
		t.Errorf("error = %v", err)
	}
	if again, err := h.Open(t.Context(), turn.SessionID); err != nil || again.Kind != forge.Ready || again.Revision != turn.Revision {
		t.Errorf("the session moved: %+v, %v", again, err)
	}
}

func TestFinishTwiceGivesOneBot(t *testing.T) {
	h := newHouse(t, nil)
	turn := h.answerAll(h.start("A bot that reviews Go code"))
	once := h.finish(turn)
	twice := h.finish(turn)
	if once.Bot.Slug != twice.Bot.Slug || once.Bot.Dir != twice.Bot.Dir || !slices.Equal(once.Bot.Files, twice.Bot.Files) {
		t.Errorf("once %+v, twice %+v", once.Bot, twice.Bot)
	}
	if opened, err := h.Open(t.Context(), turn.SessionID); err != nil || opened.Kind != forge.Finished || opened.Bot.Slug != once.Bot.Slug {
		t.Errorf("opened after the end: %+v, %v", opened, err)
	}
}

// errCrash stands for the end of the process.
var errCrash = errors.New("crash")

// crashing is a store that crashes at a chosen call, before or after it took
// effect.
type crashing struct {
	builder.Store
	at    int
	after bool
	calls int
}

func (c *crashing) crash() bool { c.calls++; return c.calls == c.at }

func (c *crashing) SaveDraft(ctx context.Context, d builder.Draft, answered ...string) (builder.Draft, error) {
	now := c.crash()
	if now && !c.after {
		return builder.Draft{}, errCrash
	}
	saved, err := c.Store.SaveDraft(ctx, d, answered...)
	if now {
		return builder.Draft{}, errors.Join(err, errCrash)
	}
	return saved, err
}

func (c *crashing) FinishSession(ctx context.Context, id uuid.UUID, at builder.Revision, e builder.MemoryEntry) (builder.MemoryEntry, error) {
	now := c.crash()
	if now && !c.after {
		return builder.MemoryEntry{}, errCrash
	}
	kept, err := c.Store.FinishSession(ctx, id, at, e)
	if now {
		return builder.MemoryEntry{}, errors.Join(err, errCrash)
	}
	return kept, err
}

func TestFinishSurvivesACrashAtEveryCall(t *testing.T) {
	crashes := 0
	for at := 1; at <= 3; at++ {
		for _, after := range []bool{false, true} {
			c := &crashing{after: after}
			h := newHouse(t, func(s builder.Store) builder.Store { c.Store = s; return c })
			turn := h.answerAll(h.start("A bot that reviews Go code"))
			c.calls, c.at = 0, at
			_, err := h.Finish(t.Context(), turn.SessionID, turn.Revision, true)
			if err == nil {
				continue // fewer calls than at
			}
			if !errors.Is(err, errCrash) {
				t.Fatal(err)
			}
			crashes++
			resumed, err := h.Open(t.Context(), turn.SessionID)
			if err != nil {
				t.Fatal(err)
			}
			done := resumed
			if resumed.Kind == forge.Ready {
				done = h.finish(resumed)
			}
			if done.Kind != forge.Finished {
				t.Fatalf("call %d, after %v: %+v", at, after, done)
			}
			h.oneBot(done)
		}
	}
	if crashes < 4 {
		t.Errorf("only %d crashes happened", crashes)
	}
}

// A name that changes between two attempts leaves one bot, under the new name.
func TestNameChangedAfterAnInterruptedFinish(t *testing.T) {
	c := &crashing{}
	h := newHouse(t, func(s builder.Store) builder.Store { c.Store = s; return c })
	turn := h.answerAll(h.start("A bot that reviews Go code"))
	c.calls, c.at = 0, 2 // the bot is written, the session not finished
	if _, err := h.Finish(t.Context(), turn.SessionID, turn.Revision, true); !errors.Is(err, errCrash) {
		t.Fatal(err)
	}
	turn, err := h.Answer(t.Context(), turn.SessionID, builder.AnyRevision, forge.Answer{Field: builder.FieldName, Value: builder.Text("Other")})
	if err != nil {
		t.Fatal(err)
	}
	done := h.finish(turn)
	if done.Bot.Slug != "other" {
		t.Errorf("slug = %s", done.Bot.Slug)
	}
	h.oneBot(done)
}

// oneBot makes sure that there is one bot, one entry and no draft.
func (h *house) oneBot(done forge.Turn) {
	h.t.Helper()
	bots, err := bot.OpenFolder(h.dir)
	if err != nil {
		h.t.Fatal(err)
	}
	defer bots.Close()
	if list, err := bots.List(); err != nil || len(list) != 1 || list[0].Slug != done.Bot.Slug {
		h.t.Errorf("bots = %+v, %v", list, err)
	}
	if page, err := h.store.Recall(h.t.Context(), builder.MemoryQuery{Limit: 10}); err != nil || len(page.Entries) != 1 {
		h.t.Errorf("entries = %+v, %v", page.Entries, err)
	}
	if page, err := h.store.ListDrafts(h.t.Context(), builder.DraftQuery{Limit: 10}); err != nil || len(page.Drafts) != 0 {
		h.t.Errorf("drafts = %+v, %v", page.Drafts, err)
	}
}

func TestSameNameGetsAnotherFolder(t *testing.T) {
	h := newHouse(t, nil)
	var slugs []string
	for range 3 {
		slugs = append(slugs, h.finish(h.answerAll(h.start("A bot that reviews Go code"))).Bot.Slug)
	}
	if slugs[0] == slugs[1] || slugs[1] == slugs[2] || !strings.HasPrefix(slugs[1], slugs[0]) {
		t.Errorf("slugs = %v", slugs)
	}
}

func TestChosenToneComesBackAsASuggestion(t *testing.T) {
	h := newHouse(t, nil)
	var ids []uuid.UUID
	for _, description := range []string{"Reviews Python code", "Writes unit tests for Java code", "Debugs C programs"} {
		turn := h.start(description)
		for turn.Kind == forge.Ask {
			if turn.Question.Field == builder.FieldTone {
				turn = h.answer(turn, builder.Text("formal"))
				continue
			}
			turn = h.answerOne(turn)
		}
		ids = append(ids, h.finish(turn).SessionID)
	}
	got, err := h.Suggest(t.Context(), "a bot that reviews Go code")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range got.Suggestions {
		if s.Field != builder.FieldTone {
			continue
		}
		slices.SortFunc(s.Evidence, func(a, b uuid.UUID) int { return strings.Compare(a.String(), b.String()) })
		if s.Value != builder.Text("formal") || s.Support != 3 || s.Of != 3 || !slices.Equal(s.Evidence, ids) {
			t.Errorf("suggestion = %+v", s)
		}
		return
	}
	t.Errorf("no tone among %+v", got.Suggestions)
}

func TestPassedOverSuggestionIsRemembered(t *testing.T) {
	h := newHouse(t, nil)
	turn := h.start("Reviews Python code")
	for turn.Kind == forge.Ask {
		turn = h.answerOne(turn)
	}
	h.finish(turn)
	turn = h.start("Reviews Go code")
	for turn.Question.Field != builder.FieldTone {
		turn = h.answerOne(turn)
	}
	suggested := turn.Question.Suggestion
	if suggested == nil {
		t.Fatal("no suggestion to pass over")
	}
	turn = h.answer(turn, builder.Text("something else"))
	if s := h.state(turn.SessionID); len(s.Declined) != 1 || s.Declined[0].Value != suggested.Value {
		t.Errorf("declined = %+v", s.Declined)
	}
}

func TestFindDrafts(t *testing.T) {
	h := newHouse(t, nil)
	for i := range 7 {
		h.start(fmt.Sprintf("Number %d reviews CODE", i))
		h.start("Something about poems")
	}
	var found []string
	q := builder.DraftQuery{Limit: 3}
	for {
		page, err := h.FindDrafts(t.Context(), "reviews code", q)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range page.Drafts {
			found = append(found, d.Description)
		}
		if page.Next == "" {
			break
		}
		q.Cursor = page.Next
	}
	if len(found) != 7 || found[0] != "Number 6 reviews CODE" || found[6] != "Number 0 reviews CODE" {
		t.Errorf("found %v", found)
	}
}

// descriptions has one description per category, in the order of the golden
// builds.
var descriptions = []string{
	"Remind me to water the plants every Monday morning",
	"Analyses quarterly sales data and financial metrics, and writes a report for the board",
	"Writes short fantasy stories and poems for children",
	"A bot that reviews Go code and finds bugs",
	"Finds scientific papers on a topic, compares the sources and explains them",
	"Answers customers' questions about orders and refunds, and opens support tickets",
	"Plays the game master of a pirate role-play campaign",
}
