package workflow

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

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

func TestAwaitAsksLittleAndReadsTheHistoryOnce(t *testing.T) {
	t.Parallel()
	running := awsstub.JSON(`{"status": "RUNNING"}`)
	throttled := awsstub.Error(http.StatusBadRequest, "ThrottlingException", "Rate exceeded")
	course := awsstub.Course(awsstub.AWS, "200")
	whole := []awsstub.Answer{awsstub.History("", course...)}
	repeated := func(answer awsstub.Answer, times int, then ...awsstub.Answer) []awsstub.Answer {
		var answers []awsstub.Answer
		for range times {
			answers = append(answers, answer)
		}
		return append(answers, then...)
	}
	tests := []struct {
		name                string
		expected            time.Duration
		describe, history   []awsstub.Answer
		err                 string
		took                time.Duration
		described, narrated int // calls
	}{
		{"one that ends as soon as expected", 4 * time.Second, repeated(succeeded, 1), whole, "", 4 * time.Second, 1, 1},
		{"one of which nothing is expected", 0, repeated(succeeded, 1), whole, "", 500 * time.Millisecond, 1, 1},
		{"one that takes longer", 0, repeated(running, 2, succeeded), whole, "", 1750 * time.Millisecond, 3, 1},
		{"one that is not known at first", 0, repeated(unknown, 2, succeeded), whole, "", 1750 * time.Millisecond, 3, 1},
		{"one that is never known", 0, repeated(unknown, 1), nil, "ExecutionDoesNotExist", 30890625 * time.Microsecond, 11, 0},
		{"one that is not known any more", 0, repeated(running, 1, unknown), nil, "ExecutionDoesNotExist", time.Second, 2, 0},
		{"calls that are throttled past the SDK's retries", 0, repeated(throttled, 3, succeeded), whole, "", time.Second, 4, 1},
		{"calls that are always throttled", 0, repeated(throttled, 1), nil, "ThrottlingException", 30890625 * time.Microsecond, 33, 0},
		{"calls that are throttled now and then", 0, repeated(throttled, 27, append([]awsstub.Answer{running}, repeated(throttled, 27, succeeded)...)...), whole, "",
			75890625 * time.Microsecond, 56, 1},
		{"a call that is denied", 0, repeated(awsstub.Denied(), 1), nil, "AccessDenied", 500 * time.Millisecond, 1, 0},
		{"a history that is denied", 0, repeated(succeeded, 1), []awsstub.Answer{awsstub.Denied()}, "AccessDenied", 500 * time.Millisecond, 1, 1},
		{"a history that lags behind", 0, repeated(succeeded, 1), append([]awsstub.Answer{awsstub.History("", course[:3]...)}, whole...), "", time.Second, 2, 2},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				stub := awsstub.New(t).On(describeExecution, test.describe...).On(getHistory, test.history...)
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
				if d, n := count(stub, describeExecution), count(stub, getHistory); d != test.described || n != test.narrated {
					t.Errorf("it was asked %d times for the execution and %d times for its history", d, n)
				}
			})
		})
	}
}

func TestAnInterruptEndsAwait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, nil)
		defer cancel()
		stub := awsstub.New(t).On(describeExecution, awsstub.JSON(`{"status": "RUNNING"}`))
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
