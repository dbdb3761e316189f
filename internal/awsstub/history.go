package awsstub

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
)

// Server identifies a server that records histories. For a Task whose Resource is a function's ARN,
// the server records events whose types begin with this value, for example LambdaFunctionScheduled.
type Server string

// The servers that record histories. MiniStack does not record when an attempt starts, and does not
// link events.
const (
	AWS       Server = "LambdaFunction"
	MiniStack Server = "Task"
)

// Servers lists all servers.
var Servers = []Server{AWS, MiniStack}

// Start holds the start time of every recorded execution.
var Start = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// AttemptDuration is the duration of every recorded attempt.
const AttemptDuration = 50 * time.Millisecond

// Recorder records the events of one execution. Call its methods in the order of the path.
type Recorder struct {
	Events     []types.HistoryEvent
	server     Server
	now        time.Time
	lastOutput string // output of the last state, and input of the next state
	stateType  string // type of the current state
	stateName  string
}

// Record records the start of an execution.
func Record(server Server, input string) *Recorder {
	r := &Recorder{server: server, now: Start, lastOutput: input}
	return r.Event(
		"ExecutionStarted",
		types.HistoryEvent{ExecutionStartedEventDetails: &types.ExecutionStartedEventDetails{Input: &input}},
	)
}

// Event records an event of the given type at the current time.
func (r *Recorder) Event(kind string, event types.HistoryEvent) *Recorder {
	event.Id, event.Type, event.Timestamp = int64(len(r.Events)+1), types.HistoryEventType(kind), aws.Time(r.now)
	if r.server == AWS {
		event.PreviousEventId = event.Id - 1
	}
	r.Events = append(r.Events, event)
	return r
}

// After advances the time.
func (r *Recorder) After(d time.Duration) *Recorder { r.now = r.now.Add(d); return r }

// Enter enters a state of the given type.
func (r *Recorder) Enter(kind, state string) *Recorder {
	r.stateType, r.stateName = kind, state
	return r.Event(
		kind+"StateEntered",
		types.HistoryEvent{
			StateEnteredEventDetails: &types.StateEnteredEventDetails{Name: &state, Input: aws.String(r.lastOutput)},
		},
	)
}

// Exit leaves the state with an output.
func (r *Recorder) Exit(output string) *Recorder {
	r.lastOutput = output
	return r.Event(
		r.stateType+"StateExited",
		types.HistoryEvent{
			StateExitedEventDetails: &types.StateExitedEventDetails{Name: aws.String(r.stateName), Output: &output},
		},
	)
}

// Attempt records the start of an attempt.
func (r *Recorder) Attempt() *Recorder {
	r.Event(string(r.server)+"Scheduled", types.HistoryEvent{})
	if r.server == AWS {
		r.Event("LambdaFunctionStarted", types.HistoryEvent{})
	}
	return r
}

// Succeed records an attempt that succeeds with an output.
func (r *Recorder) Succeed(output string) *Recorder {
	r.Attempt().After(AttemptDuration)
	return r.Event(string(r.server)+"Succeeded", types.HistoryEvent{
		LambdaFunctionSucceededEventDetails: pointerIf(
			r.server == AWS,
			types.LambdaFunctionSucceededEventDetails{Output: &output},
		),
		TaskSucceededEventDetails: pointerIf(r.server == MiniStack, types.TaskSucceededEventDetails{Output: &output}),
	})
}

// Fail records an attempt that fails with an error of a Lambda function.
func (r *Recorder) Fail(name, message string) *Recorder {
	r.Attempt().After(AttemptDuration)
	cause := FunctionCause(name, message)
	return r.Event(string(r.server)+"Failed", types.HistoryEvent{
		LambdaFunctionFailedEventDetails: pointerIf(
			r.server == AWS,
			types.LambdaFunctionFailedEventDetails{Error: &name, Cause: &cause},
		),
		TaskFailedEventDetails: pointerIf(
			r.server == MiniStack,
			types.TaskFailedEventDetails{Error: &name, Cause: &cause},
		),
	})
}

func pointerIf[T any](condition bool, value T) *T {
	if condition {
		return &value
	}
	return nil
}

// Catch leaves the state as a catcher does, with the error as output.
func (r *Recorder) Catch(name, message string) *Recorder {
	return r.Exit(marshal(struct{ Error, Cause string }{name, FunctionCause(name, message)}))
}

// FunctionCause returns the cause that Step Functions records for a Lambda function's error.
func FunctionCause(name, message string) string {
	return marshal(struct {
		Message string `json:"errorMessage"`
		Type    string `json:"errorType"`
	}{message, name})
}

// End ends the execution and returns its events. Without an error, the execution succeeds with the
// last output.
func (r *Recorder) End(err, cause string) []types.HistoryEvent {
	if err == "" {
		return r.Event(
			"ExecutionSucceeded",
			types.HistoryEvent{
				ExecutionSucceededEventDetails: &types.ExecutionSucceededEventDetails{Output: aws.String(r.lastOutput)},
			},
		).Events
	}
	return r.Event(
		"ExecutionFailed",
		types.HistoryEvent{ExecutionFailedEventDetails: &types.ExecutionFailedEventDetails{Error: &err, Cause: &cause}},
	).Events
}

// LambdaErrorEvents returns the events of a scenario whose first attempts fail with these errors.
func LambdaErrorEvents(scenario string, errors ...string) []types.HistoryEvent {
	r := Record(AWS, `{"statuscode":"`+scenario+`"}`).Enter("Task", "Call API")
	for _, name := range errors {
		r.Fail(name, "Rate Exceeded.")
	}
	for _, event := range ScenarioEvents(AWS, scenario)[2:] {
		r.Event(string(event.Type), event)
	}
	return r.Events
}

// ScenarioEvents returns the events of a scenario that behaves as expected.
func ScenarioEvents(server Server, scenario string) []types.HistoryEvent {
	r := Record(server, `{"statuscode":"`+scenario+`"}`).Enter("Task", "Call API")
	caught := func(name, message, state, err, cause string) []types.HistoryEvent {
		return r.Fail(name, message).Catch(name, message).Enter("Fail", state).End(err, cause)
	}
	switch scenario {
	case "200":
	case "503":
		return caught("ServerUnavailableException", "503 Server Unavailable",
			"Server Unavailable", "ServerUnavailable", "The server is currently unable to handle the request.")
	case "999":
		return caught("UnknownException", "Unknown error", "Catch All", "An error of unknown type occurred", "Unknown error!")
	case "429":
		const name, message = "TooManyRequestsException", "429 Too Many Requests"
		r.Fail(name, message).
			After(time.Second).
			Fail(name, message).
			After(2*time.Second).
			Fail(name, message).
			Catch(name, message)
		r.Enter("Wait", "Wait and Try Later").After(time.Second).Exit(r.lastOutput)
		r.Enter("Pass", "Change to 200").Exit(`{"statuscode":"200"}`).Enter("Task", "Call API")
	default:
		panic("add the history of the scenario " + scenario + " to ScenarioEvents in internal/awsstub/history.go")
	}
	return r.Succeed(`"200 OK"`).Exit(`"200 OK"`).Enter("Pass", "OK").Exit(`"The request has succeeded."`).End("", "")
}

// History answers SFN.GetExecutionHistory with one page of events. next is the next page's token.
// It is empty on the last page.
func History(next string, events ...types.HistoryEvent) Answer {
	items := []string{}
	for _, event := range events {
		var fields map[string]any
		_ = json.Unmarshal([]byte(marshal(event)), &fields) // marshal returns valid JSON
		apiEvent := apiFields(fields).(map[string]any)
		apiEvent["timestamp"] = float64(aws.ToTime(event.Timestamp).UnixMilli()) / 1000
		items = append(items, marshal(apiEvent))
	}
	return JSON(jsonPage("events", next, items))
}

// apiFields converts the SDK's field names to the API's.
func apiFields(value any) any {
	fields, ok := value.(map[string]any)
	if !ok {
		return value
	}
	renamed := map[string]any{}
	for name, field := range fields {
		if field != nil {
			renamed[strings.ToLower(name[:1])+name[1:]] = apiFields(field)
		}
	}
	return renamed
}

func marshal(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err) // strings and numbers always marshal
	}
	return string(text)
}
