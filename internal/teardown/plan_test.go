package teardown

import (
	"slices"
	"testing"
	"time"

	"retrycatch/internal/accountstub"
	"retrycatch/internal/resource"
	"retrycatch/internal/session"
)

func TestRead(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		a, s := deployed(t)
		s.Template = `{"Resources": {"Role": {"Type": "AWS::IAM::RolePolicy", "Properties": {"PolicyName": "own"}}}}`
		a.FirstInstance(role).ManagedPolicies, a.FirstInstance(role).InlinePolicies = []string{readOnly}, []string{"own"}
		a.FirstInstance(group).Protected = true
		a.FirstInstance(machine).RunningExecutions = []string{"first", "second"}
		plan := readPlan(t, a)
		requireSame(t, "the items", allIn(Remaining, nil), states(plan.Items))
		requireSame(t, "the executions", []string{"first", "second"}, plan.Running)
		var holds []string
		for _, hold := range plan.Holds {
			holds = append(holds, hold.String())
		}
		requireSame(t, "the holds", []string{
			"the IAM role lambda_basic_execution has the policy " + readOnly + ", which the stack did not attach",
			"the log group /aws/lambda/MockAPIFunction has deletion protection"}, holds)
		if plan.Stack.ARN != s.ARN || len(plan.Warnings)+len(plan.Removable()) > 0 || len(a.Changes) > 0 {
			t.Errorf("got plan %+v and changes %v, want a complete plan and no changes", plan, a.Changes)
		}
	})
}

func TestReadEmptyAccount(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		begin := time.Now()
		plan := readPlan(t, accountstub.New(t))
		if plan.Stack != nil || plan.Known() || plan.Last() != nil || len(plan.Items) > 0 || time.Since(begin) > 0 {
			t.Errorf("got plan %+v after %v, want an empty plan without a wait", plan, time.Since(begin))
		}
	})
}

func TestReadForeignStack(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		a, s := deployed(t)
		s.Tags = nil
		if plan := readPlan(t, a); plan.Stack == nil || plan.Stack.Ours() {
			t.Errorf("got plan %+v, want one with a foreign stack", plan)
		}
		requireSame(t, "the calls", []string{"CloudFormation.DescribeStacks"}, a.CalledOperations())
	})
}

func TestReadWaitsForTaggedStack(t *testing.T) {
	tagged := map[string]string{"Project": "retrycatch", "Stack": "retrycatch", "Region": "eu-west-1"}
	tests := []struct {
		name   string
		tags   map[string]string
		waits  bool
		exists bool // the stack exists
	}{
		{"role of the stack", tagged, true, true},
		{"role of a missing stack", tagged, true, false},
		{"role of another region",
			map[string]string{"Project": "retrycatch", "Stack": "retrycatch", "Region": "us-east-1"}, false, false},
		{"role of another stage", map[string]string{"Project": "retrycatch", "Stack": "retrycatch-dev"}, false,
			false},
		{"somebody else's role", nil, false, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				a := accountstub.New(t)
				if test.exists {
					a.Deploy("retrycatch", ago(2*time.Second), all...)
					a.StaleDuration = 4 * time.Second // the stack seems missing for two seconds
				}
				a.Add(role, instance{Created: ago(time.Second), Tags: test.tags})
				begin := time.Now()
				plan := readPlan(t, a)
				if exists := plan.Stack != nil; exists != test.exists {
					t.Errorf("the plan has a stack: got %t, want %t; plan: %+v", exists, test.exists, plan)
				}
				took := time.Since(begin)
				if waited := took > 0; waited != test.waits {
					t.Errorf("Read waited for the stack: got %t, want %t", waited, test.waits)
				}
				if took > 10*time.Second {
					t.Errorf("got duration %v, want at most 10s", took)
				}
			})
		})
	}
}

func TestReadDenied(t *testing.T) {
	tests := []struct {
		name   string
		denied string
		action string
	}{
		{"template", "CloudFormation.GetTemplate", "cloudformation:GetTemplate"},
		{"holds", "IAM.ListAttachedRolePolicies", "iam:ListAttachedRolePolicies"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				a, _ := deployed(t)
				a.FirstInstance(role).ManagedPolicies = []string{readOnly}
				a.Deny(test.denied)
				plan := readPlan(t, a)
				if len(plan.Warnings) != 1 || session.DeniedAction(plan.Warnings[0]) != test.action || len(plan.Holds) > 0 {
					t.Errorf("got warnings %v and holds %v, want a denied call to %s and no holds", plan.Warnings, plan.Holds,
						test.action)
				}
				a.FirstInstance(role).ManagedPolicies = nil
				report, err := execute(t, a, plan, Options{})
				if err != nil {
					t.Fatal(err)
				}
				requireSame(t, "the states", allIn(Gone, nil), states(report.Items))
			})
		})
	}
}

func TestReadWithoutAccess(t *testing.T) {
	for _, denied := range []string{"CloudFormation.DescribeStacks", "CloudFormation.ListStackResources",
		"CloudFormation.DescribeStackEvents", "CloudFormation.ListStacks"} {
		t.Run(denied, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				a, _ := deployed(t)
				a.Deny(denied)
				if _, err := Read(t.Context(), a.Config(), target()); !session.Denied(err) {
					t.Errorf("got error %v, want a denied call", err)
				}
			})
		})
	}
}

func TestReadWithExpiredCredentials(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		a := accountstub.New(t)
		a.BeforeNext("Lambda.GetFunctionConfiguration", func() { a.CredentialsExpireAt = time.Now() })
		if _, err := Read(t.Context(), a.Config(), target()); !session.AccessLost(err) {
			t.Errorf("got error %v, want expired credentials", err)
		}
	})
}

func TestResourcesAddedAfterPlan(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		a, s := deployed(t)
		plan := readPlan(t, a)
		topic := resource.Resource{Kind: resource.Topic, ID: "arn:aws:sns:eu-west-1:111122223333:retrycatch-alarms"}
		s.AddCreationEvents(ago(time.Minute), topic)
		a.Add(topic, instance{Created: ago(time.Minute), VisibleAfterDeletion: 5 * time.Second})
		report, err := execute(t, a, plan, Options{})
		if err != nil {
			t.Fatal(err)
		}
		requireSame(t, "the states", allIn(Gone, map[resource.Resource]State{topic: Gone}), states(report.Items))
		if !slices.IsSortedFunc(report.Items, byName) {
			t.Errorf("got items %v, want them sorted", report.Items)
		}
	})
}
