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
	run  func(t *testing.T, c *cloud, o original)
}{
	{"failed creation", func(t *testing.T, c *cloud, o original) {
		if stack := c.create(t, neverComplete(t, o.template)); stack.Status != types.StackStatusRollbackComplete {
			t.Fatalf("got a stack that is %s, want %s", stack.Status, types.StackStatusRollbackComplete)
		}
		c.must(t, 1, "status").contains(t, "is ROLLBACK_COMPLETE")
		c.must(t, 0, "destroy", "--yes")
	}},
	{"throttled calls", func(t *testing.T, c *cloud, o original) {
		c.create(t, o.template)
		c.destroyWithFaults(t, faults.Start(t, c.server.Endpoint,
			faults.Options{Seed: 1, Rules: []faults.Rule{throttleThird}}))
	}},
	{"endpoint down for ten seconds", func(t *testing.T, c *cloud, o original) {
		c.create(t, o.template)
		var proxy *faults.Proxy
		proxy = faults.Start(t, c.server.Endpoint, faults.Options{OnCall: func(operation string, n int) {
			if operation == "lambda:GetFunctionConfiguration" && n == 1 { // after the stack's deletion, during the proof
				time.AfterFunc(10*time.Second, proxy.Down())
			}
		}})
		c.destroyWithFaults(t, proxy)
	}},
	{"log group created again during the proof", func(t *testing.T, c *cloud, o original) {
		c.create(t, o.template)
		c.destroyDuring(t, "states:DescribeStateMachine", func() {
			if _, err := cloudwatchlogs.NewFromConfig(c.config).CreateLogGroup(t.Context(),
				&cloudwatchlogs.CreateLogGroupInput{LogGroupName: aws.String(functionLogs)}); err != nil {
				t.Error(err)
			}
		}).contains(t, "the log group "+functionLogs+" has reappeared")
	}},
}

// destroyWithFaults runs a teardown through a proxy that injects faults, and checks its proof.
func (c *cloud) destroyWithFaults(t *testing.T, proxy *faults.Proxy) {
	t.Helper()
	checkProof(t, decode[destroyDocument](t, c.mustWithFaults(t, proxy, "destroy", "--yes", "--output", "json")), 12)
}

// destroyDuring destroys the stack, and calls interfere before the first call of an operation. The
// proxy drops the first answer to the deletion of a log group.
func (c *cloud) destroyDuring(t *testing.T, operation string, interfere func()) result {
	t.Helper()
	once := sync.OnceFunc(interfere)
	proxy := faults.Start(t, c.server.Endpoint, faults.Options{
		Rules: []faults.Rule{{Operation: "logs:DeleteLogGroup", Calls: faults.Nth(1), Fault: faults.CutAfter}},
		OnCall: func(called string, _ int) {
			if called == operation {
				once()
			}
		}})
	return c.mustThrough(t, proxy, 0, "destroy", "--yes")
}

// neverComplete returns a template whose creation fails at the end, because nobody sends the signal
// that it waits for.
func neverComplete(t *testing.T, template string) string {
	t.Helper()
	return with(t, template, map[string]any{
		"Handle": map[string]any{"Type": "AWS::CloudFormation::WaitConditionHandle"},
		"Signal": map[string]any{"Type": "AWS::CloudFormation::WaitCondition", "DependsOn": "StateMachine2E01A3A5",
			"Properties": map[string]any{"Handle": map[string]any{"Ref": "Handle"}, "Timeout": "1"}}})
}

// with adds resources to a template.
func with(t *testing.T, template string, more map[string]any) string {
	t.Helper()
	var parsed map[string]any
	if err := json.Unmarshal([]byte(template), &parsed); err != nil {
		t.Fatal(err)
	}
	maps.Copy(parsed["Resources"].(map[string]any), more)
	changed, err := json.Marshal(parsed)
	if err != nil {
		t.Fatal(err)
	}
	return string(changed)
}
