package view

import (
	"fmt"
	"strings"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"

	"retrycatch/internal/history"
	"retrycatch/internal/look"
	"retrycatch/internal/scenario"
)

// plainWidth is the width of lines where there is no terminal.
const plainWidth = 80

func (c *Console) lineWidth() int {
	if c.width > 0 {
		return c.width
	}
	return plainWidth
}

// Inspection shows an execution and its steps.
type Inspection struct{ history.Execution }

// Text prints the execution. It may have thousands of steps, so they are lines and not a table: a
// table takes longer to lay out the larger it is.
func (i Inspection) Text(c *Console) {
	var lines []string
	say := func(format string, values ...any) { lines = append(lines, fmt.Sprintf(format, values...)) }
	i.summarize(say)
	if len(i.Steps) == 0 {
		say("")
		say("%s", "  No event names a state. --events shows every event.")
		c.Print("%s", strings.Join(lines, "\n"))
		return
	}
	width := c.lineWidth()
	label := i.labelWidth(width)
	x := newTimeAxis(i.Execution, max(width-label-2*timeWidth-2, 10))
	depth := i.Depths()
	say("")
	say("%s", strong.Render(padded("  State", label)+right("Start")+right("Took")+"  Time axis"))
	for n, step := range i.Steps {
		name := strings.Repeat("  ", depth[n]) + labelOf(step)
		line := padded(name, label-2) + right(offset(step.Entered, x.from)) + right(took(step.Entered, step.Exited)) +
			"  " + x.bar(step)
		say("%s %s", mark(step), strings.TrimRight(line, " "))
		indent := strings.Repeat("  ", depth[n]+2)
		for n, attempt := range step.Attempts {
			if len(step.Attempts) > 1 || attempt.Failed {
				say("%s", ansi.Truncate(indent+attemptLine(n, attempt), width, "…"))
			}
		}
		if what := coloredEnding(step); what != "" {
			say("%s", ansi.Truncate(indent+what, width, "…"))
		}
	}
	say("%s", faint.Render("  "+axisLegend()))
	c.Print("%s", strings.Join(lines, "\n"))
}

// mark returns the sign of a step's outcome in its color.
func mark(step history.Step) string {
	outcome := look.Of(step.Status)
	return lipgloss.NewStyle().Foreground(outcome.Terminal).Render(outcome.Sign)
}

// timeWidth is the width of a column of times.
const timeWidth = 11

func (i Inspection) summarize(say func(string, ...any)) {
	e := i.Execution
	title := strings.TrimSpace(printable(e.Name) + " " + outcome(e))
	if !e.Ended() && e.CutShort() {
		title += " as far as its history goes"
	}
	say("%s", strong.Render(title))
	field := func(name, value string) {
		if value != "" {
			say("  %-8s %s", name, printable(value))
		}
	}
	field("ARN", e.ARN)
	field("Scenario", scenario.Of(e))
	if !e.Start.IsZero() {
		field("Started", e.Start.UTC().Format("2006-01-02 15:04:05.000 UTC"))
		field("Took", took(e.Start, e.End))
	}
	price := cost(e.Transitions())
	if e.Express() {
		price = Counted(e.Transitions(), "state transition") + ", billed by duration and memory"
	}
	least := ""
	if len(e.Missing) > 0 {
		least = "at least "
	}
	field("Cost", least+Counted(e.Attempts(), "attempt")+", "+price)
	if e.Redrives > 0 {
		field("Redriven", Counted(e.Redrives, "time"))
	}
	field("Input", e.Input)
	field("Output", e.Output)
	field("Cause", history.NewCause(e.Cause).Message)
	for _, span := range e.Missing {
		field("Missing", missing(span))
	}
}

// labelOf names a step in a list.
func labelOf(step history.Step) string {
	label := printable(step.State)
	if step.Parent >= 0 && step.Iteration >= 0 {
		label += fmt.Sprintf(" [%d]", step.Iteration)
	}
	return label
}

// labelWidth returns the width of the longest label, limited to a third of the line.
func (i Inspection) labelWidth(width int) int {
	widest := 10
	for n, depth := range i.Depths() {
		widest = max(widest, ansi.StringWidth(labelOf(i.Steps[n]))+2*depth)
	}
	return min(widest+3, max(width/3, 16))
}

// padded fits a text into a number of columns: it adds spaces or cuts the text off.
func padded(text string, width int) string {
	text = ansi.Truncate(text, width-1, "…")
	return text + strings.Repeat(" ", max(width-ansi.StringWidth(text), 0))
}

func right(text string) string { return fmt.Sprintf("%*s", timeWidth, text) }

// coloredEnding returns the ending of a step, in color if it failed.
func coloredEnding(step history.Step) string {
	text := ending(step)
	if step.Status == history.StepFailed {
		return wrong.Render(text)
	}
	return text
}
