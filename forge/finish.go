package forge

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/google/uuid"

	"github.com/boternity/boternity/bot"
	"github.com/boternity/boternity/builder"
)

// FinishedBot is a bot that a session ended in.
type FinishedBot struct {
	Slug  string
	Dir   string   // its folder; empty when the guide has no bots folder
	Files []string // relative to Dir, slash-separated
}

// ErrNoConsent is Finish without the explicit yes.
var ErrNoConsent = &builder.InvalidError{Field: "yes", Problem: "is required: finishing writes the bot and ends the session"}

// Finish writes the bot and ends the session. yes is the person's explicit
// consent. What no question decided gets its default.
//
// A crash anywhere leaves a draft that finishes when Finish is called again,
// or the finished bot; there is one bot and one memory entry either way, and a
// session that has finished returns its bot again.
//
// A session that changes a bot, see Reconfigure, may come back Ready or Ask and
// not finished: values in the bot's files have changed since they were read. The
// notices say which; what is to be written now is saved, and needs another yes.
//
// Errors: ErrNoConsent; builder.ErrInvalid when a question is still open;
// *builder.ConflictError when the session has gone on elsewhere, for the yes was
// given to another bot: the turn beside it is where the session stands now, with
// a notice of what has changed; otherwise as Answer. What is to be written is
// saved first: beside an error after that, the turn has the revision to try
// again at.
func (g *Guide) Finish(ctx context.Context, id uuid.UUID, at builder.Revision, yes bool) (Turn, error) {
	if !yes {
		return Turn{}, ErrNoConsent
	}
	if g.bots != nil {
		// Held from reading to the end, so that no other door writes a bot that
		// the session is no more.
		release, err := g.bots.Hold(ctx)
		if err != nil {
			return Turn{}, err
		}
		defer release()
	}
	s, err := g.load(ctx, id)
	if errors.Is(err, builder.ErrNotFound) {
		return g.finishedTurn(ctx, id, err)
	}
	if err != nil {
		return Turn{}, err
	}
	if at != builder.AnyRevision && at != s.draft.Revision {
		return g.interrupted(ctx, s, at, &builder.ConflictError{Based: at, Stored: s.draft})
	}
	if q, _, waiting := g.next(&s.state); waiting {
		return Turn{}, &builder.InvalidError{Field: q.Field, Problem: "is not answered yet"}
	}
	if g.bots == nil {
		return Turn{}, errNoBots
	}
	if s.state.Replaces != nil {
		if again, err := g.lookAgain(ctx, s, at); err != nil || again.Kind != "" {
			return again, err
		}
	}
	made, notices, err := g.write(ctx, s)
	if err != nil {
		return g.interrupted(ctx, s, at, err)
	}
	remembered, err := g.entry(ctx, s)
	if err != nil {
		return g.interrupted(ctx, s, at, err)
	}
	entry, err := g.store.FinishSession(ctx, id, s.draft.Revision, remembered)
	if err != nil {
		return g.interrupted(ctx, s, at, err)
	}
	t := finished(entry, made)
	t.Revision, t.Notices = s.draft.Revision, notices
	return t, nil
}

// lookAgain compares the bot that is to be replaced with what the session knows
// of it. Where values have changed, it saves what it takes over and returns the
// turn that asks for another yes; otherwise a turn of no kind.
func (g *Guide) lookAgain(ctx context.Context, s *session, at builder.Revision) (Turn, error) {
	if err := g.bots.Mend(s.state.Replaces.Slug, s.state.SessionID); err != nil {
		return unfinished(s), err
	}
	old, err := g.current(&s.state)
	if err != nil {
		return unfinished(s), err
	}
	notices, changed := g.catchUp(&s.state, &old)
	if !changed {
		return Turn{}, nil
	}
	saved, err := g.save(ctx, &s.state, s.draft.Revision)
	if err != nil {
		return g.interrupted(ctx, s, at, err)
	}
	s.draft = saved
	if len(notices) == 0 {
		return Turn{}, nil // only to what this session says as well
	}
	t := g.savedTurn(ctx, s)
	t.Notices = append(notices, t.Notices...)
	return t, nil
}

// interrupted is what Finish returns with err. Where another door came in
// between, it is where the session stands now.
func (g *Guide) interrupted(ctx context.Context, s *session, at builder.Revision, err error) (Turn, error) {
	switch id := s.state.SessionID; {
	case errors.Is(err, builder.ErrGone):
		return g.finishedTurn(ctx, id, err)
	case errors.Is(err, builder.ErrConflict):
		t, readErr := g.movedOn(ctx, id, at)
		if errors.Is(readErr, builder.ErrNotFound) {
			return g.finishedTurn(ctx, id, builder.ForSession(id, builder.ErrGone))
		}
		return t, errors.Join(err, readErr)
	}
	return unfinished(s), err
}

func unfinished(s *session) Turn {
	return Turn{SessionID: s.draft.SessionID, Revision: s.draft.Revision, Kind: Ready, Phase: builder.PhaseReview, Category: s.state.Category()}
}

// writeAttempts bounds how often a bot's name may be taken by another session
// between settling and writing.
const writeAttempts = 10

// write settles the bot's name and puts its files there.
func (g *Guide) write(ctx context.Context, s *session) (*FinishedBot, []Notice, error) {
	if s.state.Replaces != nil {
		return g.replace(ctx, s)
	}
	for attempt := 1; ; attempt++ {
		if err := g.settle(ctx, s); err != nil {
			return nil, nil, err
		}
		spec := g.spec(s)
		dir, files, err := g.bots.Write(spec)
		switch {
		case err == nil:
			notices, err := g.asideNotices(s.state.SessionID)
			return &FinishedBot{Slug: spec.Slug, Dir: dir, Files: files}, notices, err
		case !errors.Is(err, bot.ErrTaken) || attempt == writeAttempts:
			return nil, nil, fmt.Errorf("session %s: write the bot: %w", s.state.SessionID, err)
		}
	}
}

// asideNotices tell where the session's own bot went that stood there already:
// from an attempt that was cut short, or from before a backup was restored.
func (g *Guide) asideNotices(id uuid.UUID) (notices []Notice, err error) {
	kept, err := g.bots.Aside(id)
	for _, dir := range kept {
		notices = append(notices, Notice{Text: "This session had written its bot before, otherwise; that folder, which may have been edited, is kept as " + dir})
	}
	return notices, err
}

// settle decides everything that is written, the folder's name included, and
// saves it before anything is written, so that a retry writes the same bot to
// the same place.
func (g *Guide) settle(ctx context.Context, s *session) error {
	if err := g.fillDefaults(&s.state); err != nil {
		return err
	}
	slug, err := g.slugOf(&s.state)
	if err != nil {
		return err
	}
	if s.state.BotSlug != nil && *s.state.BotSlug == slug && s.state.Phase == builder.PhaseReview {
		return nil
	}
	if s.state.BotSlug != nil && *s.state.BotSlug != slug && s.state.Replaces == nil {
		// An attempt that was interrupted may have written under the old name.
		if err := g.bots.Withdraw(*s.state.BotSlug, s.state.SessionID); err != nil {
			return err
		}
	}
	s.state.BotSlug = &slug
	s.state.MoveTo(builder.PhaseReview)
	s.draft, err = g.save(ctx, &s.state, s.draft.Revision)
	return err
}

// Files renders the bot as Finish would write it now, and writes nothing.
func (g *Guide) Files(ctx context.Context, id uuid.UUID) ([]bot.File, error) {
	s, err := g.load(ctx, id)
	if err != nil {
		return nil, err
	}
	if err := g.fillDefaults(&s.state); err != nil {
		return nil, err
	}
	if s.state.Replaces != nil {
		return g.mergedFiles(s)
	}
	slug, err := g.slugOf(&s.state)
	if err != nil {
		return nil, err
	}
	s.state.BotSlug = &slug
	return bot.Render(g.spec(s))
}

// slugOf is the folder name that the bot would get now.
func (g *Guide) slugOf(s *builder.State) (string, error) {
	switch {
	case s.Replaces != nil:
		return s.Replaces.Slug, nil // others may point to the folder
	case s.Config.Name == nil:
		return "", &builder.InvalidError{Field: builder.FieldName, Problem: "needs an answer"}
	case g.bots == nil:
		return bot.Slug(*s.Config.Name)
	}
	return g.bots.SettleSlug(*s.Config.Name, s.SessionID)
}

// spec is everything the bot's files are made from.
func (g *Guide) spec(s *session) bot.Spec {
	c := s.state.Config
	spec := bot.Spec{
		SessionID: s.state.SessionID, Slug: *s.state.BotSlug, CreatedAt: s.draft.CreatedAt,
		Category: s.state.Category(), InitialDescription: s.state.Description, Config: c,
		TraitSentences: map[string]string{},
	}
	if c.Tone != nil {
		if tone, ok := g.catalog.Tone(*c.Tone); ok {
			spec.ToneSentence = tone.Sentence
		}
	}
	for _, trait := range c.Traits {
		if known, ok := g.catalog.Trait(trait); ok {
			spec.TraitSentences[trait] = known.Sentence
		}
	}
	for _, skill := range c.Skills {
		made := bot.Skill{Name: skill.Name, Description: skill.Description, Type: skill.SkillType}
		if known, ok := g.catalog.Skill(skill.Name); ok {
			made.Instructions = known.Instructions
		}
		spec.Skills = append(spec.Skills, made)
	}
	return spec
}

// entry is what is remembered of a session. A bot's files do not tell how a
// value came to be, but what is remembered of the session that made it does: a
// default must not become a choice because the bot was changed.
func (g *Guide) entry(ctx context.Context, s *session) (builder.MemoryEntry, error) {
	e := builder.MemoryEntry{
		ID: s.state.SessionID, Category: s.state.Category(), Description: s.state.Description,
		Choices: s.state.Choices(), Declined: s.state.Declined, BotSlug: s.state.BotSlug,
		CreatedAt: builder.StoredTime(g.now()),
	}
	if s.state.Replaces == nil || s.state.Replaces.SessionID == uuid.Nil {
		return e, nil
	}
	before, err := g.store.LoadMemory(ctx, s.state.Replaces.SessionID)
	if errors.Is(err, builder.ErrNotFound) {
		return e, nil // it was made elsewhere, or forgotten
	}
	if err != nil {
		return builder.MemoryEntry{}, err
	}
	for field, choice := range e.Choices {
		if old := before.Choices[field]; choice.Source == builder.Imported && old.Value == choice.Value {
			e.Choices[field] = old
		}
	}
	return e, nil
}

// finishedTurn is the turn of a session without a draft: its bot when it has
// finished, else notFound.
func (g *Guide) finishedTurn(ctx context.Context, id uuid.UUID, notFound error) (Turn, error) {
	entry, err := g.store.LoadMemory(ctx, id)
	if errors.Is(err, builder.ErrNotFound) {
		return Turn{}, notFound
	}
	if err != nil {
		return Turn{}, err
	}
	made := &FinishedBot{}
	if entry.BotSlug != nil {
		made.Slug = *entry.BotSlug
	}
	if g.bots == nil || made.Slug == "" {
		return finished(entry, made), nil
	}
	// The folder may have been moved, edited or deleted since: the session is
	// finished all the same.
	if b, err := g.bots.Read(made.Slug); err == nil && b.SessionID == id {
		made.Dir = filepath.Join(g.bots.Dir(), made.Slug)
		for _, f := range b.Files {
			made.Files = append(made.Files, f.Path)
		}
	}
	return finished(entry, made), nil
}

func finished(e builder.MemoryEntry, made *FinishedBot) Turn {
	return Turn{SessionID: e.ID, Kind: Finished, Phase: builder.PhaseReview, Category: e.Category, Bot: made}
}
