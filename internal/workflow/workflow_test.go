package workflow

import (
	"context"
	"errors"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/problem"
)

const (
	execution = "arn:aws:states:eu-west-1:111122223333:execution:MyAPIStateMachine:200-test"
	traceID   = "1-6955d8a5-0123456789abcdef01234567"

	startExecution    = "SFN.StartExecution"
	getHistory        = "SFN.GetExecutionHistory"
	describeExecution = "SFN.DescribeExecution"
	listExecutions    = "SFN.ListExecutions"
	stopExecution     = "SFN.StopExecution"
)

func TestStart(t *testing.T) {
	t.Parallel()
	stub := awsstub.New(t).On(startExecution, awsstub.JSON(`{"executionArn": "`+execution+`", "startDate": 1}`))
	arn, err := Start(t.Context(), stub.Config(), awsstub.StateMachineARN, "200-test", `{"statuscode":"200"}`, traceID)
	if err != nil || arn != execution {
		t.Errorf("got ARN %s and error %v, want %s", arn, err, execution)
	}
	input := stub.Inputs(startExecution)[0].(*sfn.StartExecutionInput)
	got := []string{
		aws.ToString(input.StateMachineArn),
		aws.ToString(input.Name),
		aws.ToString(input.Input),
		aws.ToString(input.TraceHeader),
	}
	want := []string{
		awsstub.StateMachineARN,
		"200-test",
		`{"statuscode":"200"}`,
		"Root=1-6955d8a5-0123456789abcdef01234567;Sampled=1",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the input differs (-want +got):\n%s", diff)
	}
}

func TestNewTraceID(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		format := regexp.MustCompile("^1-386d4380-[0-9a-f]{24}$") // the fake clock starts in the year 2000
		first, second := NewTraceID(), NewTraceID()
		for _, id := range []string{first, second} {
			if !format.MatchString(id) {
				t.Errorf("got ID %s, want the format %s", id, format)
			}
		}
		if first == second {
			t.Errorf("got ID %s twice", first)
		}
	})
}

// TestStartRetry checks that a retry after a lost response uses the same name.
func TestStartRetry(t *testing.T) {
	t.Parallel()
	stub := awsstub.New(t).On(startExecution, awsstub.ConnectionError("connection reset"),
		awsstub.JSON(`{"executionArn": "`+execution+`", "startDate": 1}`))
	arn, err := Start(t.Context(), stub.Config(), awsstub.StateMachineARN, "200-test", "{}", traceID)
	if err != nil || arn != execution {
		t.Errorf("got ARN %s and error %v, want %s", arn, err, execution)
	}
	for _, input := range stub.Inputs(startExecution) {
		if name := aws.ToString(input.(*sfn.StartExecutionInput).Name); name != "200-test" {
			t.Errorf("got name %q, want 200-test", name)
		}
	}
}

func TestStartProblem(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, code, what, next string
	}{
		{"no state machine", "StateMachineDoesNotExist", "its state machine does not", "retrycatch status"},
		{"deletion in progress", "StateMachineDeleting", "the state machine is being deleted", "retrycatch status"},
		{"invalid input", "InvalidExecutionInput", "does not accept the input", "--input"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			const message = "message of the service"
			stub := awsstub.New(t).On(startExecution, awsstub.Error(http.StatusBadRequest, test.code, message))
			_, err := Start(t.Context(), stub.Config(), awsstub.StateMachineARN, "200-test", "{", traceID)
			var p *problem.Problem
			if !errors.As(err, &p) {
				t.Fatalf("got error %v of type %T, want a problem", err, err)
			}
			if !strings.Contains(p.What, test.what) || !strings.Contains(p.Next, test.next) ||
				!strings.Contains(p.Error(), message) {
				t.Errorf("got problem %v and next %q, want %q and %q", p, p.Next, test.what, test.next)
			}
		})
	}
}

func TestStartDenied(t *testing.T) {
	t.Parallel()
	stub := awsstub.New(t).On(startExecution, awsstub.Denied())
	_, err := Start(t.Context(), stub.Config(), awsstub.StateMachineARN, "200-test", "{}", traceID)
	if err == nil || !strings.Contains(err.Error(), "200-test") || !strings.Contains(err.Error(), "AccessDenied") {
		t.Errorf("got error %v, want AccessDenied for the execution 200-test", err)
	}
}

func TestRunning(t *testing.T) {
	t.Parallel()
	page := func(name, next string) awsstub.Answer {
		return awsstub.JSON(`{"executions": [{"executionArn": "` + name + `", "stateMachineArn": "s", "name": "n", ` +
			`"status": "RUNNING", "startDate": 1}]` + next + `}`)
	}
	tests := []struct {
		name    string
		answers []awsstub.Answer
		want    []string
		err     string
	}{
		{"none", []awsstub.Answer{awsstub.JSON(`{"executions": []}`)}, nil, ""},
		{"two pages", answers(page("first", `, "nextToken": "second"`), page("second", "")),
			[]string{"first", "second"}, ""},
		{"no state machine", answers(awsstub.NoStateMachine()), nil, ""},
		{"denied", answers(awsstub.Denied()), nil, "AccessDenied"},
		{
			"second page denied",
			answers(page("first", `, "nextToken": "second"`), awsstub.Denied()),
			nil,
			"AccessDenied",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			stub := awsstub.New(t).On(listExecutions, test.answers...)
			got, err := Running(t.Context(), stub.Config(), awsstub.StateMachineARN)
			requireError(t, err, test.err)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("the executions differ (-want +got):\n%s", diff)
			}
			input := stub.Inputs(listExecutions)[0].(*sfn.ListExecutionsInput)
			if aws.ToString(input.StateMachineArn) != awsstub.StateMachineARN || input.StatusFilter != "RUNNING" {
				t.Errorf("got state machine %s and status filter %s, want %s and RUNNING",
					aws.ToString(input.StateMachineArn), input.StatusFilter, awsstub.StateMachineARN)
			}
		})
	}
}

func TestStop(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name           string
		stop, describe awsstub.Answer // responses of StopExecution and DescribeExecution
		err            string
	}{
		{"running", awsstub.JSON(`{"stopDate": 1}`), nil, ""},
		{"missing", awsstub.Error(http.StatusBadRequest, "ExecutionDoesNotExist", "no"), nil, ""},
		{"already ended", awsstub.Error(http.StatusBadRequest, "ValidationException", "it is not running"),
			awsstub.JSON(`{"status": "SUCCEEDED"}`), ""},
		{"still running", awsstub.Error(http.StatusBadRequest, "ValidationException", "no"),
			awsstub.JSON(`{"status": "RUNNING"}`), "ValidationException"},
		{"denied", awsstub.Denied(), awsstub.Denied(), "StopExecution"},
		{"DescribeExecution denied", awsstub.Error(http.StatusBadRequest, "ValidationException", "no"),
			awsstub.Denied(),
			"no; cannot check whether it has ended: the credentials cannot call states:DescribeExecution"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			stub := awsstub.New(t).On(stopExecution, test.stop)
			if test.describe != nil {
				stub.On(describeExecution, test.describe)
			}
			requireError(t, Stop(t.Context(), stub.Config(), execution, "enough"), test.err)
			input := stub.Inputs(stopExecution)[0].(*sfn.StopExecutionInput)
			if aws.ToString(input.ExecutionArn) != execution || aws.ToString(input.Cause) != "enough" {
				t.Errorf("got execution %s and cause %s, want the given execution and cause", aws.ToString(input.ExecutionArn),
					aws.ToString(input.Cause))
			}
		})
	}
}

func TestEvents(t *testing.T) {
	t.Parallel()
	recorded := awsstub.ScenarioEvents(awsstub.AWS, "429")
	stub := awsstub.New(t).On(getHistory, awsstub.History("second", recorded[:4]...), awsstub.History("third"),
		awsstub.History("", recorded[4:]...))
	got, err := Events(t.Context(), stub.Config(), execution)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(recorded, got, ignoreUnexported); diff != "" {
		t.Errorf("the events differ (-want +got):\n%s", diff)
	}
	input := stub.Inputs(getHistory)[0].(*sfn.GetExecutionHistoryInput)
	if !aws.ToBool(input.IncludeExecutionData) || input.ReverseOrder {
		t.Errorf("IncludeExecutionData: got %t, want true; ReverseOrder: got %t, want false",
			aws.ToBool(input.IncludeExecutionData), input.ReverseOrder)
	}
}

func TestEventsSecondPageDenied(t *testing.T) {
	t.Parallel()
	first := awsstub.History("second", awsstub.ScenarioEvents(awsstub.AWS, "200")...)
	stub := awsstub.New(t).On(getHistory, first, awsstub.Denied())
	got, err := Events(t.Context(), stub.Config(), execution)
	requireError(t, err, "AccessDenied")
	if got != nil {
		t.Errorf("got %d events with the error, want none", len(got))
	}
}

func TestInterrupted(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	cfg := awsstub.New(t).Config()
	_, startErr := Start(ctx, cfg, awsstub.StateMachineARN, "name", "{}", traceID)
	_, runningErr := Running(ctx, cfg, awsstub.StateMachineARN)
	_, eventsErr := Events(ctx, cfg, execution)
	stopErr := Stop(ctx, cfg, execution, "")
	for name, err := range map[string]error{"Start": startErr, "Running": runningErr, "Stop": stopErr,
		"Events": eventsErr} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: got error %v, want %v", name, err, context.Canceled)
		}
	}
}

// requireError checks that the error contains want. If want is empty, the error must be nil.
func requireError(t *testing.T, err error, want string) {
	t.Helper()
	if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
		t.Errorf("got error %v, want %q", err, want)
	}
}

// TestStartExists checks that Start succeeds if an execution with the name already exists. If the
// state machine is given by name, Start fails, because it cannot build the execution's ARN.
func TestStartExists(t *testing.T) {
	t.Parallel()
	stub := awsstub.New(t).On(startExecution, awsstub.ConnectionError("connection reset"),
		awsstub.Error(http.StatusBadRequest, "ExecutionAlreadyExists", "taken"))
	arn, err := Start(t.Context(), stub.Config(), awsstub.StateMachineARN, "200-test", "{}", traceID)
	if err != nil || arn != execution {
		t.Errorf("got ARN %s and error %v, want %s", arn, err, execution)
	}
	_, err = Start(t.Context(), stub.Config(), "MyAPIStateMachine", "200-test", "{}", traceID)
	requireError(t, err, "cannot build the ARN of the execution 200-test")
}
