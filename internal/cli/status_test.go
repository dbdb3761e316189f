package cli

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/deployment"
)

// deployed is an account with a stack in a status, of which these resources exist.
func deployed(t *testing.T, stack awsstub.Answer, exist ...string) *awsstub.Stub {
	return awsstub.New(t).Holds(exist...).On("CloudFormation.DescribeStacks", stack).
		On("CloudFormation.ListStackResources", awsstub.StackResources("",
			[2]string{"AWS::CloudWatch::Alarm", "retrycatch-function-errors"}, [2]string{"AWS::IAM::Role", "lambda_basic_execution"},
			[2]string{"AWS::SNS::Topic", awsstub.TopicARN}, [2]string{"AWS::SNS::TopicPolicy", "policy"},
			[2]string{"AWS::StepFunctions::StateMachine", awsstub.StateMachineARN})).
		On("SFN.ListExecutions", awsstub.JSON(`{"executions": [{"executionArn": "arn:running", "stateMachineArn": "s", "name": "n", "status": "RUNNING", "startDate": 1}]}`))
}

var everything = []string{"retrycatch-function-errors", "lambda_basic_execution", awsstub.TopicARN, awsstub.StateMachineARN}

func TestTheStatusIsThatOfEachResourceByItsOwnService(t *testing.T) {
	t.Parallel()
	stack := awsstub.Stack("CREATE_COMPLETE", "<EnableTerminationProtection>true</EnableTerminationProtection><StackStatusReason>because</StackStatusReason>",
		"<Outputs><member><OutputKey>Key</OutputKey><OutputValue>value</OutputValue></member></Outputs>")
	got, err := readStatus(t.Context(), in("eu-west-1", deployed(t, stack, everything...)))
	if err != nil {
		t.Fatal(err)
	}
	want := statusDocument{Account: awsstub.Account, Region: "eu-west-1", Deployed: true, Healthy: true, Stack: awsstub.StackARN, Status: "CREATE_COMPLETE",
		Reason: "because", Protected: true, Running: []string{"arn:running"}, Outputs: map[string]string{"Key": "value"}, Resources: []statusResource{
			{Type: "AWS::IAM::Role", Name: "lambda_basic_execution", Exists: true},
			{Type: "AWS::CloudWatch::Alarm", Name: "retrycatch-function-errors", Exists: true, State: "OK"},
			{Type: "AWS::StepFunctions::StateMachine", Name: "MyAPIStateMachine", Exists: true, State: "ACTIVE"},
			{Type: "AWS::SNS::Topic", Name: "retrycatch-alarms", Exists: true},
		}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the status differs (-want +got):\n%s", diff)
	}
}

func TestAStackIsHealthyWhenItIsCompleteAndNothingOfItIsMissing(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		status string
		exist  []string
		want   bool
	}{
		{"created", "CREATE_COMPLETE", everything, true},
		{"updated", "UPDATE_COMPLETE", everything, true},
		{"an update was rolled back", "UPDATE_ROLLBACK_COMPLETE", everything, true},
		{"the creation was rolled back", "ROLLBACK_COMPLETE", everything, false},
		{"being changed", "UPDATE_IN_PROGRESS", everything, false},
		{"failed", "DELETE_FAILED", everything, false},
		{"without its alarm", "CREATE_COMPLETE", everything[1:], false},
		{"without its state machine", "CREATE_COMPLETE", everything[:3], false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := readStatus(t.Context(), in("eu-west-1", deployed(t, awsstub.Stack(test.status), test.exist...)))
			if err != nil || got.Healthy != test.want {
				t.Errorf("healthy is %v, the error %v", got.Healthy, err)
			}
		})
	}
}

func TestAStatusThatCannotBeReadIsAnError(t *testing.T) {
	t.Parallel()
	for _, operation := range []string{"CloudFormation.DescribeStacks", "CloudFormation.ListStackResources", "SNS.GetTopicAttributes", "SFN.ListExecutions"} {
		t.Run(operation, func(t *testing.T) {
			t.Parallel()
			_, err := readStatus(t.Context(), in("eu-west-1", deployed(t, awsstub.Stack("CREATE_COMPLETE"), everything...).On(operation, awsstub.Denied())))
			if err == nil || !strings.Contains(err.Error(), awsstub.DeniedText) {
				t.Errorf("the error is %v", err)
			}
		})
	}
}

func TestTheStatusInWords(t *testing.T) {
	t.Parallel()
	target := in("eu-west-1", awsstub.New(t))
	tests := []struct {
		name   string
		status statusDocument
		want   string
	}{
		{"nothing is deployed", statusDocument{}, "The stack retrycatch is not deployed in account 111122223333, region eu-west-1.\n"},
		{"a protected stack with a resource that is missing", statusDocument{Deployed: true, Status: "CREATE_COMPLETE", Protected: true, Running: []string{"arn:running"},
			Resources: []statusResource{{Type: "AWS::CloudWatch::Alarm", Name: "a", Exists: true, State: "ALARM"}, {Type: "AWS::SNS::Topic", Name: "b"}},
			Outputs:   map[string]string{deployment.OutputConsole: "https://c", deployment.OutputDashboard: "https://d", "Other": "x"}},
			`The stack retrycatch in account 111122223333, region eu-west-1 is CREATE_COMPLETE.
┌──────────┬──────┬────────────────┐
│ Resource │ Name │ Now            │
├──────────┼──────┼────────────────┤
│ alarm    │ a    │ ✓ exists ALARM │
│ topic    │ b    │ ✗ missing      │
└──────────┴──────┴────────────────┘
1 execution running.
Termination protection is on: it cannot be destroyed.
StateMachineConsole: https://c
DashboardConsole: https://d
`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			console, out, _ := consoleOf("")
			(&app{console: console}).showStatus(target, test.status)
			if diff := cmp.Diff(test.want, out.String()); diff != "" {
				t.Errorf("what is shown differs (-want +got):\n%s", diff)
			}
		})
	}
}
