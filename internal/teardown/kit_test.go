package teardown

import (
	"maps"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/accountstub"
	"retrycatch/internal/awsstub"
	"retrycatch/internal/inventory"
	"retrycatch/internal/resource"
)

type (
	account  = accountstub.Account
	stack    = accountstub.Stack
	instance = accountstub.Instance
)

var (
	role  = resource.Resource{Kind: resource.Role, ID: "lambda_basic_execution"}
	group = resource.Resource{Kind: resource.LogGroup, ID: "/aws/lambda/MockAPIFunction"}
	// vended is the log group of the state machine. AWS calls such logs vended logs.
	vended  = resource.Resource{Kind: resource.LogGroup, ID: "/aws/vendedlogs/states/MyAPIStateMachine"}
	fn      = resource.Resource{Kind: resource.Function, ID: "MockAPIFunction"}
	machine = resource.Resource{Kind: resource.StateMachine, ID: awsstub.StateMachineARN}
	queue   = resource.Resource{Kind: "AWS::SQS::Queue", ID: "https://sqs/111122223333/added"}
	all     = []resource.Resource{role, group, vended, fn, machine}
)

// readOnly is the ARN of a policy that no stack template in these tests contains.
const readOnly = "arn:aws:iam::aws:policy/ReadOnlyAccess"

// inBubble runs a test in a bubble of package testing/synctest, which has a fake clock.
func inBubble(t *testing.T, test func(t *testing.T)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, test)
}

func ago(d time.Duration) time.Time  { return time.Now().Add(-d) }
func soon(d time.Duration) time.Time { return time.Now().Add(d) }

// deployed returns an account with a stack that was deployed an hour ago.
func deployed(t *testing.T, more ...resource.Resource) (*account, *stack) {
	a := accountstub.New(t)
	return a, a.Deploy("retrycatch", ago(time.Hour), append(append([]resource.Resource{}, all...), more...)...)
}

// addDeletion adds the events of a stack's deletion. The default status of a resource is
// DELETE_COMPLETE.
func addDeletion(s *stack, at time.Time, statuses map[resource.Resource]string) {
	for _, r := range all {
		status := statuses[r]
		if status == "" {
			status = "DELETE_COMPLETE"
		}
		s.AddEvent(at, r, status)
	}
	s.AddEvent(at, resource.Resource{}, "DELETE_COMPLETE")
}

// retain gives the stack a template that sets a resource's DeletionPolicy to Retain.
func retain(s *stack, r resource.Resource) {
	s.Template = `{"Resources": {"` + accountstub.LogicalID(r) + `": {"DeletionPolicy": "Retain"}}}`
}

func target() Target { return Target{StackName: "retrycatch", Function: fn.ID, Expected: all} }

func readPlan(t *testing.T, a *account) Plan {
	t.Helper()
	plan, err := Read(t.Context(), a.Config(), target())
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

func execute(t *testing.T, a *account, plan Plan, o Options) (Report, error) {
	t.Helper()
	return Execute(t.Context(), a.Config(), plan, o, logged{t: t})
}

// silent discards a teardown's progress.
type silent struct{}

func (silent) Say(string)            {}
func (silent) Event(inventory.Event) {}
func (silent) ShowItem(Item)         {}
func (silent) Waiting(int, int)      {}

// logged writes a teardown's progress to a test's log.
type logged struct {
	silent
	t *testing.T
}

func (l logged) Say(line string)         { l.t.Log(time.Now().Format("05.000"), line) }
func (l logged) Event(e inventory.Event) { l.Say(e.String()) }

// destroy reads and executes a plan, and fails the test on an error.
func destroy(t *testing.T, a *account, o Options) Report {
	t.Helper()
	report, err := execute(t, a, readPlan(t, a), o)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// states maps each resource to its state.
func states(items []Item) map[resource.Resource]State {
	found := map[resource.Resource]State{}
	for _, item := range items {
		found[item.Resource] = item.State
	}
	return found
}

// allIn maps each resource in all to the given state. The entries of except replace or extend the
// result.
func allIn(state State, except map[resource.Resource]State) map[resource.Resource]State {
	found := map[resource.Resource]State{}
	for _, r := range all {
		found[r] = state
	}
	maps.Copy(found, except)
	return found
}

func find(t *testing.T, items []Item, r resource.Resource) Item {
	t.Helper()
	for _, item := range items {
		if item.Resource == r {
			return item
		}
	}
	t.Fatalf("got no item for the %s", r)
	return Item{}
}

func requireSame(t *testing.T, what string, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s differ (-want +got):\n%s", what, diff)
	}
}

func requireText(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%q does not contain %q", text, part)
		}
	}
}
