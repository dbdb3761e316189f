package teardown

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/inventory"
)

const (
	describeStackEvents = "CloudFormation.DescribeStackEvents"
	deleteStackCall     = "CloudFormation.DeleteStack"
	stopExecution       = "SFN.StopExecution"
	describeExecution   = "SFN.DescribeExecution"
	getRole             = "IAM.GetRole"
	getFunction         = "Lambda.GetFunctionConfiguration"
	describeLogGroups   = "CloudWatch Logs.DescribeLogGroups"
	describeMachine     = "SFN.DescribeStateMachine"
	deleteLogGroup      = "CloudWatch Logs.DeleteLogGroup"
)

// log answers with one page of the stack's events, each "ID STATUS KIND RESOURCE REASON", the newest first. Next is the
// token of the next page, empty on the last one.
func log(next string, events ...string) awsstub.Answer {
	var members strings.Builder
	for _, event := range events {
		part := strings.SplitN(event, " ", 5)
		fmt.Fprintf(&members, "<member><StackId>s</StackId><StackName>retrycatch</StackName><Timestamp>2026-01-02T03:04:05Z</Timestamp><EventId>%s</EventId>"+
			"<ResourceStatus>%s</ResourceStatus><ResourceType>%s</ResourceType><LogicalResourceId>%s</LogicalResourceId><ResourceStatusReason>%s</ResourceStatusReason></member>",
			part[0], part[1], part[2], part[3], part[4])
	}
	return awsstub.XML("<StackEvents>", members.String(), "</StackEvents>", "<NextToken>", next, "</NextToken>")
}

const (
	created  = "1 CREATE_COMPLETE AWS::CloudFormation::Stack retrycatch "
	deleting = "2 DELETE_IN_PROGRESS AWS::CloudFormation::Stack retrycatch User Initiated"
	gone     = "3 DELETE_COMPLETE AWS::IAM::Role Role "
	stuck    = "4 DELETE_FAILED AWS::IAM::Role Role Cannot delete entity, must detach all policies first."
	failed   = "5 DELETE_FAILED AWS::CloudFormation::Stack retrycatch The following resource(s) failed to delete: [Role]."
)

// deletion is an account in which the deletion goes well and leaves nothing.
func deletion(t *testing.T) *awsstub.Stub {
	return withoutPolicies(awsstub.New(t)).Holds().
		On(listExecutions, running()).
		On(stopExecution, awsstub.JSON(`{"stopDate": 1}`)).
		On(describeExecution, awsstub.JSON(`{"status": "RUNNING"}`)). // of one that could not be stopped
		On(deleteStackCall, awsstub.XML()).
		On(describeStacks, awsstub.Stack("DELETE_IN_PROGRESS"), awsstub.Stack("DELETE_COMPLETE")).
		On(describeStackEvents, log("", created), log("", deleting, created), log("", gone, deleting, created))
}

// plan is what there is to delete.
func plan() Plan {
	return Plan{Stack: &inventory.Stack{Name: "retrycatch", ARN: awsstub.StackARN, Status: types.StackStatusCreateComplete}, Resources: resources}
}

// fate says of each resource whether it is gone or left, and why.
func fate(report Report) []string {
	var lines []string
	for _, item := range report.Items {
		lines = append(lines, fmt.Sprintf("%s gone=%v %s", item.Resource.Name(), item.Gone, item.Proof))
	}
	return lines
}

var allGone = []string{
	"lambda_basic_execution gone=true iam:GetRole: NoSuchEntity",
	"MockAPIFunction gone=true lambda:GetFunctionConfiguration: ResourceNotFoundException",
	"/aws/lambda/MockAPIFunction gone=true logs:DescribeLogGroups: not listed",
	"MyAPIStateMachine gone=true states:DescribeStateMachine: StateMachineDoesNotExist",
}

func requireSame(t *testing.T, what string, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s differ (-want +got):\n%s", what, diff)
	}
}

func TestExecuteStopsThenDeletesThenProves(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		// The list shows them as running for a while after they are stopped.
		stub := deletion(t).On(listExecutions, running("first", "second"), running("second"))
		p := plan()
		var progress []string
		begin := time.Now()
		report, err := Execute(t.Context(), stub.Config(), p, Options{}, func(line string) { progress = append(progress, line) })
		if err != nil {
			t.Fatal(err)
		}
		if waited := time.Since(begin); waited < settleTime { // fake time
			t.Errorf("it waited %v, which may be too short for the last lines of what was stopped", waited)
		}
		if report.Stack != awsstub.StackARN || report.Stopped != 2 || len(report.Left()) != 0 {
			t.Errorf("the report is %+v", report)
		}
		requireSame(t, "the items", allGone, fate(report))
		requireSame(t, "the calls", []string{listExecutions, stopExecution, stopExecution, listExecutions, describeStackEvents, deleteStackCall,
			describeStacks, describeStackEvents, describeStacks, describeStackEvents,
			getRole, getFunction, describeLogGroups, describeMachine, describeLogGroups}, stub.Calls())
		requireSame(t, "the lines", []string{"stopping 2 executions of MyAPIStateMachine",
			"DELETE_IN_PROGRESS AWS::CloudFormation::Stack         retrycatch: User Initiated",
			"DELETE_COMPLETE    AWS::IAM::Role                     Role"}, progress)

		// By ARN only: another stack of the same name is not this one.
		for _, input := range stub.Inputs(deleteStackCall) {
			deleted := input.(*cloudformation.DeleteStackInput)
			requireSame(t, "what was deleted", awsstub.StackARN, *deleted.StackName)
			if deleted.DeletionMode != types.DeletionModeStandard || deleted.RetainResources != nil {
				t.Errorf("the deletion leaves resources behind: %+v", deleted)
			}
		}
		for _, input := range stub.Inputs(describeStacks) {
			requireSame(t, "what was asked for", awsstub.StackARN, *input.(*cloudformation.DescribeStacksInput).StackName)
		}
		var stopped []string
		for _, input := range stub.Inputs(stopExecution) {
			stopped = append(stopped, *input.(*sfn.StopExecutionInput).ExecutionArn)
		}
		slices.Sort(stopped) // several at once
		requireSame(t, "what was stopped", []string{"first", "second"}, stopped)
	})
}

func TestWhatIsKeptIsAskedForAndIsNotLeft(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		answer awsstub.Answer
		gone   bool
		proof  string
	}{
		{"it is there", awsstub.LogGroups("", group.ID), false, "logs:DescribeLogGroups: found"},
		{"it is gone all the same", awsstub.LogGroups(""), true, "logs:DescribeLogGroups: not listed"},
		{"it cannot be seen", awsstub.Denied(), false, awsstub.DeniedText},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := plan()
				p.Resources, p.Kept = []inventory.Resource{role, machine}, []inventory.Resource{group}
				begin := time.Now()
				stub := deletion(t).On(describeLogGroups, test.answer)
				report, err := Execute(t.Context(), stub.Config(), p, Options{}, func(string) {})
				if err != nil || len(report.Left()) != 0 {
					t.Errorf("left are %+v, the error is %v", report.Left(), err)
				}
				if len(report.Items) != 3 || report.Items[0].Fate != WithTheStack || report.Items[1].Fate != WithTheStack {
					t.Fatalf("the items are %+v", report.Items)
				}
				kept := report.Items[2]
				if kept.Fate != Kept || kept.Resource != group || kept.Gone != test.gone || !strings.Contains(kept.Proof, test.proof) {
					t.Errorf("what is kept is %+v", kept)
				}
				if waited := time.Since(begin); waited > pollFirst { // fake time: it does not go, so nobody waits for that
					t.Errorf("it waited %v", waited)
				}
			})
		})
	}
}

func TestAStackThatIsUnknownAfterItsDeletionIsDeleted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		stub := deletion(t).On(describeStacks, awsstub.NoStack()).On(describeStackEvents, log("", created), awsstub.NoStack())
		report, err := execute(t, t.Context(), stub)
		if err != nil || len(report.Left()) != 0 {
			t.Errorf("the report is %+v, the error %v", report, err)
		}
	})
}

// execute carries out the plan.
func execute(t *testing.T, ctx context.Context, stub *awsstub.Stub) (Report, error) {
	t.Helper()
	return Execute(ctx, stub.Config(), plan(), Options{}, func(string) {})
}

func TestTheProofWaitsForAStateMachineThatIsBeingDeleted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		onItsWay := awsstub.StateMachine("DELETING")
		stub := deletion(t).On(describeMachine, onItsWay, onItsWay, awsstub.NoStateMachine())
		var progress []string
		report, err := Execute(t.Context(), stub.Config(), plan(), Options{}, func(line string) { progress = append(progress, line) })
		if err != nil {
			t.Fatal(err)
		}
		requireSame(t, "the items", allGone, fate(report))
		requireSame(t, "the last lines", slices.Repeat([]string{"waiting for 1 of 4 resources to be gone"}, 2), progress[len(progress)-2:])
	})
}

func TestWhatDoesNotGoIsLeft(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name      string
		operation string
		answers   []awsstub.Answer
		want      inventory.Resource
		proof     string
		limit     time.Duration
	}{
		{"a state machine that stays on its way out", describeMachine, []awsstub.Answer{awsstub.StateMachine("DELETING")},
			machine, "states:DescribeStateMachine: found, DELETING", deletingLimit},
		{"a role that stays", getRole, []awsstub.Answer{awsstub.Role(role.ID)}, role, "iam:GetRole: found", consistencyLimit},
		{"a log group that comes back again and again", describeLogGroups,
			[]awsstub.Answer{awsstub.LogGroups(""), awsstub.LogGroups("", group.ID)}, group, "logs:DescribeLogGroups: found", consistencyLimit},
		{"a log group that may have come back", describeLogGroups,
			[]awsstub.Answer{awsstub.LogGroups(""), awsstub.Denied()}, group, "AccessDenied", consistencyLimit},
		{"a function that cannot be asked for", getFunction, []awsstub.Answer{awsstub.Denied()}, function, "AccessDenied", consistencyLimit},
		{"a service that does not answer", getFunction, []awsstub.Answer{awsstub.Broken("connection refused")}, function, "connection refused", consistencyLimit},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				begin := time.Now()
				report, err := execute(t, t.Context(), deletion(t).On(deleteLogGroup, awsstub.JSON("{}")).On(test.operation, test.answers...))
				if err != nil {
					t.Fatal(err)
				}
				left := report.Left()
				if len(left) != 1 || left[0].Resource != test.want || !strings.Contains(left[0].Proof, test.proof) {
					t.Errorf("left are %+v", left)
				}
				if len(report.Items) != len(resources) {
					t.Errorf("the report has %d items", len(report.Items))
				}
				// In fake time: as long as the resource may take, and no longer.
				if waited := time.Since(begin); waited > test.limit+pollFirst || waited < test.limit-pollLast {
					t.Errorf("it waited %v, expected nearly %v", waited, test.limit)
				}
			})
		})
	}
}
