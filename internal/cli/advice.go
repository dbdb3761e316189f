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

// advice explains why executions did not behave as expected.
type advice struct {
	view.Diagnosis
	next string // the next command
}

// advise examines every resource that an execution depends on. If it finds a fault, it suggests a
// repair. Otherwise, it suggests inspecting the execution.
func (t *target) advise(ctx context.Context, stack *inventory.Stack, execution string) advice {
	a := advice{next: t.inspectCommand(execution)}
	record, err := inventory.ReadRecord(ctx, t.Config, stack)
	if session.Denied(err) {
		a.Warnings = []string{view.Reason(err)}
	}
	if err != nil {
		return a
	}
	examined, err := health.Examine(ctx, t.Config, record, resource.StateMachine, resource.Function, resource.Role)
	if err != nil {
		return a
	}
	found := health.Diagnose(examined)
	a.Causes, a.Warnings = found.Faults, denials(record, examined)
	if doubt := found.UncheckedText(); doubt != "" {
		a.Warnings = append(a.Warnings, doubt)
	}
	if len(found.Faults) > 0 {
		a.next = t.repairCommand(record, found.Revertible)
	}
	return a
}

// explainStart explains why no execution could be started. For a deleted state machine, it suggests
// a repair, because a plain deployment does not restore a resource that the stack still lists.
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

// denials lists the denied calls without duplicates: the calls that read the template, the drift,
// and the resources that only Cloud Control can read.
func denials(record inventory.Record, resources []health.Resource) []string {
	var lines []string
	if session.Denied(record.TemplateErr) {
		lines = append(lines, view.Reason(record.TemplateErr))
	}
	for _, h := range resources {
		if h.Drift.Denied {
			lines = append(lines, "not compared with the template: "+h.Drift.Reason)
		}
		if !h.Kind.Known() && session.Denied(h.ObserveErr) {
			lines = append(lines, view.Reason(h.ObserveErr))
		}
	}
	slices.Sort(lines)
	return slices.Compact(lines)
}

// recheckStep returns the next step after an incomplete check: obtain the missing permissions, if
// any, and check again.
func (t *target) recheckStep(d health.Diagnosis) string {
	if len(d.MissingActions) == 0 {
		return t.Command("status")
	}
	return "ask an administrator to allow " + strings.Join(d.MissingActions, ", ") + "; then " + t.Command("status")
}
