package history

import "slices"

// WithFailures returns the execution after filling in errors that no event names. These are the
// errors of Fail states, and of the Parallels and Maps that enclose them. failure returns a Fail
// state's error from the definition.
func (e Execution) WithFailures(failure func(state string) string) Execution {
	if slices.ContainsFunc(e.Steps, func(s Step) bool { return s.Type == "Fail" && s.Error == "" }) {
		ending := description{status: e.Status, stop: e.End}
		e.Steps = build(e.Events, knownFacts{description: ending, failure: failure}).Steps
	}
	return e
}

// setFailStateErrors sets the errors for WithFailures.
func (b *builder) setFailStateErrors(failure func(state string) string) {
	for i := range b.Steps {
		if b.Steps[i].Type != "Fail" || b.progress[i].err != "" {
			continue
		}
		err := failure(b.Steps[i].State)
		b.progress[i].err = err
		for inner, outer := i, b.Steps[i].Parent; outer != none; inner, outer = outer, b.Steps[outer].Parent {
			if !b.setContainerError(outer, inner, err) {
				break
			}
		}
	}
}

// setContainerError sets the error of the attempt that an inner step's failure ended. It reports
// whether the Parallel or Map itself failed with this error too.
func (b *builder) setContainerError(outer, inner int, err string) bool {
	step, p, n := &b.Steps[outer], &b.progress[outer], b.progress[inner].parentAttempt
	if n == none || n >= len(p.failedInner) || p.failedInner[n] != inner || step.Attempts[n].Error != "" {
		return false
	}
	if step.Attempts[n].Error = err; n < len(step.Attempts)-1 || p.err != "" {
		return false
	}
	if p.err = err; p.caught {
		step.Caught = err
	}
	return true
}
