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

// failAll ends a Parallel or a Map together with its last attempt.
func (b *builder) failAll(h happening) position {
	if h.at.step == none || b.Steps[h.at.step].Type != h.container {
		return h.at
	}
	b.running(h) // starts the attempt that a redrive resumed
	b.endFailed(h, h.Time)
	b.progress[h.at.step].over = true
	return h.at
}

// endFailed ends the attempt of a Parallel or a Map with a failure. It blames the preceding step if
// that is inside. Otherwise it blames the step whose failure ended an item last.
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

// inside returns the step that precedes an event about a Parallel or a Map. It returns none unless
// that step is inside and may have failed. An aborted or unlinked step must have an error.
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

// fault records a state's error, whether or not a retrier or a catcher handles it.
func (b *builder) fault(h happening) position {
	if h.at.step == none || h.container != "" && b.Steps[h.at.step].Type != h.container {
		return h.at
	}
	d, p := h.details(), &b.progress[h.at.step]
	p.faulty, p.err, p.cause = true, cmp.Or(d.err, h.err), NewCause(d.cause)
	return h.at
}

// failEvaluation records the error of the state that the event names. AWS links the event to the
// one before the state was entered.
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

// count turns a retried evaluation failure into the end of a failed attempt. The attempt is either
// the last one, or a new one if its work could not begin.
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

// countLast counts the last failed evaluation if earlier ones were counted.
func (b *builder) countLast(i int) {
	if b.progress[i].counted {
		b.count(i)
	}
}

// failIteration records that an item of a Map failed, and blames the preceding step.
func (b *builder) failIteration(h happening) position {
	if h.at.step != none && b.Steps[h.at.step].Type == h.container {
		b.blame(b.inside(h), h.at.step, h.Time)
	}
	return b.iterate(h)
}

// blame marks a step as permanently failed, and each Parallel and Map around it as far as until.
// Each of them inherits the error of the step inside. blame returns the outermost one.
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

// tooManyFailed names the error of a Map that has too many failed items. No item has this error.
const tooManyFailed = "States.ExceedToleratedFailureThreshold"

// name sets the error of a step, and of the inner steps that caused it, if no event named it. With
// replace, it also overwrites an error of the step itself.
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
// the step or an inner step has an error.
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
