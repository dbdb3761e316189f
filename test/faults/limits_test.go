package faults

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

func TestBuckets(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		manners []Manner
		want    int
	}{
		// 1% of a bucket of 200. The refill of 0.05 per second is less than a token meanwhile.
		"on":  {[]Manner{Buckets(0.01)}, 2},
		"off": {nil, 5},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := newEndpoint(t)
			cfg := config(Start(t, e.URL, Options{Manners: test.manners}).URL)
			cfg.Retryer = func() aws.Retryer { return aws.NopRetryer{} }
			answered := 0
			for range 5 {
				switch got := refusal(operations["states:ListExecutions"](t.Context(), cfg)); got {
				case "":
					answered++
				case "Bad Request ThrottlingException: Rate exceeded":
				default:
					t.Errorf("got %s, want throttling", got)
				}
			}
			if answered != test.want {
				t.Errorf("got %d answers to 5 calls, want %d", answered, test.want)
			}
		})
	}
}

func TestLeast(t *testing.T) {
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
		if got := Least(test.calls); (got - test.want).Abs() > time.Millisecond {
			t.Errorf("%s: got %v, want %v", name, got, test.want)
		}
	}
}

func TestLambdaConcurrency(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		manners []Manner
		second  string
	}{
		"on":  {[]Manner{LambdaConcurrency(1)}, "Too Many Requests TooManyRequestsException: Rate Exceeded."},
		"off": {nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := newEndpoint(t)
			arrived, release := make(chan struct{}, 3), make(chan struct{})
			slow := newSlow(t, e, arrived, release)
			cfg := config(Start(t, slow, Options{Manners: test.manners}).URL)
			cfg.Retryer = func() aws.Retryer { return aws.NopRetryer{} }
			first := make(chan error, 1)
			go func() { first <- operations["lambda:Invoke"](t.Context(), cfg) }()
			<-arrived
			second := make(chan error, 1)
			go func() { second <- operations["lambda:Invoke"](t.Context(), cfg) }()
			got := ""
			select {
			case err := <-second:
				got = refusal(err)
			case <-arrived:
			}
			if got != test.second {
				t.Errorf("the second call at once: got %q, want %q", got, test.second)
			}
			close(release)
			if err := <-first; err != nil {
				t.Errorf("the first call failed: %v", err)
			}
			if err := operations["lambda:Invoke"](t.Context(), cfg); err != nil {
				t.Errorf("a call after the first failed: %v", err)
			}
		})
	}
}
