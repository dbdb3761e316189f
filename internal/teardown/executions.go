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
	// maxConcurrentStops is high enough to stop thousands of executions quickly, and low enough to
	// avoid throttling:
	// https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
	maxConcurrentStops = 10
	// maxStopRounds limits the rounds per state machine, so that somebody who keeps starting
	// executions cannot block the teardown.
	maxStopRounds = 20
)

// stopIfPermitted stops all running executions of the state machines. If the credentials do not
// permit this, stopIfPermitted only reports it. The teardown can still delete the state machines,
// which disappear when their executions have ended:
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_DeleteStateMachine.html
func (t *teardown) stopIfPermitted(ctx context.Context, machines ...resource.Resource) error {
	stopped, err := t.stopExecutions(ctx, machines)
	t.report.Stopped += stopped
	if !session.Denied(err) || ctx.Err() != nil {
		return err
	}
	t.report.StopErr = err
	t.progress.Say("cannot stop the running executions: the credentials cannot call " + session.DeniedAction(err))
	return nil
}

// stopExecutions stops all running executions of the state machines, and returns how many it has
// stopped. It lists the executions again until it finds no more to stop, because somebody may start
// more in the meantime. It ignores the executions that it has stopped, because ListExecutions may
// still list them as running.
func (t *teardown) stopExecutions(ctx context.Context, machines []resource.Resource) (int, error) {
	stopped := map[string]bool{}
	for _, machine := range machines {
		for range maxStopRounds {
			running, err := workflow.Running(ctx, t.cfg, machine.ID)
			if err != nil {
				return len(stopped), err
			}
			running = slices.DeleteFunc(running, func(arn string) bool { return stopped[arn] })
			if len(running) == 0 {
				break
			}
			t.progress.Say(fmt.Sprintf("stopping the running executions of %s: %d", machine.Name(), len(running)))
			before := len(stopped)
			// After a failure, retry as long as each round stops at least one execution.
			if err := t.stopConcurrently(ctx, running, stopped); err != nil && (len(stopped) == before || ctx.Err() != nil) {
				return len(stopped), err
			}
		}
	}
	return len(stopped), nil
}

// stopConcurrently stops executions, and adds each stopped execution to stopped.
func (t *teardown) stopConcurrently(ctx context.Context, executions []string, stopped map[string]bool) error {
	results := make([]error, len(executions))
	group := errgroup.Group{}
	group.SetLimit(maxConcurrentStops)
	for i, arn := range executions {
		group.Go(func() error {
			if results[i] = ctx.Err(); results[i] == nil {
				results[i] = workflow.Stop(ctx, t.cfg, arn, "retrycatch destroy")
			}
			return nil // stop the others even if this stop failed
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
	case len(failed) > 1: // show one error, because all are probably alike
		return fmt.Errorf("%w; %d more could not be stopped", failed[0], len(failed)-1)
	default:
		return errors.Join(failed...)
	}
}
