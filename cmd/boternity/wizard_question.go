package main

import (
	"context"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/forge"
)

// asking is the screen of one question. It has a list where there are options,
// and an editor in which to answer in one's own words.
type asking struct {
	q      *forge.Question
	rows   []answerRow
	menu   *menu      // for one answer
	check  *checklist // for several
	own    *editor
	typing bool   // the editor has the keys
	first  bool   // the description of a session that is not begun yet
	last   string // what stood there after the last key
	shown  string // what stands in the field to begin with, as the field shows it
}

// ask shows the turn's question.
func (w *wizard) ask() tea.Cmd {
	q := w.turn.Question
	a := &asking{q: q}
	w.typing = w.keepTyping(q.Field, q.Pending)
	a.rows = answerRows(q)
	switch {
	case len(a.rows) == 0:
		proposed, _ := q.Proposal()
		a.own, a.typing = newEditor(q.Pending, w.placeholder(q)), true
		if q.Pending == "" && (!q.Previous.IsZero() || !q.Current.IsZero()) {
			a.own = newEditor(proposed.String(), w.placeholder(q))
			a.shown = a.own.shown()
		}
	case q.Many:
		a.check = newChecklist(items(a.rows), a.pendingTicks())
		a.check.moved = q.Pending != "" && q.Contest == nil
	default:
		a.menu = newMenu(items(a.rows), a.proposedRow())
	}
	if a.own == nil {
		a.own = newEditor(a.pendingWords(), "Your own words")
		a.typing = a.own.text != ""
	}
	a.last = a.halfTyped()
	var focus tea.Cmd
	if a.typing {
		focus = a.own.focus()
	}
	return tea.Batch(focus, w.show(a), w.typing.watch())
}

// describe asks what the bot should do, before there is a session.
func (w *wizard) describe() tea.Cmd {
	a := &asking{q: w.guide.DescriptionQuestion(), first: true, typing: true}
	a.own = newEditor("", "For example: a bot that reviews Go code")
	w.typing = w.keepDescription()
	return tea.Batch(a.own.focus(), w.show(a), w.typing.watch())
}

func (w *wizard) placeholder(q *forge.Question) string {
	if v, _ := q.Proposal(); !v.IsZero() {
		return v.String()
	}
	return "Type your answer"
}

// update takes a key.
func (a *asking) update(w *wizard, msg tea.Msg) tea.Cmd {
	press, isKey := msg.(tea.KeyPressMsg)
	if !isKey {
		return a.give(w, msg)
	}
	switch press.String() {
	case "enter":
		return a.enter(w)
	case "esc", "shift+tab":
		return a.back(w)
	case "?":
		if !a.typing {
			w.help = true
			return nil
		}
	case "space":
		if !a.typing && a.check != nil && a.rows[a.check.at()].own {
			return a.write()
		}
	}
	return a.give(w, msg)
}

// enter takes the row under the cursor or what was typed.
func (a *asking) enter(w *wizard) tea.Cmd {
	switch {
	case a.typing && strings.TrimSpace(a.own.text) == "" && len(a.rows) > 0:
		a.typing = false
		return nil
	case a.check != nil && strings.TrimSpace(a.own.text) != "":
		return a.addRows(w) // begun beside the list: no tick may drop it
	case !a.typing && a.onOwn():
		return a.write()
	}
	answer, err := a.answer()
	if err != nil {
		w.wrong = err
		return nil
	}
	return w.perform(w.answering(answer, a.first))
}

func (a *asking) onOwn() bool {
	if a.check != nil {
		return a.rows[a.check.at()].own
	}
	return a.rows[a.menu.at].own
}

// list is what the two kinds of lists share.
func (a *asking) list() *list {
	if a.check != nil {
		return &a.check.list
	}
	return &a.menu.list
}

// write goes to one's own words.
func (a *asking) write() tea.Cmd {
	a.typing = true
	return a.own.focus()
}

// give gives a message to what has the keys.
func (a *asking) give(w *wizard, msg tea.Msg) tea.Cmd {
	var begun tea.Cmd
	if !a.typing && a.q.FreeText {
		before, begins := a.begins(msg)
		if begins {
			a.typing = true
			a.own = newEditor(a.own.text+before, "Your own words")
			begun = a.own.focus()
		}
	}
	var cmd tea.Cmd
	switch {
	case a.typing:
		cmd = a.own.update(msg)
	case a.check != nil:
		cmd = a.check.update(msg)
	default:
		cmd = a.menu.update(msg)
	}
	// Only looking at what stands there is not typing.
	if text := a.halfTyped(); text != a.last {
		a.last = text
		w.typing.now(text)
	}
	return tea.Batch(begun, cmd)
}

// begins reports whether a message on a list is the first of one's own words,
// and what was typed of them before: nobody has to look for the row first. Digits
// move to the row that they name for as long as there is one; "16000" and "9
// lives" are words of one's own.
func (a *asking) begins(msg tea.Msg) (before string, begins bool) {
	if _, pasted := msg.(tea.PasteMsg); pasted {
		return "", true
	}
	press, ok := msg.(tea.KeyPressMsg)
	if !ok || press.Text == "" {
		return "", false
	}
	typed := a.list().typed
	switch {
	case isDigit(press):
		return typed, !namesRow(typed+press.Text, len(a.rows))
	case press.Text == " " && a.menu != nil && typed != "":
		return typed, true
	case press.Text == " ":
		return "", false
	case a.check != nil: // there a number was only a place
		return "", true
	}
	return typed, true
}

// addRows makes ticked rows of what was typed into a list of several answers.
func (a *asking) addRows(w *wizard) tea.Cmd {
	v, err := forge.Parse(a.q.Field, a.own.text)
	if err != nil {
		w.wrong = err
		return nil
	}
	ticked := slices.Clone(a.check.ticked)
	at := 0
	words, _ := v.AsList()
	for _, word := range words {
		row, found := a.rowOf(word)
		if !found {
			row = len(a.rows) - 1 // before the last, which is for one's own words
			a.rows = slices.Insert(a.rows, row, answerRow{item: item{label: plain(word), mark: "yours"}, value: builder.Text(word)})
		}
		at = row
		if !slices.Contains(ticked, row) {
			ticked = append(ticked, row)
		}
	}
	a.check = newChecklist(items(a.rows), ticked)
	a.check.moved = true
	a.check.moveTo(at)
	a.own, a.typing = newEditor("", "Your own words"), false
	w.typing.now(a.halfTyped())
	return nil
}

// answer is what Enter gives.
func (a *asking) answer() (forge.Answer, error) {
	answer := forge.Answer{Field: a.q.Field, Source: builder.Chosen, Shown: a.q.Suggestion != nil}
	proposed, source := a.q.Proposal()
	untouched := false
	switch {
	case a.check != nil:
		if names := a.names(); !a.check.moved {
			answer.Value = proposed // in its own order
		} else if len(names) > 0 {
			answer.Value = builder.List(names...)
		} else if !a.q.Optional {
			return answer, &builder.InvalidError{Field: a.q.Field, Problem: "needs at least one; tick it with the space bar"}
		}
		untouched = !a.check.moved
	case a.menu != nil && !a.typing:
		answer.Value = a.rows[a.menu.at].value
		untouched = !a.menu.moved
	case a.shown != "" && a.own.text == a.shown:
		answer.Value, answer.Source = proposed, source // as it stood, to the letter
		return answer, nil
	default:
		text := strings.TrimSpace(a.own.text)
		switch {
		case text == "" && !a.first:
			answer.Value, answer.Source = proposed, source
			return answer, nil
		case text == "-" && a.q.Optional:
			return answer, nil
		}
		var err error
		if answer.Value, err = forge.Parse(a.q.Field, text); err != nil {
			return answer, err
		}
	}
	switch {
	case answer.Value.IsZero():
	case answer.Value == proposed && untouched:
		answer.Source = source
	case answer.Value == suggestion(a.q):
		answer.Source = builder.Accepted
	}
	return answer, nil
}

// answering gives the guide an answer. That to the first of all questions is
// what a session begins with.
func (w *wizard) answering(answer forge.Answer, first bool) *deed {
	at, id := w.turn.Revision, w.turn.SessionID
	return &deed{what: "Saving", saves: true, answers: true, do: func(ctx context.Context) (forge.Turn, error) {
		if first {
			text, _ := answer.Value.AsText()
			begun := w.begun.get()
			if begun.SessionID == uuid.Nil {
				return w.guide.Start(ctx, text)
			}
			turn, err := w.guide.Answer(ctx, begun.SessionID, begun.Revision, answer)
			if isAbout(err, builder.ErrGone, builder.ErrNotFound) {
				return w.guide.Start(ctx, text) // another window has deleted what half of it began
			}
			return turn, err
		}
		return w.guide.Answer(ctx, id, at, answer)
	}}
}

// resume goes on with an answer that was not taken.
func (a *asking) resume(w *wizard) tea.Cmd {
	if a.first {
		w.typing = w.keepDescription()
	} else {
		w.typing = w.keepTyping(a.q.Field, unknownText)
	}
	w.typing.now(a.halfTyped())
	return w.typing.watch()
}

// back leaves one's own words for the list, a question asked again for where the
// session stands, and a question for the one before it.
func (a *asking) back(w *wizard) tea.Cmd {
	if a.typing && len(a.rows) > 0 {
		a.typing = false
		return nil
	}
	switch {
	case a.first:
		return nil
	case a.q.Contest != nil:
		// Both answers stay on the screen: leaving would drop the later one.
		w.wrong = &builder.InvalidError{Problem: "please take one of the two answers; either can be changed later"}
		return nil
	case a.q.Unfinished:
		w.wrong = &builder.InvalidError{Problem: "please say what the bot should do and press Enter; the questions come after that"}
		return nil
	case a.q.Again:
		return w.perform(w.abandoning(a.q.Field))
	case !w.answeredAny():
		return w.perform(w.reasking(forge.FieldInitialDescription))
	}
	return w.perform(w.goingBack())
}

func (w *wizard) answeredAny() bool {
	for _, l := range w.turn.Preview {
		if l.Decided {
			return true
		}
	}
	return false
}
