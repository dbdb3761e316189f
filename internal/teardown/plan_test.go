package teardown

import (
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/inventory"
	"retrycatch/internal/problem"
)

const (
	describeStacks     = "CloudFormation.DescribeStacks"
	listStackResources = "CloudFormation.ListStackResources"
	getTemplate        = "CloudFormation.GetTemplate"
	listExecutions     = "SFN.ListExecutions"
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
		{"a stack with little, some of it of other kinds", func(s *awsstub.Stub) {
			s.On(describeStacks, awsstub.Stack("CREATE_COMPLETE")).On(listStackResources, listed(role, alarm, bucket)).On(getTemplate, template())
		}, Plan{Stack: stack, Resources: []inventory.Resource{bucket, role, alarm}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			stub := awsstub.New(t)
			test.script(stub)
			got, err := Read(t.Context(), stub.Config(), "retrycatch", resources)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
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
		{"foreign resources", awsstub.NoStack(), "Lambda.GetFunctionConfiguration"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			stub := awsstub.New(t).Holds(role.ID).On(describeStacks, test.stack).On(listStackResources, listed(resources...)).
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

func TestBlockers(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		stack *inventory.Stack
		want  []string // what happened and what to do, a part of each
	}{
		{"no stack", nil, nil},
		{"a healthy stack", &inventory.Stack{Status: "CREATE_COMPLETE"}, nil},
		{"a stack that was rolled back", &inventory.Stack{Status: "ROLLBACK_COMPLETE"}, nil},
		{"a stack whose deletion failed", &inventory.Stack{Status: "DELETE_FAILED"}, nil},
		{"a stack that is being deleted already", &inventory.Stack{Status: "DELETE_IN_PROGRESS"}, nil},
		{"a stack that is only being reviewed", &inventory.Stack{Status: "REVIEW_IN_PROGRESS"}, nil},
		{"a stack that is being changed", &inventory.Stack{Name: "retrycatch", Status: "UPDATE_IN_PROGRESS"},
			[]string{"the stack retrycatch is being changed: UPDATE_IN_PROGRESS", "retrycatch status"}},
		{"a protected stack", &inventory.Stack{Name: "retrycatch", Status: "CREATE_COMPLETE", Protected: true},
			[]string{"the stack retrycatch has termination protection", "run retrycatch deploy without the option protect"}},
		{"a protected stack that is only to be deleted", &inventory.Stack{Name: "retrycatch-dev", Status: "CREATE_COMPLETE", Protected: true},
			[]string{"the stack retrycatch-dev has termination protection", "--no-enable-termination-protection --stack-name retrycatch-dev"}},
		{"both at once", &inventory.Stack{Name: "retrycatch", Status: "CREATE_IN_PROGRESS", Protected: true},
			[]string{"has termination protection", "update-termination-protection", "is being changed: CREATE_IN_PROGRESS", "wait"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			blockers := Plan{Stack: test.stack}.Blockers()
			if len(blockers) != len(test.want)/2 {
				t.Fatalf("there are %d blockers, want %d: %v", len(blockers), len(test.want)/2, blockers)
			}
			for i, blocker := range blockers {
				var p *problem.Problem
				if !errors.As(blocker, &p) || !strings.Contains(p.What, test.want[2*i]) || !strings.Contains(p.Next, test.want[2*i+1]) {
					t.Errorf("the blocker is %#v, want %q and %q", blocker, test.want[2*i], test.want[2*i+1])
				}
			}
		})
	}
}
