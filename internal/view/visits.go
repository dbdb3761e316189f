package view

import (
	"fmt"
	"slices"
	"strings"

	"retrycatch/internal/history"
	"retrycatch/internal/safetext"
)

// Visits is the list of an execution's visits to one state.
type Visits struct {
	history.Execution
	State string
}

// Text prints each visit with its input, attempts and output.
func (v Visits) Text(c *Console) {
	visits := slices.DeleteFunc(slices.Clone(v.Steps), func(step history.Step) bool { return step.State != v.State })
	for i, step := range visits {
		v.showVisit(c, step, fmt.Sprintf("visit %d of %d", i+1, len(visits)))
	}
}

func (v Visits) showVisit(c *Console, step history.Step, visit string) {
	say := func(format string, values ...any) {
		c.Print("%s", wrapText(fmt.Sprintf(format, values...), c.width, 2))
	}
	from, _ := v.Bounds()
	say("%s %s", statusSign(step), strong.Render(fmt.Sprintf("%s, %s: %s", stepLabel(step), visit, step.Status)))
	times := "  entered at " + offsetText(step.Entered, from)
	if !step.Exited.IsZero() {
		times += ", took " + timeBetween(step.Entered, step.Exited)
	}
	say("%s", times)
	value := func(name, text string) {
		if text != "" {
			unfolded, note := unfold(text)
			say("  %s\n%s", strong.Render(name)+note, indentValue(unfolded))
		}
	}
	value("input", step.Input)
	for n, attempt := range step.Attempts {
		say("  %s", coloredAttempt(n, attempt))
		value("its output", attempt.Output)
		if attempt.Cause.Message != attempt.Cause.Text {
			value("its cause", attempt.Cause.Text)
		}
	}
	if what := coloredEndText(step); what != "" {
		say("  %s", what)
	}
	value("output", step.Output)
}

// indentValue indents each line by four columns, and nested JSON further.
func indentValue(text string) string {
	lines := strings.Split(safetext.IndentJSON(text), "\n")
	for i, line := range lines {
		lines[i] = "    " + printable(line)
	}
	return strings.Join(lines, "\n")
}

// maxPaths limits the number of JSON paths in a note.
const maxPaths = 3

// unfold returns JSON on one line, and replaces strings that contain JSON with that JSON. The note
// lists the paths of these strings, and is empty if there are none.
func unfold(text string) (unfolded, note string) {
	unfolded, parsed := safetext.Unfold(text)
	if len(parsed) == 0 {
		return unfolded, ""
	}
	what := "JSON string"
	if len(parsed) > 1 {
		what += "s"
	}
	shown := strings.Join(parsed[:min(maxPaths, len(parsed))], ", ")
	if more := len(parsed) - maxPaths; more > 0 {
		shown += fmt.Sprintf(" and %d more", more)
	}
	return unfolded, printable(" (" + what + " at " + shown + ")")
}
