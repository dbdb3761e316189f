// Package history turns the events that Step Functions records of an execution into what happened: the states in order,
// the attempts in each, the waits between them, and how it ended. It is pure: no I/O, no clock.
package history

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
)

// Execution is what the events of one execution say.
type Execution struct {
	Name string // empty for a history from a file: the events do not contain it
	ARN  string // empty for a history from a file

	TraceID string // of X-Ray, as DescribeExecution returned it: no event has it; empty if unknown

	Status   types.ExecutionStatus // RUNNING until an event ends it
	Input    string                // JSON
	Output   string                // JSON, of one that succeeded
	Error    string                // of one that did not
	Cause    string
	Start    time.Time
	End      time.Time // zero while it runs
	Redrives int       // how often it was taken up again after it had ended
	Steps    []Step    // in the order in which they were entered
	Events   []Event   // all of them, by their IDs, those of unknown kinds too
	Missing  []Span    // what the history should hold besides; none where it is whole
}

// Step is one stay in a state.
type Step struct {
	State    string
	Type     string // Task, Pass, Wait, Fail and so on
	Status   StepStatus
	Entered  time.Time
	Exited   time.Time // zero while it lasts; a Fail state, or one whose error nothing catches, is never exited
	Stopped  time.Time // when it was over, if it has no exit event; zero while it lasts
	Pauses   []Pause   // in order, before its end
	Input    string    // JSON
	Output   string    // JSON
	Caught   string    // the error that a catcher took; empty if no event names it
	Error    string    // the error that none took; empty if no event names it
	Cause    Cause     // of Error
	Attempts []Attempt // of a Task, a Parallel or a Map

	// What Step Functions' events say by their links; each is -1 where there is none. Previous and Parent are indexes in
	// the execution's steps.
	Previous  int // the step that it came from; none of the first, of a branch's or an iteration's first, and after a gap
	Parent    int // the Parallel or Map that it is inside of
	Iteration int // the number of the Parent's item, from zero, of a Map
}

// StepStatus is what has become of a step.
type StepStatus string

const (
	StepRunning   StepStatus = "running" // or waiting to be tried again
	StepSucceeded StepStatus = "succeeded"
	StepCaught    StepStatus = "caught"  // it failed, and a catcher took its error
	StepFailed    StepStatus = "failed"  // it failed, and nothing took its error
	StepAborted   StepStatus = "aborted" // it lasted when the execution, or the Parallel or Map around it, ended
)

// Attempt is one try of a state's work.
type Attempt struct {
	Start   time.Time     // when it was scheduled
	End     time.Time     // zero while it lasts, and of one that was aborted
	Stopped time.Time     // when it was aborted
	Backoff time.Duration // between the end of the attempt before and this one; zero for the first, also after a redrive
	Failed  bool
	Error   string // of one that failed; empty if no event names it
	Cause   Cause
	Output  string // JSON
}

// Status returns what has become of the attempt: running, succeeded, failed or aborted.
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

// Pause is the time between an end of the execution that stopped a step, and the redrive that
// resumed the step.
type Pause struct{ From, To time.Time }

// Span is a row of events, by their IDs.
type Span struct {
	First int64
	Last  int64 // zero where nobody knows how many follow
}

// Ended reports whether the execution has ended.
func (e Execution) Ended() bool { return e.Status != types.ExecutionStatusRunning }

// CutShort reports whether the last events are missing.
func (e Execution) CutShort() bool {
	return len(e.Missing) > 0 && e.Missing[len(e.Missing)-1].Last == 0
}

// Bounds returns the start and the end of an execution as far as its history shows them: the first
// event stands in for a missing start, and the last event for a missing end.
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

// Depths returns for each step the number of Parallels and Maps around it.
func (e Execution) Depths() []int {
	depths := make([]int, len(e.Steps))
	for i, step := range e.Steps {
		if step.Parent != none {
			depths[i] = depths[step.Parent] + 1
		}
	}
	return depths
}

// New reads the events of GetExecutionHistory. Neither an event of an unknown kind nor a history that is cut short is an
// error: it gives the execution as far as it goes.
func New(events []types.HistoryEvent) Execution {
	plain := make([]Event, len(events))
	for i := range events {
		plain[i] = fromSDK(&events[i])
	}
	return build(plain, known{})
}
