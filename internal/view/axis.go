package view

import (
	"strings"
	"time"

	"retrycatch/internal/history"
	"retrycatch/internal/look"
)

// stroke defines how a time axis shows a part of a step, such as a backoff.
type stroke struct {
	ID     string // CSS class without its prefix
	Sign   string // one column wide, for a terminal
	Legend string
}

// Strokes differ in shape, except that strokeFailed and strokeWork look alike on a terminal without
// colors. There, the line below the step shows the failure.
var (
	strokeWork       = stroke{"work", "█", "active"}
	strokeFailed     = stroke{"failed", "█", "failed"}
	strokeBackoff    = stroke{"backoff", "·", "backoff before a retry"}
	strokeWait       = stroke{"wait", "░", "waiting"}
	strokeUnfinished = stroke{"lasting", "▒", "unfinished"}

	strokes = []stroke{strokeWork, strokeFailed, strokeBackoff, strokeWait, strokeUnfinished}
)

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

// axisLegend explains the signs of a time axis on a terminal.
func axisLegend() string {
	var signs []string
	for _, s := range strokes {
		if s != strokeFailed {
			signs = append(signs, s.Sign+" "+s.Legend)
		}
	}
	return strings.Join(signs, "   ")
}

// timeAxis maps times to positions.
type timeAxis struct {
	from, to time.Time
	width    int // columns on a terminal
}

// newTimeAxis returns the axis of an execution.
func newTimeAxis(e history.Execution, width int) timeAxis {
	from, to := e.Bounds()
	return timeAxis{from: from, to: to, width: width}
}

// position returns the position of a time on the axis, from 0 to 1.
func (x timeAxis) position(at time.Time) float64 {
	whole := x.to.Sub(x.from)
	if whole <= 0 {
		return 0
	}
	return min(max(float64(at.Sub(x.from))/float64(whole), 0), 1)
}

// bar draws a step. A short attempt must not disappear: each part is at least one column wide, and
// backoffs are drawn first, so that the other parts overwrite them.
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

// column returns the number of columns before a time, from 0 to the axis's width.
func (x timeAxis) column(at time.Time) int { return int(float64(x.width) * x.position(at)) }

var failedStrokeStyle = foreground(look.OfStep(history.StepFailed))

// repeat returns the stroke's sign n times.
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
