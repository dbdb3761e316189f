package view

import (
	"fmt"
	"slices"
	"strings"

	"retrycatch/internal/history"
	"retrycatch/internal/safetext"
)

// Visits shows each visit of a state with its inputs and outputs.
type Visits struct {
	history.Execution
	State string
}

// Text prints each visit of the state.
func (v Visits) Text(c *Console) {
	visits := slices.DeleteFunc(slices.Clone(v.Steps), func(step history.Step) bool { return step.State != v.State })
	for i, step := range visits {
		v.showVisit(c, step, fmt.Sprintf("visit %d of %d", i+1, len(visits)))
	}
}

func (v Visits) showVisit(c *Console, step history.Step, visit string) {
	say := func(format string, values ...any) {
		c.Print("%s", wrapped(fmt.Sprintf(format, values...), c.width, 2))
	}
	from, _ := v.Bounds()
	say("%s %s", mark(step), strong.Render(fmt.Sprintf("%s, %s: %s", labelOf(step), visit, step.Status)))
	times := "  entered at " + offset(step.Entered, from)
	if !step.Exited.IsZero() {
		times += ", left after " + took(step.Entered, step.Exited)
	}
	say("%s", times)
	value := func(name, text string) {
		if text != "" {
			say("  %s\n%s", strong.Render(name), indented(text))
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
	if what := coloredEnding(step); what != "" {
		say("  %s", what)
	}
	value("output", step.Output)
}

// indented indents a text by four columns. It formats JSON, including JSON inside strings.
func indented(text string) string {
	lines := strings.Split(safetext.IndentJSON(safetext.Unfold(text)), "\n")
	for i, line := range lines {
		lines[i] = "    " + printable(line)
	}
	return strings.Join(lines, "\n")
}
