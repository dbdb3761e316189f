package e2e

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"retrycatch/internal/inventory"
)

// After an update, the first execution uses the previous definition, and the list lags behind, as
// on AWS.
func TestRunAfterUpdate(t *testing.T) {
	t.Parallel()
	o := deployOriginal(t)
	for name, test := range map[string]struct {
		command    []string
		executions int
		waits      string
	}{
		"a scenario": {[]string{"run", "200"}, 1, "Waiting until Step Functions lists the executions"},
		// A load takes the ends from the list, so it has waited for the list by then.
		"a load": {[]string{"run", "200", "--count", "3"}, 3, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t)
			c.stage(t, o)
			c.create(t, o.template)
			c.update(t, o.patient(t).template)
			r := runCommand(t, append(c.environ(), "AWS_ENDPOINT_URL="+lagging(t, c)), retrycatch, test.command...)
			if r.code != 0 {
				t.Fatalf("it ended with exit code %d:\n%s\n%s", r.code, r.stderr, r.stdout)
			}
			r.says(t, "Restarting the execution until it uses the new one")
			r.says(t, test.waits)
			statuses := map[string]int{}
			for _, execution := range decode[executionsDocument](t,
				c.must(t, 0, "executions", "--output", "json")).Executions {
				statuses[execution.Status]++
			}
			if statuses["ABORTED"] != 1 || statuses["SUCCEEDED"] != test.executions {
				t.Errorf("the executions are %v", statuses)
			}
		})
	}
}

// update updates the stack.
func (c *cloud) update(t *testing.T, template string) {
	t.Helper()
	client := cloudformation.NewFromConfig(c.config)
	if _, err := client.UpdateStack(t.Context(), &cloudformation.UpdateStackInput{StackName: aws.String("retrycatch"),
		TemplateBody: &template,
		Capabilities: []types.Capability{types.CapabilityCapabilityNamedIam}}); err != nil {
		t.Fatal(err)
	}
	for {
		stack, err := inventory.FindStack(t.Context(), c.config, "retrycatch")
		if err != nil || stack == nil {
			t.Fatalf("the stack is not there: %v", err)
		}
		if stack.Status == types.StackStatusUpdateComplete {
			return
		}
		time.Sleep(10 * time.Millisecond) // CloudFormation has no notification
	}
}

// lagging starts a proxy in front of the local AWS and returns its address. It answers the first
// call of two Step Functions operations with an old answer.
func lagging(t *testing.T, c *cloud) string {
	t.Helper()
	var calls sync.Map // the operations called so far
	before := map[string]string{
		"AWSStepFunctions.DescribeStateMachineForExecution": `{"name": "MyAPIStateMachine", "definition": "{}", "stateMachineArn": "s", "roleArn": "r", "updateDate": 1}`,
		"AWSStepFunctions.ListExecutions":                   `{"executions": []}`,
	}
	target, err := url.Parse(c.server.Endpoint)
	if err != nil {
		t.Fatal(err)
	}
	rest := httputil.NewSingleHostReverseProxy(target)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		called := r.Header.Get("X-Amz-Target")
		_, again := calls.LoadOrStore(called, true)
		if before[called] == "" || again {
			rest.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/x-amz-json-1.0")
		_, _ = io.WriteString(w, before[called])
	}))
	t.Cleanup(server.Close)
	return server.URL
}
