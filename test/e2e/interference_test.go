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

// interferences are what others do to a deployment, or have done, when it is taken down.
var interferences = []struct {
	name string
	run  func(t *testing.T, c *cloud, o original)
}{
	{"a stack whose creation failed", func(t *testing.T, c *cloud, o original) {
		if stack := c.create(t, neverComplete(t, o.template)); stack.Status != types.StackStatusRollbackComplete {
			t.Fatalf("it is %s", stack.Status)
		}
		c.must(t, 1, "status").says(t, "is ROLLBACK_COMPLETE")
		c.must(t, 0, "destroy", "--yes")
	}},
	{"a third of all calls throttled", func(t *testing.T, c *cloud, o original) {
		c.create(t, o.template)
		c.proved(t, faults.Start(t, c.server.Endpoint, faults.Options{Seed: 1, Rules: []faults.Rule{third}}))
	}},
	{"an endpoint that is away for ten seconds", func(t *testing.T, c *cloud, o original) {
		c.create(t, o.template)
		var proxy *faults.Proxy
		proxy = faults.Start(t, c.server.Endpoint, faults.Options{OnCall: func(operation string, n int) {
			if operation == "lambda:GetFunctionConfiguration" && n == 1 { // the stack is deleted, and the proof has begun
				time.AfterFunc(10*time.Second, proxy.Down())
			}
		}})
		c.proved(t, proxy)
	}},
	{"a log group created again after the proof has looked at it", func(t *testing.T, c *cloud, o original) {
		c.create(t, o.template)
		c.destroyDuring(t, "states:DescribeStateMachine", func() {
			if _, err := cloudwatchlogs.NewFromConfig(c.config).CreateLogGroup(t.Context(), &cloudwatchlogs.CreateLogGroupInput{
				LogGroupName: aws.String("/aws/lambda/MockAPIFunction")}); err != nil {
				t.Error(err)
			}
		}).says(t, "the log group /aws/lambda/MockAPIFunction has reappeared")
	}},
}

// proved runs a teardown through a proxy that does harm, and looks at its proof.
func (c *cloud) proved(t *testing.T, proxy *faults.Proxy) {
	t.Helper()
	proof := decode[destroyDocument](t, c.harmed(t, proxy, "destroy", "--yes", "--output", "json"))
	if len(proof.Resources) != 12 {
		t.Errorf("%d resources are proved to be gone, expected 12", len(proof.Resources))
	}
}

// destroyDuring takes the stack down, and has something happen before a call of that is carried out. What has come back is
// removed though the first answer about it is lost.
func (c *cloud) destroyDuring(t *testing.T, operation string, happens func()) result {
	t.Helper()
	once := sync.OnceFunc(happens)
	proxy := faults.Start(t, c.server.Endpoint, faults.Options{
		Rules: []faults.Rule{{Operation: "logs:DeleteLogGroup", Calls: faults.Nth(1), Fault: faults.CutAfter}},
		OnCall: func(called string, _ int) {
			if called == operation {
				once()
			}
		}})
	r := runCommand(t, c.through(proxy), retrycatch, "destroy", "--yes")
	if r.code != 0 {
		t.Errorf("it ended with exit code %d\n%s\n%s", r.code, r.stderr, r.stdout)
	}
	return r
}

// neverComplete is a template with which all is created, and then a signal is waited for that nobody sends.
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
