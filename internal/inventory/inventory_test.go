package inventory

import (
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/awsstub"
)

const (
	describeStacks     = "CloudFormation.DescribeStacks"
	listStackResources = "CloudFormation.ListStackResources"
)

// requireError wants an error that says why, in the service's words.
func requireError(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("the error is %v, want one with %q", err, want)
	}
}

func TestFindStack(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		answer awsstub.Answer
		want   *Stack
	}{
		{"a stack with all that it has", awsstub.Stack("UPDATE_COMPLETE", "<EnableTerminationProtection>true</EnableTerminationProtection>",
			"<StackStatusReason>because</StackStatusReason><Outputs><member><OutputKey>Key</OutputKey><OutputValue>value</OutputValue></member></Outputs>"),
			&Stack{Name: "retrycatch", ARN: awsstub.StackARN, Status: types.StackStatusUpdateComplete, Reason: "because", Protected: true,
				Outputs: map[string]string{"Key": "value"}}},
		{"a stack with little", awsstub.Stack("CREATE_IN_PROGRESS"),
			&Stack{Name: "retrycatch", ARN: awsstub.StackARN, Status: types.StackStatusCreateInProgress, Outputs: map[string]string{}}},
		{"a stack that does not exist", awsstub.NoStack(), nil},
		{"an empty list", awsstub.XML("<Stacks/>"), nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			stub := awsstub.New(t).On(describeStacks, test.answer)
			got, err := FindStack(t.Context(), stub.Config(), "retrycatch")
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("the stack differs (-want +got):\n%s", diff)
			}
			if asked := *stub.Inputs(describeStacks)[0].(*cloudformation.DescribeStacksInput).StackName; asked != "retrycatch" {
				t.Errorf("asked for the stack %s", asked)
			}
		})
	}
}

func TestAStackThatCannotBeReadIsNotAbsent(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		answer awsstub.Answer
		want   string
	}{
		{"access denied", awsstub.Denied(), "AccessDenied"},
		{"throttled for good", awsstub.Error(http.StatusBadRequest, "Throttling", "Rate exceeded"), "Throttling"},
		{"no connection", awsstub.Broken("connection refused"), "connection refused"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			stub := awsstub.New(t).On(describeStacks, test.answer)
			stack, err := FindStack(t.Context(), stub.Config(), "retrycatch")
			requireError(t, err, test.want)
			if stack != nil {
				t.Errorf("there is a stack beside the error: %+v", stack)
			}
		})
	}
}

func TestInProgress(t *testing.T) {
	t.Parallel()
	tests := map[types.StackStatus]bool{
		types.StackStatusCreateInProgress:                        true,
		types.StackStatusUpdateCompleteCleanupInProgress:         true,
		types.StackStatusUpdateRollbackCompleteCleanupInProgress: true,
		types.StackStatusDeleteInProgress:                        true,
		types.StackStatusReviewInProgress:                        false,
		types.StackStatusCreateComplete:                          false,
		types.StackStatusRollbackComplete:                        false,
		types.StackStatusDeleteFailed:                            false,
	}
	for status, want := range tests {
		t.Run(string(status), func(t *testing.T) {
			t.Parallel()
			if got := (&Stack{Status: status}).InProgress(); got != want {
				t.Errorf("got %v, want %v", got, want)
			}
		})
	}
}

func TestStackResourcesReadsEveryPage(t *testing.T) {
	t.Parallel()
	stub := awsstub.New(t).On(listStackResources,
		awsstub.StackResources("second", [2]string{"AWS::IAM::Role", "a_role"}, [2]string{"AWS::Lambda::Function", ""}),
		awsstub.StackResources("", [2]string{"AWS::StepFunctions::StateMachine", awsstub.StateMachineARN}, [2]string{"AWS::CDK::Metadata", "meta"},
			[2]string{"AWS::SNS::TopicPolicy", "policy"}, [2]string{"AWS::SNS::Topic", awsstub.TopicARN}))
	got, err := StackResources(t.Context(), stub.Config(), awsstub.StackARN)
	if err != nil {
		t.Fatal(err)
	}
	want := []Resource{{Role, "a_role"}, {Topic, awsstub.TopicARN}, {StateMachine, awsstub.StateMachineARN}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the resources differ, without what never came to be and what is no resource (-want +got):\n%s", diff)
	}
	second := stub.Inputs(listStackResources)[1].(*cloudformation.ListStackResourcesInput)
	if *second.StackName != awsstub.StackARN || *second.NextToken != "second" {
		t.Errorf("the second page was asked for as %s of %s", *second.NextToken, *second.StackName)
	}
}

// Somebody else's resource was in its way: the stack has never had it.
func TestWhatFailedToBeCreatedIsNotTheStacks(t *testing.T) {
	t.Parallel()
	member := func(id, status string) string {
		return "<member><LogicalResourceId>" + id + "</LogicalResourceId><ResourceType>AWS::IAM::Role</ResourceType><ResourceStatus>" + status +
			"</ResourceStatus><LastUpdatedTimestamp>2026-01-02T03:04:05Z</LastUpdatedTimestamp><PhysicalResourceId>" + id + "</PhysicalResourceId></member>"
	}
	stub := awsstub.New(t).On(listStackResources, awsstub.XML("<StackResourceSummaries>", member("mine", "DELETE_COMPLETE"), member("theirs", "CREATE_FAILED"),
		member("stuck", "DELETE_FAILED"), "</StackResourceSummaries>")).On(getTemplate, awsstub.Template("{}"))
	got, err := StackContents(t.Context(), stub.Config(), awsstub.StackARN)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]Resource{{Role, "mine"}, {Role, "stuck"}}, got.Resources); diff != "" {
		t.Errorf("the resources differ (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]Resource{{Role, "stuck"}}, got.Skipped); diff != "" {
		t.Errorf("what its deletion has left differs (-want +got):\n%s", diff)
	}
}

func TestStackResourcesIsNoHalfAList(t *testing.T) {
	t.Parallel()
	stub := awsstub.New(t).On(listStackResources, awsstub.StackResources("second", [2]string{"AWS::IAM::Role", "a_role"}), awsstub.Denied())
	got, err := StackResources(t.Context(), stub.Config(), "retrycatch")
	requireError(t, err, "AccessDenied")
	if got != nil {
		t.Errorf("there are resources beside the error: %v", got)
	}
}
