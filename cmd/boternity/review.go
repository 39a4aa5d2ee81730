package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/forge"
)

// review shows the whole bot and asks for the explicit yes.
func (b *build) review(ctx context.Context, turn forge.Turn) (forge.Turn, error) {
	b.show(noticesText(turn) + previewText(turn))
	for {
		line, c, err := b.ask(consentQuestion + " yes / no / b (back) / files / a field to change: ")
		if errors.Is(err, errEnded) {
			return turn, err
		}
		next, done := turn, false
		if err == nil {
			next, done, err = b.reviewed(ctx, turn, line, c)
		}
		switch {
		case errors.Is(err, builder.ErrInvalid):
			b.complain(err)
		case errors.Is(err, errEnded):
			return turn, err
		case errors.Is(err, builder.ErrConflict) && going(next):
			b.tellUnsaved(next)
			return next, nil
		case err != nil:
			turn.Revision = max(turn.Revision, next.Revision) // what is to be written is saved
			return b.elsewhere(ctx, turn, err)
		case done:
			return next, nil
		}
	}
}

// reviewed does what a line at the review asks for. done says that the session
// goes on from another turn.
func (b *build) reviewed(ctx context.Context, turn forge.Turn, line string, c command) (next forge.Turn, done bool, err error) {
	word := strings.ToLower(strings.TrimSpace(line))
	if field := strings.TrimSpace(strings.TrimPrefix(word, "change ")); builder.IsField(field) {
		next, err = b.guide.Ask(ctx, turn.SessionID, field)
		return next, true, err
	}
	switch {
	case c == back:
		next, err = b.back(ctx, turn)
		return next, true, err
	case word == "y" || word == "yes":
		next, err = b.finish(ctx, turn)
		return next, true, err
	case word == "n" || word == "no":
		return turn, true, errEnded
	case word == "files":
		return turn, false, b.showFiles(ctx, turn)
	}
	return turn, false, &builder.InvalidError{Problem: `please answer "yes" to write the bot, "no" to stop with the draft saved, "b" to go back, "files" to see the files first, or a field to change, such as "tone"`}
}

// finish finishes, for as long as the person insists. What is to be written is
// saved first: trying again goes on from there.
func (b *build) finish(ctx context.Context, turn forge.Turn) (forge.Turn, error) {
	at := turn.Revision
	return b.insist(notFinished, func() (forge.Turn, error) {
		made, err := b.guide.Finish(ctx, turn.SessionID, at, true)
		if err != nil && !errors.Is(err, builder.ErrConflict) {
			at = max(at, made.Revision)
		}
		return made, err
	})
}

func (b *build) showFiles(ctx context.Context, turn forge.Turn) error {
	files, err := b.guide.Files(ctx, turn.SessionID)
	if err != nil {
		return err
	}
	b.show(filesText(files) + "\n")
	return nil
}

// previewText is the whole bot: every field, how it came to be, its value.
func previewText(turn forge.Turn) string {
	list := table{heading: []string{"FIELD", "SOURCE", "VALUE"}}
	for _, l := range turn.Preview {
		source, value := string(l.Source), plain(l.Value.String())
		if value == "" {
			value = "(none)"
		}
		list.add(l.Field, source, value)
	}
	var out strings.Builder
	fmt.Fprintf(&out, "\nYour bot (%s):\n\n", plain(turn.Category.String()))
	list.write(&out, 0) //nolint:errcheck // a strings.Builder takes everything
	out.WriteByte('\n')
	return out.String()
}
