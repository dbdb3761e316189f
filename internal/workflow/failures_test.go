package workflow

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/history"
)

// testCalls holds calls to this package's functions, with the responses that each call gets. Most
// of the calls must wait.
var testCalls = map[string]struct {
	answers map[string][]awsstub.Answer // keyed by operation
	call    func(context.Context, aws.Config) error
}{
	"AwaitDefinition": {map[string][]awsstub.Answer{stopExecution: {awsstub.JSON(`{"stopDate": 1}`)},
		describeExecution:    {awsstub.JSON(`{"status": "RUNNING"}`)},
		describeForExecution: {unknown, awsstub.ExecutionDefinition("stale"), awsstub.ExecutionDefinition("updated")}},
		func(ctx context.Context, cfg aws.Config) error {
			_, err := AwaitDefinition(ctx, cfg, func() (string, error) { return "arn:1", nil },
				func(r Revision) bool { return r.Definition == "updated" }, func() {})
			return err
		}},
	"AwaitListed": {map[string][]awsstub.Answer{listExecutions: {awsstub.Executions(), awsstub.Executions("arn:1")}},
		func(ctx context.Context, cfg aws.Config) error {
			_, err := AwaitListed(ctx, cfg, awsstub.StateMachineARN, []string{"arn:1"}, func() {})
			return err
		}},
	"Read": {map[string][]awsstub.Answer{describeExecution: {succeeded},
		getHistory: {awsstub.History("", awsstub.ScenarioEvents(awsstub.AWS, "200")...)}},
		func(ctx context.Context, cfg aws.Config) error {
			_, err := Read(ctx, cfg, execution)
			return err
		}},
	"ReadListed": {map[string][]awsstub.Answer{describeExecution: {succeeded},
		getHistory: {awsstub.History("", awsstub.ScenarioEvents(awsstub.AWS, "200")[:3]...)}},
		func(ctx context.Context, cfg aws.Config) error {
			_, err := ReadListed(ctx, cfg, item("a", "SUCCEEDED"))
			return err
		}},
	"ReadListed, throttled": {map[string][]awsstub.Answer{getHistory: {tooMany, tooMany, tooMany, tooMany,
		awsstub.History("", awsstub.ScenarioEvents(awsstub.AWS, "200")...)}},
		func(ctx context.Context, cfg aws.Config) error {
			_, err := ReadListed(ctx, cfg, item("a", "SUCCEEDED"))
			return err
		}},
	"Follow": {map[string][]awsstub.Answer{describeExecution: {succeeded},
		getHistory: {awsstub.History("", awsstub.ScenarioEvents(awsstub.AWS, "200")[:3]...),
			awsstub.History("", awsstub.ScenarioEvents(awsstub.AWS, "200")...)}},
		func(ctx context.Context, cfg aws.Config) error {
			_, err := Follow(ctx, cfg, execution, func(history.Execution) {})
			return err
		}},
	"ListItem": {map[string][]awsstub.Answer{describeExecution: {succeeded}},
		func(ctx context.Context, cfg aws.Config) error {
			_, err := ListItem(ctx, cfg, execution)
			return err
		}},
	"Definition": {map[string][]awsstub.Answer{
		"SFN.DescribeStateMachine": {awsstub.JSON(`{"name": "n", "definition": "{}"}`)}},
		func(ctx context.Context, cfg aws.Config) error {
			_, _, err := Definition(ctx, cfg, awsstub.StateMachineARN)
			return err
		}},
}

var tooMany = awsstub.Error(http.StatusBadRequest, "ThrottlingException", "Rate exceeded")

// run runs a test with a fake clock. The test gets one of the testCalls, and a configuration that
// returns the call's responses.
func run(
	t *testing.T, name string, test func(t *testing.T, cfg aws.Config, call func(context.Context, aws.Config) error),
) {
	synctest.Test(t, func(t *testing.T) {
		stub := awsstub.New(t)
		for operation, answers := range testCalls[name].answers {
			stub.On(operation, answers...)
		}
		test(t, stub.Config(), testCalls[name].call)
	})
}

func TestEveryFailure(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	for name := range testCalls {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for n, more := 1, true; more; n++ {
				run(t, name, func(t *testing.T, cfg aws.Config, call func(context.Context, aws.Config) error) {
					cfg, reached := awsstub.FailNthCall(cfg, n, func() error { return broken })
					err := call(t.Context(), cfg)
					if more = reached(); errors.Is(err, broken) != more {
						t.Errorf("call %d (reached: %t): got error %v, want %v only if reached", n, more, err, broken)
					}
				})
			}
		})
	}
}

// TestInterruptedWaits ends the context at many points in time, mostly during waits.
func TestInterruptedWaits(t *testing.T) {
	t.Parallel()
	for name := range testCalls {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var duration time.Duration
			run(t, name, func(t *testing.T, cfg aws.Config, call func(context.Context, aws.Config) error) {
				began := time.Now()
				if err := call(t.Context(), cfg); err != nil {
					t.Error(err)
				}
				duration = time.Since(began)
			})
			for limit := 50 * time.Millisecond; limit < duration; limit += 100 * time.Millisecond {
				run(t, name, func(t *testing.T, cfg aws.Config, call func(context.Context, aws.Config) error) {
					ctx, cancel := context.WithTimeout(t.Context(), limit)
					defer cancel()
					if err := call(ctx, cfg); !errors.Is(err, context.DeadlineExceeded) {
						t.Errorf("context ends after %v: got error %v, want %v", limit, err, context.DeadlineExceeded)
					}
				})
			}
		})
	}
}

// TestStopAfterInterrupt interrupts the call that stops a stale execution. AwaitDefinition must
// repeat the call.
func TestStopAfterInterrupt(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	stub := awsstub.New(t).On(describeForExecution, awsstub.ExecutionDefinition("stale")).
		On(stopExecution, func(_ awsstub.Call) (*http.Response, error) {
			cancel()
			return nil, context.Canceled
		}, awsstub.JSON(`{"stopDate": 1}`))
	_, err := AwaitDefinition(ctx, stub.Config(), func() (string, error) { return "arn:1", nil },
		func(Revision) bool { return false }, func() {})
	if diff := cmp.Diff([]string{"arn:1", "arn:1"}, stoppedBy(stub)); !errors.Is(err, context.Canceled) || diff != "" {
		t.Errorf("got error %v, want %v; stopped executions (-want +got):\n%s", err, context.Canceled, diff)
	}
}

// TestFollowWaits checks how the wait grows while an execution has no new events.
func TestFollowWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		recorded := awsstub.ScenarioEvents(awsstub.AWS, "200")
		var reads []time.Time
		stub := awsstub.New(t).On(describeExecution, succeeded)
		stub.On(getHistory, func(call awsstub.Call) (*http.Response, error) {
			events := map[bool][]types.HistoryEvent{true: recorded[:2], false: recorded[:3]}[len(reads) < 10]
			if reads = append(reads, time.Now()); len(reads) == 13 {
				events = recorded
			}
			return awsstub.History("", events...)(call)
		})
		if _, err := Follow(t.Context(), stub.Config(), execution, func(history.Execution) {}); err != nil {
			t.Fatal(err)
		}
		var waits []time.Duration
		for i := 1; i < len(reads); i++ {
			waits = append(waits, reads[i].Sub(reads[i-1]))
		}
		const ms, us = time.Millisecond, time.Microsecond
		want := []time.Duration{200 * ms, 300 * ms, 450 * ms, 675 * ms, 1012500 * us, 1518750 * us,
			2000 * ms, 2000 * ms, 2000 * ms, 2000 * ms, 200 * ms, 300 * ms}
		if diff := cmp.Diff(want, waits); diff != "" {
			t.Errorf("the waits differ (-want +got):\n%s", diff)
		}
	})
}
