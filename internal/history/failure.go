package history

import (
	"cmp"
	"time"
)

// failAttempt marks a Task's attempt as failed.
func (b *builder) failAttempt(ev eventContext) position {
	if attempt := b.attemptToEnd(ev); attempt != nil {
		b.recordError(ev)
		p := b.progress[ev.at.step]
		attempt.End, attempt.Failed, attempt.Error, attempt.Cause = ev.Time, true, p.err, p.cause
	}
	return ev.at
}

// failContainer processes an event that reports the failure of a Parallel or Map.
func (b *builder) failContainer(ev eventContext) position {
	if ev.at.step == none || b.Steps[ev.at.step].Type != ev.containerType {
		return ev.at
	}
	b.attemptToEnd(ev) // if a redrive resumed the step, attemptToEnd adds the attempt
	b.failContainerAttempt(ev, ev.Time)
	b.progress[ev.at.step].attemptFailed = true
	return ev.at
}

// failContainerAttempt marks the last attempt of a Parallel or Map as failed. If precedingFailure
// returns an inner step, failContainerAttempt records that its failure caused this one. Otherwise,
// the inner step that an earlier event recorded as the cause remains.
func (b *builder) failContainerAttempt(ev eventContext, at time.Time) {
	b.markFailed(b.precedingFailure(ev), ev.at.step, at)
	if d := ev.details(); d.err != "" {
		b.recordError(ev)
	}
	p := &b.progress[ev.at.step]
	p.hasError = true
	if inner := b.lastFailedInner(ev.at.step); inner != none && p.err == "" {
		p.err, p.cause = b.progress[inner].err, b.progress[inner].cause
	}
	if last := b.openAttempt(ev.at.step); last != nil {
		last.End, last.Failed, last.Error, last.Cause = at, true, p.err, p.cause
	}
}

// precedingFailure returns the step before an event about a Parallel or Map, if that step is an
// inner step and may have failed. Otherwise, or if the preceding event is missing, it returns none.
// If the step was aborted, or if the event has no link to it, the step must have an error.
func (b *builder) precedingFailure(ev eventContext) int {
	from := ev.from.step
	if from == ev.at.step || from == none || ev.from.afterGap {
		return none
	}
	if p := &b.progress[from]; !p.hasError && (ev.Previous == 0 || p.aborted) {
		return none
	}
	return from
}

// recordError records a step's error, whether or not a retrier or catcher handles it.
func (b *builder) recordError(ev eventContext) position {
	if ev.at.step == none || ev.containerType != "" && b.Steps[ev.at.step].Type != ev.containerType {
		return ev.at
	}
	d, p := ev.details(), &b.progress[ev.at.step]
	p.hasError, p.err, p.cause = true, cmp.Or(d.err, ev.defaultError), NewCause(d.cause)
	return ev.at
}

// failEvaluation records that an evaluation failed, such as that of a JSONata expression. AWS links
// this event to the same event as the state's entry, so failEvaluation finds the state by its name.
func (b *builder) failEvaluation(ev eventContext) position {
	if d := ev.details(); d.state != "" {
		ev.at = position{step: b.findStep(d.state, d.cause, ev), iteration: none}
	}
	if ev.at.step != none && b.progress[ev.at.step].exited {
		return ev.at
	}
	if ev.at.step != none {
		b.countEvaluation(ev.at.step)
		b.progress[ev.at.step].evaluationFailedAt = ev.Time
	}
	return b.recordError(ev)
}

// countEvaluation counts a failed evaluation as a failed attempt. If the state's work had already
// succeeded, the last attempt becomes a failed attempt. If the failed evaluation prevented the
// work, countEvaluation adds a failed attempt.
func (b *builder) countEvaluation(i int) {
	step, p := &b.Steps[i], &b.progress[i]
	at, n := p.evaluationFailedAt, len(step.Attempts)
	p.evaluationFailedAt = time.Time{}
	if at.IsZero() || !p.hasError || !b.doesWork(i) || n > 0 && step.Attempts[n-1].End.IsZero() {
		return
	}
	switch {
	case n > 0 && !step.Attempts[n-1].Failed:
	case n == 0:
		step.Attempts = append(step.Attempts, Attempt{Start: step.Entered})
	default:
		step.Attempts = append(step.Attempts, Attempt{Start: at, Backoff: at.Sub(step.Attempts[n-1].End)})
	}
	last := &step.Attempts[len(step.Attempts)-1]
	last.End, last.Failed, last.Error, last.Cause, last.Output = at, true, p.err, p.cause, ""
	p.hasFailedEvaluation = true
}

// countLastEvaluation counts the last failed evaluation as a failed attempt, if an earlier failed
// evaluation of the step was counted too.
func (b *builder) countLastEvaluation(i int) {
	if b.progress[i].hasFailedEvaluation {
		b.countEvaluation(i)
	}
}

// failIteration records that a Map item failed. It marks the preceding step as failed.
func (b *builder) failIteration(ev eventContext) position {
	if ev.at.step != none && b.Steps[ev.at.step].Type == ev.containerType {
		b.markFailed(b.precedingFailure(ev), ev.at.step, ev.Time)
	}
	return b.setIteration(ev)
}

// markFailed marks a step, and each Parallel and Map that encloses it, as failed and not retried.
// It stops before the enclosing step with index end. A Parallel or Map without an error gets the
// error of its inner step. markFailed returns the outermost marked step.
func (b *builder) markFailed(step, end int, at time.Time) int {
	inner := none
	for i := step; i != end && i != none; i = b.Steps[i].Parent {
		p := &b.progress[i]
		if p.exited {
			continue
		}
		p.failed, p.hasError = true, true
		b.countLastEvaluation(i)
		if inner != none {
			b.setFailedInner(i, inner)
			if p.err == "" {
				p.err, p.cause = b.progress[inner].err, b.progress[inner].cause
			}
		}
		if last := b.openAttempt(i); last != nil && !p.redriven {
			last.End, last.Failed, last.Error, last.Cause = at, true, p.err, p.cause
		}
		inner = i
	}
	if inner != none && end != none {
		b.setFailedInner(end, inner)
	}
	return inner
}

// setFailedInner records the inner step whose failure ended the last attempt of a Parallel or Map.
func (b *builder) setFailedInner(container, inner int) {
	p := &b.progress[container]
	for len(p.failedInner) < len(b.Steps[container].Attempts) {
		p.failedInner = append(p.failedInner, none)
	}
	if n := len(p.failedInner); n > 0 {
		p.failedInner[n-1] = inner
	}
}

// lastFailedInner returns the inner step whose failure ended the last attempt of a Parallel or Map,
// or none.
func (b *builder) lastFailedInner(container int) int {
	if n := len(b.Steps[container].Attempts); n > 0 && n == len(b.progress[container].failedInner) {
		return b.progress[container].failedInner[n-1]
	}
	return none
}

// toleranceExceeded is the error of a Map with too many failed items. It is never an item's error.
const toleranceExceeded = "States.ExceedToleratedFailureThreshold"

// setError sets the error of a step if no event has reported one. It then does the same for the
// inner steps that caused the step's failure. If overwrite is true, setError also replaces an error
// that the step itself already has.
func (b *builder) setError(i int, err string, cause Cause, overwrite bool) {
	for ; i != none && err != ""; i = b.lastFailedInner(i) {
		p := &b.progress[i]
		if err == toleranceExceeded && b.Steps[i].Type != "Map" {
			return
		}
		if p.err != "" && p.err != err && !overwrite {
			return
		}
		overwrite = overwrite && b.hasInnerError(i)
		if p.err != err || p.cause.Text == "" {
			p.err, p.cause = err, cause
		}
		if n := len(b.Steps[i].Attempts); n > 0 {
			last := &b.Steps[i].Attempts[n-1]
			if last.Failed && last.Error != err && (last.Error == "" || overwrite) {
				last.Error, last.Cause = err, cause
			}
		}
		overwrite = false
	}
}

// endLastAttempt ends the last attempt of a step that the execution has left, if no event ended the
// attempt. The attempt failed if the step or an inner step has an error.
func (b *builder) endLastAttempt(i int, at time.Time) {
	last, p := b.openAttempt(i), &b.progress[i]
	if last == nil {
		return
	}
	inner := b.lastFailedInner(i)
	if p.hasError = p.hasError || inner != none; inner != none && p.err == "" {
		p.err, p.cause = b.progress[inner].err, b.progress[inner].cause
	}
	last.End, last.Failed, last.Error, last.Cause = at, p.hasError, p.err, p.cause
}
