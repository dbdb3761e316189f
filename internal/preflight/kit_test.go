package preflight

import (
	"errors"
	"strings"
	"testing"
	"time"

	"retrycatch/internal/accountstub"
	"retrycatch/internal/awsstub"
	"retrycatch/internal/deployment"
	"retrycatch/internal/problem"
	"retrycatch/internal/resource"
	"retrycatch/internal/session"
)

type (
	account  = accountstub.Account
	stack    = accountstub.Stack
	instance = accountstub.Instance
)

var (
	expected = resource.Expected(deployment.Deployment{Observability: true,
		AlarmEmail: "a@example.com"}.Stacks()[0].Names,
		resource.Location{Partition: "aws", Region: awsstub.Region, Account: awsstub.Account})
	role    = resource.Resource{Kind: resource.Role, ID: "lambda_basic_execution"}
	group   = resource.Resource{Kind: resource.LogGroup, ID: "/aws/lambda/MockAPIFunction"}
	topic   = resource.Resource{Kind: resource.Topic, ID: awsstub.TopicARN}
	machine = resource.Resource{Kind: resource.StateMachine, ID: awsstub.StateMachineARN}
)

// fakeTarget adds fixed flags to commands.
type fakeTarget struct{}

const flags = " --stage dev --region eu-west-1 --profile work"

func (fakeTarget) Command(name string) string  { return "retrycatch " + name + flags }
func (fakeTarget) AWS(line string) string      { return line + " --region eu-west-1 --profile work" }
func (fakeTarget) OtherStageCommand() string   { return "retrycatch deploy --stage dev-2" }
func (fakeTarget) CDK(arguments string) string { return "npx cdk " + arguments }
func (fakeTarget) RegionalCommand() string {
	return "retrycatch deploy" + flags + " -c regions=eu-west-1"
}

// blocker describes an expected blocker: a part of its text, and its complete next step.
type blocker struct{ what, next string }

func requireBlockers(t *testing.T, got []error, want ...blocker) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("got %d blockers, want %d: %v", len(got), len(want), got)
	}
	for i, err := range got {
		requireProblem(t, err, want[i].what, want[i].next)
	}
}

// requireProblem checks the problem that a command would print for an error.
func requireProblem(t *testing.T, err error, what, next string) {
	t.Helper()
	p := (*problem.Problem)(nil)
	if !errors.As(session.Explain(err), &p) {
		t.Fatalf("got error %v of type %T, want a problem", err, err)
	}
	if !strings.Contains(p.What, what) || p.Next != next {
		t.Errorf("got problem %q and next step %q, want %q and %q", p.What, p.Next, what, next)
	}
}

func ago(d time.Duration) time.Time { return time.Now().Add(-d) }

// deployed returns an account with a stack that was deployed an hour ago.
func deployed(t *testing.T) (*account, *stack) {
	a := accountstub.New(t)
	return a, a.Deploy("retrycatch", ago(time.Hour), expected...)
}

// addDeletion records that the stack was deleted ten minutes ago. The resource in the parameter
// "remaining" still exists, and its event has the given status.
func addDeletion(a *account, s *stack, remaining resource.Resource, status string) {
	for _, r := range expected {
		if r == remaining {
			s.AddEvent(ago(10*time.Minute), r, status)
			continue
		}
		s.AddEvent(ago(10*time.Minute), r, "DELETE_COMPLETE")
		a.DeleteAt(r, ago(10*time.Minute))
	}
	s.AddEvent(ago(10*time.Minute), resource.Resource{}, "DELETE_COMPLETE")
}
