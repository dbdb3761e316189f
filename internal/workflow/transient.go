package workflow

import (
	"context"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
)

// Limits of persist.
const (
	persistWait    = 500 * time.Millisecond // between two calls
	persistRetries = 10                     // calls
)

// Transient reports whether a failed call may succeed later, for example after throttling, a broken
// connection or a fault of AWS.
func Transient(err error) bool {
	return !errors.Is(err, context.Canceled) &&
		retry.IsErrorRetryables(retry.DefaultRetryables).IsErrorRetryable(err).Bool()
}

// persist repeats a call that may still succeed after the SDK's own retries.
func persist(ctx context.Context, call func() error) error {
	for failed := 0; ; failed++ {
		err := call()
		if err == nil || failed == persistRetries || !Transient(err) {
			return err
		}
		if err := pause(ctx, persistWait); err != nil {
			return err
		}
	}
}
