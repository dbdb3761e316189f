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

// Executions is a list of executions, and the document of executions --output json. The README
// describes it: fields are added, never renamed.
type Executions struct {
	StateMachine string   `json:"stateMachineArn"`
	Executions   []Listed `json:"executions"` // never nil
}

// Listed is an execution in a list.
type Listed struct {
	Name     string    `json:"name"`
	ARN      string    `json:"arn"`
	Scenario string    `json:"scenario,omitempty"`
	Status   string    `json:"status"`
	Error    string    `json:"error,omitempty"`
	Started  time.Time `json:"started"`
	Seconds  *float64  `json:"seconds,omitempty"` // absent while it runs
	Attempts int       `json:"attempts"`
	Redrives int       `json:"redrives,omitempty"`
}

// NewListed returns the list's entry for an execution.
func NewListed(e history.Execution) Listed {
	l := Listed{Name: e.Name, ARN: e.ARN, Scenario: scenario.Of(e), Status: string(e.Status), Error: e.Error,
		Started: e.Start, Attempts: e.Attempts(), Redrives: e.Redrives}
	if e.Ended() {
		l.Seconds = secondsOf(e.Start, e.End)
	}
	return l
}

// Document returns the list itself.
func (l Executions) Document() any { return l }

// Text prints a line for each execution, and nothing for an empty list.
func (l Executions) Text(c *Console) {
	row := Listed.shown
	if c.piped() {
		row = Listed.record
	}
	var rows [][]string
	for _, e := range l.Executions {
		rows = append(rows, row(e))
	}
	if len(rows) > 0 {
		c.records([]column{{title: "Name"}, {title: "Status"}, {title: "Took", right: true},
			{title: "Attempts", right: true}, {title: "Started (UTC)"}, {title: "Error", wraps: true}}, rows)
	}
}

// shown returns the values for people. They know the year: AWS deletes an execution 90 days after
// its end: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
func (l Listed) shown() []string {
	took := ""
	if l.Seconds != nil {
		took = Seconds(time.Duration(*l.Seconds * float64(time.Second)))
	}
	outcome := look.OfExecution(types.ExecutionStatus(l.Status))
	status := styled(outcome, outcome.Sign+" "+l.Status)
	return []string{printable(l.Name), status, took, fmt.Sprint(l.Attempts),
		l.Started.UTC().Format("01-02 15:04:05"), printable(l.Error)}
}

// record returns the values for programs.
func (l Listed) record() []string {
	seconds := ""
	if l.Seconds != nil {
		seconds = strconv.FormatFloat(*l.Seconds, 'f', -1, 64)
	}
	return []string{l.Name, l.Status, seconds, fmt.Sprint(l.Attempts),
		l.Started.UTC().Format(time.RFC3339Nano), l.Error}
}
