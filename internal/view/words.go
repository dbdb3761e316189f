package view

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	"retrycatch/internal/history"
	"retrycatch/internal/look"
)

// Counted returns text such as "1 execution" or "2 executions".
func Counted(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}

// Seconds returns a duration with a precision of 0.1 s, such as "4.2 s" or "1 min 30 s".
func Seconds(d time.Duration) string { return formatDuration(d, 1) }

// formatDuration returns a duration in its two largest units, such as "1 min 30 s". A duration of
// less than a minute is in seconds, with the given number of fractional digits.
func formatDuration(d time.Duration, digits int) string {
	if d.Round(fraction(digits)) < time.Minute {
		return fmt.Sprintf("%.*f s", digits, d.Seconds())
	}
	if r := d.Round(time.Second); r < time.Hour {
		return formatUnits(r, time.Minute, "min", time.Second, "s")
	}
	if r := d.Round(time.Minute); r < day {
		return formatUnits(r, time.Hour, "h", time.Minute, "min")
	}
	return formatUnits(d.Round(time.Hour), day, "d", time.Hour, "h")
}

const day = 24 * time.Hour

// fraction returns the smallest part of a second that this many fractional digits can show: 10 ms
// for two digits.
func fraction(digits int) time.Duration { return time.Second / time.Duration(math.Pow10(digits)) }

// formatUnits returns a duration in two units, and omits the smaller unit if its value is zero.
func formatUnits(d, large time.Duration, largeName string, small time.Duration, smallName string) string {
	text := fmt.Sprintf("%d %s", d/large, largeName)
	if rest := d % large / small; rest > 0 {
		text += fmt.Sprintf(" %d %s", rest, smallName)
	}
	return text
}

// timeBetween returns a duration with a precision of 0.01 s, or "" if the end is zero.
func timeBetween(from, to time.Time) string {
	if to.IsZero() {
		return ""
	}
	return formatDuration(to.Sub(from), 2)
}

// offsetText returns the time since a start, with a precision of 0.01 s, such as "+4.15 s".
func offsetText(at, from time.Time) string { return stopwatchText(at.Sub(from), 2) }

// stopwatchText returns the time since a start, such as "+1:30.25". Unlike formatDuration, it is as
// precise for long durations as for short ones, so that times close to each other stay distinct.
func stopwatchText(d time.Duration, digits int) string {
	d = d.Round(fraction(digits))
	if d < time.Minute {
		return fmt.Sprintf("+%.*f s", digits, d.Seconds())
	}
	seconds := fmt.Sprintf("%0*.*f", digits+3, digits, (d % time.Minute).Seconds())
	if d < time.Hour {
		return fmt.Sprintf("+%d:%s", d/time.Minute, seconds)
	}
	return fmt.Sprintf("+%d:%02d:%s", d/time.Hour, d%time.Hour/time.Minute, seconds)
}

// costText returns a number of state transitions and their price.
func costText(transitions int) string {
	return fmt.Sprintf("%s, %.6f USD", Counted(transitions, "state transition"), history.Cost(transitions))
}

// statusText returns an execution's status and error.
func statusText(e history.Execution) string { return withError(string(e.Status), e.Error) }

// signedStatus returns an execution's status with its sign and color, and the error.
func signedStatus(e history.Execution) string {
	o := look.OfExecution(e.Status)
	return joinNonEmpty(colorize(o, o.Sign+" "+string(e.Status)), printable(e.Error))
}

func withError(status, err string) string { return joinNonEmpty(status, printable(err)) }

// errorText returns an error and its message.
func errorText(err string, cause history.Cause) string {
	return printable(joinNonEmpty(err, cause.Message))
}

// joinNonEmpty joins the non-empty texts with colons.
func joinNonEmpty(texts ...string) string {
	return strings.Join(slices.DeleteFunc(texts, func(text string) bool { return text == "" }), ": ")
}

// padRight adds spaces to text up to width columns.
func padRight(text string, width int) string {
	return text + strings.Repeat(" ", max(width-ansi.StringWidth(text), 0))
}

// attemptLabel returns the number of the attempt with index n, and the backoff before the attempt.
func attemptLabel(n int, attempt history.Attempt) string {
	name := fmt.Sprintf("attempt %d", n+1)
	if attempt.Backoff > 0 {
		name += ", after " + Seconds(attempt.Backoff)
	}
	return name
}

// attemptFailureText describes the failure of the attempt with index n.
func attemptFailureText(n int, attempt history.Attempt) string {
	return joinNonEmpty(fmt.Sprintf("attempt %d failed", n+1), printable(attempt.Error))
}

// attemptLine describes the attempt with index n.
func attemptLine(n int, attempt history.Attempt) string {
	name := attemptLabel(n, attempt)
	switch attempt.Status() {
	case history.StepRunning:
		return name + ", unfinished"
	case history.StepAborted:
		return name + ", aborted after " + timeBetween(attempt.Start, attempt.Stopped)
	case history.StepFailed:
		took := timeBetween(attempt.Start, attempt.End)
		return joinNonEmpty(name+", failed in "+took, errorText(attempt.Error, attempt.Cause))
	default:
		return name + ", succeeded in " + timeBetween(attempt.Start, attempt.End)
	}
}

// endText describes the end of a step. It returns "" for a step that succeeded or is still running.
func endText(step history.Step) string {
	switch step.Status {
	case history.StepCaught:
		return joinNonEmpty("caught", printable(step.Caught))
	case history.StepFailed:
		return joinNonEmpty("failed", errorText(step.Error, step.Cause))
	case history.StepAborted:
		return "aborted"
	default:
		return ""
	}
}

// missingText describes a range of events that a history lacks.
func missingText(span history.Span) string {
	switch {
	case span.Last == 0:
		return fmt.Sprintf("event %d and all later events: the history is cut short", span.First)
	case span.First == span.Last:
		return fmt.Sprintf("event %d", span.First)
	default:
		return fmt.Sprintf("events %d to %d", span.First, span.Last)
	}
}

// Location returns text that names an account and a region.
func Location(account, region string) string { return "account " + account + ", region " + region }

// Capitalize returns text with a capital first letter.
func Capitalize(text string) string { return strings.ToUpper(text[:1]) + text[1:] }
