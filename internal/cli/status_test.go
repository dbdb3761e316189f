package cli

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/deployment"
	"retrycatch/internal/inventory"
)

// deployed is an account with a stack in a status, of which these resources exist.
func deployed(t *testing.T, stack awsstub.Answer, exist ...string) *awsstub.Stub {
	return awsstub.New(t).Holds(exist...).On("CloudFormation.DescribeStacks", stack).
		On("SSM.GetParameter", awsstub.JSON(`{"Parameter": {"Value": "21"}}`)).On("CloudFormation.GetTemplate", awsstub.Template("{}")).
		On("IAM.ListAttachedRolePolicies", awsstub.XML("<AttachedPolicies/>")).On("IAM.ListRolePolicies", awsstub.XML("<PolicyNames/>")).
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
		}, Blockers: got.Blockers}
	if len(got.Blockers) != 1 || got.Blockers[0].Of != "destroy" || got.Blockers[0].What != "the stack retrycatch has termination protection" || got.Blockers[0].Next == "" {
		t.Errorf("the blockers are %+v", got.Blockers)
	}
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

// A role that somebody has attached a policy to, and an account that may not say what a name is.
func TestTheStatusNamesWhatIsInTheWay(t *testing.T) {
	t.Parallel()
	stub := deployed(t, awsstub.Stack("UPDATE_IN_PROGRESS"), everything...).
		On("SSM.GetParameter", awsstub.Error(400, "ParameterNotFound", "")).
		On("IAM.ListAttachedRolePolicies", awsstub.XML("<AttachedPolicies><member><PolicyName>Wide</PolicyName><PolicyArn>arn:wide</PolicyArn></member></AttachedPolicies>")).
		On("Lambda.GetFunctionConfiguration", awsstub.Denied())
	target := in("eu-west-1", stub)
	target.expected = []inventory.Resource{{Kind: inventory.Function, ID: "MockAPIFunction"}}
	got, err := readStatus(t.Context(), target)
	if err != nil {
		t.Fatal(err)
	}
	var what []string
	for _, blocker := range got.Blockers {
		what = append(what, blocker.Of+": "+blocker.What)
		if blocker.Next == "" {
			t.Errorf("%s has no next step", blocker.What)
		}
	}
	want := []string{
		"deploy: the stack retrycatch is being changed: UPDATE_IN_PROGRESS",
		"deploy: the credentials may not do this: AccessDeniedException: User is not authorized to perform: GetFunctionConfiguration",
		"deploy: account 111122223333, region eu-west-1 is not bootstrapped for the CDK",
		"destroy: the stack retrycatch is being changed: UPDATE_IN_PROGRESS",
		"destroy: the policy arn:wide of the IAM role lambda_basic_execution is not the stack's, and a role that has it cannot be deleted",
	}
	if diff := cmp.Diff(want, what); diff != "" {
		t.Errorf("what is in the way differs (-want +got):\n%s", diff)
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
		{"nothing is deployed, nor can be", statusDocument{Blockers: []statusBlocker{{"deploy", "it is taken\x1b", "free it"}}},
			"The stack retrycatch is not deployed in account 111122223333, region eu-west-1.\nIn the way of retrycatch deploy: it is taken \n  next: free it\n"},
		{"nothing is deployed", statusDocument{}, "The stack retrycatch is not deployed in account 111122223333, region eu-west-1.\n"},
		{"a stack with a resource that is missing, and policies from elsewhere", statusDocument{Deployed: true, Status: "CREATE_COMPLETE", Blockers: []statusBlocker{{"destroy", "a policy", "take it away"}}, Running: []string{"arn:running"},
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
StateMachineConsole: https://c
DashboardConsole: https://d
In the way of retrycatch destroy: a policy
  next: take it away
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
