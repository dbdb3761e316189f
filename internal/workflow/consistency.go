package workflow

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
)

// Step Functions' reads are eventually consistent, within seconds. These limits amount to half a
// minute.
const (
	retryWait   = 2 * time.Second // between two attempts
	maxAttempts = 15              // attempts

	stopLimit = 10 * time.Second // for the last call after an interrupt
)

// Revision identifies the version of a state machine that an execution uses.
type Revision struct {
	Definition string
	Updated    time.Time // when the state machine got it
}

// revisionOf reads the revision of an execution. Step Functions may not know a new execution yet.
func revisionOf(ctx context.Context, cfg aws.Config, executionARN string) (Revision, error) {
	for early := newRetries; ; early-- {
		out, err := describeRevision(ctx, cfg, executionARN)
		if unknown := (*types.ExecutionDoesNotExist)(nil); errors.As(err, &unknown) && early > 0 {
			if err := pause(ctx, minWait); err != nil {
				return Revision{}, err
			}
			continue
		}
		if err != nil {
			return Revision{}, err
		}
		return Revision{Definition: aws.ToString(out.Definition), Updated: aws.ToTime(out.UpdateDate)}, nil
	}
}

// Attempt starts a new execution and returns its ARN.
type Attempt func() (executionARN string, err error)

// AwaitDefinition starts executions until one uses a current revision of its state machine. Right
// after UpdateStateMachine, a new execution may use the previous definition:
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_UpdateStateMachine.html
//
// AwaitDefinition stops the stale executions, and calls stale before the first stop. If the last
// attempt is stale too, it returns false and does not stop that execution. When the context ends,
// it stops the latest execution.
func AwaitDefinition(
	ctx context.Context, cfg aws.Config, start Attempt, current func(Revision) bool, stale func(),
) (bool, error) {
	for attempt := 1; ; attempt++ {
		arn, err := start()
		if err != nil {
			return false, err
		}
		revision, err := revisionOf(ctx, cfg, arn)
		if ctx.Err() != nil {
			return false, errors.Join(ctx.Err(), stopLate(ctx, cfg, arn))
		}
		if err != nil {
			return false, err
		}
		if current(revision) {
			return true, nil
		}
		if attempt == maxAttempts {
			return false, nil
		}
		if attempt == 1 {
			stale()
		}
		if err := Stop(ctx, cfg, arn, "the execution uses a stale definition"); err != nil {
			if ctx.Err() != nil {
				err = errors.Join(ctx.Err(), stopLate(ctx, cfg, arn))
			}
			return false, err
		}
		if err := pause(ctx, retryWait); err != nil {
			return false, err
		}
	}
}

// stopLate stops an execution after the end of the context.
func stopLate(ctx context.Context, cfg aws.Config, arn string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopLimit)
	defer cancel()
	return Stop(ctx, cfg, arn, "the start of the execution was interrupted")
}

// AwaitListed waits until ListExecutions shows the given executions, which must fit on one page. It
// calls lagging if the first list lacks one of them. It returns the executions that the last list
// lacks.
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListExecutions.html
func AwaitListed(
	ctx context.Context, cfg aws.Config, stateMachineARN string, executionARNs []string, lagging func(),
) (missing []string, err error) {
	missing = slices.Clone(executionARNs)
	for attempt := 1; ; attempt++ {
		listed, err := List(ctx, cfg, stateMachineARN, "", pageSize)
		if err != nil {
			return missing, err
		}
		for _, item := range listed {
			shown := aws.ToString(item.ExecutionArn)
			missing = slices.DeleteFunc(missing, func(arn string) bool { return arn == shown })
		}
		if len(missing) == 0 || attempt == maxAttempts {
			return missing, nil
		}
		if attempt == 1 {
			lagging()
		}
		if err := pause(ctx, retryWait); err != nil {
			return missing, err
		}
	}
}

// pause waits. It returns the context's error if the context ends first.
func pause(ctx context.Context, wait time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(wait):
		return nil
	}
}
