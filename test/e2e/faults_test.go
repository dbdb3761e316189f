package e2e

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/google/go-cmp/cmp"

	"retrycatch/test/faults"
)

// third has nearly every third call throttled.
var third = faults.Rule{Operation: "*", Calls: faults.Share(0.3), Fault: faults.Throttle}

// Every command goes through a proxy of its own, so that the calls of each are counted, and harmed, from the first on.
func TestADeploymentBearsThrottledAndLostCalls(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.app = assembly(t)
	c.stage(t, original{})
	before := c.holds(t)

	// What an earlier deployment has left half done does not stand in the way of the next.
	if stack := c.create(t, neverComplete(t, `{"Resources": {"StateMachine2E01A3A5": {"Type": "AWS::SNS::Topic"}}}`)); stack.Status != types.StackStatusRollbackComplete {
		t.Fatalf("the stack that cannot be created is %s", stack.Status)
	}
	// The local AWS does not know a change set again by its token, as CloudFormation does, so the CDK gives up.
	lost := faults.Start(t, c.server.Endpoint, faults.Options{Rules: []faults.Rule{
		{Operation: "cloudformation:CreateChangeSet", Calls: faults.Nth(1), Fault: faults.CutAfter}}})
	failed := runCommand(t, c.through(lost), retrycatch, "deploy", "--yes")
	t.Logf("deploy\n%s", lost)
	if failed.code != 1 {
		t.Fatalf("a deployment that the CDK gave up ended with exit code %d\n%s", failed.code, failed.stderr)
	}
	failed.says(t, "the stack is REVIEW_IN_PROGRESS")
	c.harmed(t, faults.Start(t, c.server.Endpoint, faults.Options{Seed: 2, Rules: []faults.Rule{third}}), "deploy", "--yes")

	c.must(t, 0, "destroy", "--yes")
	if diff := cmp.Diff(before, c.holds(t)); diff != "" {
		t.Errorf("the account is not what it was before the deployment:\n%s", diff)
	}
}

func TestRunsBearThrottledCalls(t *testing.T) {
	t.Parallel()
	o := deployOriginal(t)
	c := newCloud(t)
	c.stage(t, o)
	c.create(t, o.template)
	checkRuns(t, decode[runDocument](t, c.harmed(t, faults.Start(t, c.server.Endpoint, faults.Options{Seed: 1, Rules: []faults.Rule{third}}),
		"run", "--output", "json")))
}

// harmed runs retrycatch, which has to succeed, through a proxy that does harm, and logs what harm it did.
func (c *cloud) harmed(t *testing.T, proxy *faults.Proxy, args ...string) result {
	t.Helper()
	r := runCommand(t, c.through(proxy), retrycatch, args...)
	t.Logf("%s\n%s", args[0], proxy)
	if r.code != 0 {
		t.Fatalf("retrycatch %s ended with exit code %d\n%s\n%s", args[0], r.code, r.stderr, r.stdout)
	}
	injected := 0
	for _, count := range proxy.Counts() {
		injected += count.Total()
		if count.LeftOver > 0 {
			t.Errorf("nobody has tried %s again after its last fault", count.Operation)
		}
	}
	if injected == 0 {
		t.Errorf("retrycatch %s was not harmed at all", args[0])
	}
	return r
}
