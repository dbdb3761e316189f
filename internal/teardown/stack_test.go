package teardown

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/resource"
	"retrycatch/internal/session"
)

func TestExecute(t *testing.T) {
	bubble(t, func(t *testing.T) {
		a, _ := deployed(t)
		a.Thing(machine).Running = []string{"first", "second"}
		begin := time.Now()
		report := destroy(t, a, Options{})
		if took := time.Since(begin); took < settleTime {
			t.Errorf("it took %v, which is too short for the last lines of the executions that were stopped", took)
		}
		if report.Stopped != 2 || report.Stack == nil || report.Stack.Name != "retrycatch" {
			t.Errorf("the report is %+v", report)
		}
		slices.Sort(a.Changes[:2]) // concurrent stops
		requireSame(t, "the changes",
			[]string{"StopExecution first", "StopExecution second", "DeleteStack retrycatch"}, a.Changes)
		want := map[string]string{
			"lambda_basic_execution":                   "iam:GetRole: NoSuchEntity",
			"/aws/lambda/MockAPIFunction":              "logs:DescribeLogGroups: not listed",
			"/aws/vendedlogs/states/MyAPIStateMachine": "logs:DescribeLogGroups: not listed",
			"MockAPIFunction":                          "lambda:GetFunctionConfiguration: ResourceNotFoundException",
			"MyAPIStateMachine":                        "states:DescribeStateMachine: StateMachineDoesNotExist",
		}
		got := map[string]string{}
		for _, item := range report.Items {
			if got[item.Resource.Name()] = item.Proof; item.Now != Gone || item.Fate != WithTheStack {
				t.Errorf("the %s is %s, deleted %s", item.Resource, item.Now, item.Fate)
			}
		}
		requireSame(t, "the proofs", want, got)
	})
}

// olderFailure logs a failed deletion by another request.
func olderFailure(s *stack, at time.Time) {
	s.Log(at, resource.Resource{}, "DELETE_IN_PROGRESS").Token = "older"
	s.Log(at.Add(time.Second), role, "DELETE_FAILED").Token = "older"
	s.Log(at.Add(2*time.Second), resource.Resource{}, "DELETE_FAILED").Token = "older"
}

func TestDeletionFollowsItsOwnRequest(t *testing.T) {
	tests := []struct {
		name    string
		prepare func(*account, *stack)
		failed  types.StackStatus // of the failed deletion; empty if it succeeds
		within  time.Duration
	}{
		{"DescribeStacks still shows the stack as it was", func(a *account, _ *stack) {
			a.Stale = 20 * time.Second
		}, "", 20 * time.Second},
		{"DescribeStacks still shows that an older request failed", func(a *account, s *stack) {
			olderFailure(s, ago(time.Minute))
			a.Stale = 20 * time.Second
		}, "", 20 * time.Second},
		{"the events of an older request come late", func(_ *account, s *stack) {
			olderFailure(s, ago(time.Minute))
			s.Log(soon(700*time.Millisecond), resource.Resource{}, "DELETE_FAILED").Token = "older"
		}, "", 20 * time.Second},
		{"it fails", func(a *account, _ *stack) {
			a.Thing(role).Stuck = "no"
		}, types.StackStatusDeleteFailed, 10 * time.Second},
		{"the endpoint has no tokens", func(a *account, _ *stack) {
			a.NoTokens = true
		}, "", 10 * time.Second},
		{"the endpoint has no tokens, and it fails", func(a *account, _ *stack) {
			a.NoTokens, a.Thing(role).Stuck = true, "no"
		}, types.StackStatusDeleteFailed, 10 * time.Second},
		{"the endpoint has no events", func(a *account, _ *stack) {
			a.NoEvents = true
		}, "", 10 * time.Second},
		{"the endpoint has no events, and it fails", func(a *account, _ *stack) {
			a.NoEvents, a.Thing(role).Stuck = true, "no"
		}, types.StackStatusDeleteFailed, time.Minute},
		{"the endpoint forgets deleted stacks", func(a *account, _ *stack) {
			a.Forgets = true
		}, "", 10 * time.Second},
		{"a colleague's deletion is in progress, and fails", func(_ *account, s *stack) {
			s.Log(ago(time.Second), resource.Resource{}, "DELETE_IN_PROGRESS").Token = "colleague"
			s.Log(soon(9*time.Second), resource.Resource{}, "DELETE_FAILED").Token = "colleague"
		}, types.StackStatusDeleteFailed, 20 * time.Second},
		{"a colleague's deletion begins just before, and fails", func(a *account, s *stack) {
			a.Before("CloudFormation.DeleteStack", func() {
				s.Log(time.Now(), resource.Resource{}, "DELETE_IN_PROGRESS").Token = "colleague"
				s.Log(soon(9*time.Second), resource.Resource{}, "DELETE_FAILED").Token = "colleague"
			})
		}, types.StackStatusDeleteFailed, time.Minute},
		{"CloudFormation gives it up", func(_ *account, s *stack) {
			s.GivesUp = "Export x cannot be deleted as it is in use"
		}, types.StackStatusUpdateComplete, 10 * time.Second},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				a, s := deployed(t)
				test.prepare(a, s)
				plan, begin := look(t, a), time.Now()
				report, err := execute(t, a, plan, Options{})
				if took := time.Since(begin); took > test.within {
					t.Errorf("it took %v", took)
				}
				failed := (*FailedError)(nil)
				switch {
				case test.failed == "":
					if err != nil {
						t.Fatal(err)
					}
					requireSame(t, "the states", allIn(Gone, nil), states(report.Items))
				case !errors.As(err, &failed) || failed.Status != test.failed:
					t.Errorf("the error is %v, want one of %s", err, test.failed)
				}
				if len(s.Tokens) != 1 || !strings.HasPrefix(s.Tokens[0], "retrycatch-") {
					t.Errorf("the tokens are %v", s.Tokens)
				}
			})
		})
	}
}

func TestDeletionFailed(t *testing.T) {
	bubble(t, func(t *testing.T) {
		a, s := deployed(t)
		a.Thing(role).Managed = []string{readOnly}
		begin := time.Now()
		report, err := execute(t, a, look(t, a), Options{})
		failed := (*FailedError)(nil)
		if !errors.As(err, &failed) {
			t.Fatalf("the error is %v", err)
		}
		requireText(t, failed.Error(), "it is DELETE_FAILED", "failed to delete: [", "AWS::IAM::Role",
			"must detach all policies first")
		requireSame(t, "the states", allIn(Gone, map[resource.Resource]Now{role: Left}), states(report.Items))
		requireSame(t, "the modes", []types.DeletionMode{types.DeletionModeStandard}, s.Modes)
		if took := time.Since(begin); took > 10*time.Second {
			t.Errorf("it waited %v for a resource that will not go", took)
		}
	})
}

func TestRoleARN(t *testing.T) {
	bubble(t, func(t *testing.T) {
		a, s := deployed(t)
		a.Thing(role).Stuck = "no"
		destroy(t, a, Options{Force: true, RoleARN: "arn:aws:iam::111122223333:role/other"})
		requireSame(t, "the roles", slices.Repeat([]string{"arn:aws:iam::111122223333:role/other"}, 3), s.Roles)
	})
}

func TestNothingIsDeleted(t *testing.T) {
	tests := []struct {
		name    string
		prepare func(*account, *stack)
		want    func(error) bool
		states  map[resource.Resource]Now
	}{
		{"an execution cannot be stopped", func(a *account, _ *stack) {
			a.Thing(machine).Running = []string{"first"}
			a.On("SFN.StopExecution", awsstub.Error(http.StatusBadRequest, "ValidationException", "no"))
			a.On("SFN.DescribeExecution", awsstub.JSON(`{"status": "RUNNING"}`))
		}, func(err error) bool { return err != nil }, map[resource.Resource]Now{}},
		{"a hold cannot be lifted", func(a *account, _ *stack) {
			a.Thing(role).Managed = []string{readOnly}
			a.Deny("IAM.DetachRolePolicy")
		}, session.Denied, map[resource.Resource]Now{}},
		{"DeleteStack is refused", func(_ *account, s *stack) {
			s.Refuses = "Role is invalid or cannot be assumed"
		}, func(err error) bool {
			return err != nil && strings.Contains(err.Error(), "cannot be assumed")
		}, allIn(Left, nil)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				a, s := deployed(t)
				test.prepare(a, s)
				report, err := execute(t, a, look(t, a), Options{Force: true})
				if !test.want(err) {
					t.Errorf("the error is %v", err)
				}
				if len(a.Changes) > 0 {
					t.Errorf("it changed %v", a.Changes)
				}
				requireSame(t, "the states", test.states, states(report.Items))
			})
		})
	}
}

func TestStackReplacedSinceThePlan(t *testing.T) {
	bubble(t, func(t *testing.T) {
		a, s := deployed(t)
		plan := look(t, a)
		remembered(s, ago(0), nil)
		for _, r := range all {
			a.Thing(r).Until = ago(0)
		}
		a.Deploy("retrycatch", ago(0), all...)
		time.Sleep(time.Minute)
		report, err := execute(t, a, plan, Options{Force: true})
		if err != nil {
			t.Fatal(err)
		}
		requireSame(t, "the changes", []string(nil), a.Changes)
		requireSame(t, "the states", allIn(Foreign, nil), states(report.Items))
	})
}

// If the caller may not stop executions, the state machine is gone when they have ended.
func TestExecutionsGoOn(t *testing.T) {
	tests := []struct {
		name   string
		denied string
		lasts  time.Duration // the deletion of the state machine
		want   Now
	}{
		{"they end soon", "SFN.StopExecution", 2 * time.Minute, Gone},
		{"they go on", "SFN.StopExecution", time.Hour, Left},
		{"they may not be listed either", "SFN.ListExecutions", 2 * time.Minute, Gone},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				a, _ := deployed(t)
				a.Thing(machine).Running, a.Thing(machine).Deleting = []string{"first"}, test.lasts
				a.On("SFN.DescribeExecution", awsstub.JSON(`{"status": "RUNNING"}`))
				a.Deny(test.denied)
				plan := look(t, a)
				if (len(plan.Unread) > 0) != (test.denied == "SFN.ListExecutions") {
					t.Errorf("the plan does not know %v", plan.Unread)
				}
				report, err := execute(t, a, plan, Options{})
				if err != nil || report.Stopped > 0 || !session.Denied(report.Unstopped) {
					t.Errorf("%d executions were stopped: %v, %v", report.Stopped, report.Unstopped, err)
				}
				requireSame(t, "the changes", []string{"DeleteStack retrycatch"}, a.Changes)
				requireSame(t, "the states", allIn(Gone, map[resource.Resource]Now{machine: test.want}),
					states(report.Items))
			})
		})
	}
}
