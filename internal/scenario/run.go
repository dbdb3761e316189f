package scenario

import (
	"strings"

	"retrycatch/internal/history"
)

// Outcome is the state or the result of a run.
type Outcome int

// The outcomes.
const (
	NotStarted    Outcome = iota // the start was not requested, or it failed (in a load test: Lost)
	Running                      // the start was requested, but the end has not been read yet
	AsExpected                   // ended as its scenario expects
	NotAsExpected                // ended, but deviates from its scenario
	Unchecked                    // ended; there is no scenario to check it against
	Lost                         // the end could not be read, or the start failed in a load test
)

// Run is an execution that a command starts or reviews, and the result of the review.
type Run struct {
	// Name and Input are set before the start, ARN after the start, and the other fields after the
	// end.
	history.Execution
	Scenario    *Scenario // nil for the user's own input, or if no scenario matches
	SentTraceID string    // X-Ray trace ID sent with the start; TraceID holds the recorded ID
	Outcome     Outcome
	Deviations  []Deviation // set if Outcome is NotAsExpected
	Err         error       // set if Outcome is Lost, or if it is NotStarted because of an error
	readFromAWS bool        // the execution was read from AWS, not started by this command
}

// Label returns the scenario's name. Without a scenario, it returns the execution's name if the run
// was read from AWS, or else "input".
func (r *Run) Label() string {
	switch {
	case r.Scenario != nil:
		return r.Scenario.Name
	case r.readFromAWS:
		return r.Name
	default:
		return "input"
	}
}

// Judge records the ended execution and checks it against the scenario.
func (r *Run) Judge(e history.Execution) {
	r.Execution, r.Outcome = e, Unchecked
	if r.Scenario == nil {
		return
	}
	r.Outcome, r.Deviations = AsExpected, r.Scenario.Check(e)
	if len(r.Deviations) > 0 {
		r.Outcome = NotAsExpected
	}
}

// MarkLost records why the execution could not be started, or why its end could not be read.
func (r *Run) MarkLost(err error) { r.Outcome, r.Err = Lost, err }

// Judged reports whether Judge recorded the ended execution.
func (r *Run) Judged() bool {
	return r.Outcome == AsExpected || r.Outcome == NotAsExpected || r.Outcome == Unchecked
}

// Review returns a run for an execution that was read from AWS. If the execution has ended, Review
// judges it.
func Review(e history.Execution) *Run {
	r := &Run{Execution: e, Outcome: Running, Scenario: findByExecution(e), readFromAWS: true}
	if e.Ended() {
		r.Judge(e)
	}
	return r
}

// WithOutcome returns the runs with this outcome.
func WithOutcome(runs []*Run, outcome Outcome) []*Run {
	var matching []*Run
	for _, r := range runs {
		if r.Outcome == outcome {
			matching = append(matching, r)
		}
	}
	return matching
}

// NameOf returns the name of the scenario that matches an execution's name and input. It returns ""
// if no scenario matches.
func NameOf(e history.Execution) string {
	if s := findByExecution(e); s != nil {
		return s.Name
	}
	return ""
}

func findByExecution(e history.Execution) *Scenario {
	for _, s := range All() {
		if strings.HasPrefix(e.Name, s.Name+"-") && e.Input == s.Input() {
			return &s
		}
	}
	return nil
}
