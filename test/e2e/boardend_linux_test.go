package e2e

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"retrycatch/test/faults"
)

// Ctrl-C during a board restores the terminal: the cursor shows, the last line is complete, the
// settings are the usual ones, and the shell that started the command continues.
func TestCtrlCEndsABoard(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		first, held string // the call that starts the work, and the operation whose later calls wait
		command     string
		board       string // a part of it
		want        []string
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
			proxy, release := c.holdCalls(t, test.first, test.held)
			defer release()
			p := startOnTerminal(t, c.through(proxy), "local", "--region", region, "--", "sh", "-c",
				`trap : INT; `+retrycatch+` `+test.command+`; echo "co""de $?"; stty -a`)
			p.await(test.board, 1)
			p.enter(ctrlC)
			_, text := p.wait()
			release()
			for _, want := range append(test.want, "\r\ncode 1\r\n", " icanon", " echo ", "opost -olcuc") {
				if !strings.Contains(ansi.Strip(text), want) {
					t.Errorf("got no %q", want)
				}
			}
			shown, hidden := ansi.SetModeTextCursorEnable, ansi.ResetModeTextCursorEnable
			if strings.LastIndex(text, hidden) > strings.LastIndex(text, shown) {
				t.Error("the cursor is hidden")
			}
			if t.Failed() {
				t.Logf("the terminal shows:\n%s", text)
			}
		})
	}
}

// holdCalls starts a proxy. Calls of the held operation wait for release after the first operation
// was called.
func (c *cloud) holdCalls(t *testing.T, first, held string) (proxy *faults.Proxy, release func()) {
	t.Helper()
	released := make(chan struct{})
	var called atomic.Bool
	proxy = faults.Start(t, c.server.Endpoint, faults.Options{OnCall: func(operation string, _ int) {
		switch {
		case operation == first:
			called.Store(true)
		case operation == held && called.Load():
			<-released
		}
	}})
	return proxy, sync.OnceFunc(func() { close(released) })
}
