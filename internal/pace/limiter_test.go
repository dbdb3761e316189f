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

func TestAdjust(t *testing.T) {
	t.Parallel()
	throttle := fmt.Errorf("cannot start: %w", &smithy.GenericAPIError{Code: "ThrottlingException"})
	tooMany := &smithy.GenericAPIError{Code: "TooManyRequestsException"}
	type step struct {
		err  error
		cuts int // rate reductions before the call
		want float64
	}
	tests := []struct {
		name  string
		steps []step
	}{
		{"success before throttling", []step{{nil, 0, maxRate}}},
		{"first throttling", []step{{throttle, 0, 20}}},
		{"further throttling", []step{{throttle, 0, 20}, {tooMany, 1, 16}, {throttle, 2, 12.8}}},
		{"calls throttled together", []step{{throttle, 0, 20}, {throttle, 0, 20}, {throttle, 1, 16},
			{throttle, 0, 16}}},
		{"success below the refill rate", []step{{throttle, 0, 20}, {throttle, 1, 16}, {nil, 2, 16.125}}},
		{"success above the refill rate", []step{{throttle, 0, 20}, {nil, 1, 20.005}}},
		{"throttling above the refill rate", []step{{throttle, 0, 20}, {nil, 1, 20.005}, {throttle, 1, 20}}},
		{"error other than throttling", []step{{throttle, 0, 20}, {errors.New("no"), 1, 20}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			l := newLimiter(quota{400, 20})
			for i, step := range test.steps {
				l.adjust(step.err, step.cuts)
				if math.Abs(l.rate-step.want) > 1e-9 {
					t.Errorf("step %d: got rate %v, want %v", i+1, l.rate, step.want)
				}
			}
		})
	}
	t.Run("minimum", func(t *testing.T) {
		t.Parallel()
		l := newLimiter(quota{200, 5})
		for n := range 30 {
			l.adjust(throttle, n)
		}
		if l.rate != minRate {
			t.Errorf("got rate %v, want %v", l.rate, minRate)
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
			t.Errorf("11 calls at 100 per second: got %v, want 100ms", got)
		}
	})
}

func TestWaitCanceled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(quota{400, 20})
		if _, err := l.wait(t.Context()); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		l.next = time.Now().Add(time.Hour)
		results := make(chan error)
		for range 2 { // one call waits until l.next, and the other waits for l.turn
			go func() { _, err := l.wait(ctx); results <- err }()
		}
		synctest.Wait()
		cancel()
		for range 2 {
			if err := <-results; !errors.Is(err, context.Canceled) {
				t.Errorf("got error %v, want %v", err, context.Canceled)
			}
		}
	})
}

func TestEstimate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(quota{400, 20})
		requireEstimate(t, l, 300, 0)
		requireEstimate(t, l, 1000, 30*time.Second)
		for range 100 {
			if _, err := l.wait(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(901 * time.Millisecond) // one second after the first call
		requireEstimate(t, l, 900, 29*time.Second)
		l.adjust(&smithy.GenericAPIError{Code: "ThrottlingException"}, 0) // another client has emptied the bucket
		requireEstimate(t, l, 900, 45*time.Second)
	})
}

func requireEstimate(t *testing.T, l *limiter, calls int, want time.Duration) {
	t.Helper()
	if got := l.estimate(calls); got != want {
		t.Errorf("%d more calls: got estimate %v, want %v", calls, got, want)
	}
}
