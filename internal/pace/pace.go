// Package pace limits Step Functions calls to the rate that an account's quotas allow.
package pace

import (
	"context"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	smithy "github.com/aws/smithy-go/middleware"
)

// The operations whose calls the pacer delays.
const (
	StartExecution                   = "StartExecution"
	GetExecutionHistory              = "GetExecutionHistory"
	DescribeExecution                = "DescribeExecution"
	ListExecutions                   = "ListExecutions"
	DescribeStateMachineForExecution = "DescribeStateMachineForExecution"
)

// quota is a token bucket. burst is the bucket's size in calls. refill is the refill rate in calls
// per second.
type quota struct{ burst, refill float64 }

// quotas holds the token buckets of an account in a large region. In other regions, and in new
// accounts, the buckets are smaller. AWS raises quotas on request:
// https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
var quotas = map[string]quota{
	StartExecution:                   {1300, 300},
	GetExecutionHistory:              {400, 20},
	DescribeExecution:                {300, 15},
	ListExecutions:                   {200, 5},
	DescribeStateMachineForExecution: {200, 1},
}

// Pacer limits calls to the rate that AWS accepts. Each operation has its own limiter.
type Pacer struct{ limiters map[string]*limiter }

// New returns a pacer that has not seen any calls.
func New() *Pacer {
	p := &Pacer{limiters: map[string]*limiter{}}
	for operation, q := range quotas {
		p.limiters[operation] = newLimiter(q)
	}
	return p
}

// Throttled returns the number of calls that AWS has throttled so far.
func (p *Pacer) Throttled() int {
	n := 0
	for _, l := range p.limiters {
		l.mu.Lock()
		n += l.throttled
		l.mu.Unlock()
	}
	return n
}

// Estimate returns the expected duration of the given number of further calls of an operation.
func (p *Pacer) Estimate(operation string, calls int) time.Duration {
	return p.limiters[operation].estimate(calls)
}

// Apply returns a configuration whose clients wait for the pacer before each attempt of a call. The
// pacer runs inside the SDK's retries, so it delays retries too. Throttled calls need no other
// backoff.
func (p *Pacer) Apply(cfg aws.Config) aws.Config {
	limit := smithy.FinalizeMiddlewareFunc("Pace", func(ctx context.Context, in smithy.FinalizeInput,
		next smithy.FinalizeHandler) (smithy.FinalizeOutput, smithy.Metadata, error) {
		l := p.limiters[middleware.GetOperationName(ctx)]
		if l == nil {
			return next.HandleFinalize(ctx, in)
		}
		cuts, err := l.wait(ctx)
		if err != nil {
			return smithy.FinalizeOutput{}, smithy.Metadata{}, err
		}
		out, metadata, err := next.HandleFinalize(ctx, in)
		l.adjust(err, cuts)
		return out, metadata, err
	})
	cfg = cfg.Copy()
	base := cfg.Retryer
	if base == nil {
		base = func() aws.Retryer { return retry.NewStandard() }
	}
	cfg.Retryer = func() aws.Retryer { return eagerRetryer{base()} }
	cfg.APIOptions = append(slices.Clone(cfg.APIOptions), func(stack *smithy.Stack) error {
		return stack.Finalize.Insert(limit, (*retry.Attempt)(nil).ID(), smithy.After)
	})
	return cfg
}

// eagerRetryer retries throttled calls without a delay, because the pacer delays them.
type eagerRetryer struct{ aws.Retryer }

func (r eagerRetryer) RetryDelay(attempt int, err error) (time.Duration, error) {
	if isThrottled(err) {
		return 0, nil
	}
	return r.Retryer.RetryDelay(attempt, err)
}

// GetAttemptToken implements aws.RetryerV2. It uses the wrapped retryer's method if there is one.
func (r eagerRetryer) GetAttemptToken(ctx context.Context) (func(error) error, error) {
	if v2, ok := r.Retryer.(aws.RetryerV2); ok {
		return v2.GetAttemptToken(ctx)
	}
	return r.GetInitialToken(), nil
}
