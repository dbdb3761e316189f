package workflow

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/history"
)

// listed answers SFN.ListExecutions with a page of executions.
func listed(next string, names ...string) awsstub.Answer {
	var items []string
	for _, name := range names {
		items = append(items, `{"executionArn": "arn:`+name+`", "name": "`+name+`", "status": "FAILED", "startDate": 1, "stateMachineArn": "s"}`)
	}
	token := ""
	if next != "" {
		token = `, "nextToken": "` + next + `"`
	}
	return awsstub.JSON(`{"executions": [` + strings.Join(items, ",") + `]` + token + `}`)
}

func TestListGoesThroughThePagesUntilItHasEnough(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		limit int
		want  string
		calls int
		asked int32 // of the first page
	}{
		{"less than a page", 1, "e", 1, 1},
		{"as many as a page has", 2, "e d", 1, 2},
		{"part of the second page", 3, "e d c", 2, 3},
		{"more than there are", 5000, "e d c b a", 3, 1000},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			stub := awsstub.New(t).On(listExecutions, listed("2", "e", "d"), listed("3", "c", "b"), listed("", "a"))
			items, err := List(t.Context(), stub.Config(), awsstub.StateMachineARN, "FAILED", test.limit)
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			for _, item := range items {
				names = append(names, *item.Name)
			}
			if got := strings.Join(names, " "); got != test.want {
				t.Errorf("it lists %s, expected %s", got, test.want)
			}
			inputs := stub.Inputs(listExecutions)
			first := inputs[0].(*sfn.ListExecutionsInput)
			if len(inputs) != test.calls || first.MaxResults != test.asked || first.StatusFilter != types.ExecutionStatusFailed {
				t.Errorf("there were %d calls, the first for %d that are %q", len(inputs), first.MaxResults, first.StatusFilter)
			}
		})
	}
}

func TestRead(t *testing.T) {
	t.Parallel()
	course := awsstub.Course(awsstub.AWS, "200")
	stopped := awsstub.JSON(`{"status": "ABORTED", "cause": "enough", "startDate": 1, "stopDate": 3, "input": "{}"}`)
	ended := history.New(course[:3])
	ended.Status, ended.Cause, ended.End = "ABORTED", "enough", time.Unix(3, 0).UTC()
	tests := []struct {
		name     string
		describe awsstub.Answer
		events   []types.HistoryEvent
		want     history.Execution
	}{
		{"one that has ended", succeeded, course, history.New(course)},
		{"one that runs", awsstub.JSON(`{"status": "RUNNING"}`), course[:3], history.New(course[:3])},
		{"one that ended between the two calls", awsstub.JSON(`{"status": "RUNNING"}`), course, history.New(course)},
		{"one whose history lags behind its end", stopped, course[:3], ended},
		{"one that has no history yet", awsstub.JSON(`{"status": "RUNNING", "startDate": 1, "input": "{}"}`), nil,
			history.Execution{Status: "RUNNING", Start: time.Unix(1, 0).UTC(), Input: "{}"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			stub := awsstub.New(t).On(describeExecution, test.describe).On(getHistory, awsstub.History("", test.events...))
			got, err := Read(t.Context(), stub.Config(), execution)
			if err != nil {
				t.Fatal(err)
			}
			got.Events, test.want.Events = nil, nil // those of package history's tests
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("the execution differs (-want +got):\n%s", diff)
			}
		})
	}
}

func TestReadAllKeepsTheOrderAndStopsAtAnError(t *testing.T) {
	t.Parallel()
	course := awsstub.Course(awsstub.AWS, "200")
	arns := strings.Split(strings.Repeat("arn:e ", 50)+"arn:last", " ")
	own := func(call awsstub.Call) (*http.Response, error) {
		arn := aws.ToString(call.Input.(*sfn.DescribeExecutionInput).ExecutionArn)
		return awsstub.JSON(`{"status": "SUCCEEDED", "output": "\"` + arn + `\""}`)(call)
	}
	stub := awsstub.New(t).On(describeExecution, own).On(getHistory, awsstub.History("", course...))
	all, err := ReadAll(t.Context(), stub.Config(), arns)
	if err != nil {
		t.Fatal(err)
	}
	for i, e := range all {
		if want := `"` + arns[i] + `"`; e.Output != want {
			t.Errorf("number %d is %s, expected %s", i, e.Output, want)
		}
	}
	stub.On(describeExecution, unknown)
	_, err = ReadAll(t.Context(), stub.Config(), arns)
	if missing := (*types.ExecutionDoesNotExist)(nil); !errors.As(err, &missing) {
		t.Errorf("the error is %v", err)
	}
	if none, err := ReadAll(t.Context(), stub.Config(), nil); err != nil || len(none) > 0 {
		t.Errorf("of none it reads %v, the error %v", none, err)
	}
}
