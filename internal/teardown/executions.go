package teardown

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"

	"retrycatch/internal/resource"
	"retrycatch/internal/session"
	"retrycatch/internal/workflow"
)

const (
	// stopsAtOnce is high enough for thousands of executions, and low enough to avoid throttling:
	// https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
	stopsAtOnce = 10
	// stopRounds limits the rounds per state machine. Otherwise, somebody who keeps starting
	// executions could block the teardown forever.
	stopRounds = 20
)

// stop stops all running executions of state machines. Without permission to stop them, a caller
// can still delete the state machines, which disappear when their executions have ended:
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_DeleteStateMachine.html
func (t *teardown) stop(ctx context.Context, machines ...resource.Resource) error {
	stopped, err := t.stopExecutions(ctx, machines)
	t.report.Stopped += stopped
	if !session.Denied(err) || ctx.Err() != nil {
		return err
	}
	t.report.Unstopped = err
	t.progress.Say("cannot stop the running executions: the credentials may not call " + session.DeniedAction(err))
	return nil
}

// stopExecutions stops all running executions and returns their number. It repeats this until no
// new one runs, because somebody may start more meanwhile. The list may show a stopped execution as
// running for a while.
func (t *teardown) stopExecutions(ctx context.Context, machines []resource.Resource) (int, error) {
	stopped := map[string]bool{}
	for _, machine := range machines {
		for range stopRounds {
			running, err := workflow.Running(ctx, t.cfg, machine.ID)
			if err != nil {
				return len(stopped), err
			}
			running = slices.DeleteFunc(running, func(arn string) bool { return stopped[arn] })
			if len(running) == 0 {
				break
			}
			t.progress.Say(fmt.Sprintf("stopping %d executions of %s", len(running), machine.Name()))
			before := len(stopped)
			// As long as a round stops any execution, the rest get another round.
			if err := t.stopAll(ctx, running, stopped); err != nil && (len(stopped) == before || ctx.Err() != nil) {
				return len(stopped), err
			}
		}
	}
	return len(stopped), nil
}

// stopAll stops executions and adds the stopped ones to a set.
func (t *teardown) stopAll(ctx context.Context, executions []string, stopped map[string]bool) error {
	results := make([]error, len(executions))
	group := errgroup.Group{}
	group.SetLimit(stopsAtOnce)
	for i, arn := range executions {
		group.Go(func() error {
			if results[i] = ctx.Err(); results[i] == nil {
				results[i] = workflow.Stop(ctx, t.cfg, arn, "retrycatch destroy")
			}
			return nil // after an error, still stop the others
		})
	}
	_ = group.Wait()
	var failed []error
	for i, err := range results {
		if err != nil {
			failed = append(failed, err)
			continue
		}
		stopped[executions[i]] = true
	}
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case len(failed) > 1: // the errors are similar
		return fmt.Errorf("%w, and %d more could not be stopped", failed[0], len(failed)-1)
	default:
		return errors.Join(failed...)
	}
}
