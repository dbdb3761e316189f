package e2e

import (
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"retrycatch/test/faults"
)

// The CDK CLI alone deploys, updates and destroys the stack. The caller's only permission is to
// assume the roles of the CDK bootstrap.
func TestCDKWithBenignBehaviors(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	cdk := func(t *testing.T, proxy *faults.Proxy, app string, arguments ...string) {
		t.Helper()
		program := filepath.Join(repository, "node_modules", ".bin", "cdk")
		r := runCommand(t, append(c.environThrough(proxy), app), program, arguments...)
		if r.code != 0 {
			t.Fatalf("cdk %s: got exit code %d, want 0\n%s%s", arguments[0], r.code, r.stderr, r.stdout)
		}
	}
	c.bootstrap(t, blueprint{})
	// The CDK CLI passes this execution role to CloudFormation.
	role := "cdk-hnb659fds-cfn-exec-role-" + c.account + "-" + region
	c.createRole(t, role)
	before := c.resources(t)
	behaviors := append(faults.BenignBehaviors(), faults.OnlyBootstrapRoles(policies(t, "cdk-deploy")[0]))
	proxy := faults.Start(t, c.server.Endpoint, faults.Options{Behaviors: behaviors})
	cdk(t, proxy, cdkAppVariable(t), "deploy", "--require-approval=never")
	cdk(t, proxy, cdkAppVariable(t, "observability=off"), "deploy", "--require-approval=never")
	cdk(t, proxy, cdkAppVariable(t), "destroy", "--force")
	t.Logf("%s\n%v", proxy, proxy.AlteredResponses())
	if proxy.AlteredResponses()["stale reads"] == 0 {
		t.Error("got no stale read, want some")
	}
	if diff := cmp.Diff(before, c.resources(t)); diff != "" {
		t.Errorf("the account changed (-before +after):\n%s", diff)
	}
}
