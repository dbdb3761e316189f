package e2e

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/google/go-cmp/cmp"

	"retrycatch/test/faults"
)

var throttle30Percent = faults.Rule{Operation: "*", Calls: faults.Share(0.3), Fault: faults.Throttle}

// Each command with faults runs through its own proxy, so the proxy counts its calls from 1.
func TestDeployWithFaults(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.cdkApp = cdkAppVariable(t)
	c.bootstrap(t, blueprint{})
	before := c.resources(t)

	// The deploy command must replace a stack in ROLLBACK_COMPLETE.
	template := failingTemplate(t, `{"Resources": {"StateMachine2E01A3A5": {"Type": "AWS::SNS::Topic"}}}`)
	if stack := c.create(t, template); stack.Status != types.StackStatusRollbackComplete {
		t.Fatalf("got stack status %s, want %s", stack.Status, types.StackStatusRollbackComplete)
	}
	// CloudFormation recognizes a retried CreateChangeSet by its token. The local AWS does not, so
	// cdk deploy fails.
	lost := faults.Start(t, c.server.Endpoint, faults.Options{Rules: []faults.Rule{
		{Operation: "cloudformation:CreateChangeSet", Calls: faults.Nth(1), Fault: faults.CutResponse}}})
	failed := runCommand(t, c.environThrough(lost), retrycatch, "deploy", "--yes")
	t.Logf("deploy\n%s", lost)
	if failed.code != 1 {
		t.Fatalf("after a lost response: got exit code %d, want 1\n%s", failed.code, failed.stderr)
	}
	failed.wantText(t, "the stack is REVIEW_IN_PROGRESS")
	throttled := faults.Start(t, c.server.Endpoint, faults.Options{Seed: 2, Rules: []faults.Rule{throttle30Percent}})
	c.mustRunWithFaults(t, throttled, "deploy", "--yes")

	c.mustRun(t, 0, "destroy", "--yes")
	if diff := cmp.Diff(before, c.resources(t)); diff != "" {
		t.Errorf("the account changed (-before +after):\n%s", diff)
	}
}

func TestRunWithFaults(t *testing.T) {
	t.Parallel()
	b := deployBlueprint(t)
	c := newCloud(t)
	c.bootstrap(t, b)
	c.create(t, b.template)
	proxy := faults.Start(t, c.server.Endpoint, faults.Options{Seed: 1, Rules: []faults.Rule{throttle30Percent}})
	checkRuns(t, decode[runDocument](t, c.mustRunWithFaults(t, proxy, "run", "--output", "json")))
}

// mustRunWithFaults runs retrycatch through a proxy that injects faults. The command must succeed
// and retry every failed call.
func (c *cloud) mustRunWithFaults(t *testing.T, proxy *faults.Proxy, args ...string) result {
	t.Helper()
	r := c.mustRunThrough(t, proxy, 0, args...)
	t.Logf("%s\n%s", args[0], proxy)
	injected := 0
	for _, count := range proxy.Counts() {
		injected += count.Total()
		if count.Unresolved > 0 {
			t.Errorf("%s: the last fault was not followed by a successful retry", count.Operation)
		}
	}
	if injected == 0 {
		t.Errorf("retrycatch %s: the proxy injected no fault", args[0])
	}
	return r
}
