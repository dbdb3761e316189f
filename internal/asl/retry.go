package asl

import (
	"math"
	"slices"
	"time"
)

// Retrier holds the number of retries after some errors, and the waits before them.
type Retrier struct {
	ErrorEquals     ErrorNames
	IntervalSeconds Number // before the first retry
	MaxAttempts     Number // retries, without the first attempt
	BackoffRate     Number // the factor of the wait for each further retry
	MaxDelaySeconds Number // the longest wait; 0 for no limit
	JitterStrategy  string // FULL for random waits from 0 on; NONE or empty for none
}

// newRetrier returns a retrier with the default values:
// https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
func newRetrier() Retrier {
	return Retrier{IntervalSeconds: Number{Value: 1}, MaxAttempts: Number{Value: 3},
		BackoffRate: Number{Value: 2}}
}

// applies reports whether the retrier applies to an error. States.Runtime is never retried, even by
// its name: the page above says that it "isn't retriable".
func (r Retrier) applies(err string) bool { return err != runtime && r.ErrorEquals.Match(err) }

// Backoff returns the wait before the n-th retry, counted from 1. With a JitterStrategy, it is the
// longest possible wait. Backoff returns false if there is no such retry, or if the definition does
// not contain all the numbers.
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

// Backoff returns the wait before a state's next attempt, after attempts that failed with these
// errors. It returns false if there is no next attempt, or if the definition does not contain all
// the numbers. The first retrier that matches an error applies, and each retrier counts its own
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

// Duration returns the length of a Wait, and false if the definition does not give it in seconds.
func (s *State) Duration() (time.Duration, bool) {
	if s.Seconds == nil || !s.Seconds.Known() {
		return 0, false
	}
	return inSeconds(s.Seconds.Value), true
}

// inSeconds converts seconds to a duration, limited to the range from 0 to the longest duration.
func inSeconds(seconds float64) time.Duration {
	const most = time.Duration(math.MaxInt64)
	if seconds < most.Seconds() {
		return time.Duration(max(seconds, 0) * float64(time.Second))
	}
	return most
}
