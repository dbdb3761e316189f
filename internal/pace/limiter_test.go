package pace

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/smithy-go"
)

func TestLearn(t *testing.T) {
	t.Parallel()
	throttle := fmt.Errorf("cannot start: %w", &smithy.GenericAPIError{Code: "ThrottlingException"})
	tooMany := &smithy.GenericAPIError{Code: "TooManyRequestsException"}
	type step struct {
		err  error
		cuts int // when the call was made
		want float64
	}
	tests := []struct {
		name  string
		steps []step
	}{
		{"success changes nothing before the first throttling", []step{{nil, 0, highest}}},
		{"the first throttling lowers the rate to the refill", []step{{throttle, 0, 20}}},
		{"each further throttling lowers it by a fifth", []step{{throttle, 0, 20}, {tooMany, 1, 16}, {throttle, 2, 12.8}}},
		{"calls throttled together lower it once", []step{{throttle, 0, 20}, {throttle, 0, 20}, {throttle, 1, 16},
			{throttle, 0, 16}}},
		{"success raises it below the refill", []step{{throttle, 0, 20}, {throttle, 1, 16}, {nil, 2, 16.125}}},
		{"success raises it little above the refill", []step{{throttle, 0, 20}, {nil, 1, 20.005}}},
		{"above the refill, throttling lowers it to the refill", []step{{throttle, 0, 20}, {nil, 1, 20.005}, {throttle, 1, 20}}},
		{"another error leaves it", []step{{throttle, 0, 20}, {errors.New("no"), 1, 20}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			l := newLimiter(quota{400, 20})
			for i, step := range test.steps {
				l.learn(step.err, step.cuts)
				if math.Abs(l.rate-step.want) > 1e-9 {
					t.Errorf("after step %d the rate is %v, expected %v", i+1, l.rate, step.want)
				}
			}
		})
	}
	t.Run("it never comes to rest", func(t *testing.T) {
		t.Parallel()
		l := newLimiter(quota{200, 5})
		for n := range 30 {
			l.learn(throttle, n)
		}
		if l.rate != slowest {
			t.Errorf("the rate is %v", l.rate)
		}
	})
}

func TestWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(quota{400, 20})
		l.rate = 100
		began := time.Now()
		var calls sync.WaitGroup
		for range 11 {
			calls.Go(func() {
				if _, err := l.wait(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		calls.Wait()
		if got := time.Since(began); got != 100*time.Millisecond {
			t.Errorf("eleven calls at 100 a second took %v", got)
		}
	})
}

func TestWaitInterrupted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(quota{400, 20})
		if _, err := l.wait(t.Context()); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		l.next = time.Now().Add(time.Hour)
		results := make(chan error)
		for range 2 { // one waits for its time, one for its turn
			go func() { _, err := l.wait(ctx); results <- err }()
		}
		synctest.Wait()
		cancel()
		for range 2 {
			if err := <-results; !errors.Is(err, context.Canceled) {
				t.Errorf("the wait ended with %v", err)
			}
		}
	})
}

func TestExpect(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(quota{400, 20})
		requireExpect(t, l, 300, 0)
		requireExpect(t, l, 1000, 30*time.Second)
		for range 100 {
			if _, err := l.wait(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(901 * time.Millisecond) // a second since the first call
		requireExpect(t, l, 900, 29*time.Second)
		l.learn(&smithy.GenericAPIError{Code: "ThrottlingException"}, 0) // somebody else had drained the bucket
		requireExpect(t, l, 900, 45*time.Second)
	})
}

func requireExpect(t *testing.T, l *limiter, calls int, want time.Duration) {
	t.Helper()
	if got := l.expect(calls); got != want {
		t.Errorf("%d more calls are expected to take %v, not %v", calls, got, want)
	}
}
