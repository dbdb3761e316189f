package e2e

import (
	"encoding/json"
	"maps"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"

	"retrycatch/test/faults"
)

// interferences lists events that disturb a teardown.
var interferences = []struct {
	name string
	run  func(t *testing.T, c *cloud, b blueprint)
}{
	{"failed creation", func(t *testing.T, c *cloud, b blueprint) {
		if stack := c.create(t, failingTemplate(t, b.template)); stack.Status != types.StackStatusRollbackComplete {
			t.Fatalf("got stack status %s, want %s", stack.Status, types.StackStatusRollbackComplete)
		}
		c.mustRun(t, 1, "status").wantText(t, "is ROLLBACK_COMPLETE")
		c.mustRun(t, 0, "destroy", "--yes")
	}},
	{"throttled calls", func(t *testing.T, c *cloud, b blueprint) {
		c.create(t, b.template)
		c.destroyWithFaults(t, faults.Start(t, c.server.Endpoint,
			faults.Options{Seed: 1, Rules: []faults.Rule{throttle30Percent}}))
	}},
	{"endpoint down for ten seconds", func(t *testing.T, c *cloud, b blueprint) {
		c.create(t, b.template)
		var proxy *faults.Proxy
		proxy = faults.Start(t, c.server.Endpoint, faults.Options{OnCall: func(operation string, n int) {
			// When this call arrives, the stack is gone, and destroy is checking that each resource
			// is gone.
			if operation == "lambda:GetFunctionConfiguration" && n == 1 {
				time.AfterFunc(10*time.Second, proxy.Down())
			}
		}})
		c.destroyWithFaults(t, proxy)
	}},
	{"log group recreated while the teardown is verified", func(t *testing.T, c *cloud, b blueprint) {
		c.create(t, b.template)
		c.destroyDuring(t, "states:DescribeStateMachine", func() {
			if _, err := cloudwatchlogs.NewFromConfig(c.config).CreateLogGroup(t.Context(),
				&cloudwatchlogs.CreateLogGroupInput{LogGroupName: aws.String(functionLogs)}); err != nil {
				t.Error(err)
			}
		}).wantText(t, "the log group "+functionLogs+" has reappeared")
	}},
}

// destroyWithFaults runs a teardown through a proxy that injects faults, and checks that all
// resources are gone.
func (c *cloud) destroyWithFaults(t *testing.T, proxy *faults.Proxy) {
	t.Helper()
	destroyed := c.mustRunWithFaults(t, proxy, "destroy", "--yes", "--output", "json")
	checkProof(t, decode[destroyDocument](t, destroyed), resourceCount)
}

// destroyDuring destroys the stack. Before the first call of the given operation, it calls
// interfere. The proxy also cuts the first response to logs:DeleteLogGroup.
func (c *cloud) destroyDuring(t *testing.T, operation string, interfere func()) result {
	t.Helper()
	once := sync.OnceFunc(interfere)
	proxy := faults.Start(t, c.server.Endpoint, faults.Options{
		Rules: []faults.Rule{{Operation: "logs:DeleteLogGroup", Calls: faults.Nth(1), Fault: faults.CutResponse}},
		OnCall: func(called string, _ int) {
			if called == operation {
				once()
			}
		}})
	return c.mustRunThrough(t, proxy, 0, "destroy", "--yes")
}

// failingTemplate returns a template whose creation times out, because nothing sends the signal
// that the creation waits for.
func failingTemplate(t *testing.T, template string) string {
	t.Helper()
	return addResources(t, template, map[string]any{
		"Handle": map[string]any{"Type": "AWS::CloudFormation::WaitConditionHandle"},
		"Signal": map[string]any{"Type": "AWS::CloudFormation::WaitCondition", "DependsOn": "StateMachine2E01A3A5",
			"Properties": map[string]any{"Handle": map[string]any{"Ref": "Handle"}, "Timeout": "1"}}})
}

// addResources adds resources to a template.
func addResources(t *testing.T, template string, added map[string]any) string {
	t.Helper()
	var parsed map[string]any
	if err := json.Unmarshal([]byte(template), &parsed); err != nil {
		t.Fatal(err)
	}
	maps.Copy(parsed["Resources"].(map[string]any), added)
	changed, err := json.Marshal(parsed)
	if err != nil {
		t.Fatal(err)
	}
	return string(changed)
}
