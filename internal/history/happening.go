package history

import (
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
)

// happening holds an event and its meaning while the builder processes it.
type happening struct {
	Event
	kind
	from position // position of the preceding event
	at   position // its own position, as far as known
}

func (b *builder) start(h happening) position {
	b.Start, b.Input = h.Time, h.details().input
	return h.at
}

// end ends the execution. A failure belongs to the preceding step or to the step that the cause
// names, and to all steps around it. The execution's error is that of the outermost step.
func (b *builder) end(h happening) position {
	d := h.details()
	b.ends = append(b.ends, end{h.Time, h.status})
	b.End, b.Status, b.Output, b.Error, b.Cause = h.Time, h.status, d.output, d.err, d.cause
	if i := h.at.step; h.status == types.ExecutionStatusSucceeded && i != none && b.progress[i].err == "" {
		b.progress[i].failed, b.progress[i].faulty = false, false
	}
	if h.status != types.ExecutionStatusFailed {
		return h.at
	}
	h.at.step = b.failing(h, d)
	if outermost := b.blame(h.at.step, none, h.Time); outermost != none {
		b.name(outermost, d.err, NewCause(d.cause), true)
	}
	return h.at
}

// redrive resumes the execution: its last end no longer counts. Step Functions reschedules the work
// of the unsuccessful state or enters that state again:
// https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html
func (b *builder) redrive(h happening) position {
	b.Redrives++
	b.resumed = h.Time
	b.End, b.Status, b.Output, b.Error, b.Cause = time.Time{}, types.ExecutionStatusRunning, "", "", ""
	h.at.redriven = true
	b.revive(h.at.step)
	return h.at
}

// revive marks a step and all steps around it as running again.
func (b *builder) revive(step int) {
	for i := step; i != none && !b.progress[i].exited; i = b.Steps[i].Parent {
		p := &b.progress[i]
		if p.ends < len(b.ends) {
			p.redriven = true
			b.pause(i)
		}
		p.ends, p.failed, p.over, p.aborted = len(b.ends), false, false, false
	}
}

// pause records that a step was idle between an end of the execution and the redrive after it.
func (b *builder) pause(i int) {
	p := b.progress[i]
	from := b.ends[p.ends].at
	if p.aborted && p.stopped.Before(from) {
		from = p.stopped
	}
	if b.resumed.After(from) {
		b.Steps[i].Pauses = append(b.Steps[i].Pauses, Pause{From: from, To: b.resumed})
	}
}

// replace records that a redrive entered a step's state again. The step itself ended with the
// execution.
func (b *builder) replace(i int) {
	step, p := &b.Steps[i], &b.progress[i]
	p.replaced, p.ends = true, len(b.ends)-1
	if n := len(step.Pauses); n > 0 && step.Pauses[n-1].To.Equal(b.resumed) {
		step.Pauses = step.Pauses[:n-1]
	}
}

// leave records that a step was left, with or without an exit event, and ends everything in it. A
// catcher puts the error into the output.
func (b *builder) leave(i int, at time.Time, output string) {
	step, p := &b.Steps[i], &b.progress[i]
	if p.redriven {
		p.exited, p.stopped = true, at
		return
	}
	if inner := b.reported(i, output).step; inner != none {
		p.faulty = true
		b.blame(inner, i, at)
	}
	p.exited, p.stopped = true, at
	b.countLast(i)
	b.settle(i, at)
	if p.faulty {
		p.caught = true
		err := b.reported(i, output)
		b.name(i, err.name, err.cause, b.inherited(i))
		step.Caught = p.err
	}
}

// enter enters a state. In a Parallel or Map that is still running, the new step starts a branch or
// an iteration. Otherwise it follows the preceding state. A redrive may enter a failed state again.
func (b *builder) enter(h happening) position {
	d := h.details()
	step := Step{State: d.name, Type: strings.TrimSuffix(string(h.Type), stateEntered), Entered: h.Time, Input: d.input,
		Previous: none, Parent: none, Iteration: none}
	within := none
	if h.from.step != none {
		before, left := b.Steps[h.from.step], b.progress[h.from.step].exited
		again := h.from.redriven && before.State == d.name && len(b.ends) > 0
		if again {
			b.replace(h.from.step)
		}
		if inside := before.Type == "Parallel" || before.Type == "Map"; inside && !left && !again {
			step.Parent, step.Iteration = h.from.step, h.from.iteration
		} else {
			step.Parent, step.Iteration = before.Parent, before.Iteration
			// Branches run concurrently: only a link shows that both steps are in the same branch.
			if sure := step.Parent == none || h.Previous != 0 && !h.from.gap; sure && !left && !again {
				b.leave(h.from.step, h.Time, d.input)
			}
			if !h.from.gap && !h.from.redriven {
				step.Previous = h.from.step
			}
		}
		b.revive(step.Parent)
		within = b.underWay(step.Parent)
	}
	b.Steps = append(b.Steps, step)
	b.progress = append(b.progress, progress{ends: len(b.ends), within: within, link: h.Previous,
		faulty: step.Type == "Fail"})
	return position{step: len(b.Steps) - 1, iteration: none}
}

// underWay returns the index of a step's attempt that has not ended, or none.
func (b *builder) underWay(step int) int {
	if step == none {
		return none
	}
	attempts := b.Steps[step].Attempts
	if last := len(attempts) - 1; last >= 0 && attempts[last].End.IsZero() {
		return last
	}
	return none
}

// exit leaves the state that the event names.
func (b *builder) exit(h happening) position {
	d := h.details()
	i := b.find(d.name, "", h)
	if i == none {
		return h.at
	}
	b.revive(i)
	if from := h.from.step; b.open(i) != nil && b.encloses(i, from) && b.progress[from].faulty {
		b.blame(from, i, h.Time) // no event says that the Parallel or Map failed
	}
	b.leave(i, h.Time, d.output)
	b.Steps[i].Exited, b.Steps[i].Output = h.Time, d.output
	return position{step: i, iteration: none}
}

// begin starts an attempt. If no event ended the previous attempt, as in a retried Parallel or Map,
// that attempt failed at its last event.
func (b *builder) begin(h happening) position {
	if h.at.step != none && !b.progress[h.at.step].redriven && b.open(h.at.step) != nil {
		b.endFailed(h, b.progress[h.at.step].touched)
	}
	if h.at.step != none {
		b.count(h.at.step)
	}
	b.attempt(h)
	h.at.redriven = false
	return h.at
}

// attempt starts an attempt in a step. It returns nil outside any state and in a state without
// work.
func (b *builder) attempt(h happening) *Attempt {
	if h.at.step == none {
		return nil
	}
	if !b.works(h.at.step) {
		return nil
	}
	b.revive(h.at.step)
	step, p := &b.Steps[h.at.step], &b.progress[h.at.step]
	attempt := Attempt{Start: h.Time}
	if n := len(step.Attempts); n > 0 && !step.Attempts[n-1].End.IsZero() && !p.redriven {
		attempt.Backoff = h.Time.Sub(step.Attempts[n-1].End)
	}
	p.redriven, p.faulty, p.err, p.cause = false, false, "", Cause{}
	step.Attempts = append(step.Attempts, attempt)
	return &step.Attempts[len(step.Attempts)-1]
}

// works reports whether a step's state does work, which may need several attempts.
func (b *builder) works(i int) bool {
	switch b.Steps[i].Type {
	case "Pass", "Choice", "Wait", "Succeed", "Fail":
		return false
	}
	return true
}

// open returns the last attempt of a step if it has not ended, or nil.
func (b *builder) open(i int) *Attempt {
	if attempts := b.Steps[i].Attempts; len(attempts) > 0 {
		if last := &attempts[len(attempts)-1]; last.End.IsZero() {
			return last
		}
	}
	return nil
}

// running returns the attempt that an event ends. Work that cannot be scheduled counts as an
// attempt, but a Parallel or a Map that never started has none. A redrive resumes these without an
// event.
func (b *builder) running(h happening) *Attempt {
	if h.at.step == none {
		return nil
	}
	redriven := b.progress[h.at.step].redriven
	if last := b.open(h.at.step); last != nil && !redriven {
		return last
	}
	if h.container == "" {
		return b.attempt(h)
	}
	if !redriven {
		return nil
	}
	attempt := b.attempt(h)
	if attempt != nil {
		attempt.Start = b.resumed
	}
	return attempt
}

func (b *builder) succeed(h happening) position {
	if attempt := b.running(h); attempt != nil {
		attempt.End, attempt.Output = h.Time, h.details().output
		p := &b.progress[h.at.step]
		p.faulty, p.err, p.cause = false, "", Cause{}
	}
	return h.at
}

// iterate handles an event about one item of a Map.
func (b *builder) iterate(h happening) position {
	if h.at.step != none && b.Steps[h.at.step].Type == h.container {
		h.at.iteration = h.details().index
	}
	return h.at
}
