package forge

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/boternity/boternity/bot"
	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/catalog"
)

// Answer decides one field. Without a value nothing is chosen, for a question
// that may be left open. Without a source the value counts as chosen.
type Answer struct {
	Field  string
	Value  builder.Value
	Source builder.Source
	// Shown says that the question's suggestion was before the person's eyes,
	// so that another value declines it.
	Shown bool
}

// Answer records an answer, saves it, and returns the next turn; the answer is
// durable when it does. at is the revision that the question came with, or
// builder.AnyRevision. A field that no question asks about may be answered too.
// Errors: builder.ErrInvalid naming the field, with nothing saved;
// *builder.ConflictError; builder.ErrGone; builder.ErrNewer and
// builder.ErrUnreadable for a draft that is for viewing only.
func (g *Guide) Answer(ctx context.Context, id uuid.UUID, at builder.Revision, a Answer) (Turn, error) {
	s, err := g.loadAt(ctx, id, at)
	if err != nil {
		return Turn{}, err
	}
	if err := g.decline(ctx, s, a); err != nil {
		return Turn{}, err
	}
	if err := g.record(&s.state, a); err != nil {
		return Turn{}, err
	}
	if s.draft, err = g.save(ctx, &s.state, s.draft.Revision, a.Field); err != nil {
		return Turn{}, err
	}
	return g.savedTurn(ctx, s), nil
}

// decline remembers the suggestion that an answer passed over.
func (g *Guide) decline(ctx context.Context, s *session, a Answer) error {
	if !a.Shown {
		return nil
	}
	suggestions, err := g.sessionSuggestions(ctx, s)
	for _, suggestion := range suggestions {
		if suggestion.Field == a.Field && suggestion.Value != a.Value {
			s.state.Decline(a.Field, suggestion.Value)
		}
	}
	return err
}

// AnswerRest takes the suggestion or the default for every question that is
// still open, all in one revision. They count as defaults: nobody decided.
func (g *Guide) AnswerRest(ctx context.Context, id uuid.UUID, at builder.Revision) (Turn, error) {
	s, err := g.loadAt(ctx, id, at)
	if err != nil {
		return Turn{}, err
	}
	var answered []string
	for {
		q, _, waiting := g.next(&s.state)
		if !waiting {
			break
		}
		if err := g.dress(ctx, s, &q); err != nil {
			return Turn{}, err
		}
		q.Previous = builder.Value{}
		v, _ := q.Proposal()
		if err := g.record(&s.state, Answer{Field: q.Field, Value: v, Source: builder.Default}); err != nil {
			return Turn{}, err
		}
		answered = append(answered, q.Field)
	}
	if len(answered) == 0 {
		return g.turn(ctx, s)
	}
	if s.draft, err = g.save(ctx, &s.state, s.draft.Revision, answered...); err != nil {
		return Turn{}, err
	}
	return g.savedTurn(ctx, s), nil
}

// Back takes the last answer back, so that its question is asked again with
// the answer proposed. Errors: as Answer; builder.ErrInvalid when nothing has
// been answered.
func (g *Guide) Back(ctx context.Context, id uuid.UUID, at builder.Revision) (Turn, error) {
	s, err := g.loadAt(ctx, id, at)
	if err != nil {
		return Turn{}, err
	}
	field, ok := g.lastAnswered(&s.state)
	if !ok {
		return Turn{}, &builder.InvalidError{Problem: "this is the first question; there is nothing to go back to"}
	}
	s.state.TakeBack(field)
	delete(s.state.Confirmed, field)
	if q, ok := g.catalog.Question(s.state.Category(), field); ok {
		s.state.MoveTo(q.Phase)
	}
	if s.draft, err = g.save(ctx, &s.state, s.draft.Revision); err != nil {
		return Turn{}, err
	}
	return g.savedTurn(ctx, s), nil
}

// lastAnswered is the question to go back to: the newest answer that stands
// among the questions asked; where another program recorded no fields, the
// last decided question.
func (g *Guide) lastAnswered(s *builder.State) (string, bool) {
	questions := g.catalog.Questions(s.Category())
	asked := func(field string) bool {
		return slices.ContainsFunc(questions, func(q catalog.Question) bool { return q.Field == field })
	}
	for _, e := range slices.Backward(s.Conversation) {
		if !e.Superseded && asked(e.Field) {
			return e.Field, true
		}
	}
	for _, q := range slices.Backward(questions) {
		if s.Decided(q.Field) {
			return q.Field, true
		}
	}
	return "", false
}

// CheckAnswer refuses what Answer would refuse whatever the session, so that a
// whole file of answers can be checked before anything is saved.
func (g *Guide) CheckAnswer(a Answer) error {
	s := builder.NewState(uuid.Nil, "", builder.Unknown)
	return g.record(&s, a)
}

// record puts an answer into the state.
func (g *Guide) record(s *builder.State, a Answer) error {
	q, ok := g.catalog.Question(s.Category(), a.Field)
	if !ok {
		return builder.CheckValue(a.Field, a.Value)
	}
	if a.Source == "" {
		a.Source = builder.Chosen
	}
	exchange := builder.Exchange{Question: q.Text, Answer: a.Value.String(), Phase: q.Phase, Field: a.Field}
	if a.Value.IsZero() {
		if !q.Optional {
			return &builder.InvalidError{Field: a.Field, Problem: "needs an answer"}
		}
		s.RecordNone(exchange, a.Source)
	} else {
		if err := g.checkAnswer(a); err != nil {
			return err
		}
		if err := s.Record(exchange, a.Value, a.Source); err != nil {
			return err
		}
	}
	g.describeSkills(s)
	g.confirm(s, a)
	if s.Phase.Before(q.Phase) {
		s.MoveTo(q.Phase)
	}
	if _, _, waiting := g.next(s); !waiting {
		s.MoveTo(builder.PhaseReview)
	}
	return nil
}

// checkAnswer refuses values that are of the right type and still would make
// no bot.
func (g *Guide) checkAnswer(a Answer) error {
	if err := builder.CheckValue(a.Field, a.Value); err != nil {
		return err
	}
	text, isText := a.Value.AsText()
	switch {
	case a.Field == builder.FieldName:
		_, err := bot.Slug(text)
		return err
	case isText && strings.TrimSpace(text) == "":
		return &builder.InvalidError{Field: a.Field, Problem: "is empty"}
	case a.Field == builder.FieldSkills:
		names, _ := a.Value.AsList()
		for i, name := range names {
			if err := builder.CheckSkillName(fmt.Sprintf("skills[%d]", i), name); err != nil {
				return err
			}
			if slices.Contains(names[:i], name) {
				return &builder.InvalidError{Field: fmt.Sprintf("skills[%d]", i), Problem: "is there twice"}
			}
		}
	}
	return nil
}

// confirm remembers that a retired value was chosen knowingly, so that it is
// not asked about again.
func (g *Guide) confirm(s *builder.State, a Answer) {
	delete(s.Confirmed, a.Field)
	if _, stale := g.staleValue(a.Field, a.Value, s); stale {
		if s.Confirmed == nil {
			s.Confirmed = map[string]builder.Value{}
		}
		s.Confirmed[a.Field] = a.Value
	}
}

// describeSkills gives each new skill its description from the catalogue, and
// marks those that are the person's own.
func (g *Guide) describeSkills(s *builder.State) {
	for i, skill := range s.Config.Skills {
		if skill.Description != "" {
			continue
		}
		if known, ok := g.catalog.Skill(skill.Name); ok {
			s.Config.Skills[i].Description = known.Description
		} else {
			s.Config.Skills[i].SkillType = builder.SkillOwn
		}
	}
}

// Parse reads an answer as a person types it: a text as it is, lists separated
// by commas, numbers as numbers. Errors: builder.ErrInvalid.
func Parse(field, text string) (builder.Value, error) {
	text = strings.TrimSpace(text)
	switch field {
	case builder.FieldTemperature, builder.FieldMaxTokens:
		f, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return builder.Value{}, &builder.InvalidError{Field: field, Problem: "must be a number"}
		}
		v := builder.Number(f)
		return v, builder.CheckValue(field, v)
	case builder.FieldTags, builder.FieldTraits, builder.FieldSkills:
		var items []string
		for item := range strings.SplitSeq(text, ",") {
			if item = strings.TrimSpace(item); item != "" {
				items = append(items, item)
			}
		}
		v := builder.List(items...)
		return v, builder.CheckValue(field, v)
	}
	v := builder.Text(text)
	return v, builder.CheckValue(field, v)
}
