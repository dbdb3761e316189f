package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/problem"
	"retrycatch/internal/view"
)

const executionPrefix = "arn:aws:states:eu-west-1:" + awsstub.Account + ":execution:MyAPIStateMachine:"

// stubWithExecutions stubs an account with these executions, newest first. Each name begins with
// the scenario. An execution whose name ends in -runs is running.
func stubWithExecutions(t *testing.T, names ...string) *awsstub.Stub {
	items := []string{}
	for _, name := range names {
		items = append(
			items,
			fmt.Sprintf(`{"executionArn": %q, "name": %q, "status": %q, "startDate": 1767323045, "stateMachineArn": "s"}`,
				executionPrefix+name, name, statusFromName(name)),
		)
	}
	scenarioOf := func(arn *string) (string, bool) {
		name, ok := strings.CutPrefix(aws.ToString(arn), executionPrefix)
		if slices.Contains(names, name) {
			return name[:3], ok
		}
		return "", false
	}
	unknown := awsstub.Error(http.StatusBadRequest, "ExecutionDoesNotExist", "Execution Does Not Exist")
	return awsstub.New(t).On("SFN.ListExecutions", awsstub.JSON(`{"executions": [`+strings.Join(items, ",")+`]}`)).
		On("SFN.DescribeExecution", func(call awsstub.Call) (*http.Response, error) {
			if _, ok := scenarioOf(call.Input.(*sfn.DescribeExecutionInput).ExecutionArn); !ok {
				return unknown(call)
			}
			return awsstub.JSON(`{"status": "RUNNING"}`)(call) // the final status comes from the history
		}).
		On("SFN.GetExecutionHistory", func(call awsstub.Call) (*http.Response, error) {
			scenario, _ := scenarioOf(call.Input.(*sfn.GetExecutionHistoryInput).ExecutionArn)
			events := awsstub.ScenarioEvents(awsstub.AWS, scenario)
			if name := aws.ToString(call.Input.(*sfn.GetExecutionHistoryInput).ExecutionArn); strings.HasSuffix(name, "-runs") {
				events = events[:5]
			}
			return awsstub.History("", events...)(call)
		})
}

// statusFromName returns the status of the execution with this name.
func statusFromName(name string) string {
	switch {
	case strings.HasSuffix(name, "-runs"):
		return "RUNNING"
	case name[:3] == "503" || name[:3] == "999":
		return "FAILED"
	default:
		return "SUCCEEDED"
	}
}

// silentApp returns an app without a terminal. It discards the output.
func silentApp() *app {
	c, _, _ := consoleOf("")
	return &app{console: c}
}

func TestListExecutions(t *testing.T) {
	t.Parallel()
	stub := stubWithExecutions(t, "429-runs", "503-b", "200-a")
	got, err := silentApp().listExecutions(
		t.Context(),
		targetIn("eu-west-1", stub),
		awsstub.StateMachineARN,
		executionsOptions{status: "FAILED", limit: 3},
	)
	if err != nil {
		t.Fatal(err)
	}
	want := view.Executions{StateMachine: awsstub.StateMachineARN, Executions: []view.ListedExecution{
		{
			Name:     "429-runs",
			ARN:      executionPrefix + "429-runs",
			Scenario: "429",
			Status:   "RUNNING",
			Started:  awsstub.Start,
			Attempts: 1,
		},
		{
			Name:     "503-b",
			ARN:      executionPrefix + "503-b",
			Scenario: "503",
			Status:   "FAILED",
			Error:    "ServerUnavailable",
			Started:  awsstub.Start,
			Seconds:  aws.Float64(0.05),
			Attempts: 1,
		},
		{
			Name:     "200-a",
			ARN:      executionPrefix + "200-a",
			Scenario: "200",
			Status:   "SUCCEEDED",
			Started:  awsstub.Start,
			Seconds:  aws.Float64(0.05),
			Attempts: 1,
		},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the list differs (-want +got):\n%s", diff)
	}
	if n := len(stub.Inputs("SFN.DescribeExecution")); n > 0 {
		t.Errorf("got %d calls to DescribeExecution, want none, because the list and the histories agree", n)
	}
	request := stub.Inputs("SFN.ListExecutions")[0].(*sfn.ListExecutionsInput)
	if request.StatusFilter != types.ExecutionStatusFailed || request.MaxResults != 3 {
		t.Errorf("got limit %d and status %s, want 3 and FAILED", request.MaxResults, request.StatusFilter)
	}
	c, out, _ := consoleOf("")
	got.Text(c)
	const started = "2026-01-02T03:04:05Z"
	table := "429-runs\tRUNNING\t\t1\t" + started + "\t\n" +
		"503-b\tFAILED\t0.05\t1\t" + started + "\tServerUnavailable\n" +
		"200-a\tSUCCEEDED\t0.05\t1\t" + started + "\t\n"
	if diff := cmp.Diff(table, out.String()); diff != "" {
		t.Errorf("the text differs (-want +got):\n%s", diff)
	}
}

func TestListExecutionsEmpty(t *testing.T) {
	t.Parallel()
	got, err := silentApp().listExecutions(
		t.Context(),
		targetIn("eu-west-1", stubWithExecutions(t)),
		awsstub.StateMachineARN,
		executionsOptions{limit: 20},
	)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(got)
	want := `{"stateMachineArn":"` + awsstub.StateMachineARN + `","executions":[]}`
	if err != nil || string(text) != want {
		t.Errorf("got %s (%v), want %s", text, err, want)
	}
}

func TestFindExecution(t *testing.T) {
	t.Parallel()
	for named, want := range map[string]string{"200-a": "200-a", latest: "503-b"} {
		e, err := silentApp().findExecution(
			t.Context(),
			targetIn("eu-west-1", stubWithExecutions(t, "503-b", "200-a")),
			awsstub.StateMachineARN,
			named,
		)
		if err != nil || e.Name != want || e.ARN != executionPrefix+want || !e.Ended() {
			t.Errorf("%s: got %+v (%v), want the ended execution %s", named, e, err, want)
		}
	}
}

func TestFindExecutionMissing(t *testing.T) {
	t.Parallel()
	const list = "retrycatch executions --region eu-west-1"
	const hint = "; use a name, a unique prefix or suffix of a name, or latest"
	tests := []struct {
		name, named string
		stub        *awsstub.Stub
		what, next  string
	}{
		{"a similar name", "504-a", stubWithExecutions(t, "503-b", "503-a", "200-a"),
			`there is no execution "504-a"; did you mean 503-a?`, "retrycatch inspect 503-a"},
		{"no similar name", "teardown", stubWithExecutions(t, "503-b"), `there is no execution "teardown"` + hint, list},
		{"latest without executions", latest, stubWithExecutions(t), "the state machine has no executions",
			"retrycatch run --region eu-west-1"},
		{
			"an invalid name",
			"a:b",
			stubWithExecutions(t, "503-b").On("SFN.DescribeExecution",
				awsstub.Error(http.StatusBadRequest, "InvalidArn", "Invalid Arn")),
			`there is no execution "a:b"` + hint,
			list,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			a := silentApp()
			a.args = []string{"inspect", test.named}
			_, err := a.findExecution(t.Context(), targetIn("eu-west-1", test.stub), awsstub.StateMachineARN, test.named)
			if p := (*problem.Problem)(nil); !errors.As(err, &p) || p.What != test.what || p.Next != test.next {
				t.Errorf("got %+v, want %q and the next step %q", err, test.what, test.next)
			}
		})
	}
}

func TestExecutionDenied(t *testing.T) {
	t.Parallel()
	for _, operation := range []string{"SFN.DescribeExecution", "SFN.GetExecutionHistory", "SFN.ListExecutions"} {
		t.Run(operation, func(t *testing.T) {
			t.Parallel()
			stub := stubWithExecutions(t, "503-b").On(operation, awsstub.Denied())
			target := targetIn("eu-west-1", stub)
			_, err := silentApp().findExecution(t.Context(), target, awsstub.StateMachineARN, latest)
			if err == nil || !strings.Contains(err.Error(), awsstub.DeniedText) {
				t.Errorf("got the error %v, want %q", err, awsstub.DeniedText)
			}
			if operation == "SFN.DescribeExecution" {
				return // listing does not call DescribeExecution
			}
			_, err = silentApp().listExecutions(t.Context(), target, awsstub.StateMachineARN, executionsOptions{limit: 1})
			if err == nil || !strings.Contains(err.Error(), awsstub.DeniedText) {
				t.Errorf("listing: got the error %v, want %q", err, awsstub.DeniedText)
			}
		})
	}
}

func TestExecutionsOptions(t *testing.T) {
	for _, test := range []struct {
		args []string
		want string
	}{
		{
			[]string{"executions", "--status", "DONE"},
			"must be RUNNING, SUCCEEDED, FAILED, TIMED_OUT or ABORTED, not \"DONE\"",
		},
		{
			[]string{"executions", "--limit", "0"},
			"--limit must be from 1 to 1000, not 0\n  next: retrycatch executions --limit 1\n",
		},
		{
			[]string{"executions", "--limit", "1001"},
			"--limit must be from 1 to 1000, not 1001\n  next: retrycatch executions --limit 1000\n",
		},
		{[]string{"executions", "--output", "yaml"}, "must be text or json"},
		{[]string{"executions", "latest"}, "retrycatch executions takes no arguments, but got \"latest\""},
	} {
		var out, stderr bytes.Buffer
		code := Run(t.Context(), test.args, view.Streams{In: strings.NewReader(""), Out: &out, Err: &stderr})
		if code != exitUnable || out.Len() > 0 || !strings.Contains(stderr.String(), test.want) ||
			strings.Count(stderr.String(), "\n") != 2 {
			t.Errorf("%v: got exit code %d, output %q and standard error\n%s\nwant %d, no output and two lines with %q",
				test.args, code, &out, &stderr, exitUnable, test.want)
		}
	}
}
