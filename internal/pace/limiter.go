package pace

import (
	"context"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
)

// Rates are in calls per second.
const (
	highest = 1000 // until the first throttling
	slowest = 0.5  // the minimum, even if AWS throttles further calls

	climb = 2.0 // increase per second without throttling, below the documented refill
	probe = 0.1 // the same above the refill, because an account may have a higher quota
	cut   = 0.8 // factor for a throttled rate that is not above the refill
)

// limiter paces the calls of one operation. Nobody knows how many tokens an account has left, so a
// limiter does not delay calls until AWS throttles one: then the bucket is empty. From then on, it
// makes calls at the refill rate. It slows down if AWS throttles these too, for example because
// another client of the account makes the same calls.
type limiter struct {
	quota quota
	turn  chan struct{} // held by the call that waits next; others queue for it
	next  time.Time     // time of the next call; used only while holding turn

	mu        sync.Mutex
	rate      float64   // calls per second
	began     time.Time // zero before the first call
	made      int       // calls
	cuts      int       // number of rate reductions
	throttled int       // number of throttled calls
}

func newLimiter(q quota) *limiter {
	return &limiter{quota: q, turn: make(chan struct{}, 1), rate: highest}
}

// wait blocks until a call may start, and returns the number of cuts so far.
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
// the first of them lowers the rate. The others started before that change.
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

// expect estimates how long further calls take. After the first throttling it uses the current
// rate. Before that, it uses the documented quota and assumes no other clients.
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
