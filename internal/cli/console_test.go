package cli

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/problem"
)

// consoleOf is a console without a terminal, and what it writes.
func consoleOf(input string) (c *console, out, err *bytes.Buffer) {
	out, err = &bytes.Buffer{}, &bytes.Buffer{}
	return newConsole(Streams{In: strings.NewReader(input), Out: out, Err: err}), out, err
}

func TestAQuestionIsANoUnlessTheAnswerIsYes(t *testing.T) {
	t.Parallel()
	for input, want := range map[string]bool{
		"y\n": true, "yes\n": true, " Y \n": true, "YES\n": true,
		"\n": false, "n\n": false, "no\n": false, "yep\n": false, "j\n": false,
		"":  false, // the end of the input
		"y": false, // the end of the input in the middle of an answer
	} {
		c, _, _ := consoleOf(input)
		if got, err := c.confirm(t.Context(), "Delete?"); got != want || err != nil {
			t.Errorf("the answer %q counts as %t", input, got)
		}
	}
}

func TestEveryJoinedErrorIsPrintedWithItsNextStep(t *testing.T) {
	t.Parallel()
	c, out, stderr := consoleOf("")
	c.report(errors.Join(
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

func TestATableHasNoColoursWithoutATerminal(t *testing.T) {
	t.Parallel()
	c, out, _ := consoleOf("")
	c.table([]string{"Resource", "Now"}, [][]string{{"IAM role", good.Render("✓ gone")}, {"log group", wrong.Render("✗ left")}})
	want := `
┌───────────┬────────┐
│ Resource  │ Now    │
├───────────┼────────┤
│ IAM role  │ ✓ gone │
│ log group │ ✗ left │
└───────────┴────────┘
`
	if diff := cmp.Diff(want, "\n"+out.String()); diff != "" {
		t.Error(diff)
	}
}

func TestControlCharactersFromOutsideDoNotReachTheTerminal(t *testing.T) {
	t.Parallel()
	if got, want := printable("a\x1b]0;title\x07b\u202ec\nd\u009be\rf"), "a ]0;title b c d e f"; got != want {
		t.Errorf("got %q, expected %q", got, want)
	}
}

func TestTheExitCodeTellsAResultFromAnUnusableEnvironment(t *testing.T) {
	t.Parallel()
	run := func(args ...string) int {
		return Run(context.Background(), args, Streams{In: strings.NewReader(""), Out: &bytes.Buffer{}, Err: &bytes.Buffer{}})
	}
	for want, args := range map[int][]string{exitDone: {"--help"}, exitUnable: {"no-such-command"}} {
		if got := run(args...); got != want {
			t.Errorf("retrycatch %v ends with %d, expected %d", args, got, want)
		}
	}
}
