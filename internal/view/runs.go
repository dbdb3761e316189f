package view

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"retrycatch/internal/history"
	"retrycatch/internal/look"
	"retrycatch/internal/safetext"
	"retrycatch/internal/scenario"
)

// Runs is the result of the run command without --count.
type Runs struct {
	StateMachine string // ARN of the state machine
	Runs         []*scenario.Run
	Diagnosis
}

// Diagnosis explains why executions are not as expected.
type Diagnosis struct {
	Causes   []string // faults of the deployment
	Warnings []string // reasons why Causes may be incomplete
}

// Text prints the history of a single execution. For two or more executions, it prints a row for
// each, then all errors, and finally the deviations.
func (r Runs) Text(c *Console) {
	if len(r.Runs) == 1 {
		showHistory(c, r.Runs[0])
		c.printDeviations(r.Runs[0].Deviations)
		r.Diagnosis.show(c)
		return
	}
	showTable(c, r.Runs)
	for _, run := range scenario.WithOutcome(r.Runs, scenario.NotAsExpected) {
		c.Print("\n%s", wrapText(markFailed(run.Label()+" is not as expected:")+" "+run.Name, c.width, 2))
		c.printDeviations(run.Deviations)
	}
	r.Diagnosis.show(c)
}

func (d Diagnosis) show(c *Console) {
	if len(d.Causes)+len(d.Warnings) > 0 {
		c.Print("")
	}
	for _, cause := range d.Causes {
		c.Print("%s", wrapText(strong.Render("cause:")+" "+printable(cause), c.width, 2))
	}
	for _, reason := range d.Warnings {
		c.Print("%s", wrapText(markUnknown(printable(reason)), c.width, 2))
	}
}

func showHistory(c *Console, run *scenario.Run) {
	title := strong.Render(run.Label()) + "  " + run.Name
	if run.TraceID != "" {
		title += "  " + faint.Render("trace "+printable(run.TraceID))
	}
	c.Print("\n%s", wrapText(title, c.width, 2))
	if run.Judged() {
		c.printTable([]column{{title: "State"}, {title: "Start", right: true}, {title: "Took", right: true},
			{title: "What happened", wraps: true}}, historyRows(run.Execution))
	}
	retries := scenario.CountLambdaRetries(run.Steps...).Total
	c.Print("%s", wrapText(verdictText(run)+lambdaRetriesNote(retries), c.width, 2))
}

func showTable(c *Console, runs []*scenario.Run) {
	var rows, failures [][]string
	var names []string
	var steps []history.Step
	for _, run := range runs {
		row := []string{run.Label(), verdictText(run), "unknown", "", pathText(run.Execution)}
		if run.Judged() {
			row[2], row[3] = string(run.Status), Seconds(run.End.Sub(run.Start))
		}
		rows = append(rows, row)
		for _, failure := range failureRows(run.Execution) {
			failures = append(failures, append([]string{run.Label()}, failure...))
		}
		if run.ARN != "" {
			names = append(names, run.Name)
		}
		steps = append(steps, run.Steps...)
	}
	c.Print("")
	c.printTable([]column{{title: "Run"}, {title: "Check"}, {title: "Status"}, {title: "Took", right: true},
		{title: "Path", wraps: true}}, rows)
	if len(failures) > 0 {
		c.Print("")
		c.printTable([]column{{title: "Run"}, {title: "Failed"}, {title: "Attempt"}, {title: "Error", wraps: true}}, failures)
	}
	showLambdaRetries(c, scenario.CountLambdaRetries(steps...))
	c.Print("\n%s", wrapText("Names: "+strings.Join(names, ", "), c.width, 2))
}

// showLambdaRetries prints the number of retries after errors in the Lambda service, unless it is
// 0.
func showLambdaRetries(c *Console, n scenario.LambdaRetries) {
	if n.Total > 0 {
		text := fmt.Sprintf("Retries after errors in the Lambda service: %d (%d after throttling). "+
			"Such retries are not deviations.", n.Total, n.Throttled)
		c.Print("%s", wrapText(text, c.width, 0))
	}
}

// failureRows returns a row for each failed attempt, and a last row for the execution's error.
func failureRows(e history.Execution) [][]string {
	var rows [][]string
	for _, step := range e.Steps {
		for n, attempt := range step.Attempts {
			if attempt.Failed {
				rows = append(rows, []string{
					printable(step.State),
					strings.TrimPrefix(attemptLabel(n, attempt), "attempt "),
					cmp.Or(errorText(attempt.Error, attempt.Cause), "failed"),
				})
			}
		}
	}
	if e.Error != "" {
		rows = append(rows, []string{"execution", "", printable(joinNonEmpty(e.Error, e.Cause))})
	}
	return rows
}

// verdictText says whether the execution is as expected.
func verdictText(r *scenario.Run) string {
	switch r.Outcome {
	case scenario.NotStarted:
		return markFailed("not started")
	case scenario.Unchecked:
		return markNeutral("not checked")
	case scenario.NotAsExpected:
		return markFailed("not as expected")
	case scenario.AsExpected:
		return markPassed("as expected")
	default:
		return markFailed("end unknown")
	}
}

// pathText lists the visited states in order. For each state, it adds the number of attempts, and
// the number of retries after errors in the Lambda service.
func pathText(e history.Execution) string {
	var states []string
	for _, step := range e.Steps {
		states = append(states, printable(step.State)+attemptsMark(len(step.Attempts))+
			lambdaRetriesNote(scenario.CountLambdaRetries(step).Total))
	}
	return strings.Join(states, " → ")
}

// attemptsMark returns text such as " ↻3" for two or more attempts, or else "".
func attemptsMark(attempts int) string {
	if attempts < 2 {
		return ""
	}
	return fmt.Sprintf(" %s%d", look.RetrySign, attempts)
}

// lambdaRetriesNote returns a note in parentheses about n retries, or "" if n is 0.
func lambdaRetriesNote(n int) string {
	switch n {
	case 0:
		return ""
	case 1:
		return " (1 retry after a Lambda error)"
	default:
		return fmt.Sprintf(" (%d retries after Lambda errors)", n)
	}
}

// historyRows returns a row for each visited state, for each attempt after the first, and for the
// end of the execution.
func historyRows(e history.Execution) [][]string {
	var rows [][]string
	add := func(state string, from, to time.Time, what string) {
		rows = append(rows, []string{state, offsetText(from, e.Start), timeBetween(from, to), what})
	}
	for _, step := range e.Steps {
		if len(step.Attempts) == 0 {
			add(printable(step.State), step.Entered, step.Exited, shorten(step.Output))
		}
		for n, attempt := range step.Attempts {
			state := printable(step.State)
			if n > 0 {
				state = "  " + attemptLabel(n, attempt)
			}
			what := shorten(attempt.Output)
			if attempt.Failed {
				what = cmp.Or(errorText(attempt.Error, attempt.Cause), "failed")
			}
			add(state, attempt.Start, attempt.End, what)
		}
	}
	return append(rows, []string{"", offsetText(e.End, e.Start), "",
		joinNonEmpty(statusText(e), printable(e.Cause))})
}

// shorten truncates text for a table. The JSON document has the whole text.
func shorten(text string) string { return safetext.Short(text, 60) }

// The JSON document of run, as in docs/json.md. Fields may be added, but are never renamed.
type (
	runsDocument struct {
		StateMachineARN string        `json:"stateMachineArn"` // ARN of the state machine
		AsExpected      bool          `json:"asExpected"`      // true if all executions ended and none deviates
		Executions      []runDocument `json:"executions"`      // executions, in the order of the scenarios
		// faults of the deployment, as sentences; only if an execution deviates
		Causes   []string `json:"causes,omitempty"`
		Warnings []string `json:"unread,omitempty"` // reasons why the list of causes may be incomplete
	}
	runDocument struct {
		Scenario string `json:"scenario,omitempty"` // name of the scenario, such as 429; absent with --input
		Name     string `json:"name"`               // name of the execution
		ARN      string `json:"arn"`                // ARN of the execution
		// ID of the X-Ray trace; absent if DescribeExecution returns no trace header
		TraceID string          `json:"traceId,omitempty"`
		Status  string          `json:"status"`           // Step Functions' status, such as SUCCEEDED
		Input   json.RawMessage `json:"input"`            // input of the execution
		Output  json.RawMessage `json:"output,omitempty"` // output; absent if the execution failed
		Error   string          `json:"error,omitempty"`  // name of the error that failed the execution
		Cause   string          `json:"cause,omitempty"`  // cause of the error that failed the execution
		Started time.Time       `json:"started"`          // start time
		Seconds float64         `json:"seconds"`          // duration
		Steps   []stepDocument  `json:"steps"`            // visited states, in order of entry
		// true if the execution matches its scenario; absent with --input
		AsExpected  *bool                `json:"asExpected,omitempty"`
		Deviations  []string             `json:"deviations,omitempty"`  // deviations from the scenario, as sentences
		Differences []differenceDocument `json:"differences,omitempty"` // the same deviations, with their values
		// reason why the result of the execution could not be read
		Failure string `json:"failure,omitempty"`
	}
)

// Document returns the JSON document of run.
func (r Runs) Document() any {
	d := runsDocument{
		StateMachineARN: r.StateMachine,
		AsExpected:      r.asExpected(),
		Causes:          r.Causes,
		Warnings:        r.Warnings,
	}
	for _, run := range r.Runs {
		d.Executions = append(d.Executions, newRunDocument(run))
	}
	return d
}

// asExpected reports whether all executions ended, and whether those with a scenario are as
// expected.
func (r Runs) asExpected() bool {
	return !slices.ContainsFunc(r.Runs, func(run *scenario.Run) bool {
		return run.Outcome != scenario.AsExpected && run.Outcome != scenario.Unchecked
	})
}

func newRunDocument(r *scenario.Run) runDocument {
	d := runDocument{
		Name:        r.Name,
		ARN:         r.ARN,
		TraceID:     r.TraceID,
		Status:      string(r.Status),
		Input:       json.RawMessage(r.Input),
		Error:       r.Error,
		Cause:       r.Cause,
		Started:     r.Start,
		Seconds:     r.End.Sub(r.Start).Seconds(),
		Steps:       newStepDocuments(r.Steps),
		Deviations:  deviationSentences(r.Deviations),
		Differences: newDifferenceDocuments(r.Deviations),
	}
	if json.Valid([]byte(r.Output)) {
		d.Output = json.RawMessage(r.Output)
	}
	if r.Scenario != nil {
		asExpected := r.Outcome == scenario.AsExpected
		d.Scenario, d.AsExpected = r.Label(), &asExpected
	}
	if r.Err != nil {
		d.Failure = Reason(r.Err)
	}
	return d
}
