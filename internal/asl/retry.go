package asl

import (
	"math"
	"slices"
	"time"
)

// Retrier says how often and after which waits a state is tried again after some errors.
type Retrier struct {
	ErrorEquals     ErrorNames
	IntervalSeconds Number // before the first retry
	MaxAttempts     Number // retries, without the first attempt
	BackoffRate     Number // by which the wait grows with each further retry
	MaxDelaySeconds Number // the longest wait; 0 for no limit
}

// newRetrier returns a retrier with the values that hold where the definition gives none:
// https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
func newRetrier() Retrier {
	return Retrier{IntervalSeconds: Number{Value: 1}, MaxAttempts: Number{Value: 3},
		BackoffRate: Number{Value: 2}}
}

// Takes reports whether the retrier is the one for an error. States.Runtime is never retried, even
// if it is named: the page above says that it "isn't retriable".
func (r Retrier) Takes(err string) bool { return err != runtime && r.ErrorEquals.Match(err) }

// Backoff returns the wait before the n-th retry, from 1. With a JitterStrategy it is the longest
// that the wait may be. It returns false if there is no such retry, or if the definition does not
// say the numbers.
func (r Retrier) Backoff(n int) (time.Duration, bool) {
	for _, number := range []Number{r.IntervalSeconds, r.MaxAttempts, r.BackoffRate, r.MaxDelaySeconds} {
		if !number.Known() {
			return 0, false
		}
	}
	if float64(n) > r.MaxAttempts.Value {
		return 0, false
	}
	seconds := r.IntervalSeconds.Value * math.Pow(r.BackoffRate.Value, float64(n-1))
	if limit := r.MaxDelaySeconds.Value; limit > 0 {
		seconds = min(seconds, limit)
	}
	return inSeconds(seconds), true
}

// Backoff returns the wait after a state's attempts that failed with these errors, before the next
// one. It returns false if there is no next one, or if the definition does not say how long the
// wait is. The first retrier that takes an error counts, and each retrier counts for itself: see
// "Complex retry scenario" on the page above.
func (s *State) Backoff(errors []string) (wait time.Duration, ok bool) {
	retries := make([]int, len(s.Retry))
	for _, err := range errors {
		i := slices.IndexFunc(s.Retry, func(r Retrier) bool { return r.Takes(err) })
		if i < 0 {
			wait, ok = 0, false
			continue
		}
		retries[i]++
		wait, ok = s.Retry[i].Backoff(retries[i])
	}
	return wait, ok
}

// Duration returns how long a Wait lasts, if the definition says so in seconds.
func (s *State) Duration() (time.Duration, bool) {
	if s.Seconds == nil || !s.Seconds.Known() {
		return 0, false
	}
	return inSeconds(s.Seconds.Value), true
}

// inSeconds returns the nearest duration there is, also for a number of seconds that none can hold.
func inSeconds(seconds float64) time.Duration {
	const most = time.Duration(math.MaxInt64)
	if seconds < most.Seconds() {
		return time.Duration(max(seconds, 0) * float64(time.Second))
	}
	return most
}
