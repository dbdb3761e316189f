package view

import (
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"retrycatch/internal/history"
	"retrycatch/internal/look"
	"retrycatch/internal/scenario"
)

// Executions is a list of executions, and the JSON document of the executions command, as in
// docs/json.md. Fields may be added, but are never renamed.
type Executions struct {
	StateMachine string            `json:"stateMachineArn"` // ARN of the state machine
	Executions   []ListedExecution `json:"executions"`      // executions, newest first
}

// ListedExecution is an execution in a list.
type ListedExecution struct {
	Name     string    `json:"name"`               // name of the execution
	ARN      string    `json:"arn"`                // ARN of the execution
	Scenario string    `json:"scenario,omitempty"` // scenario, such as 429, if the run command started the execution
	Status   string    `json:"status"`             // Step Functions' status, such as SUCCEEDED
	Error    string    `json:"error,omitempty"`    // name of the error that failed the execution
	Started  time.Time `json:"started"`            // start time
	Seconds  *float64  `json:"seconds,omitempty"`  // duration; absent while the execution runs
	Attempts int       `json:"attempts"`           // number of attempts in all steps
	Redrives int       `json:"redrives,omitempty"` // number of redrives
}

// NewListedExecution returns an execution's entry in the list.
func NewListedExecution(e history.Execution) ListedExecution {
	l := ListedExecution{Name: e.Name, ARN: e.ARN, Scenario: scenario.NameOf(e), Status: string(e.Status), Error: e.Error,
		Started: e.Start, Attempts: e.Attempts(), Redrives: e.Redrives}
	if e.Ended() {
		l.Seconds = secondsBetween(e.Start, e.End)
	}
	return l
}

// Document returns the list.
func (l Executions) Document() any { return l }

// Text prints a line for each execution, and nothing for an empty list.
func (l Executions) Text(c *Console) {
	row := ListedExecution.terminalRow
	if c.isPiped() {
		row = ListedExecution.pipeRow
	}
	var rows [][]string
	for _, e := range l.Executions {
		rows = append(rows, row(e))
	}
	if len(rows) > 0 {
		c.printRecords([]column{{title: "Name"}, {title: "Status"}, {title: "Took", right: true},
			{title: "Attempts", right: true}, {title: "Started (UTC)"}, {title: "Error", wraps: true}}, rows)
	}
}

// terminalRow returns the values for a terminal. Dates have no year, because AWS deletes an
// execution 90 days after its end:
// https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
func (l ListedExecution) terminalRow() []string {
	took := ""
	if l.Seconds != nil {
		took = Seconds(time.Duration(*l.Seconds * float64(time.Second)))
	}
	outcome := look.OfExecution(types.ExecutionStatus(l.Status))
	status := colorize(outcome, outcome.Sign+" "+l.Status)
	return []string{printable(l.Name), status, took, fmt.Sprint(l.Attempts),
		l.Started.UTC().Format("01-02 15:04:05"), printable(l.Error)}
}

// pipeRow returns the values for a pipe or file.
func (l ListedExecution) pipeRow() []string {
	seconds := ""
	if l.Seconds != nil {
		seconds = strconv.FormatFloat(*l.Seconds, 'f', -1, 64)
	}
	return []string{l.Name, l.Status, seconds, fmt.Sprint(l.Attempts),
		l.Started.UTC().Format(time.RFC3339Nano), l.Error}
}
