package workflow

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
)

const (
	// Step Functions' reads become consistent within seconds. 15 attempts take half a minute.
	retryWait   = 2 * time.Second
	maxAttempts = 15

	// stopLimit limits the duration of the call that stops an execution after an interrupt.
	stopLimit = 10 * time.Second
)

// Revision identifies the version of a state machine that an execution uses.
type Revision struct {
	Definition string
	Updated    time.Time // when the state machine got this definition
}

// revisionOf reads the revision that an execution uses. Right after the start of an execution, Step
// Functions may not find it yet, so revisionOf retries.
func revisionOf(ctx context.Context, cfg aws.Config, executionARN string) (Revision, error) {
	for retries := maxNewRetries; ; retries-- {
		out, err := describeRevision(ctx, cfg, executionARN)
		if unknown := (*types.ExecutionDoesNotExist)(nil); errors.As(err, &unknown) && retries > 0 {
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

// StartFunc starts a new execution and returns its ARN.
type StartFunc func() (executionARN string, err error)

// AwaitDefinition starts executions until one uses the current revision of its state machine. It
// reports whether the last execution uses that revision. Right after UpdateStateMachine, a new
// execution may still use the previous definition:
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_UpdateStateMachine.html
//
// AwaitDefinition stops each execution with a previous definition, except in the last attempt.
// Before the first stop, it calls onStale. If the context ends, it stops the latest execution.
func AwaitDefinition(
	ctx context.Context, cfg aws.Config, start StartFunc, isCurrent func(Revision) bool, onStale func(),
) (bool, error) {
	for attempt := 1; ; attempt++ {
		arn, err := start()
		if err != nil {
			return false, err
		}
		revision, err := revisionOf(ctx, cfg, arn)
		if ctx.Err() != nil {
			return false, errors.Join(ctx.Err(), stopAfterInterrupt(ctx, cfg, arn))
		}
		if err != nil {
			return false, err
		}
		if isCurrent(revision) {
			return true, nil
		}
		if attempt == maxAttempts {
			return false, nil
		}
		if attempt == 1 {
			onStale()
		}
		if err := Stop(ctx, cfg, arn, "the execution uses a stale definition"); err != nil {
			if ctx.Err() != nil {
				err = errors.Join(ctx.Err(), stopAfterInterrupt(ctx, cfg, arn))
			}
			return false, err
		}
		if err := pause(ctx, retryWait); err != nil {
			return false, err
		}
	}
}

// stopAfterInterrupt stops an execution after the context has ended.
func stopAfterInterrupt(ctx context.Context, cfg aws.Config, arn string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopLimit)
	defer cancel()
	return Stop(ctx, cfg, arn, "the start of the execution was interrupted")
}

// AwaitListed waits until ListExecutions lists the given executions, and returns those that are
// still missing at the end. Each attempt reads only one page. If the first list lacks an execution,
// AwaitListed calls onLag. The list is eventually consistent:
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListExecutions.html
func AwaitListed(
	ctx context.Context, cfg aws.Config, stateMachineARN string, executionARNs []string, onLag func(),
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
			onLag()
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
