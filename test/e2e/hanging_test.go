package e2e

import (
	"strings"
	"testing"

	"retrycatch/test/faults"
)

func TestUnreachableService(t *testing.T) {
	t.Parallel()
	b := deployBlueprint(t)
	c := newCloud(t)
	c.bootstrap(t, b)
	c.create(t, b.template)
	const closed = "http://127.0.0.1:1" // no server listens on this port
	r := runCommand(t, append(c.environ(), "AWS_ENDPOINT_URL_CLOUDWATCH="+closed), retrycatch, "status")
	if r.code != 1 || !strings.Contains(r.stdout, "?\talarm\t") {
		t.Errorf("got exit code %d, want 1 and alarms in an unknown state\n%s\n%s", r.code, r.stderr, r.stdout)
	}
	r.wantText(t, "no response from "+closed)
	for _, call := range []string{"cloudwatch:DescribeAlarms", "cloudwatch:ListDashboards"} {
		for _, attempt := range []string{"; attempt 2 of 3\n", "; attempt 3 of 3\n"} {
			if !strings.Contains(r.stderr, call+" got no response: ") || !strings.Contains(r.stderr, attempt) {
				t.Errorf("got no message about retrying %s:\n%s", call, r.stderr)
			}
		}
	}
}

// An endless list ends the command with an error. Truncating the list instead would show existing
// resources as gone.
func TestEndlessList(t *testing.T) {
	t.Parallel()
	b := deployBlueprint(t)
	c := newCloud(t)
	c.bootstrap(t, b)
	c.create(t, b.template)
	for operation, test := range map[string]struct {
		sameToken bool // all pages have the same token
		command   []string
		code      int
		want      string
	}{
		"states:ListExecutions": {true, []string{"status"}, 2,
			"the list of states:ListExecutions has the same token on page 2 as on an earlier page"},
		"cloudformation:ListStackResources": {true, []string{"destroy", "--yes"}, 2,
			"the list of cloudformation:ListStackResources has the same token on page 2 as on an earlier page"},
		"logs:DescribeLogGroups": {false, []string{"status"}, 1,
			"the list of logs:DescribeLogGroups has more than 2000 pages"},
	} {
		t.Run(operation, func(t *testing.T) {
			t.Parallel()
			endless := faults.EndlessPages(operation, test.sameToken)
			proxy := faults.Start(t, c.server.Endpoint, faults.Options{Behaviors: []faults.Behavior{endless}})
			c.mustRunThrough(t, proxy, test.code, test.command...).wantText(t, test.want)
		})
	}
}
