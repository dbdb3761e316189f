package e2e

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/iampolicy"
	"retrycatch/test/faults"
)

// policies reads policies from docs/policies.
func policies(t *testing.T, names ...string) (result []iampolicy.Policy) {
	t.Helper()
	for _, name := range names {
		p, err := iampolicy.Read(filepath.Join(repository, "docs", "policies", name+".json"))
		if err != nil {
			t.Fatal(err)
		}
		result = append(result, p)
	}
	return result
}

// A caller whose only permission is to assume the roles of the CDK bootstrap can use deploy, status
// and destroy.
func TestOnlyBootstrapRoles(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.cdkApp = cdkAppVariable(t)
	c.bootstrap(t, blueprint{})
	before := c.resources(t)
	proxy := faults.Start(t, c.server.Endpoint,
		faults.Options{Behaviors: []faults.Behavior{faults.OnlyBootstrapRoles(policies(t, "cdk-deploy")[0])}})
	const roleMessage = "Such calls are made with the CDK's role cdk-hnb659fds-lookup-role-"

	deployed := c.mustRunThrough(t, proxy, 0, "deploy", "--yes")
	deployed.wantText(t, roleMessage)
	if n := strings.Count(deployed.stderr, roleMessage); n != 1 || strings.Contains(deployed.stderr, "warning:") {
		t.Errorf("got %d messages about the role, want one message and no warning:\n%s", n, deployed.stderr)
	}
	status := c.mustRunThrough(t, proxy, 0, "status", "--output", "json")
	checkStatus(t, decode[statusDocument](t, status))
	status.wantText(t, roleMessage)
	for _, command := range []string{"run", "executions"} {
		c.mustRunThrough(t, proxy, 2, command).wantText(t, "the credentials cannot call cloudformation:DescribeStacks")
	}

	stateMachine := decode[statusDocument](t, status).Outputs["StateMachineArn"]
	c.delayRetries(t, stateMachine) // an invocation after the log group is deleted would create the log group again
	c.startWaitingExecution(t, stateMachine)
	destroyed := c.mustRunThrough(t, proxy, 0, "destroy", "--yes", "--output", "json")
	destroyed.wantText(t, "cannot stop the running executions: the credentials cannot call states:StopExecution")
	destroyed.wantText(t, "Such calls are made with the CDK's role cdk-hnb659fds-deploy-role-")
	destroyed.wantText(t, "Executions may still be running: the credentials cannot call states:StopExecution.")
	teardown := decode[destroyDocument](t, destroyed)
	if countRemoved(teardown) != resourceCount || teardown.Stopped != 0 {
		t.Errorf("got %+v, want %d removed resources and no stopped execution", teardown, resourceCount)
	}
	if diff := cmp.Diff(before, c.resources(t)); diff != "" {
		t.Errorf("the account changed (-before +after):\n%s", diff)
	}
	t.Logf("%s", proxy)
}

// Every command works with only the policies that the documentation lists for it.
func TestOnlyPolicies(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.bootstrap(t, deployBlueprint(t))
	before := c.resources(t)
	c.create(t, deployBlueprint(t).template)
	for _, test := range []struct {
		policies string
		args     string
		code     int
	}{
		{"run", "run", 0},
		{"run", "run 200 --count 3", 0},
		{"inspect", "inspect latest", 0},
		{"inspect", "executions", 0},
		{"inspect", "graph --execution latest", 0},
		{"status", "status", 0},
		{"inspect", "run 200", 2}, // no permission to start executions
		{"destroy destroy-assets", "destroy --yes --assets", 0},
		{"destroy destroy-force", "destroy --yes --force", 0},
	} {
		proxy := faults.Start(t, c.server.Endpoint, faults.Options{
			Behaviors: []faults.Behavior{faults.OnlyPolicies(policies(t, strings.Fields(test.policies)...)...)}})
		r := c.mustRunThrough(t, proxy, test.code, strings.Fields(test.args)...)
		if denied := strings.Contains(r.stderr+r.stdout, "cannot call"); denied != (test.code != 0) {
			t.Errorf("%s with the policies %s: got a denied call: %t, want %t:\n%s\n%s",
				test.args, test.policies, denied, !denied, r.stderr, r.stdout)
		}
	}
	if added, _ := c.resources(t).Difference(before); len(added) > 0 {
		t.Errorf("resources left behind: %q", added)
	}
}
