package workflow

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
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

// listPage returns a response of ListExecutions. If next is not empty, it is the next page's token.
func listPage(next string, names ...string) awsstub.Answer {
	var items []string
	for _, name := range names {
		items = append(items, `{"executionArn": "arn:`+name+`", "name": "`+name+`", "status": "FAILED", `+
			`"startDate": 1, "stateMachineArn": "s"}`)
	}
	token := ""
	if next != "" {
		token = `, "nextToken": "` + next + `"`
	}
	return awsstub.JSON(`{"executions": [` + strings.Join(items, ",") + `]` + token + `}`)
}

func TestList(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		limit int
		want  string
		calls int
		size  int32 // requested size of the first page
	}{
		{"less than a page", 1, "e", 1, 1},
		{"a whole page", 2, "e d", 1, 2},
		{"part of the second page", 3, "e d c", 2, 3},
		{"all", 5000, "e d c b a", 3, 1000},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			stub := awsstub.New(t).On(listExecutions, listPage("2", "e", "d"), listPage("3", "c", "b"), listPage("", "a"))
			items, err := List(t.Context(), stub.Config(), awsstub.StateMachineARN, "FAILED", test.limit)
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			for _, item := range items {
				names = append(names, *item.Name)
			}
			if got := strings.Join(names, " "); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
			inputs := stub.Inputs(listExecutions)
			first := inputs[0].(*sfn.ListExecutionsInput)
			if len(inputs) != test.calls || first.MaxResults != test.size ||
				first.StatusFilter != types.ExecutionStatusFailed {
				t.Errorf("got %d calls, page size %d and status filter %q, want %d, %d and FAILED", len(inputs),
					first.MaxResults, first.StatusFilter, test.calls, test.size)
			}
		})
	}
}

func TestRead(t *testing.T) {
	t.Parallel()
	recorded := awsstub.ScenarioEvents(awsstub.AWS, "200")
	stopped := awsstub.JSON(`{"status": "ABORTED", "cause": "enough", "startDate": 1, "stopDate": 3, "input": "{}"}`)
	ended := history.New(recorded[:3])
	ended.Status, ended.Cause, ended.End = "ABORTED", "enough", time.Unix(3, 0).UTC()
	tests := []struct {
		name     string
		describe awsstub.Answer
		events   []types.HistoryEvent
		want     history.Execution
	}{
		{"ended", succeeded, recorded, history.New(recorded)},
		{"running", awsstub.JSON(`{"status": "RUNNING"}`), recorded[:3], history.New(recorded[:3])},
		{"ended between the two calls", awsstub.JSON(`{"status": "RUNNING"}`), recorded, history.New(recorded)},
		{"stale history", stopped, recorded[:3], ended},
		{"no history yet", awsstub.JSON(`{"status": "RUNNING", "startDate": 1, "input": "{}"}`), nil,
			history.Execution{Status: "RUNNING", Start: time.Unix(1, 0).UTC(), Input: "{}"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			stub := awsstub.New(t).
				On(describeExecution, test.describe).
				On(getHistory, awsstub.History("", test.events...))
			got, err := Read(t.Context(), stub.Config(), execution)
			if err != nil {
				t.Fatal(err)
			}
			test.want.Name, test.want.ARN = NameIn(execution), execution
			got.Events, test.want.Events = nil, nil // the tests of package history check the events
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("the execution differs (-want +got):\n%s", diff)
			}
		})
	}
}

// item returns an execution as ListExecutions returns it.
func item(name string, status types.ExecutionStatus) types.ExecutionListItem {
	return types.ExecutionListItem{ExecutionArn: aws.String("arn:" + name), Name: &name, Status: status,
		StartDate: &awsstub.Start}
}

func TestReadListed(t *testing.T) {
	t.Parallel()
	recorded := awsstub.ScenarioEvents(awsstub.AWS, "200")
	whole, part, none := awsstub.History("", recorded...), awsstub.History("", recorded[:3]...), awsstub.History("")
	redriven := item("a", "RUNNING")
	redriven.RedriveCount = aws.Int32(1)
	recorder := awsstub.Record(awsstub.AWS, "{}")
	recorder.Event("ExecutionFailed", types.HistoryEvent{})
	failedHistory := awsstub.History("", recorder.Events...)
	recorder.Event("ExecutionRedriven", types.HistoryEvent{})
	redrivenHistory := awsstub.History("", recorder.Events...)
	recorder.Event("ExecutionFailed", types.HistoryEvent{})
	failedAgainHistory := awsstub.History("", recorder.Events...)
	failedAgain := item("a", "FAILED")
	failedAgain.RedriveCount = aws.Int32(1)
	described := awsstub.JSON(`{"status": "SUCCEEDED", "output": "\"described\"", "startDate": 1, "stopDate": 2}`)
	aborted := awsstub.JSON(`{"status": "ABORTED", "startDate": 1, "stopDate": 2}`)
	const output = `"The request has succeeded."`
	tests := []struct {
		name      string
		item      types.ExecutionListItem
		histories []awsstub.Answer
		describe  awsstub.Answer
		status    types.ExecutionStatus
		output    string
		read      int // calls to GetExecutionHistory
		described int // calls to DescribeExecution
	}{
		{"succeeded", item("a", "SUCCEEDED"), answers(whole), nil, "SUCCEEDED", output, 1, 0},
		{"running", item("a", "RUNNING"), answers(part), nil, "RUNNING", "", 1, 0},
		{"stale history", item("a", "SUCCEEDED"), answers(none, part, whole), nil, "SUCCEEDED", output, 3, 0},
		{"no history yet", item("a", "SUCCEEDED"), answers(unknown, whole), nil, "SUCCEEDED", output, 2, 0},
		{"long-lasting stale history", item("a", "SUCCEEDED"), answers(part), described, "SUCCEEDED", `"described"`, 4, 1},
		{"stale list", item("a", "RUNNING"), answers(whole), described, "SUCCEEDED", `"described"`, 1, 1},
		{"other status", item("a", "FAILED"), answers(whole), aborted, "ABORTED", output, 1, 1},
		{"redriven, stale history", redriven, answers(failedHistory, redrivenHistory), nil, "RUNNING", "", 2, 0},
		{"failed after a redrive, stale history", failedAgain, answers(failedHistory, failedAgainHistory), nil, "FAILED",
			"", 2, 0},
		{"throttled", item("a", "SUCCEEDED"), append(slices.Repeat(answers(tooMany), 4), whole), nil, "SUCCEEDED",
			output, 5, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				stub := awsstub.New(t).On(getHistory, test.histories...)
				if test.describe != nil {
					stub.On(describeExecution, test.describe)
				}
				e, err := ReadListed(t.Context(), stub.Config(), test.item)
				if err != nil || e.Status != test.status || e.Output != test.output {
					t.Errorf("got status %s, output %s and error %v, want %s and %s", e.Status, e.Output, err,
						test.status, test.output)
				}
				read, described := count(stub, getHistory), count(stub, describeExecution)
				if read != test.read || described != test.described {
					t.Errorf("got %d histories and %d descriptions, want %d and %d", read, described, test.read,
						test.described)
				}
			})
		})
	}
	t.Run("missing", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			stub := awsstub.New(t).On(getHistory, unknown).On(describeExecution, unknown)
			_, err := ReadListed(t.Context(), stub.Config(), item("a", "SUCCEEDED"))
			requireError(t, err, "ExecutionDoesNotExist")
		})
	})
}

func TestListItem(t *testing.T) {
	t.Parallel()
	stub := awsstub.New(t).On(describeExecution,
		awsstub.JSON(`{"status": "FAILED", "stateMachineArn": "s", "startDate": 1, "stopDate": 2, "redriveCount": 3}`))
	got, err := ListItem(t.Context(), stub.Config(), execution)
	want := types.ExecutionListItem{
		ExecutionArn:    aws.String(execution),
		Name:            aws.String("200-test"),
		Status:          "FAILED",
		StateMachineArn: aws.String("s"),
		StartDate:       aws.Time(time.Unix(1, 0).UTC()),
		StopDate:        aws.Time(time.Unix(2, 0).UTC()),
		RedriveCount:    aws.Int32(3),
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(types.ExecutionListItem{})); err != nil || diff != "" {
		t.Errorf("got error %v, want none; item (-want +got):\n%s", err, diff)
	}
}

func TestReadAll(t *testing.T) {
	t.Parallel()
	recorded := awsstub.ScenarioEvents(awsstub.AWS, "200")
	var items []types.ExecutionListItem
	for n := range 51 {
		items = append(items, item(fmt.Sprint(n), "SUCCEEDED"))
	}
	ownHistory := func(call awsstub.Call) (*http.Response, error) {
		arn := *call.Input.(*sfn.GetExecutionHistoryInput).ExecutionArn
		r := awsstub.Record(awsstub.AWS, "{}").Enter("Pass", "OK").Exit(arn)
		return awsstub.History("", r.End("", "")...)(call)
	}
	stub := awsstub.New(t).On(getHistory, ownHistory)
	calls := 0
	outputs := make([]string, len(items))
	err := ReadAll(t.Context(), stub.Config(), items, func(i int, e history.Execution) error {
		calls++ // the race detector reports concurrent calls
		outputs[i] = e.Output
		return nil
	})
	if err != nil || calls != len(items) || len(stub.Calls()) != len(items) {
		t.Errorf("got %d executions, %d calls and error %v, want %d of each and no error", calls, len(stub.Calls()),
			err, len(items))
	}
	for i, output := range outputs {
		if want := *items[i].ExecutionArn; output != want {
			t.Errorf("execution %d: got output %s, want %s", i, output, want)
		}
	}
	if err := ReadAll(t.Context(), stub.Config(), nil, nil); err != nil {
		t.Errorf("no executions: got error %v, want none", err)
	}
	doneErr := errors.New("onDone failed")
	err = ReadAll(t.Context(), stub.Config(), items, func(int, history.Execution) error { return doneErr })
	if !errors.Is(err, doneErr) {
		t.Errorf("got error %v, want %v", err, doneErr)
	}
	stub = awsstub.New(t).On(getHistory, awsstub.History("", recorded...), awsstub.Denied())
	err = ReadAll(t.Context(), stub.Config(), items, func(int, history.Execution) error { return nil })
	if requireError(t, err, awsstub.DeniedText); len(stub.Calls()) > 2*maxConcurrentReads {
		t.Errorf("got %d calls despite the error, want at most %d", len(stub.Calls()), 2*maxConcurrentReads)
	}
}

func TestSearch(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		last     string // name of the execution that ends the search
		want     string
		complete bool
	}{
		"first page": {"d", "e d", false},
		"last page":  {"a", "e d c b a", true},
		"not found":  {"z", "e d c b a", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stub := awsstub.New(t).On(listExecutions, listPage("2", "e", "d"), listPage("3", "c", "b"), listPage("", "a"))
			var names []string
			more := func(page []types.ExecutionListItem) bool {
				for _, item := range page {
					names = append(names, *item.Name)
				}
				return !slices.Contains(names, test.last)
			}
			complete, err := Search(t.Context(), stub.Config(), awsstub.StateMachineARN, more)
			if got := strings.Join(names, " "); got != test.want || complete != test.complete || err != nil {
				t.Errorf("got executions %s, complete %t and error %v, want %s and %t", got, complete, err, test.want,
					test.complete)
			}
		})
	}
	stub := awsstub.New(t).On(listExecutions, awsstub.Denied())
	if _, err := Search(t.Context(), stub.Config(), awsstub.StateMachineARN, nil); err == nil ||
		!strings.Contains(err.Error(), awsstub.DeniedText) {
		t.Errorf("got error %v, want %s", err, awsstub.DeniedText)
	}
}
