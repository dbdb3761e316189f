package cli

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"retrycatch/internal/history"
	"retrycatch/internal/safetext"
	"retrycatch/internal/scenario"
)

// showRuns prints the history of each execution, and then a line for each in one table.
func (a *app) showRuns(runs []*run) {
	for _, r := range runs {
		if r.err != nil {
			continue
		}
		a.console.print("\n%s  %s  %s", strong.Render(r.label), r.name, faint.Render("trace "+r.traceID))
		a.console.table([]string{"State", "Start", "Took", "What happened"}, historyRows(r.execution))
	}
	var rows [][]string
	for _, r := range runs {
		rows = append(rows, []string{r.label, short(r.input), outcomeOf(r), seconds(r.execution.End.Sub(r.execution.Start)), path(r.execution), judgement(r)})
	}
	a.console.print("")
	a.console.table([]string{"Scenario", "Input", "Outcome", "Took", "Path", "Verdict"}, rows)
}

func outcomeOf(r *run) string {
	if r.err != nil {
		return "unknown"
	}
	return outcome(r.execution)
}

func judgement(r *run) string {
	switch {
	case r.err != nil && r.arn == "":
		return wrong.Render("✗ not started")
	case r.err != nil:
		return wrong.Render("✗ not followed to its end")
	case r.scenario == nil:
		return "nothing expected"
	case len(r.deviations) > 0:
		lines := make([]string, len(r.deviations))
		for i, deviation := range r.deviations {
			lines[i] = printable(deviation)
		}
		return wrong.Render("✗ " + strings.Join(lines, "\n"))
	default:
		if n := scenario.CountLambdaRetries(r.execution.Steps...).All; n > 0 {
			return good.Render(fmt.Sprintf("✓ as expected,\nafter %s\nfor Lambda", retries(n)))
		}
		return good.Render("✓ as expected")
	}
}

func retries(n int) string {
	if n == 1 {
		return "1 retry"
	}
	return fmt.Sprintf("%d retries", n)
}

// path lists the states that an execution went through, one per line. It adds the number of
// attempts if there are several, and of retries after errors of Lambda itself.
func path(e history.Execution) string {
	var states []string
	for _, step := range e.Steps {
		state := step.State
		if n := len(step.Attempts); n > 1 {
			state += fmt.Sprintf(" (%d attempts", n)
			if retried := scenario.CountLambdaRetries(step).All; retried > 0 {
				state += fmt.Sprintf(", %s for Lambda", retries(retried))
			}
			state += ")"
		}
		states = append(states, state)
	}
	return strings.Join(states, "\n→ ")
}

// historyRows is an execution as a table: a row for each state, and one for each attempt after the first.
func historyRows(e history.Execution) [][]string {
	var rows [][]string
	add := func(state string, from, to time.Time, what string) {
		took := ""
		if !to.IsZero() {
			took = fmt.Sprintf("%.2f s", to.Sub(from).Seconds())
		}
		rows = append(rows, []string{state, fmt.Sprintf("+%.2f s", from.Sub(e.Start).Seconds()), took, what})
	}
	for _, step := range e.Steps {
		if len(step.Attempts) == 0 {
			add(step.State, step.Entered, step.Exited, short(step.Output))
		}
		for n, attempt := range step.Attempts {
			state := step.State
			if n > 0 {
				state = fmt.Sprintf("  attempt %d, after %s", n+1, seconds(attempt.Backoff))
			}
			what := short(attempt.Output)
			if attempt.Error != "" {
				what = printable(attempt.Error + ": " + attempt.Cause.Message)
			}
			add(state, attempt.Start, attempt.End, what)
		}
	}
	return append(rows, []string{"", fmt.Sprintf("+%.2f s", e.End.Sub(e.Start).Seconds()), "", strings.TrimSuffix(outcome(e)+": "+printable(e.Cause), ": ")})
}

// short keeps a table readable. The whole text is in --output json.
func short(text string) string { return safetext.Short(text, 60) }

// What --output json prints of run. The README documents it: fields are added, never renamed.
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
	stepDocument struct {
		State    string            `json:"state"`
		Type     string            `json:"type"`
		Started  time.Time         `json:"started"`
		Attempts []attemptDocument `json:"attempts,omitempty"`
	}
	attemptDocument struct {
		Started     time.Time `json:"started"`
		WaitSeconds float64   `json:"waitSeconds"`
		Seconds     float64   `json:"seconds"`
		Error       string    `json:"error,omitempty"`
		Message     string    `json:"message,omitempty"`
	}
)

func runsJSON(stateMachine string, runs []*run) runsDocument {
	document := runsDocument{StateMachineARN: stateMachine, AsExpected: verdict(runs, advice{}) == nil}
	for _, r := range runs {
		e := r.execution
		d := runDocument{Name: r.name, ARN: r.arn, TraceID: r.traceID, Status: string(e.Status), Input: json.RawMessage(r.input), Error: e.Error,
			Cause: e.Cause, Started: e.Start, Seconds: e.End.Sub(e.Start).Seconds(), Deviations: r.deviations, Steps: []stepDocument{}}
		if json.Valid([]byte(e.Output)) {
			d.Output = json.RawMessage(e.Output)
		}
		if r.scenario != nil {
			asExpected := r.err == nil && len(r.deviations) == 0
			d.Scenario, d.AsExpected = r.label, &asExpected
		}
		if r.err != nil {
			d.Failure = r.err.Error()
		}
		for _, step := range e.Steps {
			s := stepDocument{State: step.State, Type: step.Type, Started: step.Entered}
			for _, attempt := range step.Attempts {
				s.Attempts = append(s.Attempts, attemptDocument{Started: attempt.Start, WaitSeconds: attempt.Backoff.Seconds(),
					Seconds: attempt.End.Sub(attempt.Start).Seconds(), Error: attempt.Error, Message: attempt.Cause.Message})
			}
			d.Steps = append(d.Steps, s)
		}
		document.Executions = append(document.Executions, d)
	}
	return document
}
