package e2e

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/sfn"

	"retrycatch/internal/deployment"
	"retrycatch/internal/inventory"
)

// The local AWS compares some properties of some types, but none of a state machine. retrycatch
// compares its definition itself. The local AWS cannot revert drift, so the next step is a new
// stack.
func TestDrift(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.bootstrap(t, original{})
	c.app = assembly(t)
	outputs := decode[deployDocument](t, c.must(t, 0, "deploy", "--yes", "--output", "json")).Stacks[0].Outputs

	drifts := map[string]int{}
	for _, resource := range decode[statusDocument](t, c.must(t, 0, "status", "--output", "json")).Resources {
		drifts[resource.Drift]++
		if (resource.Drift == string(inventory.NotChecked)) != (resource.Reason != "") {
			t.Errorf("%s %s: got the drift %s and the reason %q",
				resource.Type, resource.Name, resource.Drift, resource.Reason)
		}
	}
	if drifts["in sync"] != 6 || drifts["not checked"] != 6 { // alarms and the dashboard
		t.Errorf("got the drifts %v, want 6 in sync and 6 not checked", drifts)
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
		r := c.must(t, 1, command...)
		r.contains(t, "the Lambda function MockAPIFunction was edited outside of CloudFormation: /Timeout")
		r.contains(t, "the state machine MyAPIStateMachine was edited outside of CloudFormation: /DefinitionString")
		r.contains(t, "next: retrycatch destroy --region "+region+" && retrycatch deploy --region "+region)
	}
	c.must(t, 0, "destroy", "--yes")
	c.must(t, 0, "deploy", "--yes")
	c.must(t, 0, "run", "200")
	c.must(t, 0, "destroy", "--yes")
}
