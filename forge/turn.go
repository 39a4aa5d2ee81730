package forge

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/catalog"
	"github.com/boternity/boternity/recall"
)

// Kind is what a turn asks of the person.
type Kind string

// The kinds of turn.
const (
	Ask      Kind = "ask"       // a question is waiting
	Ready    Kind = "ready"     // everything is answered; Finish writes the bot
	Finished Kind = "finished"  // the bot is there
	ViewOnly Kind = "view_only" // the draft cannot be gone on with, see Reason
)

// Turn is where a session stands after a call, with everything a front door
// shows. What it reports is stored.
type Turn struct {
	SessionID uuid.UUID
	Revision  builder.Revision
	Kind      Kind
	Phase     builder.Phase
	Category  builder.PurposeCategory
	Question  *Question // for Ask
	Notices   []Notice
	Preview   []Line
	Bot       *FinishedBot // for Finished
	Reason    error        // for ViewOnly: builder.ErrNewer or builder.ErrUnreadable

	// Unsaved says that what was asked for was not done, because the session had
	// gone on elsewhere. Notices say how.
	Unsaved bool

	LastReadable builder.Revision // where Reason is builder.ErrUnreadable: the newest kept revision to restore; 0 for none
	ReadableAt   time.Time        // when that was saved
}

// Question is the catalogue's question with what this session knows about it.
type Question struct {
	catalog.Question
	Number, Of int                // third of seven; both 0 for one that is asked again
	Suggestion *recall.Suggestion // from the owner's memory, nil without support
	Previous   builder.Value      // the answer that was taken back
	Default    builder.Value      // what is taken when nobody decides
	Pending    string             // typed and not answered

	// Again marks a question out of its order: it came by Ask, by a Contest, or
	// by pending text about a field that is decided. To leave it is to change
	// nothing, and not to go back.
	Again         bool
	Current       builder.Value  // what stands, for a field that is decided; no value where nothing was chosen
	CurrentSource builder.Source // how it came to be; empty for a field that is not decided
	Unfinished    bool           // the description, of which only half has begun the session: it has to be answered, not left
	Contest       *Contest       // what this client answered beside what stands; nil where only one was given
}

// Proposal is the value that stands in the field to begin with, and how taking
// it counts: what is decided, else the answer taken back, else the suggestion,
// else the default. An answer taken back that is what would be proposed anyway
// counts as that.
func (q *Question) Proposal() (builder.Value, builder.Source) {
	switch {
	case q.CurrentSource != "":
		return q.Current, q.CurrentSource
	case q.Suggestion != nil && q.Previous == q.Suggestion.Value:
		return q.Previous, builder.Accepted
	case q.Previous == q.Default && q.Suggestion == nil:
		return q.Default, builder.Default
	case !q.Previous.IsZero():
		return q.Previous, builder.Chosen
	case q.Suggestion != nil:
		return q.Suggestion.Value, builder.Accepted
	}
	return q.Default, builder.Default
}

// Notice is something the person should know before going on.
type Notice struct {
	Field string
	Text  string
}

// Line is one line of the preview.
type Line struct {
	Field   string
	Value   builder.Value
	Source  builder.Source
	Decided bool // false where the value is only what would be taken
}

// turn derives where a session stands from its state and today's catalogue. An
// error is one of reading what the question is dressed with; the turn is right
// without that.
func (g *Guide) turn(ctx context.Context, s *session) (Turn, error) {
	t := Turn{
		SessionID: s.draft.SessionID, Revision: s.draft.Revision, Kind: Ready,
		Phase: builder.PhaseReview, Category: s.state.Category(), Preview: g.preview(&s.state),
	}
	q, notices, waiting := g.next(&s.state)
	t.Notices = notices
	if !waiting {
		return t, nil
	}
	t.Kind, t.Phase, t.Question = Ask, q.Phase, &q
	return t, g.dress(ctx, s, &q)
}

// savedTurn is the turn after a save, with what there is to tell of it. The
// save is done, so that a failure to read suggestions must not look like one to
// save: it is a notice.
func (g *Guide) savedTurn(ctx context.Context, s *session, notices ...Notice) Turn {
	t, err := g.turn(ctx, s)
	t.Notices = append(notices, t.Notices...)
	if err != nil {
		t.Notices = append(t.Notices, unread(err))
	}
	return t
}

func unread(err error) Notice {
	return Notice{Text: fmt.Sprintf("What has been answered is saved. Suggestions could not be read: %v.", err)}
}

// next finds the question to ask: first those whose answer the catalogue no
// longer knows, then the first one undecided.
func (g *Guide) next(s *builder.State) (q Question, notices []Notice, waiting bool) {
	for _, field := range builder.Fields() {
		notice, stale := g.stale(s, field)
		if !stale {
			continue
		}
		notices = append(notices, notice)
		if again, ok := g.catalog.Question(s.Category(), field); ok && !waiting {
			q, waiting = Question{Question: again}, true
		}
	}
	if waiting {
		return q, notices, true
	}
	questions := g.catalog.Questions(s.Category())
	for i, question := range questions {
		if !s.Decided(question.Field) {
			return Question{Question: question, Number: i + 1, Of: len(questions)}, notices, true
		}
	}
	return Question{}, notices, false
}

// dress adds to a question what the session, the memory and the catalogue
// propose as its answer.
func (g *Guide) dress(ctx context.Context, s *session, q *Question) error {
	q.Default = g.defaultValue(&s.state, q.Field)
	if successor := g.successor(&s.state, q.Field); !successor.IsZero() {
		q.Default = successor
	}
	suggestions, err := g.sessionSuggestions(ctx, s)
	if err != nil {
		return err
	}
	if i := slices.IndexFunc(suggestions, func(s recall.Suggestion) bool { return s.Field == q.Field }); i >= 0 {
		q.Suggestion = &suggestions[i]
	}
	if taken, ok := s.state.LastAnswer(q.Field); ok && taken.Superseded && q.CurrentSource == "" {
		q.Previous = g.reread(&s.state, taken)
	} else if r := s.state.Replaces; !ok && r != nil && !s.state.Decided(q.Field) {
		if v, was := r.Values[q.Field]; was {
			q.Previous = g.reread(&s.state, builder.Exchange{Field: q.Field, Value: v})
		}
	}
	pending, err := g.pending(ctx, s)
	if err != nil {
		return err
	}
	q.Pending = pending[q.Field]
	return nil
}

// reread is the value of an earlier answer, or no value when it was none or
// could not be given today.
func (g *Guide) reread(s *builder.State, e builder.Exchange) builder.Value {
	v := e.Value
	if v.IsZero() && e.Answer == "" {
		return v
	}
	if v.IsZero() {
		var err error
		if v, err = Parse(e.Field, e.Answer); err != nil {
			return builder.Value{}
		}
	}
	if _, stale := g.staleValue(e.Field, v, s); stale || g.checkAnswer(Answer{Field: e.Field, Value: v}) != nil {
		return builder.Value{}
	}
	return v
}

// stale reports whether a decided value has to be asked for again: the
// catalogue has retired or lost it, or another program wrote one that would
// make no bot.
func (g *Guide) stale(s *builder.State, field string) (Notice, bool) {
	v, has := s.Config.Value(field)
	if !has {
		return Notice{}, false
	}
	if err := g.checkAnswer(Answer{Field: field, Value: v}); err != nil {
		return Notice{field, fmt.Sprintf("The stored answer cannot be used: %v.", err)}, true
	}
	if s.Confirmed[field] == v {
		return Notice{}, false
	}
	return g.staleValue(field, v, s)
}

func (g *Guide) staleValue(field string, v builder.Value, s *builder.State) (Notice, bool) {
	switch field {
	case builder.FieldModel:
		id, _ := v.AsText()
		if m, known := g.catalog.Model(id); known && m.Retired {
			return retired(field, "The model "+m.ID, m.ReplacedBy), true
		}
	case builder.FieldSkills:
		names, _ := v.AsList()
		for _, name := range names {
			skill, known := g.catalog.Skill(name)
			if known && skill.Retired {
				return retired(field, "The skill "+name, skill.ReplacedBy), true
			}
			if !known && fromCatalogue(s, name) {
				return Notice{field, fmt.Sprintf("The skill %s is no longer in the catalogue. Please choose the skills again.", name)}, true
			}
		}
	}
	return Notice{}, false
}

func retired(field, what, replacedBy string) Notice {
	text := what + " has been retired."
	if replacedBy != "" {
		text += " Its successor is " + replacedBy + "."
	}
	return Notice{field, text}
}

// successor is what the catalogue names in place of a retired model, where that
// is what is asked about.
func (g *Guide) successor(s *builder.State, field string) builder.Value {
	if field != builder.FieldModel || s.Config.Model == nil {
		return builder.Value{}
	}
	if m, known := g.catalog.Model(*s.Config.Model); known && m.Retired && m.ReplacedBy != "" {
		return builder.Text(m.ReplacedBy)
	}
	return builder.Value{}
}

// fromCatalogue reports whether a session's skill came out of a catalogue, and
// not out of the person's head.
func fromCatalogue(s *builder.State, name string) bool {
	return slices.ContainsFunc(s.Config.Skills, func(k builder.Skill) bool { return k.Name == name && k.SkillType == builder.SkillLocal })
}
