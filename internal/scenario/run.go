package scenario

import (
	"strings"

	"retrycatch/internal/history"
)

// Outcome describes the result or the progress of a run.
type Outcome int

// The outcomes.
const (
	NotStarted    Outcome = iota // not requested, or refused by AWS
	Running                      // requested or started
	AsExpected                   // ended as its scenario requires
	NotAsExpected                // ended in another way
	Unchecked                    // ended, and has no scenario
	Lost                         // could not be started or followed to its end
)

// Run is an execution that a command starts.
type Run struct {
	// Name and Input are set from the beginning, ARN once AWS has started the execution, and the
	// rest once it has ended.
	history.Execution
	Scenario    *Scenario // nil for an input of the user's own
	SentTraceID string    // of X-Ray, sent with the start; the execution's TraceID confirms it
	Outcome     Outcome
	Deviations  []Deviation // of a run that is NotAsExpected
	Err         error       // the reason of a lost run
	readFromAWS bool        // it was read from AWS
}

// Label returns the name of the scenario. Without one, it returns "input" for an input of the user,
// and the name of an execution that was read from AWS.
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

// Judge records an ended execution and checks it.
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

// Lose records that the execution could not be started or followed to its end.
func (r *Run) Lose(err error) { r.Outcome, r.Err = Lost, err }

// Judged reports whether the execution is known to have ended.
func (r *Run) Judged() bool {
	return r.Outcome == AsExpected || r.Outcome == NotAsExpected || r.Outcome == Unchecked
}

// Review returns the run of an execution that was read from AWS. It is judged if the execution has
// ended.
func Review(e history.Execution) *Run {
	r := &Run{Execution: e, Outcome: Running, Scenario: findByExecution(e), readFromAWS: true}
	if e.Ended() {
		r.Judge(e)
	}
	return r
}

// WithOutcome returns the runs with an outcome.
func WithOutcome(runs []*Run, outcome Outcome) []*Run {
	var some []*Run
	for _, r := range runs {
		if r.Outcome == outcome {
			some = append(some, r)
		}
	}
	return some
}

// NameOf returns the name of the scenario that an execution belongs to by its name and input, or "".
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
