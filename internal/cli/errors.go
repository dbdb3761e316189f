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
	exitBad    = 1 // it ran, and the result is bad
	exitUnable = 2 // wrong usage, or an environment in which it cannot run
)

// ExitCodes explains each exit code.
var ExitCodes = [...]string{
	exitDone:   "success, or a prompt was answered with No",
	exitBad:    "the command ran, but the result is bad",
	exitUnable: "wrong usage, an environment in which the command cannot run, or output that cannot be written",
}

// badResult is the end of a command that did run: exit code 1.
type badResult struct{ err error }

func (b *badResult) Error() string { return b.err.Error() }
func (b *badResult) Unwrap() error { return b.err }

// declined is the end of a command whose question was answered with No: exit code 0.
type declined struct {
	what string // a sentence about the work that was not done
	next string // the command that does it without the question
}

func (d *declined) Error() string { return d.what }

// accept prints what was declined, and returns any other error.
func (a *app) accept(err error) error {
	if no := (*declined)(nil); errors.As(err, &no) {
		a.console.Hint(no.what, no.next)
		return nil
	}
	return err
}

// bad marks an error as a result.
func bad(err error) error {
	if err == nil {
		return nil
	}
	return &badResult{err}
}

// exitCode returns the exit code for an error. If the user's own command failed, it is that
// command's exit code.
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

// fail prints an error, or each error joined in it, with its next step. An error without a next
// step gets otherwise.
func (a *app) fail(err error, otherwise string) {
	switch e := err.(type) { //nolint:errorlint // the outermost error alone
	case interface{ Unwrap() []error }:
		for _, one := range e.Unwrap() {
			a.fail(one, otherwise)
		}
	case *badResult:
		a.fail(e.err, otherwise)
	case *commandExit: // it has said why itself
	default:
		p := (*problem.Problem)(nil)
		if errors.Is(err, context.Canceled) && !errors.As(err, &p) { // an interrupt, which is reported already
			return
		}
		a.console.Fail(err, nextOf(err, otherwise))
	}
}

// nextOf returns the next step of an error that has one, or another.
func nextOf(err error, otherwise string) string {
	p := (*problem.Problem)(nil)
	if errors.As(err, &p) || errors.As(session.Explain(err), &p) { // a problem may have a refused call as its cause
		return p.Next
	}
	return otherwise
}
