package view

import (
	"strings"
	"time"

	"retrycatch/internal/history"
	"retrycatch/internal/look"
)

// stroke draws a part of a step on a time axis.
type stroke struct {
	ID     string // for CSS
	Sign   string // for a terminal, one column wide
	Legend string
}

// The strokes differ in shape. On a terminal, a failure differs from work only in color; a line of
// text below the step names the error.
var (
	strokeWork       = stroke{"work", "█", "attempt or work"}
	strokeFailed     = stroke{"failed", "█", "failed"}
	strokeBackoff    = stroke{"backoff", "·", "backoff before a retry"}
	strokeWait       = stroke{"wait", "░", "waiting"}
	strokeUnfinished = stroke{"lasting", "▒", "unfinished"}

	strokes = []stroke{strokeWork, strokeFailed, strokeBackoff, strokeWait, strokeUnfinished}
)

// strokeOf returns the stroke of a part.
func strokeOf(p history.Part) stroke {
	switch {
	case p.Kind == history.PartBackoff:
		return strokeBackoff
	case p.Open:
		return strokeUnfinished
	case p.Failed:
		return strokeFailed
	case p.Kind == history.PartWait:
		return strokeWait
	default:
		return strokeWork
	}
}

// axisLegend explains the signs of the time axis on a terminal.
func axisLegend() string {
	var signs []string
	for _, s := range strokes {
		if s != strokeFailed {
			signs = append(signs, s.Sign+" "+s.Legend)
		}
	}
	return strings.Join(signs, "   ")
}

// timeAxis maps a period to a number of columns.
type timeAxis struct {
	from, to time.Time
	width    int
}

// newTimeAxis returns an axis for a whole execution.
func newTimeAxis(e history.Execution, width int) timeAxis {
	from, to := e.Bounds()
	return timeAxis{from: from, to: to, width: width}
}

// position returns the position of a moment on the axis, from 0 to 1.
func (x timeAxis) position(at time.Time) float64 {
	whole := x.to.Sub(x.from)
	if whole <= 0 {
		return 0
	}
	return min(max(float64(at.Sub(x.from))/float64(whole), 0), 1)
}

// bar draws a step: first its backoffs, then its other parts over them. Each part is at least one
// column wide.
func (x timeAxis) bar(step history.Step) string {
	cells := make([]stroke, x.width)
	parts := step.Timeline(x.to)
	for _, backoff := range []bool{true, false} {
		for _, p := range parts {
			if (p.Kind == history.PartBackoff) != backoff {
				continue
			}
			first := min(x.column(p.Start), x.width-1)
			for i := first; i < max(first+1, x.column(p.End)); i++ {
				cells[i] = strokeOf(p)
			}
		}
	}
	var bar strings.Builder
	for start := 0; start < len(cells); {
		end := start
		for end < len(cells) && cells[end] == cells[start] {
			end++
		}
		bar.WriteString(cells[start].repeat(end - start))
		start = end
	}
	return bar.String()
}

// column returns the number of columns before a moment, from 0 to the width.
func (x timeAxis) column(at time.Time) int { return int(float64(x.width) * x.position(at)) }

var failedStrokeStyle = foreground(look.OfStep(history.StepFailed))

// repeat repeats the sign of a stroke.
func (s stroke) repeat(n int) string {
	switch s {
	case stroke{}:
		return strings.Repeat(" ", n)
	case strokeFailed:
		return failedStrokeStyle.Styled(strings.Repeat(s.Sign, n))
	default:
		return strings.Repeat(s.Sign, n)
	}
}
