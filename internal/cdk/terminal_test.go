package cdk

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/creack/pty"
	"github.com/google/go-cmp/cmp"
)

// openTerminal opens a terminal of 33 rows and 77 columns. The test's cleanup closes it.
func openTerminal(t *testing.T) *os.File {
	t.Helper()
	ptmx, tty, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ptmx.Close()
		tty.Close()
	})
	if err := pty.Setsize(ptmx, &pty.Winsize{Rows: 33, Cols: 77}); err != nil {
		t.Fatal(err)
	}
	return tty
}

// TestDeployOnTerminal checks that the CDK CLI gets a terminal of the same size, and that its
// output is complete and in order.
func TestDeployOnTerminal(t *testing.T) {
	t.Parallel()
	terminal := openTerminal(t)
	for name, test := range map[string]struct {
		stack string
		code  int
		want  []string
	}{
		"question":               {"terminal", 0, []string{"terminal 33 77", "answer yes"}},
		"failure":                {"failing", 3, []string{"to the user"}},
		"failure with telemetry": {"broken", 3, []string{"to the user"}},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			d := deploymentOf(test.stack)
			d.Terminal = terminal
			err := CLI{Project: project(t), In: strings.NewReader("yes\n"), Out: &out}.Deploy(t.Context(), d)
			var exit *ExitError
			if errors.As(err, &exit); (err != nil) != (test.code > 0) || exit != nil && exit.Code != test.code {
				t.Fatalf("got error %v, want exit code %d", err, test.code)
			}
			lines := strings.Split(strings.TrimSpace(strings.ReplaceAll(out.String(), "\r", "")), "\n")
			if diff := cmp.Diff(test.want, lines[max(0, len(lines)-len(test.want)):]); diff != "" {
				t.Errorf("the last lines differ (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDeclined(t *testing.T) {
	t.Parallel()
	d := deploymentOf("declining")
	d.Terminal = openTerminal(t)
	cli := CLI{Project: project(t), In: strings.NewReader("n\n"), Out: &bytes.Buffer{}}
	if err := cli.Deploy(t.Context(), d); !errors.Is(err, ErrDeclined) {
		t.Errorf("got error %v, want ErrDeclined", err)
	}
}
