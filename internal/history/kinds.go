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
	err       string                             // the name of an error that the event does not name itself
}

// The names of errors that Step Functions reports by itself:
// https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
const (
	taskFailed   = "States.TaskFailed"
	timedOut     = "States.Timeout"
	branchFailed = "States.BranchFailed"
	evaluation   = "States.QueryEvaluationError"
)

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
	"LambdaFunctionFailed":         {do: (*builder).fail, err: taskFailed},
	"LambdaFunctionScheduleFailed": {do: (*builder).fail, err: taskFailed},
	"LambdaFunctionStartFailed":    {do: (*builder).fail, err: taskFailed},
	"LambdaFunctionTimedOut":       {do: (*builder).fail, err: timedOut},

	"TaskScheduled":    {do: (*builder).begin},
	"TaskSucceeded":    {do: (*builder).succeed},
	"TaskFailed":       {do: (*builder).fail, err: taskFailed},
	"TaskStartFailed":  {do: (*builder).fail, err: taskFailed},
	"TaskSubmitFailed": {do: (*builder).fail, err: taskFailed},
	"TaskTimedOut":     {do: (*builder).fail, err: timedOut},

	"ActivityScheduled":      {do: (*builder).begin},
	"ActivitySucceeded":      {do: (*builder).succeed},
	"ActivityFailed":         {do: (*builder).fail, err: taskFailed},
	"ActivityScheduleFailed": {do: (*builder).fail, err: taskFailed},
	"ActivityTimedOut":       {do: (*builder).fail, err: timedOut},

	"ParallelStateStarted":   {do: (*builder).begin, container: "Parallel"},
	"ParallelStateSucceeded": {do: (*builder).succeed, container: "Parallel"},
	"ParallelStateFailed":    {do: (*builder).fail, container: "Parallel", err: branchFailed},
	"MapStateStarted":        {do: (*builder).begin, container: "Map"},
	"MapStateSucceeded":      {do: (*builder).succeed, container: "Map"},
	"MapStateFailed":         {do: (*builder).fail, container: "Map", err: taskFailed},
	"MapIterationStarted":    {do: (*builder).iterate, container: "Map"},
	"MapIterationSucceeded":  {do: (*builder).iterate, container: "Map"},
	"MapIterationFailed":     {do: (*builder).failIteration, container: "Map", err: taskFailed},
	"MapIterationAborted":    {do: (*builder).iterate, container: "Map"},

	"TaskStateAborted":     {do: (*builder).abort},
	"WaitStateAborted":     {do: (*builder).abort},
	"ParallelStateAborted": {do: (*builder).abort, container: "Parallel"},
	"MapStateAborted":      {do: (*builder).abort, container: "Map"},
	"EvaluationFailed":     {do: (*builder).fault, err: evaluation},
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
