package load

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/smithy-go"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/workflow"
)

var throttled = awsstub.Error(http.StatusBadRequest, "ThrottlingException", "Rate exceeded")

func TestTheRateFollowsWhatAWSAnswers(t *testing.T) {
	t.Parallel()
	throttle := fmt.Errorf("cannot start: %w", &smithy.GenericAPIError{Code: "ThrottlingException"})
	tooMany := &smithy.GenericAPIError{Code: "TooManyRequestsException"}
	type step struct {
		err  error
		cuts int // when the call was made
		want float64
	}
	tests := []struct {
		name      string
		sustained float64
		steps     []step
	}{
		{"the first throttling lowers it to what is sustained", 20, []step{{throttle, 0, 20}}},
		{"the first throttling halves it where more is sustained", 80, []step{{throttle, 0, 50}}},
		{"each further throttling halves it", 20, []step{{throttle, 0, 20}, {tooMany, 1, 10}, {throttle, 2, 5}}},
		{"calls throttled together lower it once", 20, []step{{throttle, 0, 20}, {throttle, 0, 20}, {throttle, 1, 10}, {throttle, 0, 10}}},
		{"success raises it slowly", 50, []step{{throttle, 0, 50}, {nil, 1, 50.04}, {nil, 1, 50.07996802557954}}},
		{"success raises it above what is sustained", 1, []step{{throttle, 0, 1}, {nil, 1, 3}, {throttle, 1, 1.5}}},
		{"success raises it no higher than it was", 50, []step{{nil, 0, 100}}},
		{"another error leaves it", 50, []step{{throttle, 0, 50}, {errors.New("no"), 1, 50}}},
		{"it never comes to rest", 5, []step{{throttle, 0, 5}, {throttle, 1, 2.5}, {throttle, 2, 1.25}, {throttle, 3, 0.625}, {throttle, 4, 0.5},
			{throttle, 5, 0.5}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			l := NewLimiter(100, test.sustained)
			for i, step := range test.steps {
				l.learn(step.err, step.cuts)
				if math.Abs(l.rate-step.want) > 1e-9 {
					t.Errorf("after step %d the rate is %v, expected %v", i+1, l.rate, step.want)
				}
			}
		})
	}
}

func TestCallsAreSpacedByTheRate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := NewLimiter(100, 100)
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

func TestAnInterruptEndsTheWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := NewLimiter(slowest, slowest)
		if _, err := l.wait(t.Context()); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
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

func TestTheSDKsOwnRetriesAreLimitedToo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		stub := awsstub.New(t).On("SFN.StopExecution", throttled, throttled, awsstub.JSON(`{"stopDate": 1}`))
		l := NewLimiter(8, 8)
		began := time.Now()
		if err := workflow.Stop(t.Context(), l.Apply(stub.Config()), "arn", ""); err != nil {
			t.Fatal(err)
		}
		// The first two calls reserve the time until the next at 8 and 4 a second.
		if got := time.Since(began); got != 375*time.Millisecond {
			t.Errorf("three tries took %v", got)
		}
		if l.Throttled() != 2 || l.rate != 3 { // 8, 4, 2, and 1 for a success at 2
			t.Errorf("%d calls were throttled, and the rate is %v", l.Throttled(), l.rate)
		}
	})
}
