package view

import (
	"encoding/json"
	"time"

	"retrycatch/internal/history"
	"retrycatch/internal/scenario"
)

// The JSON document of the inspect command, as in docs/json.md. Fields may be added, but are never
// renamed.
type (
	inspectDocument struct {
		Name string `json:"name,omitempty"` // name of the execution; absent if the history lacks it
		ARN  string `json:"arn,omitempty"`  // ARN of the execution; absent if the history lacks it
		// ID of the X-Ray trace; absent if Step Functions reports none
		TraceID string `json:"traceId,omitempty"`
		// URL of the execution in the AWS console; absent if the endpoint is not AWS itself
		ConsoleURL string `json:"consoleUrl,omitempty"`
		// scenario, such as 429, if the run command started the execution
		Scenario string `json:"scenario,omitempty"`
		Status   string `json:"status"`           // Step Functions' status, such as SUCCEEDED
		Input    any    `json:"input,omitempty"`  // input; a string if it is not JSON
		Output   any    `json:"output,omitempty"` // output; a string if it is not JSON
		Error    string `json:"error,omitempty"`  // name of the error that failed the execution
		Cause    string `json:"cause,omitempty"`  // cause of the error that failed the execution
		// start time; absent if the history lacks its first event
		Started  *time.Time `json:"started,omitempty"`
		Seconds  *float64   `json:"seconds,omitempty"` // duration; absent while the execution runs
		Attempts int        `json:"attempts"`          // number of attempts in all steps
		// number of billed state transitions
		StateTransitions int `json:"stateTransitions"`
		// cost of these transitions in USD; absent for an EXPRESS execution
		CostUSD  *float64         `json:"costUsd,omitempty"`
		Redrives int              `json:"redrives,omitempty"` // number of redrives
		Missing  []spanDocument   `json:"missing,omitempty"`  // ranges of events that the history lacks
		Steps    []stepDocument   `json:"steps"`              // visited states, in order of entry
		Events   []inspectedEvent `json:"events"`             // events of the history, in order
		Logs     []logDocument    `json:"logs,omitempty"`     // log records of the function; only with --logs
	}
	spanDocument struct {
		First int64 `json:"first"`          // ID of the first missing event
		Last  int64 `json:"last,omitempty"` // ID of the last missing event; absent if unknown
	}
	stepDocument struct {
		State   string    `json:"state"`             // name of the state
		Type    string    `json:"type"`              // type of the state, such as Task
		Status  string    `json:"status"`            // running, succeeded, caught, failed or aborted
		Started time.Time `json:"started"`           // time of entry into the state
		Seconds *float64  `json:"seconds,omitempty"` // time in the state; absent if the history lacks the exit
		Input   any       `json:"input,omitempty"`   // input; a string if it is not JSON
		Output  any       `json:"output,omitempty"`  // output; a string if it is not JSON
		Caught  string    `json:"caught,omitempty"`  // name of the caught error
		Error   string    `json:"error,omitempty"`   // name of the error that failed the step
		Message string    `json:"message,omitempty"` // message of the error that failed the step
		// index of the preceding step in the list of steps; absent for the first step (of the
		// execution, of a branch or of an iteration), and for a step after missing events
		Previous *int `json:"previous,omitempty"`
		// index of the enclosing Parallel or Map in the list of steps
		Parent    *int              `json:"parent,omitempty"`
		Iteration *int              `json:"iteration,omitempty"` // index of the Map item, starting at 0
		Attempts  []attemptDocument `json:"attempts,omitempty"`  // attempts of a Task, Parallel or Map
	}
	attemptDocument struct {
		Started     time.Time `json:"started"`           // start time
		WaitSeconds float64   `json:"waitSeconds"`       // backoff before the attempt
		Seconds     *float64  `json:"seconds,omitempty"` // duration; absent if the attempt is running or aborted
		Status      string    `json:"status"`            // running, succeeded, failed or aborted
		Error       string    `json:"error,omitempty"`   // name of the error
		Message     string    `json:"message,omitempty"` // error message: errorMessage in the cause, or else the whole cause
		Cause       string    `json:"cause,omitempty"`   // cause, as the history records it
		Output      any       `json:"output,omitempty"`  // output; a string if it is not JSON
	}
	inspectedEvent struct {
		ID       int64           `json:"id"`                // ID of the event, starting at 1
		Previous int64           `json:"previousEventId"`   // ID of the preceding event; 0 for the first
		Time     time.Time       `json:"timestamp"`         // time of the event
		Type     string          `json:"type"`              // AWS's type, such as TaskStateEntered
		State    string          `json:"state,omitempty"`   // name of the state
		Details  json.RawMessage `json:"details,omitempty"` // details, with AWS's field names
	}
)

// Document returns the JSON document of the inspect command.
func (i Inspection) Document() any {
	d := inspectDocument{
		Name:             i.Name,
		ARN:              i.ARN,
		TraceID:          i.TraceID,
		ConsoleURL:       i.ConsoleURL,
		Scenario:         scenario.NameOf(i.Execution),
		Status:           string(i.Status),
		Input:            jsonValue(i.Input),
		Output:           jsonValue(i.Output),
		Error:            i.Error,
		Cause:            i.Cause,
		Seconds:          secondsBetween(i.Start, i.End),
		Attempts:         i.Attempts(),
		StateTransitions: i.Transitions(),
		Redrives:         i.Redrives,
		Steps:            newStepDocuments(i.Steps),
		Events:           []inspectedEvent{},
		Logs:             newLogDocuments(i.Logs),
	}
	if cost := history.Cost(i.Transitions()); !i.Express() {
		d.CostUSD = &cost
	}
	if !i.Start.IsZero() {
		d.Started = &i.Start
	}
	for _, span := range i.Missing {
		d.Missing = append(d.Missing, spanDocument(span))
	}
	for _, event := range i.Events {
		d.Events = append(d.Events, inspectedEvent{
			ID:       event.ID,
			Previous: event.Previous,
			Time:     event.Time,
			Type:     string(event.Type),
			State:    event.State,
			Details:  event.Details(),
		})
	}
	return d
}

func newStepDocuments(steps []history.Step) []stepDocument {
	documents := make([]stepDocument, 0, len(steps)) // never null
	for _, step := range steps {
		documents = append(documents, newStepDocument(step))
	}
	return documents
}

func newStepDocument(step history.Step) stepDocument {
	d := stepDocument{
		State:     step.State,
		Type:      step.Type,
		Status:    string(step.Status),
		Started:   step.Entered,
		Seconds:   secondsBetween(step.Entered, step.Exited),
		Input:     jsonValue(step.Input),
		Output:    jsonValue(step.Output),
		Caught:    step.Caught,
		Error:     step.Error,
		Message:   step.Cause.Message,
		Previous:  optionalIndex(step.Previous),
		Parent:    optionalIndex(step.Parent),
		Iteration: optionalIndex(step.Iteration),
	}
	for _, attempt := range step.Attempts {
		d.Attempts = append(d.Attempts, attemptDocument{
			Started:     attempt.Start,
			WaitSeconds: attempt.Backoff.Seconds(),
			Seconds:     secondsBetween(attempt.Start, attempt.End),
			Status:      string(attempt.Status()),
			Error:       attempt.Error,
			Message:     attempt.Cause.Message,
			Cause:       attempt.Cause.Text,
			Output:      jsonValue(attempt.Output),
		})
	}
	return d
}

// jsonValue returns valid JSON unchanged, any other text as a string, and nil for "".
func jsonValue(text string) any {
	switch {
	case text == "":
		return nil
	case json.Valid([]byte(text)):
		return json.RawMessage(text)
	default:
		return text
	}
}

// secondsBetween returns the seconds between two times, or nil if one of the times is zero.
func secondsBetween(from, to time.Time) *float64 {
	if from.IsZero() || to.IsZero() {
		return nil
	}
	seconds := to.Sub(from).Seconds()
	return &seconds
}

// optionalIndex returns an index for a JSON document, or nil if the index is negative.
func optionalIndex(n int) *int {
	if n < 0 {
		return nil
	}
	return &n
}
