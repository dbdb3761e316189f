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
	slowest = 0.5  // despite any throttling

	climb = 2.0 // added by each second without throttling, below the documented refill
	probe = 0.1 // the same above it: an account may have a higher quota
	cut   = 0.8 // factor by which throttling lowers a rate that is not above the refill
)

// limiter spaces out the calls of one operation. The number of tokens that an account has left is
// unknown, so a limiter makes calls as fast as they come until AWS throttles one: then the bucket
// is empty. From then on it makes calls at the refill rate, or more slowly if AWS throttles these
// too, for example because another client of the account makes the same calls.
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

// wait blocks until a call may be made, and returns the number of cuts so far.
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

// learn adjusts the rate to the result of a call. AWS throttles concurrent calls together, so only
// the first of them lowers the rate: the others say nothing about the new rate.
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

// expect estimates the time that further calls need. After the first throttling it uses the current
// rate. Before that it uses the documented quota, as if no other client made such calls.
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
