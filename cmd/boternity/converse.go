package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/forge"
	"github.com/boternity/boternity/postgres"
)

var (
	// errQuit is the end that a person asked for.
	errQuit = fmt.Errorf("%w: quit", errEnded)
	// errNothingStarted is an end before there was a session to save.
	errNothingStarted = errors.New("stopped before anything was begun; nothing was started")
)

// command is what a line asks for that is no answer.
type command int

const (
	none command = iota
	back
	quit
	help
)

func commandOf(line string) command {
	switch strings.ToLower(strings.TrimSpace(line)) {
	case "b", "back":
		return back
	case "q", "quit":
		return quit
	case "?", "help":
		return help
	}
	return none
}

// ask shows what is asked for and reads the next line. Errors: errQuit;
// errEnded, also when nobody can see any more what is asked; builder.ErrInvalid
// for a line that is too long.
func (b *build) ask(prompt string) (line string, c command, err error) {
	b.show(prompt)
	if b.silent {
		return "", none, errEnded
	}
	line, err = b.input.line()
	if err != nil {
		return "", none, err
	}
	if c = commandOf(line); c == quit {
		return "", c, errQuit
	}
	return line, c, nil
}

// describe returns what the bot should do, asking where nobody said it yet.
func (b *build) describe() (string, error) {
	if b.description != "" {
		return b.description, nil
	}
	b.tell("What should your bot do? Say it in a sentence. (q quits)")
	for {
		line, c, err := b.ask("> ")
		switch {
		case errors.Is(err, errEnded):
			// Starting from half a sentence keeps it, and decides nothing.
			if typed := b.input.halfTyped(); !errors.Is(err, errQuit) && builder.CheckDescription(typed) == nil {
				return typed, nil
			}
			return "", errNothingStarted
		case c == back:
			err = errors.New("there is nothing to go back to yet")
		case c == help:
			err = errors.New("for example: a bot that reviews Go code and explains what it finds")
		case err == nil:
			if line = literal(strings.TrimSpace(line)); builder.CheckDescription(line) == nil {
				return line, nil
			}
			err = builder.CheckDescription(line)
		}
		b.complain(err)
	}
}

func (b *build) complain(err error) { b.tell("! %v", err) }

// converse asks until the session is finished or the person stops.
func (b *build) converse(ctx context.Context, turn forge.Turn) (forge.Turn, error) {
	for going(turn) {
		step := b.askQuestion
		if turn.Kind == forge.Ready {
			step = b.review
		}
		next, err := step(ctx, turn)
		if err != nil {
			return turn, err
		}
		turn = next
	}
	return turn, nil
}

// askQuestion asks the turn's question until an answer to it is saved, or the
// person goes back.
func (b *build) askQuestion(ctx context.Context, turn forge.Turn) (forge.Turn, error) {
	q := turn.Question
	b.show(questionText(turn))
	for {
		line, c, err := b.ask("> ")
		if errors.Is(err, errEnded) {
			if !errors.Is(err, errQuit) {
				b.keepTyped(ctx, turn)
			}
			return turn, err
		}
		var next forge.Turn
		switch {
		case err != nil:
		case c == help:
			b.show(helpText(q))
			continue
		case c == back && q.Again:
			next, err = b.insist(notBack, func() (forge.Turn, error) { return b.leave(ctx, turn) })
		case c == back:
			next, err = b.back(ctx, turn)
		default:
			var a forge.Answer
			if a, err = readAnswer(q, line); err == nil {
				next, err = b.insist(notSaved, func() (forge.Turn, error) {
					return b.guide.Answer(ctx, turn.SessionID, turn.Revision, a)
				})
			}
			switch {
			case err != nil:
			case next.Unsaved:
				b.tellUnsaved(next)
			default:
				b.tellSaved(q.Field, next)
			}
		}
		switch {
		case errors.Is(err, builder.ErrInvalid):
			b.complain(err)
		case err != nil:
			if c == none && ctx.Err() == nil {
				b.keepUnsaved(ctx, turn, line)
			}
			return b.elsewhere(ctx, turn, err)
		default:
			return next, nil
		}
	}
}

func (b *build) back(ctx context.Context, turn forge.Turn) (forge.Turn, error) {
	next, err := b.insist(notBack, func() (forge.Turn, error) { return b.guide.Back(ctx, turn.SessionID, turn.Revision) })
	switch {
	case err != nil:
	case next.Unsaved:
		b.tellUnsaved(next)
	default:
		b.tell("Back one question, saved (revision %d)", next.Revision)
	}
	return next, err
}

// insist repeats what could not be saved, for a full disk or a busy database,
// for as long as the person at the terminal wants it: the answer is kept until
// then. Undone says what is not done where the person does not want to wait.
func (b *build) insist(undone string, save func() (forge.Turn, error)) (forge.Turn, error) {
	for {
		turn, err := b.patiently(save)
		if errors.Is(err, context.Canceled) {
			return turn, fmt.Errorf("%s: %w", undone, hurried(err))
		}
		if errors.Is(err, postgres.ErrUnknown) {
			undone = notKnown
		}
		if err == nil || !b.attended || isAbout(err, builder.ErrInvalid, builder.ErrConflict, builder.ErrGone,
			builder.ErrNotFound, builder.ErrNewer, builder.ErrUnreadable) {
			return turn, err
		}
		b.complain(err)
		if _, _, stop := b.ask("That is not saved yet. Enter tries again, q gives up: "); errors.Is(stop, errEnded) {
			return turn, err
		}
	}
}

// What insist may leave undone.
const (
	notSaved    = "your last answer is not saved"
	notBack     = "the question before was not gone back to"
	notFinished = "the bot is not finished"
	notRestored = "the earlier revision is not restored"
	notKnown    = "whether that was saved is not known; resume shows what is"
)

func isAbout(err error, kinds ...error) bool {
	return slices.ContainsFunc(kinds, func(target error) bool { return errors.Is(err, target) })
}

// tellWhereItStands reminds the person of a session that is resumed.
func (b *build) tellWhereItStands(turn forge.Turn) {
	b.tell("Going on with session %s (%s), revision %d", turn.SessionID, plain(turn.Category.String()), turn.Revision)
	for _, l := range turn.Preview {
		if l.Decided && l.Value.String() != "" {
			b.tell("  %s: %s", l.Field, excerpt(l.Value.String()))
		}
	}
}

// tellNotices tells what an answer that nobody is asked for may hide.
func (b *build) tellNotices(turn forge.Turn) {
	if text := noticesText(turn); text != "" {
		b.show(text)
	}
}

// tellSaved is the saved mark of an answer. It comes after the answer is
// durable.
func (b *build) tellSaved(field string, turn forge.Turn) {
	shown := "(none)"
	for _, l := range turn.Preview {
		if l.Field == field && l.Decided && l.Value.String() != "" {
			shown = excerpt(l.Value.String())
		}
	}
	if b.dryRun {
		b.tell("%s: %s", field, shown)
		return
	}
	b.tell("%s: %s, saved (revision %d)", field, shown, turn.Revision)
}
