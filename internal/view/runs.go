package view

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"retrycatch/internal/history"
	"retrycatch/internal/safetext"
	"retrycatch/internal/scenario"
)

// Runs is the result of run: a few executions.
type Runs struct {
	StateMachine string // ARN
	Runs         []*scenario.Run
}

// Text prints the history of each execution, and then one table with a row for each.
func (r Runs) Text(c *Console) {
	for _, run := range r.Runs {
		if !run.Judged() {
			continue
		}
		c.Print("\n%s  %s  %s", strong.Render(run.Label()), run.Name, faint.Render("trace "+run.TraceID))
		c.list([]column{{title: "State"}, {title: "Start", right: true}, {title: "Took", right: true},
			{title: "What happened", wraps: true}}, historyRows(run.Execution))
	}
	var rows [][]string
	for _, run := range r.Runs {
		rows = append(rows, []string{run.Label(), short(run.Input), outcomeOf(run), Seconds(run.End.Sub(run.Start)),
			path(run.Execution), judgment(run)})
	}
	c.Print("")
	c.list([]column{{title: "Scenario"}, {title: "Input", wraps: true}, {title: "Outcome", wraps: true},
		{title: "Took", right: true}, {title: "Path", wraps: true}, {title: "Verdict", wraps: true}}, rows)
}

func outcomeOf(r *scenario.Run) string {
	if !r.Judged() {
		return "unknown"
	}
	return outcome(r.Execution)
}

// judgment says in the table whether a run went as expected.
func judgment(r *scenario.Run) string {
	switch r.Outcome {
	case scenario.NotStarted:
		return no("not started")
	case scenario.Unchecked:
		return "nothing expected"
	case scenario.NotAsExpected:
		lines := make([]string, len(r.Deviations))
		for i, deviation := range r.Deviations {
			lines[i] = printable(deviation)
		}
		return no(strings.Join(lines, "\n"))
	case scenario.AsExpected:
		if n := scenario.CountLambdaRetries(r.Steps...).All; n > 0 {
			return yes(fmt.Sprintf("as expected,\nafter %s\nfor Lambda", retries(n)))
		}
		return yes("as expected")
	default:
		return no("not followed to its end")
	}
}

// path lists the states that an execution went through, one per line. It adds the number of
// attempts if there are several, and of retries after errors of Lambda itself.
func path(e history.Execution) string {
	var states []string
	for _, step := range e.Steps {
		state := printable(step.State)
		if n := len(step.Attempts); n > 1 {
			state += " (" + Counted(n, "attempt")
			if retried := scenario.CountLambdaRetries(step).All; retried > 0 {
				state += fmt.Sprintf(", %s for Lambda", retries(retried))
			}
			state += ")"
		}
		states = append(states, state)
	}
	return strings.Join(states, "\n→ ")
}

// historyRows returns an execution as a table: a row for each state, and one for each attempt after
// the first.
func historyRows(e history.Execution) [][]string {
	var rows [][]string
	add := func(state string, from, to time.Time, what string) {
		rows = append(rows, []string{state, offset(from, e.Start), took(from, to), what})
	}
	for _, step := range e.Steps {
		if len(step.Attempts) == 0 {
			add(printable(step.State), step.Entered, step.Exited, short(step.Output))
		}
		for n, attempt := range step.Attempts {
			state := printable(step.State)
			if n > 0 {
				state = "  " + attemptName(n, attempt)
			}
			what := short(attempt.Output)
			if attempt.Failed {
				what = cmp.Or(failure(attempt.Error, attempt.Cause), "failed")
			}
			add(state, attempt.Start, attempt.End, what)
		}
	}
	return append(rows, []string{"", offset(e.End, e.Start), "",
		joined(outcome(e), printable(e.Cause))})
}

// short cuts a text off for a table. --output json has the whole text.
func short(text string) string { return safetext.Short(text, 60) }

// The document of run --output json. The README describes it: fields are added, never renamed.
type (
	runsDocument struct {
		StateMachineARN string        `json:"stateMachineArn"`
		AsExpected      bool          `json:"asExpected"`
		Executions      []runDocument `json:"executions"`
	}
	runDocument struct {
		Scenario   string          `json:"scenario,omitempty"`
		Name       string          `json:"name"`
		ARN        string          `json:"arn"`
		TraceID    string          `json:"traceId"`
		Status     string          `json:"status"`
		Input      json.RawMessage `json:"input"`
		Output     json.RawMessage `json:"output,omitempty"`
		Error      string          `json:"error,omitempty"`
		Cause      string          `json:"cause,omitempty"`
		Started    time.Time       `json:"started"`
		Seconds    float64         `json:"seconds"`
		Steps      []stepDocument  `json:"steps"`
		AsExpected *bool           `json:"asExpected,omitempty"`
		Deviations []string        `json:"deviations,omitempty"`
		Failure    string          `json:"failure,omitempty"`
	}
)

// Document returns the document of run --output json.
func (r Runs) Document() any {
	d := runsDocument{StateMachineARN: r.StateMachine, AsExpected: r.asExpected()}
	for _, run := range r.Runs {
		d.Executions = append(d.Executions, newRunDocument(run))
	}
	return d
}

// asExpected reports whether every execution ended, and every scenario as it must.
func (r Runs) asExpected() bool {
	return !slices.ContainsFunc(r.Runs, func(run *scenario.Run) bool {
		return run.Outcome != scenario.AsExpected && run.Outcome != scenario.Unchecked
	})
}

func newRunDocument(r *scenario.Run) runDocument {
	d := runDocument{Name: r.Name, ARN: r.ARN, TraceID: r.TraceID, Status: string(r.Status),
		Input: json.RawMessage(r.Input), Error: r.Error, Cause: r.Cause, Started: r.Start,
		Seconds: r.End.Sub(r.Start).Seconds(), Deviations: r.Deviations, Steps: newStepDocuments(r.Steps)}
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
