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

// killed means that the test kills the command during a call. The proxy does not inject this fault.
const killed faults.Fault = "killed"

// A teardown leaves nothing behind, despite faults and interference. Each subtest has its own
// account with a copy of the same deployment.
func TestTeardownWithFaults(t *testing.T) {
	t.Parallel()
	b := deployBlueprint(t).withDelayedRetries(t)
	c := newCloud(t)
	t.Run("calls", func(t *testing.T) {
		t.Parallel()
		c.failEveryCall(t, b)
	})
	for i, test := range interferences {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			account := c.inAccount(fmt.Sprintf("1%011d", i))
			account.bootstrap(t, b)
			before := account.resources(t)
			test.run(t, account, b)
			if diff := cmp.Diff(before, account.resources(t)); diff != "" {
				t.Errorf("the account changed (-before +after):\n%s", diff)
			}
		})
	}
}

// failEveryCall runs a teardown for each combination of a call and a fault, and injects the fault
// into the call. The teardown must succeed, or a second run must complete it.
func (c *cloud) failEveryCall(t *testing.T, b blueprint) {
	t.Helper()
	calls := c.teardownCalls(t, b)
	var injected, notMade atomic.Int64
	t.Run("fault", func(t *testing.T) {
		for i, call := range calls {
			for j, fault := range []faults.Fault{faults.InternalError, faults.CutResponse, killed} {
				account := c.inAccount(fmt.Sprintf("2%05d%06d", i, j))
				t.Run(fmt.Sprintf("%s %d %s", call.operation, call.number, fault), func(t *testing.T) {
					t.Parallel()
					account.bootstrap(t, b)
					before := account.resources(t)
					account.deployAndStart(t, b, call)
					switch {
					case account.destroyWithFault(t, call, fault):
						injected.Add(1)
					case call.number > 1:
						notMade.Add(1) // the number of polls depends on the machine's speed
					default:
						t.Errorf("the teardown did not call %s", call.operation)
					}
					if diff := cmp.Diff(before, account.resources(t)); diff != "" {
						t.Errorf("the account changed (-before +after):\n%s", diff)
					}
				})
			}
		}
	})
	t.Logf("%d calls; %d injected faults; %d calls were not made this time", len(calls), injected.Load(), notMade.Load())
}

// teardownCall is a call that a teardown makes.
type teardownCall struct {
	operation string
	number    int // 1 for the first call of the operation
}

// teardownCalls returns the calls of a teardown without faults.
func (c *cloud) teardownCalls(t *testing.T, b blueprint) []teardownCall {
	t.Helper()
	account := c.inAccount("300000000000")
	account.bootstrap(t, b)
	account.startExecution(t, account.create(t, b.template).Outputs["StateMachineArn"])
	proxy := faults.Start(t, c.server.Endpoint, faults.Options{})
	account.mustRunThrough(t, proxy, 0, teardownCommand...)
	var calls []teardownCall
	for _, count := range proxy.Counts() {
		if count.Operation == "logs:DeleteLogGroup" { // occurs only if a log group reappears
			continue
		}
		for n := range count.Calls {
			calls = append(calls, teardownCall{count.Operation, n + 1})
		}
	}
	return calls
}

var teardownCommand = []string{"destroy", "--yes", "--assets"}

// deployAndStart creates the stack. For a fault in a Step Functions call, it also starts an
// execution. To save time, it starts none for other calls.
func (c *cloud) deployAndStart(t *testing.T, b blueprint, call teardownCall) {
	t.Helper()
	stack := c.create(t, b.template)
	if strings.HasPrefix(call.operation, "states:") {
		c.startWaitingExecution(t, stack.Outputs["StateMachineArn"])
	}
}

// destroyWithFault destroys the stack with a fault in a call, and reports whether the fault
// occurred.
func (c *cloud) destroyWithFault(t *testing.T, call teardownCall, fault faults.Fault) bool {
	t.Helper()
	if fault == killed {
		return c.killAndDestroy(t, call)
	}
	rule := faults.Rule{Operation: call.operation, Calls: faults.Nth(call.number), Fault: fault}
	proxy := faults.Start(t, c.server.Endpoint, faults.Options{Rules: []faults.Rule{rule}})
	if r := runCommand(t, c.environThrough(proxy), retrycatch, teardownCommand...); r.code != 0 {
		t.Errorf("got exit code %d, want 0\n%s\n%s", r.code, r.stderr, proxy)
	}
	injected := 0
	for _, count := range proxy.Counts() {
		injected += count.Total()
	}
	return injected > 0
}

// killAndDestroy kills a teardown during a call and runs the teardown again. It reports whether the
// first teardown made the call.
func (c *cloud) killAndDestroy(t *testing.T, call teardownCall) (reached bool) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), retrycatch, teardownCommand...)
	proxy := faults.Start(t, c.server.Endpoint, faults.Options{OnCall: func(operation string, n int) {
		if operation == call.operation && n == call.number {
			reached = true
			_ = cmd.Process.Kill()
		}
	}})
	cmd.Dir, cmd.Env = repository, c.environThrough(proxy)
	output, err := cmd.CombinedOutput()
	if (err != nil) != reached {
		t.Errorf("got the error %v (killed: %t), want an error only if killed\n%s", err, reached, output)
	}
	c.mustRun(t, 0, teardownCommand...)
	return reached
}
