package forge

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
)

// A session may be open at two doors. What one of them asks for rests on the
// turn that it shows, and another may have gone on since: an answer to a field
// that nobody else touched is merged, one that meets another answer is asked
// about again, and what is saved is always based on what is stored.

// Contest is a field that two doors have decided differently. The first answer
// stands; whoever came later chooses.
type Contest struct {
	Stored builder.Value // what stands; no value where nothing was chosen
	Yours  builder.Value // what this client answered; pending text of the field until it is answered
}

// since is what other doors have done to a session since the revision that a
// call is based on.
type since struct {
	stale bool           // they may have done something
	base  *builder.State // at that revision; nil where it is not kept, or cannot be read
	now   *builder.State
}

// since compares a session with what the caller of a revision has seen of it.
func (g *Guide) since(ctx context.Context, s *session, at builder.Revision) (since, error) {
	now := s.state.Clone()
	if at == builder.AnyRevision || at == s.draft.Revision {
		return since{now: &now}, nil
	}
	_, base, err := g.revision(ctx, s.draft.SessionID, at)
	if isUnknown(err) {
		return since{stale: true, now: &now}, nil
	}
	if err != nil {
		return since{}, err
	}
	return since{stale: true, base: base, now: &now}, nil
}

// revision reads a kept revision.
func (g *Guide) revision(ctx context.Context, id uuid.UUID, r builder.Revision) (builder.Draft, *builder.State, error) {
	d, err := g.store.LoadRevision(ctx, id, r)
	if err != nil {
		return builder.Draft{}, nil, err
	}
	s, err := builder.DecodeState(d)
	return d, &s, err
}

// isUnknown reports whether a revision cannot be read, now or later.
func isUnknown(err error) bool {
	return errors.Is(err, builder.ErrNotFound) || errors.Is(err, builder.ErrUnreadable) || errors.Is(err, builder.ErrNewer)
}

// standing is how a field stands in a state. Two states in which it stands the
// same differ in nothing that anyone did about it.
type standing struct {
	decided, takenBack bool
	value              builder.Value
	exchanges          int
}

func standingOf(s *builder.State, field string) standing {
	st := standing{decided: decided(s, field), value: valueOf(s, field)}
	for _, e := range s.Conversation {
		if e.Field == field {
			st.exchanges, st.takenBack = st.exchanges+1, e.Superseded
		}
	}
	return st
}

// changed reports whether another door has done something about a field. It
// does where that cannot be known.
func (d since) changed(field string) bool {
	return d.stale && (d.base == nil || standingOf(d.base, field) != standingOf(d.now, field))
}

// valueOf is a field's value; an empty list is no value, as it is for skills.
func valueOf(s *builder.State, field string) builder.Value {
	if field == FieldInitialDescription {
		return builder.Text(s.Description)
	}
	v, _ := s.Config.Value(field)
	return orNone(v)
}

func orNone(v builder.Value) builder.Value {
	if v == builder.List() {
		return builder.Value{}
	}
	return v
}

// undecided reports whether nobody stands by a field's value: it has none, it
// was filled in when finishing began, or it is to be asked about again.
func (g *Guide) undecided(s *builder.State, field string) bool {
	if field == FieldInitialDescription {
		return false
	}
	if !s.Decided(field) {
		return true
	}
	if last, ok := s.LastAnswer(field); s.Source(field) == builder.Default && (!ok || last.Superseded) {
		return true
	}
	_, stale := g.stale(s, field)
	return stale
}

// noticeRunes is how much of a value a notice tells.
const noticeRunes = 80

// notices tell what has been done elsewhere, a field each.
func (g *Guide) notices(d since) []Notice {
	if !d.stale {
		return nil
	}
	if d.base == nil {
		return []Notice{{Text: "This session has gone on elsewhere since you saw it."}}
	}
	var notices []Notice
	for _, field := range answerable() {
		before, now := standingOf(d.base, field), standingOf(d.now, field)
		was, is := !g.undecided(d.base, field), !g.undecided(d.now, field)
		switch {
		case is && (!was || before.value != now.value):
			notices = append(notices, Notice{Field: field, Text: fmt.Sprintf("Answered elsewhere meanwhile: %s: %s.", field, brief(now.value))})
		case was && !now.decided:
			notices = append(notices, Notice{Field: field, Text: fmt.Sprintf("Taken back elsewhere meanwhile: %s.", field)})
		}
	}
	return notices
}

func brief(v builder.Value) string {
	text := v.String()
	if text == "" {
		return "none"
	}
	short := builder.CutRunes(text, noticeRunes)
	if short != text {
		short += "…"
	}
	return short
}

// verdict is what becomes of an answer.
type verdict int

const (
	recorded  verdict = iota
	agreed            // another door has given the same answer
	contested         // another door has given another
)

func (g *Guide) judge(d since, a Answer) verdict {
	switch {
	case !d.changed(a.Field), g.undecided(d.now, a.Field):
		return recorded
	case valueOf(d.now, a.Field) == orNone(a.Value):
		return agreed
	}
	return contested
}

// contest keeps an answer that met another one as pending text, so that a
// crash does not lose it, and asks which of the two it shall be.
func (g *Guide) contest(ctx context.Context, s *session, d since, a Answer) (Turn, error) {
	if err := g.CheckAnswer(a); err != nil {
		return Turn{}, err
	}
	if text := a.Value.String(); text != "" {
		if err := g.store.SavePending(ctx, s.draft.SessionID, a.Field, text); err != nil {
			return Turn{}, err
		}
	}
	t, err := g.ask(ctx, s, a.Field)
	if err != nil {
		return Turn{}, err
	}
	stored := valueOf(d.now, a.Field)
	t.Unsaved, t.Question.Contest = true, &Contest{Stored: stored, Yours: a.Value}
	for _, n := range g.notices(d) {
		if n.Field != a.Field {
			t.Notices = append(t.Notices, n)
		}
	}
	t.Notices = append(t.Notices, Notice{
		Field: a.Field,
		Text:  fmt.Sprintf("Answered elsewhere meanwhile, and not as you did: %s: %s. That stands until you choose; your answer is kept.", a.Field, brief(stored)),
	})
	return t, nil
}

// agree is an answer that another door has given as well. It is saved only
// where it adds something: an exchange where there is none, who stands by the
// value, a suggestion passed over.
func (g *Guide) agree(ctx context.Context, s *session, d since, a Answer) (added bool, err error) {
	last, told := d.now.LastAnswer(a.Field)
	told = told && !last.Superseded || a.Field == FieldInitialDescription // which has none
	firmer := firmness(a.Source) > firmness(sourceOf(d.now, a.Field))
	declined := len(s.state.Declined) != len(d.now.Declined)
	if told && !firmer && !declined {
		return false, g.store.SavePending(ctx, s.draft.SessionID, a.Field, "")
	}
	if !firmer {
		a.Source = sourceOf(d.now, a.Field)
	}
	return true, g.record(&s.state, a)
}

// firmness orders sources by how much a person stands behind the value.
func firmness(s builder.Source) int {
	switch s {
	case builder.Chosen, builder.Imported:
		return 2
	case builder.Accepted:
		return 1
	}
	return 0
}

// late answers a call that came after the session's end: with the bot where it
// has finished. Errors: notFound, as builder.ErrGone where the caller had seen
// the session.
func (g *Guide) late(ctx context.Context, id uuid.UUID, at builder.Revision, err error) (Turn, error) {
	if !errors.Is(err, builder.ErrNotFound) && !errors.Is(err, builder.ErrGone) {
		return Turn{}, err
	}
	if at != builder.AnyRevision && at != 0 {
		err = builder.ForSession(id, builder.ErrGone)
	}
	t, err := g.finishedTurn(ctx, id, err)
	if err == nil {
		t.Unsaved = true
		t.Notices = []Notice{{Text: "This session has been finished elsewhere. What came after that is not part of its bot."}}
	}
	return t, err
}

// movedOn is where a session stands for a caller who had seen an earlier
// revision of it.
func (g *Guide) movedOn(ctx context.Context, id uuid.UUID, at builder.Revision) (Turn, error) {
	s, err := g.load(ctx, id)
	if err != nil {
		return Turn{}, err
	}
	d, err := g.since(ctx, s, at)
	if err != nil {
		return Turn{}, err
	}
	return g.savedTurn(ctx, s, g.notices(d)...), nil
}
