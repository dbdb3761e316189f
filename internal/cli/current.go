package cli

import (
	"context"
	"strings"
	"time"

	"retrycatch/internal/inventory"
	"retrycatch/internal/safetext"
	"retrycatch/internal/view"
	"retrycatch/internal/workflow"
)

// maxUpdateAge limits how long an update counts as recent, measured from the update's start. Step
// Functions switches to a new definition within seconds, but an update takes minutes, and this
// machine's clock may be wrong.
const maxUpdateAge = 15 * time.Minute

// firstExecution describes how to start the first execution of a command.
type firstExecution struct {
	stateMachine string              // its ARN
	rename       func(suffix string) // gives the command's executions names with this suffix
	start        workflow.StartFunc
}

// awaitDefinition starts the command's first execution if the state machine was updated recently.
// It restarts the execution under new names until the execution uses the definition of that update.
// It also accepts a definition that was edited after the update, because the user might want to run
// that definition. If it cannot read the definitions, it only warns.
func (a *app) awaitDefinition(ctx context.Context, t *target, stack *inventory.Stack, first firstExecution) error {
	if !strings.HasPrefix(string(stack.Status), "UPDATE_") || time.Since(stack.Updated) > maxUpdateAge {
		return nil
	}
	record, err := inventory.ReadRecord(ctx, t.Config, stack)
	if err != nil {
		return a.warnUnchecked(ctx, err)
	}
	declared, err := record.Definition(first.stateMachine)
	if err != nil {
		return a.warnUnchecked(ctx, err)
	}
	if declared.Updated.Before(stack.Updated) {
		return nil
	}
	var startErr error
	started := false
	attempt := func() (arn string, err error) {
		if started {
			first.rename(newSuffix())
		}
		started = true
		arn, startErr = first.start()
		return arn, startErr
	}
	isCurrent := func(r workflow.Revision) bool {
		return declared.Matches(r.Definition) || !r.Updated.Before(stack.Updated)
	}
	reached, err := workflow.AwaitDefinition(ctx, t.Config, attempt, isCurrent, func() {
		a.console.Progress("The stack was just updated, and Step Functions still uses the previous definition. " +
			"Restarting the execution until it uses the new one.")
	})
	switch {
	case startErr != nil:
		return startErr
	case err != nil:
		return a.warnUnchecked(ctx, err)
	case !reached:
		a.console.Progress("After half a minute, executions still do not use the definition in the template of %s.",
			stack.Name)
	}
	return nil
}

// warnUnchecked warns that the definition in use could not be checked. It returns an error only
// after an interrupt.
func (a *app) warnUnchecked(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	a.console.Progress("Cannot check whether the executions use the definition that was just deployed: %s",
		safetext.Line(view.Explanation(err)))
	return nil
}

// awaitListed waits until Step Functions lists the executions. Until then, "inspect latest" and
// "report" would not find them.
func (a *app) awaitListed(ctx context.Context, t *target, stateMachine string, arns ...string) {
	if len(arns) == 0 || ctx.Err() != nil {
		return
	}
	missing, err := workflow.AwaitListed(ctx, t.Config, stateMachine, arns, func() {
		a.console.Progress("Waiting until Step Functions lists the executions.")
	})
	switch {
	case ctx.Err() != nil:
	case err != nil:
		a.console.Progress("Cannot check whether Step Functions lists the executions yet: %s",
			safetext.Line(view.Explanation(err)))
	case len(missing) > 0:
		a.console.Progress("Step Functions' list still lacks %s. For a while, %s and %s may show older executions.",
			view.Counted(len(missing), "execution"), t.Command("inspect latest"), t.Command("report"))
	}
}
