package workflow

import (
	"context"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
)

const (
	transientWait       = 500 * time.Millisecond // wait before each retry
	maxTransientRetries = 10
)

// Transient reports whether a failed call may succeed later. Examples are throttling, a broken
// connection and an internal error of AWS.
func Transient(err error) bool {
	return !errors.Is(err, context.Canceled) &&
		retry.IsErrorRetryables(retry.DefaultRetryables).IsErrorRetryable(err).Bool()
}

// retryTransient makes a call, and repeats it after a transient error. The SDK makes its own
// retries first.
func retryTransient(ctx context.Context, call func() error) error {
	for failed := 0; ; failed++ {
		err := call()
		if err == nil || failed == maxTransientRetries || !Transient(err) {
			return err
		}
		if err := pause(ctx, transientWait); err != nil {
			return err
		}
	}
}
