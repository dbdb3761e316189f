package report

import (
	"fmt"
	"html/template"
	"strings"
	"time"

	"retrycatch/internal/history"
	"retrycatch/internal/safetext"
)

// pageView is a page as the template has it.
type pageView struct {
	Page
	Sections []section
}

// section is one execution.
type section struct {
	Execution
	ID      string // of its heading, for links
	Mark    string // the status as a sign
	Look    string // the status as a class
	Took    string
	Cost    string
	Picture template.HTML
	Visits  []visit
	Gaps    []string
	axis    axis
}

// visit is one step.
type visit struct {
	history.Step
	Mark, Word, Look string
	At, Took         string
	Depth            int // in how many Parallel and Map states it is
	Bars             []bar
	Tries            []string
	Failure          string // the error that nothing took, with its message
}

// bar is a stretch of the time axis, in per cent of it.
type bar struct {
	Look        string
	Left, Width float64
}

var executionLooks = map[string][2]string{
	"SUCCEEDED": {"✓", "good"}, "FAILED": {"✗", "bad"}, "TIMED_OUT": {"✗", "bad"}, "ABORTED": {"■", "over"}, "RUNNING": {"…", "going"},
}

var stepLooks = map[history.StepStatus][2]string{
	history.StepSucceeded: {"✓", "good"}, history.StepFailed: {"✗", "bad"}, history.StepCaught: {"↷", "caught"},
	history.StepAborted: {"■", "over"}, history.StepRunning: {"…", "going"},
}

func newSection(number int, e Execution) section {
	look := executionLooks[string(e.Status)]
	s := section{Execution: e, ID: fmt.Sprintf("execution-%d", number), Mark: look[0], Look: look[1], Took: "runs",
		Cost:    fmt.Sprintf("%s, %.6f USD", counted(e.Transitions(), "state transition"), history.Cost(e.Transitions())),
		Picture: template.HTML(e.Graph)} // made by this program, which escapes what it shows
	s.axis.from, s.axis.to = e.Bounds()
	switch {
	case e.Ended() && e.Start.IsZero():
		s.Took = "unknown"
	case e.Ended():
		s.Took = seconds(e.End.Sub(e.Start))
	}
	for _, span := range e.Missing {
		gap := fmt.Sprintf("events %d to %d are missing from its history", span.First, span.Last)
		if span.Last == 0 {
			gap = fmt.Sprintf("its history goes on after event %d", span.First-1)
		}
		s.Gaps = append(s.Gaps, gap)
	}
	depths := make([]int, len(e.Steps))
	for i, step := range e.Steps {
		if step.Parent >= 0 {
			depths[i] = depths[step.Parent] + 1
		}
		s.Visits = append(s.Visits, s.newVisit(step, depths[i]))
	}
	return s
}

func (s section) newVisit(step history.Step, depth int) visit {
	look := stepLooks[step.Status]
	v := visit{Step: step, Mark: look[0], Word: string(step.Status), Look: look[1], At: s.offset(step.Entered), Depth: min(depth, 4), Bars: s.axis.bars(step)}
	if !step.Exited.IsZero() {
		v.Took = seconds(step.Exited.Sub(step.Entered))
	}
	if step.Error != "" {
		v.Failure = strings.TrimSuffix(step.Error+": "+step.Cause.Message, ": ")
	}
	for i, attempt := range step.Attempts {
		v.Tries = append(v.Tries, try(i, attempt))
	}
	return v
}

// try tells of an attempt in words.
func try(i int, a history.Attempt) string {
	text := fmt.Sprintf("attempt %d", i+1)
	if a.Backoff > 0 {
		text += ", after a wait of " + seconds(a.Backoff)
	}
	switch {
	case a.End.IsZero():
		return text + ", has no end"
	case a.Error != "":
		return strings.TrimSuffix(fmt.Sprintf("%s, failed in %s: %s: %s", text, seconds(a.End.Sub(a.Start)), a.Error, a.Cause.Message), ": ")
	default:
		return fmt.Sprintf("%s, succeeded in %s", text, seconds(a.End.Sub(a.Start)))
	}
}

// Offset is when an event was, from the start of its execution.
func (s section) Offset(e history.Event) string { return s.offset(e.Time) }

func (s section) offset(at time.Time) string { return "+" + seconds(at.Sub(s.axis.from)) }

// axis is the time of an execution, from its start to the last that is known of it.
type axis struct{ from, to time.Time }

// bars are a step's attempts and the waits between them; without attempts, the whole of its time.
func (x axis) bars(step history.Step) []bar {
	var bars []bar
	draw := func(look string, from, to time.Time) {
		if to.IsZero() {
			look, to = "lasting", x.to
		}
		left, right := x.percent(from), x.percent(to)
		bars = append(bars, bar{look, left, max(right-left, 0)})
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

func (x axis) percent(at time.Time) float64 {
	whole := x.to.Sub(x.from)
	if whole <= 0 {
		return 0
	}
	return min(max(100*float64(at.Sub(x.from))/float64(whole), 0), 100)
}

// short is one line of a text.
func short(text string) string {
	const limit = 160
	return safetext.Short(text, limit)
}

func moment(at time.Time) string {
	if at.IsZero() {
		return "unknown"
	}
	return at.UTC().Format(time.DateTime) + " UTC"
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.2f s", d.Seconds()) }

func counted(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}
