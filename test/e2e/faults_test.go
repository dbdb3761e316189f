package e2e

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"retrycatch/test/faults"
)

// Every command goes through a proxy of its own, so that the calls of each are counted, and harmed, from the first on.
func TestACommandBearsThrottledAndBrokenCallsAndAnEndpointThatIsAwayForAWhile(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.bootstrap(t)
	before := c.holds(t)

	// The CDK CLI goes on without a role that it does not get with three attempts, so that call fails only once; and the
	// local AWS does not know a change set again by its token, so none of those is cut after it was carried out.
	c.harmed(t, faults.Start(t, c.server.Endpoint, faults.Options{Seed: 2, Rules: []faults.Rule{
		{Operation: "cloudformation:*", Calls: faults.Share(0.3), Fault: faults.Throttle},
		{Operation: "sts:AssumeRole", Calls: faults.Nth(1), Fault: faults.Throttle},
		{Operation: "ssm:GetParameter", Calls: faults.Nth(1), Fault: faults.InternalError},
		{Operation: "s3:PutObject", Calls: faults.Nth(1), Fault: faults.CutBefore},
	}}), "deploy", "--yes")
	checkRuns(t, decode[runDocument](t, c.harmed(t, faults.Start(t, c.server.Endpoint, faults.Options{Seed: 1, Rules: []faults.Rule{
		{Operation: "states:*", Calls: faults.Share(0.3), Fault: faults.Throttle},
	}}), "run", "--output", "json")))

	var proxy *faults.Proxy
	proxy = faults.Start(t, c.server.Endpoint, faults.Options{
		Rules: []faults.Rule{
			{Operation: "cloudformation:DeleteStack", Calls: faults.First(2), Fault: faults.CutAfter},
			{Operation: "*", Calls: faults.Nth(1), Fault: faults.InternalError},
		},
		OnCall: func(operation string, n int) {
			if operation == "lambda:GetFunctionConfiguration" && n == 1 { // the stack is deleted, and the proof has begun
				time.AfterFunc(10*time.Second, proxy.Down())
			}
		},
	})
	proof := decode[destroyDocument](t, c.harmed(t, proxy, "destroy", "--yes", "--output", "json"))
	if len(proof.Resources) != 12 {
		t.Errorf("%d resources are proved to be gone, expected 12", len(proof.Resources))
	}
	if diff := cmp.Diff(before, c.holds(t)); diff != "" {
		t.Errorf("the account is not what it was before the deployment:\n%s", diff)
	}
}

// harmed runs retrycatch, which has to succeed, through a proxy that does harm, and logs what harm it did.
func (c *cloud) harmed(t *testing.T, proxy *faults.Proxy, args ...string) result {
	t.Helper()
	r := runCommand(t, append(c.server.Environ(), "AWS_ENDPOINT_URL="+proxy.URL), retrycatch, args...)
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
