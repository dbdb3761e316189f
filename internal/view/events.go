package view

import (
	"fmt"
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"
	"github.com/tidwall/gjson"

	"retrycatch/internal/history"
)

// Events shows the events of an execution.
type Events struct {
	history.Execution
	State        string // limits the events to this state; empty for all events
	UncutCommand string // the command that shows whole lines
}

// Text prints a line for each event, with the most important details first. It cuts the line off at
// the width of a terminal.
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
		at = max(at, len(offsetText(event.Time, from)))
		kind = max(kind, ansi.StringWidth(printable(string(event.Type))))
	}
	short := false
	row := func(number, moment, what, details string) string {
		line := strings.TrimRight(fmt.Sprintf("%*s  %*s  %s%s", id, number, at, moment, padRight(what, kind+2), details), " ")
		if c.width > 0 && ansi.StringWidth(line) > c.width {
			line, short = ansi.Truncate(line, c.width, "…"), true
		}
		return line
	}
	lines := []string{strong.Render(row("ID", "TIME", "TYPE", "DETAILS"))}
	for _, event := range shown {
		lines = append(lines, row(fmt.Sprint(event.ID), offsetText(event.Time, from), printable(string(event.Type)),
			eventDetails(event)))
	}
	for _, span := range e.Missing {
		lines = append(lines, "missing: "+missingText(span))
	}
	c.Print("%s", strings.Join(lines, "\n"))
	if short {
		c.Hint("Lines that end with … are wider than the terminal.", e.UncutCommand)
	}
}

// leadingDetails lists the most important details in the order of a line. Only the error precedes them.
var leadingDetails = []string{"input", "parameters", "output"}

// eventDetails writes every recorded detail of an event: state, error, input and output, then the
// rest. It omits the previous event's ID if that event is on the line before.
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
	if failed := errorText(known["error"].String(), cause); failed != "" {
		parts = append(parts, failStyle.Render(failed))
	}
	for _, name := range append(slices.Clone(leadingDetails), names...) {
		value, left := known[name]
		delete(known, name)
		repeated := name == "error" || name == "cause" && cause.Text == cause.Message ||
			name == "name" && value.String() == event.State
		if left && !repeated {
			parts = append(parts, printable(name+" "+unfoldValue(value)))
		}
	}
	if event.Previous > 0 && event.Previous != event.ID-1 {
		parts = append(parts, fmt.Sprint("previous ", event.Previous))
	}
	return strings.Join(parts, "  ")
}

// unfoldValue writes a value on one line, with the JSON inside its strings as JSON.
func unfoldValue(value gjson.Result) string {
	text := value.Raw
	if value.Type == gjson.String {
		text = value.Str
	}
	unfolded, note := unfold(text)
	return unfolded + note
}
