package e2e

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"retrycatch/test/faults"
)

// The lifecycle succeeds while the proxy simulates all behaviors of a healthy AWS account at once.
func TestLifecycleWithBenignBehaviors(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.cdkApp = cdkAppVariable(t)
	c.bootstrap(t, blueprint{})
	c.createRole(t, "cdk-hnb659fds-cfn-exec-role-"+c.account+"-"+region) // CloudFormation's execution role
	before := c.resources(t)
	proxy := faults.Start(t, c.server.Endpoint, faults.Options{Behaviors: faults.BenignBehaviors()})
	must := func(args ...string) result {
		t.Helper()
		return c.mustRunThrough(t, proxy, 0, args...)
	}
	must("deploy", "--yes")
	checkRuns(t, decode[runDocument](t, must("run", "--output", "json")))
	must("inspect", "latest") // run has waited until ListExecutions lists the executions
	checkStatus(t, decode[statusDocument](t, must("status", "--output", "json")))
	must("deploy", "--yes").wantText(t, "CloudFormation has nothing to change.")
	first := decode[destroyDocument](t, must("destroy", "--yes", "--assets", "--output", "json"))
	if n := countRemoved(first); n < resourceCount {
		t.Errorf("first teardown: got %d removed resources, want at least %d", n, resourceCount)
	}
	if diff := cmp.Diff(before, c.resources(t)); diff != "" {
		t.Errorf("the account changed (-before +after):\n%s", diff)
	}
	second := decode[destroyDocument](t, must("destroy", "--yes", "--output", "json"))
	if n := countRemoved(second); n != resourceCount {
		t.Errorf("second teardown: got %d removed resources, want %d", n, resourceCount)
	}
	t.Logf("%s", proxy)
}

func countRemoved(teardown destroyDocument) (n int) {
	for _, resource := range teardown.Resources {
		if resource.Gone {
			n++
		}
	}
	return n
}
