package view

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"retrycatch/internal/history"
)

// Events shows every event of an execution.
type Events struct{ history.Execution }

// Text prints a line for each event. A terminal's width limits the line.
func (e Events) Text(c *Console) {
	kinds, states := len("Type"), len("State")
	for _, event := range e.Events {
		kinds = max(kinds, ansi.StringWidth(printable(string(event.Type))))
		states = max(states, min(ansi.StringWidth(printable(event.State)), 30))
	}
	from, _ := e.Bounds()
	row := func(id, previous, at, kind, state, details string) string {
		line := fmt.Sprintf("%6s %6s %*s  %s%s%s", id, previous, timeWidth, at, padded(kind, kinds+2),
			padded(state, states+2), details)
		if c.width > 0 {
			line = ansi.Truncate(line, c.width, "…")
		}
		return strings.TrimRight(line, " ")
	}
	lines := []string{strong.Render(row("ID", "From", "Time", "Type", "State", "Details"))}
	for _, event := range e.Events {
		lines = append(lines, row(fmt.Sprint(event.ID), fmt.Sprint(event.Previous), offset(event.Time, from),
			printable(string(event.Type)), printable(event.State), printable(string(event.Details()))))
	}
	for _, span := range e.Missing {
		lines = append(lines, "missing: "+missing(span))
	}
	c.Print("%s", strings.Join(lines, "\n"))
}
