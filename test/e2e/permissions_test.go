package e2e

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/iampolicy"
	"retrycatch/test/faults"
)

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

// A caller who may only assume the CDK's roles can use three of the commands.
func TestOnlyBootstrapRoles(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.app = assembly(t)
	c.bootstrap(t, original{})
	before := c.holds(t)
	proxy := faults.Start(t, c.server.Endpoint,
		faults.Options{Manners: []faults.Manner{faults.OnlyBootstrapRoles(policies(t, "cdk-deploy")[0])}})
	const reads = "Such calls are made with the CDK's role cdk-hnb659fds-lookup-role-"

	deployed := c.ends(t, proxy, 0, "deploy", "--yes")
	deployed.says(t, reads)
	if n := strings.Count(deployed.stderr, reads); n != 1 || strings.Contains(deployed.stderr, "warning:") {
		t.Errorf("it names the role %d times, or warns:\n%s", n, deployed.stderr)
	}
	status := c.ends(t, proxy, 0, "status", "--output", "json")
	checkStatus(t, decode[statusDocument](t, status))
	status.says(t, reads)
	for _, command := range []string{"run", "executions"} {
		c.ends(t, proxy, 2, command).says(t, "the credentials may not call cloudformation:DescribeStacks")
	}

	stateMachine := decode[statusDocument](t, status).Outputs["StateMachineArn"]
	c.delayRetries(t, stateMachine) // a function that is called after its log group is gone makes it anew
	c.startWaiting(t, stateMachine)
	destroyed := c.ends(t, proxy, 0, "destroy", "--yes", "--output", "json")
	destroyed.says(t, "cannot stop the running executions: the credentials may not call states:StopExecution")
	destroyed.says(t, "Such calls are made with the CDK's role cdk-hnb659fds-deploy-role-")
	destroyed.says(t, "Executions may still be running: the credentials may not call states:StopExecution.")
	if proof := decode[destroyDocument](t, destroyed); gone(proof) != 12 || proof.Stopped != 0 {
		t.Errorf("the proof is %+v", proof)
	}
	if diff := cmp.Diff(before, c.holds(t)); diff != "" {
		t.Errorf("the account changed:\n%s", diff)
	}
	t.Logf("%s", proxy)
}

// Every command works with its policies alone. The CDK itself deploys with cdk-deploy.
func TestOnlyPolicies(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.bootstrap(t, deployOriginal(t))
	before := c.holds(t)
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
		{"inspect", "run 200", 2}, // it may not start executions
		{"destroy destroy-assets", "destroy --yes --assets", 0},
		{"destroy destroy-force", "destroy --yes --force", 0},
	} {
		proxy := faults.Start(t, c.server.Endpoint, faults.Options{
			Manners: []faults.Manner{faults.Only(policies(t, strings.Fields(test.policies)...)...)}})
		r := c.ends(t, proxy, test.code, strings.Fields(test.args)...)
		if denied := strings.Contains(r.stderr+r.stdout, "may not call"); denied != (test.code != 0) {
			t.Errorf("%s with %s:\n%s\n%s", test.args, test.policies, r.stderr, r.stdout)
		}
	}
	if added, _ := c.holds(t).Difference(before); len(added) > 0 {
		t.Errorf("these are left: %q", added)
	}
}
