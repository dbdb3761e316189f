package history

import (
	"cmp"
	"time"
)

// PartKind says what happens during a Part.
type PartKind string

// The kinds of parts.
const (
	PartAttempt PartKind = "attempt" // an attempt of a Task, Parallel or Map
	PartBackoff PartKind = "backoff" // the wait before a retry
	PartWait    PartKind = "wait"    // a Wait state
	PartWork    PartKind = "work"    // anything else
)

// Part is a period within a step.
type Part struct {
	Kind   PartKind
	Number int // number of the attempt, from 1; a backoff has the number of the next attempt
	Start  time.Time
	End    time.Time
	Open   bool   // the part was aborted or has not ended
	Failed bool   // an error ended the part
	Error  string // empty if no event names the error
}

// Timeline returns the parts of a step in order. A part that has not ended extends to now. No
// part covers the time from the end of an execution until its redrive:
// https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html
//
// A step without an exit event extends to the time when it stopped. Such a step failed or was
// aborted, or the history lacks its exit event. An aborted attempt or wait extends to its abort, or
// to the first end of the execution after it began.
func (s Step) Timeline(now time.Time) []Part {
	end := cmp.Or(s.Exited, s.Stopped, now)
	if len(s.Attempts) == 0 {
		return s.partsWithoutAttempts(end)
	}
	var parts []Part
	for i, attempt := range s.Attempts {
		if i > 0 && attempt.Backoff > 0 {
			parts = append(parts, newPart(PartBackoff, i+1, s.Attempts[i-1].End, attempt.Start))
		}
		p := newPart(PartAttempt, i+1, attempt.Start, attempt.End)
		if p.Failed, p.Error = attempt.Failed, attempt.Error; attempt.End.IsZero() {
			p = newPart(PartAttempt, i+1, attempt.Start, cmp.Or(attempt.Stopped, end))
			p.Open = true
		}
		parts = append(parts, p)
	}
	return append(parts, s.partsAfterAttempts(end)...)
}

// partsWithoutAttempts returns the parts of a step without attempts.
func (s Step) partsWithoutAttempts(end time.Time) (parts []Part) {
	kind := PartWork
	if s.Type == "Wait" {
		kind = PartWait
	}
	from := s.Entered
	for _, pause := range s.Pauses {
		stopped := newPart(kind, 0, from, pause.From)
		stopped.Open = true
		parts, from = append(parts, stopped), pause.To
	}
	last := newPart(kind, 0, from, end)
	last.Open, last.Error = s.isUnfinished(), cmp.Or(s.Error, s.Caught)
	last.Failed = s.Status == StepFailed || s.Status == StepCaught
	return append(parts, last)
}

// partsAfterAttempts returns the parts after the last attempt: the backoff before the next attempt,
// or the time since a redrive that has not started an attempt.
func (s Step) partsAfterAttempts(end time.Time) []Part {
	last := s.Attempts[len(s.Attempts)-1]
	if n := len(s.Pauses); n > 0 && s.Pauses[n-1].To.After(last.Start) {
		p := newPart(PartWork, 0, s.Pauses[n-1].To, end)
		p.Open = s.isUnfinished()
		return []Part{p}
	}
	if !last.Failed || !s.isUnfinished() {
		return nil
	}
	p := newPart(PartBackoff, len(s.Attempts)+1, last.End, end)
	p.Open = true
	return []Part{p}
}

// isUnfinished reports whether a step was aborted or is running.
func (s Step) isUnfinished() bool { return s.Status == StepRunning || s.Status == StepAborted }

// newPart returns a part. If end precedes start, the part is empty.
func newPart(kind PartKind, number int, start, end time.Time) Part {
	return Part{Kind: kind, Number: number, Start: start, End: latest(start, end)}
}
