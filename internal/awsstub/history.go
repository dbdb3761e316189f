package awsstub

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
)

// Family is how a server names the events of a task whose resource is a function's ARN: what their names begin with.
type Family string

// AWS itself, and MiniStack, which records no start of an attempt and links no events.
const (
	AWS       Family = "LambdaFunction"
	MiniStack Family = "Task"
)

// Families are both.
var Families = []Family{AWS, MiniStack}

// Start is when every recorded execution starts.
var Start = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// AttemptTook is how long every recorded attempt takes.
const AttemptTook = 50 * time.Millisecond

// Recorder writes down the events of one execution, one call for each thing that happens.
type Recorder struct {
	Events []types.HistoryEvent
	family Family
	now    time.Time
	data   string // the output so far, which is the next state's input
	kind   string // of the state entered last
	state  string
}

// Record begins an execution.
func Record(family Family, input string) *Recorder {
	r := &Recorder{family: family, now: Start, data: input}
	return r.Event("ExecutionStarted", types.HistoryEvent{ExecutionStartedEventDetails: &types.ExecutionStartedEventDetails{Input: &input}})
}

// Event adds any event, now.
func (r *Recorder) Event(kind string, event types.HistoryEvent) *Recorder {
	event.Id, event.Type, event.Timestamp = int64(len(r.Events)+1), types.HistoryEventType(kind), aws.Time(r.now)
	if r.family == AWS {
		event.PreviousEventId = event.Id - 1
	}
	r.Events = append(r.Events, event)
	return r
}

// After lets time go by.
func (r *Recorder) After(d time.Duration) *Recorder { r.now = r.now.Add(d); return r }

// Enter enters a state.
func (r *Recorder) Enter(kind, state string) *Recorder {
	r.kind, r.state = kind, state
	return r.Event(kind+"StateEntered", types.HistoryEvent{StateEnteredEventDetails: &types.StateEnteredEventDetails{Name: &state, Input: aws.String(r.data)}})
}

// Exit leaves the state with an output.
func (r *Recorder) Exit(output string) *Recorder {
	r.data = output
	return r.Event(r.kind+"StateExited", types.HistoryEvent{StateExitedEventDetails: &types.StateExitedEventDetails{Name: aws.String(r.state), Output: &output}})
}

// Attempt begins an attempt.
func (r *Recorder) Attempt() *Recorder {
	r.Event(string(r.family)+"Scheduled", types.HistoryEvent{})
	if r.family == AWS {
		r.Event("LambdaFunctionStarted", types.HistoryEvent{})
	}
	return r
}

// Succeed records an attempt that succeeds.
func (r *Recorder) Succeed(output string) *Recorder {
	r.Attempt().After(AttemptTook)
	return r.Event(string(r.family)+"Succeeded", types.HistoryEvent{
		LambdaFunctionSucceededEventDetails: only(r.family == AWS, types.LambdaFunctionSucceededEventDetails{Output: &output}),
		TaskSucceededEventDetails:           only(r.family == MiniStack, types.TaskSucceededEventDetails{Output: &output}),
	})
}

// Fail records an attempt that fails with an error of the function.
func (r *Recorder) Fail(name, message string) *Recorder {
	r.Attempt().After(AttemptTook)
	cause := CauseOf(name, message)
	return r.Event(string(r.family)+"Failed", types.HistoryEvent{
		LambdaFunctionFailedEventDetails: only(r.family == AWS, types.LambdaFunctionFailedEventDetails{Error: &name, Cause: &cause}),
		TaskFailedEventDetails:           only(r.family == MiniStack, types.TaskFailedEventDetails{Error: &name, Cause: &cause}),
	})
}

func only[T any](condition bool, value T) *T {
	if condition {
		return &value
	}
	return nil
}

// Catch leaves the state with its error as the output.
func (r *Recorder) Catch(name, message string) *Recorder {
	return r.Exit(marshal(struct{ Error, Cause string }{name, CauseOf(name, message)}))
}

// CauseOf is a function's error as it stands in a cause.
func CauseOf(name, message string) string {
	return marshal(struct {
		Message string `json:"errorMessage"`
		Type    string `json:"errorType"`
	}{message, name})
}

// End ends the execution: in success with the last output, or failed with an error.
func (r *Recorder) End(err, cause string) []types.HistoryEvent {
	if err == "" {
		return r.Event("ExecutionSucceeded", types.HistoryEvent{ExecutionSucceededEventDetails: &types.ExecutionSucceededEventDetails{Output: aws.String(r.data)}}).Events
	}
	return r.Event("ExecutionFailed", types.HistoryEvent{ExecutionFailedEventDetails: &types.ExecutionFailedEventDetails{Error: &err, Cause: &cause}}).Events
}

// Troubled returns the right course of a scenario in which Lambda first fails some attempts by
// itself, with these errors.
func Troubled(scenario string, errors ...string) []types.HistoryEvent {
	r := Record(AWS, `{"statuscode":"`+scenario+`"}`).Enter("Task", "Call API")
	for _, name := range errors {
		r.Fail(name, "Rate Exceeded.")
	}
	for _, event := range Course(AWS, scenario)[2:] {
		r.Event(string(event.Type), event)
	}
	return r.Events
}

// Course is the right course of the execution of a scenario.
func Course(family Family, scenario string) []types.HistoryEvent {
	r := Record(family, `{"statuscode":"`+scenario+`"}`).Enter("Task", "Call API")
	caught := func(name, message, state, err, cause string) []types.HistoryEvent {
		return r.Fail(name, message).Catch(name, message).Enter("Fail", state).End(err, cause)
	}
	switch scenario {
	case "503":
		return caught("ServerUnavailableException", "503 Server Unavailable",
			"Server Unavailable", "ServerUnavailable", "The server is currently unable to handle the request.")
	case "999":
		return caught("UnknownException", "Unknown error", "Catch All", "An error of unknown type occurred", "Unknown error!")
	case "429":
		const name, message = "TooManyRequestsException", "429 Too Many Requests"
		r.Fail(name, message).After(time.Second).Fail(name, message).After(2*time.Second).Fail(name, message).Catch(name, message)
		r.Enter("Wait", "Wait and Try Later").After(time.Second).Exit(r.data)
		r.Enter("Pass", "Change to 200").Exit(`{"statuscode":"200"}`).Enter("Task", "Call API")
	}
	return r.Succeed(`"200 OK"`).Exit(`"200 OK"`).Enter("Pass", "OK").Exit(`"The request has succeeded."`).End("", "")
}

// History answers SFN.GetExecutionHistory with one page of events. Next is the token of the next page, empty on the last.
func History(next string, events ...types.HistoryEvent) Answer {
	items := []string{}
	for _, event := range events {
		var fields map[string]any
		_ = json.Unmarshal([]byte(marshal(event)), &fields) // it has just been marshaled
		wire := lowered(fields).(map[string]any)
		wire["timestamp"] = float64(aws.ToTime(event.Timestamp).UnixMilli()) / 1000
		items = append(items, marshal(wire))
	}
	return JSON(page("events", next, items))
}

// lowered turns the SDK's names of fields into the API's.
func lowered(value any) any {
	fields, ok := value.(map[string]any)
	if !ok {
		return value
	}
	wire := map[string]any{}
	for name, field := range fields {
		if field != nil {
			wire[strings.ToLower(name[:1])+name[1:]] = lowered(field)
		}
	}
	return wire
}

func marshal(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err) // strings and numbers always marshal
	}
	return string(text)
}
