package workflow

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/history"
)

// listAnswer returns a response of ListExecutions. Each execution is a name and a status, such as
// "a RUNNING".
func listAnswer(executions ...string) awsstub.Answer {
	var items []string
	for _, execution := range executions {
		name, status, _ := strings.Cut(execution, " ")
		items = append(items, fmt.Sprintf(
			`{"executionArn": "arn:%s", "name": %q, "status": %q, "startDate": 1, "stateMachineArn": "s"}`,
			name,
			name,
			status,
		))
	}
	return awsstub.JSON(`{"executions": [` + strings.Join(items, ",") + `]}`)
}

func answers(all ...awsstub.Answer) []awsstub.Answer { return all }

func TestAwait(t *testing.T) {
	t.Parallel()
	recorded := awsstub.ScenarioEvents(awsstub.AWS, "200")
	whole, part := awsstub.History("", recorded...), awsstub.History("", recorded[:3]...)
	throttled := awsstub.Error(http.StatusBadRequest, "ThrottlingException", "Rate exceeded")
	const other, running, ended = "b SUCCEEDED", "a RUNNING", "a SUCCEEDED"
	tests := []struct {
		name      string
		expected  time.Duration
		lists     []awsstub.Answer
		histories []awsstub.Answer
		err       string
		took      time.Duration
		listed    int // calls to ListExecutions; 0 to accept any number
		read      int // calls to GetExecutionHistory
	}{
		{"expected end", 4 * time.Second, answers(listAnswer(ended)), answers(whole), "", 4 * time.Second, 1, 1},
		{"no expected duration", 0, answers(listAnswer(ended)), answers(whole), "", 0, 1, 1},
		{"listed as running at first", 0, answers(listAnswer(running), listAnswer(running), listAnswer(ended)),
			answers(whole), "", 375 * time.Millisecond, 3, 1},
		{"unlisted at first", 0, answers(listAnswer(other), listAnswer(), listAnswer(ended)), answers(whole), "",
			375 * time.Millisecond, 3, 1},
		{"stale history", 0, answers(listAnswer(ended)), answers(part, whole), "", 200 * time.Millisecond, 1, 2},
		{"long-lasting stale history", 0, answers(listAnswer(ended)),
			answers(part, unknown, part, part, part, part, part, whole), "", 9 * time.Second, 1, 8},
		{"history without an end", 0, answers(listAnswer(ended)), answers(part),
			"is SUCCEEDED, but its history is incomplete", 115 * time.Second, 1, 60},
		{"list throttled", 0, answers(throttled, throttled, throttled, listAnswer(ended)), answers(whole), "",
			500 * time.Millisecond, 4, 1},
		{"list throttled for a long time", 0, append(slices.Repeat(answers(throttled), 60), listAnswer(ended)),
			answers(part, whole), "", 9850 * time.Millisecond, 61, 2},
		{"never listed", 0, answers(listAnswer(other)), answers(part, whole), "", 20 * time.Second, 0, 2},
		{"always listed as running", 0, answers(listAnswer(running)), answers(whole), "", time.Minute, 0, 1},
		{"missing", 0, answers(listAnswer(other)), answers(unknown), "ExecutionDoesNotExist", 30 * time.Second, 0, 3},
		{"list denied", 0, answers(awsstub.Denied()), nil, awsstub.DeniedText, 0, 1, 0},
		{"history denied", 0, answers(listAnswer(ended)), answers(awsstub.Denied()), awsstub.DeniedText, 0, 1, 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				stub := awsstub.New(t).On(listExecutions, test.lists...).On(getHistory, test.histories...)
				ctx, stop := context.WithCancel(t.Context())
				defer stop()
				ends, began := WatchEnds(ctx, stub.Config(), awsstub.StateMachineARN), time.Now()
				got, err := ends.Await(t.Context(), "arn:a", test.expected)
				requireError(t, err, test.err)
				want := history.Execution{}
				if test.err == "" {
					want = newExecution("arn:a", recorded)
				}
				if diff := cmp.Diff(want, got, cmpopts.EquateApproxTime(0), sameEvents); diff != "" {
					t.Errorf("the execution differs (-want +got):\n%s", diff)
				}
				if took := time.Since(began); took != test.took {
					t.Errorf("got duration %v, want %v", took, test.took)
				}
				lists, read := count(stub, listExecutions), count(stub, getHistory)
				if test.listed > 0 && lists != test.listed || read != test.read || lists+read != len(stub.Calls()) {
					t.Errorf("got %d lists, %d histories and %d calls in all, want %d lists, %d histories and no other call",
						lists, read, len(stub.Calls()), test.listed, test.read)
				}
			})
		})
	}
}

// TestAwaitMany waits for a hundred executions concurrently.
func TestAwaitMany(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		stub := awsstub.New(t).On(getHistory, awsstub.History("", awsstub.ScenarioEvents(awsstub.AWS, "200")...))
		stub.On(listExecutions, func(call awsstub.Call) (*http.Response, error) {
			var executions []string
			for n := range 100 { // execution n ends after n tenths of a second
				status := " RUNNING"
				if time.Since(began) >= time.Duration(n)*100*time.Millisecond {
					status = " SUCCEEDED"
				}
				executions = append(executions, fmt.Sprint(n)+status)
			}
			if in := call.Input.(*sfn.ListExecutionsInput); in.MaxResults < 1 || in.MaxResults > 150 ||
				in.StatusFilter != "" {
				t.Errorf("got page size %d and status filter %q, want 1 to 150 and none", in.MaxResults, in.StatusFilter)
			}
			return listAnswer(executions...)(call)
		})
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		ends := WatchEnds(ctx, stub.Config(), awsstub.StateMachineARN)
		var waiting sync.WaitGroup
		for n := range 100 {
			waiting.Go(func() {
				if _, err := ends.Await(t.Context(), fmt.Sprint("arn:", n), 0); err != nil {
					t.Error(err)
				}
			})
		}
		waiting.Wait()
		if lists, read := count(stub, listExecutions), count(stub, getHistory); lists > 110 || read != 100 {
			t.Errorf("got %d lists and %d histories, want at most 110 and exactly 100", lists, read)
		}
		if took := time.Since(began); took > 11*time.Second {
			t.Errorf("got duration %v, want at most 11s", took)
		}
	})
}

func TestAwaitPages(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		first := awsstub.JSON(
			`{"executions": [{"executionArn": "arn:b", "name": "b", "status": "FAILED", "startDate": 1,
			"stateMachineArn": "s"}], "nextToken": "2"}`,
		)
		stub := awsstub.New(t).On(listExecutions, first, listAnswer("a SUCCEEDED")).
			On(getHistory, awsstub.History("", awsstub.ScenarioEvents(awsstub.AWS, "200")...))
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		_, err := WatchEnds(ctx, stub.Config(), awsstub.StateMachineARN).Await(t.Context(), "arn:a", 0)
		lists := stub.Inputs(listExecutions)
		if err != nil || len(lists) != 2 || aws.ToString(lists[1].(*sfn.ListExecutionsInput).NextToken) != "2" {
			t.Errorf("got %d lists and error %v, want two pages", len(lists), err)
		}
	})
}

func TestAwaitInterrupted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, nil)
		defer cancel()
		stub := awsstub.New(t).On(listExecutions, listAnswer("a RUNNING"))
		_, err := WatchEnds(ctx, stub.Config(), awsstub.StateMachineARN).Await(ctx, "arn:a", 0)
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got error %v, want context.DeadlineExceeded", err)
		}
	})
}

func TestAwaitResult(t *testing.T) {
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
		for _, family := range awsstub.Servers {
			t.Run(test.scenario+" "+string(family), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					stub := awsstub.New(t).
						On(getHistory, awsstub.History("", awsstub.ScenarioEvents(family, test.scenario)...)).
						On(listExecutions, listAnswer("a "+string(test.status)))
					ctx, stop := context.WithCancel(t.Context())
					defer stop()
					e, err := WatchEnds(ctx, stub.Config(), awsstub.StateMachineARN).Await(t.Context(), "arn:a", 0)
					if err != nil || e.Status != test.status || e.Output != test.output || e.Error != test.err ||
						e.Attempts() != test.attempts {
						t.Errorf("got status %s, output %q, error %q and %d attempts (%v), want %s, %q, %q and %d",
							e.Status, e.Output, e.Error, e.Attempts(), err, test.status, test.output, test.err,
							test.attempts)
					}
				})
			})
		}
	}
}
