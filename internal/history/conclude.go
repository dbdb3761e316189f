package history

import (
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
)

// conclude sets the status of each step, and the stop time of each step without an exit event. It
// handles a Parallel or Map before its inner steps.
func (b *builder) conclude() {
	for i := range b.Steps {
		step, p := &b.Steps[i], b.progress[i]
		outer := b.surroundingsOf(i)
		mayHaveCausedEnd := outer.ended && !outer.abortedFromOutside && !outer.failureKnown
		switch {
		case p.exited && p.caught:
			step.Status = StepCaught
		case p.exited || outer.succeeded && !p.hasError && !p.aborted:
			step.Status = StepSucceeded
		case p.failed || step.Type == "Fail" || mayHaveCausedEnd && p.hasError && !p.aborted:
			step.Status, step.Error, step.Cause = StepFailed, p.err, p.cause
		case p.aborted || outer.ended:
			step.Status = StepAborted
		default:
			step.Status = StepRunning
		}
		if step.Exited.IsZero() && step.Status != StepRunning {
			step.Stopped = b.stopTime(i, outer)
		}
		b.stopAttempts(i)
	}
}

// surroundings describes the end of the execution or of the enclosing Parallel or Map, whichever
// came first.
type surroundings struct {
	ended              bool // the step can have no more events
	endedAt            time.Time
	succeeded          bool // if the step has no error, it succeeded too, and only its exit event is missing
	abortedFromOutside bool // an abort or a timeout caused the end, not a failed step
	failureKnown       bool // the failed step that caused the end is known
}

// earlier returns the surroundings that ended first, or inner if both ended at the same time.
func (s surroundings) earlier(inner surroundings) surroundings {
	if s.ended && s.endedAt.Before(inner.endedAt) {
		return s
	}
	return inner
}

func (b *builder) surroundingsOf(i int) (s surroundings) {
	step, p := b.Steps[i], b.progress[i]
	if p.priorEnds < len(b.ends) {
		end := b.ends[p.priorEnds]
		s = surroundings{ended: true, endedAt: end.at,
			succeeded:          step.Parent == none && b.Status == types.ExecutionStatusSucceeded && !p.replaced,
			abortedFromOutside: end.status == types.ExecutionStatusAborted || end.status == types.ExecutionStatusTimedOut}
	}
	if step.Parent == none {
		return s
	}
	parent, failedInner := b.Steps[step.Parent], b.progress[step.Parent].failedInner
	if p.parentAttempt != none {
		if attempt := parent.Attempts[p.parentAttempt]; !attempt.End.IsZero() {
			failureKnown := p.parentAttempt < len(failedInner) && failedInner[p.parentAttempt] != none
			s = s.earlier(surroundings{ended: true, endedAt: attempt.End, succeeded: !attempt.Failed,
				failureKnown: failureKnown})
		}
	}
	if parent.Status != StepRunning {
		s = s.earlier(surroundings{ended: true, endedAt: latest(parent.Exited, parent.Stopped),
			succeeded: parent.Status == StepSucceeded, abortedFromOutside: parent.Status == StepAborted})
	}
	return s
}

// stopAttempts sets the end of attempts that no event ended. Such an attempt stops with the
// execution, with the step, or when the next attempt starts, whichever comes first.
func (b *builder) stopAttempts(i int) {
	step := &b.Steps[i]
	stepEnd := latest(step.Exited, step.Stopped)
	for n := range step.Attempts {
		attempt := &step.Attempts[n]
		if !attempt.End.IsZero() {
			continue
		}
		at := stepEnd
		if next := slices.IndexFunc(step.Pauses, func(p Pause) bool { return !p.From.Before(attempt.Start) }); next >= 0 {
			at = step.Pauses[next].From
		}
		last := n == len(step.Attempts)-1
		if !last && (at.IsZero() || step.Attempts[n+1].Start.Before(at)) {
			at = step.Attempts[n+1].Start
		}
		if last && at.Equal(stepEnd) && step.Status == StepSucceeded {
			attempt.End = at
		} else {
			attempt.Stopped = at
		}
	}
}

// stopTime returns the time when a step without an exit event ended.
func (b *builder) stopTime(i int, outer surroundings) time.Time {
	step, p := b.Steps[i], b.progress[i]
	switch {
	case step.Type == "Fail":
		return step.Entered // a Fail state fails immediately
	case p.exited || p.aborted && (!outer.ended || p.stopped.Before(outer.endedAt)):
		return latest(step.Entered, p.stopped)
	default:
		return latest(step.Entered, outer.endedAt)
	}
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
