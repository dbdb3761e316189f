package faults

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

func TestTokenBuckets(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		behaviors []Behavior
		want      int
	}{
		// 1% of 200 is 2 tokens. The refill of 0.05 tokens per second adds none during the test.
		"on":  {[]Behavior{TokenBuckets(0.01)}, 2},
		"off": {nil, 5},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := newEndpoint(t)
			cfg := sdkConfig(Start(t, e.URL, Options{Behaviors: test.behaviors}).URL)
			cfg.Retryer = func() aws.Retryer { return aws.NopRetryer{} }
			succeeded := 0
			for range 5 {
				switch got := formatError(sdkCalls["states:ListExecutions"](t.Context(), cfg)); got {
				case "":
					succeeded++
				case "Bad Request ThrottlingException: Rate exceeded":
				default:
					t.Errorf("got %s, want success or throttling", got)
				}
			}
			if succeeded != test.want {
				t.Errorf("got %d successful calls of 5, want %d", succeeded, test.want)
			}
		})
	}
}

func TestMinDuration(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		calls map[string]int
		want  time.Duration
	}{
		"no calls":        {nil, 0},
		"within a bucket": {map[string]int{"states:GetExecutionHistory": 400}, 0},
		"beyond a bucket": {map[string]int{"states:GetExecutionHistory": 1000}, 30 * time.Second},
		"slowest of two": {map[string]int{"states:GetExecutionHistory": 1000, "states:DescribeExecution": 1000},
			140 * time.Second / 3},
		"no quota": {map[string]int{"iam:GetRole": 100000}, 0},
	} {
		if got := MinDuration(test.calls); (got - test.want).Abs() > time.Millisecond {
			t.Errorf("%s: got %v, want %v", name, got, test.want)
		}
	}
}

func TestLambdaConcurrencyLimit(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		behaviors []Behavior
		want      string // error of the second call
	}{
		"on":  {[]Behavior{LambdaConcurrencyLimit(1)}, "Too Many Requests TooManyRequestsException: Rate Exceeded."},
		"off": {nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := newEndpoint(t)
			arrived, release := make(chan struct{}, 3), make(chan struct{})
			slow := newSlowLambda(t, e, arrived, release)
			cfg := sdkConfig(Start(t, slow, Options{Behaviors: test.behaviors}).URL)
			cfg.Retryer = func() aws.Retryer { return aws.NopRetryer{} }
			first := make(chan error, 1)
			go func() { first <- sdkCalls["lambda:Invoke"](t.Context(), cfg) }()
			<-arrived
			second := make(chan error, 1)
			go func() { second <- sdkCalls["lambda:Invoke"](t.Context(), cfg) }()
			got := ""
			select {
			case err := <-second:
				got = formatError(err)
			case <-arrived:
			}
			if got != test.want {
				t.Errorf("second concurrent call: got %q, want %q", got, test.want)
			}
			close(release)
			if err := <-first; err != nil {
				t.Errorf("first call: %v", err)
			}
			if err := sdkCalls["lambda:Invoke"](t.Context(), cfg); err != nil {
				t.Errorf("call after the end of the first call: %v", err)
			}
		})
	}
}
