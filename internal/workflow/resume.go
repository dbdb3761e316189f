package workflow

import (
	"time"

	"retrycatch/internal/asl"
	"retrycatch/internal/history"
)

// ResumesAt returns when a waiting step resumes: at the end of its Wait state, or at the end of the
// backoff before the next attempt. It returns zero if the step does not wait, if the definition is
// nil, or if the definition does not specify the wait.
func ResumesAt(definition *asl.Definition, step history.Step) time.Time {
	if definition == nil || step.Status != history.StepRunning {
		return time.Time{}
	}
	state := definition.State(step.State)
	if state == nil {
		return time.Time{}
	}
	if last := len(step.Attempts) - 1; last >= 0 && step.Attempts[last].Failed {
		errors := make([]string, len(step.Attempts))
		for i, attempt := range step.Attempts {
			errors[i] = attempt.Error
		}
		if backoff, ok := state.Backoff(errors); ok {
			return step.Attempts[last].End.Add(backoff)
		}
		return time.Time{}
	}
	if wait, ok := state.Duration(); ok {
		return step.Entered.Add(wait)
	}
	return time.Time{}
}
