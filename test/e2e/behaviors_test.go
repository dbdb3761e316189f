package e2e

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"retrycatch/test/faults"
)

// The lifecycle passes with all behaviors of a healthy AWS account at once.
func TestManners(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.app = assembly(t)
	c.bootstrap(t, original{})
	c.createRole(t, "cdk-hnb659fds-cfn-exec-role-"+c.account+"-"+region) // CloudFormation assumes it for the CDK
	before := c.resources(t)
	proxy := faults.Start(t, c.server.Endpoint, faults.Options{Behaviors: faults.BenignBehaviors()})
	must := func(args ...string) result {
		t.Helper()
		return c.mustThrough(t, proxy, 0, args...)
	}
	must("deploy", "--yes")
	checkRuns(t, decode[runDocument](t, must("run", "--output", "json")))
	must("inspect", "latest") // run waited for the stale list of executions
	checkStatus(t, decode[statusDocument](t, must("status", "--output", "json")))
	must("deploy", "--yes").contains(t, "CloudFormation has nothing to change.")
	proof := decode[destroyDocument](t, must("destroy", "--yes", "--assets", "--output", "json"))
	if n := countGone(proof); n < 12 {
		t.Errorf("got %d removed resources in the proof, want at least 12", n)
	}
	if diff := cmp.Diff(before, c.resources(t)); diff != "" {
		t.Errorf("the account changed (-before +after):\n%s", diff)
	}
	again := decode[destroyDocument](t, must("destroy", "--yes", "--output", "json"))
	if n := countGone(again); n != 12 {
		t.Errorf("got %d removed resources in the repeated proof, want 12", n)
	}
	t.Logf("%s", proxy)
}

func countGone(proof destroyDocument) (n int) {
	for _, resource := range proof.Resources {
		if resource.Gone {
			n++
		}
	}
	return n
}
