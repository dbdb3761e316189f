package cli

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/problem"
	"retrycatch/internal/view"
)

// consoleOf is a console without a terminal, and what it writes.
func consoleOf(input string) (c *view.Console, out, err *bytes.Buffer) {
	out, err = &bytes.Buffer{}, &bytes.Buffer{}
	return view.NewConsole(view.Streams{In: strings.NewReader(input), Out: out, Err: err}), out, err
}

func TestEveryJoinedErrorIsPrintedWithItsNextStep(t *testing.T) {
	t.Parallel()
	c, out, stderr := consoleOf("")
	(&app{console: c}).fail(errors.Join(
		&problem.Problem{What: "no region is set", Next: "name one"},
		bad(errors.Join(&problem.Problem{What: "it is taken", Next: "free it", Err: errors.New("by another")}, errors.New("plain"))),
	), "retrycatch status")
	want := "error: no region is set\n  next: name one\nerror: it is taken: by another\n  next: free it\nerror: plain\n  next: retrycatch status\n"
	if diff := cmp.Diff(want, stderr.String()); diff != "" {
		t.Error(diff)
	}
	if out.Len() > 0 {
		t.Errorf("standard output is for data, and holds %q", out)
	}
}

func TestTheExitCodeTellsAResultFromAnUnusableEnvironment(t *testing.T) {
	t.Parallel()
	run := func(args ...string) int {
		return Run(context.Background(), args, view.Streams{In: strings.NewReader(""), Out: &bytes.Buffer{}, Err: &bytes.Buffer{}})
	}
	for want, args := range map[int][]string{exitDone: {"--help"}, exitUnable: {"no-such-command"}} {
		if got := run(args...); got != want {
			t.Errorf("retrycatch %v ends with %d, expected %d", args, got, want)
		}
	}
}
