package e2e

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/google/go-cmp/cmp"
)

// The documents of --output json, as docs/json.md describes them, written out here so that a change of them is noticed.
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
			// Why it cannot be checked.
			Unknown string `json:"unknown"`
			Drift   string `json:"drift"`
			// Of a modified resource, and of one that is not checked.
			Properties []string `json:"driftProperties"`
			Reason     string   `json:"driftReason"`
			Note       string   `json:"note"` // of an alarm that is in ALARM
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

func TestADeploymentRunsEveryPathAndLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	c := newCloud(t)

	empty := decode[statusDocument](t, c.must(t, 0, "status", "--output", "json"))
	if empty.Deployed {
		t.Fatal("something is deployed on a fresh local AWS")
	}
	c.must(t, 2, "run").says(t, "is not deployed")
	c.must(t, 0, "destroy", "--yes").says(t, "There is nothing to destroy")

	refused := c.must(t, 2, "deploy")
	refused.says(t, "deploying creates IAM roles, and first bootstraps account ")
	refused.says(t, "there is no terminal to approve them on\n  next: retrycatch deploy --yes --region "+region+"\n")

	// What the account holds now is what it must hold after the teardown.
	c.stage(t, original{})
	before := c.holds(t)
	c.app = assembly(t)
	deployed := decode[deployDocument](t, c.must(t, 0, "deploy", "--yes", "--output", "json")).Stacks[0]
	come, gone := c.holds(t).Difference(before)
	want := []string{"IAM role lambda_basic_execution", "IAM role step_functions_basic_execution", "Lambda function MockAPIFunction",
		"alarm retrycatch-executions-failed", "alarm retrycatch-executions-throttled", "alarm retrycatch-executions-timed-out",
		"alarm retrycatch-function-errors", "alarm retrycatch-function-throttles", "dashboard retrycatch",
		"log group /aws/lambda/MockAPIFunction", "log group /aws/vendedlogs/states/MyAPIStateMachine", "stack retrycatch",
		"state machine MyAPIStateMachine"}
	if diff := cmp.Diff(want, come); diff != "" || len(gone) > 0 {
		t.Errorf("the deployment did not create what it should (gone: %q):\n%s", gone, diff)
	}
	checkStatus(t, decode[statusDocument](t, c.must(t, 0, "status", "--output", "json")))
	checkRuns(t, decode[runDocument](t, c.must(t, 0, "run", "--output", "json")))
	c.checkViews(t)
	checkLoad(t, decode[loadDocument](t, c.must(t, 0, "run", "--count", "50", "--concurrency", "20", "--mix", "200=70,429=20,503=7,999=3", "--output", "json")))

	// Nothing has changed: neither may the stack. What the app synthesizes is what these tests deploy in its place.
	c.app = ""
	events := c.stackEvents(t, deployed.Stack)
	again := c.must(t, 0, "deploy", "--yes")
	again.says(t, "CloudFormation has nothing to change.")
	if now := c.stackEvents(t, deployed.Stack); now != events {
		t.Errorf("a second deployment of the same made %d events on the stack", now-events)
	}

	// At an endpoint that is in use the demo touches nothing, in the region of the stack or in another, where the roles'
	// names are taken.
	c.must(t, 2, "demo", "--region", region).says(t, "is deployed already")
	c.must(t, 2, "demo", "--region", "us-east-1").says(t, "the IAM role lambda_basic_execution exists already")
	c.must(t, 2, "destroy").says(t, "and there is no terminal")
	c.start(t, deployed.Outputs["StateMachineArn"])
	proof := decode[destroyDocument](t, c.must(t, 0, "destroy", "--yes", "--output", "json"))
	if proof.Stopped != 1 {
		t.Errorf("%d executions were stopped, expected the one that ran", proof.Stopped)
	}
	if len(proof.Resources) != 12 {
		t.Errorf("%d resources are proved to be gone, expected 12", len(proof.Resources))
	}
	for _, resource := range proof.Resources {
		if !resource.Gone || resource.Kept || resource.Proof == "" {
			t.Errorf("%s %s is not proved to be gone: %q", resource.Type, resource.Name, resource.Proof)
		}
	}
	if diff := cmp.Diff(before, c.holds(t)); diff != "" {
		t.Errorf("the account is not what it was before the deployment:\n%s", diff)
	}
	c.must(t, 0, "destroy", "--yes").says(t, "There is nothing to destroy")
}

func checkStatus(t *testing.T, s statusDocument) {
	t.Helper()
	if !s.Deployed || !s.Healthy || s.Status != "CREATE_COMPLETE" || len(s.Running) > 0 || len(s.Resources) != 12 || s.Protected || len(s.Blockers) > 0 {
		t.Errorf("the status is %+v", s)
	}
	for _, resource := range s.Resources {
		if !resource.Exists {
			t.Errorf("%s %s is missing", resource.Type, resource.Name)
		}
	}
}

// checkRuns looks at the waits too, which the command itself does not judge: the definition demands 1 s and then 2 s.
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
			if n := len(step.Attempts); n > 1 && (n != 3 || int(step.Attempts[1].WaitSeconds) != 1 || int(step.Attempts[2].WaitSeconds) != 2) {
				t.Errorf("the attempts of %s are %+v, expected three with waits of 1 s and 2 s", execution.Scenario, step.Attempts)
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
		t.Error(diff)
	}
}

func (c *cloud) stackEvents(t *testing.T, stack string) int {
	t.Helper()
	out, err := cloudformation.NewFromConfig(c.config).DescribeStackEvents(t.Context(), &cloudformation.DescribeStackEventsInput{StackName: &stack})
	if err != nil {
		t.Fatal(err)
	}
	return len(out.StackEvents)
}

// start starts an execution that retries for some seconds.
func (c *cloud) start(t *testing.T, stateMachine string) {
	t.Helper()
	input := `{"statuscode":"429"}`
	if _, err := sfn.NewFromConfig(c.config).StartExecution(t.Context(), &sfn.StartExecutionInput{StateMachineArn: &stateMachine, Input: &input}); err != nil {
		t.Fatal(err)
	}
}
