package preflight

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/deployment"
	"retrycatch/internal/inventory"
	"retrycatch/internal/problem"
)

const getParameter = "SSM.GetParameter"

func TestBootstrapped(t *testing.T) {
	t.Parallel()
	version := func(value string) awsstub.Answer {
		return awsstub.JSON(fmt.Sprintf(`{"Parameter": {"Name": "/cdk-bootstrap/hnb659fds/version", "Type": "String", "Value": %q}}`, value))
	}
	tests := []struct {
		name   string
		answer awsstub.Answer
		want   bool
	}{
		{"never bootstrapped", awsstub.Error(http.StatusBadRequest, "ParameterNotFound", ""), false},
		{"just the version needed", version("6"), true},
		{"a newer version, whose number is not compared as text", version("30"), true},
		{"an older version", version("5"), false},
		{"a version that is no number", version("six"), false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			stub := awsstub.New(t).On(getParameter, test.answer)
			got, err := Bootstrapped(t.Context(), stub.Config())
			if err != nil || got != test.want {
				t.Errorf("got %v, %v, want %v", got, err, test.want)
			}
			if name := *stub.Inputs(getParameter)[0].(*ssm.GetParameterInput).Name; name != "/cdk-bootstrap/hnb659fds/version" {
				t.Errorf("asked for the parameter %s", name)
			}
		})
	}
}

func TestWhetherItIsBootstrappedMayBeUnknown(t *testing.T) {
	t.Parallel()
	stub := awsstub.New(t).On(getParameter, awsstub.Denied())
	_, err := Bootstrapped(t.Context(), stub.Config())
	requireProblem(t, err, "the credentials may not do this", "--profile")

	stub = awsstub.New(t).On(getParameter, awsstub.Error(http.StatusInternalServerError, "InternalServerError", "try again"))
	if _, err := Bootstrapped(t.Context(), stub.Config()); err == nil || !strings.Contains(err.Error(), "InternalServerError") {
		t.Errorf("the error is %v", err)
	}
}

var expected = inventory.Expected(deployment.Deployment{Observability: true, AlarmEmail: "a@example.com"}.Stacks()[0].Names,
	"aws", awsstub.Region, awsstub.Account)

// every holds the ID of each expected resource.
var every = func() (ids []string) {
	for _, resource := range expected {
		ids = append(ids, resource.ID)
	}
	return ids
}()

// owned answers that the stack owns these of the expected resources.
func owned(ids ...string) awsstub.Answer {
	var resources [][2]string
	for _, resource := range expected {
		if slices.Contains(ids, resource.ID) {
			resources = append(resources, [2]string{string(resource.Kind), resource.ID})
		}
	}
	return awsstub.StackResources("", resources...)
}

func TestDeploy(t *testing.T) {
	t.Parallel()
	const role, function, group = "lambda_basic_execution", "MockAPIFunction", "/aws/vendedlogs/states/MyAPIStateMachine"
	none := awsstub.StackResources("")
	tests := []struct {
		name      string
		stack     awsstub.Answer
		resources awsstub.Answer // nil where they must not be asked for
		holds     []string
		want      []string // what happened and what to do, a part of each
	}{
		{"a clean account", awsstub.NoStack(), nil, nil, nil},
		{"names that only others like them have", awsstub.NoStack(), nil, []string{"lambda_basic_execution_2"}, nil},
		{"the deployed stack's own resources", awsstub.Stack("UPDATE_COMPLETE"), owned(every...), every, nil},
		{"a stack that has lost a resource", awsstub.Stack("UPDATE_COMPLETE"), owned(every...), []string{role}, nil},
		{"a stack that is only being reviewed", awsstub.Stack("REVIEW_IN_PROGRESS"), none, nil, nil},
		{"a stack that was rolled back", awsstub.Stack("ROLLBACK_COMPLETE"), none, nil, nil},

		{"a taken role", awsstub.NoStack(), nil, []string{role},
			[]string{"IAM role lambda_basic_execution", "aws iam delete-role --role-name lambda_basic_execution"}},
		{"a taken function", awsstub.NoStack(), nil, []string{function},
			[]string{"Lambda function MockAPIFunction", "aws lambda delete-function --function-name MockAPIFunction"}},
		{"a taken log group", awsstub.NoStack(), nil, []string{group},
			[]string{"log group " + group, "aws logs delete-log-group --log-group-name " + group}},
		{"a taken state machine", awsstub.NoStack(), nil, []string{awsstub.StateMachineARN},
			[]string{"state machine MyAPIStateMachine", "aws stepfunctions delete-state-machine --state-machine-arn " + awsstub.StateMachineARN}},
		{"a taken alarm", awsstub.NoStack(), nil, []string{"retrycatch-function-errors"},
			[]string{"alarm retrycatch-function-errors", "aws cloudwatch delete-alarms --alarm-names retrycatch-function-errors"}},
		{"a taken dashboard", awsstub.NoStack(), nil, []string{"retrycatch"},
			[]string{"dashboard retrycatch", "aws cloudwatch delete-dashboards --dashboard-names retrycatch"}},
		{"a taken topic", awsstub.NoStack(), nil, []string{awsstub.TopicARN},
			[]string{"topic retrycatch-alarms", "aws sns delete-topic --topic-arn " + awsstub.TopicARN}},
		{"everything at once, in the order in which it is created", awsstub.NoStack(), nil, every, []string{
			"IAM role lambda_basic_execution", "delete-role", "IAM role step_functions_basic_execution", "delete-role",
			"log group /aws/lambda/MockAPIFunction", "delete-log-group", "log group " + group, "delete-log-group",
			"Lambda function MockAPIFunction", "delete-function", "state machine MyAPIStateMachine", "delete-state-machine",
			"topic retrycatch-alarms", "delete-topic", "alarm retrycatch-executions-failed", "delete-alarms",
			"alarm retrycatch-executions-throttled", "delete-alarms", "alarm retrycatch-executions-timed-out", "delete-alarms",
			"alarm retrycatch-function-errors", "delete-alarms", "alarm retrycatch-function-throttles", "delete-alarms",
			"dashboard retrycatch", "delete-dashboards"}},
		{"one taken beside the stack's own", awsstub.Stack("CREATE_COMPLETE"), owned(every[1:]...), every,
			[]string{"IAM role lambda_basic_execution", "aws iam delete-role"}},
		{"a stack that is being changed", awsstub.Stack("UPDATE_IN_PROGRESS"), owned(every...), every,
			[]string{"the stack retrycatch is being changed: UPDATE_IN_PROGRESS", "retrycatch status"}},
		{"a stack that is being changed, and a taken name", awsstub.Stack("DELETE_IN_PROGRESS"), none, []string{role},
			[]string{"DELETE_IN_PROGRESS", "wait", "IAM role lambda_basic_execution", "aws iam delete-role"}},
		{"a stack that cannot be read", awsstub.Denied(), nil, nil, []string{"the credentials may not do this", "--profile"}},
		{"resources of the stack that cannot be listed", awsstub.Stack("CREATE_COMPLETE"), awsstub.Denied(), nil,
			[]string{"the credentials may not do this", "--profile"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			stub := awsstub.New(t).Holds(test.holds...).On("CloudFormation.DescribeStacks", test.stack)
			if test.resources != nil {
				stub.On("CloudFormation.ListStackResources", test.resources)
			}
			blockers := Deploy(t.Context(), stub.Config(), "retrycatch", expected)
			if len(blockers) != len(test.want)/2 {
				t.Fatalf("there are %d blockers, want %d: %v", len(blockers), len(test.want)/2, blockers)
			}
			for i, blocker := range blockers {
				requireProblem(t, blocker, test.want[2*i], test.want[2*i+1])
			}
		})
	}
}

func TestWhatCannotBeSeenBlocksBesideTheRest(t *testing.T) {
	t.Parallel()
	stub := awsstub.New(t).Holds("lambda_basic_execution").
		On("CloudFormation.DescribeStacks", awsstub.NoStack()).
		On("Lambda.GetFunctionConfiguration", awsstub.Denied()).
		On("CloudWatch.GetDashboard", awsstub.Denied()).
		On("SNS.GetTopicAttributes", awsstub.Denied()).
		On("CloudWatch Logs.DescribeLogGroups", awsstub.Error(http.StatusInternalServerError, "ServiceUnavailable", "try again"))
	blockers := Deploy(t.Context(), stub.Config(), "retrycatch", expected)
	if len(blockers) != 6 {
		t.Fatalf("there are %d blockers, want 6: %v", len(blockers), blockers)
	}
	requireProblem(t, blockers[0], "IAM role lambda_basic_execution", "aws iam delete-role")
	for _, blocker := range blockers[1:3] {
		if !strings.Contains(blocker.Error(), "ServiceUnavailable") {
			t.Errorf("the blocker is %v", blocker)
		}
	}
	for _, blocker := range blockers[3:] {
		requireProblem(t, blocker, "the credentials may not do this", "--profile")
	}
}

func TestPreflightOnlyReads(t *testing.T) {
	t.Parallel()
	stub := awsstub.New(t).Holds(every...).
		On("CloudFormation.DescribeStacks", awsstub.Stack("CREATE_COMPLETE")).
		On("CloudFormation.ListStackResources", awsstub.StackResources(""))
	Deploy(t.Context(), stub.Config(), "retrycatch", expected)
	want := []string{"CloudFormation.DescribeStacks", "CloudFormation.ListStackResources", "IAM.GetRole", "IAM.GetRole",
		"CloudWatch Logs.DescribeLogGroups", "CloudWatch Logs.DescribeLogGroups", "Lambda.GetFunctionConfiguration", "SFN.DescribeStateMachine",
		"SNS.GetTopicAttributes", "CloudWatch.DescribeAlarms", "CloudWatch.DescribeAlarms", "CloudWatch.DescribeAlarms",
		"CloudWatch.DescribeAlarms", "CloudWatch.DescribeAlarms", "CloudWatch.GetDashboard"}
	if diff := cmp.Diff(want, stub.Calls()); diff != "" {
		t.Errorf("the calls differ (-want +got):\n%s", diff)
	}
}

// requireProblem wants a problem of which what happened and what to do contain these.
func requireProblem(t *testing.T, err error, what, next string) {
	t.Helper()
	var p *problem.Problem
	if !errors.As(err, &p) {
		t.Fatalf("%v is a %T, not a problem", err, err)
	}
	if !strings.Contains(p.What, what) || !strings.Contains(p.Next, next) {
		t.Errorf("what happened is %q and what to do %q, want %q and %q", p.What, p.Next, what, next)
	}
}
