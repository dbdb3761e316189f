package history

import (
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
)

// eventContext is an event with its kind and its position.
type eventContext struct {
	Event
	eventKind
	from position // position of the preceding event
	at   position // position of the event itself, as far as known
}

func (b *builder) startExecution(ev eventContext) position {
	b.Start, b.Input = ev.Time, ev.details().input
	return ev.at
}

// endExecution ends the execution. If the execution failed, endExecution marks the failed step and
// all steps that enclose it as failed. The outermost of these steps gets the execution's error.
func (b *builder) endExecution(ev eventContext) position {
	d := ev.details()
	b.ends = append(b.ends, end{ev.Time, ev.status})
	b.End, b.Status, b.Output, b.Error, b.Cause = ev.Time, ev.status, d.output, d.err, d.cause
	if i := ev.at.step; ev.status == types.ExecutionStatusSucceeded && i != none && b.progress[i].err == "" {
		b.progress[i].failed, b.progress[i].hasError = false, false
	}
	if ev.status != types.ExecutionStatusFailed {
		return ev.at
	}
	ev.at.step = b.failedStep(ev, d)
	if outermost := b.markFailed(ev.at.step, none, ev.Time); outermost != none {
		b.setError(outermost, d.err, NewCause(d.cause), true)
	}
	return ev.at
}

// redriveExecution marks the execution as running again. After a redrive, Step Functions
// reschedules the work of the unsuccessful state, or enters that state again:
// https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html
func (b *builder) redriveExecution(ev eventContext) position {
	b.Redrives++
	b.resumed = ev.Time
	b.End, b.Status, b.Output, b.Error, b.Cause = time.Time{}, types.ExecutionStatusRunning, "", "", ""
	ev.at.redriven = true
	b.markRunning(ev.at.step)
	return ev.at
}

// markRunning marks a step and all steps that enclose it as running again.
func (b *builder) markRunning(step int) {
	for i := step; i != none && !b.progress[i].exited; i = b.Steps[i].Parent {
		p := &b.progress[i]
		if p.priorEnds < len(b.ends) {
			p.redriven = true
			b.addPause(i)
		}
		p.priorEnds, p.failed, p.attemptFailed, p.aborted = len(b.ends), false, false, false
	}
}

// addPause records that a step was idle from the end of the execution until the redrive.
func (b *builder) addPause(i int) {
	p := b.progress[i]
	from := b.ends[p.priorEnds].at
	if p.aborted && p.stopped.Before(from) {
		from = p.stopped
	}
	if b.resumed.After(from) {
		b.Steps[i].Pauses = append(b.Steps[i].Pauses, Pause{From: from, To: b.resumed})
	}
}

// markReplaced records that a redrive entered a step's state again, as a new step. The old step
// ended with the execution, so markReplaced removes its pause.
func (b *builder) markReplaced(i int) {
	step, p := &b.Steps[i], &b.progress[i]
	p.replaced, p.priorEnds = true, len(b.ends)-1
	if n := len(step.Pauses); n > 0 && step.Pauses[n-1].To.Equal(b.resumed) {
		step.Pauses = step.Pauses[:n-1]
	}
}

// leaveStep records that the execution left a step, with or without an exit event. It also ends the
// step's last attempt. It searches output for the error that a catcher handled.
func (b *builder) leaveStep(i int, at time.Time, output string) {
	step, p := &b.Steps[i], &b.progress[i]
	if p.redriven {
		p.exited, p.stopped = true, at
		return
	}
	if inner := b.caughtErrorOf(i, output).step; inner != none {
		p.hasError = true
		b.markFailed(inner, i, at)
	}
	p.exited, p.stopped = true, at
	b.countLastEvaluation(i)
	b.endLastAttempt(i, at)
	if p.hasError {
		p.caught = true
		err := b.caughtErrorOf(i, output)
		b.setError(i, err.name, err.cause, b.hasInnerError(i))
		step.Caught = p.err
	}
}

// enterState adds a step. If the preceding step is a Parallel or Map that is still running, the new
// step starts a branch or an iteration. Otherwise the new step comes after the preceding step. A
// redrive can enter a failed state again.
func (b *builder) enterState(ev eventContext) position {
	d := ev.details()
	step := Step{State: d.name, Type: strings.TrimSuffix(string(ev.Type), stateEntered), Entered: ev.Time, Input: d.input,
		Previous: none, Parent: none, Iteration: none}
	parentAttempt := none
	if ev.from.step != none {
		before, exited := b.Steps[ev.from.step], b.progress[ev.from.step].exited
		reentered := ev.from.redriven && before.State == d.name && len(b.ends) > 0
		if reentered {
			b.markReplaced(ev.from.step)
		}
		if isContainer := before.Type == "Parallel" || before.Type == "Map"; isContainer && !exited && !reentered {
			step.Parent, step.Iteration = ev.from.step, ev.from.iteration
		} else {
			step.Parent, step.Iteration = before.Parent, before.Iteration
			// Branches run concurrently. Only the ID of the event's previous event proves that both
			// steps are in the same branch.
			sameBranch := step.Parent == none || ev.Previous != 0 && !ev.from.afterGap
			if sameBranch && !exited && !reentered {
				b.leaveStep(ev.from.step, ev.Time, d.input)
			}
			if !ev.from.afterGap && !ev.from.redriven {
				step.Previous = ev.from.step
			}
		}
		b.markRunning(step.Parent)
		parentAttempt = b.openAttemptIndex(step.Parent)
	}
	b.Steps = append(b.Steps, step)
	b.progress = append(b.progress, progress{priorEnds: len(b.ends), parentAttempt: parentAttempt,
		precedingEvent: ev.Previous, hasError: step.Type == "Fail"})
	return position{step: len(b.Steps) - 1, iteration: none}
}

// openAttemptIndex returns the index of the step's last attempt if that attempt has not ended, or
// else none.
func (b *builder) openAttemptIndex(step int) int {
	if step == none {
		return none
	}
	attempts := b.Steps[step].Attempts
	if last := len(attempts) - 1; last >= 0 && attempts[last].End.IsZero() {
		return last
	}
	return none
}

// exitState leaves the state that the event names.
func (b *builder) exitState(ev eventContext) position {
	d := ev.details()
	i := b.findStep(d.name, "", ev)
	if i == none {
		return ev.at
	}
	b.markRunning(i)
	if from := ev.from.step; b.openAttempt(i) != nil && b.encloses(i, from) && b.progress[from].hasError {
		b.markFailed(from, i, ev.Time) // no event reported that the Parallel or Map failed
	}
	b.leaveStep(i, ev.Time, d.output)
	b.Steps[i].Exited, b.Steps[i].Output = ev.Time, d.output
	return position{step: i, iteration: none}
}

// beginAttempt starts an attempt. If no event ended the previous attempt of a Parallel or Map, that
// attempt failed at the time of its last event.
func (b *builder) beginAttempt(ev eventContext) position {
	if ev.at.step != none && !b.progress[ev.at.step].redriven && b.openAttempt(ev.at.step) != nil {
		b.failContainerAttempt(ev, b.progress[ev.at.step].lastEvent)
	}
	if ev.at.step != none {
		b.countEvaluation(ev.at.step)
	}
	b.addAttempt(ev)
	ev.at.redriven = false
	return ev.at
}

// addAttempt adds an attempt to the event's step. It returns nil if the event belongs to no step,
// or if the step's state does no work.
func (b *builder) addAttempt(ev eventContext) *Attempt {
	if ev.at.step == none {
		return nil
	}
	if !b.doesWork(ev.at.step) {
		return nil
	}
	b.markRunning(ev.at.step)
	step, p := &b.Steps[ev.at.step], &b.progress[ev.at.step]
	attempt := Attempt{Start: ev.Time}
	if n := len(step.Attempts); n > 0 && !step.Attempts[n-1].End.IsZero() && !p.redriven {
		attempt.Backoff = ev.Time.Sub(step.Attempts[n-1].End)
	}
	p.redriven, p.hasError, p.err, p.cause = false, false, "", Cause{}
	step.Attempts = append(step.Attempts, attempt)
	return &step.Attempts[len(step.Attempts)-1]
}

// doesWork reports whether a step's state does work that can fail and be retried.
func (b *builder) doesWork(i int) bool {
	switch b.Steps[i].Type {
	case "Pass", "Choice", "Wait", "Succeed", "Fail":
		return false
	}
	return true
}

// openAttempt returns the step's last attempt if that attempt has not ended, or else nil.
func (b *builder) openAttempt(i int) *Attempt {
	if attempts := b.Steps[i].Attempts; len(attempts) > 0 {
		if last := &attempts[len(attempts)-1]; last.End.IsZero() {
			return last
		}
	}
	return nil
}

// attemptToEnd returns the attempt that an event ends. If no attempt is open, it adds an attempt to
// a Task, because the work may have failed before it was scheduled. It adds an attempt to a
// Parallel or Map only after a redrive, because no event reports the start of a redriven attempt.
func (b *builder) attemptToEnd(ev eventContext) *Attempt {
	if ev.at.step == none {
		return nil
	}
	redriven := b.progress[ev.at.step].redriven
	if last := b.openAttempt(ev.at.step); last != nil && !redriven {
		return last
	}
	if ev.containerType == "" {
		return b.addAttempt(ev)
	}
	if !redriven {
		return nil
	}
	attempt := b.addAttempt(ev)
	if attempt != nil {
		attempt.Start = b.resumed
	}
	return attempt
}

func (b *builder) succeedAttempt(ev eventContext) position {
	if attempt := b.attemptToEnd(ev); attempt != nil {
		attempt.End, attempt.Output = ev.Time, ev.details().output
		p := &b.progress[ev.at.step]
		p.hasError, p.err, p.cause = false, "", Cause{}
	}
	return ev.at
}

// setIteration sets the position's iteration from an event about a Map item.
func (b *builder) setIteration(ev eventContext) position {
	if ev.at.step != none && b.Steps[ev.at.step].Type == ev.containerType {
		ev.at.iteration = ev.details().index
	}
	return ev.at
}
