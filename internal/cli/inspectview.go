package cli

import (
	"fmt"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	"retrycatch/internal/history"
	"retrycatch/internal/safetext"
)

// plainWidth is how wide lines are where there is no terminal.
const plainWidth = 80

func (c *console) lineWidth() int {
	if c.width > 0 {
		return c.width
	}
	return plainWidth
}

// marks stand before a step, for what has become of it.
var marks = map[history.StepStatus]string{
	history.StepRunning: "…", history.StepSucceeded: good.Render("✓"), history.StepCaught: "↷",
	history.StepFailed: wrong.Render("✗"), history.StepAborted: wrong.Render("■"),
}

// showExecution prints an execution and its steps. An execution may have thousands of them, so they are printed as lines
// of their own and all at once: a table is laid out in a time that grows with its size.
func (a *app) showExecution(e *execution) {
	var lines []string
	say := func(format string, values ...any) { lines = append(lines, fmt.Sprintf(format, values...)) }
	a.summarize(e, say)
	width := a.console.lineWidth()
	label := labelWidth(e, width)
	x := axisOf(e.Execution, max(width-label-2*timeWidth-2, 10))
	depth := depths(e.Steps)
	say("")
	say("%s", strong.Render(padded("  State", label)+right("Start")+right("Took")+"  Time axis"))
	for i, step := range e.Steps {
		name := strings.Repeat("  ", depth[i]) + labelOf(step)
		line := padded(name, label-2) + right(offset(step.Entered, x.from)) + right(took(step.Entered, step.Exited)) + "  " + x.bar(step)
		say("%s %s", marks[step.Status], strings.TrimRight(line, " "))
		indent := strings.Repeat("  ", depth[i]+2)
		for n, attempt := range step.Attempts {
			if len(step.Attempts) > 1 || attempt.Error != "" {
				say("%s", ansi.Truncate(indent+describeAttempt(n, attempt), width, "…"))
			}
		}
		if what := endOf(step); what != "" {
			say("%s", ansi.Truncate(indent+what, width, "…"))
		}
	}
	say("%s", faint.Render(fmt.Sprintf("  %c attempt or work   %c backoff before a retry   %c waiting   %c has no end", drawnWork, drawnBackoff, drawnWait, drawnLasting)))
	a.console.print("%s", strings.Join(lines, "\n"))
}

// timeWidth is that of a column of times.
const timeWidth = 11

func (a *app) summarize(e *execution, say func(string, ...any)) {
	say("%s", strong.Render(strings.TrimSpace(printable(e.name)+" "+outcome(e.Execution))))
	field := func(name, value string) {
		if value != "" {
			say("  %-8s %s", name, printable(value))
		}
	}
	field("ARN", e.arn)
	field("Scenario", scenarioOf(e.name, e.Input))
	if !e.Start.IsZero() {
		field("Started", e.Start.UTC().Format("2006-01-02 15:04:05.000 UTC"))
		field("Took", took(e.Start, e.End))
	}
	field("Cost", fmt.Sprintf("%s, %s, %.6f USD", counted(e.Attempts(), "attempt"), counted(e.Transitions(), "state transition"), history.Cost(e.Transitions())))
	if e.Redrives > 0 {
		field("Redriven", counted(e.Redrives, "time"))
	}
	field("Input", e.Input)
	field("Output", e.Output)
	field("Cause", history.NewCause(e.Cause).Message)
	for _, span := range e.Missing {
		field("Missing", missing(span))
	}
}

// missing says which events a history lacks.
func missing(span history.Span) string {
	switch {
	case span.Last == 0:
		return fmt.Sprintf("the events from %d on: the history is cut short, and what is said of its end is not all", span.First)
	case span.First == span.Last:
		return fmt.Sprintf("event %d", span.First)
	default:
		return fmt.Sprintf("events %d to %d", span.First, span.Last)
	}
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// depths is how many Parallels and Maps each step is inside of.
func depths(steps []history.Step) []int {
	all := make([]int, len(steps))
	for i, step := range steps {
		if step.Parent >= 0 && step.Parent < i {
			all[i] = all[step.Parent] + 1
		}
	}
	return all
}

// labelOf is what a step is called in a list.
func labelOf(step history.Step) string {
	label := printable(step.State)
	if step.Parent >= 0 && step.Iteration >= 0 {
		label += fmt.Sprintf(" [%d]", step.Iteration)
	}
	return label
}

// labelWidth is as wide as the longest state needs, within a third of the line.
func labelWidth(e *execution, width int) int {
	widest := 10
	for i, depth := range depths(e.Steps) {
		widest = max(widest, ansi.StringWidth(labelOf(e.Steps[i]))+2*depth)
	}
	return min(widest+3, max(width/3, 16))
}

// padded is a text in so many columns, cut off where it is longer.
func padded(text string, width int) string {
	text = ansi.Truncate(text, width-1, "…")
	return text + strings.Repeat(" ", max(width-ansi.StringWidth(text), 0))
}

func right(text string) string { return fmt.Sprintf("%*s", timeWidth, text) }

func offset(at, from time.Time) string { return fmt.Sprintf("+%.2f s", at.Sub(from).Seconds()) }

// took is how long something lasted, or empty when it has no end.
func took(from, to time.Time) string {
	if to.IsZero() {
		return ""
	}
	return fmt.Sprintf("%.2f s", to.Sub(from).Seconds())
}

func describeAttempt(n int, attempt history.Attempt) string {
	text := fmt.Sprintf("attempt %d", n+1)
	if attempt.Backoff > 0 {
		text += ", after " + seconds(attempt.Backoff)
	}
	switch {
	case attempt.Error != "":
		text += fmt.Sprintf(", failed in %s: %s", took(attempt.Start, attempt.End), failure(attempt.Error, attempt.Cause))
	case attempt.End.IsZero():
		text += " has no end"
	default:
		text += ", succeeded in " + took(attempt.Start, attempt.End)
	}
	return text
}

// failure is an error with its message.
func failure(err string, cause history.Cause) string {
	return printable(strings.TrimSuffix(err+": "+cause.Message, ": "))
}

// endOf says how a step ended that did not succeed.
func endOf(step history.Step) string {
	switch step.Status {
	case history.StepCaught:
		return "caught: " + printable(step.Caught)
	case history.StepFailed:
		return wrong.Render("failed: " + failure(step.Error, step.Cause))
	case history.StepAborted:
		return "aborted"
	default:
		return ""
	}
}

// showEvents prints every event in a line: fitted to a terminal, and whole elsewhere.
func (a *app) showEvents(e *execution) {
	kinds, states := len("Type"), len("State")
	for _, event := range e.Events {
		kinds, states = max(kinds, ansi.StringWidth(printable(string(event.Type)))), max(states, min(ansi.StringWidth(printable(event.State)), 30))
	}
	from := axisOf(e.Execution, 0).from
	row := func(id, previous, at, kind, state, details string) string {
		line := fmt.Sprintf("%6s %6s %*s  %s%s%s", id, previous, timeWidth, at, padded(kind, kinds+2), padded(state, states+2), details)
		if a.console.width > 0 {
			line = ansi.Truncate(line, a.console.width, "…")
		}
		return strings.TrimRight(line, " ")
	}
	lines := []string{strong.Render(row("ID", "From", "Time", "Type", "State", "Details"))}
	for _, event := range e.Events {
		lines = append(lines, row(fmt.Sprint(event.ID), fmt.Sprint(event.Previous), offset(event.Time, from), printable(string(event.Type)), printable(event.State),
			printable(string(event.Details))))
	}
	for _, span := range e.Missing {
		lines = append(lines, "missing: "+missing(span))
	}
	a.console.print("%s", strings.Join(lines, "\n"))
}

// showVisit prints all of one stay in a state.
func (a *app) showVisit(e *execution, step history.Step, visit string) {
	say := a.console.print
	from := axisOf(e.Execution, 0).from
	say("%s %s", marks[step.Status], strong.Render(fmt.Sprintf("%s, %s: %s", labelOf(step), visit, step.Status)))
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
		say("  %s", describeAttempt(n, attempt))
		value("its output", attempt.Output)
		if attempt.Cause.Message != attempt.Cause.Text {
			value("its cause", attempt.Cause.Text)
		}
	}
	if what := endOf(step); what != "" {
		say("  %s", what)
	}
	value("output", step.Output)
}

// indented is JSON on lines of its own, or any text as it is.
func indented(text string) string {
	lines := strings.Split(safetext.IndentJSON(text), "\n")
	for i, line := range lines {
		lines[i] = "    " + printable(line)
	}
	return strings.Join(lines, "\n")
}
