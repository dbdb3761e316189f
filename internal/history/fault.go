package history

import (
	"cmp"
	"time"
)

// fail ends an attempt of a Task.
func (b *builder) fail(h happening) position {
	if attempt := b.running(h); attempt != nil {
		b.fault(h)
		p := b.progress[h.at.step]
		attempt.End, attempt.Failed, attempt.Error, attempt.Cause = h.Time, true, p.err, p.cause
	}
	return h.at
}

// failAll ends a Parallel or a Map, and with it its last attempt.
func (b *builder) failAll(h happening) position {
	if h.at.step == none || b.Steps[h.at.step].Type != h.container {
		return h.at
	}
	b.running(h) // begins the attempt that a redrive resumed
	b.endFailed(h, h.Time)
	b.progress[h.at.step].over = true
	return h.at
}

// endFailed ends the attempt of a Parallel or a Map with a failure. It blames the step that led here
// if this is inside, and otherwise the step whose failure ended an item last.
func (b *builder) endFailed(h happening, at time.Time) {
	b.blame(b.inside(h), h.at.step, at)
	if d := h.details(); d.err != "" {
		b.fault(h)
	}
	p := &b.progress[h.at.step]
	p.faulty = true
	if inner := b.culprit(h.at.step); inner != none && p.err == "" {
		p.err, p.cause = b.progress[inner].err, b.progress[inner].cause
	}
	if last := b.open(h.at.step); last != nil {
		last.End, last.Failed, last.Error, last.Cause = at, true, p.err, p.cause
	}
}

// inside returns the step that led to an event about a Parallel or a Map if that step is inside and
// may have failed, or none. A step that only precedes the event, or was aborted, must have an error.
func (b *builder) inside(h happening) int {
	from := h.from.step
	if from == h.at.step || from == none || h.from.gap {
		return none
	}
	if p := &b.progress[from]; !p.faulty && (h.Previous == 0 || p.aborted) {
		return none
	}
	return from
}

// fault records the error of a state, whether or not a retrier or a catcher handles it.
func (b *builder) fault(h happening) position {
	if h.at.step == none || h.container != "" && b.Steps[h.at.step].Type != h.container {
		return h.at
	}
	d, p := h.details(), &b.progress[h.at.step]
	p.faulty, p.err, p.cause = true, cmp.Or(d.err, h.err), NewCause(d.cause)
	return h.at
}

// failEvaluation records the error of the state that the event names. The event is not linked to the
// event that entered this state, but to the one before.
func (b *builder) failEvaluation(h happening) position {
	if d := h.details(); d.state != "" {
		h.at = position{step: b.find(d.state, d.cause, h), iteration: none}
	}
	if h.at.step != none && b.progress[h.at.step].exited {
		return h.at
	}
	if h.at.step != none {
		b.count(h.at.step)
		b.progress[h.at.step].unfit = h.Time
	}
	return b.fault(h)
}

// count makes an evaluation that failed, and that a retrier took, the end of a failed attempt: of the
// one that did its work before, or of one whose work could not begin.
func (b *builder) count(i int) {
	step, p := &b.Steps[i], &b.progress[i]
	at, n := p.unfit, len(step.Attempts)
	if p.unfit = (time.Time{}); at.IsZero() || !p.faulty || !b.works(i) || n > 0 && step.Attempts[n-1].End.IsZero() {
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
	p.counted = true
}

// countLast counts the last evaluation that failed if others were counted before.
func (b *builder) countLast(i int) {
	if b.progress[i].counted {
		b.count(i)
	}
}

// failIteration records that an item of a Map failed, and blames the step that led here.
func (b *builder) failIteration(h happening) position {
	if h.at.step != none && b.Steps[h.at.step].Type == h.container {
		b.blame(b.inside(h), h.at.step, h.Time)
	}
	return b.iterate(h)
}

// blame marks a step, and the Parallels and Maps around it up to another one, as failed for good.
// Each takes the error of the step inside. blame returns the outermost of them.
func (b *builder) blame(step, until int, at time.Time) int {
	inner := none
	for i := step; i != until && i != none; i = b.Steps[i].Parent {
		p := &b.progress[i]
		if p.exited {
			continue
		}
		p.failed, p.faulty = true, true
		b.countLast(i)
		if inner != none {
			b.accuse(i, inner)
			if p.err == "" {
				p.err, p.cause = b.progress[inner].err, b.progress[inner].cause
			}
		}
		if last := b.open(i); last != nil && !p.redriven {
			last.End, last.Failed, last.Error, last.Cause = at, true, p.err, p.cause
		}
		inner = i
	}
	if inner != none && until != none {
		b.accuse(until, inner)
	}
	return inner
}

// accuse records the step whose failure ends the last attempt of a Parallel or a Map.
func (b *builder) accuse(container, inner int) {
	p := &b.progress[container]
	for len(p.culprits) < len(b.Steps[container].Attempts) {
		p.culprits = append(p.culprits, none)
	}
	if n := len(p.culprits); n > 0 {
		p.culprits[n-1] = inner
	}
}

// culprit returns the step whose failure ended the last attempt of a Parallel or a Map, or none.
func (b *builder) culprit(container int) int {
	if n := len(b.Steps[container].Attempts); n > 0 && n == len(b.progress[container].culprits) {
		return b.progress[container].culprits[n-1]
	}
	return none
}

// tooManyFailed is the error of a Map whose failed items exceed its tolerance. No item has it.
const tooManyFailed = "States.ExceedToleratedFailureThreshold"

// name sets the error of a step, and of the steps inside that caused it, if no event named it. With
// replace, it overwrites another error of the step itself.
func (b *builder) name(i int, err string, cause Cause, replace bool) {
	for ; i != none && err != ""; i = b.culprit(i) {
		p := &b.progress[i]
		if err == tooManyFailed && b.Steps[i].Type != "Map" {
			return
		}
		if p.err != "" && p.err != err && !replace {
			return
		}
		replace = replace && b.inherited(i)
		if p.err != err || p.cause.Text == "" {
			p.err, p.cause = err, cause
		}
		if n := len(b.Steps[i].Attempts); n > 0 {
			last := &b.Steps[i].Attempts[n-1]
			if last.Failed && last.Error != err && (last.Error == "" || replace) {
				last.Error, last.Cause = err, cause
			}
		}
		replace = false
	}
}

// settle ends the last attempt of a step that was left, if no event ended it. The attempt failed if
// the step or a step inside has an error.
func (b *builder) settle(i int, at time.Time) {
	last, p := b.open(i), &b.progress[i]
	if last == nil {
		return
	}
	inner := b.culprit(i)
	if p.faulty = p.faulty || inner != none; inner != none && p.err == "" {
		p.err, p.cause = b.progress[inner].err, b.progress[inner].cause
	}
	last.End, last.Failed, last.Error, last.Cause = at, p.faulty, p.err, p.cause
}
