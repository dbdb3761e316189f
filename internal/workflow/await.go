package workflow

import (
	"context"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"retrycatch/internal/history"
)

// How often an execution is asked whether it has ended, when it is one of many: DescribeExecution refills 15 calls a
// second for the whole account and region.
const (
	sparsely = 500 * time.Millisecond
	rarely   = 5 * time.Second

	failedInARow = 10 // reads on which the SDK may give up, after its own retries
)

// Await waits for the end of an execution with few calls, and reads its history once. Expected is how long it may take:
// nothing is asked before. Like Follow, it returns the status, output and error that states:DescribeExecution gives.
func Await(ctx context.Context, cfg aws.Config, arn string, expected time.Duration) (history.Execution, error) {
	early, failed, known := unknownAtFirst, 0, false
	for wait, next := max(expected, sparsely), sparsely; ; wait, next = next, min(next*3/2, rarely) {
		select {
		case <-ctx.Done():
			return history.Execution{}, ctx.Err()
		case <-time.After(wait):
		}
		execution, err := look(ctx, cfg, arn)
		unknown := (*types.ExecutionDoesNotExist)(nil)
		switch {
		case err == nil && execution.Ended():
			return execution, nil
		case err == nil:
			known, failed = true, 0
		case errors.As(err, &unknown) && !known && early > 0: // see Follow
			early--
		case Transient(err) && failed < failedInARow:
			failed++
		default:
			return history.Execution{}, err
		}
	}
}

// look is the whole of an execution that has ended, or one that runs.
func look(ctx context.Context, cfg aws.Config, arn string) (history.Execution, error) {
	running := history.New(nil)
	described, err := describe(ctx, sfn.NewFromConfig(cfg), arn)
	if err != nil || !described.end(running).Ended() {
		return running, err
	}
	events, err := Events(ctx, cfg, arn)
	if err != nil {
		return running, err
	}
	execution := history.New(events)
	if !execution.Ended() {
		return running, nil // the history lags behind
	}
	return described.end(execution), nil
}

// Transient says whether a call that failed may succeed when it is made again, as after throttling, a broken connection
// or a fault of AWS. The SDK has made it a few times by then.
func Transient(err error) bool {
	return !errors.Is(err, context.Canceled) && retry.IsErrorRetryables(retry.DefaultRetryables).IsErrorRetryable(err).Bool()
}
