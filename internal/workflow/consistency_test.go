package workflow

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/awsstub"
)

const describeForExecution = "SFN.DescribeStateMachineForExecution"

func TestAwaitDefinition(t *testing.T) {
	t.Parallel()
	stale, updated := awsstub.ExecutionDefinition("stale"), awsstub.ExecutionDefinition("updated")
	tests := []struct {
		name    string
		answers []awsstub.Answer
		current bool     // the last execution uses the current revision
		started int      // number of started executions
		stopped []string // ARNs of the stopped executions
		warned  int      // calls to onStale
	}{
		{"current at once", []awsstub.Answer{updated}, true, 1, nil, 0},
		{"not found at first", []awsstub.Answer{unknown, unknown, updated}, true, 1, nil, 0},
		{"stale twice", []awsstub.Answer{stale, stale, updated}, true, 3, []string{"arn:1", "arn:2"}, 1},
		{"always stale", []awsstub.Answer{stale}, false, maxAttempts, arns(maxAttempts - 1), 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				stub := awsstub.New(t).On(describeForExecution, test.answers...).
					On(stopExecution, awsstub.JSON(`{"stopDate": 1}`))
				started, warned := 0, 0
				current, err := AwaitDefinition(t.Context(), stub.Config(), func() (string, error) {
					started++
					return fmt.Sprint("arn:", started), nil
				}, func(r Revision) bool {
					return r.Definition == "updated" &&
						r.Updated.Equal(time.Date(2026, time.January, 2, 3, 4, 5, 0, time.UTC))
				}, func() { warned++ })
				if err != nil || current != test.current || started != test.started || warned != test.warned {
					t.Errorf("got current %t, error %v, %d starts and %d warnings, want %t, none, %d and %d", current,
						err, started, warned, test.current, test.started, test.warned)
				}
				if diff := cmp.Diff(test.stopped, stoppedBy(stub)); diff != "" {
					t.Errorf("the stopped executions differ (-want +got):\n%s", diff)
				}
			})
		})
	}
	t.Run("denied", func(t *testing.T) {
		t.Parallel()
		stub := awsstub.New(t).On(describeForExecution, awsstub.Denied())
		if _, err := AwaitDefinition(t.Context(), stub.Config(), func() (string, error) { return "arn:1", nil }, nil,
			nil); err == nil {
			t.Error("got no error, want one about the denied call")
		}
	})
	t.Run("not started", func(t *testing.T) {
		t.Parallel()
		startErr := errors.New("cannot start")
		if _, err := AwaitDefinition(t.Context(), awsstub.New(t).Config(), func() (string, error) { return "", startErr },
			nil, nil); !errors.Is(err, startErr) {
			t.Errorf("got error %v, want %v", err, startErr)
		}
	})
	t.Run("interrupted", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		stub := awsstub.New(t).On(stopExecution, awsstub.JSON(`{"stopDate": 1}`))
		_, err := AwaitDefinition(ctx, stub.Config(), func() (string, error) { cancel(); return "arn:1", nil }, nil,
			nil)
		if diff := cmp.Diff([]string{"arn:1"}, stoppedBy(stub)); !errors.Is(err, context.Canceled) || diff != "" {
			t.Errorf("got error %v, want %v; stopped executions (-want +got):\n%s", err, context.Canceled, diff)
		}
	})
}

func arns(n int) []string {
	var arns []string
	for i := range n {
		arns = append(arns, fmt.Sprint("arn:", i+1))
	}
	return arns
}

func stoppedBy(stub *awsstub.Stub) []string {
	var arns []string
	for _, input := range stub.Inputs(stopExecution) {
		arns = append(arns, aws.ToString(input.(*sfn.StopExecutionInput).ExecutionArn))
	}
	return arns
}

func TestAwaitListed(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		answers []awsstub.Answer
		missing []string
		calls   int // calls to ListExecutions
		warned  int // calls to onLag
	}{
		{"complete", []awsstub.Answer{awsstub.Executions("arn:other", "arn:2", "arn:1")}, []string{}, 1, 0},
		{"stale", []awsstub.Answer{awsstub.Executions(), awsstub.Executions("arn:1"),
			awsstub.Executions("arn:2")}, []string{}, 3, 1},
		{"never listed", []awsstub.Answer{awsstub.Executions("arn:1")}, []string{"arn:2"}, maxAttempts, 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				stub := awsstub.New(t).On(listExecutions, test.answers...)
				warned := 0
				missing, err := AwaitListed(t.Context(), stub.Config(), awsstub.StateMachineARN,
					[]string{"arn:1", "arn:2"}, func() { warned++ })
				if diff := cmp.Diff(test.missing, missing); err != nil || diff != "" {
					t.Errorf("got error %v, want none; missing executions (-want +got):\n%s", err, diff)
				}
				if n := count(stub, listExecutions); n != test.calls || warned != test.warned {
					t.Errorf("got %d calls and %d warnings, want %d and %d", n, warned, test.calls, test.warned)
				}
			})
		})
	}
	t.Run("denied", func(t *testing.T) {
		t.Parallel()
		stub := awsstub.New(t).On(listExecutions, awsstub.Denied())
		if missing, err := AwaitListed(t.Context(), stub.Config(), awsstub.StateMachineARN, []string{"arn:1"},
			nil); err == nil || len(missing) != 1 {
			t.Errorf("got missing executions %q and error %v, want one of each", missing, err)
		}
	})
}
