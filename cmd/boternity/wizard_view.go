package main

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"
	"charm.land/huh/v2"
	"charm.land/lipgloss/v2"
	"github.com/clipperhouse/displaywidth"

	"github.com/boternity/boternity/autosave"
	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/forge"
)

// The looks. Colours are the terminal's own sixteen, so that they fit whatever
// theme it has; without colours, bold and faint remain.
var (
	strong = lipgloss.NewStyle().Bold(true)
	faint  = lipgloss.NewStyle().Faint(true)
	accent = lipgloss.NewStyle().Foreground(lipgloss.Cyan)
	good   = lipgloss.NewStyle().Foreground(lipgloss.Green)
	alarm  = lipgloss.NewStyle().Foreground(lipgloss.Red)
	notice = lipgloss.NewStyle().Foreground(lipgloss.Yellow)
)

const (
	// maxWidth is how wide the wizard grows; longer lines are hard to read.
	maxWidth = 100
	// selectorWidth and tickWidth are what the fields put before a row.
	selectorWidth = 2
	tickWidth     = 4
)

// theme is how the fields look: plain, without frames, since the smallest
// screens have no columns to spare.
var theme = huh.ThemeFunc(func(dark bool) *huh.Styles {
	styles := huh.ThemeBase(dark)
	for _, f := range []*huh.FieldStyles{&styles.Focused, &styles.Blurred} {
		f.Base = lipgloss.NewStyle()
		f.SelectSelector = accent.SetString("> ")
		f.MultiSelectSelector = accent.SetString("> ")
		f.SelectedOption = strong
		f.SelectedPrefix = good.SetString("[x] ")
		f.UnselectedPrefix = lipgloss.NewStyle().SetString("[ ] ")
		f.TextInput.Placeholder = faint
	}
	return styles
})

// editorTheme has a line beside the field, so that one sees where to type.
var editorTheme = huh.ThemeFunc(func(dark bool) *huh.Styles {
	styles := theme(dark)
	styles.Focused.Base = lipgloss.NewStyle().Border(lipgloss.ThickBorder(), false, false, false, true).BorderForeground(lipgloss.Cyan).PaddingLeft(1)
	return styles
})

// View draws the screen between a header and the keys, with as much of the
// preview as there is room for.
func (w *wizard) View() tea.View {
	v := tea.NewView(w.draw())
	v.AltScreen = true
	v.WindowTitle = "boternity"
	return v
}

func (w *wizard) draw() string {
	width, height := min(w.width, maxWidth), w.height
	if width <= 0 || height <= 0 {
		return ""
	}
	top := w.header(width)
	for _, note := range w.notes {
		top += notice.Render(wrapped("Note: "+note, width)) + "\n"
	}
	bottom := w.footer(width)
	room := height - lines(top) - lines(bottom)
	var body string
	switch {
	case w.help:
		body = wrapped(helpLines, width) + "\n"
	case w.screen != nil:
		body = w.screen.view(w, width, room)
	}
	room -= lines(body)
	preview := ""
	if _, asks := w.screen.(*asking); asks && !w.help {
		preview = soFar(w.turn.Preview, width, room-1)
	}
	filler := strings.Repeat("\n", max(room-lines(preview), 0))
	return clip(top+body+filler+preview+bottom, height)
}

// header says which bot, which question, and that everything is saved.
func (w *wizard) header(width int) string {
	left := "Forge"
	if w.turn.Category != builder.Unknown || w.turn.Kind != "" {
		left += " · " + plain(w.turn.Category.String())
	}
	if q := w.turn.Question; q != nil && w.turn.Kind == forge.Ask {
		if q.Number > 0 {
			left += fmt.Sprintf(" · %d of %d", q.Number, q.Of)
		}
		if width >= 60 {
			left += " · " + string(q.Phase)
		}
	}
	right := w.mark(width)
	gap := width - displayWidth(left) - displayWidth(right)
	if gap < 1 {
		left = fit(left, max(width-displayWidth(right)-1, 1))
		gap = max(width-displayWidth(left)-displayWidth(right), 1)
	}
	return strong.Render(left) + strings.Repeat(" ", gap) + w.markStyle().Render(right) + "\n\n"
}

// mark is the saved mark: of the last answer, or of what is being typed.
func (w *wizard) mark(width int) string {
	revision := ""
	if w.saved > 0 {
		revision = fmt.Sprintf("✓ saved (revision %d)", w.saved)
		if width < 60 {
			revision = fmt.Sprintf("✓ saved %d", w.saved)
		}
	}
	switch {
	case w.doing != nil && w.ending:
		return w.doing.what + ", then it ends…"
	case w.doing != nil:
		return w.doing.what + "…"
	case w.before != nil:
		return "! not saved"
	case w.typing == nil || w.typing.text == "" && w.typing.status.State == autosave.Saved:
		return revision
	}
	switch w.typing.status.State {
	case autosave.Saved:
		if w.typing.changed {
			return "✓ typing kept"
		}
		return revision
	case autosave.Unsaved, autosave.Saving:
		return "…"
	}
	return "! typing not kept"
}

func (w *wizard) markStyle() lipgloss.Style {
	if w.doing == nil && w.before != nil || w.typing.problem() != nil {
		return alarm
	}
	return good
}

// footer says what is wrong and what the keys do.
func (w *wizard) footer(width int) string {
	var out strings.Builder
	if err := w.typing.problem(); err != nil {
		out.WriteString(alarm.Render(wrapped("! What you type is not kept yet: "+plain(err.Error()), width)) + "\n")
	}
	if w.wrong != nil {
		out.WriteString(alarm.Render(wrapped("! "+plain(w.wrong.Error()), width)) + "\n")
	}
	keys := []string{}
	if w.help {
		keys = append(keys, "any key: close the help")
	} else if w.screen != nil {
		keys = append(w.screen.keys(), "f1: help")
	}
	keys = append(keys, "ctrl+c: stop")
	out.WriteString(faint.Render(keyLines(keys, width)) + "\n")
	return out.String()
}

// keyLines sets what the keys do on as few lines as they take.
func keyLines(keys []string, width int) string {
	var out strings.Builder
	taken := 0
	for _, key := range keys {
		switch wide := displayWidth(key); {
		case taken == 0:
			taken = wide
		case taken+len(keyGap)+wide > width:
			out.WriteByte('\n')
			taken = wide
		default:
			out.WriteString(keyGap)
			taken += len(keyGap) + wide
		}
		out.WriteString(key)
	}
	return out.String()
}

const keyGap = "  "

// soFar is the preview: what is decided, the newest lines where not all have
// room.
func soFar(all []forge.Line, width, room int) string {
	var decided []forge.Line
	for _, l := range all {
		if l.Decided {
			decided = append(decided, l)
		}
	}
	if room < 2 || len(decided) == 0 {
		return ""
	}
	left := 0
	if len(decided) > room-1 {
		left = len(decided) - (room - 1)
	}
	title := "── So far "
	if left > 0 {
		title += fmt.Sprintf("(%d more above) ", left)
	}
	var out strings.Builder
	out.WriteString(faint.Render(title+strings.Repeat("─", max(width-displayWidth(title), 0))) + "\n")
	for _, l := range decided[left:] {
		out.WriteString(fit(pad(l.Field, fieldColumn)+" "+valueText(l.Value), width) + "\n")
	}
	return out.String()
}

const fieldColumn = 11 // "temperature"

const helpLines = `Enter takes the row under the cursor, or what you have typed.

Arrow keys or a row's number move the cursor. The space bar ticks a row where several can be chosen. Typing on a list begins an answer of your own.

Esc goes back: from your own words to the list, else to the question before. Alt+Enter begins a new line.

Ctrl+C stops. Every answer is saved when it is given, and what is half typed is kept too; "boternity resume" goes on.`

func fit(s string, width int) string { return displaywidth.TruncateString(s, width, "…") }

func pad(s string, width int) string {
	return s + strings.Repeat(" ", max(width-displayWidth(s), 0))
}

func displayWidth(s string) int { return displaywidth.String(s) }

func wrapped(s string, width int) string { return lipgloss.Wrap(s, width, "") }

// lines is how many lines a text takes that ends with a line end or is empty.
func lines(s string) int { return strings.Count(s, "\n") }

// clip is the first lines of a text.
func clip(s string, height int) string {
	all := strings.Split(strings.TrimSuffix(s, "\n"), "\n")
	return strings.Join(all[:min(len(all), height)], "\n")
}
