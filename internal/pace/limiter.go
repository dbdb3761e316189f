package pace

import (
	"context"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
)

// Rates in calls a second, and how they change.
const (
	highest = 1000 // until the first throttling
	slowest = 0.5  // however much is throttled

	climb = 2.0 // what a second without throttling adds below the documented refill
	probe = 0.1 // the same above it: an account may have a higher quota
	cut   = 0.8 // what throttling leaves of a rate that is not above the refill
)

// limiter spaces out the calls of one operation. Nobody can tell how many tokens an account has
// left, so a limiter makes calls as fast as they come until AWS throttles one: then the bucket is
// empty. From there on it makes as many calls as the bucket refills, or fewer if AWS throttles
// these too, as when somebody else in the account makes the same calls.
type limiter struct {
	quota quota
	turn  chan struct{} // held by the call that waits for its time; the others queue behind it
	next  time.Time     // the time of the next call; only the holder of the turn uses it

	mu        sync.Mutex
	rate      float64   // calls a second
	began     time.Time // zero before the first call
	made      int       // calls
	cuts      int       // times that the rate was lowered
	throttled int       // calls
}

func newLimiter(q quota) *limiter {
	return &limiter{quota: q, turn: make(chan struct{}, 1), rate: highest}
}

// wait returns when a call may be made, with the number of cuts until then.
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
	if l.made == 0 {
		l.began = now
	}
	l.made++
	l.next = now.Add(time.Duration(float64(time.Second) / l.rate))
	return l.cuts, nil
}

// learn sets the rate by the result of a call. Calls that were under way together are throttled
// together: only the first of them lowers the rate, because the others say nothing about the rate
// since.
func (l *limiter) learn(err error, cuts int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case err == nil && l.cuts > 0:
		rise := climb
		if l.rate >= l.quota.refill {
			rise = probe
		}
		l.rate = min(l.rate+rise/l.rate, highest)
	case isThrottled(err):
		l.throttled++
		if cuts != l.cuts {
			return
		}
		l.cuts++
		if l.rate > l.quota.refill {
			l.rate = l.quota.refill
		} else {
			l.rate = max(l.rate*cut, slowest)
		}
	}
}

func isThrottled(err error) bool {
	return retry.IsErrorThrottles(retry.DefaultThrottles).IsErrorThrottle(err).Bool()
}

// expect returns the time that further calls need: at the present rate after the first throttling,
// and before it by the documented quota, as if nobody else made such calls.
func (l *limiter) expect(calls int) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	rate, waiting := l.rate, float64(calls)
	if l.cuts == 0 {
		rate = l.quota.refill
		waiting -= l.quota.burst - float64(l.made)
		if l.made > 0 {
			waiting -= rate * time.Since(l.began).Seconds()
		}
	}
	return time.Duration(max(waiting, 0) / rate * float64(time.Second))
}
