package e2e

import (
	"fmt"
	"strings"
	"testing"

	"retrycatch/test/faults"
)

// responseSituations holds situations in which calls fail or return unreadable responses.
var responseSituations = []situation{
	{name: "disabled region", run: func(t *testing.T, c *cloud, _ blueprint) {
		proxy := faults.Start(t, c.server.Endpoint,
			faults.Options{Behaviors: []faults.Behavior{faults.RegionNotEnabled(region)}})
		for _, command := range []string{"status", "destroy", "run"} {
			c.mustRunThrough(t, proxy, 2, command).wantText(t, "the region "+region+" is not enabled in the account")
		}
	}},
	{name: "denied read of log groups", run: func(t *testing.T, c *cloud, b blueprint) {
		c.create(t, b.template)
		proxy := faults.Start(t, c.server.Endpoint,
			faults.Options{Behaviors: []faults.Behavior{faults.DeniedActions("logs:DescribeLogGroups")}})
		r := c.mustRunThrough(t, proxy, 1, "destroy", "--yes", "--output", "json")
		r.wantText(t, "the credentials cannot call logs:DescribeLogGroups")
		teardown := decode[destroyDocument](t, r)
		for _, resource := range teardown.Resources {
			want := "gone"
			if resource.Type == "AWS::Logs::LogGroup" {
				want = "unknown"
			}
			if resource.Now != want {
				t.Errorf("%s %s: got state %s, want %s", resource.Type, resource.Name, resource.Now, want)
			}
		}
	}},
	{name: "expired credentials", run: func(t *testing.T, c *cloud, b blueprint) {
		c.create(t, b.template)
		proxy := faults.Start(t, c.server.Endpoint,
			faults.Options{Behaviors: []faults.Behavior{faults.ExpiredCredentials("lambda:GetFunctionConfiguration", 1)}})
		r := c.mustRunThrough(t, proxy, 1, "destroy", "--yes")
		r.wantText(t, "the AWS credentials have expired")
		r.wantText(t, "then retrycatch destroy --region "+region)
		if strings.Contains(r.stderr, "delete-") {
			t.Errorf("the next step deletes resources that may no longer exist:\n%s", r.stderr)
		}
		c.mustRun(t, 0, "destroy", "--yes").wantText(t, fmt.Sprintf("Confirmed gone: %d resources.", resourceCount))
	}},
	{name: "unreadable responses", run: func(t *testing.T, c *cloud, b blueprint) {
		c.create(t, b.template)
		for _, behavior := range []faults.Behavior{faults.EmptyBody("logs:DescribeLogGroups"),
			faults.HTMLBody("cloudwatch:DescribeAlarms")} {
			proxy := faults.Start(t, c.server.Endpoint, faults.Options{Behaviors: []faults.Behavior{behavior}})
			environ := append(c.environThrough(proxy), "AWS_MAX_ATTEMPTS=2") // retries get the same response
			r := runCommand(t, environ, retrycatch, "destroy", "--yes", "--output", "json")
			if r.code == 0 {
				t.Errorf("%s: got exit code 0, want an error:\n%s", behavior.Name, r.stdout)
			}
		}
		c.mustRun(t, 0, "destroy", "--yes")
	}},
}
