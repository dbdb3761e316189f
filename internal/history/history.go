// Package history turns the events that Step Functions records into a description of an execution:
// its states in order, the attempts in each, the waits between them, and the result. The package is
// pure: it uses no I/O and no clock.
package history

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
)

// Execution holds everything that one execution's events record.
type Execution struct {
	Name string // empty for a file whose events lack it
	ARN  string // empty for a file whose events lack it

	TraceID string // of X-Ray, from DescribeExecution, because no event has it; empty if unknown

	Status   types.ExecutionStatus // RUNNING until an event ends it
	Input    string                // JSON
	Output   string                // JSON; empty unless it succeeded
	Error    string                // empty if it succeeded
	Cause    string
	Start    time.Time
	End      time.Time // zero while it runs
	Redrives int       // number of redrives
	Steps    []Step    // in the order of entry
	Events   []Event   // all events by ID, including unknown kinds
	Missing  []Span    // events that the history should contain but does not
}

// Step describes one visit to a state.
type Step struct {
	State    string
	Type     string // Task, Pass, Wait, Fail, …
	Status   StepStatus
	Entered  time.Time
	Exited   time.Time // zero while it runs; a Fail state, or a state with an uncaught error, is never exited
	Stopped  time.Time // when it ended without an exit event; zero while it runs
	Pauses   []Pause   // in order; all before the step ended
	Input    string    // JSON
	Output   string    // JSON
	Caught   string    // the error that a catcher handled; empty if no event names it
	Error    string    // the error that nothing handled; empty if no event names it
	Cause    Cause     // of Error
	Attempts []Attempt // only in a Task, Parallel or Map

	// These numbers are derived from the links between events; each is -1 if it does not apply.
	// Previous and Parent are indexes in Execution.Steps.
	Previous  int // the preceding step; -1 for the first step of an execution, branch or iteration, and after a gap
	Parent    int // the enclosing Parallel or Map
	Iteration int // index of the Map item, from 0
}

// StepStatus says whether a step or an attempt is running, and how it ended.
type StepStatus string

// The statuses of a step.
const (
	StepRunning   StepStatus = "running" // or waiting for a retry
	StepSucceeded StepStatus = "succeeded"
	StepCaught    StepStatus = "caught"  // it failed, and a catcher handled its error
	StepFailed    StepStatus = "failed"  // it failed, and nothing handled its error
	StepAborted   StepStatus = "aborted" // it was running when the execution, or the Parallel or Map around it, ended
)

// Attempt describes one try of a state's work.
type Attempt struct {
	Start   time.Time     // when it was scheduled
	End     time.Time     // zero while it runs, and if it was aborted
	Stopped time.Time     // when it was aborted
	Backoff time.Duration // from the end of the previous attempt; zero for the first, and the first after a redrive
	Failed  bool
	Error   string // empty if it did not fail, or if no event names the error
	Cause   Cause
	Output  string // JSON
}

// Status returns the status of the attempt: running, succeeded, failed or aborted.
func (a Attempt) Status() StepStatus {
	switch {
	case a.Failed:
		return StepFailed
	case !a.End.IsZero():
		return StepSucceeded
	case !a.Stopped.IsZero():
		return StepAborted
	default:
		return StepRunning
	}
}

// Pause is the time between the end of an execution, when a step stopped, and the redrive that
// resumed the step.
type Pause struct{ From, To time.Time }

// Span is a range of event IDs.
type Span struct {
	First int64
	Last  int64 // 0 if the number of events is unknown
}

// Ended reports whether the execution has ended.
func (e Execution) Ended() bool { return e.Status != types.ExecutionStatusRunning }

// CutShort reports whether the last events are missing.
func (e Execution) CutShort() bool {
	return len(e.Missing) > 0 && e.Missing[len(e.Missing)-1].Last == 0
}

// Bounds returns the start and end of an execution as far as its history shows them. The first
// event replaces a missing start, and the last event a missing end.
func (e Execution) Bounds() (from, to time.Time) {
	from, to = e.Start, e.End
	if n := len(e.Events); n > 0 {
		if from.IsZero() {
			from = e.Events[0].Time
		}
		if last := e.Events[n-1].Time; last.After(to) {
			to = last
		}
	}
	return from, to
}

// Depths returns the number of Parallels and Maps around each step.
func (e Execution) Depths() []int {
	depths := make([]int, len(e.Steps))
	for i, step := range e.Steps {
		if step.Parent != none {
			depths[i] = depths[step.Parent] + 1
		}
	}
	return depths
}

// New builds an execution from the events of GetExecutionHistory. It accepts unknown kinds of
// events and an incomplete history.
func New(events []types.HistoryEvent) Execution {
	converted := make([]Event, len(events))
	for i := range events {
		converted[i] = fromSDK(&events[i])
	}
	return build(converted, knownFacts{})
}
