package teardown

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"

	"retrycatch/internal/resource"
	"retrycatch/internal/session"
	"retrycatch/internal/workflow"
)

const (
	// stopsAtOnce keeps some thousand executions from taking all day, and Step Functions from
	// throttling every call:
	// https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
	stopsAtOnce = 10
	// stopRounds limits the rounds for each state machine. Somebody who keeps starting executions
	// would otherwise block the teardown forever.
	stopRounds = 20
)

// stop stops all running executions of state machines. A caller who may not stop them can still
// delete the state machines: these are gone when their executions have ended.
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_DeleteStateMachine.html
func (r *Report) stop(ctx context.Context, cfg aws.Config, machines []resource.Resource, progress Progress) error {
	stopped, err := stopExecutions(ctx, cfg, machines, progress)
	r.Stopped += stopped
	if !session.Denied(err) || ctx.Err() != nil {
		return err
	}
	r.Unstopped = err
	progress("cannot stop the running executions: the credentials may not call " + session.DeniedAction(err))
	return nil
}

// stopExecutions stops all running executions, and repeats this until no new one runs: somebody may
// start executions meanwhile. The list shows a stopped execution as running for a while. It returns
// the number of stopped executions.
func stopExecutions(ctx context.Context, cfg aws.Config, machines []resource.Resource, progress Progress) (int, error) {
	stopped := map[string]bool{}
	for _, machine := range machines {
		for range stopRounds {
			running, err := workflow.Running(ctx, cfg, machine.ID)
			if err != nil {
				return len(stopped), err
			}
			running = slices.DeleteFunc(running, func(arn string) bool { return stopped[arn] })
			if len(running) == 0 {
				break
			}
			progress(fmt.Sprintf("stopping %d executions of %s", len(running), machine.Name()))
			before := len(stopped)
			// As long as a round stops some executions, the others get another round.
			if err := stopAll(ctx, cfg, running, stopped); err != nil && (len(stopped) == before || ctx.Err() != nil) {
				return len(stopped), err
			}
		}
	}
	return len(stopped), nil
}

func stopAll(ctx context.Context, cfg aws.Config, executions []string, stopped map[string]bool) error {
	var access sync.Mutex // to stopped and errs
	var errs []error
	var stopping sync.WaitGroup
	next := make(chan string)
	for range min(stopsAtOnce, len(executions)) {
		stopping.Go(func() {
			for arn := range next {
				err := workflow.Stop(ctx, cfg, arn, "retrycatch destroy")
				access.Lock()
				if err == nil {
					stopped[arn] = true
				} else {
					errs = append(errs, err)
				}
				access.Unlock()
			}
		})
	}
	for _, arn := range executions {
		if ctx.Err() != nil {
			break
		}
		next <- arn
	}
	close(next)
	stopping.Wait()
	if len(errs) > 1 { // they are alike
		return fmt.Errorf("%w, and %d more could not be stopped", errs[0], len(errs)-1)
	}
	return errors.Join(append(errs, ctx.Err())...)
}
