// Package history turns the events that Step Functions records of an execution into what happened: the states in order,
// the attempts in each, the waits between them, and how it ended. It is pure: no I/O, no clock.
package history

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
)

// Execution is what the events of one execution say.
type Execution struct {
	Status types.ExecutionStatus // RUNNING until an event ends it
	Input  string                // JSON
	Output string                // JSON, of one that succeeded
	Error  string                // of one that did not
	Cause  string
	Start  time.Time
	End    time.Time // zero while it runs
	Steps  []Step
}

// Step is one stay in a state.
type Step struct {
	State    string
	Type     string // Task, Pass, Wait, Fail and so on
	Entered  time.Time
	Exited   time.Time // zero while it lasts; a Fail state, or one whose error nothing catches, is never exited
	Input    string    // JSON
	Output   string    // JSON
	Attempts []Attempt // of a Task
}

// Attempt is one try of a Task's work.
type Attempt struct {
	Start   time.Time     // when it was scheduled
	End     time.Time     // zero while it lasts
	Backoff time.Duration // between the end of the attempt before and this one; zero for the first
	Error   string        // empty for one that succeeded or lasts
	Cause   Cause
	Output  string // JSON
}

// Ended says whether the execution has come to its end.
func (e Execution) Ended() bool { return e.Status != types.ExecutionStatusRunning }

// New reads events in their order. A history that is cut short gives the execution as far as it goes. Kinds of events
// that say nothing about steps, or that are unknown here, are passed over.
func New(events []types.HistoryEvent) Execution {
	e := Execution{Status: types.ExecutionStatusRunning}
	for _, event := range events {
		e.add(event)
	}
	return e
}

func (e *Execution) add(event types.HistoryEvent) {
	at := timeOf(event)
	switch details := detailsOf(event).(type) {
	case started:
		e.Start, e.Input = at, details.input
	case entered:
		e.Steps = append(e.Steps, Step{State: details.state, Type: details.kind, Entered: at, Input: details.input})
	case exited:
		if step := e.current(); step != nil && step.State == details.state {
			step.Exited, step.Output = at, details.output
		}
	case scheduled:
		e.addAttempt(at)
	case attemptEnded:
		attempt := e.lastAttempt()
		if attempt == nil || !attempt.End.IsZero() {
			attempt = e.addAttempt(at) // a function that may not be called is not scheduled, but has failed
		}
		if attempt != nil {
			attempt.End, attempt.Error, attempt.Cause, attempt.Output = at, details.err, NewCause(details.cause), details.output
		}
	case ended:
		e.End, e.Status, e.Output, e.Error, e.Cause = at, details.status, details.output, details.err, details.cause
		if !e.Ended() {
			e.End = time.Time{}
		}
	}
}

// addAttempt begins an attempt in the current step. It returns nil where there is none.
func (e *Execution) addAttempt(at time.Time) *Attempt {
	step := e.current()
	if step == nil {
		return nil
	}
	attempt := Attempt{Start: at}
	if last := e.lastAttempt(); last != nil && !last.End.IsZero() {
		attempt.Backoff = at.Sub(last.End)
	}
	step.Attempts = append(step.Attempts, attempt)
	return &step.Attempts[len(step.Attempts)-1]
}

func (e *Execution) current() *Step {
	if len(e.Steps) == 0 {
		return nil
	}
	return &e.Steps[len(e.Steps)-1]
}

func (e *Execution) lastAttempt() *Attempt {
	step := e.current()
	if step == nil || len(step.Attempts) == 0 {
		return nil
	}
	return &step.Attempts[len(step.Attempts)-1]
}
