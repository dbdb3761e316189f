// Package scenario defines inputs that together cover every path through the state machine, and
// checks executions against the expected results.
package scenario

import (
	"cmp"
	"encoding/json"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"retrycatch/internal/history"
)

// Scenario is an input with the expected result of its execution.
type Scenario struct {
	Name   string // status code that the mock API returns to the first call
	Status types.ExecutionStatus
	Output string // JSON; empty if the execution fails
	Error  string // error name; empty if the execution succeeds
	Path   []Visit
}

// Visit is one visit to a state.
type Visit struct {
	State    string
	Failed   []string // errors of the failed attempts, in order
	Succeeds bool     // the last attempt succeeded; false for a state without attempts
}

// Input returns the execution's input as JSON.
func (s Scenario) Input() string { return fmt.Sprintf(`{"statuscode":%q}`, s.Name) }

const (
	tooManyRequests   = "TooManyRequestsException"
	serverUnavailable = "ServerUnavailableException"
	unknownException  = "UnknownException"
	succeeded         = `"The request has succeeded."`
)

// All returns the scenarios of AWS's tutorial, in its order, and then any others. Tests refer to
// those of the tutorial by position.
func All() []Scenario {
	return []Scenario{
		{Name: "200", Status: types.ExecutionStatusSucceeded, Output: succeeded, Path: []Visit{
			{State: "Call API", Succeeds: true},
			{State: "OK"},
		}},
		{Name: "503", Status: types.ExecutionStatusFailed, Error: "ServerUnavailable", Path: []Visit{
			{State: "Call API", Failed: []string{serverUnavailable}},
			{State: "Server Unavailable"},
		}},
		{Name: "429", Status: types.ExecutionStatusSucceeded, Output: succeeded, Path: []Visit{
			{State: "Call API", Failed: []string{tooManyRequests, tooManyRequests, tooManyRequests}},
			{State: "Wait and Try Later"},
			{State: "Change to 200"},
			{State: "Call API", Succeeds: true},
			{State: "OK"},
		}},
		{Name: "999", Status: types.ExecutionStatusFailed, Error: "An error of unknown type occurred", Path: []Visit{
			{State: "Call API", Failed: []string{unknownException}},
			{State: "Catch All"},
		}},
	}
}

// APIErrors returns the error that the mock API returns for each scenario's status code. It has no
// entry for a scenario whose first call succeeds.
func APIErrors() map[string]string {
	byCode := map[string]string{}
	for _, s := range All() {
		if failed := s.Path[0].Failed; len(failed) > 0 {
			byCode[s.Name] = failed[0]
		}
	}
	return byCode
}

// visitsOf returns an execution's path. It omits each failed attempt whose retry
// CountLambdaRetries counts.
func visitsOf(e history.Execution) []Visit {
	var path []Visit
	for _, step := range e.Steps {
		visit := Visit{State: step.State}
		for i, attempt := range step.Attempts {
			switch {
			case isLambdaRetry(step, i):
			case attempt.Failed:
				visit.Failed = append(visit.Failed, cmp.Or(attempt.Error, "failed"))
			default:
				visit.Succeeds = true
			}
		}
		path = append(path, visit)
	}
	return path
}

// compactJSON removes insignificant whitespace from JSON.
func compactJSON(text string) string {
	var value any
	if json.Unmarshal([]byte(text), &value) != nil {
		return text
	}
	compacted, err := json.Marshal(value)
	if err != nil {
		return text
	}
	return string(compacted)
}
