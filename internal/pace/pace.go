// Package pace makes Step Functions calls as fast as an account's quotas allow.
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

// These operations have a quota in this package.
const (
	StartExecution                   = "StartExecution"
	GetExecutionHistory              = "GetExecutionHistory"
	DescribeExecution                = "DescribeExecution"
	ListExecutions                   = "ListExecutions"
	DescribeStateMachineForExecution = "DescribeStateMachineForExecution"
)

// quota is a token bucket: its size, which is the largest burst of calls, and its refill per
// second.
type quota struct{ burst, refill float64 }

// quotas holds the buckets of an account in a large region. Other regions and new accounts have
// smaller ones. AWS raises quotas on request:
// https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
var quotas = map[string]quota{
	StartExecution:                   {1300, 300},
	GetExecutionHistory:              {400, 20},
	DescribeExecution:                {300, 15},
	ListExecutions:                   {200, 5},
	DescribeStateMachineForExecution: {200, 1},
}

// Pacer has a limiter for each operation with a quota.
type Pacer struct{ limiters map[string]*limiter }

// New returns a pacer without any calls.
func New() *Pacer {
	p := &Pacer{limiters: map[string]*limiter{}}
	for operation, q := range quotas {
		p.limiters[operation] = newLimiter(q)
	}
	return p
}

// Throttled returns the number of calls that AWS throttled.
func (p *Pacer) Throttled() int {
	n := 0
	for _, l := range p.limiters {
		l.mu.Lock()
		n += l.throttled
		l.mu.Unlock()
	}
	return n
}

// Expect estimates the minimum duration of further calls of an operation.
func (p *Pacer) Expect(operation string, calls int) time.Duration {
	return p.limiters[operation].expect(calls)
}

// Apply returns a configuration with clients that wait for the pacer before each attempt of a call.
// The pacer works inside the SDK's retries, so it also paces retries. A throttled call needs no
// other backoff.
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
		l.learn(err, cuts)
		return out, metadata, err
	})
	cfg = cfg.Copy()
	base := cfg.Retryer
	if base == nil {
		base = func() aws.Retryer { return retry.NewStandard() }
	}
	cfg.Retryer = func() aws.Retryer { return impatient{base()} }
	cfg.APIOptions = append(slices.Clone(cfg.APIOptions), func(stack *smithy.Stack) error {
		return stack.Finalize.Insert(limit, (*retry.Attempt)(nil).ID(), smithy.After)
	})
	return cfg
}

// impatient retries throttled calls without a delay.
type impatient struct{ aws.Retryer }

func (r impatient) RetryDelay(attempt int, err error) (time.Duration, error) {
	if isThrottled(err) {
		return 0, nil
	}
	return r.Retryer.RetryDelay(attempt, err)
}

// GetAttemptToken implements aws.RetryerV2. It uses the wrapped retryer's method if available.
func (r impatient) GetAttemptToken(ctx context.Context) (func(error) error, error) {
	if v2, ok := r.Retryer.(aws.RetryerV2); ok {
		return v2.GetAttemptToken(ctx)
	}
	return r.GetInitialToken(), nil
}
