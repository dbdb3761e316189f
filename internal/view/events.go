package view

import (
	"fmt"
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"
	"github.com/tidwall/gjson"

	"retrycatch/internal/history"
	"retrycatch/internal/safetext"
)

// Events shows the events of an execution.
type Events struct {
	history.Execution
	State string // shows only its events; empty for all
	Whole string // the command that shows lines that are too long for a terminal
}

// Text prints a line for each event. A terminal's width limits the line: what matters comes first.
func (e Events) Text(c *Console) {
	from, _ := e.Bounds()
	id, at, kind := len("ID"), len("Time"), len("Type")
	var shown []history.Event
	for _, event := range e.Events {
		if e.State != "" && event.State != e.State {
			continue
		}
		shown = append(shown, event)
		id = max(id, len(fmt.Sprint(event.ID)))
		at = max(at, len(offset(event.Time, from)))
		kind = max(kind, ansi.StringWidth(printable(string(event.Type))))
	}
	short := false
	row := func(number, moment, what, details string) string {
		line := strings.TrimRight(fmt.Sprintf("%*s  %*s  %s%s", id, number, at, moment, padded(what, kind+2), details), " ")
		if c.width > 0 && ansi.StringWidth(line) > c.width {
			line, short = ansi.Truncate(line, c.width, "…"), true
		}
		return line
	}
	lines := []string{strong.Render(row("ID", "TIME", "TYPE", "DETAILS"))}
	for _, event := range shown {
		lines = append(lines, row(fmt.Sprint(event.ID), offset(event.Time, from), printable(string(event.Type)),
			eventDetails(event)))
	}
	for _, span := range e.Missing {
		lines = append(lines, "missing: "+missing(span))
	}
	c.Print("%s", strings.Join(lines, "\n"))
	if short {
		c.Hint("A line that ends with … is longer than the terminal is wide.", e.Whole)
	}
}

// leading lists the details that say most, in the order of a line. The error comes before them.
var leading = []string{"input", "parameters", "output"}

// eventDetails writes everything that is recorded about an event: its state, its error, what went in
// and out, and the rest. It omits the previous event if that is the one on the line before.
func eventDetails(event history.Event) string {
	known := map[string]gjson.Result{}
	var names []string
	for key, value := range gjson.ParseBytes(event.Details()).ForEach {
		known[key.String()] = value
		names = append(names, key.String())
	}
	var parts []string
	if event.State != "" {
		parts = append(parts, strong.Render(printable(event.State)))
	}
	cause := history.NewCause(known["cause"].String())
	if failed := failure(known["error"].String(), cause); failed != "" {
		parts = append(parts, wrong.Render(failed))
	}
	for _, name := range append(slices.Clone(leading), names...) {
		value, left := known[name]
		delete(known, name)
		repeated := name == "error" || name == "cause" && cause.Text == cause.Message ||
			name == "name" && value.String() == event.State
		if left && !repeated {
			parts = append(parts, printable(name+" "+unfolded(value)))
		}
	}
	if event.Previous > 0 && event.Previous != event.ID-1 {
		parts = append(parts, fmt.Sprint("previous ", event.Previous))
	}
	return strings.Join(parts, "  ")
}

// unfolded writes a value in one line. The text of most details is JSON.
func unfolded(value gjson.Result) string {
	if value.Type == gjson.String {
		return safetext.Unfold(value.Str)
	}
	return safetext.Unfold(value.Raw)
}
