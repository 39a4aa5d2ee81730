package main

// view draws the question, its list or field, and why something is suggested.
func (a *asking) view(_ *wizard, width, height int) string {
	top := strong.Render(wrapped(plain(a.q.Text), width)) + "\n"
	if c := a.q.Contest; c != nil {
		top += notice.Render(wrapped("This was answered elsewhere in the meantime. Which answer shall it be?", width)) + "\n"
	}
	if a.q.Hint != "" && height > smallBody {
		top += faint.Render(wrapped(plain(a.q.Hint), width)) + "\n"
	}
	top += "\n"
	below := ""
	if s := a.q.Suggestion; s != nil {
		below += accent.Render(wrapped("Suggested: "+plain(s.Reason), width)) + "\n"
	}
	if a.typing {
		if len(a.rows) > 0 {
			top += faint.Render(a.ownTitle()) + "\n"
		}
		if len(a.rows) == 0 {
			below += faint.Render(wrapped(a.emptyTakes(), width)) + "\n"
		}
		return top + a.own.view(width, height-lines(top)-lines(below)-2) + "\n\n" + below
	}
	fits := a.fits(width)
	if fits != "" {
		below = faint.Render(wrapped(fits, width)) + "\n" + below
	}
	if a.own.text != "" {
		below = faint.Render(fit("Other, as begun: "+plain(a.own.text), width)) + "\n" + below
	}
	if below != "" {
		below = "\n" + below
	}
	list := height - lines(top) - lines(below)
	if a.check != nil {
		return top + a.check.view(width, list) + "\n" + below
	}
	return top + a.menu.view(width, list) + "\n" + below
}

// smallBody is how few lines leave no room for hints.
const smallBody = 12

func (a *asking) ownTitle() string {
	if a.check != nil {
		return "Your own words, separated by commas:"
	}
	return "Your own words:"
}

// emptyTakes says what an empty line takes.
func (a *asking) emptyTakes() string {
	if a.first {
		return ""
	}
	text := "Left empty, it is: " + proposalText(a.q)
	if a.q.Optional {
		text += "; - is none"
	}
	return text
}

func (a *asking) fits(width int) string {
	if a.check != nil {
		return a.check.fits(width)
	}
	return a.menu.fits(width)
}

func (a *asking) keys() []string {
	switch {
	case a.q.Contest != nil && !a.typing:
		return []string{"↑↓ 1-9: move", "enter: take"}
	case a.typing && a.first:
		return []string{"enter: begin", "alt+enter: new line"}
	case a.typing && len(a.rows) > 0:
		return []string{"enter: take", "esc: the list"}
	case a.typing:
		return []string{"enter: take", "esc: back"}
	case a.check != nil:
		return []string{"↑↓ 1-9: move", "space: tick", "enter: take", "esc: back"}
	}
	return []string{"↑↓ 1-9: move", "enter: take", "esc: back"}
}
