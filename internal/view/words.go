package view

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	"retrycatch/internal/history"
	"retrycatch/internal/look"
)

// Counted writes a number of things, in the plural unless the number is 1.
func Counted(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}

func retries(n int) string {
	if n == 1 {
		return "1 retry"
	}
	return fmt.Sprintf("%d retries", n)
}

// Seconds writes a duration to a tenth of a second: of a wait, or of a whole command.
func Seconds(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }

// took writes a duration to a hundredth of a second, and "" if there is no end.
func took(from, to time.Time) string {
	if to.IsZero() {
		return ""
	}
	return fmt.Sprintf("%.2f s", to.Sub(from).Seconds())
}

// offset writes a moment as the time since another.
func offset(at, from time.Time) string { return fmt.Sprintf("+%.2f s", at.Sub(from).Seconds()) }

// cost writes a number of state transitions and their price.
func cost(transitions int) string {
	return fmt.Sprintf("%s, %.6f USD", Counted(transitions, "state transition"), history.Cost(transitions))
}

// outcome writes an execution's status and its error.
func outcome(e history.Execution) string { return withError(string(e.Status), e.Error) }

// signedOutcome writes the same with the sign and in the color of the status.
func signedOutcome(e history.Execution) string {
	o := look.OfExecution(e.Status)
	return joined(styled(o, o.Sign+" "+string(e.Status)), printable(e.Error))
}

func withError(status, err string) string { return joined(status, printable(err)) }

// failure writes an error and its message.
func failure(err string, cause history.Cause) string {
	return printable(joined(err, cause.Message))
}

// joined writes texts with colons between them. It omits those that are empty.
func joined(texts ...string) string {
	return strings.Join(slices.DeleteFunc(texts, func(text string) bool { return text == "" }), ": ")
}

// padded adds spaces to a text that is narrower than a column.
func padded(text string, width int) string {
	return text + strings.Repeat(" ", max(width-ansi.StringWidth(text), 0))
}

// attemptName names the n-th attempt of a step, from zero, and the backoff before it.
func attemptName(n int, attempt history.Attempt) string {
	name := fmt.Sprintf("attempt %d", n+1)
	if attempt.Backoff > 0 {
		name += ", after " + Seconds(attempt.Backoff)
	}
	return name
}

// attemptFailed says why the n-th attempt of a step failed, from zero.
func attemptFailed(n int, attempt history.Attempt) string {
	return joined(fmt.Sprintf("attempt %d failed", n+1), printable(attempt.Error))
}

// attemptLine says how the n-th attempt of a step went, from zero.
func attemptLine(n int, attempt history.Attempt) string {
	name := attemptName(n, attempt)
	switch attempt.Status() {
	case history.StepRunning:
		return name + ", has no end"
	case history.StepAborted:
		return name + ", aborted after " + took(attempt.Start, attempt.Stopped)
	case history.StepFailed:
		return joined(name+", failed in "+took(attempt.Start, attempt.End), failure(attempt.Error, attempt.Cause))
	default:
		return name + ", succeeded in " + took(attempt.Start, attempt.End)
	}
}

// ending says how a step ended if it did not succeed, and returns "" otherwise.
func ending(step history.Step) string {
	switch step.Status {
	case history.StepCaught:
		return joined("caught", printable(step.Caught))
	case history.StepFailed:
		return joined("failed", failure(step.Error, step.Cause))
	case history.StepAborted:
		return "aborted"
	default:
		return ""
	}
}

// missing names events that a history lacks.
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

// Place names an account and a region.
func Place(account, region string) string { return "account " + account + ", region " + region }

// Capital begins a text with a capital letter.
func Capital(text string) string { return strings.ToUpper(text[:1]) + text[1:] }
