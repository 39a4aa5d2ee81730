package forge

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/boternity/boternity/bot"
	"github.com/boternity/boternity/builder"
)

// current reads the bot that a session changes.
func (g *Guide) current(s *builder.State) (bot.Bot, error) {
	if g.bots == nil {
		return bot.Bot{}, errNoBots
	}
	old, err := g.bots.Read(s.Replaces.Slug)
	if errors.Is(err, builder.ErrNotFound) {
		return bot.Bot{}, fmt.Errorf("session %s: the bot that it changes is not in the bots folder; name the folder that the bot is in: %w", s.SessionID, err)
	}
	if err != nil {
		return bot.Bot{}, fmt.Errorf("session %s: the bot that it changes: %w", s.SessionID, err)
	}
	return old, nil
}

// catchUp takes over what has been changed in a bot's files since the session
// read them, where the session has not changed it too. It reports whether
// anything has, with a notice for each field.
func (g *Guide) catchUp(s *builder.State, old *bot.Bot) (notices []Notice, changed bool) {
	r := s.Replaces
	if old.SessionID == s.SessionID {
		return nil, false // what was written is this session's own
	}
	if old.SessionID != r.SessionID {
		r.SessionID, changed = old.SessionID, true
		notices = append(notices, Notice{Text: "Another session has changed this bot since this one read it, or a bot of another folder has its name: please look at the files before you agree."})
	}
	for _, field := range builder.Fields() {
		now, has := old.Config.Value(field)
		if has && builder.CheckValue(field, now) != nil {
			continue // as when the session began
		}
		was := r.Values[field]
		mine, _ := s.Config.Value(field)
		if now == was {
			continue
		}
		changed = true
		if delete(r.Values, field); has {
			r.Values[field] = now
		}
		switch {
		case mine == now:
		case mine != was:
			notices = append(notices, Notice{field, fmt.Sprintf("The bot's %s was changed in its files too: %s. This session's answer takes its place if you agree.", field, brief(now))})
		default:
			notices = append(notices, Notice{field, fmt.Sprintf("The bot's %s was changed in its files since this session read them, and is taken from there.", field)})
			g.take(s, field, now, old)
		}
	}
	return notices, changed
}

// take imports one value, or that there is none any more.
func (g *Guide) take(s *builder.State, field string, now builder.Value, old *bot.Bot) {
	delete(s.Confirmed, field)
	if now.IsZero() || s.Set(field, now, builder.Imported) != nil { // it was checked
		s.TakeBack(field)
		g.importNone(s, field)
		return
	}
	if field == builder.FieldSkills {
		s.Config.Skills = slices.Clone(old.Config.Skills)
		g.describeSkills(s)
	}
}

// replace writes the session's bot in the place of the one it changes.
func (g *Guide) replace(ctx context.Context, s *session) (*FinishedBot, []Notice, error) {
	old, err := g.current(&s.state)
	if err != nil {
		return nil, nil, err
	}
	if err := g.settle(ctx, s); err != nil {
		return nil, nil, err
	}
	spec := g.keeping(s, &old)
	dir, merged, err := g.bots.Replace(spec, g.wasSpec(s, &old))
	if err != nil {
		return nil, nil, err
	}
	made := &FinishedBot{Slug: spec.Slug, Dir: dir}
	for _, file := range merged.Files {
		made.Files = append(made.Files, file.Path)
	}
	return made, fileNotices(merged.Notes), nil
}

// mergedFiles is what replace would write.
func (g *Guide) mergedFiles(s *session) ([]bot.File, error) {
	old, err := g.current(&s.state)
	if err != nil {
		return nil, err
	}
	s.state.BotSlug = &s.state.Replaces.Slug
	merged, err := g.bots.Merge(g.keeping(s, &old), g.wasSpec(s, &old))
	return merged.Files, err
}

// keeping is the spec of a session that changes a bot. The text of a skill is
// the catalogue's only where it came from there.
func (g *Guide) keeping(s *session, old *bot.Bot) bot.Spec {
	spec := g.spec(s)
	spec.Described = s.state.Description != describe(old)
	for i, skill := range spec.Skills {
		_, known := g.catalog.Skill(skill.Name)
		spec.Skills[i].Keep = !old.Ours || !known || skill.Type != builder.SkillLocal
	}
	return spec
}

// wasSpec is what the bot on disk would be generated from today.
func (g *Guide) wasSpec(s *session, old *bot.Bot) bot.Spec {
	was := session{draft: builder.Draft{CreatedAt: old.CreatedAt}, state: builder.NewState(cmp.Or(old.SessionID, s.state.SessionID), old.InitialDescription, old.Purpose)}
	was.state.BotSlug, was.state.Config = &old.Slug, old.Config
	return g.spec(&was)
}

// onDisk is what a person should know of the bot on disk before they go on
// with a session that changes it. A bot that is not there is told as well.
func (g *Guide) onDisk(s *builder.State) []Notice {
	if s.Replaces == nil || g.bots == nil {
		return nil
	}
	old, err := g.bots.Read(s.Replaces.Slug)
	if errors.Is(err, builder.ErrNotFound) {
		return []Notice{{Text: "The bot that this session changes is not in the bots folder; name the folder that the bot is in before you finish."}}
	}
	if err != nil {
		return []Notice{{Text: fmt.Sprintf("The bot that this session changes cannot be read: %v.", err)}}
	}
	notices := fileNotices(old.Notes)
	looked := s.Clone()
	if _, changed := g.catchUp(&looked, &old); changed {
		notices = append(notices, Notice{Text: "The bot's files have been changed since this session read them; finishing looks at them again."})
	}
	return notices
}
