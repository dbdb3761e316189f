package cli

import (
	"context"
	"errors"

	"retrycatch/internal/problem"
	"retrycatch/internal/session"
)

// Exit codes.
const (
	exitDone   = 0
	exitBad    = 1 // the command ran, but found a failure
	exitUnable = 2 // the command could not run
)

// ExitCodes explains each exit code.
var ExitCodes = [...]string{
	exitDone:   "success, or a prompt was answered with No",
	exitBad:    "the command ran, but found a failure",
	exitUnable: "wrong usage, an environment where the command cannot run, or output that cannot be written",
}

// badResult marks an error that a command found while it ran. The exit code is 1.
type badResult struct{ err error }

func (b *badResult) Error() string { return b.err.Error() }
func (b *badResult) Unwrap() error { return b.err }

// declined is the error of a command that the user stopped by answering No. The exit code is 0.
type declined struct {
	what string // a sentence that says what was not done
	next string // the command to use instead
}

func (d *declined) Error() string { return d.what }

// handleDeclined prints a *declined and returns any other error.
func (a *app) handleDeclined(err error) error {
	if no := (*declined)(nil); errors.As(err, &no) {
		a.console.Hint(no.what, no.next)
		return nil
	}
	return err
}

// asBadResult marks an error as a *badResult.
func asBadResult(err error) error {
	if err == nil {
		return nil
	}
	return &badResult{err}
}

// exitCode returns the exit code for an error. If the error reports that a command run by
// "retrycatch local" failed, exitCode returns that command's exit code.
func exitCode(err error) int {
	command, bad := (*commandExit)(nil), (*badResult)(nil)
	switch {
	case errors.As(err, &command):
		return command.code
	case errors.As(err, &bad):
		return exitBad
	default:
		return exitUnable
	}
}

// fail prints an error with its next step. It prints joined errors one by one. defaultNext is the
// next step for an error that has none.
func (a *app) fail(err error, defaultNext string) {
	switch e := err.(type) { //nolint:errorlint // only the outermost error
	case interface{ Unwrap() []error }:
		for _, joined := range e.Unwrap() {
			a.fail(joined, defaultNext)
		}
	case *badResult:
		a.fail(e.err, defaultNext)
	case *commandExit: // the command printed its own error
	default:
		p := (*problem.Problem)(nil)
		if errors.Is(err, context.Canceled) && !errors.As(err, &p) {
			return // the interrupt is already reported
		}
		a.console.Fail(err, nextOf(err, defaultNext))
	}
}

// nextOf returns the error's next step, or defaultNext if the error has none.
func nextOf(err error, defaultNext string) string {
	p := (*problem.Problem)(nil)
	// If a problem wraps a denied call, the problem's own next step takes precedence over the one
	// from session.Explain.
	if errors.As(err, &p) || errors.As(session.Explain(err), &p) {
		return p.Next
	}
	return defaultNext
}
