package e2e

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/iampolicy"
	"retrycatch/test/faults"
)

// policies reads files of docs/policies.
func policies(t *testing.T, names ...string) (read []iampolicy.Policy) {
	t.Helper()
	for _, name := range names {
		p, err := iampolicy.Read(filepath.Join(repository, "docs", "policies", name+".json"))
		if err != nil {
			t.Fatal(err)
		}
		read = append(read, p)
	}
	return read
}

// A caller who may only assume the CDK's roles can use deploy, status and destroy.
func TestOnlyBootstrapRoles(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.app = assembly(t)
	c.bootstrap(t, original{})
	before := c.resources(t)
	proxy := faults.Start(t, c.server.Endpoint,
		faults.Options{Behaviors: []faults.Behavior{faults.OnlyBootstrapRoles(policies(t, "cdk-deploy")[0])}})
	const reads = "Such calls are made with the CDK's role cdk-hnb659fds-lookup-role-"

	deployed := c.mustThrough(t, proxy, 0, "deploy", "--yes")
	deployed.contains(t, reads)
	if n := strings.Count(deployed.stderr, reads); n != 1 || strings.Contains(deployed.stderr, "warning:") {
		t.Errorf("got %d messages about the role, want 1 and no warning:\n%s", n, deployed.stderr)
	}
	status := c.mustThrough(t, proxy, 0, "status", "--output", "json")
	checkStatus(t, decode[statusDocument](t, status))
	status.contains(t, reads)
	for _, command := range []string{"run", "executions"} {
		c.mustThrough(t, proxy, 2, command).contains(t, "the credentials may not call cloudformation:DescribeStacks")
	}

	stateMachine := decode[statusDocument](t, status).Outputs["StateMachineArn"]
	c.delayRetries(t, stateMachine) // a call after the deletion of the log group would create it again
	c.startWaiting(t, stateMachine)
	destroyed := c.mustThrough(t, proxy, 0, "destroy", "--yes", "--output", "json")
	destroyed.contains(t, "cannot stop the running executions: the credentials may not call states:StopExecution")
	destroyed.contains(t, "Such calls are made with the CDK's role cdk-hnb659fds-deploy-role-")
	destroyed.contains(t, "Executions may still be running: the credentials may not call states:StopExecution.")
	if proof := decode[destroyDocument](t, destroyed); countGone(proof) != 12 || proof.Stopped != 0 {
		t.Errorf("got the proof %+v, want 12 removed resources and no stopped execution", proof)
	}
	if diff := cmp.Diff(before, c.resources(t)); diff != "" {
		t.Errorf("the account changed (-before +after):\n%s", diff)
	}
	t.Logf("%s", proxy)
}

// Every command works with only its policies.
func TestOnlyPolicies(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.bootstrap(t, deployOriginal(t))
	before := c.resources(t)
	c.create(t, deployOriginal(t).template)
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
		r := c.mustThrough(t, proxy, test.code, strings.Fields(test.args)...)
		if denied := strings.Contains(r.stderr+r.stdout, "may not call"); denied != (test.code != 0) {
			t.Errorf("%s with the policies %s: denied: %t:\n%s\n%s",
				test.args, test.policies, denied, r.stderr, r.stdout)
		}
	}
	if added, _ := c.resources(t).Difference(before); len(added) > 0 {
		t.Errorf("got leftover resources: %q", added)
	}
}
