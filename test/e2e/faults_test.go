package e2e

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/google/go-cmp/cmp"

	"retrycatch/test/faults"
)

// throttleThird throttles nearly a third of the calls.
var throttleThird = faults.Rule{Operation: "*", Calls: faults.Share(0.3), Fault: faults.Throttle}

// Each command uses its own proxy, which counts the calls from the first on.
func TestDeployWithFaults(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.app = assembly(t)
	c.bootstrap(t, original{})
	before := c.resources(t)

	// deploy replaces a stack whose creation was rolled back.
	template := neverComplete(t, `{"Resources": {"StateMachine2E01A3A5": {"Type": "AWS::SNS::Topic"}}}`)
	if stack := c.create(t, template); stack.Status != types.StackStatusRollbackComplete {
		t.Fatalf("got a stack that is %s, want %s", stack.Status, types.StackStatusRollbackComplete)
	}
	// The local AWS does not recognize the token of a retried change set, unlike CloudFormation. The
	// CDK fails.
	lost := faults.Start(t, c.server.Endpoint, faults.Options{Rules: []faults.Rule{
		{Operation: "cloudformation:CreateChangeSet", Calls: faults.Nth(1), Fault: faults.CutAfter}}})
	failed := runCommand(t, c.through(lost), retrycatch, "deploy", "--yes")
	t.Logf("deploy\n%s", lost)
	if failed.code != 1 {
		t.Fatalf("got exit code %d after a lost answer, want 1\n%s", failed.code, failed.stderr)
	}
	failed.contains(t, "the stack is REVIEW_IN_PROGRESS")
	throttled := faults.Start(t, c.server.Endpoint, faults.Options{Seed: 2, Rules: []faults.Rule{throttleThird}})
	c.mustWithFaults(t, throttled, "deploy", "--yes")

	c.must(t, 0, "destroy", "--yes")
	if diff := cmp.Diff(before, c.resources(t)); diff != "" {
		t.Errorf("the account changed (-before +after):\n%s", diff)
	}
}

func TestRunWithFaults(t *testing.T) {
	t.Parallel()
	o := deployOriginal(t)
	c := newCloud(t)
	c.bootstrap(t, o)
	c.create(t, o.template)
	proxy := faults.Start(t, c.server.Endpoint, faults.Options{Seed: 1, Rules: []faults.Rule{throttleThird}})
	checkRuns(t, decode[runDocument](t, c.mustWithFaults(t, proxy, "run", "--output", "json")))
}

// mustWithFaults runs retrycatch through a proxy that injects faults. The command must succeed, and
// retry every failed call.
func (c *cloud) mustWithFaults(t *testing.T, proxy *faults.Proxy, args ...string) result {
	t.Helper()
	r := c.mustThrough(t, proxy, 0, args...)
	t.Logf("%s\n%s", args[0], proxy)
	injected := 0
	for _, count := range proxy.Counts() {
		injected += count.Total()
		if count.Unresolved > 0 {
			t.Errorf("%s was not retried after its last fault", count.Operation)
		}
	}
	if injected == 0 {
		t.Errorf("retrycatch %s met no fault", args[0])
	}
	return r
}
