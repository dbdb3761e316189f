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

// pageSection is an execution as the template uses it.
type pageSection struct {
	*PageExecution
	look.Outcome
	ID      string // of its heading, for links
	Verdict pageVerdict
	Filters []int // numbers of the filters that show it
	Steps   []pageStep
	Scale   pageScale
	axis    timeAxis
}

// pageStep is a step as the template uses it.
type pageStep struct {
	*history.Step
	look.Outcome
	Depth int // the number of Parallel and Map states around it, at most 4
	axis  timeAxis
}

// pageEvent is an event as the template uses it.
type pageEvent struct {
	history.Event
	At string
}

// pageBar is a part of a step on the time axis, in percent of the axis.
type pageBar struct {
	Stroke      string
	Left, Width float64
}

func newPageSection(number int, e *PageExecution) *pageSection {
	s := &pageSection{PageExecution: e, Outcome: look.OfExecution(e.Status),
		ID: fmt.Sprintf("execution-%d", number), axis: newTimeAxis(e.Execution, 0)}
	s.Verdict, s.Scale = newPageVerdict(e.Execution), newPageScale(s.axis)
	depths := e.Depths()
	for i := range e.Steps {
		step := &e.Steps[i]
		s.Steps = append(s.Steps, pageStep{Step: step, Outcome: look.Of(step.Status),
			Depth: min(depths[i], 4), axis: s.axis})
	}
	return s
}

// Picture returns the graph for use without escaping: package picture has escaped its texts.
func (s *pageSection) Picture() template.HTML { return template.HTML(s.Graph) }

// pictureWidth finds the width of a graph, in pixels.
var pictureWidth = regexp.MustCompile(`^<svg[^>]* width="(\d+)"`)

// GraphWidth returns the width of the graph at its natural size, in pixels. The page does not shrink
// a graph so far that it is unreadable.
func (s *pageSection) GraphWidth() int {
	found := pictureWidth.FindSubmatch(s.Graph)
	if found == nil {
		return 0
	}
	width, _ := strconv.Atoi(string(found[1])) // 0 for more digits than a picture has
	return width
}

// GraphLeast returns the width below which the graph scrolls sideways, in pixels. The style sheet has
// the same share.
func (s *pageSection) GraphLeast() int { return s.GraphWidth() * 7 / 10 }

// Took returns the duration of the execution, as far as its history shows it.
func (s *pageSection) Took() string {
	switch {
	case !s.Ended():
		return "runs"
	case s.Start.IsZero():
		return "unknown"
	default:
		return took(s.Start, s.End)
	}
}

// Cost returns the price of the state transitions.
func (s *pageSection) Cost() string { return cost(s.Transitions()) }

// Listed returns the events with their times since the start of the execution.
func (s *pageSection) Listed() []pageEvent {
	events := make([]pageEvent, len(s.Events))
	for i, e := range s.Events {
		events[i] = pageEvent{Event: e, At: offset(e.Time, s.axis.from)}
	}
	return events
}

// At returns the time when the step was entered, since the start of its execution.
func (s pageStep) At() string { return offset(s.Entered, s.axis.from) }

// Took returns the time until the step was left.
func (s pageStep) Took() string { return took(s.Entered, s.Exited) }

// Ending says how the step ended, if it did not succeed.
func (s pageStep) Ending() string { return ending(*s.Step) }

// Tries describes each attempt. The events have causes that are longer.
func (s pageStep) Tries() []string {
	const limit = 400
	var tries []string
	for i, attempt := range s.Attempts {
		tries = append(tries, safetext.Short(attemptLine(i, attempt), limit))
	}
	return tries
}

// Bars returns the parts of the step on the time axis.
func (s pageStep) Bars() []pageBar {
	var bars []pageBar
	for _, p := range s.Timeline(s.axis.to) {
		left, right := 100*s.axis.share(p.Start), 100*s.axis.share(p.End)
		bars = append(bars, pageBar{strokeOf(p).ID, left, max(right-left, 0)})
	}
	return bars
}

// pageColors returns the colors of the outcomes as CSS: --failed, --failed-soft and the classes that
// use them.
func pageColors() template.CSS {
	var light, dark, classes strings.Builder
	for _, o := range look.All() {
		fmt.Fprintf(&light, " --%s: %s; --%s-soft: %s;", o.ID, o.Ink.Light, o.ID, o.Soft.Light)
		fmt.Fprintf(&dark, " --%s: %s; --%s-soft: %s;", o.ID, o.Ink.Dark, o.ID, o.Soft.Dark)
		fmt.Fprintf(&classes, ".%s { color: var(--%[1]s); } .chip.%[1]s { background: var(--%[1]s-soft); }\n", o.ID)
	}
	return template.CSS(fmt.Sprintf(":root {%s }\n@media screen and (prefers-color-scheme: dark) { :root {%s } }\n%s",
		&light, &dark, &classes))
}

// pageShort fits a text into one line.
func pageShort(text string) string {
	const limit = 160
	return safetext.Short(text, limit)
}

// pageBox holds a text in a box, which scrolls if the text is long.
type pageBox struct{ Text string }

func newPageBox(text string) pageBox { return pageBox{safetext.IndentJSON(text)} }

// Scrolls reports whether the box may scroll, so that the keyboard must reach it. It may not with
// less than 14 lines on the narrowest screen with the largest letters.
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

func pageMoment(at time.Time) string {
	if at.IsZero() {
		return "unknown"
	}
	return at.UTC().Format(time.DateTime) + " UTC"
}
