package history

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
)

// eventKind says how the builder processes events of a type.
type eventKind struct {
	apply               func(*builder, eventContext) position // processes an event and returns its position
	containerType       string                                // Parallel or Map if the event is about one; otherwise empty
	status              types.ExecutionStatus                 // execution's status if the event ends it; otherwise empty
	defaultError        string                                // error that AWS documents for events that name no error
	endsOrStartsAttempt bool                                  // the event starts or ends an attempt of the container
}

// timeoutError is the default error of events that report a timeout. AWS documents no default error
// for other events:
// https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
const timeoutError = "States.Timeout"

// eventKinds maps the event types of Step Functions to their kinds:
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html
//
// A Task whose Resource is a function's ARN has LambdaFunction… events. A Task that waits for an
// activity has Activity… events. Other Tasks have Task… events. The builder treats all three alike.
// An event of a type without a kind, such as LambdaFunctionStarted, changes no step.
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

// Suffixes of event types. A state type precedes them: TaskStateEntered.
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
