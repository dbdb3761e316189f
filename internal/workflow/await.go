package workflow

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"retrycatch/internal/history"
)

// How often an execution is asked whether it has ended, when it is one of many: GetExecutionHistory refills 20 calls a
// second for the whole account and region.
const (
	sparsely = 500 * time.Millisecond
	rarely   = 5 * time.Second

	failedInARow = 10 // reads on which the SDK may give up, after its own retries
)

// Await waits for the end of an execution with few calls. Expected is how long it may take, zero where nobody knows:
// nothing is asked before. An execution that takes longer mostly takes little longer, so it is asked for again a quarter
// of that time later, if that is sooner than usual.
//
// Unlike Follow, it believes the history alone: DescribeExecution would double the calls, and has a smaller quota. The
// history's last event has the status, the output and the error, none of them truncated:
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEventExecutionDataDetails.html
func Await(ctx context.Context, cfg aws.Config, arn string, expected time.Duration) (history.Execution, error) {
	early, failed, known := unknownAtFirst, 0, false
	again := cmp.Or(min(expected/4, sparsely), sparsely)
	for wait := cmp.Or(expected, sparsely); ; wait, again = again, min(max(again*3/2, sparsely), rarely) {
		select {
		case <-ctx.Done():
			return history.Execution{}, ctx.Err()
		case <-time.After(wait):
		}
		events, err := Events(ctx, cfg, arn)
		unknown := (*types.ExecutionDoesNotExist)(nil)
		switch {
		case err == nil:
			if execution := history.New(events); execution.Ended() {
				return execution, nil
			}
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

// Transient says whether a call that failed may succeed when it is made again, as after throttling, a broken connection
// or a fault of AWS. The SDK has made it a few times by then.
func Transient(err error) bool {
	return !errors.Is(err, context.Canceled) && retry.IsErrorRetryables(retry.DefaultRetryables).IsErrorRetryable(err).Bool()
}
