package faults

import (
	"context"
	"net/http"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// bucket is a quota as a token bucket: its size, and its refill per second.
type bucket struct {
	size   int
	refill rate.Limit
}

// documented holds the quotas of Step Functions in large regions.
var documented = map[string]bucket{
	"states:StartExecution":                   {1300, 300},
	"states:StopExecution":                    {1000, 200},
	"states:GetExecutionHistory":              {400, 20},
	"states:DescribeExecution":                {300, 15},
	"states:ListExecutions":                   {200, 5},
	"states:DescribeStateMachine":             {200, 20},
	"states:DescribeStateMachineForExecution": {200, 1},
}

// Buckets makes Step Functions throttle its operations above a share of their quotas, for each
// account and region. AWS documents a share of 1; a new account begins with less. A bucket holds
// at least one token.
func Buckets(share float64) Manner {
	return Manner{Name: "token buckets", layer: refusals,
		Source: "https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html" +
			"#service-limits-api-action-throttling-general",
		start: func(context.Context, *Proxy) middleware {
			var mu sync.Mutex
			limiters := map[string]*rate.Limiter{}
			return func(c *call, next handler) (*answer, error) {
				quota, limited := documented[c.operation]
				if !limited {
					return next(c)
				}
				mu.Lock()
				limiter := limiters[c.location()+c.operation]
				if limiter == nil {
					limiter = rate.NewLimiter(quota.refill*rate.Limit(share), max(1, int(float64(quota.size)*share)))
					limiters[c.location()+c.operation] = limiter
				}
				mu.Unlock()
				if limiter.Allow() {
					return next(c)
				}
				return refuse(c, http.StatusBadRequest, "ThrottlingException", "Rate exceeded"), nil
			}
		}}
}

// Least returns the shortest time for some numbers of calls under the documented quotas, if no
// other client makes such calls. Each operation has its own bucket, so the slowest decides.
func Least(calls map[string]int) time.Duration {
	var least time.Duration
	for operation, n := range calls {
		if quota, limited := documented[operation]; limited {
			seconds := float64(n-quota.size) / float64(quota.refill)
			least = max(least, time.Duration(seconds*float64(time.Second)))
		}
	}
	return least
}

// LambdaConcurrency makes Lambda refuse more than n concurrent invocations. An endpoint's own
// invocations do not pass through the proxy. In MiniStack, LAMBDA_ACCOUNT_CONCURRENCY in the
// environment or PutFunctionConcurrency limits them.
func LambdaConcurrency(n int) Manner {
	return Manner{Name: "Lambda concurrency", layer: refusals,
		Source: "https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html and " +
			"https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html",
		start: func(context.Context, *Proxy) middleware {
			slots := make(chan struct{}, n)
			return func(c *call, next handler) (*answer, error) {
				if c.operation != "lambda:Invoke" {
					return next(c)
				}
				select {
				case slots <- struct{}{}:
					defer func() { <-slots }()
					return next(c)
				default:
					refused := refuse(c, http.StatusTooManyRequests, "TooManyRequestsException", "Rate Exceeded.")
					return refused.withMember("Reason", `"ConcurrentInvocationLimitExceeded"`), nil
				}
			}
		}}
}
