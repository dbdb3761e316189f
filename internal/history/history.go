// Package history builds a record of an execution from the events that Step Functions stored: the
// states in order, their attempts, the waits between attempts, and the result. The package does no
// I/O and reads no clock.
package history

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
)

// Execution holds everything recorded in one execution's events.
type Execution struct {
	Name string // empty if the source file does not contain it
	ARN  string // empty if the source file does not contain it

	TraceID string // X-Ray trace ID from DescribeExecution, because events do not contain it; empty if unknown

	Status   types.ExecutionStatus // RUNNING if no event ends the execution
	Input    string                // JSON
	Output   string                // JSON; empty unless the execution succeeded
	Error    string                // empty if the execution succeeded
	Cause    string
	Start    time.Time
	End      time.Time // zero while the execution runs
	Redrives int
	Steps    []Step  // in the order in which the states were entered
	Events   []Event // ordered by ID; includes events of unknown types
	Missing  []Span  // ID ranges of missing events
}

// Step describes one visit to a state.
type Step struct {
	State    string
	Type     string // Task, Pass, Wait, Fail, …
	Status   StepStatus
	Entered  time.Time
	Exited   time.Time // time of the exit event; zero without one, for example in a Fail state
	Stopped  time.Time // when a step without an exit event ended; otherwise zero
	Pauses   []Pause   // in order; all precede the end of the step
	Input    string    // JSON
	Output   string    // JSON
	Caught   string    // the caught error; empty if no event names it
	Error    string    // the uncaught error; empty if no event names it
	Cause    Cause     // cause of Error
	Attempts []Attempt // empty unless the state is a Task, Parallel or Map

	// Previous is the index of the preceding step in Execution.Steps. It is -1 for the first step
	// of an execution, branch or iteration, and for a step after missing events.
	Previous int

	Parent    int // index of the enclosing Parallel or Map in Execution.Steps, or -1
	Iteration int // index of the Map item, from 0; -1 unless Parent is a Map
}

// StepStatus is the status of a step or an attempt.
type StepStatus string

// The statuses of a step. An attempt can have any of them except StepCaught.
const (
	StepRunning   StepStatus = "running" // includes waiting for a retry
	StepSucceeded StepStatus = "succeeded"
	StepCaught    StepStatus = "caught"  // failed with an error that a catcher handled
	StepFailed    StepStatus = "failed"  // failed with an uncaught error
	StepAborted   StepStatus = "aborted" // stopped when the execution or the enclosing Parallel or Map ended
)

// Attempt describes one attempt to complete a state's work.
type Attempt struct {
	Start   time.Time     // when the attempt was scheduled
	End     time.Time     // zero for a running or aborted attempt
	Stopped time.Time     // when the attempt was aborted; otherwise zero
	Backoff time.Duration // wait before the attempt; zero for the first attempt and the first after a redrive
	Failed  bool
	Error   string // empty if the attempt did not fail or no event names the error
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

// Pause is a time when a step was stopped: from the end of the execution, or from the step's
// earlier abort, until the redrive.
type Pause struct{ From, To time.Time }

// Span is a range of event IDs.
type Span struct {
	First int64
	Last  int64 // 0 if the ID of the last event is unknown
}

// Ended reports whether the execution has ended.
func (e Execution) Ended() bool { return e.Status != types.ExecutionStatusRunning }

// CutShort reports whether the history ends before the execution's last event.
func (e Execution) CutShort() bool {
	return len(e.Missing) > 0 && e.Missing[len(e.Missing)-1].Last == 0
}

// Bounds returns the start and end of an execution. If its start is unknown, Bounds returns the
// time of the first event. If its end is unknown or precedes the last event, Bounds returns the
// time of the last event.
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

// Depths returns the number of Parallels and Maps that enclose each step.
func (e Execution) Depths() []int {
	depths := make([]int, len(e.Steps))
	for i, step := range e.Steps {
		if step.Parent != none {
			depths[i] = depths[step.Parent] + 1
		}
	}
	return depths
}

// New builds an execution from the events that GetExecutionHistory returned. It accepts unknown
// event types and an incomplete history.
func New(events []types.HistoryEvent) Execution {
	converted := make([]Event, len(events))
	for i := range events {
		converted[i] = fromSDK(&events[i])
	}
	return build(converted, knownFacts{})
}
