package view

import (
	"fmt"
	"html/template"
	"regexp"
	"strconv"
	"strings"
	"time"

	"retrycatch/internal/history"
	"retrycatch/internal/look"
	"retrycatch/internal/safetext"
)

// pageSection is an execution as the template shows it.
type pageSection struct {
	*PageExecution
	look.Outcome
	ID      string // ID of the heading, for links
	Verdict pageVerdict
	Filters []int // indexes of the filters that select the execution
	Steps   []pageStep
	Scale   pageScale
	axis    timeAxis
}

// pageStep is a step as the template shows it.
type pageStep struct {
	*history.Step
	look.Outcome
	Depth int // number of enclosing Parallel and Map states, at most 4
	axis  timeAxis
}

// pageEvent is an event as the template shows it.
type pageEvent struct {
	history.Event
	Offset string
}

// pageBar is a part of a step on the time axis. Left and Width are percentages of the axis.
type pageBar struct {
	Stroke      string // ID of the stroke
	Left, Width float64
}

func newPageSection(number int, e *PageExecution) *pageSection {
	s := &pageSection{PageExecution: e, Outcome: look.OfExecution(e.Status),
		ID: fmt.Sprintf("execution-%d", number), axis: newTimeAxis(e.Execution, 0)}
	s.Verdict, s.Scale = newPageVerdict(e.Execution), newPageScale(s.axis)
	depths := e.Depths()
	for i := range e.Steps {
		step := &e.Steps[i]
		s.Steps = append(s.Steps, pageStep{Step: step, Outcome: look.OfStep(step.Status),
			Depth: min(depths[i], 4), axis: s.axis})
	}
	return s
}

// GraphHTML returns the graph as trusted HTML, because package picture escapes the text in it.
func (s *pageSection) GraphHTML() template.HTML { return template.HTML(s.Graph) }

// pictureWidth matches the width of an SVG graph in pixels.
var pictureWidth = regexp.MustCompile(`^<svg[^>]* width="(\d+)"`)

// GraphWidth returns the width of the unscaled graph in pixels.
func (s *pageSection) GraphWidth() int {
	found := pictureWidth.FindSubmatch(s.Graph)
	if found == nil {
		return 0
	}
	width, _ := strconv.Atoi(string(found[1])) // no graph is wide enough to overflow an int
	return width
}

// MinGraphWidth returns the width in pixels below which the graph scrolls instead of shrinking, so
// that its text stays readable. page.css contains the same factor, .7.
func (s *pageSection) MinGraphWidth() int { return s.GraphWidth() * 7 / 10 }

// Took returns the duration of the execution, or "running" or "unknown".
func (s *pageSection) Took() string {
	switch {
	case !s.Ended():
		return "running"
	case s.Start.IsZero():
		return "unknown"
	default:
		return timeBetween(s.Start, s.End)
	}
}

// Cost returns the number of state transitions and their price.
func (s *pageSection) Cost() string { return costText(s.Transitions()) }

// EventRows returns the events with the time from the execution's start to each event.
func (s *pageSection) EventRows() []pageEvent {
	events := make([]pageEvent, len(s.Events))
	for i, e := range s.Events {
		events[i] = pageEvent{Event: e, Offset: offsetText(e.Time, s.axis.from)}
	}
	return events
}

// Offset returns the time from the execution's start to the entry into the step.
func (s pageStep) Offset() string { return offsetText(s.Entered, s.axis.from) }

// Took returns the time from the entry into the step to the exit.
func (s pageStep) Took() string { return timeBetween(s.Entered, s.Exited) }

// Ending describes the end of a step that did not succeed.
func (s pageStep) Ending() string { return endText(*s.Step) }

// AttemptLines describes each attempt. It shortens lines with long causes, which the events show in
// full.
func (s pageStep) AttemptLines() []string {
	const limit = 400
	var lines []string
	for i, attempt := range s.Attempts {
		lines = append(lines, safetext.Short(attemptLine(i, attempt), limit))
	}
	return lines
}

// Bars returns the parts of the step on the time axis.
func (s pageStep) Bars() []pageBar {
	var bars []pageBar
	for _, p := range s.Timeline(s.axis.to) {
		left, right := 100*s.axis.position(p.Start), 100*s.axis.position(p.End)
		bars = append(bars, pageBar{strokeOf(p).ID, left, max(right-left, 0)})
	}
	return bars
}

// pageColors returns CSS variables for the colors of outcomes, such as --failed and --failed-soft,
// and classes that use these variables.
func pageColors() template.CSS {
	var light, dark, classes strings.Builder
	for _, o := range look.All() {
		fmt.Fprintf(&light, " --%s: %s; --%s-soft: %s;", o.ID, o.Foreground.Light, o.ID, o.Background.Light)
		fmt.Fprintf(&dark, " --%s: %s; --%s-soft: %s;", o.ID, o.Foreground.Dark, o.ID, o.Background.Dark)
		fmt.Fprintf(&classes, ".%s { color: var(--%[1]s); } .chip.%[1]s { background: var(--%[1]s-soft); }\n", o.ID)
	}
	return template.CSS(fmt.Sprintf(":root {%s }\n@media screen and (prefers-color-scheme: dark) { :root {%s } }\n%s",
		&light, &dark, &classes))
}

// shortenForPage returns text as one short line.
func shortenForPage(text string) string {
	const limit = 160
	return safetext.Short(text, limit)
}

// pageBox is a box with text. A box with long text scrolls.
type pageBox struct{ Text string }

func newPageBox(text string) pageBox { return pageBox{safetext.IndentJSON(text)} }

// Scrolls reports whether the text can be too long for the box, which then scrolls and needs
// keyboard focus. Scrolls assumes a narrow screen with a large font.
func (t pageBox) Scrolls() bool {
	const lines, columns = 14, 16
	n := 0
	for line := range strings.Lines(t.Text) {
		if n += len(line)/columns + 1; n > lines {
			return true
		}
	}
	return false
}

func pageTime(at time.Time) string {
	if at.IsZero() {
		return "unknown"
	}
	return at.UTC().Format(time.DateTime) + " UTC"
}
