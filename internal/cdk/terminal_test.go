package cdk

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/creack/pty"
	"github.com/google/go-cmp/cmp"
)

// TestDeployOnATerminal checks that the CDK CLI has a terminal and that its output arrives in
// order.
func TestDeployOnATerminal(t *testing.T) {
	t.Parallel()
	ours, its, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer ours.Close()
	defer its.Close()
	if err := pty.Setsize(ours, &pty.Winsize{Rows: 33, Cols: 77}); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		stack string
		code  int
		want  []string
	}{
		"question": {"terminal", 0, []string{"terminal 33 77", "answer yes"}},
		"failure":  {"failing", 3, []string{"to the user"}},
		"record":   {"broken", 3, []string{"to the user"}},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			d := deploymentOf(test.stack)
			d.Terminal = its
			err := CLI{Project: project(t), In: strings.NewReader("yes\n"), Out: &out}.Deploy(t.Context(), d)
			var exit *ExitError
			if errors.As(err, &exit); (err != nil) != (test.code > 0) || exit != nil && exit.Code != test.code {
				t.Fatalf("got the error %v", err)
			}
			lines := strings.Split(strings.TrimSpace(strings.ReplaceAll(out.String(), "\r", "")), "\n")
			if diff := cmp.Diff(test.want, lines[max(0, len(lines)-len(test.want)):]); diff != "" {
				t.Errorf("the last lines differ (-want +got):\n%s", diff)
			}
		})
	}
}

// The answer no is not a failure.
func TestDeclined(t *testing.T) {
	t.Parallel()
	ours, its, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer ours.Close()
	defer its.Close()
	d := deploymentOf("declining")
	d.Terminal = its
	cli := CLI{Project: project(t), In: strings.NewReader("n\n"), Out: &bytes.Buffer{}}
	if err := cli.Deploy(t.Context(), d); !errors.Is(err, ErrDeclined) {
		t.Errorf("the error is %v", err)
	}
}
