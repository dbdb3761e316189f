package e2e

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/sfn"

	"retrycatch/internal/deployment"
	"retrycatch/internal/inventory"
)

// Drift detection in the local AWS does not cover state machines, so retrycatch compares the
// deployed definition with the template. The local AWS cannot revert drift, so the suggested next
// step replaces the stack.
func TestDrift(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.bootstrap(t, blueprint{})
	c.cdkApp = cdkAppVariable(t)
	outputs := decode[deployDocument](t, c.mustRun(t, 0, "deploy", "--yes", "--output", "json")).Stacks[0].Outputs

	drifts := map[string]int{}
	for _, resource := range decode[statusDocument](t, c.mustRun(t, 0, "status", "--output", "json")).Resources {
		drifts[resource.Drift]++
		if (resource.Drift == string(inventory.NotChecked)) != (resource.Reason != "") {
			t.Errorf("%s %s: got drift %q and reason %q, want a reason only for %q",
				resource.Type, resource.Name, resource.Drift, resource.Reason, inventory.NotChecked)
		}
	}
	checked := resourceCountWithoutMonitoring // the local AWS does not compare alarms and dashboards
	if drifts["in sync"] != checked || drifts["not checked"] != resourceCount-checked {
		t.Errorf("got drift results %v, want %d in sync and %d not checked", drifts, checked, resourceCount-checked)
	}

	if _, err := lambda.NewFromConfig(c.config).UpdateFunctionConfiguration(t.Context(),
		&lambda.UpdateFunctionConfigurationInput{
			FunctionName: aws.String(outputs[deployment.OutputFunction]), Timeout: aws.Int32(3)}); err != nil {
		t.Fatal(err)
	}
	if _, err := sfn.NewFromConfig(c.config).UpdateStateMachine(t.Context(), &sfn.UpdateStateMachineInput{
		StateMachineArn: aws.String(outputs[deployment.OutputStateMachine]),
		Definition:      aws.String(`{"StartAt": "Other", "States": {"Other": {"Type": "Succeed"}}}`)}); err != nil {
		t.Fatal(err)
	}
	for _, command := range [][]string{{"status"}, {"deploy", "--yes"}, {"run", "200"}} {
		r := c.mustRun(t, 1, command...)
		r.wantText(t, "the Lambda function MockAPIFunction was edited outside of CloudFormation: /Timeout")
		r.wantText(t, "the state machine MyAPIStateMachine was edited outside of CloudFormation: /DefinitionString")
		r.wantText(t, "next: retrycatch destroy --region "+region+" && retrycatch deploy --region "+region)
	}
	c.mustRun(t, 0, "destroy", "--yes")
	c.mustRun(t, 0, "deploy", "--yes")
	c.mustRun(t, 0, "run", "200")
	c.mustRun(t, 0, "destroy", "--yes")
}
