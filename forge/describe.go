package forge

import (
	"slices"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/catalog"
	"github.com/boternity/boternity/recall"
)

// FieldInitialDescription is what a question and pending text are about that
// concern what the bot should do, in the person's words. It is no field of the
// bot: it is what the session begins with, and its category follows from it.
const FieldInitialDescription = "initial_description"

// DescriptionQuestion is the question that Start answers.
func (g *Guide) DescriptionQuestion() *Question {
	return &Question{Question: catalog.Question{
		Field: FieldInitialDescription, Phase: builder.PhaseBasics, FreeText: true,
		Text: "What should your bot do?",
		Hint: "Say it in a sentence; the questions that follow depend on it.",
	}}
}

// describe changes what the bot should do. Its category follows, and with it
// what is asked; what is decided stays decided.
func (g *Guide) describe(s *builder.State, v builder.Value) error {
	text, ok := v.AsText()
	if !ok {
		return &builder.InvalidError{Field: FieldInitialDescription, Problem: "must be a text"}
	}
	if err := builder.CheckDescription(text); err != nil {
		return err
	}
	if text == s.Description {
		return nil
	}
	s.Description = text
	s.SetCategory(recall.Classify(text).Category)
	s.MoveTo(g.phase(s))
	return nil
}

// unfinishedDescription is the whole of a description that was still being typed
// when its first words began the session; no value where it was answered, or
// something else has been since. The session's pending text must have been read.
func (s *session) unfinishedDescription() builder.Value {
	text := s.pending[FieldInitialDescription]
	if builder.CheckDescription(text) != nil || slices.ContainsFunc(builder.Fields(), s.state.Decided) {
		return builder.Value{}
	}
	return builder.Text(text)
}

// phase is the phase of the question that waits.
func (g *Guide) phase(s *builder.State) builder.Phase {
	if q, _, waiting := g.next(s); waiting {
		return q.Phase
	}
	return builder.PhaseReview
}

// answerable are all that an answer can be about: the description and the fields
// of the bot.
func answerable() []string { return append([]string{FieldInitialDescription}, builder.Fields()...) }

// question is the question about anything that an answer can be about.
func (g *Guide) question(s *builder.State, field string) (catalog.Question, bool) {
	if field == FieldInitialDescription {
		return g.DescriptionQuestion().Question, true
	}
	return g.catalog.Question(s.Category(), field)
}

// decided is State.Decided for anything that an answer can be about.
func decided(s *builder.State, field string) bool {
	return field == FieldInitialDescription || s.Decided(field)
}

// sourceOf is State.Source for anything that an answer can be about.
func sourceOf(s *builder.State, field string) builder.Source {
	if field == FieldInitialDescription {
		return builder.Chosen
	}
	return s.Source(field)
}
