package pace

import (
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"golang.org/x/time/rate"

	"retrycatch/internal/awsstub"
)

var throttled = awsstub.Error(http.StatusBadRequest, "ThrottlingException", "Rate exceeded")

// bucket simulates an account's token bucket for GetExecutionHistory.
type bucket struct {
	*rate.Limiter
	passed int // number of calls that were not throttled
}

func (b *bucket) answer(call awsstub.Call) (*http.Response, error) {
	if !b.Allow() {
		return throttled(call)
	}
	b.passed++
	return awsstub.History("")(call)
}

// readHistories makes calls to GetExecutionHistory, eight at a time. It retries throttled calls.
func readHistories(t *testing.T, p *Pacer, stub *awsstub.Stub, calls int) {
	t.Helper()
	client := sfn.NewFromConfig(p.Apply(stub.Config()))
	var workers sync.WaitGroup
	remaining := make(chan struct{}, calls)
	for range calls {
		remaining <- struct{}{}
	}
	close(remaining)
	for range 8 {
		workers.Go(func() {
			for range remaining {
				for {
					_, err := client.GetExecutionHistory(t.Context(), &sfn.GetExecutionHistoryInput{ExecutionArn: aws.String("arn")})
					if err == nil {
						break
					}
				}
			}
		})
	}
	workers.Wait()
}

func TestPace(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name           string
		tokens, refill float64
		min, max       time.Duration // for a thousand calls
		throttled      int           // maximum number of throttled calls
	}{
		{"documented quota", 400, 20, 30 * time.Second, 31500 * time.Millisecond, 20},
		{"empty bucket", 0, 20, 50 * time.Second, 52 * time.Second, 20},
		{"half the documented quota", 200, 10, 80 * time.Second, 88 * time.Second, 200},
		{"double burst", 800, 20, 10 * time.Second, 11 * time.Second, 20},
		{"quota never reached", 1000, 20, 0, 1100 * time.Millisecond, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := &bucket{Limiter: rate.NewLimiter(rate.Limit(test.refill), 1000)}
				b.AllowN(time.Now(), 1000-int(test.tokens)) // other clients used these tokens
				stub := awsstub.New(t).On("SFN.GetExecutionHistory", b.answer)
				p, began := New(), time.Now()
				readHistories(t, p, stub, 1000)
				// The simulated time depends only on the calls.
				if took := time.Since(began); took < test.min || took > test.max {
					t.Errorf("got duration %v, want %v to %v", took, test.min, test.max)
				}
				if b.passed != 1000 || p.Throttled() > test.throttled || len(stub.Calls()) != 1000+p.Throttled() {
					t.Errorf("got %d calls, %d passed, %d throttled; want 1000 passed, at most %d throttled",
						len(stub.Calls()), b.passed, p.Throttled(), test.throttled)
				}
				t.Logf("took %v, throttled %d", time.Since(began), p.Throttled())
			})
		})
	}
}

func TestApply(t *testing.T) {
	t.Parallel()
	t.Run("retries", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			stub := awsstub.New(t).On("SFN.DescribeStateMachineForExecution", throttled, throttled,
				awsstub.ExecutionDefinition("{}"))
			cfg := stub.Config()
			cfg.Retryer = nil // the SDK's default, which delays the first retry by up to 1 s, and the second by up to 2 s
			p, began := New(), time.Now()
			_, err := sfn.NewFromConfig(p.Apply(cfg)).DescribeStateMachineForExecution(t.Context(),
				&sfn.DescribeStateMachineForExecutionInput{ExecutionArn: aws.String("arn")})
			// The second attempt starts 1 ms after the first, and the third starts 1 s after the
			// second.
			if took := time.Since(began); err != nil || took != 1001*time.Millisecond || p.Throttled() != 2 {
				t.Errorf("got duration %v, %d throttled attempts and error %v; want 1.001s, 2 and none",
					took, p.Throttled(), err)
			}
		})
	})
	t.Run("operation without quota", func(t *testing.T) {
		t.Parallel()
		stub := awsstub.New(t).On("SFN.DescribeStateMachine", awsstub.StateMachine("ACTIVE"))
		p := New()
		if _, err := sfn.NewFromConfig(p.Apply(stub.Config())).DescribeStateMachine(t.Context(),
			&sfn.DescribeStateMachineInput{StateMachineArn: aws.String("arn")}); err != nil {
			t.Error(err)
		}
	})
}
