package history

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
)

// kind describes the meaning of an event type.
type eventKind struct {
	apply               func(*builder, eventContext) position // returns the event's position
	containerType       string                                // the type of state that the event is about: Parallel or Map
	status              types.ExecutionStatus                 // of the execution, if the event ends it
	defaultError        string                                // AWS's documented error for an event that names none
	endsOrStartsAttempt bool                                  // it starts or ends an attempt of the container
}

// timedOut names the error of work that exceeded its time limit. No other kind of event implies an
// error:
// https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
const timeoutError = "States.Timeout"

// kinds maps Step Functions' event types to their meanings:
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html
// A Task has LambdaFunction… events if its Resource is a function's ARN, Activity… events if it
// waits for an activity, and Task… events otherwise. All three mean the same. A missing type, such
// as LambdaFunctionStarted, only belongs to a state and changes nothing.
var eventKinds = map[types.HistoryEventType]eventKind{
	"ExecutionStarted":   {apply: (*builder).startExecution},
	"ExecutionSucceeded": {apply: (*builder).endExecution, status: types.ExecutionStatusSucceeded},
	"ExecutionFailed":    {apply: (*builder).endExecution, status: types.ExecutionStatusFailed},
	"ExecutionAborted":   {apply: (*builder).endExecution, status: types.ExecutionStatusAborted},
	"ExecutionTimedOut":  {apply: (*builder).endExecution, status: types.ExecutionStatusTimedOut},
	"ExecutionRedriven":  {apply: (*builder).redriveExecution},

	"LambdaFunctionScheduled":      {apply: (*builder).beginAttempt},
	"LambdaFunctionSucceeded":      {apply: (*builder).succeedAttempt},
	"LambdaFunctionFailed":         {apply: (*builder).failAttempt},
	"LambdaFunctionScheduleFailed": {apply: (*builder).failAttempt},
	"LambdaFunctionStartFailed":    {apply: (*builder).failAttempt},
	"LambdaFunctionTimedOut":       {apply: (*builder).failAttempt, defaultError: timeoutError},

	"TaskScheduled":    {apply: (*builder).beginAttempt},
	"TaskSucceeded":    {apply: (*builder).succeedAttempt},
	"TaskFailed":       {apply: (*builder).failAttempt},
	"TaskStartFailed":  {apply: (*builder).failAttempt},
	"TaskSubmitFailed": {apply: (*builder).failAttempt},
	"TaskTimedOut":     {apply: (*builder).failAttempt, defaultError: timeoutError},

	"ActivityScheduled":      {apply: (*builder).beginAttempt},
	"ActivitySucceeded":      {apply: (*builder).succeedAttempt},
	"ActivityFailed":         {apply: (*builder).failAttempt},
	"ActivityScheduleFailed": {apply: (*builder).failAttempt},
	"ActivityTimedOut":       {apply: (*builder).failAttempt, defaultError: timeoutError},

	"ParallelStateStarted":   {apply: (*builder).beginAttempt, containerType: "Parallel", endsOrStartsAttempt: true},
	"ParallelStateSucceeded": {apply: (*builder).succeedAttempt, containerType: "Parallel", endsOrStartsAttempt: true},
	"ParallelStateFailed":    {apply: (*builder).failContainer, containerType: "Parallel", endsOrStartsAttempt: true},
	"MapStateStarted":        {apply: (*builder).beginAttempt, containerType: "Map", endsOrStartsAttempt: true},
	"MapStateSucceeded":      {apply: (*builder).succeedAttempt, containerType: "Map", endsOrStartsAttempt: true},
	"MapStateFailed":         {apply: (*builder).failContainer, containerType: "Map", endsOrStartsAttempt: true},
	"MapRunFailed":           {apply: (*builder).recordError, containerType: "Map"},
	"MapIterationStarted":    {apply: (*builder).setIteration, containerType: "Map"},
	"MapIterationSucceeded":  {apply: (*builder).setIteration, containerType: "Map"},
	"MapIterationFailed":     {apply: (*builder).failIteration, containerType: "Map"},
	"MapIterationAborted":    {apply: (*builder).setIteration, containerType: "Map"},

	"TaskStateAborted":     {apply: (*builder).abortStep},
	"WaitStateAborted":     {apply: (*builder).abortStep},
	"ParallelStateAborted": {apply: (*builder).abortStep},
	"MapStateAborted":      {apply: (*builder).abortStep},
	"EvaluationFailed":     {apply: (*builder).failEvaluation},
}

// Suffixes of the events that enter or leave a state. The state's type precedes the suffix.
const (
	stateEntered = "StateEntered"
	stateExited  = "StateExited"
)

func kindOf(name types.HistoryEventType) eventKind {
	switch {
	case strings.HasSuffix(string(name), stateEntered):
		return eventKind{apply: (*builder).enterState}
	case strings.HasSuffix(string(name), stateExited):
		return eventKind{apply: (*builder).exitState}
	default:
		return eventKinds[name]
	}
}
