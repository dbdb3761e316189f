package workflow

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/history"
)

// sameEvents compares events by their content.
var sameEvents = cmp.Comparer(func(a, b history.Event) bool {
	return a.ID == b.ID && a.Previous == b.Previous && a.Time.Equal(b.Time) && a.Type == b.Type && a.State == b.State &&
		string(a.Details()) == string(b.Details())
})

// ignoreUnexported ignores an internal, empty field of the SDK's types.
var ignoreUnexported = cmp.FilterPath(
	func(p cmp.Path) bool { return p.Last().String() == ".noSmithyDocumentSerde" },
	cmp.Ignore(),
)

var (
	succeeded = awsstub.JSON(`{"status": "SUCCEEDED", "output": "\"The request has succeeded.\""}`)
	unknown   = awsstub.Error(http.StatusBadRequest, "ExecutionDoesNotExist", "Execution Does Not Exist")
)

// follow calls Follow, and collects the executions that Follow passes to onChange.
func follow(t *testing.T, ctx context.Context, stub *awsstub.Stub) (
	e history.Execution, changes []history.Execution, err error,
) {
	t.Helper()
	e, err = Follow(ctx, stub.Config(), execution, func(e history.Execution) { changes = append(changes, e) })
	return e, changes, err
}

func count(stub *awsstub.Stub, operation string) int {
	return len(slices.DeleteFunc(stub.CalledOperations(), func(call string) bool { return call != operation }))
}

func TestFollow(t *testing.T) {
	t.Parallel()
	for _, family := range awsstub.Servers {
		t.Run(string(family), func(t *testing.T) {
			t.Parallel()
			recorded := awsstub.ScenarioEvents(family, "200")
			synctest.Test(t, func(t *testing.T) {
				stub := awsstub.New(t).On(describeExecution, succeeded).On(getHistory,
					awsstub.History("", recorded[:2]...),
					awsstub.History("", recorded[:2]...), // no new events
					awsstub.History("", recorded[:3]...),
					awsstub.History("second", recorded[:4]...), awsstub.History("", recorded[4:]...))
				got, changes, err := follow(t, t.Context(), stub)
				if err != nil {
					t.Fatal(err)
				}
				want := []history.Execution{
					newExecution(execution, recorded[:2]),
					newExecution(execution, recorded[:3]),
					newExecution(execution, recorded),
				}
				if diff := cmp.Diff(want, changes, sameEvents); diff != "" {
					t.Errorf("the changes differ (-want +got):\n%s", diff)
				}
				if diff := cmp.Diff(newExecution(execution, recorded), got, sameEvents); diff != "" {
					t.Errorf("the execution differs (-want +got):\n%s", diff)
				}
				if n := count(stub, describeExecution); n != 1 {
					t.Errorf("got %d calls to DescribeExecution, want 1", n)
				}
			})
		})
	}
}

// TestFollowEnd checks that the execution gets its status, output and error from DescribeExecution.
func TestFollowEnd(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		recorded []types.HistoryEvent
		describe awsstub.Answer
		want     history.Execution // status, output, error and cause
	}{
		{"same as in the history", awsstub.ScenarioEvents(awsstub.AWS, "200"), succeeded,
			history.Execution{Status: "SUCCEEDED", Output: `"The request has succeeded."`}},
		{"other output", awsstub.ScenarioEvents(awsstub.AWS, "200"), awsstub.JSON(`{"status": "SUCCEEDED", "output": "1"}`),
			history.Execution{Status: "SUCCEEDED", Output: "1"}},
		{"other status", awsstub.ScenarioEvents(awsstub.AWS, "200"),
			awsstub.JSON(`{"status": "FAILED", "error": "E", "cause": "C"}`),
			history.Execution{Status: "FAILED", Output: `"The request has succeeded."`, Error: "E", Cause: "C"}},
		{"output of a failed execution", awsstub.ScenarioEvents(awsstub.MiniStack, "503"),
			awsstub.JSON(`{"status": "FAILED", "error": "ServerUnavailable", "cause": "C", "output": "{}"}`),
			history.Execution{Status: "FAILED", Error: "ServerUnavailable", Cause: "C"}},
		{"aborted", awsstub.Record(awsstub.AWS, "{}").Event("ExecutionAborted", types.HistoryEvent{}).Events,
			awsstub.JSON(`{"status": "ABORTED"}`), history.Execution{Status: "ABORTED"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				stub := awsstub.New(t).On(getHistory, awsstub.History("", test.recorded...)).
					On(describeExecution, test.describe)
				got, _, err := follow(t, t.Context(), stub)
				if err != nil {
					t.Fatal(err)
				}
				got = history.Execution{Status: got.Status, Output: got.Output, Error: got.Error, Cause: got.Cause}
				if diff := cmp.Diff(test.want, got); diff != "" {
					t.Errorf("the result differs (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestFollowStaleDescription(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		running := awsstub.JSON(`{"status": "RUNNING"}`)
		stub := awsstub.New(t).On(getHistory, awsstub.History("", awsstub.ScenarioEvents(awsstub.AWS, "200")...)).
			On(describeExecution, running, running, succeeded)
		got, changes, err := follow(t, t.Context(), stub)
		if err != nil || got.Status != types.ExecutionStatusSucceeded {
			t.Errorf("got status %s and error %v, want SUCCEEDED", got.Status, err)
		}
		if len(changes) != 1 {
			t.Errorf("got %d changes, want 1", len(changes))
		}
	})
}

func TestFollowNotFoundAtFirst(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		whole := awsstub.History("", awsstub.ScenarioEvents(awsstub.AWS, "200")...)
		stub := awsstub.New(t).On(getHistory, unknown, unknown, whole).On(describeExecution, succeeded)
		got, _, err := follow(t, t.Context(), stub)
		if err != nil || got.Status != types.ExecutionStatusSucceeded {
			t.Errorf("got status %s and error %v, want SUCCEEDED", got.Status, err)
		}
	})
}

func TestFollowNotFound(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour) // by the fake clock
		defer cancel()
		stub := awsstub.New(t).On(getHistory, unknown)
		_, changes, err := follow(t, ctx, stub)
		requireError(t, err, "ExecutionDoesNotExist")
		if n := count(stub, getHistory); n != 11 || len(changes) != 0 {
			t.Errorf("got %d calls and %d changes, want 11 and none", n, len(changes))
		}
		if waited := time.Since(begin); waited < 5*time.Second || waited > 30*time.Second { // by the fake clock
			t.Errorf("got a wait of %v, want 5s to 30s", waited)
		}
	})
}

func TestFollowNotFoundLater(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		stub := awsstub.New(t).On(getHistory, awsstub.History("", awsstub.ScenarioEvents(awsstub.AWS, "200")[:2]...), unknown)
		_, _, err := follow(t, t.Context(), stub)
		requireError(t, err, "ExecutionDoesNotExist")
		if n := count(stub, getHistory); n != 2 {
			t.Errorf("got %d calls, want 2", n)
		}
	})
}

func TestFollowDenied(t *testing.T) {
	t.Parallel()
	whole := awsstub.History("", awsstub.ScenarioEvents(awsstub.AWS, "200")...)
	tests := []struct {
		name              string
		history, describe awsstub.Answer
		err               string
	}{
		{"history", awsstub.Denied(), succeeded, "cannot read the history of " + execution},
		{"result", whole, awsstub.Denied(), "cannot read the result of " + execution},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				stub := awsstub.New(t).On(getHistory, test.history).On(describeExecution, test.describe)
				_, _, err := follow(t, t.Context(), stub)
				requireError(t, err, test.err)
				requireError(t, err, "AccessDenied")
			})
		})
	}
}

func TestFollowInterrupted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		stub := awsstub.New(t).On(getHistory, awsstub.History("", awsstub.ScenarioEvents(awsstub.AWS, "200")[:2]...))
		ended := make(chan error)
		go func() {
			_, _, err := follow(t, ctx, stub)
			ended <- err
		}()
		time.Sleep(time.Hour) // by the fake clock
		calls := count(stub, getHistory)
		if calls < 60*60/2 || calls > 60*60/2+10 {
			t.Errorf("got %d calls in an hour, want about one every two seconds", calls)
		}
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("got error %v, want context.Canceled", err)
		}
		if after := count(stub, getHistory); after != calls {
			t.Errorf("got %d calls after the interrupt, want none", after-calls)
		}
	})
}
