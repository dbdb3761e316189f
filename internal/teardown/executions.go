package teardown

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"

	"retrycatch/internal/inventory"
	"retrycatch/internal/workflow"
)

const (
	// stopsAtOnce keeps some thousand executions from taking all day, and Step Functions from throttling every call:
	// https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
	stopsAtOnce = 10
	// stopRounds limits how often it looks again. Who starts executions all the time will not let the teardown end.
	stopRounds = 20
)

// stopExecutions stops what runs, and looks again until nothing new does: executions may be started meanwhile, and the
// list shows one that is stopped as running for a while. It returns how many it has stopped.
func stopExecutions(ctx context.Context, cfg aws.Config, resources []inventory.Resource, progress Progress) (int, error) {
	stopped := map[string]bool{}
	for _, resource := range resources {
		if resource.Kind != inventory.StateMachine {
			continue
		}
		for range stopRounds {
			running, err := workflow.Running(ctx, cfg, resource.ID)
			if err != nil {
				return len(stopped), err
			}
			running = slices.DeleteFunc(running, func(arn string) bool { return stopped[arn] })
			if len(running) == 0 {
				break
			}
			progress(fmt.Sprintf("stopping %d executions of %s", len(running), resource.Name()))
			before := len(stopped)
			// Those that could not be stopped have another turn, as long as others can.
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
