package pace

import (
	"context"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
)

// The rates are in calls per second.
const (
	maxRate = 1000 // the rate until AWS throttles a call
	minRate = 0.5  // the lowest rate, even if AWS still throttles calls

	riseBelowRefill = 2.0 // increase per second while the rate is below the documented refill rate
	riseAboveRefill = 0.1 // increase per second from the refill rate on, because an account may have a higher quota
	cutFactor       = 0.8 // factor that lowers a rate after throttling, if the rate is at or below the refill rate
)

// limiter limits the calls of one operation. AWS does not report how many tokens an account's
// bucket has left. A limiter therefore allows calls at maxRate until AWS throttles one, which means
// that the bucket is empty. From then on, the limiter allows calls at the refill rate. If AWS
// throttles these calls too, the limiter slows down further: another client of the account may be
// calling the same operation.
type limiter struct {
	quota quota
	turn  chan struct{} // held by the call whose turn is next; other calls wait for it
	next  time.Time     // earliest start of the next call; accessed only while holding turn

	mu        sync.Mutex
	rate      float64   // in calls per second
	firstCall time.Time // start of the first call; zero before that call
	calls     int       // number of calls
	cuts      int       // number of rate reductions
	throttled int       // number of calls that AWS throttled
}

func newLimiter(q quota) *limiter {
	return &limiter{quota: q, turn: make(chan struct{}, 1), rate: maxRate}
}

// wait blocks until a call may start. It returns the number of rate reductions so far.
func (l *limiter) wait(ctx context.Context) (cuts int, err error) {
	select {
	case l.turn <- struct{}{}:
		defer func() { <-l.turn }()
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	select {
	case <-time.After(time.Until(l.next)):
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	if l.calls == 0 {
		l.firstCall = now
	}
	l.calls++
	l.next = now.Add(time.Duration(float64(time.Second) / l.rate))
	return l.cuts, nil
}

// adjust adapts the rate to the result of a call. cuts is the number of rate reductions before the
// call. AWS throttles concurrent calls together, so only the first of them lowers the rate.
func (l *limiter) adjust(err error, cuts int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case err == nil && l.cuts > 0:
		rise := riseBelowRefill
		if l.rate >= l.quota.refill {
			rise = riseAboveRefill
		}
		l.rate = min(l.rate+rise/l.rate, maxRate)
	case isThrottled(err):
		l.throttled++
		if cuts != l.cuts {
			return
		}
		l.cuts++
		if l.rate > l.quota.refill {
			l.rate = l.quota.refill
		} else {
			l.rate = max(l.rate*cutFactor, minRate)
		}
	}
}

func isThrottled(err error) bool {
	return retry.IsErrorThrottles(retry.DefaultThrottles).IsErrorThrottle(err).Bool()
}

// estimate returns the expected duration of the given number of further calls. After throttling, it
// uses the current rate. Before that, it uses the documented quota and assumes that the account has
// no other clients.
func (l *limiter) estimate(calls int) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	rate, delayed := l.rate, float64(calls)
	if l.cuts == 0 {
		rate = l.quota.refill
		delayed -= l.quota.burst - float64(l.calls)
		if l.calls > 0 {
			delayed -= rate * time.Since(l.firstCall).Seconds()
		}
	}
	return time.Duration(max(delayed, 0) / rate * float64(time.Second))
}
