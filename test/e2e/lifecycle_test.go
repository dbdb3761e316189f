package e2e

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/scenario"
)

// The JSON documents of docs/json.md. decode rejects unknown fields, so add each new field here
// too.
type (
	deployDocument struct {
		Stacks []struct {
			Region  string            `json:"region"`
			Stack   string            `json:"stack"`
			Status  string            `json:"status"`
			Outputs map[string]string `json:"outputs"`
		} `json:"stacks"`
	}
	runDocument struct {
		StateMachineARN string `json:"stateMachineArn"`
		AsExpected      bool   `json:"asExpected"`
		Executions      []struct {
			Scenario    string               `json:"scenario"`
			Name        string               `json:"name"`
			ARN         string               `json:"arn"`
			TraceID     string               `json:"traceId"`
			Status      string               `json:"status"`
			Input       any                  `json:"input"`
			Output      any                  `json:"output"`
			Error       string               `json:"error"`
			Cause       string               `json:"cause"`
			Started     time.Time            `json:"started"`
			Seconds     float64              `json:"seconds"`
			AsExpected  *bool                `json:"asExpected"`
			Deviations  []string             `json:"deviations"`
			Differences []differenceDocument `json:"differences"`
			Failure     string               `json:"failure"`
			Steps       []stepDocument       `json:"steps"`
		} `json:"executions"`
		Causes []string `json:"causes"`
		Unread []string `json:"unread"`
	}
	differenceDocument struct {
		Kind     string   `json:"kind"`
		State    string   `json:"state"`
		Expected []string `json:"expected"`
		Got      []string `json:"got"`
	}
	statusDocument struct {
		Account   string   `json:"account"`
		Region    string   `json:"region"`
		Deployed  bool     `json:"deployed"`
		Foreign   bool     `json:"foreign"`
		Healthy   bool     `json:"healthy"`
		Stack     string   `json:"stack"`
		Status    string   `json:"status"`
		Reason    string   `json:"reason"`
		Protected bool     `json:"terminationProtection"`
		Running   []string `json:"runningExecutions"`
		Resources []struct {
			Type   string `json:"type"`
			Name   string `json:"name"`
			Exists bool   `json:"exists"`
			State  string `json:"state"`
			// Unknown says why the check of the resource failed.
			Unknown string `json:"unknown"`
			Drift   string `json:"drift"`
			// Properties lists the properties that differ from the template.
			Properties []string `json:"driftProperties"`
			// Reason says why the drift was not checked.
			Reason string `json:"driftReason"`
			// Note says why an alarm in state ALARM is not a fault.
			Note string `json:"note"`
		} `json:"resources"`
		Outputs  map[string]string `json:"outputs"`
		Blockers []struct {
			Of   string `json:"of"`
			What string `json:"what"`
			Next string `json:"next"`
		} `json:"blockers"`
		Faults []string `json:"faults"`
		Unread []string `json:"unread"`
		Next   string   `json:"next"`
	}
	destroyDocument struct {
		Stack     string `json:"stack"`
		Stopped   int    `json:"executionsStopped"`
		Resources []struct {
			Type string `json:"type"`
			Name string `json:"name"`
			How  string `json:"how"`
			Now  string `json:"now"`
			Gone bool   `json:"gone"`
			Kept bool   `json:"kept"`
			Why  string `json:"why"`
			// Proof is the service's response that shows that the resource is gone.
			Proof  string `json:"proof"`
			Action string `json:"missingAction"`
		} `json:"resources"`
		Stays []struct {
			Name string `json:"name"`
			Why  string `json:"why"`
			Next string `json:"next"`
		} `json:"stays"`
		Unread []string `json:"unread"`
	}
)

// The deployed state machine runs every path, and the teardown leaves nothing behind.
func TestLifecycle(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.checkUndeployed(t)

	c.bootstrap(t, blueprint{})
	before := c.resources(t)
	c.cdkApp = cdkAppVariable(t)
	deployed := decode[deployDocument](t, c.mustRun(t, 0, "deploy", "--yes", "--output", "json")).Stacks[0]
	got, removed := c.resources(t).Difference(before)
	if diff := cmp.Diff(addedByDeployment, got); diff != "" || len(removed) > 0 {
		t.Errorf("resources added by the deployment (removed: %q) (-want +got):\n%s", removed, diff)
	}
	checkStatus(t, decode[statusDocument](t, c.mustRun(t, 0, "status", "--output", "json")))
	checkRuns(t, decode[runDocument](t, c.mustRun(t, 0, "run", "--output", "json")))
	c.checkViews(t)
	checkLoad(t, decode[loadDocument](t, c.mustRun(t, 0, "run", "--count", "50", "--concurrency", "20",
		"--mix", "200=70,429=20,503=7,999=3", "--output", "json")))
	c.checkSecondDeployment(t, deployed.Stack)

	c.delayRetries(t, deployed.Outputs["StateMachineArn"])
	c.startWaitingExecution(t, deployed.Outputs["StateMachineArn"])
	teardown := decode[destroyDocument](t, c.mustRun(t, 0, "destroy", "--yes", "--output", "json"))
	if teardown.Stopped != 1 {
		t.Errorf("got %d stopped executions, want 1", teardown.Stopped)
	}
	checkProof(t, teardown, resourceCount)
	if diff := cmp.Diff(before, c.resources(t)); diff != "" {
		t.Errorf("the account changed (-before +after):\n%s", diff)
	}
	c.mustRun(t, 0, "destroy", "--yes").wantText(t, "There is nothing to destroy")
}

// checkUndeployed checks the commands before the first deployment.
func (c *cloud) checkUndeployed(t *testing.T) {
	t.Helper()
	if status := decode[statusDocument](t, c.mustRun(t, 0, "status", "--output", "json")); status.Deployed {
		t.Fatal("the new local AWS already has a deployment")
	}
	c.mustRun(t, 2, "run").wantText(t, "is not deployed")
	c.mustRun(t, 0, "destroy", "--yes").wantText(t, "There is nothing to destroy")

	refused := c.mustRun(t, 2, "deploy")
	refused.wantText(t, "deploy needs approval to create IAM roles and to bootstrap account ")
	refused.wantText(t, ", but there is no terminal\n  next: retrycatch deploy --yes --region "+region+"\n")
}

// checkSecondDeployment checks that another deployment changes nothing, and that the demo refuses
// an endpoint that already has a deployment. The first deployment used the templates of
// cdkAppVariable. The second one runs the CDK app, which must synthesize the same templates.
func (c *cloud) checkSecondDeployment(t *testing.T, stack string) {
	t.Helper()
	c.cdkApp = ""
	events := c.countStackEvents(t, stack)
	c.mustRun(t, 0, "deploy", "--yes").wantText(t, "CloudFormation has nothing to change.")
	if n := c.countStackEvents(t, stack) - events; n != 0 {
		t.Errorf("deployment without changes: got %d stack events, want none", n)
	}
	c.mustRun(t, 2, "demo", "--region", region).wantText(t, "is already deployed")
	// Another region has the same IAM roles, because IAM is global.
	c.mustRun(t, 2, "demo", "--region", "us-east-1").wantText(t, "the IAM role lambda_basic_execution already exists")
	c.mustRun(t, 2, "destroy").wantText(t, "but there is no terminal")
}

// checkProof checks that a teardown proved the removal of the given number of resources.
func checkProof(t *testing.T, teardown destroyDocument, resources int) {
	t.Helper()
	if n := len(teardown.Resources); n != resources {
		t.Errorf("got %d resources in the document, want %d", n, resources)
	}
	for _, resource := range teardown.Resources {
		if !resource.Gone || resource.Kept || resource.Proof == "" {
			t.Errorf("%s %s: got gone: %t, kept: %t and proof %q, want proof that it is gone",
				resource.Type, resource.Name, resource.Gone, resource.Kept, resource.Proof)
		}
	}
}

func checkStatus(t *testing.T, s statusDocument) {
	t.Helper()
	if !s.Deployed || !s.Healthy || s.Status != "CREATE_COMPLETE" || len(s.Running) > 0 ||
		len(s.Resources) != resourceCount || s.Protected || len(s.Blockers) > 0 {
		t.Errorf("status: got %+v, want a healthy deployment of %d resources", s, resourceCount)
	}
	for _, resource := range s.Resources {
		if !resource.Exists {
			t.Errorf("%s %s is missing", resource.Type, resource.Name)
		}
	}
}

// checkRuns checks all scenarios and the retrier's waits of 1 and 2 seconds. The run command does
// not check the waits.
func checkRuns(t *testing.T, runs runDocument) {
	t.Helper()
	if !runs.AsExpected || len(runs.Executions) != len(scenario.All()) {
		t.Fatalf("got the runs %+v, want %d as expected", runs, len(scenario.All()))
	}
	got := map[string][]string{}
	for _, execution := range runs.Executions {
		if execution.AsExpected == nil || !*execution.AsExpected {
			t.Errorf("scenario %s is not as expected: %q", execution.Scenario, execution.Deviations)
		}
		lines := []string{execution.Status, execution.Error}
		for _, step := range execution.Steps {
			lines = append(lines, step.State)
			attempts := step.Attempts
			if n := len(attempts); n > 1 &&
				(n != 3 || int(attempts[1].WaitSeconds) != 1 || int(attempts[2].WaitSeconds) != 2) {
				t.Errorf("scenario %s: got the attempts %+v, want three with waits of 1 s and 2 s", execution.Scenario, attempts)
			}
		}
		got[execution.Scenario] = lines
	}
	want := map[string][]string{}
	for _, s := range scenario.All() {
		want[s.Name] = []string{string(s.Status), s.Error}
		for _, visit := range s.Path {
			want[s.Name] = append(want[s.Name], visit.State)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("statuses, errors and states of the runs (-want +got):\n%s", diff)
	}
}

func (c *cloud) countStackEvents(t *testing.T, stack string) int {
	t.Helper()
	out, err := cloudformation.NewFromConfig(c.config).DescribeStackEvents(t.Context(),
		&cloudformation.DescribeStackEventsInput{StackName: &stack})
	if err != nil {
		t.Fatal(err)
	}
	return len(out.StackEvents)
}

// startExecution starts an execution of scenario 429, which waits for retries.
func (c *cloud) startExecution(t *testing.T, stateMachine string) {
	t.Helper()
	input := `{"statuscode":"429"}`
	if _, err := sfn.NewFromConfig(c.config).StartExecution(t.Context(),
		&sfn.StartExecutionInput{StateMachineArn: &stateMachine, Input: &input}); err != nil {
		t.Fatal(err)
	}
}
