package view

import (
	"fmt"
	"time"

	"retrycatch/internal/history"
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

// Text prints a table, and nothing for an empty list.
func (l Executions) Text(c *Console) {
	if len(l.Executions) == 0 {
		return
	}
	var rows [][]string
	for _, e := range l.Executions {
		took := "runs"
		if e.Seconds != nil {
			took = fmt.Sprintf("%.1f s", *e.Seconds)
		}
		rows = append(rows, []string{printable(e.Name), withError(e.Status, e.Error), e.Scenario,
			e.Started.UTC().Format(time.DateTime), took, fmt.Sprint(e.Attempts)})
	}
	c.table([]string{"Name", "Status", "Scenario", "Started (UTC)", "Took", "Attempts"}, rows)
}
