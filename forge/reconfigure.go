package forge

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/boternity/boternity/bot"
	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/recall"
)

// Reconfigure opens the bot in the folder slug of the guide's bots folder as a
// session, in which every value that its files have is imported. It is ready for
// review at once, apart from questions about what the files do not say and what
// today's catalogue no longer knows. Any field may be answered; finishing
// changes the bot where it is, see bot.Folder.Replace, and it keeps its folder's
// name whatever its own becomes.
//
// An unfinished session that changes this bot already is gone on with, if it is
// among the owner's newest drafts. Errors: builder.ErrNotFound; *bot.FileError
// for a file that cannot be read; those of Start.
func (g *Guide) Reconfigure(ctx context.Context, slug string) (Turn, error) {
	if g.bots == nil {
		return Turn{}, errNoBots
	}
	old, err := g.bots.Read(slug)
	if err != nil {
		return Turn{}, err
	}
	s, notices, err := g.imported(&old)
	if err != nil {
		return Turn{}, err
	}
	switch begun, err := g.begun(ctx, &s); {
	case err != nil:
		return Turn{}, err
	case begun != uuid.Nil:
		return g.Open(ctx, begun)
	}
	d, err := g.save(ctx, &s, 0)
	if err != nil {
		return Turn{}, err
	}
	t := g.savedTurn(ctx, &session{draft: d, state: s})
	t.Notices = append(notices, t.Notices...)
	return t, nil
}

var errNoBots = errors.New("no bots folder to write to")

// imported is a new session with a bot's values. A value that no answer may have
// is left out, with a notice.
func (g *Guide) imported(old *bot.Bot) (builder.State, []Notice, error) {
	if err := builder.CheckFolderName("slug", old.Slug); err != nil {
		return builder.State{}, nil, err
	}
	id, err := g.newID()
	if err != nil {
		return builder.State{}, nil, fmt.Errorf("make a session id: %w", err)
	}
	description := describe(old)
	if err := builder.CheckDescription(description); err != nil {
		return builder.State{}, nil, err
	}
	category := old.Purpose
	if category.IsUnknown() {
		category = recall.Classify(description).Category
	}
	s := builder.NewState(id, description, category)
	notices := fileNotices(old.Notes)
	s.Replaces = &builder.Replaced{Slug: old.Slug, SessionID: old.SessionID, Values: map[string]builder.Value{}}
	for _, field := range builder.Fields() {
		v, has := old.Config.Value(field)
		switch {
		case !has && (old.Ours || field == builder.FieldSkills):
			g.importNone(&s, field)
		case !has:
		case s.Set(field, v, builder.Imported) == nil:
			s.Replaces.Values[field] = v
		default:
			notices = append(notices, Notice{field, fmt.Sprintf("The bot's %s is not a value that a bot may have here: %v.", field, builder.CheckValue(field, v))})
		}
	}
	s.Config.Skills = slices.Clone(old.Config.Skills)
	for i := range s.Config.Skills {
		if s.Config.Skills[i].SkillType == "" {
			s.Config.Skills[i].SkillType = builder.SkillOwn // the catalogue has no say in it
		}
	}
	if _, _, waiting := g.next(&s); !waiting {
		s.MoveTo(builder.PhaseReview)
	}
	return s, notices, nil
}

// importNone decides that a field has no value: that is what the bot says.
func (g *Guide) importNone(s *builder.State, field string) {
	if s.Sources == nil {
		s.Sources = map[string]builder.Source{}
	}
	s.Sources[field] = builder.Imported
}

// describe is what a bot is for, in the best words there are.
func describe(old *bot.Bot) string {
	text := func(s *string) string {
		if s == nil || strings.TrimSpace(*s) == "" {
			return ""
		}
		return *s
	}
	described := cmp.Or(strings.TrimSpace(old.InitialDescription), text(old.Config.Description), text(old.Config.Purpose), text(old.Config.Name), old.Slug)
	if described == strings.TrimSpace(old.InitialDescription) {
		return old.InitialDescription
	}
	return described
}

func fileNotices(notes []bot.Note) []Notice {
	var notices []Notice
	for _, n := range notes {
		notices = append(notices, Notice{Text: n.File + ": " + n.Text})
	}
	return notices
}

// How many of the newest drafts are looked into for one that changes a bot
// already; as many again are listed, for those that cannot be read.
const (
	begunLoaded = 50
	begunListed = 2 * begunLoaded
)

// begun finds an unfinished session of the same bot. No list tells which bot a
// draft is about, so the newest drafts are looked into.
func (g *Guide) begun(ctx context.Context, s *builder.State) (uuid.UUID, error) {
	page, err := g.store.ListDrafts(ctx, builder.DraftQuery{Limit: begunListed})
	if err != nil {
		return uuid.Nil, err
	}
	loaded := 0
	for _, d := range page.Drafts {
		if d.Status() != builder.StatusOK {
			continue
		}
		if loaded++; loaded > begunLoaded {
			break
		}
		other, err := g.load(ctx, d.SessionID)
		if errors.Is(err, builder.ErrNotFound) || errors.Is(err, builder.ErrUnreadable) || errors.Is(err, builder.ErrNewer) {
			continue // it has ended, or changed, since it was listed
		}
		if err != nil {
			return uuid.Nil, err
		}
		if other.state.Replaces != nil && sameBot(&other.state, s.Replaces) {
			return d.SessionID, nil
		}
	}
	return uuid.Nil, nil
}

// sameBot reports whether a session changes that bot, or has just written it. A
// bot that no session made is known by its values: there may be others of its
// name in other folders.
func sameBot(s *builder.State, found *builder.Replaced) bool {
	r := s.Replaces
	switch {
	case r.Slug != found.Slug:
		return false
	case found.SessionID == uuid.Nil:
		return r.SessionID == uuid.Nil && maps.Equal(r.Values, found.Values)
	}
	return found.SessionID == r.SessionID || found.SessionID == s.SessionID
}
