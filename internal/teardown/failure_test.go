package teardown

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/inventory"
)

func TestAFailedDeletionNamesWhatIsLeftAndWhy(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		stub := deletion(t).Holds(role.ID).
			On(describeStacks, awsstub.Stack("DELETE_IN_PROGRESS"), awsstub.Stack("DELETE_FAILED", "<StackStatusReason>it failed</StackStatusReason>")).
			On(describeStackEvents, log("", "0 DELETE_FAILED AWS::Logs::LogGroup Old of an earlier attempt", created), log("", deleting, created), log("", failed, stuck, deleting, created))
		begin := time.Now()
		report, err := execute(t, t.Context(), stub)
		var failure *FailedError
		if !errors.As(err, &failure) {
			t.Fatalf("the error is a %T: %v", err, err)
		}
		requireSame(t, "the failures", &FailedError{Stack: "retrycatch", Status: types.StackStatusDeleteFailed, Reason: "it failed", Resources: []Event{
			{Resource: "Role", Kind: "AWS::IAM::Role", Status: types.ResourceStatusDeleteFailed, Reason: "Cannot delete entity, must detach all policies first."}}}, failure)
		want := "the stack retrycatch was not deleted: it is DELETE_FAILED: it failed\n" +
			"  DELETE_FAILED      AWS::IAM::Role                     Role: Cannot delete entity, must detach all policies first."
		requireSame(t, "the texts", want, err.Error())
		requireSame(t, "the items", append([]string{"lambda_basic_execution gone=false iam:GetRole: found"}, allGone[1:]...), fate(report))
		if left := report.Left(); len(left) != 1 || left[0].Resource != role {
			t.Errorf("left are %+v", left)
		}
		if waited := time.Since(begin); waited > 2*time.Second { // fake time
			t.Errorf("it waited %v for what will not go", waited)
		}
	})
}

func TestWhatIsKeptIsReportedOfAFailedDeletionToo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := plan()
		p.Resources, p.Kept = []inventory.Resource{role}, []inventory.Resource{group}
		stub := deletion(t).Holds(role.ID, group.ID).On(describeStacks, awsstub.Stack("DELETE_FAILED"))
		report, err := Execute(t.Context(), stub.Config(), p, Options{}, func(string) {})
		if failure := (*FailedError)(nil); !errors.As(err, &failure) {
			t.Errorf("the error is %v", err)
		}
		requireSame(t, "the items", []Item{{Resource: role, Fate: WithTheStack, Proof: "iam:GetRole: found"}, {Resource: group, Fate: Kept, Proof: "logs:DescribeLogGroups: found"}}, report.Items)
		requireSame(t, "what is left", report.Items[:1], report.Left())
	})
}

func TestAnotherEndThanDeletionIsAFailure(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, err := execute(t, t.Context(), deletion(t).On(describeStacks, awsstub.Stack("UPDATE_COMPLETE")))
		var failure *FailedError
		if !errors.As(err, &failure) || failure.Status != types.StackStatusUpdateComplete || err.Error() != "the stack retrycatch was not deleted: it is UPDATE_COMPLETE" {
			t.Errorf("the error is %v", err)
		}
	})
}

func TestErrorsOfAWSEndTheTeardown(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, operation, want string
		deleted, asked        bool // whether the stack's deletion was called, and the resources were asked for
	}{
		{"an execution that cannot be stopped", stopExecution, "cannot stop the execution first", false, false},
		{"a log that cannot be read", describeStackEvents, "cannot read the events of the stack", false, true},
		{"a stack that may not be deleted", deleteStackCall, "cannot delete the stack retrycatch", true, true},
		{"a stack that cannot be followed", describeStacks, "cannot read the stack", true, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				stub := deletion(t).Holds(role.ID).On(test.operation, awsstub.Error(http.StatusForbidden, "AccessDenied", "may not"))
				stub.On(listExecutions, running("first"), running())
				p := plan()
				report, err := Execute(t.Context(), stub.Config(), p, Options{}, func(string) {})
				if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), "AccessDenied") {
					t.Errorf("the error is %v", err)
				}
				if deleted := slices.Contains(stub.Calls(), deleteStackCall); deleted != test.deleted {
					t.Errorf("the deletion was called: %v", deleted)
				}
				if left := report.Left(); (len(left) == 1) != test.asked || test.asked && left[0].Resource != role {
					t.Errorf("left are %+v", left)
				}
			})
		})
	}
}

func TestAnInterruptEndsTheTeardown(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		script func(*awsstub.Stub)
		asked  bool
	}{
		{"while the stack is being deleted", func(s *awsstub.Stub) { s.On(describeStacks, awsstub.Stack("DELETE_IN_PROGRESS")) }, false},
		{"while the proof waits", func(s *awsstub.Stub) { s.On(describeMachine, awsstub.StateMachine("DELETING")) }, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				stub := deletion(t)
				test.script(stub)
				type outcome struct {
					report Report
					err    error
				}
				ended := make(chan outcome)
				go func() {
					report, err := execute(t, ctx, stub)
					ended <- outcome{report, err}
				}()
				time.Sleep(time.Minute) // fake time
				calls := len(stub.Calls())
				cancel()
				got := <-ended
				if !errors.Is(got.err, context.Canceled) {
					t.Errorf("the error is %v", got.err)
				}
				if more := len(stub.Calls()) - calls; more != 0 {
					t.Errorf("%d calls were made after the interrupt", more)
				}
				if asked := len(got.report.Left()) == 1 && got.report.Left()[0].Resource == machine; asked != test.asked {
					t.Errorf("left are %+v", got.report.Left())
				}
			})
		})
	}
}
