//go:build unix

package main

import (
	"cmp"
	"fmt"
	"html"
	"image/color"
	"strings"
	"testing"

	uv "github.com/charmbracelet/ultraviolet"
)

// The picture in the README is the wizard's own screen. With -update it is drawn
// anew.
func TestPicture(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	if in := runCommand(data, remembered, "memory", "import", "-"); in.code != exitDone {
		t.Fatal(in.stderr)
	}
	term := atTerminal(t, data, 80, 22, "build", "a bot that reviews Go code")
	term.shows("1 of 6")
	term.types("Gopher" + keyEnter)
	term.shows("2 of 6")
	term.types("3" + keyEnter)
	term.shows("3 of 6")
	term.shows("Suggested: ")
	term.shows("saved (revision 3)")
	checkGolden(t, "../../docs/wizard.svg", term.picture("Forge asks how the bot should talk; formal is suggested, with the reason"))
}

// The measures of a picture, in its own units.
const (
	cellWidth, cellHeight = 9, 19
	margin                = 14
)

// picture draws the screen as SVG.
func (term *terminal) picture(title string) string {
	term.mu.Lock()
	defer term.mu.Unlock()
	columns, rows := term.screen.Width(), term.screen.Height()
	width, height := columns*cellWidth+2*margin, rows*cellHeight+2*margin
	var out strings.Builder
	fmt.Fprintf(&out, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %[1]d %[2]d" role="img">
<title>%s</title>
<rect width="%[1]d" height="%[2]d" rx="8" fill="#16181d"/>
<g font-family="ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="15" fill="#d7dae0" xml:space="preserve">
`, width, height, html.EscapeString(title))
	for y := range rows {
		for x := 0; x < columns; {
			cell := term.screen.CellAt(x, y)
			style, text, begin := cell.Style, "", x
			for ; x < columns; x += max(cell.Width, 1) {
				if cell = term.screen.CellAt(x, y); !cell.Style.Equal(&style) {
					break
				}
				text += cell.Content
			}
			if text = strings.TrimRight(text, " "); text != "" {
				fmt.Fprintf(&out, "<text x=\"%d\" y=\"%d\" textLength=\"%d\"%s>%s</text>\n", margin+begin*cellWidth,
					margin+y*cellHeight+15, displayWidth(text)*cellWidth, looks(style), html.EscapeString(text))
			}
		}
	}
	out.WriteString("</g>\n</svg>\n")
	return out.String()
}

// palette is how the picture shows the terminal's colours on its dark ground.
var palette = map[string]string{"#800000": "#e06c75", "#008000": "#8fd19e", "#808000": "#e5c07b", "#008080": "#6cc7d6"}

// looks are a style's attributes in SVG.
func looks(style uv.Style) string {
	var out strings.Builder
	if style.Fg != nil {
		fill := color.NRGBAModel.Convert(style.Fg).(color.NRGBA)
		shade := fmt.Sprintf("#%02x%02x%02x", fill.R, fill.G, fill.B)
		fmt.Fprintf(&out, ` fill="%s"`, cmp.Or(palette[shade], shade))
	}
	if style.Attrs&uv.AttrBold != 0 {
		out.WriteString(` font-weight="bold"`)
	}
	if style.Attrs&uv.AttrFaint != 0 {
		out.WriteString(` opacity="0.6"`)
	}
	return out.String()
}
