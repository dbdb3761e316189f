package view

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"retrycatch/internal/functionlog"
	"retrycatch/internal/history"
	"retrycatch/internal/look"
	"retrycatch/internal/scenario"
)

// Inspection is an execution with its steps.
type Inspection struct {
	history.Execution
	ConsoleURL string               // URL of the execution in the AWS console; empty if the endpoint is not AWS itself
	Logs       []functionlog.Record // records of the function's log, for the JSON document only
}

// Text prints the execution. It does not use printTable, which is too slow for thousands of steps.
func (i Inspection) Text(c *Console) {
	var lines []string
	say := func(format string, values ...any) { lines = append(lines, fmt.Sprintf(format, values...)) }
	i.summarize(func(format string, values ...any) {
		line, extraIndent := fmt.Sprintf(format, values...), 0
		if strings.HasPrefix(line, " ") {
			extraIndent = fieldWidth
		}
		say("%s", wrapText(line, c.width, extraIndent))
	})
	if len(i.Steps) == 0 {
		say("")
		say("%s", "  No event names a state. --events shows every event.")
		c.Text(strings.Join(lines, "\n") + "\n")
		return
	}
	t := i.layOutSteps(c.Columns())
	depth := i.Depths()
	say("")
	say("%s", strong.Render(t.tableLine("  State", "Start", "Took", axisTitle)))
	for n, step := range i.Steps {
		say("%s", t.stepLines(step, depth[n]))
		detail := func(text string) {
			say("%s", wrapText(strings.Repeat("  ", depth[n]+2)+text, c.width, 2))
		}
		for n, attempt := range step.Attempts {
			if len(step.Attempts) > 1 || attempt.Failed {
				detail(coloredAttempt(n, attempt))
			}
		}
		if what := coloredEndText(step); what != "" {
			detail(what)
		}
	}
	say("%s", wrapText(faint.Render("  "+axisLegend()), c.width, 0))
	c.Text(strings.Join(lines, "\n") + "\n")
}

// statusSign returns the colored sign of a step's outcome.
func statusSign(step history.Step) string {
	outcome := look.OfStep(step.Status)
	return colorize(outcome, outcome.Sign)
}

const (
	timeWidth  = 11 // minimum width of a column of times
	fieldWidth = 9  // width of a field's name and the spaces after it, in columns
)

func (i Inspection) summarize(say func(string, ...any)) {
	e := i.Execution
	title := strings.TrimSpace(printable(e.Name) + " " + statusText(e))
	if !e.Ended() && e.CutShort() {
		title += " when its history ends"
	}
	say("%s", strong.Render(title))
	field := func(name, value string) {
		if value != "" {
			say("  %-*s%s", fieldWidth, name, printable(value))
		}
	}
	field("ARN", e.ARN)
	field("Trace", i.TraceID)
	field("Console", i.ConsoleURL)
	field("Scenario", scenario.NameOf(e))
	if !e.Start.IsZero() {
		field("Started", e.Start.UTC().Format("2006-01-02 15:04:05.000 UTC"))
		field("Took", timeBetween(e.Start, e.End))
	}
	price := costText(e.Transitions())
	if e.Express() {
		price = Counted(e.Transitions(), "state transition") + ", billed by duration and memory"
	}
	atLeast := ""
	if len(e.Missing) > 0 {
		atLeast = "at least "
	}
	field("Cost", atLeast+Counted(e.Attempts(), "attempt")+", "+price)
	if e.Redrives > 0 {
		field("Redriven", Counted(e.Redrives, "time"))
	}
	for _, value := range []struct{ name, text string }{{"Input", e.Input}, {"Output", e.Output}} {
		unfolded, note := unfold(value.text)
		field(value.name, unfolded+note)
	}
	field("Cause", history.NewCause(e.Cause).Message)
	for _, span := range e.Missing {
		field("Missing", missingText(span))
	}
}

// stepLabel returns the step's state, and the index of its Map iteration if there is one.
func stepLabel(step history.Step) string {
	label := printable(step.State)
	if step.Parent >= 0 && step.Iteration >= 0 {
		label += fmt.Sprintf(" [%d]", step.Iteration)
	}
	return label
}

// stepTable holds the column widths of the table of steps.
type stepTable struct {
	width, label, start, took int
	axis                      timeAxis
}

const axisTitle = "Timeline"

// layOutSteps computes the column widths. Labels get at most a third of the width. If that leaves
// no room for the time axis, labels get their own lines.
func (i Inspection) layOutSteps(width int) stepTable {
	t := stepTable{width: width, label: len("  State") + 1, start: timeWidth, took: timeWidth,
		axis: newTimeAxis(i.Execution, 0)}
	for n, depth := range i.Depths() {
		step := i.Steps[n]
		t.label = max(t.label, len("✓")+ansi.StringWidth(stepLabel(step))+2*depth)
		t.start = max(t.start, len(offsetText(step.Entered, t.axis.from))+len(gap))
		t.took = max(t.took, len(timeBetween(step.Entered, step.Exited))+len(gap))
	}
	rest := width - t.start - t.took - len(gap)
	t.label = min(t.label, max(width/3, 16))
	if rest-t.label < len(axisTitle) {
		t.label = len("  State")
	}
	t.axis.width = max(rest-t.label, len(axisTitle))
	return t
}

// stepLines returns a step as one line, or as several if its label is too wide.
func (t stepTable) stepLines(step history.Step, depth int) string {
	label := statusSign(step) + strings.Repeat("  ", depth) + " " + stepLabel(step)
	start, took := offsetText(step.Entered, t.axis.from), timeBetween(step.Entered, step.Exited)
	times := t.tableLine("", start, took, t.axis.bar(step))
	if used := ansi.StringWidth(label); used <= t.label {
		return label + times[used:]
	}
	return wrapText(label, t.width, 2*depth+2) + "\n" + times
}

func (t stepTable) tableLine(label, start, took, axis string) string {
	line := fmt.Sprintf("%-*s%*s%*s%s%s", t.label, label, t.start, start, t.took, took, gap, axis)
	return strings.TrimRight(line, " ")
}

// coloredEndText describes the end of a step, in the color of its outcome.
func coloredEndText(step history.Step) string {
	return colorize(look.OfStep(step.Status), endText(step))
}

// coloredAttempt describes an attempt, in the color of its outcome.
func coloredAttempt(n int, attempt history.Attempt) string {
	return colorize(look.OfStep(attempt.Status()), attemptLine(n, attempt))
}
