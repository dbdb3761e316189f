package history

import (
	"cmp"
	"time"
)

// PartKind is what goes on in a part of a step's time.
type PartKind string

const (
	PartAttempt PartKind = "attempt" // of a Task, a Parallel or a Map
	PartBackoff PartKind = "backoff" // before an attempt
	PartWait    PartKind = "wait"    // a Wait state
	PartWork    PartKind = "work"    // anything else
)

// Part is a stretch of a step's time.
type Part struct {
	Kind   PartKind
	Number int // of an attempt, from 1, and of the attempt that a backoff leads to
	Start  time.Time
	End    time.Time
	Open   bool   // nothing completed it: it lasts, or it was cut off
	Error  string // the error that ended it
}

// Timeline returns the parts of a step in order. What lasts goes on until the given time. There is no part while the
// execution had ended and waited for a redrive:
// https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html
//
// No event ends a step that fails, a step that is cut off, and what a history lacks. Such a step goes on until it was
// stopped, and an attempt or a wait in it until the execution ended for the first time after its start.
func (s Step) Timeline(until time.Time) []Part {
	over := cmp.Or(s.Exited, s.Stopped, until)
	if len(s.Attempts) == 0 {
		return s.plain(over)
	}
	var parts []Part
	for i, attempt := range s.Attempts {
		if i > 0 && attempt.Backoff > 0 {
			parts = append(parts, part(PartBackoff, i+1, s.Attempts[i-1].End, attempt.Start))
		}
		p := part(PartAttempt, i+1, attempt.Start, attempt.End)
		if p.Error = attempt.Error; attempt.End.IsZero() {
			p = part(PartAttempt, i+1, attempt.Start, s.cut(i, over))
			p.Open = true
		}
		parts = append(parts, p)
	}
	return append(parts, s.after(over)...)
}

// plain are the parts of a step that has no attempts.
func (s Step) plain(over time.Time) (parts []Part) {
	kind := PartWork
	if s.Type == "Wait" {
		kind = PartWait
	}
	from := s.Entered
	for _, pause := range s.Pauses {
		stopped := part(kind, 0, from, pause.From)
		stopped.Open = true
		parts, from = append(parts, stopped), pause.To
	}
	last := part(kind, 0, from, over)
	last.Open, last.Error = s.unfinished(), cmp.Or(s.Error, s.Caught)
	return append(parts, last)
}

// after are the parts that follow the last attempt: the backoff before one that has not begun, or the time since a redrive
// that began none.
func (s Step) after(over time.Time) []Part {
	last := s.Attempts[len(s.Attempts)-1]
	if n := len(s.Pauses); n > 0 && s.Pauses[n-1].To.After(last.Start) {
		p := part(PartWork, 0, s.Pauses[n-1].To, over)
		p.Open = s.unfinished()
		return []Part{p}
	}
	if last.Error == "" || !s.unfinished() {
		return nil
	}
	p := part(PartBackoff, len(s.Attempts)+1, last.End, over)
	p.Open = true
	return []Part{p}
}

// unfinished says whether a step lasts or was cut off.
func (s Step) unfinished() bool { return s.Status == StepRunning || s.Status == StepAborted }

// cut is when the i-th attempt was over, which no event ended: with the execution, or at the latest when the next began.
func (s Step) cut(i int, over time.Time) time.Time {
	start := s.Attempts[i].Start
	for _, pause := range s.Pauses {
		if !pause.From.Before(start) {
			over = pause.From
			break
		}
	}
	if i+1 < len(s.Attempts) && s.Attempts[i+1].Start.Before(over) {
		return s.Attempts[i+1].Start
	}
	return over
}

// part is a stretch that does not end before it starts.
func part(kind PartKind, number int, start, end time.Time) Part {
	return Part{Kind: kind, Number: number, Start: start, End: latest(start, end)}
}
