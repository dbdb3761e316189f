package view

import (
	"encoding/json"
	"time"

	"retrycatch/internal/history"
	"retrycatch/internal/scenario"
)

// The document of inspect --output json. The README describes it: fields are added, never renamed.
type (
	inspectDocument struct {
		Name             string           `json:"name,omitempty"`
		ARN              string           `json:"arn,omitempty"`
		TraceID          string           `json:"traceId,omitempty"`
		ConsoleURL       string           `json:"consoleUrl,omitempty"` // absent where AWS's console does not show it
		Scenario         string           `json:"scenario,omitempty"`
		Status           string           `json:"status"`
		Input            any              `json:"input,omitempty"`
		Output           any              `json:"output,omitempty"`
		Error            string           `json:"error,omitempty"`
		Cause            string           `json:"cause,omitempty"`
		Started          *time.Time       `json:"started,omitempty"` // absent if the beginning of the history is missing
		Seconds          *float64         `json:"seconds,omitempty"` // absent while it runs
		Attempts         int              `json:"attempts"`
		StateTransitions int              `json:"stateTransitions"`
		CostUSD          *float64         `json:"costUsd,omitempty"` // not of an EXPRESS execution
		Redrives         int              `json:"redrives,omitempty"`
		Missing          []spanDocument   `json:"missing,omitempty"`
		Steps            []stepDocument   `json:"steps"`
		Events           []inspectedEvent `json:"events"`
		Logs             []logDocument    `json:"logs,omitempty"` // with --logs
	}
	spanDocument struct {
		First int64 `json:"first"`
		Last  int64 `json:"last,omitempty"` // absent if the number of missing events is unknown
	}
	stepDocument struct {
		State     string            `json:"state"`
		Type      string            `json:"type"`
		Status    string            `json:"status"`
		Started   time.Time         `json:"started"`
		Seconds   *float64          `json:"seconds,omitempty"` // absent if the step was not left
		Input     any               `json:"input,omitempty"`
		Output    any               `json:"output,omitempty"`
		Caught    string            `json:"caught,omitempty"`
		Error     string            `json:"error,omitempty"`
		Message   string            `json:"message,omitempty"`
		Previous  *int              `json:"previous,omitempty"`
		Parent    *int              `json:"parent,omitempty"`
		Iteration *int              `json:"iteration,omitempty"`
		Attempts  []attemptDocument `json:"attempts,omitempty"`
	}
	attemptDocument struct {
		Started     time.Time `json:"started"`
		WaitSeconds float64   `json:"waitSeconds"`
		Seconds     *float64  `json:"seconds,omitempty"` // absent while it runs, and if it was aborted
		Status      string    `json:"status"`
		Error       string    `json:"error,omitempty"`
		Message     string    `json:"message,omitempty"`
		Cause       string    `json:"cause,omitempty"`
		Output      any       `json:"output,omitempty"`
	}
	inspectedEvent struct {
		ID       int64           `json:"id"`
		Previous int64           `json:"previousEventId"`
		Time     time.Time       `json:"timestamp"`
		Type     string          `json:"type"`
		State    string          `json:"state,omitempty"`
		Details  json.RawMessage `json:"details,omitempty"`
	}
)

// Document returns the document of inspect --output json.
func (i Inspection) Document() any {
	d := inspectDocument{Name: i.Name, ARN: i.ARN, TraceID: i.TraceID, ConsoleURL: i.ConsoleURL,
		Scenario: scenario.Of(i.Execution), Status: string(i.Status), Input: value(i.Input), Output: value(i.Output),
		Error: i.Error, Cause: i.Cause,
		Seconds: secondsOf(i.Start, i.End), Attempts: i.Attempts(), StateTransitions: i.Transitions(),
		Redrives: i.Redrives, Steps: newStepDocuments(i.Steps), Events: []inspectedEvent{},
		Logs: newLogDocuments(i.Logs)}
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
		d.Events = append(d.Events, inspectedEvent{ID: event.ID, Previous: event.Previous, Time: event.Time,
			Type: string(event.Type), State: event.State, Details: event.Details()})
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
	d := stepDocument{State: step.State, Type: step.Type, Status: string(step.Status), Started: step.Entered,
		Seconds: secondsOf(step.Entered, step.Exited), Input: value(step.Input), Output: value(step.Output),
		Caught: step.Caught, Error: step.Error, Message: step.Cause.Message,
		Previous: number(step.Previous), Parent: number(step.Parent), Iteration: number(step.Iteration)}
	for _, attempt := range step.Attempts {
		d.Attempts = append(d.Attempts, attemptDocument{Started: attempt.Start, WaitSeconds: attempt.Backoff.Seconds(),
			Seconds: secondsOf(attempt.Start, attempt.End), Status: string(attempt.Status()), Error: attempt.Error, Message: attempt.Cause.Message,
			Cause: attempt.Cause.Text, Output: value(attempt.Output)})
	}
	return d
}

// value returns JSON unchanged, any other text as a string, and nil for an empty text.
func value(text string) any {
	switch {
	case text == "":
		return nil
	case json.Valid([]byte(text)):
		return json.RawMessage(text)
	default:
		return text
	}
}

// secondsOf returns the time between two moments, or nil if one of them is unknown.
func secondsOf(from, to time.Time) *float64 {
	if from.IsZero() || to.IsZero() {
		return nil
	}
	seconds := to.Sub(from).Seconds()
	return &seconds
}

// number returns nil for negative n.
func number(n int) *int {
	if n < 0 {
		return nil
	}
	return &n
}
