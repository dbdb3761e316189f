package faults

import (
	"context"
	"net/http"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// bucket is a quota: the size of a token bucket and its refill per second.
type bucket struct {
	size   int
	refill rate.Limit
}

// documentedQuotas holds the Step Functions quotas of us-east-1, us-west-2 and eu-west-1.
var documentedQuotas = map[string]bucket{
	"states:StartExecution":                   {1300, 300},
	"states:StopExecution":                    {1000, 200},
	"states:GetExecutionHistory":              {400, 20},
	"states:DescribeExecution":                {300, 15},
	"states:ListExecutions":                   {200, 5},
	"states:DescribeStateMachine":             {200, 20},
	"states:DescribeStateMachineForExecution": {200, 1},
}

// TokenBuckets throttles Step Functions calls that exceed a share of the documented quotas. Each
// account and region has its own buckets. A share of 1 is the full quota. New accounts have lower
// quotas. Every bucket has room for at least one token.
func TokenBuckets(share float64) Behavior {
	return Behavior{Name: "token buckets", layer: refusalLayer,
		Source: "https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html" +
			"#service-limits-api-action-throttling-general",
		newMiddleware: func(context.Context, *Proxy) middleware {
			var mu sync.Mutex
			limiters := map[string]*rate.Limiter{}
			return func(c *call, next handler) (*response, error) {
				quota, limited := documentedQuotas[c.operation]
				if !limited {
					return next(c)
				}
				mu.Lock()
				limiter := limiters[c.accountRegion()+c.operation]
				if limiter == nil {
					limiter = rate.NewLimiter(quota.refill*rate.Limit(share), max(1, int(float64(quota.size)*share)))
					limiters[c.accountRegion()+c.operation] = limiter
				}
				mu.Unlock()
				if limiter.Allow() {
					return next(c)
				}
				return errorResponse(c, http.StatusBadRequest, "ThrottlingException", "Rate exceeded"), nil
			}
		}}
}

// MinDuration returns the shortest time that the given numbers of calls take under the documented
// quotas. It assumes that no other client calls the operations. Each operation has its own bucket,
// so the slowest operation determines the time.
func MinDuration(calls map[string]int) time.Duration {
	var shortest time.Duration
	for operation, n := range calls {
		if quota, limited := documentedQuotas[operation]; limited {
			seconds := float64(n-quota.size) / float64(quota.refill)
			shortest = max(shortest, time.Duration(seconds*float64(time.Second)))
		}
	}
	return shortest
}

// LambdaConcurrencyLimit throttles invocations while n others are running. It does not limit
// invocations by the endpoint's Step Functions, which bypass the proxy. To limit those in
// MiniStack, use PutFunctionConcurrency or the environment variable LAMBDA_ACCOUNT_CONCURRENCY.
func LambdaConcurrencyLimit(n int) Behavior {
	return Behavior{Name: "Lambda concurrency", layer: refusalLayer,
		Source: "https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html and " +
			"https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html",
		newMiddleware: func(context.Context, *Proxy) middleware {
			slots := make(chan struct{}, n)
			return func(c *call, next handler) (*response, error) {
				if c.operation != "lambda:Invoke" {
					return next(c)
				}
				select {
				case slots <- struct{}{}:
					defer func() { <-slots }()
					return next(c)
				default:
					throttled := errorResponse(c, http.StatusTooManyRequests, "TooManyRequestsException", "Rate Exceeded.")
					return throttled.withMember("Reason", `"ConcurrentInvocationLimitExceeded"`), nil
				}
			}
		}}
}
