package history

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
)

// conclude sets the status of each step, and the time when a step without an exit event was over. It
// sets a Parallel or a Map before the steps inside.
func (b *builder) conclude() {
	for i := range b.Steps {
		step, p := &b.Steps[i], b.progress[i]
		whole := b.around(i)
		switch {
		case p.exited && step.Caught != "":
			step.Status = StepCaught
		case p.exited || whole.succeeded && p.err == "":
			step.Status = StepSucceeded
		case p.failed || step.Type == "Fail" || whole.over && p.err != "" && !p.aborted && !whole.cutOff:
			step.Status, step.Error, step.Cause = StepFailed, p.err, p.cause
		case p.aborted || whole.over:
			step.Status = StepAborted
		default:
			step.Status = StepRunning
		}
		if step.Exited.IsZero() && step.Status != StepRunning {
			step.Stopped = b.stop(i, whole)
		}
	}
}

// surroundings is the first thing that kept a step from going on: the end of the execution, or of
// the Parallel or Map around the step.
type surroundings struct {
	over      bool      // nothing can happen in the step any more
	at        time.Time // since then
	succeeded bool      // so its last step did too, and only that step's exit event is missing
	cutOff    bool      // from outside, not by a failure in the execution
}

// or returns the surroundings that ended first, and the inner ones if both ended at the same time.
func (s surroundings) or(inner surroundings) surroundings {
	if s.over && s.at.Before(inner.at) {
		return s
	}
	return inner
}

// around returns the surroundings of a step.
func (b *builder) around(i int) (s surroundings) {
	step, p := b.Steps[i], b.progress[i]
	if p.ends < len(b.ends) {
		end := b.ends[p.ends]
		s = surroundings{over: true, at: end.at,
			succeeded: step.Parent == none && b.Status == types.ExecutionStatusSucceeded && !p.replaced,
			cutOff:    end.status == types.ExecutionStatusAborted || end.status == types.ExecutionStatusTimedOut}
	}
	if step.Parent == none {
		return s
	}
	parent := b.Steps[step.Parent]
	if p.within != none {
		if attempt := parent.Attempts[p.within]; !attempt.End.IsZero() {
			s = s.or(surroundings{over: true, at: attempt.End, succeeded: attempt.Error == ""})
		}
	}
	if parent.Status != StepRunning {
		s = s.or(surroundings{over: true, at: latest(parent.Exited, parent.Stopped),
			succeeded: parent.Status == StepSucceeded, cutOff: parent.Status == StepAborted})
	}
	return s
}

// stop returns the time when a step without an exit event was over.
func (b *builder) stop(i int, whole surroundings) time.Time {
	step, p := b.Steps[i], b.progress[i]
	switch {
	case step.Type == "Fail":
		return step.Entered // it fails at once
	case p.exited || p.aborted && (!whole.over || p.stopped.Before(whole.at)):
		return latest(step.Entered, p.stopped)
	default:
		return latest(step.Entered, whole.at)
	}
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
