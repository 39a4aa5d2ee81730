package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
	"charm.land/huh/v2"
)

// item is one row of a list to choose from.
type item struct {
	label string
	fits  string // when it fits, in a line
	mark  string // whose idea it is: "suggested", "default"
}

// text is the row as it is shown: on one line with when it fits where there is
// room for both. labels is how wide the widest label is.
func (i item) text(number string, labels, width int) string {
	if room := width - displayWidth(number) - 1; displayWidth(i.marked()) > room && i.mark != "" {
		// Whose idea it is tells rows apart whose beginnings are the same.
		return number + " " + item{label: fit(i.label, max(room-displayWidth(i.mark)-3, 1)), mark: i.mark}.marked()
	}
	if i.fits == "" || width-displayWidth(number)-labels-3 < minFits {
		return fit(number+" "+i.marked(), width)
	}
	return fit(number+" "+pad(i.marked(), labels)+"  "+i.fits, width)
}

// marked is the label with whose idea it is.
func (i item) marked() string {
	if i.mark == "" {
		return i.label
	}
	return i.label + " (" + i.mark + ")"
}

// minFits is how many columns it takes to say when an option fits; with fewer,
// only that of the row under the cursor is shown, below the list.
const minFits = 24

// texts are the rows of a list that is so wide.
func texts(items []item, width int) []string {
	labels := 0
	for _, i := range items {
		labels = max(labels, displayWidth(i.marked()))
	}
	labels = min(labels, width/2)
	digits := len(strconv.Itoa(len(items)))
	rows := make([]string, len(items))
	for n, i := range items {
		rows[n] = i.text(fmt.Sprintf("%*d", digits, n+1), labels, width)
	}
	return rows
}

// untold is when a row fits, where the row does not say it whole.
func untold(items []item, at, width int) string {
	if at >= len(items) || strings.HasSuffix(texts(items, width)[at], items[at].fits) {
		return ""
	}
	return items[at].fits
}

// list is rows that are moved to by their numbers.
type list struct {
	items  []item
	typed  string // the number so far
	moved  bool   // someone chose something, if only what was proposed
	across int    // how wide it is laid out
}

// number is the row that the digits typed so far name.
func (l *list) number(press tea.KeyPressMsg) (n int, ok bool) {
	if !isDigit(press) {
		l.typed = ""
		return 0, false
	}
	for _, typed := range []string{l.typed + press.Text, press.Text} {
		if namesRow(typed, len(l.items)) {
			l.typed = typed
			n, _ = strconv.Atoi(typed) // namesRow has looked
			return n, true
		}
	}
	return 0, false
}

// namesRow reports whether digits are the number of one of so many rows.
func namesRow(digits string, rows int) bool {
	n, err := strconv.Atoi(digits)
	return err == nil && n >= 1 && n <= rows && digits[0] != '0'
}

func isDigit(press tea.KeyPressMsg) bool {
	return len(press.Text) == 1 && press.Text[0] >= '0' && press.Text[0] <= '9'
}

// menu is a list to choose one row from, with the arrow keys or its number.
type menu struct {
	list
	field *huh.Select[int]
	at    int
}

func newMenu(items []item, at int) *menu {
	m := &menu{list: list{items: items}, at: max(at, 0)}
	m.field = huh.NewSelect[int]()
	m.field.WithTheme(theme)
	m.field.WithKeyMap(keyMap())
	m.field.Focus()
	m.fill(maxWidth)
	return m
}

func (m *menu) fill(width int) {
	if width == m.across {
		return
	}
	m.across = width
	options := make([]huh.Option[int], len(m.items))
	for i, text := range texts(m.items, width-selectorWidth) {
		options[i] = huh.NewOption(text, i)
	}
	m.field.WithWidth(width)
	m.field.Options(options...)
	m.field.Value(&m.at)
}

// update takes a key. A digit moves to the row of that number.
func (m *menu) update(msg tea.Msg) tea.Cmd {
	if press, ok := msg.(tea.KeyPressMsg); ok {
		if n, ok := m.number(press); ok {
			m.moved, m.at = true, n-1
			m.field.Value(&m.at)
			return nil
		}
	}
	before := m.at
	_, cmd := m.field.Update(msg)
	if hovered, ok := m.field.Hovered(); ok {
		m.at = hovered
	}
	m.moved = m.moved || m.at != before
	return cmd
}

func (m *menu) view(width, height int) string {
	m.fill(width)
	m.field.Height(min(len(m.items), max(height, 1)))
	m.field.Update(nil) // it sizes itself when it is told something
	return strings.TrimRight(m.field.View(), "\n")
}

// fits is when the row under the cursor fits, where its row has no room to say.
func (m *menu) fits(width int) string { return untold(m.items, m.at, width-selectorWidth) }

// checklist is a list to choose any number of rows from.
type checklist struct {
	list
	field  *huh.MultiSelect[int]
	ticked []int
}

func newChecklist(items []item, ticked []int) *checklist {
	c := &checklist{list: list{items: items}, ticked: ticked}
	c.make(maxWidth, 0)
	return c
}

// make makes the field anew: the rows have changed.
func (c *checklist) make(width, at int) {
	c.across = width
	options := make([]huh.Option[int], len(c.items))
	for i, text := range texts(c.items, width-selectorWidth-tickWidth) {
		options[i] = huh.NewOption(text, i).Selected(slices.Contains(c.ticked, i))
	}
	c.field = huh.NewMultiSelect[int]().Options(options...).Value(&c.ticked).Filterable(false)
	c.field.WithTheme(theme)
	c.field.WithKeyMap(keyMap())
	c.field.WithWidth(width)
	c.field.Focus()
	c.moveTo(at)
}

func (c *checklist) at() int {
	at, _ := c.field.Hovered()
	return at
}

func (c *checklist) moveTo(row int) {
	c.field.Update(tea.KeyPressMsg{Code: tea.KeyHome})
	for range row {
		c.field.Update(tea.KeyPressMsg{Code: tea.KeyDown})
	}
}

// update takes a key. A digit moves to the row of that number.
func (c *checklist) update(msg tea.Msg) tea.Cmd {
	if press, ok := msg.(tea.KeyPressMsg); ok {
		if n, ok := c.number(press); ok {
			c.moveTo(n - 1)
			return nil
		}
	}
	before := slices.Clone(c.ticked)
	_, cmd := c.field.Update(msg)
	c.moved = c.moved || !slices.Equal(before, c.ticked)
	return cmd
}

func (c *checklist) view(width, height int) string {
	if width != c.across {
		c.make(width, c.at())
	}
	c.field.Height(min(len(c.items), max(height, 1)))
	c.field.Update(nil)
	return strings.TrimRight(c.field.View(), "\n")
}

func (c *checklist) fits(width int) string {
	return untold(c.items, c.at(), width-selectorWidth-tickWidth)
}

// editor is a field to type into, of several lines where there are some.
type editor struct {
	field *huh.Text
	text  string
}

func newEditor(text, placeholder string) *editor {
	e := &editor{text: text}
	e.field = huh.NewText().Value(&e.text).ExternalEditor(false).Placeholder(placeholder)
	e.field.WithTheme(editorTheme)
	e.field.WithKeyMap(keyMap())
	return e
}

// shown is the text as the field has it: it spells out tabs and line ends in its
// own way.
func (e *editor) shown() string {
	e.field.Update(nil)
	return e.text
}

func (e *editor) focus() tea.Cmd { return e.field.Focus() }

func (e *editor) update(msg tea.Msg) tea.Cmd {
	_, cmd := e.field.Update(msg)
	return cmd
}

func (e *editor) view(width, height int) string {
	e.field.WithWidth(width)
	e.field.WithHeight(min(max(height, 1), editorLines))
	return strings.TrimRight(e.field.View(), "\n")
}

// editorLines is how many lines of a longer text are in sight.
const editorLines = 4

// keyMap leaves to the fields the keys that move and type; what takes, goes back
// and stops is the wizard's.
func keyMap() *huh.KeyMap {
	keys := huh.NewDefaultKeyMap()
	off := key.NewBinding(key.WithDisabled())
	s := &keys.Select
	s.Next, s.Prev, s.Submit, s.Filter, s.SetFilter, s.ClearFilter, s.Left, s.Right = off, off, off, off, off, off, off, off
	s.Up, s.Down = key.NewBinding(key.WithKeys("up", "ctrl+p")), key.NewBinding(key.WithKeys("down", "ctrl+n"))
	s.HalfPageUp, s.HalfPageDown = key.NewBinding(key.WithKeys("pgup")), key.NewBinding(key.WithKeys("pgdown"))
	s.GotoTop, s.GotoBottom = key.NewBinding(key.WithKeys("home")), key.NewBinding(key.WithKeys("end"))
	m := &keys.MultiSelect
	m.Next, m.Prev, m.Submit, m.Filter, m.SetFilter, m.ClearFilter, m.SelectAll, m.SelectNone = off, off, off, off, off, off, off, off
	m.Up, m.Down, m.GotoTop, m.GotoBottom, m.HalfPageUp, m.HalfPageDown = s.Up, s.Down, s.GotoTop, s.GotoBottom, s.HalfPageUp, s.HalfPageDown
	m.Toggle = key.NewBinding(key.WithKeys("space"))
	t := &keys.Text
	t.Next, t.Prev, t.Submit, t.Editor = off, off, off, off
	return keys
}
