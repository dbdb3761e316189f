package teardown

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/inventory"
)

const (
	describeStacks     = "CloudFormation.DescribeStacks"
	listStackResources = "CloudFormation.ListStackResources"
	getTemplate        = "CloudFormation.GetTemplate"
	listExecutions     = "SFN.ListExecutions"
	listStacks         = "CloudFormation.ListStacks"
)

var (
	role     = inventory.Resource{Kind: inventory.Role, ID: "lambda_basic_execution"}
	function = inventory.Resource{Kind: inventory.Function, ID: "MockAPIFunction"}
	group    = inventory.Resource{Kind: inventory.LogGroup, ID: "/aws/lambda/MockAPIFunction"}
	machine  = inventory.Resource{Kind: inventory.StateMachine, ID: awsstub.StateMachineARN}

	// resources are those of the stack, in the order of a plan.
	resources = []inventory.Resource{role, function, group, machine}
)

// listed answers with resources of the stack.
func listed(resources ...inventory.Resource) awsstub.Answer {
	var pairs [][2]string
	for _, resource := range resources {
		pairs = append(pairs, [2]string{string(resource.Kind), resource.ID})
	}
	return awsstub.StackResources("", pairs...)
}

// template answers with a template that has CloudFormation keep these resources when the stack is deleted.
func template(kept ...inventory.Resource) awsstub.Answer {
	var policies []string
	for _, resource := range kept {
		policies = append(policies, `"`+awsstub.LogicalID(string(resource.Kind), resource.ID)+`": {"DeletionPolicy": "RetainExceptOnCreate"}`)
	}
	return awsstub.Template(`{"Resources": {` + strings.Join(policies, ", ") + `}}`)
}

// running answers with executions that have not ended.
func running(arns ...string) awsstub.Answer {
	var items []string
	for _, arn := range arns {
		items = append(items, `{"executionArn": "`+arn+`", "stateMachineArn": "s", "name": "n", "status": "RUNNING", "startDate": 1}`)
	}
	return awsstub.JSON(`{"executions": [` + strings.Join(items, ", ") + `]}`)
}

// deletedStacks answers with deleted stacks of these names. The first of a name was deleted last.
func deletedStacks(names ...string) awsstub.Answer {
	var members string
	for i, name := range names {
		members += fmt.Sprintf("<member><StackName>%s</StackName><StackId>%s</StackId><StackStatus>DELETE_COMPLETE</StackStatus>"+
			"<CreationTime>2026-01-02T03:04:05Z</CreationTime><DeletionTime>2026-01-0%dT03:04:05Z</DeletionTime></member>", name, awsstub.StackARN, 9-i)
	}
	return awsstub.XML("<StackSummaries>", members, "</StackSummaries>")
}

var deleted = &inventory.Stack{Name: "retrycatch", ARN: awsstub.StackARN, Status: types.StackStatusDeleteComplete}

// skipped answers with resources that the stack's deletion has left, and one that it has not.
func skipped(resources ...inventory.Resource) awsstub.Answer {
	members := "<member><LogicalResourceId>Gone</LogicalResourceId><ResourceType>AWS::Lambda::Function</ResourceType><ResourceStatus>DELETE_COMPLETE</ResourceStatus>" +
		"<LastUpdatedTimestamp>2026-01-02T03:04:05Z</LastUpdatedTimestamp><PhysicalResourceId>MockAPIFunction</PhysicalResourceId></member>"
	for _, resource := range resources {
		members += fmt.Sprintf("<member><LogicalResourceId>%s</LogicalResourceId><ResourceType>%s</ResourceType><ResourceStatus>DELETE_SKIPPED</ResourceStatus>"+
			"<LastUpdatedTimestamp>2026-01-02T03:04:05Z</LastUpdatedTimestamp><PhysicalResourceId>%s</PhysicalResourceId></member>",
			awsstub.LogicalID(string(resource.Kind), resource.ID), resource.Kind, resource.ID)
	}
	return awsstub.XML("<StackResourceSummaries>", members, "</StackResourceSummaries>")
}

// withoutPolicies is an account whose roles have no policies.
func withoutPolicies(stub *awsstub.Stub) *awsstub.Stub {
	return stub.On("IAM.ListAttachedRolePolicies", awsstub.XML("<AttachedPolicies/>")).On("IAM.ListRolePolicies", awsstub.XML("<PolicyNames/>"))
}

func TestRead(t *testing.T) {
	t.Parallel()
	stack := &inventory.Stack{Name: "retrycatch", ARN: awsstub.StackARN, Status: types.StackStatusCreateComplete, Outputs: map[string]string{}}
	bucket := inventory.Resource{Kind: "AWS::S3::Bucket", ID: "bucket"}
	alarm := inventory.Resource{Kind: inventory.Alarm, ID: "retrycatch-function-errors"}
	tests := []struct {
		name   string
		script func(*awsstub.Stub)
		want   Plan
	}{
		{"nothing at all", func(s *awsstub.Stub) { s.Holds().On(describeStacks, awsstub.NoStack()) }, Plan{}},
		{"no stack, but resources with its names", func(s *awsstub.Stub) { s.Holds(role.ID, machine.ID).On(describeStacks, awsstub.NoStack()) },
			Plan{Foreign: []inventory.Resource{role, machine}}},
		{"a stack with executions that run", func(s *awsstub.Stub) {
			s.On(describeStacks, awsstub.Stack("CREATE_COMPLETE")).On(listStackResources, listed(machine, group, function, role)).On(getTemplate, template()).
				On(listExecutions, running("first", "second"))
		}, Plan{Stack: stack, Resources: resources, Running: []string{"first", "second"}}},
		{"a stack that keeps its log group", func(s *awsstub.Stub) {
			s.On(describeStacks, awsstub.Stack("CREATE_COMPLETE")).On(listStackResources, listed(machine, group, function, role)).On(getTemplate, template(group)).
				On(listExecutions, running())
		}, Plan{Stack: stack, Resources: []inventory.Resource{role, function, machine}, Kept: []inventory.Resource{group}}},
		{"a stack of which nothing has come to be", func(s *awsstub.Stub) {
			s.On(describeStacks, awsstub.Stack("CREATE_COMPLETE")).On(listStackResources, listed())
		}, Plan{Stack: stack}},
		{"a stack whose state machine is gone", func(s *awsstub.Stub) {
			s.On(describeStacks, awsstub.Stack("CREATE_COMPLETE")).On(listStackResources, listed(machine)).On(getTemplate, template()).
				On(listExecutions, awsstub.NoStateMachine())
		}, Plan{Stack: stack, Resources: []inventory.Resource{machine}}},
		{"a stack whose roles have policies from elsewhere", func(s *awsstub.Stub) {
			s.On(describeStacks, awsstub.Stack("CREATE_COMPLETE")).On(listStackResources, listed(role)).
				On(getTemplate, awsstub.Template(`{"Resources": {"`+awsstub.LogicalID(string(role.Kind), role.ID)+`": {"Properties": {"Policies": [{"PolicyName": "logs"}]}}}}`)).
				On("IAM.ListAttachedRolePolicies", awsstub.XML("<AttachedPolicies><member><PolicyName>Wide</PolicyName><PolicyArn>arn:wide</PolicyArn></member></AttachedPolicies>")).
				On("IAM.ListRolePolicies", awsstub.XML("<PolicyNames><member>logs</member><member>more</member></PolicyNames>"))
		}, Plan{Stack: stack, Resources: []inventory.Resource{role},
			Outside: []inventory.Policy{{Role: role.ID, Name: "Wide", ARN: "arn:wide"}, {Role: role.ID, Name: "more"}}}},
		{"a deleted stack that has left nothing", func(s *awsstub.Stub) {
			s.Holds().On(describeStacks, awsstub.NoStack()).On(listStacks, deletedStacks("retrycatch")).On(getTemplate, template()).
				On(listStackResources, skipped(role))
		}, Plan{Deleted: deleted}},
		{"a deleted stack that has left a role, kept a group, and whose function's name others have", func(s *awsstub.Stub) {
			s.Holds(role.ID, group.ID, function.ID).On(describeStacks, awsstub.NoStack()).On(listStacks, deletedStacks("other", "retrycatch")).
				On(getTemplate, template(group)).On(listStackResources, skipped(group, role))
		}, Plan{Deleted: deleted, Left: []inventory.Resource{role}, Kept: []inventory.Resource{group}, Foreign: []inventory.Resource{function}}},
		{"a stack with little, some of it of other kinds", func(s *awsstub.Stub) {
			s.On(describeStacks, awsstub.Stack("CREATE_COMPLETE")).On(listStackResources, listed(role, alarm, bucket)).On(getTemplate, template())
		}, Plan{Stack: stack, Resources: []inventory.Resource{bucket, role, alarm}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			stub := withoutPolicies(awsstub.New(t)).On(listStacks, awsstub.XML("<StackSummaries/>"))
			test.script(stub)
			got, err := Read(t.Context(), stub.Config(), "retrycatch", resources)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("the plan differs (-want +got):\n%s", diff)
			}
			for _, input := range stub.Inputs(listStackResources) {
				if name := *input.(*cloudformation.ListStackResourcesInput).StackName; name != awsstub.StackARN {
					t.Errorf("the resources of %s were listed, not those of the stack that was found", name)
				}
			}
		})
	}
}

func TestWhatCannotBeReadIsNoPlan(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name      string
		stack     awsstub.Answer
		operation string
	}{
		{"the stack", awsstub.Denied(), describeStacks},
		{"its resources", awsstub.Stack("CREATE_COMPLETE"), listStackResources},
		{"what it keeps", awsstub.Stack("CREATE_COMPLETE"), getTemplate},
		{"its executions", awsstub.Stack("CREATE_COMPLETE"), listExecutions},
		{"the policies attached to its roles", awsstub.Stack("CREATE_COMPLETE"), "IAM.ListAttachedRolePolicies"},
		{"the inline policies of its roles", awsstub.Stack("CREATE_COMPLETE"), "IAM.ListRolePolicies"},
		{"foreign resources", awsstub.NoStack(), "Lambda.GetFunctionConfiguration"},
		{"the deleted stacks", awsstub.NoStack(), listStacks},
		{"what a deleted stack had", awsstub.NoStack(), listStackResources},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			stub := withoutPolicies(awsstub.New(t)).Holds(role.ID).On(listStacks, deletedStacks("retrycatch")).On(describeStacks, test.stack).On(listStackResources, listed(resources...)).
				On(getTemplate, template()).On(listExecutions, running()).On(test.operation, awsstub.Denied())
			plan, err := Read(t.Context(), stub.Config(), "retrycatch", resources)
			if err == nil || !strings.Contains(err.Error(), "AccessDenied") {
				t.Errorf("the error is %v", err)
			}
			if diff := cmp.Diff(Plan{}, plan); diff != "" {
				t.Errorf("there is a plan beside the error (-want +got):\n%s", diff)
			}
		})
	}
}
