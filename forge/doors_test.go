package forge_test

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/boternity/boternity/bot"
	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/forge"
	"github.com/boternity/boternity/memstore"
)

const coding = "A bot that reviews Go code"

// at answers a field based on a turn that may be stale.
func (h *house) at(turn forge.Turn, field string, v builder.Value) forge.Turn {
	h.t.Helper()
	next, err := h.Answer(h.t.Context(), turn.SessionID, turn.Revision, forge.Answer{Field: field, Value: v})
	if err != nil {
		h.t.Fatal(err)
	}
	return next
}

// noticed returns the text of the notice about a field.
func noticed(turn forge.Turn, field string) string {
	for _, n := range turn.Notices {
		if n.Field == field {
			return n.Text
		}
	}
	return ""
}

func (h *house) pending(id uuid.UUID) map[string]string {
	h.t.Helper()
	pending, err := h.store.LoadPending(h.t.Context(), id)
	if err != nil {
		h.t.Fatal(err)
	}
	return pending
}

func TestAnswersToOtherFieldsMerge(t *testing.T) {
	h := newHouse(t, nil)
	start := h.start(coding)
	h.at(start, builder.FieldName, builder.Text("Gopher"))
	h.at(start, builder.FieldSkills, builder.Value{})
	turn := h.at(start, builder.FieldTone, builder.Text("formal"))
	if turn.Unsaved || turn.Revision != 4 || turn.Question.Field != builder.FieldPurpose {
		t.Fatalf("turn = %+v", turn)
	}
	if len(turn.Notices) != 2 || !strings.Contains(noticed(turn, builder.FieldName), "Gopher") || !strings.Contains(noticed(turn, builder.FieldSkills), "none") {
		t.Errorf("notices = %+v", turn.Notices)
	}
	s := h.state(turn.SessionID)
	if *s.Config.Name != "Gopher" || *s.Config.Tone != "formal" || !s.Decided(builder.FieldSkills) || len(s.Conversation) != 3 {
		t.Errorf("state = %+v", s)
	}
}

func TestTheSameAnswerTwiceIsAgreement(t *testing.T) {
	h := newHouse(t, nil)
	start := h.start(coding)
	first := h.at(start, builder.FieldName, builder.Text("Gopher"))
	must(t, h.store.SavePending(t.Context(), start.SessionID, builder.FieldName, "Goph"))
	second := h.at(start, builder.FieldName, builder.Text("Gopher"))
	if second.Unsaved || second.Revision != first.Revision || second.Question.Field != first.Question.Field {
		t.Errorf("turn = %+v", second)
	}
	if s := h.state(start.SessionID); len(s.Conversation) != 1 {
		t.Errorf("conversation = %+v", s.Conversation)
	}
	if len(h.pending(start.SessionID)) != 0 {
		t.Error("what was typed into the answered question is still there")
	}
}

// A choice does not go down as a default because another door took the default.
func TestAgreementKeepsTheFirmerSource(t *testing.T) {
	for _, first := range []builder.Source{builder.Default, builder.Chosen} {
		second := builder.Chosen
		if first == builder.Chosen {
			second = builder.Default
		}
		h := newHouse(t, nil)
		start := h.start(coding)
		for _, source := range []builder.Source{first, second} {
			a := forge.Answer{Field: builder.FieldTone, Value: builder.Text("technical"), Source: source}
			if turn, err := h.Answer(t.Context(), start.SessionID, start.Revision, a); err != nil || turn.Unsaved {
				t.Fatalf("%+v, %v", turn, err)
			}
		}
		if s := h.state(start.SessionID); s.Source(builder.FieldTone) != builder.Chosen {
			t.Errorf("%s, then %s: counts as %s", first, second, s.Source(builder.FieldTone))
		}
	}
}

// An answer that only agrees with what a file had said is an exchange all the
// same, also where nobody knows what its client had seen.
func TestAgreementWithWhatNobodyAnswered(t *testing.T) {
	h := newHouse(t, func(builder.Store) builder.Store { return memstore.New(memstore.Options{History: 1}).Owner("") })
	s := h.state(h.start(coding).SessionID)
	must(t, s.Set(builder.FieldTone, builder.Text("formal"), builder.Imported))
	h.put(&s, 1)
	turn := h.at(forge.Turn{SessionID: s.SessionID, Revision: 1}, builder.FieldTone, builder.Text("formal"))
	if got := h.state(s.SessionID); turn.Unsaved || len(got.Conversation) != 1 || got.Source(builder.FieldTone) != builder.Imported {
		t.Errorf("turn = %+v, conversation = %+v", turn, got.Conversation)
	}
}

func TestContestIsSettledByTheLaterClient(t *testing.T) {
	formal, direct := builder.Text("formal"), builder.Text("direct")
	for _, chosen := range []builder.Value{formal, direct, builder.Text("something else")} {
		h := newHouse(t, nil)
		start := h.start(coding)
		h.at(start, builder.FieldTone, formal)
		h.at(start, builder.FieldName, builder.Text("Gopher"))
		turn := h.at(start, builder.FieldTone, direct)
		q := turn.Question
		if !turn.Unsaved || turn.Kind != forge.Ask || q.Field != builder.FieldTone || q.Contest == nil ||
			*q.Contest != (forge.Contest{Stored: formal, Yours: direct}) || len(q.Options) == 0 || !q.Again {
			t.Fatalf("turn = %+v, question = %+v", turn, q)
		}
		if v, source := q.Proposal(); v != formal || source != builder.Chosen {
			t.Errorf("proposed: %v as %s", v, source)
		}
		if !strings.Contains(noticed(turn, builder.FieldTone), "formal") || !strings.Contains(noticed(turn, builder.FieldName), "Gopher") {
			t.Errorf("notices = %+v", turn.Notices)
		}
		if s := h.state(turn.SessionID); *s.Config.Tone != "formal" || turn.Revision != 3 {
			t.Errorf("at revision %d the tone is %s", turn.Revision, *s.Config.Tone)
		}
		if pending := h.pending(turn.SessionID); pending[builder.FieldTone] != "direct" || q.Pending != "direct" {
			t.Errorf("pending = %v, %q", pending, q.Pending)
		}
		turn = h.at(turn, builder.FieldTone, chosen)
		if turn.Unsaved || turn.Question.Field != builder.FieldPurpose || len(h.pending(turn.SessionID)) != 0 {
			t.Errorf("settled: %+v", turn)
		}
		s := h.state(turn.SessionID)
		if got, _ := s.Config.Value(builder.FieldTone); got != chosen || !s.Conversation[0].Superseded || s.Conversation[0].Answer != "formal" {
			t.Errorf("chose %v: state = %+v", chosen, s)
		}
	}
}

// A contested answer that would be refused anyway is refused, and not kept.
func TestContestRefusesWhatNoAnswerMayBe(t *testing.T) {
	h := newHouse(t, nil)
	start := h.start(coding)
	h.at(start, builder.FieldName, builder.Text("Gopher"))
	_, err := h.Answer(t.Context(), start.SessionID, start.Revision, forge.Answer{Field: builder.FieldName, Value: builder.Text("🤖")})
	if !errors.Is(err, builder.ErrInvalid) || len(h.pending(start.SessionID)) != 0 {
		t.Errorf("error = %v, pending %v", err, h.pending(start.SessionID))
	}
}

// Whoever comes back after a crash is asked again about what was contested or
// half typed, and may leave it as it stands.
func TestOpenAsksAgainAboutPendingText(t *testing.T) {
	h := newHouse(t, nil)
	start := h.start(coding)
	h.at(start, builder.FieldTone, builder.Text("formal"))
	h.at(start, builder.FieldTone, builder.Text("direct"))
	if turn := h.at(start, builder.FieldName, builder.Text("Gopher")); turn.Question.Field == builder.FieldTone {
		t.Error("what one door has typed leads another astray")
	}
	turn, err := h.Open(t.Context(), start.SessionID)
	if err != nil || turn.Kind != forge.Ask || turn.Question.Field != builder.FieldTone {
		t.Fatalf("turn = %+v, %v", turn, err)
	}
	q := turn.Question
	if q.Pending != "direct" || q.Current != builder.Text("formal") || q.CurrentSource != builder.Chosen || !q.Again || q.Number != 0 {
		t.Errorf("question = %+v", q)
	}
	must(t, h.store.SavePending(t.Context(), start.SessionID, builder.FieldTone, ""))
	if turn, err = h.Open(t.Context(), start.SessionID); err != nil || turn.Question.Field != builder.FieldPurpose || turn.Question.Again {
		t.Errorf("after leaving it: %+v, %v", turn.Question, err)
	}
	// A field that the category does not ask about is no less wanted.
	must(t, h.store.SavePending(t.Context(), start.SessionID, builder.FieldTemperature, "0."))
	if turn, err = h.Open(t.Context(), start.SessionID); err != nil || turn.Question.Field != builder.FieldTemperature || turn.Question.CurrentSource != "" {
		t.Errorf("a field that is not asked: %+v, %v", turn.Question, err)
	}
	// One that is still to come waits for its turn.
	must(t, h.store.SavePending(t.Context(), start.SessionID, builder.FieldTemperature, ""))
	must(t, h.store.SavePending(t.Context(), start.SessionID, builder.FieldModel, "some"))
	if turn, err = h.Open(t.Context(), start.SessionID); err != nil || turn.Question.Field != builder.FieldPurpose {
		t.Errorf("a field that is still to come: %+v, %v", turn.Question, err)
	}
}

func TestTakenBackElsewhereMerges(t *testing.T) {
	h := newHouse(t, nil)
	turn := h.at(h.start(coding), builder.FieldName, builder.Text("Gopher"))
	back, err := h.Back(t.Context(), turn.SessionID, turn.Revision)
	if err != nil {
		t.Fatal(err)
	}
	merged := h.at(turn, builder.FieldName, builder.Text("Gordon"))
	if merged.Unsaved || !strings.Contains(noticed(merged, builder.FieldName), "Taken back") {
		t.Errorf("turn = %+v", merged)
	}
	if turn := h.at(back, builder.FieldName, builder.Text("Gopher")); !turn.Unsaved || turn.Question.Contest == nil {
		t.Errorf("the one who took it back: %+v", turn)
	}
}

// A field that was answered again with the value it had is one that somebody
// has decided since.
func TestStandingByAnAnswerIsDecidingIt(t *testing.T) {
	h := newHouse(t, nil)
	turn := h.at(h.start(coding), builder.FieldTone, builder.Text("formal"))
	h.at(turn, builder.FieldTone, builder.Text("formal"))
	if turn := h.at(turn, builder.FieldTone, builder.Text("direct")); turn.Question.Contest == nil {
		t.Errorf("turn = %+v", turn)
	}
}

// Defaults that were filled in when finishing began are nobody's decision.
func TestFilledInDefaultsAreNotContested(t *testing.T) {
	c := &crashing{}
	h := newHouse(t, func(s builder.Store) builder.Store { c.Store = s; return c })
	turn := h.answerAll(h.start(coding))
	c.calls, c.at = 0, 2 // settled, and not finished
	if _, err := h.Finish(t.Context(), turn.SessionID, turn.Revision, true); !errors.Is(err, errCrash) {
		t.Fatal(err)
	}
	merged := h.at(turn, builder.FieldTemperature, builder.Number(1))
	if merged.Unsaved || len(merged.Notices) != 0 || merged.Kind != forge.Ready {
		t.Errorf("turn = %+v", merged)
	}
}

func TestBasesThatAreNotKnown(t *testing.T) {
	h := newHouse(t, func(builder.Store) builder.Store { return memstore.New(memstore.Options{History: 1}).Owner("") })
	start := h.start(coding)
	h.at(start, builder.FieldTone, builder.Text("formal"))
	turn := h.at(start, builder.FieldName, builder.Text("Gopher"))
	if turn.Unsaved || len(turn.Notices) != 1 {
		t.Errorf("an undecided field: %+v", turn)
	}
	if turn := h.at(start, builder.FieldTone, builder.Text("formal")); turn.Unsaved {
		t.Errorf("the same answer: %+v", turn)
	}
	if turn := h.at(start, builder.FieldTone, builder.Text("direct")); turn.Question.Contest == nil {
		t.Errorf("a decided field: %+v", turn)
	}
	if turn, err := h.Back(t.Context(), start.SessionID, turn.Revision-1); err != nil || !turn.Unsaved {
		t.Errorf("back: %+v, %v", turn, err)
	}
	if turn := h.at(forge.Turn{SessionID: start.SessionID, Revision: 99}, builder.FieldTone, builder.Text("direct")); turn.Question.Contest == nil {
		t.Errorf("a revision of the future: %+v", turn)
	}
}

// A retired model is asked about at every door; the first to answer decides.
func TestRetiredModelAtTwoDoors(t *testing.T) {
	old, other := retiredModel(t), builder.Text("another-model")
	for name, c := range map[string]struct {
		first, second builder.Value
		contested     bool
	}{
		"replaced, stood by": {other, builder.Text(old), true},
		"stood by, replaced": {builder.Text(old), other, true},
		"stood by twice":     {builder.Text(old), builder.Text(old), false},
	} {
		h := newHouse(t, nil)
		s := h.state(h.start(coding).SessionID)
		must(t, s.Set(builder.FieldModel, builder.Text(old), builder.Chosen))
		h.put(&s, 1)
		turn, err := h.Open(t.Context(), s.SessionID)
		if err != nil || turn.Question.Field != builder.FieldModel || turn.Question.Again || len(turn.Notices) != 1 {
			t.Fatalf("%s: %+v, %v", name, turn, err)
		}
		h.at(turn, builder.FieldModel, c.first)
		second := h.at(turn, builder.FieldModel, c.second)
		if second.Unsaved != c.contested {
			t.Errorf("%s: %+v", name, second)
		}
		if c.contested {
			second = h.at(second, builder.FieldModel, c.second)
		}
		if opened, err := h.Open(t.Context(), s.SessionID); err != nil || opened.Question.Field != builder.FieldName || second.Question.Field != builder.FieldName {
			t.Errorf("%s: then asked for %s, %v", name, opened.Question.Field, err)
		}
	}
}

// A passed-over suggestion is remembered with the answer that passed it over,
// merged or not, and not before that answer is saved.
func TestDeclinesMerge(t *testing.T) {
	h := newHouse(t, nil)
	h.finish(h.answerAll(h.start("Reviews Python code")))
	start := h.start(coding)
	h.at(start, builder.FieldName, builder.Text("Gopher"))
	own := forge.Answer{Field: builder.FieldTone, Value: builder.Text("gruff"), Shown: true}
	if _, err := h.Answer(t.Context(), start.SessionID, start.Revision, own); err != nil {
		t.Fatal(err)
	}
	if s := h.state(start.SessionID); len(s.Declined) != 1 {
		t.Errorf("merged: declined = %+v", s.Declined)
	}
	contested := forge.Answer{Field: builder.FieldName, Value: builder.Text("Gordon"), Shown: true}
	if _, err := h.Answer(t.Context(), start.SessionID, start.Revision, contested); err != nil {
		t.Fatal(err)
	}
	if s := h.state(start.SessionID); len(s.Declined) != 1 {
		t.Errorf("contested: declined = %+v", s.Declined)
	}
}

func TestAnswerRestAtAStaleRevision(t *testing.T) {
	h := newHouse(t, nil)
	start := h.start(coding)
	h.at(start, builder.FieldTone, builder.Text("formal"))
	turn, err := h.AnswerRest(t.Context(), start.SessionID, start.Revision)
	if err != nil || turn.Unsaved || turn.Kind != forge.Ready || turn.Revision != 3 || noticed(turn, builder.FieldTone) == "" {
		t.Fatalf("turn = %+v, %v", turn, err)
	}
	if s := h.state(start.SessionID); *s.Config.Tone != "formal" || s.Source(builder.FieldTone) != builder.Chosen {
		t.Errorf("the tone is %s as %s", *s.Config.Tone, s.Source(builder.FieldTone))
	}
	if again, err := h.AnswerRest(t.Context(), start.SessionID, start.Revision); err != nil || again.Revision != 3 || again.Unsaved {
		t.Errorf("again: %+v, %v", again, err)
	}
}

func TestBackAtAStaleRevision(t *testing.T) {
	h := newHouse(t, nil)
	named := h.at(h.start(coding), builder.FieldName, builder.Text("Gopher"))
	h.at(named, builder.FieldTone, builder.Text("formal"))
	turn, err := h.Back(t.Context(), named.SessionID, named.Revision)
	if err != nil || turn.Unsaved || turn.Question.Field != builder.FieldName || noticed(turn, builder.FieldTone) == "" {
		t.Fatalf("turn = %+v, %v", turn, err)
	}
	if s := h.state(named.SessionID); s.Config.Tone == nil || s.Config.Name != nil {
		t.Errorf("state = %+v", s.Config)
	}
	// Asked for twice it is done once.
	again, err := h.Back(t.Context(), named.SessionID, named.Revision)
	if err != nil || again.Unsaved || again.Revision != turn.Revision {
		t.Errorf("again: %+v, %v", again, err)
	}
	h.at(turn, builder.FieldName, builder.Text("Gordon"))
	again, err = h.Back(t.Context(), named.SessionID, named.Revision)
	if err != nil || !again.Unsaved || len(again.Notices) == 0 {
		t.Errorf("after another answer: %+v, %v", again, err)
	}
	if s := h.state(named.SessionID); s.Config.Name == nil || *s.Config.Name != "Gordon" {
		t.Errorf("it was taken back")
	}
}

func TestNothingComesAfterFinishing(t *testing.T) {
	h := newHouse(t, nil)
	turn := h.answerAll(h.start(coding))
	done := h.finish(turn)
	for name, call := range h.calls(turn) {
		late, err := call(t.Context())
		if err != nil || !late.Unsaved || late.Kind != forge.Finished || late.Bot.Slug != done.Bot.Slug || len(late.Notices) != 1 {
			t.Errorf("%s: %+v, %v", name, late, err)
		}
	}
	h.oneBot(done)
}

func TestNothingComesAfterDeleting(t *testing.T) {
	h := newHouse(t, nil)
	turn := h.answerAll(h.start(coding))
	if _, err := h.store.DeleteDraft(t.Context(), turn.SessionID); err != nil {
		t.Fatal(err)
	}
	for name, call := range h.calls(turn) {
		if late, err := call(t.Context()); !errors.Is(err, builder.ErrGone) {
			t.Errorf("%s: %+v, %v", name, late, err)
		}
	}
}

// calls are those that change a session, based on a turn.
func (h *house) calls(turn forge.Turn) map[string]func(context.Context) (forge.Turn, error) {
	id, at := turn.SessionID, turn.Revision
	name := forge.Answer{Field: builder.FieldName, Value: builder.Text("late")}
	return map[string]func(context.Context) (forge.Turn, error){
		"answer": func(ctx context.Context) (forge.Turn, error) { return h.Answer(ctx, id, at, name) },
		"rest":   func(ctx context.Context) (forge.Turn, error) { return h.AnswerRest(ctx, id, at) },
		"back":   func(ctx context.Context) (forge.Turn, error) { return h.Back(ctx, id, at) },
	}
}

// A yes is to the bot that was shown: where it has become another, it is asked
// for again.
func TestFinishAtAStaleRevision(t *testing.T) {
	h := newHouse(t, nil)
	shown := h.answerAll(h.start(coding))
	changed := h.at(shown, builder.FieldTone, builder.Text("formal"))
	turn, err := h.Finish(t.Context(), shown.SessionID, shown.Revision, true)
	var conflict *builder.ConflictError
	if !errors.As(err, &conflict) || conflict.Based != shown.Revision || conflict.Stored.Revision != changed.Revision {
		t.Fatalf("error = %v", err)
	}
	if turn.Kind != forge.Ready || turn.Revision != changed.Revision || !strings.Contains(noticed(turn, builder.FieldTone), "formal") {
		t.Errorf("turn = %+v", turn)
	}
	done := h.finish(turn)
	if again, err := h.Finish(t.Context(), shown.SessionID, shown.Revision, true); err != nil || again.Bot.Slug != done.Bot.Slug {
		t.Errorf("once it is finished: %+v, %v", again, err)
	}
}

// meddling is a store in which another door acts once, right before a save, a
// finish or a pending text.
type meddling struct {
	builder.Store
	meddle func()
}

func (m *meddling) once() {
	if meddle := m.meddle; meddle != nil {
		m.meddle = nil
		meddle()
	}
}

func (m *meddling) SaveDraft(ctx context.Context, d builder.Draft, answered ...string) (builder.Draft, error) {
	m.once()
	return m.Store.SaveDraft(ctx, d, answered...)
}

func (m *meddling) FinishSession(ctx context.Context, id uuid.UUID, at builder.Revision, e builder.MemoryEntry) (builder.MemoryEntry, error) {
	m.once()
	return m.Store.FinishSession(ctx, id, at, e)
}

func newMeddledHouse(t *testing.T) (*house, *meddling) {
	t.Helper()
	m := &meddling{}
	return newHouse(t, func(s builder.Store) builder.Store { m.Store = s; return m }), m
}

// What comes between loading and saving is met as if it had come before.
func TestLostRacesAreMerged(t *testing.T) {
	h, m := newMeddledHouse(t)
	start := h.start(coding)
	m.meddle = func() { h.at(start, builder.FieldTone, builder.Text("formal")) }
	turn := h.at(start, builder.FieldName, builder.Text("Gopher"))
	if turn.Unsaved || turn.Revision != 3 || noticed(turn, builder.FieldTone) == "" {
		t.Errorf("another field: %+v", turn)
	}
	m.meddle = func() { h.at(turn, builder.FieldPurpose, builder.Text("first")) }
	if turn := h.at(turn, builder.FieldPurpose, builder.Text("second")); turn.Question.Contest == nil {
		t.Errorf("the same field: %+v", turn)
	}
	turn, err := h.Open(t.Context(), start.SessionID)
	if err != nil {
		t.Fatal(err)
	}
	m.meddle = func() { h.at(turn, builder.FieldModel, builder.Text("some-model")) }
	if turn, err = h.AnswerRest(t.Context(), turn.SessionID, turn.Revision); err != nil || turn.Kind != forge.Ready {
		t.Fatalf("the rest: %+v, %v", turn, err)
	}
	if s := h.state(turn.SessionID); *s.Config.Model != "some-model" {
		t.Errorf("the model is %s", *s.Config.Model)
	}
}

func TestFinishedWhileSaving(t *testing.T) {
	for _, of := range []string{"answer", "back"} {
		h, m := newMeddledHouse(t)
		turn := h.answerAll(h.start(coding))
		m.meddle = func() { h.finish(turn) }
		late, err := h.calls(turn)[of](t.Context())
		if err != nil || !late.Unsaved || late.Kind != forge.Finished {
			t.Errorf("%s: %+v, %v", of, late, err)
		}
		h.oneBot(late)
	}
}

func TestFinishMeetsAnotherDoor(t *testing.T) {
	h, m := newMeddledHouse(t)
	turn := h.answerAll(h.start(coding))
	m.meddle = func() { h.at(turn, builder.FieldTone, builder.Text("formal")) }
	now, err := h.Finish(t.Context(), turn.SessionID, turn.Revision, true)
	if !errors.Is(err, builder.ErrConflict) || now.Kind != forge.Ready || !strings.Contains(noticed(now, builder.FieldTone), "formal") {
		t.Fatalf("an answer in between: %+v, %v", now, err)
	}
	m.meddle = func() { h.elsewhere(now) }
	done, err := h.Finish(t.Context(), now.SessionID, now.Revision, true)
	if err != nil || done.Kind != forge.Finished {
		t.Fatalf("finished in between: %+v, %v", done, err)
	}
	if page, err := h.store.Recall(t.Context(), builder.MemoryQuery{Limit: 10}); err != nil || len(page.Entries) != 1 {
		t.Errorf("entries = %+v, %v", page.Entries, err)
	}

	turn = h.answerAll(h.start(coding))
	m.meddle = func() { _, err = h.store.DeleteDraft(t.Context(), turn.SessionID); must(t, err) }
	if done, err := h.Finish(t.Context(), turn.SessionID, turn.Revision, true); !errors.Is(err, builder.ErrGone) {
		t.Errorf("deleted in between: %+v, %v", done, err)
	}
	if list, err := os.ReadDir(h.dir); err != nil || len(list) != 0 {
		t.Errorf("bots of others, or of none: %v, %v", list, err)
	}
}

// elsewhere finishes a session on another machine, whose bots folder is another.
func (h *house) elsewhere(turn forge.Turn) {
	h.t.Helper()
	bots, err := bot.OpenFolder(h.t.TempDir())
	must(h.t, err)
	defer bots.Close()
	_, err = forge.New(h.store, forge.Options{Bots: bots}).Finish(h.t.Context(), turn.SessionID, turn.Revision, true)
	must(h.t, err)
}

// Losing every race ends with the caller's patience, not before.
func TestLosingRacesEndsWithTheContext(t *testing.T) {
	h, m := newMeddledHouse(t)
	start := h.start(coding)
	ctx, cancel := context.WithCancel(t.Context())
	races := 0
	var race func()
	race = func() {
		if races++; races == 20 {
			cancel()
			return
		}
		h.at(forge.Turn{SessionID: start.SessionID, Revision: builder.AnyRevision}, builder.FieldPurpose, builder.Text(strings.Repeat("x", races)))
		m.meddle = race
	}
	m.meddle = race
	_, err := h.Answer(ctx, start.SessionID, start.Revision, forge.Answer{Field: builder.FieldName, Value: builder.Text("Gopher")})
	if !errors.Is(err, context.Canceled) || races != 20 {
		t.Errorf("after %d races: %v", races, err)
	}
}

func TestAskChangesNothing(t *testing.T) {
	h := newHouse(t, nil)
	turn := h.at(h.start(coding), builder.FieldTone, builder.Text("formal"))
	must(t, h.store.SavePending(t.Context(), turn.SessionID, builder.FieldTone, "dir"))
	before, _ := h.store.LoadDraft(t.Context(), turn.SessionID)
	for _, field := range builder.Fields() {
		asked, err := h.Ask(t.Context(), turn.SessionID, field)
		if err != nil || asked.Kind != forge.Ask || asked.Question.Field != field || asked.Revision != turn.Revision || !asked.Question.Again {
			t.Errorf("%s: %+v, %v", field, asked, err)
		}
		decided := field == builder.FieldTone
		if q := asked.Question; decided != (q.CurrentSource != "") || decided != (q.Current == builder.Text("formal")) || decided != (q.Pending == "dir") {
			t.Errorf("%s: %+v", field, q)
		}
	}
	after, _ := h.store.LoadDraft(t.Context(), turn.SessionID)
	if after.Revision != before.Revision || !slices.Equal(after.State, before.State) {
		t.Error("asking changed the draft")
	}
	if _, err := h.Ask(t.Context(), turn.SessionID, "colour\x1b"); !errors.Is(err, builder.ErrInvalid) || strings.Contains(err.Error(), "\x1b") {
		t.Errorf("no field: %v", err)
	}
	done := h.finish(h.answerAll(turn))
	if asked, err := h.Ask(t.Context(), turn.SessionID, builder.FieldTone); err != nil || asked.Kind != forge.Finished || asked.Bot.Slug != done.Bot.Slug {
		t.Errorf("after the end: %+v, %v", asked, err)
	}
}
