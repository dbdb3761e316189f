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

// killed is no fault of the endpoint: the command itself is killed while the call is on its way.
const killed faults.Fault = "killed"

// Each of these has an account of its own, with a copy of one deployment.
func TestATeardownLeavesNothingWhateverComesBetween(t *testing.T) {
	t.Parallel()
	o := deployOriginal(t).delayed(t)
	c := newCloud(t)
	t.Run("harm at every point", func(t *testing.T) {
		t.Parallel()
		c.harmEveryPoint(t, o)
	})
	for i, test := range interferences {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			account := c.inAccount(fmt.Sprintf("1%011d", i))
			account.bootstrap(t, o)
			before := account.holds(t)
			test.run(t, account, o)
			if diff := cmp.Diff(before, account.holds(t)); diff != "" {
				t.Errorf("the account is not what it was before the deployment:\n%s", diff)
			}
		})
	}
}

// Whatever becomes of any one call of a teardown, nothing is left: the teardown bears it, or the same command run again
// finishes the job.
func (c *cloud) harmEveryPoint(t *testing.T, o original) {
	t.Helper()
	points := c.points(t, o)
	var survived, missed atomic.Int64
	t.Run("of", func(t *testing.T) {
		for i, point := range points {
			for j, harm := range []faults.Fault{faults.InternalError, faults.CutAfter, killed} {
				account := c.inAccount(fmt.Sprintf("2%05d%06d", i, j))
				t.Run(fmt.Sprintf("%s %d %s", point.operation, point.n, harm), func(t *testing.T) {
					t.Parallel()
					account.bootstrap(t, o)
					before := account.holds(t)
					account.deployAndStart(t, o, point)
					switch {
					case account.destroyWith(t, point, harm):
						survived.Add(1)
					case point.n > 1:
						missed.Add(1) // how often it looks depends on how fast things go
					default:
						t.Error("the point was not reached, so nothing was shown")
					}
					if diff := cmp.Diff(before, account.holds(t)); diff != "" {
						t.Errorf("the account is not what it was before the deployment:\n%s", diff)
					}
				})
			}
		}
	})
	t.Logf("%d points, harmed %d times, with nothing left; %d times the point was not reached again", len(points), survived.Load(), missed.Load())
}

// point is one call of a teardown: the nth of its operation.
type point struct {
	operation string
	n         int
}

// points are all the calls of a teardown that nothing disturbs.
func (c *cloud) points(t *testing.T, o original) []point {
	t.Helper()
	account := c.inAccount("300000000000")
	account.bootstrap(t, o)
	account.start(t, account.create(t, o.template).Outputs["StateMachineArn"])
	proxy := faults.Start(t, c.server.Endpoint, faults.Options{})
	if r := runCommand(t, account.through(proxy), retrycatch, teardownCommand...); r.code != 0 {
		t.Fatalf("an undisturbed teardown ended with exit code %d\n%s", r.code, r.stderr)
	}
	var points []point
	for _, count := range proxy.Counts() {
		if count.Operation == "logs:DeleteLogGroup" { // where a group has come back, by chance
			continue
		}
		for n := range count.Calls {
			points = append(points, point{count.Operation, n + 1})
		}
	}
	return points
}

var teardownCommand = []string{"destroy", "--yes", "--assets"}

// deployAndStart starts an execution where the point is a call of Step Functions. Elsewhere it would only take time.
func (c *cloud) deployAndStart(t *testing.T, o original, p point) {
	t.Helper()
	stack := c.create(t, o.template)
	if strings.HasPrefix(p.operation, "states:") {
		c.startWaiting(t, stack.Outputs["StateMachineArn"])
	}
}

// destroyWith says whether the harm was done.
func (c *cloud) destroyWith(t *testing.T, p point, harm faults.Fault) bool {
	t.Helper()
	if harm == killed {
		return c.killAndDestroy(t, p)
	}
	proxy := faults.Start(t, c.server.Endpoint, faults.Options{Rules: []faults.Rule{{Operation: p.operation, Calls: faults.Nth(p.n), Fault: harm}}})
	if r := runCommand(t, c.through(proxy), retrycatch, teardownCommand...); r.code != 0 {
		t.Errorf("it ended with exit code %d\n%s\n%s", r.code, r.stderr, proxy)
	}
	injected := 0
	for _, count := range proxy.Counts() {
		injected += count.Total()
	}
	return injected > 0
}

// killAndDestroy kills a teardown at a point, which it may not reach, and runs it again.
func (c *cloud) killAndDestroy(t *testing.T, p point) (reached bool) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), retrycatch, teardownCommand...)
	proxy := faults.Start(t, c.server.Endpoint, faults.Options{OnCall: func(operation string, n int) {
		if operation == p.operation && n == p.n {
			reached = true
			_ = cmd.Process.Kill() // it is running: it has just called
		}
	}})
	cmd.Dir, cmd.Env = repository, c.through(proxy)
	output, err := cmd.CombinedOutput()
	if (err != nil) != reached {
		t.Errorf("the killed command ended with %v\n%s", err, output)
	}
	c.must(t, 0, teardownCommand...)
	return reached
}
