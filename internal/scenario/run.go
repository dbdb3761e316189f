package scenario

import (
	"strings"

	"retrycatch/internal/history"
)

// Outcome says what is known of a run.
type Outcome int

// The outcomes.
const (
	NotStarted Outcome = iota // AWS was not asked to start it, or refused to
	Running                   // it was started, or AWS was asked to
	AsExpected                // it ended as its scenario must
	NotAsExpected
	Unchecked // it ended, and has no scenario
	Lost      // it could not be started or not be followed to its end
)

// Run is an execution that a command starts.
type Run struct {
	// Its name and input are set from the beginning, its ARN when AWS has started it, and the rest
	// when it has ended.
	history.Execution
	Scenario   *Scenario // nil for an input of the user's own
	TraceID    string
	Outcome    Outcome
	Deviations []string // of one that is not as expected
	Err        error    // why it was not started, or is lost
}

// Label is the scenario's name.
func (r *Run) Label() string {
	if r.Scenario == nil {
		return "input"
	}
	return r.Scenario.Name
}

// Judge checks the execution, which has ended.
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

// Lose records that the execution could not be started, or not be followed to its end.
func (r *Run) Lose(err error) { r.Outcome, r.Err = Lost, err }

// Judged reports whether the end of the execution is known.
func (r *Run) Judged() bool {
	return r.Outcome == AsExpected || r.Outcome == NotAsExpected || r.Outcome == Unchecked
}

// With returns the runs of an outcome.
func With(runs []*Run, outcome Outcome) []*Run {
	var some []*Run
	for _, r := range runs {
		if r.Outcome == outcome {
			some = append(some, r)
		}
	}
	return some
}

// Of returns the name of the scenario that a run with this name and input has, or "".
func Of(e history.Execution) string {
	for _, s := range All() {
		if strings.HasPrefix(e.Name, s.Name+"-") && e.Input == s.Input() {
			return s.Name
		}
	}
	return ""
}
