package e2e

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"retrycatch/test/faults"
)

// After Ctrl-C during a live board, the terminal is restored: the cursor is visible, the last line
// is complete, and the terminal settings are unchanged. The calling shell continues.
func TestCtrlCDuringBoard(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		trigger, held string // the arguments of holdCalls
		command       string
		board         string // text on the board
		want          []string
	}{
		"destroy": {"cloudformation:DeleteStack", "states:DescribeStateMachine", "destroy --yes", "checking each service",
			[]string{"the teardown was interrupted", "next: retrycatch destroy"}},
		"deploy": {"cloudformation:ExecuteChangeSet", "cloudformation:DescribeStacks", "deploy --yes", "MyAPIStateMachine",
			[]string{"the deployment was interrupted", "next: retrycatch status --region " + region}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t)
			c.cdkApp = cdkAppVariable(t)
			c.mustRun(t, 0, "deploy", "--yes") // bootstraps the region
			if name == "deploy" {
				c.mustRun(t, 0, "destroy", "--yes")
			}
			proxy, release := c.holdCalls(t, test.trigger, test.held)
			defer release()
			p := startOnTerminal(t, c.environThrough(proxy), "local", "--region", region, "--", "sh", "-c",
				`trap : INT; `+retrycatch+` `+test.command+`; echo "co""de $?"; stty -a`)
			p.awaitText(test.board, 1)
			p.typeKeys(ctrlC)
			_, text := p.wait()
			release()
			for _, want := range append(test.want, "\r\ncode 1\r\n", " icanon", " echo ", "opost -olcuc") {
				if !strings.Contains(ansi.Strip(text), want) {
					t.Errorf("the output does not contain %q", want)
				}
			}
			shown, hidden := ansi.SetModeTextCursorEnable, ansi.ResetModeTextCursorEnable
			if strings.LastIndex(text, hidden) > strings.LastIndex(text, shown) {
				t.Error("the cursor is still hidden")
			}
			if t.Failed() {
				t.Logf("output:\n%s", text)
			}
		})
	}
}

// holdCalls starts a proxy. After the first call of the trigger operation, calls of the held
// operation wait until release is called.
func (c *cloud) holdCalls(t *testing.T, trigger, held string) (proxy *faults.Proxy, release func()) {
	t.Helper()
	released := make(chan struct{})
	var called atomic.Bool
	proxy = faults.Start(t, c.server.Endpoint, faults.Options{OnCall: func(operation string, _ int) {
		switch {
		case operation == trigger:
			called.Store(true)
		case operation == held && called.Load():
			<-released
		}
	}})
	return proxy, sync.OnceFunc(func() { close(released) })
}
