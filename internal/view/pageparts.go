package view

import (
	"fmt"
	"html/template"
	"time"

	"retrycatch/internal/history"
	"retrycatch/internal/safetext"
)

// pageDocument is a page as the template has it.
type pageDocument struct {
	Page
	Sections []pageSection
}

// pageSection is one execution.
type pageSection struct {
	PageExecution
	ID      string // of its heading, for links
	Mark    string // the status as a sign
	Look    string // the status as a class
	Took    string
	Cost    string
	Picture template.HTML
	Visits  []pageVisit
	Gaps    []string
	axis    pageAxis
}

// pageVisit is one step.
type pageVisit struct {
	history.Step
	Mark, Word, Look string
	At, Took         string
	Depth            int // in how many Parallel and Map states it is
	Bars             []pageBar
	Tries            []string
	Ending           string // how it ended, if it did not succeed
}

// pageBar is a stretch of the time axis, in per cent of it.
type pageBar struct {
	Look        string
	Left, Width float64
}

var pageExecutionLooks = map[string][2]string{
	"SUCCEEDED": {"✓", "good"}, "FAILED": {"✗", "bad"}, "TIMED_OUT": {"✗", "bad"}, "ABORTED": {"■", "over"}, "RUNNING": {"…", "going"},
}

var pageStepLooks = map[history.StepStatus][2]string{
	history.StepSucceeded: {"✓", "good"}, history.StepFailed: {"✗", "bad"}, history.StepCaught: {"↷", "caught"},
	history.StepAborted: {"■", "over"}, history.StepRunning: {"…", "going"},
}

func newPageSection(number int, e PageExecution) pageSection {
	look := pageExecutionLooks[string(e.Status)]
	s := pageSection{PageExecution: e, ID: fmt.Sprintf("execution-%d", number), Mark: look[0], Look: look[1], Took: "runs",
		Cost:    Cost(e.Transitions()),
		Picture: template.HTML(e.Graph)} // made by this program, which escapes what it shows
	s.axis.from, s.axis.to = e.Bounds()
	switch {
	case e.Ended() && e.Start.IsZero():
		s.Took = "unknown"
	case e.Ended():
		s.Took = Took(e.Start, e.End)
	}
	for _, span := range e.Missing {
		s.Gaps = append(s.Gaps, Missing(span))
	}
	depths := make([]int, len(e.Steps))
	for i, step := range e.Steps {
		if step.Parent >= 0 {
			depths[i] = depths[step.Parent] + 1
		}
		s.Visits = append(s.Visits, s.visit(step, depths[i]))
	}
	return s
}

func (s pageSection) visit(step history.Step, depth int) pageVisit {
	look := pageStepLooks[step.Status]
	v := pageVisit{Step: step, Mark: look[0], Word: string(step.Status), Look: look[1], At: Offset(step.Entered, s.axis.from),
		Took: Took(step.Entered, step.Exited), Ending: Ending(step), Depth: min(depth, 4), Bars: s.axis.bars(step)}
	for i, attempt := range step.Attempts {
		v.Tries = append(v.Tries, Attempt(i, attempt))
	}
	return v
}

// Offset is when an event was, from the start of its execution.
func (s pageSection) Offset(e history.Event) string { return Offset(e.Time, s.axis.from) }

// pageAxis is the time of an execution, from its start to the last that is known of it.
type pageAxis struct{ from, to time.Time }

// bars are a step's attempts and the waits between them; without attempts, the whole of its time.
func (x pageAxis) bars(step history.Step) []pageBar {
	var bars []pageBar
	draw := func(look string, from, to time.Time) {
		if to.IsZero() {
			look, to = "lasting", x.to
		}
		left, right := x.percent(from), x.percent(to)
		bars = append(bars, pageBar{look, left, max(right-left, 0)})
	}
	if len(step.Attempts) == 0 {
		look, to := "work", step.Exited
		if step.Type == "Wait" {
			look = "wait"
		}
		if to.IsZero() && step.Status == history.StepFailed {
			to = step.Entered // it failed at once
		}
		draw(look, step.Entered, to)
	}
	for i, attempt := range step.Attempts {
		if i > 0 && attempt.Backoff > 0 {
			draw("backoff", step.Attempts[i-1].End, attempt.Start)
		}
		look := "work"
		if attempt.Error != "" {
			look = "failed"
		}
		draw(look, attempt.Start, attempt.End)
	}
	return bars
}

func (x pageAxis) percent(at time.Time) float64 {
	whole := x.to.Sub(x.from)
	if whole <= 0 {
		return 0
	}
	return min(max(100*float64(at.Sub(x.from))/float64(whole), 0), 100)
}

// pageShort is one line of a text.
func pageShort(text string) string {
	const limit = 160
	return safetext.Short(text, limit)
}

func pageMoment(at time.Time) string {
	if at.IsZero() {
		return "unknown"
	}
	return at.UTC().Format(time.DateTime) + " UTC"
}
