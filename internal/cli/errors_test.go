package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/problem"
	"retrycatch/internal/session"
	"retrycatch/internal/view"
)

// consoleOf returns a console that has no terminal. It also returns the buffers for the console's
// standard output and standard error.
func consoleOf(input string) (c *view.Console, out, stderr *bytes.Buffer) {
	out, stderr = &bytes.Buffer{}, &bytes.Buffer{}
	return view.NewConsole(view.Streams{In: strings.NewReader(input), Out: out, Err: stderr}), out, stderr
}

func TestFailJoined(t *testing.T) {
	t.Parallel()
	c, out, stderr := consoleOf("")
	(&app{console: c}).fail(errors.Join(
		&problem.Problem{What: "no region is set", Next: "set a region"},
		asBadResult(
			errors.Join(
				&problem.Problem{What: "the name is in use", Next: "use another name", Err: errors.New("conflict")},
				errors.New("plain"),
			),
		),
	), "retrycatch status")
	want := "error: no region is set\n  next: set a region\n" +
		"error: the name is in use: conflict\n  next: use another name\n" +
		"error: plain\n  next: retrycatch status\n"
	if diff := cmp.Diff(want, stderr.String()); diff != "" {
		t.Errorf("standard error differs (-want +got):\n%s", diff)
	}
	if out.Len() > 0 {
		t.Errorf("got output %q, want none", out)
	}
}

func TestExitCode(t *testing.T) {
	t.Parallel()
	run := func(args ...string) int {
		return Run(
			context.Background(),
			args,
			view.Streams{In: strings.NewReader(""), Out: &bytes.Buffer{}, Err: &bytes.Buffer{}},
		)
	}
	for want, args := range map[int][]string{exitDone: {"--help"}, exitUnable: {"no-such-command"}} {
		if got := run(args...); got != want {
			t.Errorf("retrycatch %v: got exit code %d, want %d", args, got, want)
		}
	}
}

// The method fail explains a denied call when it prints the error.
func TestFailExplains(t *testing.T) {
	t.Parallel()
	denied := &smithy.OperationError{ServiceID: "IAM", OperationName: "GetRole",
		Err: &smithy.GenericAPIError{Code: "AccessDenied", Message: "no"}}
	const explained = "the credentials cannot call iam:GetRole: AccessDenied: no\n"
	const next = "  next: ask an administrator to allow iam:GetRole, or use other credentials with --profile\n"
	tests := []struct {
		name string
		err  error
		want string
	}{
		{"wrapped", fmt.Errorf("cannot read the role: %w", denied), "error: " + explained + next},
		{"already explained", session.Explain(denied), "error: " + explained + next},
		{"the cause of a problem", &problem.Problem{What: "the role is not ready", Err: denied, Next: "wait"},
			"error: the role is not ready: " + explained + "  next: wait\n"},
		{"a *badResult", asBadResult(&problem.Problem{What: "the role is not ready", Err: denied, Next: "wait"}),
			"error: the role is not ready: " + explained + "  next: wait\n"},
		{"another error", errors.New("plain"), "error: plain\n  next: retrycatch status\n"},
		{"an interrupt", context.Canceled, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c, _, stderr := consoleOf("")
			(&app{console: c}).fail(test.err, "retrycatch status")
			if diff := cmp.Diff(test.want, stderr.String()); diff != "" {
				t.Errorf("standard error differs (-want +got):\n%s", diff)
			}
		})
	}
}
