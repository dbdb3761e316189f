package workflow

import (
	"context"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
)

// The SDK gives up on a call after its own retries. A call that may still succeed is made again.
const (
	sparsely     = 500 * time.Millisecond // between two such calls
	failedInARow = 10                     // of them
)

// Transient says whether a call that failed may succeed when it is made again, as after throttling,
// a broken connection or a fault of AWS. The SDK has made it a few times by then.
func Transient(err error) bool {
	return !errors.Is(err, context.Canceled) &&
		retry.IsErrorRetryables(retry.DefaultRetryables).IsErrorRetryable(err).Bool()
}

// persist makes a call again while it may still succeed.
func persist(ctx context.Context, call func() error) error {
	for failed := 0; ; failed++ {
		err := call()
		if err == nil || failed == failedInARow || !Transient(err) {
			return err
		}
		if err := pause(ctx, sparsely); err != nil {
			return err
		}
	}
}
