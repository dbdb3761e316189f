package e2e

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"retrycatch/test/faults"
)

// runThrottled runs retrycatch through its own proxy, which enforces a tenth of AWS's quotas. calls
// counts the calls of each Step Functions operation. throttled reports whether the proxy throttled
// a call.
func (c *cloud) runThrottled(t *testing.T, args ...string) (r result, calls map[string]int, throttled bool) {
	t.Helper()
	buckets := faults.TokenBuckets(0.1)
	proxy := faults.Start(t, c.server.Endpoint, faults.Options{Behaviors: []faults.Behavior{buckets}})
	r = c.mustRunThrough(t, proxy, 0, args...)
	t.Logf("%s\n%s", args[0], proxy)
	calls = map[string]int{}
	for _, count := range proxy.Counts() {
		if strings.HasPrefix(count.Operation, "states:") {
			calls[count.Operation] = count.Calls
		}
	}
	return r, calls, proxy.AlteredResponses()[buckets.Name] > 0
}

// The commands succeed with a tenth of AWS's quotas, although the proxy throttles their calls.
func TestThrottledQuotas(t *testing.T) {
	t.Parallel()
	b := deployBlueprint(t)
	c := newCloud(t)
	c.bootstrap(t, b)
	c.create(t, b.template)
	const executions = 50 // more than the 40 calls to GetExecutionHistory in the proxy's bucket
	r, calls, _ := c.runThrottled(t, "run", "200", "--count", "50", "--output", "json")
	load := decode[loadDocument](t, r)
	if !load.AsExpected || load.Total.AsExpected != executions || load.ThrottledCalls == 0 {
		t.Errorf("got %+v, want %d executions as expected and throttled calls", load, executions)
	}
	if n := calls["states:DescribeExecution"]; n > 0 {
		t.Errorf("got %d calls of states:DescribeExecution, want none", n)
	}

	for name, args := range map[string][]string{
		"report":     {"report", "--limit", "50", "--out", filepath.Join(t.TempDir(), "report.html")},
		"executions": {"executions", "--limit", "50", "--output", "json"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, calls, throttled := c.runThrottled(t, args...)
			want := map[string]int{"states:ListExecutions": 1}
			perExecution := []string{"states:GetExecutionHistory"}
			if name == "report" {
				want["states:DescribeStateMachineForExecution"] = 1
				perExecution = append(perExecution, "states:DescribeExecution") // to read the trace IDs
			}
			repeated := 0
			for _, operation := range perExecution {
				if calls[operation] < executions {
					t.Errorf("got %d calls to %s, want at least %d", calls[operation], operation, executions)
				}
				repeated += calls[operation] - executions
				delete(calls, operation)
			}
			if diff := cmp.Diff(want, calls); diff != "" {
				t.Errorf("other calls of Step Functions (-want +got):\n%s", diff)
			}
			if !throttled || repeated == 0 {
				t.Errorf("got throttled calls: %t, and %d repeated calls, want some of both", throttled, repeated)
			}
		})
	}
}
