package e2e

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/google/go-cmp/cmp"
)

// The documents of --output json, as in docs/json.md. decode rejects unknown fields, so a new field
// must be added here too.
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
			// Unknown is the reason why the resource cannot be checked.
			Unknown string `json:"unknown"`
			Drift   string `json:"drift"`
			// Properties and Reason explain the drift.
			Properties []string `json:"driftProperties"`
			Reason     string   `json:"driftReason"`
			Note       string   `json:"note"` // of an alarm in ALARM
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
			Type   string `json:"type"`
			Name   string `json:"name"`
			How    string `json:"how"`
			Now    string `json:"now"`
			Gone   bool   `json:"gone"`
			Kept   bool   `json:"kept"`
			Why    string `json:"why"`
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

	c.bootstrap(t, original{})
	before := c.resources(t)
	c.app = assembly(t)
	deployed := decode[deployDocument](t, c.must(t, 0, "deploy", "--yes", "--output", "json")).Stacks[0]
	added, removed := c.resources(t).Difference(before)
	want := []string{
		"IAM role lambda_basic_execution", "IAM role step_functions_basic_execution", "Lambda function MockAPIFunction",
		"alarm retrycatch-executions-failed", "alarm retrycatch-executions-throttled",
		"alarm retrycatch-executions-timed-out", "alarm retrycatch-function-errors",
		"alarm retrycatch-function-throttles", "dashboard retrycatch", "log group /aws/lambda/MockAPIFunction",
		"log group /aws/vendedlogs/states/MyAPIStateMachine", "stack retrycatch", "state machine MyAPIStateMachine",
	}
	if diff := cmp.Diff(want, added); diff != "" || len(removed) > 0 {
		t.Errorf("the deployment's resources differ (removed: %q) (-want +got):\n%s", removed, diff)
	}
	checkStatus(t, decode[statusDocument](t, c.must(t, 0, "status", "--output", "json")))
	checkRuns(t, decode[runDocument](t, c.must(t, 0, "run", "--output", "json")))
	c.checkViews(t)
	checkLoad(t, decode[loadDocument](t, c.must(t, 0, "run", "--count", "50", "--concurrency", "20",
		"--mix", "200=70,429=20,503=7,999=3", "--output", "json")))
	c.checkSecondDeployment(t, deployed.Stack)

	c.start(t, deployed.Outputs["StateMachineArn"])
	proof := decode[destroyDocument](t, c.must(t, 0, "destroy", "--yes", "--output", "json"))
	if proof.Stopped != 1 {
		t.Errorf("got %d stopped executions, want 1", proof.Stopped)
	}
	checkProof(t, proof, 12)
	if diff := cmp.Diff(before, c.resources(t)); diff != "" {
		t.Errorf("the account changed (-before +after):\n%s", diff)
	}
	c.must(t, 0, "destroy", "--yes").contains(t, "There is nothing to destroy")
}

// checkUndeployed checks the commands before the deployment.
func (c *cloud) checkUndeployed(t *testing.T) {
	t.Helper()
	if status := decode[statusDocument](t, c.must(t, 0, "status", "--output", "json")); status.Deployed {
		t.Fatal("got a deployment on a new local AWS")
	}
	c.must(t, 2, "run").contains(t, "is not deployed")
	c.must(t, 0, "destroy", "--yes").contains(t, "There is nothing to destroy")

	refused := c.must(t, 2, "deploy")
	refused.contains(t, "deploying creates IAM roles, and first bootstraps account ")
	refused.contains(t, ", but there is no terminal\n  next: retrycatch deploy --yes --region "+region+"\n")
}

// checkSecondDeployment checks that another deployment changes nothing, and that the demo refuses
// an endpoint in use. It deploys from the CDK app, which must synthesize the same output as
// assembly.
func (c *cloud) checkSecondDeployment(t *testing.T, stack string) {
	t.Helper()
	c.app = ""
	events := c.stackEvents(t, stack)
	c.must(t, 0, "deploy", "--yes").contains(t, "CloudFormation has nothing to change.")
	if n := c.stackEvents(t, stack) - events; n != 0 {
		t.Errorf("got %d stack events of an unchanged deployment, want none", n)
	}
	c.must(t, 2, "demo", "--region", region).contains(t, "is already deployed")
	// IAM roles are global.
	c.must(t, 2, "demo", "--region", "us-east-1").contains(t, "the IAM role lambda_basic_execution exists already")
	c.must(t, 2, "destroy").contains(t, "but there is no terminal")
}

// checkProof checks that a teardown proved the removal of all resources.
func checkProof(t *testing.T, proof destroyDocument, resources int) {
	t.Helper()
	if n := len(proof.Resources); n != resources {
		t.Errorf("got %d resources in the proof, want %d", n, resources)
	}
	for _, resource := range proof.Resources {
		if !resource.Gone || resource.Kept || resource.Proof == "" {
			t.Errorf("the proof of %s %s is %q", resource.Type, resource.Name, resource.Proof)
		}
	}
}

func checkStatus(t *testing.T, s statusDocument) {
	t.Helper()
	if !s.Deployed || !s.Healthy || s.Status != "CREATE_COMPLETE" || len(s.Running) > 0 ||
		len(s.Resources) != 12 || s.Protected || len(s.Blockers) > 0 {
		t.Errorf("got the status %+v, want a healthy deployment of 12 resources", s)
	}
	for _, resource := range s.Resources {
		if !resource.Exists {
			t.Errorf("%s %s is missing", resource.Type, resource.Name)
		}
	}
}

// checkRuns also checks the waits of the retrier, 1 s and 2 s, which the command itself does not
// check.
func checkRuns(t *testing.T, runs runDocument) {
	t.Helper()
	if !runs.AsExpected || len(runs.Executions) != 4 {
		t.Fatalf("the runs are not as expected: %+v", runs)
	}
	got := map[string][]string{}
	for _, execution := range runs.Executions {
		if execution.AsExpected == nil || !*execution.AsExpected {
			t.Errorf("%s is not as expected: %q", execution.Scenario, execution.Deviations)
		}
		lines := []string{execution.Status, execution.Error}
		for _, step := range execution.Steps {
			lines = append(lines, step.State)
			attempts := step.Attempts
			if n := len(attempts); n > 1 &&
				(n != 3 || int(attempts[1].WaitSeconds) != 1 || int(attempts[2].WaitSeconds) != 2) {
				t.Errorf("%s: got the attempts %+v, want three with waits of 1 s and 2 s", execution.Scenario, attempts)
			}
		}
		got[execution.Scenario] = lines
	}
	want := map[string][]string{
		"200": {"SUCCEEDED", "", "Call API", "OK"},
		"503": {"FAILED", "ServerUnavailable", "Call API", "Server Unavailable"},
		"429": {"SUCCEEDED", "", "Call API", "Wait and Try Later", "Change to 200", "Call API", "OK"},
		"999": {"FAILED", "An error of unknown type occurred", "Call API", "Catch All"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the runs differ (-want +got):\n%s", diff)
	}
}

func (c *cloud) stackEvents(t *testing.T, stack string) int {
	t.Helper()
	out, err := cloudformation.NewFromConfig(c.config).DescribeStackEvents(t.Context(),
		&cloudformation.DescribeStackEventsInput{StackName: &stack})
	if err != nil {
		t.Fatal(err)
	}
	return len(out.StackEvents)
}

// start starts an execution that retries for some seconds.
func (c *cloud) start(t *testing.T, stateMachine string) {
	t.Helper()
	input := `{"statuscode":"429"}`
	if _, err := sfn.NewFromConfig(c.config).StartExecution(t.Context(),
		&sfn.StartExecutionInput{StateMachineArn: &stateMachine, Input: &input}); err != nil {
		t.Fatal(err)
	}
}
