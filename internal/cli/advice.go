package cli

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"retrycatch/internal/inventory"
	"retrycatch/internal/problem"
	"retrycatch/internal/resource"
	"retrycatch/internal/session"
)

// advice is about executions that did not behave as expected.
type advice struct {
	causes []string // faults of the state machine and the function, and parts that could not be read
	next   string
	again  string // this very command line
	stop   string // the AWS CLI's command line that stops an execution, but for its ARN
}

// advise examines everything that an execution depends on. Where it finds no fault, the execution
// itself has the reason, unless something could not be examined.
func (t *target) advise(ctx context.Context, stack *inventory.Stack, execution string) advice {
	look := advice{next: t.Command("inspect " + execution)}
	record, err := inventory.ReadRecord(ctx, t.Config, stack)
	if session.Denied(err) {
		look.causes = []string{inWords(err)}
	}
	if err != nil {
		return look
	}
	examined, err := t.examine(ctx, record, resource.StateMachine, resource.Function, resource.Role)
	if err != nil {
		return look
	}
	found := diagnose(examined)
	look.causes = append(found.faults, denials(record, examined)...)
	if doubt := found.doubt(); doubt != "" {
		look.causes = append(look.causes, doubt)
	}
	if len(found.faults) > 0 {
		look.next = t.repair(record, found.revertible)
	}
	return look
}

// explainStart explains why nothing could be started. A deployment does not create a state machine
// anew that its stack has.
func (t *target) explainStart(ctx context.Context, stack *inventory.Stack, err error) error {
	if missing := (*types.StateMachineDoesNotExist)(nil); errors.As(err, &missing) {
		p := &problem.Problem{What: "the stack is there, but its state machine is not", Err: missing,
			Next: t.Command("status")}
		if record, err := inventory.ReadRecord(ctx, t.Config, stack); err == nil {
			p.Next = t.repair(record, true)
		}
		return p
	}
	if deleting := (*types.StateMachineDeleting)(nil); errors.As(err, &deleting) {
		return &problem.Problem{What: "the state machine is being deleted", Err: deleting, Next: t.Command("status")}
	}
	return session.Explain(err)
}

// nextOf returns the next step of an error that has one, or another.
func nextOf(err error, otherwise string) string {
	if p := (*problem.Problem)(nil); errors.As(err, &p) {
		return p.Next
	}
	return otherwise
}
