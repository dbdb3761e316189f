package view

import (
	"fmt"
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"
	"github.com/tidwall/gjson"

	"retrycatch/internal/history"
)

// Events is the list of an execution's events.
type Events struct {
	history.Execution
	State            string // the only state whose events are shown; empty for all events
	FullLinesCommand string // command that shows lines without truncation
}

// Text prints a line for each event, with the most important details first. Lines are cut at the
// terminal's width.
func (e Events) Text(c *Console) {
	from, _ := e.Bounds()
	idWidth, offsetWidth, typeWidth := len("ID"), len("Time"), len("Type")
	var shown []history.Event
	for _, event := range e.Events {
		if e.State != "" && event.State != e.State {
			continue
		}
		shown = append(shown, event)
		idWidth = max(idWidth, len(fmt.Sprint(event.ID)))
		offsetWidth = max(offsetWidth, len(offsetText(event.Time, from)))
		typeWidth = max(typeWidth, ansi.StringWidth(printable(string(event.Type))))
	}
	cut := false
	row := func(id, offset, kind, details string) string {
		line := fmt.Sprintf("%*s  %*s  %s%s", idWidth, id, offsetWidth, offset, padRight(kind, typeWidth+2), details)
		line = strings.TrimRight(line, " ")
		if c.width > 0 && ansi.StringWidth(line) > c.width {
			line, cut = ansi.Truncate(line, c.width, "…"), true
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
	if cut {
		c.Hint("Lines that end with … are wider than the terminal.", e.FullLinesCommand)
	}
}

// leadingDetails lists the details that follow the state and the error, in this order.
var leadingDetails = []string{"input", "parameters", "output"}

// eventDetails returns every recorded detail of an event in one line: state and error, then
// leadingDetails, then all others. It omits the ID of the previous event if that ID is one less
// than the event's ID.
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
		value, found := known[name]
		delete(known, name)
		repeated := name == "error" || name == "cause" && cause.Text == cause.Message ||
			name == "name" && value.String() == event.State
		if found && !repeated {
			parts = append(parts, printable(name+" "+unfoldValue(value)))
		}
	}
	if event.Previous > 0 && event.Previous != event.ID-1 {
		parts = append(parts, fmt.Sprint("previous ", event.Previous))
	}
	return strings.Join(parts, "  ")
}

// unfoldValue returns a value in one line. It replaces strings that contain JSON with that JSON.
func unfoldValue(value gjson.Result) string {
	text := value.Raw
	if value.Type == gjson.String {
		text = value.Str
	}
	unfolded, note := unfold(text)
	return unfolded + note
}
