package main

import (
	"context"
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/forge"
)

// The rows of the review. The cursor begins where Enter writes nothing.
const reviewBegins = 2

// review shows the whole bot and asks for the explicit yes.
func (w *wizard) review() tea.Cmd {
	c := newChoosing(consentQuestion, "", reviewBegins,
		choice{item{label: "Yes, write it"}, func(w *wizard) tea.Cmd { return w.perform(w.finishing()) }},
		choice{item{label: "Change an answer"}, func(w *wizard) tea.Cmd { return w.change() }},
		choice{item{label: "See the files first"}, func(w *wizard) tea.Cmd { return w.seeFiles() }},
		choice{item{label: "Not yet: keep the draft and stop"}, func(w *wizard) tea.Cmd { return w.stop(errEnded) }},
	)
	c.esc = func(w *wizard) tea.Cmd { return w.perform(w.goingBack()) }
	w.held = nil // nothing is left to type
	lines := w.turn.Preview
	c.above = func(width, height int) string { return wholeBot(w.turn.Category, lines, width, height) }
	return w.show(c)
}

// wholeBot is every field, how it came to be and its value.
func wholeBot(category builder.PurposeCategory, all []forge.Line, width, height int) string {
	rows := []string{strong.Render(fit("Your bot ("+plain(category.String())+")", width))}
	sources := width >= 60
	for i, l := range all {
		if len(rows) >= height-2 && i < len(all)-1 {
			rows = append(rows, faint.Render(fmt.Sprintf("… and %d more; the files show all", len(all)-i)))
			break
		}
		row := pad(l.Field, fieldColumn) + " "
		if sources {
			row += pad(string(l.Source), len(builder.Accepted)) + "  "
		}
		rows = append(rows, fit(row+valueText(l.Value), width))
	}
	return strings.Join(rows, "\n") + "\n\n"
}

// finishing writes the bot.
func (w *wizard) finishing() *deed {
	return &deed{what: "Writing the bot", do: func(ctx context.Context) (forge.Turn, error) {
		return w.guide.Finish(ctx, w.turn.SessionID, w.turn.Revision, true)
	}}
}

// goingBack takes the last answer back.
func (w *wizard) goingBack() *deed {
	return &deed{what: "Going back", saves: true, do: func(ctx context.Context) (forge.Turn, error) {
		return w.guide.Back(ctx, w.turn.SessionID, w.turn.Revision)
	}}
}

// reasking asks about a field again and changes nothing.
func (w *wizard) reasking(field string) *deed {
	return &deed{what: "Opening", do: func(ctx context.Context) (forge.Turn, error) {
		return w.guide.Ask(ctx, w.turn.SessionID, field)
	}}
}

// abandoning leaves a question that was asked again as it was answered.
func (w *wizard) abandoning(field string) *deed {
	return &deed{what: "Going back", do: func(ctx context.Context) (forge.Turn, error) {
		if err := w.store.SavePending(ctx, w.turn.SessionID, field, ""); err != nil && !isAbout(err, builder.ErrGone, builder.ErrNotFound) {
			return forge.Turn{}, err
		}
		return w.guide.Open(ctx, w.turn.SessionID)
	}}
}

// change asks which answer to change.
func (w *wizard) change() tea.Cmd {
	choices := []choice{{
		item{label: "what it is for", fits: "The description that everything else follows from."},
		func(w *wizard) tea.Cmd { return w.perform(w.reasking(forge.FieldInitialDescription)) },
	}}
	for _, l := range w.turn.Preview {
		choices = append(choices, choice{
			item{label: l.Field, fits: valueText(l.Value)},
			func(w *wizard) tea.Cmd { return w.perform(w.reasking(l.Field)) },
		})
	}
	c := newChoosing("Which answer do you want to change?", "", 0, choices...)
	c.esc = func(w *wizard) tea.Cmd { return w.review() }
	return w.show(c)
}

// seeFiles reads the files that would be written.
func (w *wizard) seeFiles() tea.Cmd {
	var text string
	return w.perform(&deed{
		what: "Reading",
		do: func(ctx context.Context) (forge.Turn, error) {
			files, err := w.guide.Files(ctx, w.turn.SessionID)
			text = filesText(files)
			return w.turn, err
		},
		done: func(w *wizard, _ forge.Turn) tea.Cmd {
			return w.show(newScrolling("The bot's files, as they would be written", text, func(w *wizard) tea.Cmd { return w.review() }))
		},
	})
}
