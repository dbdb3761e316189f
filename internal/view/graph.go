package view

import (
	"strings"

	"github.com/charmbracelet/x/ansi"

	"retrycatch/internal/graph"
)

// Graph is a drawing of a state machine, with or without the path of an execution.
type Graph struct{ *graph.Trace }

// Text draws the graph. It wraps lines that are wider than the terminal, and breaks a word that is
// wider than a line.
func (g Graph) Text(c *Console) {
	var text strings.Builder
	for _, line := range g.Lines() {
		for _, shown := range wrapGraphLine(line, c.width) {
			text.WriteString(strings.TrimRight(shown, " ") + "\n")
		}
	}
	c.Text(text.String())
}

// wrapGraphLine breaks a line into lines of at most width columns. A width of 0 means no limit.
func wrapGraphLine(l graph.Line, width int) []string {
	text := ""
	for _, part := range l.Text {
		text += colorize(part.Outcome, part.Text)
	}
	if width <= 0 || ansi.StringWidth(l.Margin+text) <= width {
		return []string{l.Margin + text}
	}
	lines := wrapCell(text, width-ansi.StringWidth(l.ContinuationMargin))
	for i, line := range lines {
		if i == 0 {
			lines[i] = l.Margin + line
		} else {
			lines[i] = l.ContinuationMargin + line
		}
	}
	return lines
}
