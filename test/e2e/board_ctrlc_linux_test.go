package e2e

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"retrycatch/test/faults"
)

// After Ctrl-C while the progress display is on screen, the terminal is restored: the cursor is
// visible, the last line is complete, and the terminal settings are unchanged. The calling shell
// continues.
func TestCtrlCDuringProgressDisplay(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		trigger, blocked string // the arguments of blockCalls
		command          string
		onScreen         string // text in the progress display
		want             []string
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
			proxy, release := c.blockCalls(t, test.trigger, test.blocked)
			defer release()
			p := startOnTerminal(t, c.environThrough(proxy), "local", "--region", region, "--", "sh", "-c",
				`trap : INT; `+retrycatch+` `+test.command+`; echo "co""de $?"; stty -a`)
			p.awaitText(test.onScreen, 1)
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

// blockCalls starts a proxy. After the first call of the trigger operation, calls of the blocked
// operation wait until release is called.
func (c *cloud) blockCalls(t *testing.T, trigger, blocked string) (proxy *faults.Proxy, release func()) {
	t.Helper()
	released := make(chan struct{})
	var called atomic.Bool
	proxy = faults.Start(t, c.server.Endpoint, faults.Options{OnCall: func(operation string, _ int) {
		switch {
		case operation == trigger:
			called.Store(true)
		case operation == blocked && called.Load():
			<-released
		}
	}})
	return proxy, sync.OnceFunc(func() { close(released) })
}
