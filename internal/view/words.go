package view

import (
	"fmt"
	"strings"
	"time"

	"retrycatch/internal/history"
)

// Counted is a number of things, in the plural where it is not one.
func Counted(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}

// Seconds is a duration to a tenth of a second: of a wait, or of a whole command.
func Seconds(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }

// Took is how long something lasted, or empty when it has no end.
func Took(from, to time.Time) string {
	if to.IsZero() {
		return ""
	}
	return fmt.Sprintf("%.2f s", to.Sub(from).Seconds())
}

// Offset is a moment as the time since another one.
func Offset(at, from time.Time) string { return fmt.Sprintf("+%.2f s", at.Sub(from).Seconds()) }

// Cost is how many state transitions are paid for, and their price.
func Cost(transitions int) string {
	return fmt.Sprintf("%s, %.6f USD", Counted(transitions, "state transition"), history.Cost(transitions))
}

// Outcome is an execution's status, with its error.
func Outcome(e history.Execution) string { return outcome(string(e.Status), e.Error) }

func outcome(status, err string) string { return strings.TrimSuffix(status+": "+printable(err), ": ") }

// Failure is an error with its message.
func Failure(err string, cause history.Cause) string {
	return printable(strings.TrimSuffix(err+": "+cause.Message, ": "))
}

// AttemptName is the n-th attempt of a step, from zero, and the backoff before it.
func AttemptName(n int, attempt history.Attempt) string {
	name := fmt.Sprintf("attempt %d", n+1)
	if attempt.Backoff > 0 {
		name += ", after " + Seconds(attempt.Backoff)
	}
	return name
}

// Attempt tells how the n-th attempt of a step went, from zero.
func Attempt(n int, attempt history.Attempt) string {
	name, took := AttemptName(n, attempt), Took(attempt.Start, attempt.End)
	switch {
	case attempt.End.IsZero():
		return name + ", has no end"
	case attempt.Error != "":
		return name + ", failed in " + took + ": " + Failure(attempt.Error, attempt.Cause)
	default:
		return name + ", succeeded in " + took
	}
}

// Ending tells how a step ended that did not succeed. It is empty for one that did, and for one that lasts.
func Ending(step history.Step) string {
	switch step.Status {
	case history.StepCaught:
		return "caught: " + printable(step.Caught)
	case history.StepFailed:
		return "failed: " + Failure(step.Error, step.Cause)
	case history.StepAborted:
		return "aborted"
	default:
		return ""
	}
}

// Missing names events that a history lacks.
func Missing(span history.Span) string {
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
