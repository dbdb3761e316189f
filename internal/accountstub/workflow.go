package accountstub

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/resource"
	"retrycatch/statemachine"
)

// execution simulates an execution. It follows the path of its scenario and ends immediately, or
// after a minute if it is outdated.
type execution struct {
	arn, name, input string
	scenario         string
	trace            string // from the header
	outdated         bool   // it uses the definition before the last update
	stopped          bool
	started          time.Time
}

// status returns the execution's status now.
func (e *execution) status() types.ExecutionStatus {
	switch {
	case e.stopped:
		return types.ExecutionStatusAborted
	case e.outdated && time.Since(e.started) < time.Minute:
		return types.ExecutionStatusRunning
	case e.scenario == "503" || e.scenario == "999":
		return types.ExecutionStatusFailed
	default:
		return types.ExecutionStatusSucceeded
	}
}

// events returns the execution's history so far.
func (e *execution) events() []types.HistoryEvent {
	course := awsstub.Course(awsstub.AWS, e.scenario)
	if e.status() == types.ExecutionStatusRunning {
		return course[:len(course)-1]
	}
	return course
}

// outdatedDefinition is the definition before the last update.
const outdatedDefinition = `{"StartAt": "Old", "States": {"Old": {"Type": "Succeed"}}}`

func (a *Account) execution(arn string) *execution {
	for _, e := range a.executions {
		if e.arn == arn {
			return e
		}
	}
	return nil
}

// ofExecution answers an operation on an execution.
func (a *Account) ofExecution(arn *string, answer func(*execution) awsstub.Answer) awsstub.Answer {
	if e := a.execution(aws.ToString(arn)); e != nil {
		return answer(e)
	}
	return awsstub.Error(http.StatusBadRequest, "ExecutionDoesNotExist", "Execution Does Not Exist")
}

func (a *Account) workflow() map[string]handler {
	return map[string]handler{
		"SFN.StartExecution": func(in any) awsstub.Answer { return a.start(in.(*sfn.StartExecutionInput)) },
		"SFN.ListExecutions": func(in any) awsstub.Answer {
			input := in.(*sfn.ListExecutionsInput)
			return a.found(resource.StateMachine, input.StateMachineArn, "StateMachineDoesNotExist",
				func(_ string, thing *Thing) awsstub.Answer { return a.listExecutions(thing, input.StatusFilter) })
		},
		"SFN.GetExecutionHistory": func(in any) awsstub.Answer {
			return a.ofExecution(in.(*sfn.GetExecutionHistoryInput).ExecutionArn, func(e *execution) awsstub.Answer {
				return awsstub.History("", e.events()...)
			})
		},
		"SFN.DescribeExecution": func(in any) awsstub.Answer {
			return a.ofExecution(in.(*sfn.DescribeExecutionInput).ExecutionArn, describeExecution)
		},
		"SFN.DescribeStateMachineForExecution": func(in any) awsstub.Answer {
			return a.ofExecution(in.(*sfn.DescribeStateMachineForExecutionInput).ExecutionArn,
				func(e *execution) awsstub.Answer {
					definition := statemachine.Definition
					if e.outdated {
						definition = outdatedDefinition
					}
					return toJSON(map[string]any{"name": "MyAPIStateMachine", "definition": definition,
						"stateMachineArn": awsstub.StateMachineARN, "roleArn": "r", "updateDate": 1})
				})
		},
	}
}

func (a *Account) start(input *sfn.StartExecutionInput) awsstub.Answer {
	return a.found(resource.StateMachine, input.StateMachineArn, "StateMachineDoesNotExist",
		func(arn string, _ *Thing) awsstub.Answer {
			var asked struct{ StatusCode string }
			_ = json.Unmarshal([]byte(*input.Input), &asked) // for any other input, the execution ends as for 200
			e := &execution{name: *input.Name, input: *input.Input,
				scenario: asked.StatusCode, trace: aws.ToString(input.TraceHeader),
				arn:      strings.Replace(arn, ":stateMachine:", ":execution:", 1) + ":" + *input.Name,
				outdated: a.Outdated > 0, started: time.Now()}
			if known := a.execution(e.arn); known != nil { // the same name and input identify the same execution
				return toJSON(map[string]any{"executionArn": known.arn, "startDate": known.started.Unix()})
			}
			a.Outdated = max(0, a.Outdated-1)
			a.executions = append(a.executions, e)
			a.changed("StartExecution %s", e.name)
			return toJSON(map[string]any{"executionArn": e.arn, "startDate": e.started.Unix()})
		})
}

// listExecutions lists a thing's running executions and the simulated ones, newest first.
func (a *Account) listExecutions(thing *Thing, filter types.ExecutionStatus) awsstub.Answer {
	list := []map[string]any{}
	add := func(arn, name string, status types.ExecutionStatus, started time.Time) {
		if filter == "" || filter == status {
			list = append(list, map[string]any{"executionArn": arn, "name": name, "status": status,
				"stateMachineArn": awsstub.StateMachineARN, "startDate": started.Unix()})
		}
	}
	for _, arn := range thing.Running {
		add(arn, arn[strings.LastIndex(arn, ":")+1:], types.ExecutionStatusRunning, thing.Since)
	}
	for _, e := range slices.Backward(a.executions) {
		add(e.arn, e.name, e.status(), e.started)
	}
	return toJSON(map[string]any{"executions": list})
}

func describeExecution(e *execution) awsstub.Answer {
	described := map[string]any{"executionArn": e.arn, "name": e.name, "input": e.input, "status": e.status(),
		"stateMachineArn": awsstub.StateMachineARN, "startDate": e.started.Unix(), "stopDate": e.started.Unix(),
		"traceHeader": e.trace}
	last := awsstub.Course(awsstub.AWS, e.scenario)
	if end := last[len(last)-1]; end.ExecutionFailedEventDetails != nil {
		described["error"] = end.ExecutionFailedEventDetails.Error
		described["cause"] = end.ExecutionFailedEventDetails.Cause
	} else {
		described["output"] = end.ExecutionSucceededEventDetails.Output
	}
	return toJSON(described)
}

// Finish adds an execution that has ended.
func (a *Account) Finish(name, input string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	machine := awsstub.StateMachineARN
	a.start(&sfn.StartExecutionInput{StateMachineArn: &machine, Name: &name, Input: &input,
		TraceHeader: aws.String("Root=" + TraceID(name) + ";Sampled=1")})
}

// TraceID returns the trace ID of an execution from Finish.
func TraceID(name string) string { return "1-" + name }

// filterLog answers with a record of each ended execution.
func (a *Account) filterLog() awsstub.Answer {
	list := []map[string]any{}
	for _, e := range a.executions {
		root, _, _ := strings.Cut(strings.TrimPrefix(e.trace, "Root="), ";")
		list = append(list, map[string]any{"timestamp": e.started.UnixMilli(),
			"message": `{"level":"INFO","message":"the API call succeeded","traceId":"` + root + `"}`})
	}
	return toJSON(map[string]any{"events": list})
}
