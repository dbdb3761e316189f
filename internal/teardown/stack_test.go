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
	inBubble(t, func(t *testing.T) {
		a, _ := deployed(t)
		a.FirstInstance(machine).RunningExecutions = []string{"first", "second"}
		begin := time.Now()
		report := destroy(t, a, Options{})
		if took := time.Since(begin); took < settleTime {
			t.Errorf("got duration %v, want at least settleTime %v", took, settleTime)
		}
		if report.Stopped != 2 || report.Stack == nil || report.Stack.Name != "retrycatch" {
			t.Errorf("got report %+v, want the stack and 2 stopped executions", report)
		}
		slices.Sort(a.Changes[:2]) // the stops are concurrent
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
			if got[item.Resource.Name()] = item.Proof; item.State != Gone || item.Fate != WithStack {
				t.Errorf("the %s: got state %q and fate %q, want %q and %q", item.Resource, item.State, item.Fate,
					Gone, WithStack)
			}
		}
		requireSame(t, "the proofs", want, got)
	})
}

// logOlderFailure logs a failed deletion that another request started.
func logOlderFailure(s *stack, at time.Time) {
	s.AddEvent(at, resource.Resource{}, "DELETE_IN_PROGRESS").Token = "older"
	s.AddEvent(at.Add(time.Second), role, "DELETE_FAILED").Token = "older"
	s.AddEvent(at.Add(2*time.Second), resource.Resource{}, "DELETE_FAILED").Token = "older"
}

func TestDeletion(t *testing.T) {
	tests := []struct {
		name    string
		prepare func(*account, *stack)
		failed  types.StackStatus // final status of a failed deletion; empty if the deletion succeeds
		within  time.Duration     // maximum duration of the teardown
	}{
		{"stale status", func(a *account, _ *stack) {
			a.StaleDuration = 20 * time.Second
		}, "", 20 * time.Second},
		{"stale failure of an older request", func(a *account, s *stack) {
			logOlderFailure(s, ago(time.Minute))
			a.StaleDuration = 20 * time.Second
		}, "", 20 * time.Second},
		{"late events of an older request", func(_ *account, s *stack) {
			logOlderFailure(s, ago(time.Minute))
			s.AddEvent(soon(700*time.Millisecond), resource.Resource{}, "DELETE_FAILED").Token = "older"
		}, "", 20 * time.Second},
		{"failure", func(a *account, _ *stack) {
			a.FirstInstance(role).DeletionError = "cannot be deleted"
		}, types.StackStatusDeleteFailed, 10 * time.Second},
		{"no tokens", func(a *account, _ *stack) {
			a.OmitsTokens = true
		}, "", 10 * time.Second},
		{"no tokens, failure", func(a *account, _ *stack) {
			a.OmitsTokens, a.FirstInstance(role).DeletionError = true, "cannot be deleted"
		}, types.StackStatusDeleteFailed, 10 * time.Second},
		{"no events", func(a *account, _ *stack) {
			a.OmitsEvents = true
		}, "", 10 * time.Second},
		{"no events, failure", func(a *account, _ *stack) {
			a.OmitsEvents, a.FirstInstance(role).DeletionError = true, "cannot be deleted"
		}, types.StackStatusDeleteFailed, time.Minute},
		{"deleted stacks not listed", func(a *account, _ *stack) {
			a.HidesDeletedStacks = true
		}, "", 10 * time.Second},
		{"colleague's deletion in progress, failure", func(_ *account, s *stack) {
			s.AddEvent(ago(time.Second), resource.Resource{}, "DELETE_IN_PROGRESS").Token = "colleague"
			s.AddEvent(soon(9*time.Second), resource.Resource{}, "DELETE_FAILED").Token = "colleague"
		}, types.StackStatusDeleteFailed, 20 * time.Second},
		{"colleague's deletion begins first, failure", func(a *account, s *stack) {
			a.BeforeNext("CloudFormation.DeleteStack", func() {
				s.AddEvent(time.Now(), resource.Resource{}, "DELETE_IN_PROGRESS").Token = "colleague"
				s.AddEvent(soon(9*time.Second), resource.Resource{}, "DELETE_FAILED").Token = "colleague"
			})
		}, types.StackStatusDeleteFailed, time.Minute},
		{"CloudFormation gives up", func(_ *account, s *stack) {
			s.AbandonReason = "Export x cannot be deleted as it is in use"
		}, types.StackStatusUpdateComplete, 10 * time.Second},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				a, s := deployed(t)
				test.prepare(a, s)
				plan, begin := readPlan(t, a), time.Now()
				report, err := execute(t, a, plan, Options{})
				if took := time.Since(begin); took > test.within {
					t.Errorf("got duration %v, want at most %v", took, test.within)
				}
				failed := (*FailedError)(nil)
				switch {
				case test.failed == "":
					if err != nil {
						t.Fatal(err)
					}
					requireSame(t, "the states", allIn(Gone, nil), states(report.Items))
				case !errors.As(err, &failed) || failed.Status != test.failed:
					t.Errorf("got error %v, want a *FailedError with status %s", err, test.failed)
				}
				if len(s.Tokens) != 1 || !strings.HasPrefix(s.Tokens[0], "retrycatch-") {
					t.Errorf("got tokens %v, want one with the prefix retrycatch-", s.Tokens)
				}
			})
		})
	}
}

func TestDeletionFailed(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		a, s := deployed(t)
		a.FirstInstance(role).ManagedPolicies = []string{readOnly}
		begin := time.Now()
		report, err := execute(t, a, readPlan(t, a), Options{})
		failed := (*FailedError)(nil)
		if !errors.As(err, &failed) {
			t.Fatalf("got error %v, want a *FailedError", err)
		}
		requireText(t, failed.Error(), "its status is DELETE_FAILED", "failed to delete: [", "AWS::IAM::Role",
			"must detach all policies first")
		requireSame(t, "the states", allIn(Gone, map[resource.Resource]State{role: Remaining}), states(report.Items))
		requireSame(t, "the modes", []types.DeletionMode{types.DeletionModeStandard}, s.Modes)
		if took := time.Since(begin); took > 10*time.Second {
			t.Errorf("got duration %v, want at most 10s after a failed deletion", took)
		}
	})
}

func TestRoleARN(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		a, s := deployed(t)
		a.FirstInstance(role).DeletionError = "cannot be deleted"
		destroy(t, a, Options{Force: true, RoleARN: "arn:aws:iam::111122223333:role/other"})
		requireSame(t, "the roles", slices.Repeat([]string{"arn:aws:iam::111122223333:role/other"}, 3), s.Roles)
	})
}

func TestNothingDeleted(t *testing.T) {
	tests := []struct {
		name    string
		prepare func(*account, *stack)
		want    func(error) bool
		states  map[resource.Resource]State
	}{
		{"execution cannot be stopped", func(a *account, _ *stack) {
			a.FirstInstance(machine).RunningExecutions = []string{"first"}
			a.On("SFN.StopExecution", awsstub.Error(http.StatusBadRequest, "ValidationException", "not possible"))
			a.On("SFN.DescribeExecution", awsstub.JSON(`{"status": "RUNNING"}`))
		}, func(err error) bool { return err != nil }, map[resource.Resource]State{}},
		{"hold cannot be removed", func(a *account, _ *stack) {
			a.FirstInstance(role).ManagedPolicies = []string{readOnly}
			a.Deny("IAM.DetachRolePolicy")
		}, session.Denied, map[resource.Resource]State{}},
		{"DeleteStack rejected", func(_ *account, s *stack) {
			s.DeleteStackError = "Role is invalid or cannot be assumed"
		}, func(err error) bool {
			return err != nil && strings.Contains(err.Error(), "cannot be assumed")
		}, allIn(Remaining, nil)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				a, s := deployed(t)
				test.prepare(a, s)
				report, err := execute(t, a, readPlan(t, a), Options{Force: true})
				if !test.want(err) {
					t.Errorf("got error %v, want the error of the failed call", err)
				}
				if len(a.Changes) > 0 {
					t.Errorf("got changes %v, want none", a.Changes)
				}
				requireSame(t, "the states", test.states, states(report.Items))
			})
		})
	}
}

func TestStackReplacedAfterPlan(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		a, s := deployed(t)
		plan := readPlan(t, a)
		addDeletion(s, ago(0), nil)
		for _, r := range all {
			a.FirstInstance(r).Deleted = ago(0)
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

// TestExecutionsContinue denies the calls that stop executions. The state machine disappears when
// its executions have ended.
func TestExecutionsContinue(t *testing.T) {
	tests := []struct {
		name   string
		denied string
		lasts  time.Duration // duration of the state machine's deletion
		want   State
	}{
		{"executions end soon", "SFN.StopExecution", 2 * time.Minute, Gone},
		{"executions run for an hour", "SFN.StopExecution", time.Hour, Remaining},
		{"executions cannot be listed", "SFN.ListExecutions", 2 * time.Minute, Gone},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				a, _ := deployed(t)
				m := a.FirstInstance(machine)
				m.RunningExecutions, m.DeletionDuration = []string{"first"}, test.lasts
				a.On("SFN.DescribeExecution", awsstub.JSON(`{"status": "RUNNING"}`))
				a.Deny(test.denied)
				plan := readPlan(t, a)
				listDenied := test.denied == "SFN.ListExecutions"
				if warned := len(plan.Warnings) > 0; warned != listDenied {
					t.Errorf("the plan has warnings: got %t, want %t; warnings: %v", warned, listDenied, plan.Warnings)
				}
				report, err := execute(t, a, plan, Options{})
				if err != nil || report.Stopped > 0 || !session.Denied(report.StopErr) {
					t.Errorf("got %d stopped executions, StopErr %v and error %v, want only a denied call in StopErr",
						report.Stopped, report.StopErr, err)
				}
				requireSame(t, "the changes", []string{"DeleteStack retrycatch"}, a.Changes)
				requireSame(t, "the states", allIn(Gone, map[resource.Resource]State{machine: test.want}),
					states(report.Items))
			})
		})
	}
}
