package main

import (
	"charm.land/bubbles/v2/viewport"
	tea "charm.land/bubbletea/v2"
)

// choosing is a screen with a title and a list, each row of which does
// something.
type choosing struct {
	title string
	hint  string
	menu  *menu
	take  []func(w *wizard) tea.Cmd
	esc   func(w *wizard) tea.Cmd // nil where there is nowhere to go back to
	above func(width, height int) string
}

// choice is a row of a choosing screen.
type choice struct {
	item
	take func(w *wizard) tea.Cmd
}

func newChoosing(title, hint string, at int, choices ...choice) *choosing {
	c := &choosing{title: title, hint: hint}
	var rows []item
	for _, choice := range choices {
		rows, c.take = append(rows, choice.item), append(c.take, choice.take)
	}
	c.menu = newMenu(rows, at)
	return c
}

func (c *choosing) update(w *wizard, msg tea.Msg) tea.Cmd {
	if press, ok := msg.(tea.KeyPressMsg); ok {
		switch press.String() {
		case "enter":
			return c.take[c.menu.at](w)
		case "esc", "shift+tab":
			if c.esc != nil {
				return c.esc(w)
			}
			return nil
		case "?":
			w.help = true
			return nil
		}
	}
	return c.menu.update(msg)
}

func (c *choosing) keys() []string {
	keys := []string{"↑↓ 1-9: move", "enter: take"}
	if c.esc != nil {
		keys = append(keys, "esc: back")
	}
	return keys
}

func (c *choosing) view(_ *wizard, width, height int) string {
	top := strong.Render(wrapped(c.title, width)) + "\n"
	if c.hint != "" {
		top += wrapped(c.hint, width) + "\n"
	}
	if c.above != nil {
		top = c.above(width, height-lines(top)-len(c.menu.items)) + top
	} else {
		top += "\n"
	}
	below := ""
	if fits := c.menu.fits(width); fits != "" {
		below = "\n" + faint.Render(wrapped(fits, width)) + "\n"
	}
	return top + c.menu.view(width, height-lines(top)-lines(below)) + "\n" + below
}

// scrolling is a screen of text to scroll through.
type scrolling struct {
	title string
	text  string
	port  viewport.Model
	esc   func(w *wizard) tea.Cmd
}

func newScrolling(title, text string, esc func(w *wizard) tea.Cmd) *scrolling {
	return &scrolling{title: title, text: text, port: viewport.New(), esc: esc}
}

func (p *scrolling) update(w *wizard, msg tea.Msg) tea.Cmd {
	if press, ok := msg.(tea.KeyPressMsg); ok {
		switch press.String() {
		case "esc", "shift+tab", "enter", "q":
			return p.esc(w)
		case "home":
			p.port.GotoTop()
			return nil
		case "end":
			p.port.GotoBottom()
			return nil
		}
	}
	var cmd tea.Cmd
	p.port, cmd = p.port.Update(msg)
	return cmd
}

func (p *scrolling) keys() []string { return []string{"↑↓ pgup pgdn: scroll", "esc: back"} }

func (p *scrolling) view(_ *wizard, width, height int) string {
	top := strong.Render(wrapped(p.title, width)) + "\n\n"
	p.port.SetWidth(width)
	p.port.SetHeight(max(height-lines(top), 1))
	p.port.SetContent(wrapped(p.text, width))
	return top + p.port.View() + "\n"
}
