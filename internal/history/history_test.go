package history

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"retrycatch/internal/awsstub"
)

// at returns the time ms milliseconds after the start of the recorded executions.
func at(ms int) time.Time { return awsstub.Start.Add(time.Duration(ms) * time.Millisecond) }

// failedAttempt returns an attempt that failed after 50 ms.
func failedAttempt(start int, backoff time.Duration, name, message string) Attempt {
	text := `{"errorMessage":"` + message + `","errorType":"` + name + `"}`
	return Attempt{Start: at(start), End: at(start + 50), Backoff: backoff, Failed: true, Error: name,
		Cause: Cause{Text: text, Message: message, Type: name}}
}

// caughtOutput returns the output of a state whose catcher handled this error.
func caughtOutput(name, message string) string {
	return `{"Error":"` + name + `","Cause":"{\"errorMessage\":\"` + message + `\",\"errorType\":\"` + name + `\"}"}`
}

// successfulAttempts returns one attempt that succeeded after 50 ms.
func successfulAttempts(start int) []Attempt {
	return []Attempt{{Start: at(start), End: at(start + 50), Output: `"200 OK"`}}
}

const (
	tooMany, tooManyMessage = "TooManyRequestsException", "429 Too Many Requests"
	down, downMessage       = "ServerUnavailableException", "503 Server Unavailable"
	done                    = `"The request has succeeded."`
)

// step sets the remaining fields of step n in an execution without branches.
func step(n int, status StepStatus, step Step) Step {
	step.Status, step.Previous, step.Parent, step.Iteration = status, n-1, -1, -1
	if step.Type == "Fail" {
		step.Stopped = step.Entered
	}
	return step
}

// wantExecutions holds the expected execution of each scenario. It is the same for all servers.
var wantExecutions = map[string]Execution{
	"200": {Status: "SUCCEEDED", Input: `{"statuscode":"200"}`, Output: done, Start: at(0), End: at(50), Steps: []Step{
		step(0, StepSucceeded, Step{State: "Call API", Type: "Task", Entered: at(0), Exited: at(50),
			Input: `{"statuscode":"200"}`, Output: `"200 OK"`, Attempts: successfulAttempts(0)}),
		step(1, StepSucceeded, Step{State: "OK", Type: "Pass", Entered: at(50), Exited: at(50), Input: `"200 OK"`,
			Output: done}),
	}},
	"503": {Status: "FAILED", Input: `{"statuscode":"503"}`, Error: "ServerUnavailable",
		Cause: "The server is currently unable to handle the request.",
		Start: at(0), End: at(50), Steps: []Step{
			step(0, StepCaught, Step{State: "Call API", Type: "Task", Entered: at(0), Exited: at(50),
				Input: `{"statuscode":"503"}`, Output: caughtOutput(down, downMessage),
				Caught: down, Attempts: []Attempt{failedAttempt(0, 0, down, downMessage)}}),
			step(1, StepFailed, Step{State: "Server Unavailable", Type: "Fail", Entered: at(50), Input: caughtOutput(down,
				downMessage), Error: "ServerUnavailable",
				Cause: NewCause("The server is currently unable to handle the request.")}),
		}},
	"429": {Status: "SUCCEEDED", Input: `{"statuscode":"429"}`, Output: done, Start: at(0), End: at(4200), Steps: []Step{
		step(0, StepCaught, Step{State: "Call API", Type: "Task", Entered: at(0), Exited: at(3150),
			Input: `{"statuscode":"429"}`, Output: caughtOutput(tooMany, tooManyMessage),
			Caught: tooMany, Attempts: []Attempt{
				failedAttempt(0, 0, tooMany, tooManyMessage),
				failedAttempt(1050, time.Second, tooMany, tooManyMessage),
				failedAttempt(3100, 2*time.Second, tooMany, tooManyMessage)}}),
		step(1, StepSucceeded, Step{State: "Wait and Try Later", Type: "Wait", Entered: at(3150), Exited: at(4150),
			Input: caughtOutput(tooMany, tooManyMessage), Output: caughtOutput(tooMany, tooManyMessage)}),
		step(2, StepSucceeded, Step{State: "Change to 200", Type: "Pass", Entered: at(4150), Exited: at(4150),
			Input: caughtOutput(tooMany, tooManyMessage), Output: `{"statuscode":"200"}`}),
		step(3, StepSucceeded, Step{State: "Call API", Type: "Task", Entered: at(4150), Exited: at(4200),
			Input: `{"statuscode":"200"}`, Output: `"200 OK"`, Attempts: successfulAttempts(4150)}),
		step(4, StepSucceeded, Step{State: "OK", Type: "Pass", Entered: at(4200), Exited: at(4200), Input: `"200 OK"`,
			Output: done}),
	}},
	"999": {Status: "FAILED", Input: `{"statuscode":"999"}`, Error: "An error of unknown type occurred",
		Cause: "Unknown error!",
		Start: at(0), End: at(50), Steps: []Step{
			step(0, StepCaught, Step{State: "Call API", Type: "Task", Entered: at(0), Exited: at(50),
				Input: `{"statuscode":"999"}`, Output: caughtOutput("UnknownException", "Unknown error"),
				Caught: "UnknownException", Attempts: []Attempt{failedAttempt(0, 0, "UnknownException", "Unknown error")}}),
			step(1, StepFailed, Step{State: "Catch All", Type: "Fail", Entered: at(50), Input: caughtOutput("UnknownException",
				"Unknown error"),
				Error: "An error of unknown type occurred", Cause: NewCause("Unknown error!")}),
		}},
}

// compareEvents compares events by their exported content.
var compareEvents = cmp.Transformer("exported", func(e Event) any {
	return struct {
		ID, Previous         int64
		Time                 time.Time
		Type, State, Details string
	}{e.ID, e.Previous, e.Time, string(e.Type), e.State, string(e.Details())}
})

// requireExecution compares two executions without their events.
func requireExecution(t *testing.T, want, got Execution) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(Execution{}, "Events")); diff != "" {
		t.Errorf("the execution differs (-want +got):\n%s", diff)
	}
}

func TestNewScenarios(t *testing.T) {
	t.Parallel()
	for scenario, want := range wantExecutions {
		for _, family := range awsstub.Servers {
			t.Run(scenario+" "+string(family), func(t *testing.T) {
				t.Parallel()
				requireExecution(t, want, New(awsstub.ScenarioEvents(family, scenario)))
			})
		}
	}
}

// taskEntered returns an execution that has just entered its Task.
func taskEntered() *awsstub.Recorder {
	return awsstub.Record(awsstub.AWS, "{}").Enter("Task", "Call API")
}

// withTask adds the Task from taskEntered to an execution, with its final status and attempts.
func withTask(e Execution, status StepStatus, attempts ...Attempt) Execution {
	e.Input, e.Start = "{}", at(0)
	task := Step{State: "Call API", Type: "Task", Entered: at(0), Input: "{}", Attempts: attempts}
	if n := len(attempts); status == StepFailed && n > 0 {
		task.Error, task.Cause = attempts[n-1].Error, attempts[n-1].Cause
	}
	if status != StepRunning {
		task.Stopped = e.End
	}
	e.Steps = []Step{step(0, status, task)}
	return e
}

// withPause adds a pause to an execution's only step.
func withPause(e Execution, pause Pause) Execution {
	e.Steps[0].Pauses = []Pause{pause}
	return e
}

func TestNew(t *testing.T) {
	t.Parallel()
	var none types.HistoryEvent
	started := Attempt{Start: at(0)}
	emptyFailure := Attempt{Start: at(0), End: at(0), Failed: true}
	abortedAttempt := Attempt{Start: at(0), Stopped: at(0)}
	aborted := types.HistoryEvent{
		ExecutionAbortedEventDetails: &types.ExecutionAbortedEventDetails{Cause: aws.String("enough")},
	}
	denied := types.HistoryEvent{LambdaFunctionScheduleFailedEventDetails: &types.LambdaFunctionScheduleFailedEventDetails{
		Error: aws.String("Lambda.AccessDeniedException"), Cause: aws.String("access denied")}}
	deniedAt := func(ms int, backoff time.Duration) Attempt {
		return Attempt{Start: at(ms), End: at(ms), Backoff: backoff, Failed: true, Error: "Lambda.AccessDeniedException",
			Cause: Cause{Text: "access denied", Message: "access denied"}}
	}
	running, redriven := Execution{Status: "RUNNING"}, Execution{Status: "RUNNING", Redrives: 1}
	tests := []struct {
		name   string
		events []types.HistoryEvent
		want   Execution
	}{
		{"no events", nil, running},
		{"start without details", []types.HistoryEvent{{Type: "ExecutionStarted", Timestamp: aws.Time(at(0))}},
			Execution{Status: "RUNNING", Start: at(0)}},
		{"uncaught error", taskEntered().Fail(down, downMessage).End(down, "c"),
			withTask(Execution{Status: "FAILED", Error: down, Cause: "c", End: at(50)}, StepFailed, failedAttempt(0, 0, down,
				downMessage))},
		{"running attempt", taskEntered().Attempt().Events, withTask(running, StepRunning, started)},
		{"backoff", taskEntered().Fail(tooMany, tooManyMessage).Events,
			withTask(running, StepRunning, failedAttempt(0, 0, tooMany, tooManyMessage))},
		{"aborted without details", taskEntered().Attempt().Event("ExecutionAborted", none).Events,
			withTask(Execution{Status: "ABORTED", End: at(0)}, StepAborted, abortedAttempt)},
		{"aborted with a cause", taskEntered().Event("TaskStateAborted", none).Event("ExecutionAborted", aborted).Events,
			withTask(Execution{Status: "ABORTED", Cause: "enough", End: at(0)}, StepAborted)},
		{"timed out", taskEntered().Event("ExecutionTimedOut", types.HistoryEvent{
			ExecutionTimedOutEventDetails: &types.ExecutionTimedOutEventDetails{Error: aws.String("States.Timeout")}}).Events,
			withTask(Execution{Status: "TIMED_OUT", Error: "States.Timeout", End: at(0)}, StepAborted)},
		{"timed out without details", taskEntered().Event("ExecutionTimedOut", none).Events,
			withTask(Execution{Status: "TIMED_OUT", End: at(0)}, StepAborted)},
		{"failed and succeeded without details", taskEntered().Event("ExecutionFailed", none).Event("ExecutionSucceeded",
			none).Events,
			withTask(Execution{Status: "SUCCEEDED", End: at(0)}, StepSucceeded)},
		{"scheduling failed", taskEntered().Event("LambdaFunctionScheduleFailed", denied).Events,
			withTask(running, StepRunning, deniedAt(0, 0))},
		{"scheduling a retry failed", taskEntered().Fail(tooMany,
			tooManyMessage).After(time.Second).Event("LambdaFunctionScheduleFailed", denied).Events,
			withTask(running, StepRunning, failedAttempt(0, 0, tooMany, tooManyMessage), deniedAt(1050, time.Second))},
		{"redriven", taskEntered().Fail(down, downMessage).Event("ExecutionFailed",
			types.HistoryEvent{
				ExecutionFailedEventDetails: &types.ExecutionFailedEventDetails{Error: aws.String(down)},
			}).
			Event("ExecutionRedriven",
				none).Events,
			withTask(redriven, StepRunning, failedAttempt(0, 0, down, downMessage))},
		{"aborted attempt, redriven", taskEntered().Attempt().Event("ExecutionAborted", none).After(time.Hour).
			Event("ExecutionRedriven", none).Attempt().Events,
			withPause(withTask(redriven, StepRunning, abortedAttempt, Attempt{Start: at(3600_000)}),
				Pause{From: at(0), To: at(3600_000)})},
		{"irrelevant and unknown types", taskEntered().Event("MapRunRedriven", none).Event("EvaluationFailed",
			none).Event("TaskSubmitted", none).
			Event("NewInTheFuture", none).Event("ExecutionDreamt", none).Event("", none).Events, withTask(running, StepRunning)},
		{"states without details", []types.HistoryEvent{{Type: "TaskStateEntered", Timestamp: aws.Time(at(0))},
			{Type: "TaskStateExited", Timestamp: aws.Time(at(1))}},
			Execution{Status: "RUNNING", Steps: []Step{step(0, StepSucceeded, Step{Type: "Task", Entered: at(0),
				Exited: at(1)})}}},
		{"exit of a state that was not entered", taskEntered().Event("PassStateExited", types.HistoryEvent{
			StateExitedEventDetails: &types.StateExitedEventDetails{Name: aws.String("OK")}}).Events, withTask(running,
			StepRunning)},
		{"attempts outside any state", awsstub.Record(awsstub.AWS, "{}").Fail(down, downMessage).Exit("{}").Events,
			Execution{Status: "RUNNING", Input: "{}", Start: at(0)}},
		{"failed attempt without details", taskEntered().Attempt().Event("LambdaFunctionFailed", none).Events,
			withTask(running, StepRunning, emptyFailure)},
		{"successful attempt without details", taskEntered().Attempt().Event("LambdaFunctionSucceeded", none).Events,
			withTask(running, StepRunning, Attempt{Start: at(0), End: at(0)})},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := New(test.events)
			requireExecution(t, test.want, got)
			if got.Ended() != (test.want.Status != "RUNNING") {
				t.Errorf("got Ended %v for status %s", got.Ended(), test.want.Status)
			}
		})
	}
}

func TestFailedAttempt(t *testing.T) {
	t.Parallel()
	name, cause := aws.String("Named"), aws.String("why")
	tests := map[string]types.HistoryEvent{
		"LambdaFunctionFailed": {LambdaFunctionFailedEventDetails: &types.LambdaFunctionFailedEventDetails{Error: name,
			Cause: cause}},
		"LambdaFunctionScheduleFailed": {
			LambdaFunctionScheduleFailedEventDetails: &types.LambdaFunctionScheduleFailedEventDetails{Error: name,
				Cause: cause},
		},
		"LambdaFunctionStartFailed": {
			LambdaFunctionStartFailedEventDetails: &types.LambdaFunctionStartFailedEventDetails{Error: name,
				Cause: cause},
		},
		"LambdaFunctionTimedOut": {LambdaFunctionTimedOutEventDetails: &types.LambdaFunctionTimedOutEventDetails{Error: name,
			Cause: cause}},
		"TaskFailed": {TaskFailedEventDetails: &types.TaskFailedEventDetails{Error: name, Cause: cause}},
		"TaskStartFailed": {TaskStartFailedEventDetails: &types.TaskStartFailedEventDetails{Error: name,
			Cause: cause}},
		"TaskSubmitFailed": {TaskSubmitFailedEventDetails: &types.TaskSubmitFailedEventDetails{Error: name,
			Cause: cause}},
		"TaskTimedOut": {TaskTimedOutEventDetails: &types.TaskTimedOutEventDetails{Error: name,
			Cause: cause}},
	}
	for kind, event := range tests {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			attempt := func(name, cause string) Execution {
				return withTask(Execution{Status: "RUNNING"}, StepRunning,
					Attempt{Start: at(0), End: at(1000), Failed: true, Error: name, Cause: Cause{Text: cause, Message: cause}})
			}
			requireExecution(t, attempt("Named", "why"),
				New(taskEntered().Attempt().After(time.Second).Event(kind, event).Events))
			defaultName := ""
			if strings.HasSuffix(kind, "TimedOut") {
				defaultName = "States.Timeout"
			}
			requireExecution(t, attempt(defaultName, ""), New(taskEntered().Attempt().After(time.Second).Event(kind,
				types.HistoryEvent{}).Events))
		})
	}
}

func TestTimeout(t *testing.T) {
	t.Parallel()
	timeout := types.HistoryEvent{
		LambdaFunctionTimedOutEventDetails: &types.LambdaFunctionTimedOutEventDetails{Error: aws.String("States.Timeout")},
	}
	got := New(taskEntered().Attempt().After(time.Second).Event("LambdaFunctionTimedOut", timeout).Events)
	requireExecution(t, withTask(Execution{Status: "RUNNING"}, StepRunning, Attempt{Start: at(0), End: at(1000),
		Failed: true, Error: "States.Timeout"}), got)
}
