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
	"retrycatch/internal/scenario"
	"retrycatch/statemachine"
)

// execution is a simulated execution, which follows its scenario's path. It ends immediately, or
// after one minute if it is outdated.
type execution struct {
	arn, name, input string
	scenario         string
	traceHeader      string // as StartExecution received it
	outdated         bool   // the execution uses outdatedDefinition
	stopped          bool
	started          time.Time
}

// status returns the execution's current status.
func (e *execution) status() types.ExecutionStatus {
	switch {
	case e.stopped:
		return types.ExecutionStatusAborted
	case e.outdated && time.Since(e.started) < time.Minute:
		return types.ExecutionStatusRunning
	case e.lastEvent().ExecutionFailedEventDetails != nil:
		return types.ExecutionStatusFailed
	default:
		return types.ExecutionStatusSucceeded
	}
}

// lastEvent returns the event that ends the scenario.
func (e *execution) lastEvent() types.HistoryEvent {
	events := awsstub.ScenarioEvents(awsstub.AWS, e.scenario)
	return events[len(events)-1]
}

// events returns the execution's events so far.
func (e *execution) events() []types.HistoryEvent {
	recorded := awsstub.ScenarioEvents(awsstub.AWS, e.scenario)
	if e.status() == types.ExecutionStatusRunning {
		return recorded[:len(recorded)-1]
	}
	return recorded
}

// outdatedDefinition is the state machine's definition from before the last update.
const outdatedDefinition = `{"StartAt": "Old", "States": {"Old": {"Type": "Succeed"}}}`

func (a *Account) findExecution(arn string) *execution {
	for _, e := range a.executions {
		if e.arn == arn {
			return e
		}
	}
	return nil
}

// withExecution returns the answer for an execution, or an error.
func (a *Account) withExecution(arn *string, answer func(*execution) awsstub.Answer) awsstub.Answer {
	if e := a.findExecution(aws.ToString(arn)); e != nil {
		return answer(e)
	}
	return awsstub.Error(http.StatusBadRequest, "ExecutionDoesNotExist", "Execution Does Not Exist")
}

func (a *Account) workflowHandlers() map[string]handler {
	return map[string]handler{
		"SFN.StartExecution": func(in any) awsstub.Answer { return a.startExecution(in.(*sfn.StartExecutionInput)) },
		"SFN.ListExecutions": func(in any) awsstub.Answer {
			input := in.(*sfn.ListExecutionsInput)
			return a.withResource(resource.StateMachine, input.StateMachineArn, "StateMachineDoesNotExist",
				func(_ string, instance *Instance) awsstub.Answer {
					return a.listExecutions(instance, input.StatusFilter)
				})
		},
		"SFN.GetExecutionHistory": func(in any) awsstub.Answer {
			return a.withExecution(in.(*sfn.GetExecutionHistoryInput).ExecutionArn, func(e *execution) awsstub.Answer {
				return awsstub.History("", e.events()...)
			})
		},
		"SFN.DescribeExecution": func(in any) awsstub.Answer {
			return a.withExecution(in.(*sfn.DescribeExecutionInput).ExecutionArn, describeExecution)
		},
		"SFN.DescribeStateMachineForExecution": func(in any) awsstub.Answer {
			return a.withExecution(in.(*sfn.DescribeStateMachineForExecutionInput).ExecutionArn,
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

func (a *Account) startExecution(input *sfn.StartExecutionInput) awsstub.Answer {
	return a.withResource(resource.StateMachine, input.StateMachineArn, "StateMachineDoesNotExist",
		func(arn string, _ *Instance) awsstub.Answer {
			e := &execution{name: *input.Name, input: *input.Input,
				scenario: scenarioOf(*input.Input), traceHeader: aws.ToString(input.TraceHeader),
				arn:      strings.Replace(arn, ":stateMachine:", ":execution:", 1) + ":" + *input.Name,
				outdated: a.OutdatedExecutions > 0, started: time.Now()}
			if existing := a.findExecution(e.arn); existing != nil { // StartExecution is idempotent for the same name
				return toJSON(map[string]any{"executionArn": existing.arn, "startDate": existing.started.Unix()})
			}
			a.OutdatedExecutions = max(0, a.OutdatedExecutions-1)
			a.executions = append(a.executions, e)
			a.recordChange("StartExecution %s", e.name)
			return toJSON(map[string]any{"executionArn": e.arn, "startDate": e.started.Unix()})
		})
}

// scenarioOf returns the scenario that an execution with this input follows. An execution with any
// other input ends like scenario 200.
func scenarioOf(input string) string {
	for _, s := range scenario.All() {
		var request struct{ StatusCode string }
		if json.Unmarshal([]byte(input), &request) == nil && request.StatusCode == s.Name {
			return s.Name
		}
	}
	return "200"
}

// listExecutions lists the state machine's RunningExecutions, then the simulated executions from
// newest to oldest.
func (a *Account) listExecutions(instance *Instance, filter types.ExecutionStatus) awsstub.Answer {
	list := []map[string]any{}
	add := func(arn, name string, status types.ExecutionStatus, started time.Time) {
		if filter == "" || filter == status {
			list = append(list, map[string]any{"executionArn": arn, "name": name, "status": status,
				"stateMachineArn": awsstub.StateMachineARN, "startDate": started.Unix()})
		}
	}
	for _, arn := range instance.RunningExecutions {
		add(arn, arn[strings.LastIndex(arn, ":")+1:], types.ExecutionStatusRunning, instance.Created)
	}
	for _, e := range slices.Backward(a.executions) {
		add(e.arn, e.name, e.status(), e.started)
	}
	return toJSON(map[string]any{"executions": list})
}

func describeExecution(e *execution) awsstub.Answer {
	response := map[string]any{"executionArn": e.arn, "name": e.name, "input": e.input, "status": e.status(),
		"stateMachineArn": awsstub.StateMachineARN, "startDate": e.started.Unix(), "stopDate": e.started.Unix(),
		"traceHeader": e.traceHeader}
	if end := e.lastEvent(); end.ExecutionFailedEventDetails != nil {
		response["error"] = end.ExecutionFailedEventDetails.Error
		response["cause"] = end.ExecutionFailedEventDetails.Cause
	} else {
		response["output"] = end.ExecutionSucceededEventDetails.Output
	}
	return toJSON(response)
}

// AddExecution adds an execution that has ended.
func (a *Account) AddExecution(name, input string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	machine := awsstub.StateMachineARN
	a.startExecution(&sfn.StartExecutionInput{StateMachineArn: &machine, Name: &name, Input: &input,
		TraceHeader: aws.String("Root=" + TraceID(name) + ";Sampled=1")})
}

// TraceID returns the trace ID of an execution that AddExecution added.
func TraceID(name string) string { return "1-" + name }

// filterLog answers with one log record for each execution.
func (a *Account) filterLog() awsstub.Answer {
	list := []map[string]any{}
	for _, e := range a.executions {
		root, _, _ := strings.Cut(strings.TrimPrefix(e.traceHeader, "Root="), ";")
		list = append(list, map[string]any{"timestamp": e.started.UnixMilli(),
			"message": `{"level":"INFO","message":"the API call succeeded","traceId":"` + root + `"}`})
	}
	return toJSON(map[string]any{"events": list})
}
