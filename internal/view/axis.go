package view

import (
	"fmt"
	"strings"
	"time"

	"retrycatch/internal/history"
)

// What a time axis is drawn with. Each is told from the others by its shape.
const (
	drawnWork    = '█' // an attempt, or a state that does something else than wait
	drawnBackoff = '·' // the wait before an attempt
	drawnWait    = '░' // a Wait state
	drawnLasting = '▒' // an attempt or a state that has no end
)

// AxisLegend explains the signs of the time axis.
var AxisLegend = fmt.Sprintf("%c attempt or work   %c backoff before a retry   %c waiting   %c has no end",
	drawnWork, drawnBackoff, drawnWait, drawnLasting)

// Axis is a stretch of time that is as wide as some characters.
type Axis struct {
	From, to time.Time
	width    int
}

// AxisOf is the whole of an execution.
func AxisOf(e history.Execution, width int) Axis {
	from, to := e.Bounds()
	return Axis{From: from, to: to, width: width}
}

// column is where a moment is: from 0, the left edge of the first character, to the right edge of the last.
func (x Axis) column(at time.Time) int {
	whole := x.to.Sub(x.From)
	if whole <= 0 {
		return 0
	}
	return min(max(int(float64(x.width)*float64(at.Sub(x.From))/float64(whole)), 0), x.width)
}

// Bar draws a step: its waits, and over them its attempts, each at least one character wide.
func (x Axis) Bar(step history.Step) string {
	cells := []rune(strings.Repeat(" ", x.width))
	draw := func(from, to time.Time, with rune) {
		if to.IsZero() {
			to, with = x.to, drawnLasting
		}
		first := min(x.column(from), x.width-1)
		for i := first; i < max(first+1, x.column(to)); i++ {
			cells[i] = with
		}
	}
	if len(step.Attempts) == 0 {
		with := drawnWork
		if step.Type == "Wait" {
			with = drawnWait
		}
		if end := step.Exited; end.IsZero() && step.Status != history.StepRunning && step.Status != history.StepAborted {
			draw(step.Entered, step.Entered, with) // it failed at once
		} else {
			draw(step.Entered, end, with)
		}
	}
	for i, attempt := range step.Attempts {
		if i > 0 && !step.Attempts[i-1].End.IsZero() && attempt.Backoff > 0 {
			draw(step.Attempts[i-1].End, attempt.Start, drawnBackoff)
		}
	}
	for _, attempt := range step.Attempts {
		draw(attempt.Start, attempt.End, drawnWork)
	}
	return string(cells)
}
