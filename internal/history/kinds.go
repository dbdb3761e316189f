package history

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
)

// kind describes the meaning of an event type.
type kind struct {
	do        func(*builder, happening) position // returns the event's position
	container string                             // the type of state that the event is about: Parallel or Map
	status    types.ExecutionStatus              // of the execution, if the event ends it
	err       string                             // AWS's documented error for an event that names none
	again     bool                               // it starts or ends an attempt of the container
}

// timedOut names the error of work that exceeded its time limit. No other kind of event implies an
// error:
// https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
const timedOut = "States.Timeout"

// kinds maps Step Functions' event types to their meanings:
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html
// A Task has LambdaFunction… events if its Resource is a function's ARN, Activity… events if it
// waits for an activity, and Task… events otherwise. All three mean the same. A missing type, such
// as LambdaFunctionStarted, only belongs to a state and changes nothing.
var kinds = map[types.HistoryEventType]kind{
	"ExecutionStarted":   {do: (*builder).start},
	"ExecutionSucceeded": {do: (*builder).end, status: types.ExecutionStatusSucceeded},
	"ExecutionFailed":    {do: (*builder).end, status: types.ExecutionStatusFailed},
	"ExecutionAborted":   {do: (*builder).end, status: types.ExecutionStatusAborted},
	"ExecutionTimedOut":  {do: (*builder).end, status: types.ExecutionStatusTimedOut},
	"ExecutionRedriven":  {do: (*builder).redrive},

	"LambdaFunctionScheduled":      {do: (*builder).begin},
	"LambdaFunctionSucceeded":      {do: (*builder).succeed},
	"LambdaFunctionFailed":         {do: (*builder).fail},
	"LambdaFunctionScheduleFailed": {do: (*builder).fail},
	"LambdaFunctionStartFailed":    {do: (*builder).fail},
	"LambdaFunctionTimedOut":       {do: (*builder).fail, err: timedOut},

	"TaskScheduled":    {do: (*builder).begin},
	"TaskSucceeded":    {do: (*builder).succeed},
	"TaskFailed":       {do: (*builder).fail},
	"TaskStartFailed":  {do: (*builder).fail},
	"TaskSubmitFailed": {do: (*builder).fail},
	"TaskTimedOut":     {do: (*builder).fail, err: timedOut},

	"ActivityScheduled":      {do: (*builder).begin},
	"ActivitySucceeded":      {do: (*builder).succeed},
	"ActivityFailed":         {do: (*builder).fail},
	"ActivityScheduleFailed": {do: (*builder).fail},
	"ActivityTimedOut":       {do: (*builder).fail, err: timedOut},

	"ParallelStateStarted":   {do: (*builder).begin, container: "Parallel", again: true},
	"ParallelStateSucceeded": {do: (*builder).succeed, container: "Parallel", again: true},
	"ParallelStateFailed":    {do: (*builder).failAll, container: "Parallel", again: true},
	"MapStateStarted":        {do: (*builder).begin, container: "Map", again: true},
	"MapStateSucceeded":      {do: (*builder).succeed, container: "Map", again: true},
	"MapStateFailed":         {do: (*builder).failAll, container: "Map", again: true},
	"MapRunFailed":           {do: (*builder).fault, container: "Map"},
	"MapIterationStarted":    {do: (*builder).iterate, container: "Map"},
	"MapIterationSucceeded":  {do: (*builder).iterate, container: "Map"},
	"MapIterationFailed":     {do: (*builder).failIteration, container: "Map"},
	"MapIterationAborted":    {do: (*builder).iterate, container: "Map"},

	"TaskStateAborted":     {do: (*builder).abort},
	"WaitStateAborted":     {do: (*builder).abort},
	"ParallelStateAborted": {do: (*builder).abort},
	"MapStateAborted":      {do: (*builder).abort},
	"EvaluationFailed":     {do: (*builder).failEvaluation},
}

// Suffixes of the events that enter or leave a state. The state's type precedes the suffix.
const (
	stateEntered = "StateEntered"
	stateExited  = "StateExited"
)

func kindOf(name types.HistoryEventType) kind {
	switch {
	case strings.HasSuffix(string(name), stateEntered):
		return kind{do: (*builder).enter}
	case strings.HasSuffix(string(name), stateExited):
		return kind{do: (*builder).exit}
	default:
		return kinds[name]
	}
}
