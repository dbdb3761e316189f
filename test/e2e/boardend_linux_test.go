package e2e

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"retrycatch/test/faults"
)

// Ctrl-C while a board is drawn leaves the terminal in order: the cursor shows, the last line is
// complete, the settings are the usual ones, and the shell that started the command goes on.
func TestCtrlCEndsABoard(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		begins, held string // the call that begins the work, and the calls that wait from then on
		command      string
		board        string // a part of it
		says         []string
	}{
		"destroy": {"cloudformation:DeleteStack", "states:DescribeStateMachine", "destroy --yes", "checking each service",
			[]string{"the teardown was interrupted", "next: retrycatch destroy"}},
		"deploy": {"cloudformation:ExecuteChangeSet", "cloudformation:DescribeStacks", "deploy --yes", "MyAPIStateMachine",
			[]string{"the deployment was interrupted", "next: retrycatch status --region " + region}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t)
			c.app = assembly(t)
			c.must(t, 0, "deploy", "--yes") // bootstraps
			if name == "deploy" {
				c.must(t, 0, "destroy", "--yes")
			}
			free := make(chan struct{})
			release := sync.OnceFunc(func() { close(free) })
			var begun atomic.Bool
			proxy := faults.Start(t, c.server.Endpoint, faults.Options{OnCall: func(operation string, _ int) {
				switch {
				case operation == test.begins:
					begun.Store(true)
				case operation == test.held && begun.Load():
					<-free
				}
			}})
			defer release()
			p := beginOnTerminal(t, c.through(proxy), "local", "--region", region, "--", "sh", "-c",
				`trap : INT; `+retrycatch+` `+test.command+`; echo "co""de $?"; stty -a`)
			p.await(test.board, 1)
			p.enter(ctrlC)
			_, text := p.end()
			release()
			for _, want := range append(test.says, "\r\ncode 1\r\n", " icanon", " echo ", "opost -olcuc") {
				if !strings.Contains(ansi.Strip(text), want) {
					t.Errorf("it does not say %q", want)
				}
			}
			if strings.LastIndex(text, ansi.ResetModeTextCursorEnable) > strings.LastIndex(text, ansi.SetModeTextCursorEnable) {
				t.Error("the cursor is hidden")
			}
			if t.Failed() {
				t.Logf("the terminal shows:\n%s", text)
			}
		})
	}
}
