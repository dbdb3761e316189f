package history

import "slices"

// WithFailures names the errors of Fail states that no event names, and of the Parallels and Maps
// that failed with them. The function returns the error of a Fail state by the definition, and is
// called only if there is such a state.
func (e Execution) WithFailures(failure func(state string) string) Execution {
	if slices.ContainsFunc(e.Steps, func(s Step) bool { return s.Type == "Fail" && s.Error == "" }) {
		ending := description{status: e.Status, stop: e.End}
		e.Steps = build(e.Events, known{description: ending, failure: failure}).Steps
	}
	return e
}

// define names the errors of Fail states that no event names, and of what failed with them.
func (b *builder) define(failure func(state string) string) {
	for i := range b.Steps {
		if b.Steps[i].Type != "Fail" || b.progress[i].err != "" {
			continue
		}
		err := failure(b.Steps[i].State)
		b.progress[i].err = err
		for inner, outer := i, b.Steps[i].Parent; outer != none; inner, outer = outer, b.Steps[outer].Parent {
			if !b.defineAround(outer, inner, err) {
				break
			}
		}
	}
}

// defineAround names the error of the attempt that ended with a step inside. It reports whether this
// is also the error that the Parallel or the Map itself failed with.
func (b *builder) defineAround(outer, inner int, err string) bool {
	step, p, n := &b.Steps[outer], &b.progress[outer], b.progress[inner].within
	if n == none || n >= len(p.culprits) || p.culprits[n] != inner || step.Attempts[n].Error != "" {
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
