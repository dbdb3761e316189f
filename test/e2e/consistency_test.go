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

// As on AWS, the first execution after an update uses the previous definition, and the first list
// of executions is stale.
func TestRunAfterUpdate(t *testing.T) {
	t.Parallel()
	b := deployBlueprint(t)
	for name, test := range map[string]struct {
		command   []string
		succeeded int    // the expected number of successful executions
		message   string // empty if no message is expected
	}{
		"scenario": {[]string{"run", "200"}, 1, "Waiting until Step Functions lists the executions"},
		// run --count always waits for the list, so it prints no message.
		"load": {[]string{"run", "200", "--count", "3"}, 3, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t)
			c.bootstrap(t, b)
			c.create(t, b.template)
			c.update(t, b.withDelayedRetries(t).template)
			r := runCommand(t, append(c.environ(), "AWS_ENDPOINT_URL="+startStaleProxy(t, c)), retrycatch, test.command...)
			if r.code != 0 {
				t.Fatalf("got exit code %d, want 0:\n%s\n%s", r.code, r.stderr, r.stdout)
			}
			r.wantText(t, "Restarting the execution until it uses the new one")
			r.wantText(t, test.message)
			statuses := map[string]int{}
			listed := decode[executionsDocument](t, c.mustRun(t, 0, "executions", "--output", "json"))
			for _, execution := range listed.Executions {
				statuses[execution.Status]++
			}
			if statuses["ABORTED"] != 1 || statuses["SUCCEEDED"] != test.succeeded {
				t.Errorf("got executions %v, want 1 ABORTED and %d SUCCEEDED", statuses, test.succeeded)
			}
		})
	}
}

// update updates the stack's template, and waits until the update is complete.
func (c *cloud) update(t *testing.T, template string) {
	t.Helper()
	if _, err := cloudformation.NewFromConfig(c.config).UpdateStack(t.Context(), &cloudformation.UpdateStackInput{
		StackName:    aws.String("retrycatch"),
		TemplateBody: &template,
		Capabilities: []types.Capability{types.CapabilityCapabilityNamedIam},
	}); err != nil {
		t.Fatal(err)
	}
	for {
		stack, err := inventory.FindStack(t.Context(), c.config, "retrycatch")
		if err != nil || stack == nil {
			t.Fatalf("got no stack (error: %v)", err)
		}
		if stack.Status == types.StackStatusUpdateComplete {
			return
		}
		time.Sleep(10 * time.Millisecond) // CloudFormation sends no event that the test could await
	}
}

// startStaleProxy starts a proxy in front of the local AWS and returns the proxy's URL. The first
// calls of DescribeStateMachineForExecution and ListExecutions get stale responses.
func startStaleProxy(t *testing.T, c *cloud) string {
	t.Helper()
	var calls sync.Map // keys are the operations called so far
	stale := map[string]string{
		"AWSStepFunctions.DescribeStateMachineForExecution": `{"name": "MyAPIStateMachine", "definition": "{}", ` +
			`"stateMachineArn": "s", "roleArn": "r", "updateDate": 1}`,
		"AWSStepFunctions.ListExecutions": `{"executions": []}`,
	}
	target, err := url.Parse(c.server.Endpoint)
	if err != nil {
		t.Fatal(err)
	}
	forward := httputil.NewSingleHostReverseProxy(target)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		operation := r.Header.Get("X-Amz-Target")
		_, called := calls.LoadOrStore(operation, true)
		if stale[operation] == "" || called {
			forward.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/x-amz-json-1.0")
		_, _ = io.WriteString(w, stale[operation])
	}))
	t.Cleanup(server.Close)
	return server.URL
}
