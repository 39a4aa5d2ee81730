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
// durable when it does. at is the revision of the turn that it answers, or
// builder.AnyRevision. A field that no question asks about may be answered too.
//
// Where the session has gone on elsewhere since, the answer is saved beside
// what was saved there, and Notices tell of that. Where another door has
// decided the field meanwhile, the same answer needs no saving, and another one
// is asked about again: the turn is Unsaved and its question has a Contest.
// Answering that turn settles it. After the session has finished the turn is
// Unsaved and names the bot.
//
// Errors: builder.ErrInvalid naming the field, with nothing saved;
// builder.ErrGone; builder.ErrNewer and builder.ErrUnreadable for a draft that
// is for viewing only.
func (g *Guide) Answer(ctx context.Context, id uuid.UUID, at builder.Revision, a Answer) (Turn, error) {
	if a.Source == "" {
		a.Source = builder.Chosen
	}
	return g.advance(ctx, id, at, func(s *session, d since) (Turn, error) {
		if err := g.decline(ctx, s, a); err != nil {
			return Turn{}, err
		}
		switch g.judge(d, a) {
		case contested:
			return g.contest(ctx, &session{draft: s.draft, state: *d.now, suggestions: s.suggestions}, d, a)
		case agreed:
			if added, err := g.agree(ctx, s, d, a); err != nil || !added {
				return g.savedTurn(ctx, s, g.notices(d)...), err
			}
		case recorded:
			if err := g.record(&s.state, a); err != nil {
				return Turn{}, err
			}
		}
		return g.saveTurn(ctx, s, d, a.Field)
	})
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
// still open, whatever was open at revision at, all in one revision. They count
// as defaults: nobody decided. Otherwise it is as Answer.
func (g *Guide) AnswerRest(ctx context.Context, id uuid.UUID, at builder.Revision) (Turn, error) {
	return g.advance(ctx, id, at, func(s *session, d since) (Turn, error) {
		answered, err := g.takeRest(ctx, s)
		if err != nil {
			return Turn{}, err
		}
		if len(answered) == 0 {
			t, err := g.turn(ctx, s)
			t.Notices = append(g.notices(d), t.Notices...)
			return t, err
		}
		return g.saveTurn(ctx, s, d, answered...)
	})
}

func (g *Guide) takeRest(ctx context.Context, s *session) (answered []string, err error) {
	if _, err := g.pending(ctx, s); err != nil {
		return nil, err
	}
	if begun := s.unfinishedDescription(); !begun.IsZero() {
		if err := g.describe(&s.state, begun); err != nil {
			return nil, err
		}
		answered = append(answered, FieldInitialDescription)
	}
	for {
		q, _, waiting := g.next(&s.state)
		if !waiting {
			return answered, nil
		}
		if err := g.dress(ctx, s, &q); err != nil {
			return nil, err
		}
		q.Previous = builder.Value{}
		v, _ := q.Proposal()
		if err := g.record(&s.state, Answer{Field: q.Field, Value: v, Source: builder.Default}); err != nil {
			return nil, err
		}
		answered = append(answered, q.Field)
	}
}

// Back takes the last answer back, so that its question is asked again with
// the answer proposed: the one that was the last at revision at. Where another
// door has changed that one since, nothing is taken back and the turn is
// Unsaved. Errors: as Answer; builder.ErrInvalid when nothing has been answered.
func (g *Guide) Back(ctx context.Context, id uuid.UUID, at builder.Revision) (Turn, error) {
	return g.advance(ctx, id, at, func(s *session, d since) (Turn, error) {
		seen := d.now
		if d.stale {
			seen = d.base
		}
		if seen == nil {
			return g.notTakenBack(ctx, s, d), nil
		}
		field, ok := g.lastAnswered(seen)
		switch {
		case !ok:
			return Turn{}, &builder.InvalidError{Problem: "this is the first question; there is nothing to go back to"}
		case d.changed(field) && !s.state.Decided(field):
			return g.savedTurn(ctx, s, g.notices(d)...), nil // as was asked for
		case d.changed(field):
			return g.notTakenBack(ctx, s, d), nil
		}
		s.state.TakeBack(field)
		delete(s.state.Confirmed, field)
		if q, ok := g.catalog.Question(s.state.Category(), field); ok {
			s.state.MoveTo(q.Phase)
		}
		return g.saveTurn(ctx, s, d)
	})
}

func (g *Guide) notTakenBack(ctx context.Context, s *session, d since) Turn {
	t := g.savedTurn(ctx, s, append(g.notices(d), Notice{Text: "Your last answer no longer stands as you saw it; nothing was taken back."})...)
	t.Unsaved = true
	return t
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
	if a.Field == FieldInitialDescription {
		return g.describe(s, a.Value)
	}
	q, ok := g.catalog.Question(s.Category(), a.Field)
	if !ok {
		return builder.CheckValue(a.Field, a.Value)
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
	if field == FieldInitialDescription {
		return v, builder.CheckDescription(text)
	}
	return v, builder.CheckValue(field, v)
}
