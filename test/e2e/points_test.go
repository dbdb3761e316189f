package e2e

import (
	"fmt"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"retrycatch/test/faults"
)

// killed kills the command during the call. The proxy does not know this fault.
const killed faults.Fault = "killed"

// A teardown leaves nothing despite faults and other events. Each subtest has its own account with
// a copy of one deployment.
func TestDisturbedTeardown(t *testing.T) {
	t.Parallel()
	o := deployOriginal(t).delayed(t)
	c := newCloud(t)
	t.Run("calls", func(t *testing.T) {
		t.Parallel()
		c.failEveryCall(t, o)
	})
	for i, test := range interferences {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			account := c.inAccount(fmt.Sprintf("1%011d", i))
			account.bootstrap(t, o)
			before := account.resources(t)
			test.run(t, account, o)
			if diff := cmp.Diff(before, account.resources(t)); diff != "" {
				t.Errorf("the account changed (-before +after):\n%s", diff)
			}
		})
	}
}

// failEveryCall runs a teardown for each of its calls and each fault of that call. The teardown
// succeeds, or the same command finishes the job afterwards.
func (c *cloud) failEveryCall(t *testing.T, o original) {
	t.Helper()
	points := c.points(t, o)
	var survived, missed atomic.Int64
	t.Run("fail", func(t *testing.T) {
		for i, point := range points {
			for j, fault := range []faults.Fault{faults.InternalError, faults.CutAfter, killed} {
				account := c.inAccount(fmt.Sprintf("2%05d%06d", i, j))
				t.Run(fmt.Sprintf("%s %d %s", point.operation, point.n, fault), func(t *testing.T) {
					t.Parallel()
					account.bootstrap(t, o)
					before := account.resources(t)
					account.deployAndStart(t, o, point)
					switch {
					case account.destroyWith(t, point, fault):
						survived.Add(1)
					case point.n > 1:
						missed.Add(1) // the number of polls depends on the machine's speed
					default:
						t.Error("the teardown did not make the call")
					}
					if diff := cmp.Diff(before, account.resources(t)); diff != "" {
						t.Errorf("the account changed (-before +after):\n%s", diff)
					}
				})
			}
		}
	})
	t.Logf("%d calls, failed %d times; %d repeated calls were not made", len(points), survived.Load(), missed.Load())
}

// point is a call of a teardown.
type point struct {
	operation string
	n         int // counts the calls of the operation, from 1
}

// points returns the calls of an undisturbed teardown.
func (c *cloud) points(t *testing.T, o original) []point {
	t.Helper()
	account := c.inAccount("300000000000")
	account.bootstrap(t, o)
	account.start(t, account.create(t, o.template).Outputs["StateMachineArn"])
	proxy := faults.Start(t, c.server.Endpoint, faults.Options{})
	account.mustThrough(t, proxy, 0, teardownCommand...)
	var points []point
	for _, count := range proxy.Counts() {
		if count.Operation == "logs:DeleteLogGroup" { // only if a log group reappears
			continue
		}
		for n := range count.Calls {
			points = append(points, point{count.Operation, n + 1})
		}
	}
	return points
}

var teardownCommand = []string{"destroy", "--yes", "--assets"}

// deployAndStart creates the stack. It starts an execution only for calls of Step Functions,
// because that takes time.
func (c *cloud) deployAndStart(t *testing.T, o original, p point) {
	t.Helper()
	stack := c.create(t, o.template)
	if strings.HasPrefix(p.operation, "states:") {
		c.startWaiting(t, stack.Outputs["StateMachineArn"])
	}
}

// destroyWith destroys the stack with a fault at a point, and reports whether the fault occurred.
func (c *cloud) destroyWith(t *testing.T, p point, fault faults.Fault) bool {
	t.Helper()
	if fault == killed {
		return c.killAndDestroy(t, p)
	}
	rule := faults.Rule{Operation: p.operation, Calls: faults.Nth(p.n), Fault: fault}
	proxy := faults.Start(t, c.server.Endpoint, faults.Options{Rules: []faults.Rule{rule}})
	if r := runCommand(t, c.through(proxy), retrycatch, teardownCommand...); r.code != 0 {
		t.Errorf("got exit code %d, want 0\n%s\n%s", r.code, r.stderr, proxy)
	}
	injected := 0
	for _, count := range proxy.Counts() {
		injected += count.Total()
	}
	return injected > 0
}

// killAndDestroy kills a teardown at a point and runs it again. It reports whether the teardown
// reached the point.
func (c *cloud) killAndDestroy(t *testing.T, p point) (reached bool) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), retrycatch, teardownCommand...)
	proxy := faults.Start(t, c.server.Endpoint, faults.Options{OnCall: func(operation string, n int) {
		if operation == p.operation && n == p.n {
			reached = true
			_ = cmd.Process.Kill()
		}
	}})
	cmd.Dir, cmd.Env = repository, c.through(proxy)
	output, err := cmd.CombinedOutput()
	if (err != nil) != reached {
		t.Errorf("got the error %v, want one only after a kill (killed: %t)\n%s", err, reached, output)
	}
	c.must(t, 0, teardownCommand...)
	return reached
}
