package asl

import (
	"math"
	"slices"
	"time"
)

// Retrier says how often and when a state is retried after the errors in ErrorEquals.
type Retrier struct {
	ErrorEquals     ErrorNames
	IntervalSeconds Number // before the first retry
	MaxAttempts     Number // number of retries, not counting the first attempt
	BackoffRate     Number // multiplies the wait after each retry
	MaxDelaySeconds Number // limits each wait; 0 for no limit
	JitterStrategy  string // FULL for random waits, starting at 0; NONE or empty for fixed waits
}

// newRetrier returns a retrier with the default values:
// https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
func newRetrier() Retrier {
	return Retrier{IntervalSeconds: Number{Value: 1}, MaxAttempts: Number{Value: 3},
		BackoffRate: Number{Value: 2}}
}

// applies reports whether the retrier applies to an error. The page above says that States.Runtime
// "isn't retriable", so not even its own name in ErrorEquals matches it.
func (r Retrier) applies(err string) bool { return err != runtime && r.ErrorEquals.Match(err) }

// Backoff returns the wait before the n-th retry, where 1 is the first. With jitter, this is the
// longest possible wait. Backoff returns false if there are fewer than n retries, or if the
// definition has an expression in place of a number.
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
	return secondsToDuration(seconds), true
}

// Backoff returns the wait before the next attempt of a state whose attempts failed with these
// errors. It returns false if there is no next attempt, or if the definition has an expression in
// place of a number. The first retrier that matches an error applies. Each retrier counts its own
// retries: see "Complex retry scenario" on the page above.
func (s *State) Backoff(errors []string) (wait time.Duration, ok bool) {
	retries := make([]int, len(s.Retry))
	for _, err := range errors {
		i := slices.IndexFunc(s.Retry, func(r Retrier) bool { return r.applies(err) })
		if i < 0 {
			wait, ok = 0, false
			continue
		}
		retries[i]++
		wait, ok = s.Retry[i].Backoff(retries[i])
	}
	return wait, ok
}

// Duration returns the length of a Wait. It returns false unless the definition gives the length as
// a number of seconds.
func (s *State) Duration() (time.Duration, bool) {
	if s.Seconds == nil || !s.Seconds.Known() {
		return 0, false
	}
	return secondsToDuration(s.Seconds.Value), true
}

// secondsToDuration converts seconds to a duration between 0 and the maximum duration.
func secondsToDuration(seconds float64) time.Duration {
	const maxDuration = time.Duration(math.MaxInt64)
	if seconds < maxDuration.Seconds() {
		return time.Duration(max(seconds, 0) * float64(time.Second))
	}
	return maxDuration
}
