package history

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
)

// kind is what an event of one type means.
type kind struct {
	do        func(*builder, happening) position // returns where the event belongs
	container string                             // the type of the state that the event is about: Parallel or Map
	status    types.ExecutionStatus              // of the execution that it ends
	err       string                             // the error that AWS documents for an event that names none
	again     bool                               // ends or begins an attempt of the container
}

// timedOut is the error of work that exceeded its time limit:
// https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
// No other kind of event stands for one error.
const timedOut = "States.Timeout"

// kinds is what Step Functions' sixty kinds of events mean:
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html
// A Task whose Resource is a function's ARN has those named LambdaFunction…, one that waits for an activity those named
// Activity…, every other one those named Task…, and they mean the same. A kind that is missing here, such as
// LambdaFunctionStarted, changes nothing: it only belongs to a state.
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

// What the names of events end with that enter or leave a state of any type. What they begin with is the type.
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
