package cli

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"retrycatch/internal/health"
	"retrycatch/internal/inventory"
	"retrycatch/internal/problem"
	"retrycatch/internal/resource"
	"retrycatch/internal/session"
	"retrycatch/internal/view"
)

// advice explains why executions did not behave as expected, and holds the next command.
type advice struct {
	view.Diagnosis
	next string
}

// advise examines everything that an execution depends on. If it finds no fault, and could examine
// everything, the cause is in the execution itself.
func (t *target) advise(ctx context.Context, stack *inventory.Stack, execution string) advice {
	look := advice{next: t.inspectCommand(execution)}
	record, err := inventory.ReadRecord(ctx, t.Config, stack)
	if session.Denied(err) {
		look.Unread = []string{view.Reason(err)}
	}
	if err != nil {
		return look
	}
	examined, err := health.Examine(ctx, t.Config, record, resource.StateMachine, resource.Function, resource.Role)
	if err != nil {
		return look
	}
	found := health.Diagnose(examined)
	look.Causes, look.Unread = found.Faults, denials(record, examined)
	if doubt := found.UncheckedText(); doubt != "" {
		look.Unread = append(look.Unread, doubt)
	}
	if len(found.Faults) > 0 {
		look.next = t.repairCommand(record, found.Revertible)
	}
	return look
}

// explainStart explains why no execution could be started. Deploying again does not restore a
// deleted state machine while its stack still lists it.
func (t *target) explainStart(ctx context.Context, stack *inventory.Stack, err error) error {
	if missing := (*types.StateMachineDoesNotExist)(nil); errors.As(err, &missing) {
		p := &problem.Problem{What: "the stack exists, but its state machine does not", Err: missing,
			Next: t.Command("status")}
		if record, err := inventory.ReadRecord(ctx, t.Config, stack); err == nil {
			p.Next = t.repairCommand(record, true)
		}
		return p
	}
	if deleting := (*types.StateMachineDeleting)(nil); errors.As(err, &deleting) {
		return &problem.Problem{What: "the state machine is being deleted", Err: deleting, Next: t.Command("status")}
	}
	return err
}

// denials lists what the caller may not read, without duplicates: the template, the drift, and
// resources of kinds that only Cloud Control knows.
func denials(record inventory.Record, resources []health.Resource) []string {
	var lines []string
	if session.Denied(record.TemplateErr) {
		lines = append(lines, view.Reason(record.TemplateErr))
	}
	for _, h := range resources {
		if h.Drift.Denied {
			lines = append(lines, "not compared with the template: "+h.Drift.Reason)
		}
		if !h.Kind.Known() && session.Denied(h.Unknown) {
			lines = append(lines, view.Reason(h.Unknown))
		}
	}
	slices.Sort(lines)
	return slices.Compact(lines)
}

// recheckStep returns the permissions to ask for, if any are missing, and the command that checks
// again.
func (t *target) recheckStep(d health.Diagnosis) string {
	if len(d.Missing) == 0 {
		return t.Command("status")
	}
	return "ask an administrator to allow " + strings.Join(d.Missing, ", ") + "; then " + t.Command("status")
}
