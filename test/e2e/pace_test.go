package e2e

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"retrycatch/test/faults"
)

// counted runs retrycatch through a proxy of its own with a share of AWS's quotas. It returns the
// number of calls of each operation of Step Functions, and whether any was throttled.
func (c *cloud) counted(t *testing.T, share float64, args ...string) (r result, calls map[string]int, throttled bool) {
	t.Helper()
	buckets := faults.Buckets(share)
	proxy := faults.Start(t, c.server.Endpoint, faults.Options{Manners: []faults.Manner{buckets}})
	r = c.ends(t, proxy, 0, args...)
	t.Logf("%s\n%s", args[0], proxy)
	calls = map[string]int{}
	for _, count := range proxy.Counts() {
		if strings.HasPrefix(count.Operation, "states:") {
			calls[count.Operation] = count.Calls
		}
	}
	return r, calls, proxy.Played()[buckets.Name] > 0
}

// TestPace reads and starts more executions than a tenth of AWS's quotas allows at once.
func TestPace(t *testing.T) {
	t.Parallel()
	o := deployOriginal(t)
	c := newCloud(t)
	c.bootstrap(t, o)
	c.create(t, o.template)
	const executions = 50 // a tenth of the bucket for histories is 40
	r, calls, _ := c.counted(t, 0.1, "run", "200", "--count", "50", "--output", "json")
	load := decode[loadDocument](t, r)
	if !load.AsExpected || load.Total.AsExpected != executions || load.ThrottledCalls == 0 {
		t.Errorf("the load is %+v", load)
	}
	if calls["states:DescribeExecution"] > 0 {
		t.Errorf("the calls of the load are %v", calls)
	}

	for name, args := range map[string][]string{
		"report":     {"report", "--limit", "50", "--out", filepath.Join(t.TempDir(), "report.html")},
		"executions": {"executions", "--limit", "50", "--output", "json"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, calls, throttled := c.counted(t, 0.1, args...)
			want := map[string]int{"states:ListExecutions": 1, "states:DescribeStateMachineForExecution": 1}
			if name == "executions" {
				delete(want, "states:DescribeStateMachineForExecution")
			} else if calls["states:DescribeExecution"] >= executions { // has the trace ID
				delete(calls, "states:DescribeExecution")
			}
			histories := calls["states:GetExecutionHistory"]
			delete(calls, "states:GetExecutionHistory")
			if diff := cmp.Diff(want, calls); diff != "" || !throttled || histories <= executions {
				t.Errorf("throttled: %t, with %d histories; the other calls differ (-want +got):\n%s", throttled, histories, diff)
			}
		})
	}
}
