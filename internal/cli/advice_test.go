package cli

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/history"
	"retrycatch/internal/inventory"
	"retrycatch/internal/scenario"
	"retrycatch/internal/view"
)

func TestAdvise(t *testing.T) {
	t.Parallel()
	stack := &inventory.Stack{Name: "retrycatch", ARN: awsstub.StackARN, Status: "UPDATE_COMPLETE"}
	const repair = "npx cdk deploy --revert-drift retrycatch-eu-west-1 --region eu-west-1"
	const inspect = "retrycatch inspect 200-x --stage dev --region eu-west-1"
	tests := []struct {
		name  string
		exist []string
		drift awsstub.Answer
		want  advice
	}{
		// Executions do not use an alarm or a topic.
		{"only unused resources missing", []string{"lambda_basic_execution", awsstub.StateMachineARN},
			awsstub.Drift("IN_SYNC"), advice{next: inspect}},
		{
			"the state machine and the role were edited",
			everything,
			awsstub.Drift("MODIFIED", [3]string{"/DefinitionString", "a", "b"}),
			advice{next: repair, Diagnosis: view.Diagnosis{Causes: []string{
				"the IAM role lambda_basic_execution was edited outside of CloudFormation: /DefinitionString",
				"the state machine MyAPIStateMachine was edited outside of CloudFormation: /DefinitionString"}}},
		},
		{"the role is missing", everything[2:], awsstub.Drift("DELETED"),
			advice{next: repair, Diagnosis: view.Diagnosis{Causes: []string{"the IAM role lambda_basic_execution is missing"}}}},
		{
			"reading the role is denied",
			everything,
			awsstub.Drift("IN_SYNC"),
			advice{next: inspect, Diagnosis: view.Diagnosis{Warnings: []string{
				"cannot check whether these exist: IAM role lambda_basic_execution " +
					"(the credentials cannot call iam:GetRole)"}}},
		},
		{"the credentials have expired", everything, awsstub.Drift("IN_SYNC"), advice{next: inspect}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			stub := deployed(t, stackOf("UPDATE_COMPLETE"),
				test.exist...).On("CloudFormation.DetectStackResourceDrift", test.drift)
			switch test.name {
			case "reading the role is denied":
				stub.On("IAM.GetRole", awsstub.Denied())
			case "the credentials have expired":
				stub.On("IAM.GetRole", awsstub.Error(http.StatusForbidden, "ExpiredToken", "expired"))
			}
			subject := targetIn(awsstub.Region, stub)
			subject.stage = "dev"
			if diff := cmp.Diff(test.want, subject.advise(t.Context(), stack, "200-x"),
				cmp.AllowUnexported(advice{})); diff != "" {
				t.Errorf("the advice differs (-want +got):\n%s", diff)
			}
		})
	}
}

func TestExplainStartFailure(t *testing.T) {
	t.Parallel()
	stack := &inventory.Stack{Name: "retrycatch", ARN: awsstub.StackARN, Status: "UPDATE_COMPLETE"}
	tests := []struct {
		name       string
		answer     awsstub.Answer
		what, next string
	}{
		{"no state machine", awsstub.NoStateMachine(), "the stack exists, but its state machine does not",
			"npx cdk deploy --revert-drift retrycatch-eu-west-1 --region eu-west-1"},
		{"being deleted", awsstub.Error(400, "StateMachineDeleting", ""),
			"the state machine is being deleted", "retrycatch status --stage dev --region eu-west-1"},
		{"no permission", awsstub.Denied(), "the credentials cannot call states:StartExecution", "--profile"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			subject := targetIn(awsstub.Region, deployed(t, stackOf("UPDATE_COMPLETE")).On("SFN.StartExecution", test.answer))
			subject.stage = "dev"
			err := subject.startAll(t.Context(), stack, awsstub.StateMachineARN,
				[]*scenario.Run{{Execution: history.Execution{Name: "a", Input: "{}"}, SentTraceID: "1-a"}})
			requireProblems(t, err, test.what, test.next)
		})
	}
}
