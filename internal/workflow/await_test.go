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
	"github.com/google/go-cmp/cmp/cmpopts"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/history"
)

func TestAStartWhoseNameIsTakenHasTakenPlace(t *testing.T) {
	t.Parallel()
	stub := awsstub.New(t).On(startExecution, awsstub.Broken("connection reset"), awsstub.Error(http.StatusBadRequest, "ExecutionAlreadyExists", "taken"))
	arn, err := Start(t.Context(), stub.Config(), awsstub.StateMachineARN, "200-test", "{}", traceID)
	if err != nil || arn != execution {
		t.Errorf("got %s, %v", arn, err)
	}
	_, err = Start(t.Context(), stub.Config(), "MyAPIStateMachine", "200-test", "{}", traceID)
	requireError(t, err, "cannot name the execution 200-test")
}

func TestAwaitAsksLittle(t *testing.T) {
	t.Parallel()
	throttled := awsstub.Error(http.StatusBadRequest, "ThrottlingException", "Rate exceeded")
	course := awsstub.Course(awsstub.AWS, "200")
	running, ended := awsstub.History("", course[:3]...), awsstub.History("", course...)
	repeated := func(answer awsstub.Answer, times int, then ...awsstub.Answer) []awsstub.Answer {
		return append(slices.Repeat([]awsstub.Answer{answer}, times), then...)
	}
	const short, long = 200 * time.Millisecond, 4 * time.Second
	tests := []struct {
		name     string
		expected time.Duration
		answers  []awsstub.Answer
		err      string
		took     time.Duration
		calls    int
	}{
		{"one that ends as soon as expected", long, repeated(ended, 1), "", 4 * time.Second, 1},
		{"a short one that ends as soon as expected", short, repeated(ended, 1), "", 200 * time.Millisecond, 1},
		{"one of which nothing is expected", 0, repeated(ended, 1), "", 500 * time.Millisecond, 1},
		{"one that takes longer", 0, repeated(running, 2, ended), "", 1750 * time.Millisecond, 3},
		{"a long one that takes longer than expected", long, repeated(running, 2, ended), "", 5250 * time.Millisecond, 3},
		{"a short one that takes a little longer than expected", short, repeated(running, 1, ended), "", 250 * time.Millisecond, 2},
		{"a short one that takes much longer than expected", short, repeated(running, 3, ended), "", 1500 * time.Millisecond, 4},
		{"one whose history is empty at first", 0, repeated(awsstub.History(""), 2, ended), "", 1750 * time.Millisecond, 3},
		{"one that is not known at first", 0, repeated(unknown, 2, ended), "", 1750 * time.Millisecond, 3},
		{"a short one that is not known at first", short, repeated(unknown, 2, ended), "", 750 * time.Millisecond, 3},
		{"one that is never known", 0, repeated(unknown, 1), "ExecutionDoesNotExist", 30890625 * time.Microsecond, 11},
		{"one that is not known any more", 0, repeated(running, 1, unknown), "ExecutionDoesNotExist", time.Second, 2},
		{"calls that are throttled past the SDK's retries", 0, repeated(throttled, 3, ended), "", time.Second, 4},
		{"calls that are always throttled", 0, repeated(throttled, 1), "ThrottlingException", 30890625 * time.Microsecond, 33},
		{"calls that are throttled now and then", 0, repeated(throttled, 27, repeated(running, 1, repeated(throttled, 27, ended)...)...), "",
			75890625 * time.Microsecond, 56},
		{"a call that is denied", 0, repeated(awsstub.Denied(), 1), "AccessDenied", 500 * time.Millisecond, 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				stub := awsstub.New(t).On(getHistory, test.answers...)
				began := time.Now()
				got, err := Await(t.Context(), stub.Config(), execution, test.expected)
				requireError(t, err, test.err)
				want := history.Execution{}
				if test.err == "" {
					want = history.New(course)
				}
				if diff := cmp.Diff(want, got, cmpopts.EquateApproxTime(0)); diff != "" {
					t.Errorf("the execution differs (-want +got):\n%s", diff)
				}
				if took := time.Since(began); took != test.took {
					t.Errorf("it took %v, expected %v", took, test.took)
				}
				if n := count(stub, getHistory); n != test.calls || len(stub.Calls()) != n {
					t.Errorf("the calls are %d times for the history, of %q", n, stub.Calls())
				}
			})
		})
	}
}

func TestTheHistoryTellsAwaitHowAnExecutionEnded(t *testing.T) {
	t.Parallel()
	tests := []struct {
		scenario    string
		status      types.ExecutionStatus
		output, err string
		attempts    int
	}{
		{"200", types.ExecutionStatusSucceeded, `"The request has succeeded."`, "", 1},
		{"503", types.ExecutionStatusFailed, "", "ServerUnavailable", 1},
		{"429", types.ExecutionStatusSucceeded, `"The request has succeeded."`, "", 4},
	}
	for _, test := range tests {
		for _, family := range awsstub.Families {
			t.Run(test.scenario+" "+string(family), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					stub := awsstub.New(t).On(getHistory, awsstub.History("", awsstub.Course(family, test.scenario)...))
					e, err := Await(t.Context(), stub.Config(), execution, 0)
					if err != nil || e.Status != test.status || e.Output != test.output || e.Error != test.err || e.Attempts() != test.attempts {
						t.Errorf("it ended as %s with %q, %q after %d attempts, and %v", e.Status, e.Output, e.Error, e.Attempts(), err)
					}
				})
			})
		}
	}
}

func TestAnInterruptEndsAwait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, nil)
		defer cancel()
		stub := awsstub.New(t).On(getHistory, awsstub.History(""))
		if _, err := Await(ctx, stub.Config(), execution, 0); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("it ended with %v", err)
		}
	})
}

func TestOnlyWhatMayPassIsTransient(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		answer awsstub.Answer
		want   bool
	}{
		{"throttling", awsstub.Error(http.StatusBadRequest, "ThrottlingException", "Rate exceeded"), true},
		{"a broken connection", awsstub.Broken("connection reset"), true},
		{"a fault of AWS", awsstub.Error(http.StatusInternalServerError, "InternalFailure", "sorry"), true},
		{"access denied", awsstub.Denied(), false},
		{"an execution that does not exist", unknown, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			stub := awsstub.New(t).On(getHistory, test.answer)
			if _, err := Events(t.Context(), stub.Config(), execution); Transient(err) != test.want {
				t.Errorf("%v counts as transient: %t", err, !test.want)
			}
		})
	}
	if Transient(context.Canceled) {
		t.Error("an interrupt counts as transient")
	}
}
