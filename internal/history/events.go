package history

import (
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
)

// What an event says, in the terms of this package. Step Functions has some sixty kinds of events; a Task whose Resource
// is a function's ARN has those named LambdaFunction…, every other one those named Task…, and they mean the same:
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html
type (
	started      struct{ input string }
	entered      struct{ state, kind, input string }
	exited       struct{ state, output string }
	scheduled    struct{}
	attemptEnded struct{ err, cause, output string }
	ended        struct {
		status             types.ExecutionStatus
		output, err, cause string
	}
)

func timeOf(event types.HistoryEvent) time.Time { return aws.ToTime(event.Timestamp) }

// detailsOf returns one of the above, or nil for an event that none of them fits. Any event may come without its details,
// so their absence is never an error.
func detailsOf(event types.HistoryEvent) any {
	kind := string(event.Type)
	switch {
	case strings.HasSuffix(kind, "StateEntered"):
		d := event.StateEnteredEventDetails
		if d == nil {
			d = &types.StateEnteredEventDetails{}
		}
		return entered{state: aws.ToString(d.Name), kind: strings.TrimSuffix(kind, "StateEntered"), input: aws.ToString(d.Input)}
	case strings.HasSuffix(kind, "StateExited"):
		d := event.StateExitedEventDetails
		if d == nil {
			d = &types.StateExitedEventDetails{}
		}
		return exited{state: aws.ToString(d.Name), output: aws.ToString(d.Output)}
	case strings.HasPrefix(kind, "Execution"):
		return executionDetails(event)
	default:
		return attemptDetails(event)
	}
}

func executionDetails(event types.HistoryEvent) any {
	switch event.Type {
	case types.HistoryEventTypeExecutionStarted:
		if d := event.ExecutionStartedEventDetails; d != nil {
			return started{input: aws.ToString(d.Input)}
		}
		return started{}
	case types.HistoryEventTypeExecutionSucceeded:
		end := ended{status: types.ExecutionStatusSucceeded}
		if d := event.ExecutionSucceededEventDetails; d != nil {
			end.output = aws.ToString(d.Output)
		}
		return end
	case types.HistoryEventTypeExecutionFailed:
		end := ended{status: types.ExecutionStatusFailed}
		if d := event.ExecutionFailedEventDetails; d != nil {
			end.err, end.cause = aws.ToString(d.Error), aws.ToString(d.Cause)
		}
		return end
	case types.HistoryEventTypeExecutionAborted:
		end := ended{status: types.ExecutionStatusAborted}
		if d := event.ExecutionAbortedEventDetails; d != nil {
			end.err, end.cause = aws.ToString(d.Error), aws.ToString(d.Cause)
		}
		return end
	case types.HistoryEventTypeExecutionTimedOut:
		end := ended{status: types.ExecutionStatusTimedOut}
		if d := event.ExecutionTimedOutEventDetails; d != nil {
			end.err, end.cause = aws.ToString(d.Error), aws.ToString(d.Cause)
		}
		return end
	case types.HistoryEventTypeExecutionRedriven:
		return ended{status: types.ExecutionStatusRunning} // it goes on: what ended it does no longer
	default:
		return nil
	}
}

func attemptDetails(event types.HistoryEvent) any {
	switch event.Type {
	case types.HistoryEventTypeLambdaFunctionScheduled, types.HistoryEventTypeTaskScheduled:
		return scheduled{}
	case types.HistoryEventTypeLambdaFunctionSucceeded:
		if d := event.LambdaFunctionSucceededEventDetails; d != nil {
			return attemptEnded{output: aws.ToString(d.Output)}
		}
	case types.HistoryEventTypeTaskSucceeded:
		if d := event.TaskSucceededEventDetails; d != nil {
			return attemptEnded{output: aws.ToString(d.Output)}
		}
	case types.HistoryEventTypeLambdaFunctionFailed:
		if d := event.LambdaFunctionFailedEventDetails; d != nil {
			return failure(d.Error, d.Cause)
		}
	case types.HistoryEventTypeLambdaFunctionScheduleFailed:
		if d := event.LambdaFunctionScheduleFailedEventDetails; d != nil {
			return failure(d.Error, d.Cause)
		}
	case types.HistoryEventTypeLambdaFunctionStartFailed:
		if d := event.LambdaFunctionStartFailedEventDetails; d != nil {
			return failure(d.Error, d.Cause)
		}
	case types.HistoryEventTypeLambdaFunctionTimedOut:
		if d := event.LambdaFunctionTimedOutEventDetails; d != nil {
			return failure(d.Error, d.Cause)
		}
	case types.HistoryEventTypeTaskFailed:
		if d := event.TaskFailedEventDetails; d != nil {
			return failure(d.Error, d.Cause)
		}
	case types.HistoryEventTypeTaskStartFailed:
		if d := event.TaskStartFailedEventDetails; d != nil {
			return failure(d.Error, d.Cause)
		}
	case types.HistoryEventTypeTaskSubmitFailed:
		if d := event.TaskSubmitFailedEventDetails; d != nil {
			return failure(d.Error, d.Cause)
		}
	case types.HistoryEventTypeTaskTimedOut:
		if d := event.TaskTimedOutEventDetails; d != nil {
			return failure(d.Error, d.Cause)
		}
	default:
		return nil
	}
	// An end without details is an end all the same; a failing one is known by its kind.
	if strings.HasSuffix(string(event.Type), "Succeeded") {
		return attemptEnded{}
	}
	return attemptEnded{err: "States.TaskFailed"}
}

func failure(err, cause *string) attemptEnded {
	name := aws.ToString(err)
	if name == "" {
		name = "States.TaskFailed"
	}
	return attemptEnded{err: name, cause: aws.ToString(cause)}
}
