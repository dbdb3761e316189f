package history

import (
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
)

// conclude sets the status of each step, and the end of each step without an exit event. It handles
// a Parallel or a Map before the steps inside.
func (b *builder) conclude() {
	for i := range b.Steps {
		step, p := &b.Steps[i], b.progress[i]
		whole := b.around(i)
		switch {
		case p.exited && p.caught:
			step.Status = StepCaught
		case p.exited || whole.succeeded && !p.faulty && !p.aborted:
			step.Status = StepSucceeded
		case p.failed || step.Type == "Fail" || whole.over && p.faulty && !p.aborted && !whole.cutOff && !whole.blamed:
			step.Status, step.Error, step.Cause = StepFailed, p.err, p.cause
		case p.aborted || whole.over:
			step.Status = StepAborted
		default:
			step.Status = StepRunning
		}
		if step.Exited.IsZero() && step.Status != StepRunning {
			step.Stopped = b.stop(i, whole)
		}
		b.stopAttempts(i)
	}
}

// surroundings describes the first thing that kept a step from continuing: the end of the
// execution, or of the Parallel or Map around the step.
type surroundings struct {
	over      bool      // nothing more can happen in the step
	at        time.Time // when it ended
	succeeded bool      // the last step inside succeeded too; only its exit event is missing
	cutOff    bool      // from outside, not by a failure in the execution
	blamed    bool      // the failed step is known
}

// or returns the surroundings that ended first. It prefers the inner ones if both ended together.
func (s surroundings) or(inner surroundings) surroundings {
	if s.over && s.at.Before(inner.at) {
		return s
	}
	return inner
}

// around returns a step's surroundings.
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
	parent, culprits := b.Steps[step.Parent], b.progress[step.Parent].culprits
	if p.within != none {
		if attempt := parent.Attempts[p.within]; !attempt.End.IsZero() {
			blamed := p.within < len(culprits) && culprits[p.within] != none
			s = s.or(surroundings{over: true, at: attempt.End, succeeded: !attempt.Failed, blamed: blamed})
		}
	}
	if parent.Status != StepRunning {
		s = s.or(surroundings{over: true, at: latest(parent.Exited, parent.Stopped),
			succeeded: parent.Status == StepSucceeded, cutOff: parent.Status == StepAborted})
	}
	return s
}

// stopAttempts sets the end of attempts that no event ended. Such an attempt stops with the
// execution, with the step, or at the next attempt, whichever is first.
func (b *builder) stopAttempts(i int) {
	step := &b.Steps[i]
	over := latest(step.Exited, step.Stopped)
	for n := range step.Attempts {
		attempt := &step.Attempts[n]
		if !attempt.End.IsZero() {
			continue
		}
		at := over
		if next := slices.IndexFunc(step.Pauses, func(p Pause) bool { return !p.From.Before(attempt.Start) }); next >= 0 {
			at = step.Pauses[next].From
		}
		last := n == len(step.Attempts)-1
		if !last && (at.IsZero() || step.Attempts[n+1].Start.Before(at)) {
			at = step.Attempts[n+1].Start
		}
		if last && at.Equal(over) && step.Status == StepSucceeded {
			attempt.End = at
		} else {
			attempt.Stopped = at
		}
	}
}

// stop returns the time when a step without an exit event ended.
func (b *builder) stop(i int, whole surroundings) time.Time {
	step, p := b.Steps[i], b.progress[i]
	switch {
	case step.Type == "Fail":
		return step.Entered // a Fail state fails immediately
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
