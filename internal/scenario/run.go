package scenario

import (
	"strings"

	"retrycatch/internal/history"
)

// Outcome says how a run ended, or how far it has come.
type Outcome int

// The outcomes.
const (
	NotStarted Outcome = iota // AWS was not asked to start it, or refused to
	Running                   // it was started, or AWS was asked to
	AsExpected                // it ended as its scenario must
	NotAsExpected
	Unchecked // it ended, and has no scenario
	Lost      // it could not be started, or not followed to its end
)

// Run is an execution that a command starts.
type Run struct {
	// The name and the input are set from the beginning, the ARN once AWS has started the execution,
	// and the rest once it has ended.
	history.Execution
	Scenario    *Scenario // nil for an input of the user's own
	SentTraceID string    // of X-Ray, sent with the start; the execution's TraceID confirms it
	Outcome     Outcome
	Deviations  []Deviation // if it is not as expected
	Err         error       // why it was not started, or is lost
	reviewed    bool        // it was read from AWS
}

// Label returns the name of the scenario. Without one, it returns "input" for an input of the user's
// own, and the name of an execution that was read from AWS.
func (r *Run) Label() string {
	switch {
	case r.Scenario != nil:
		return r.Scenario.Name
	case r.reviewed:
		return r.Name
	default:
		return "input"
	}
}

// Judge records an execution that has ended, and checks it.
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

// Lose records that the execution could not be started, or not followed to its end.
func (r *Run) Lose(err error) { r.Outcome, r.Err = Lost, err }

// Judged reports whether the execution is known to have ended.
func (r *Run) Judged() bool {
	return r.Outcome == AsExpected || r.Outcome == NotAsExpected || r.Outcome == Unchecked
}

// Review returns the run of an execution that was read from AWS. It is judged if the execution has
// ended.
func Review(e history.Execution) *Run {
	r := &Run{Execution: e, Outcome: Running, Scenario: of(e), reviewed: true}
	if e.Ended() {
		r.Judge(e)
	}
	return r
}

// With returns the runs that have an outcome.
func With(runs []*Run, outcome Outcome) []*Run {
	var some []*Run
	for _, r := range runs {
		if r.Outcome == outcome {
			some = append(some, r)
		}
	}
	return some
}

// Of returns the name of the scenario that an execution belongs to by its name and input, or "".
func Of(e history.Execution) string {
	if s := of(e); s != nil {
		return s.Name
	}
	return ""
}

func of(e history.Execution) *Scenario {
	for _, s := range All() {
		if strings.HasPrefix(e.Name, s.Name+"-") && e.Input == s.Input() {
			return &s
		}
	}
	return nil
}
